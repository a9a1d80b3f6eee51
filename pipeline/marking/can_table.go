package marking

import "strings"

// canLevel is a level of either of Canada's ladders (TBS-2019, Directive on Security Management,
// Appendix J). Protected information is of other interests than the national, classified of the
// national interest; neither ladder stands above the other.
type canLevel int

const (
	canProtectedA canLevel = iota
	canProtectedB
	canProtectedC
	canConfidential
	canSecret
	canTopSecret
)

var canLevels = [...]struct{ english, french, portion string }{
	{"PROTECTED A", "PROT\u00c9G\u00c9 A", "PA"},
	{"PROTECTED B", "PROT\u00c9G\u00c9 B", "PB"},
	{"PROTECTED C", "PROT\u00c9G\u00c9 C", "PC"},
	{"CONFIDENTIAL", "CONFIDENTIEL", "C"},
	{"SECRET", "SECRET", "S"},
	{"TOP SECRET", "TR\u00c8S SECRET", "TS"},
}

// canUnclassified are the names of the mark that stands on neither ladder.
var canUnclassified = [...]string{"UNCLASSIFIED", "NON CLASSIFI\u00c9", "U"}

// canEyes are the names of the national caveat: in English, in French and before a portion. The
// Directive knows no caveats; they, and portion marks, are a convention of departments.
var canEyes = [...]string{"CANADIAN EYES ONLY", "R\u00c9SERV\u00c9 AUX CANADIENS", "CEO"}

const (
	canLevelRule  = "TBS-2019 Appendix J"
	canLadderRule = "TBS-2019 Appendix J, no single highest"
	canEyesRule   = "TBS-2019 and convention, CANADIAN EYES ONLY"
	canBetween    = " / "   // English / French
	canCaveat     = " - "   // before the caveat of a banner
	canShortEyes  = "//CEO" // the caveat of a portion
)

// canTongue is a language in which a mark is written, or the short form of portions, which has none.
type canTongue int

const (
	canEnglish canTongue = iota
	canFrench
	canShort
)

// and joins the two levels of a mark that stands on both ladders.
func (t canTongue) and() string {
	if t == canFrench {
		return " ET "
	}
	return " AND "
}

func (t canTongue) level(l canLevel) string {
	switch t {
	case canEnglish:
		return canLevels[l].english
	case canFrench:
		return canLevels[l].french
	}
	return canLevels[l].portion
}

// lookUp reads a level, or both levels of a mark that stands on both ladders: the set of them.
func (t canTongue) lookUp(s string) (levels uint8, ok bool) {
	if s == canUnclassified[t] {
		return 0, true
	}
	protected, classified, both := strings.Cut(s, t.and())
	if !both {
		protected, classified = s, s
	}
	for l := canProtectedA; l <= canTopSecret; l++ {
		name := protected
		if l >= canConfidential {
			name = classified
		}
		if t.level(l) == name {
			levels |= 1 << l
		}
	}
	if both {
		return levels, levels&canProtected != 0 && levels&^canProtected != 0
	}
	return levels, levels != 0
}

// canProtected is the set of the levels of the protected ladder.
const canProtected = 1<<canProtectedA | 1<<canProtectedB | 1<<canProtectedC
