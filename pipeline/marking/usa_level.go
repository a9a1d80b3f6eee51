package marking

import (
	"slices"
	"strings"
)

// usaLevel is a classification level, lowest first. RESTRICTED is never the United States' own.
type usaLevel int

const (
	usaUnclassified usaLevel = iota
	usaRestricted
	usaConfidential
	usaSecret
	usaTopSecret
)

// usaLevelNames names the levels (CAPCO-2016 H.1) and those of NATO.
var usaLevelNames = [...]struct{ portion, banner, natoPortion, nato string }{
	usaUnclassified: {"U", "UNCLASSIFIED", "NU", "NATO UNCLASSIFIED"},
	usaRestricted:   {"R", "RESTRICTED", "NR", "NATO RESTRICTED"},
	usaConfidential: {"C", "CONFIDENTIAL", "NC", "NATO CONFIDENTIAL"},
	usaSecret:       {"S", "SECRET", "NS", "NATO SECRET"},
	usaTopSecret:    {"TS", "TOP SECRET", "CTS", "COSMIC TOP SECRET"},
}

// usaLevels is a set of levels.
type usaLevels uint8

const (
	unclassifiedOnly usaLevels = 1 << usaUnclassified
	classifiedOnly   usaLevels = 1<<usaConfidential | 1<<usaSecret | 1<<usaTopSecret
	secretOrAbove    usaLevels = 1<<usaSecret | 1<<usaTopSecret
	topSecretOnly    usaLevels = 1 << usaTopSecret
	anyLevel         usaLevels = 1<<(usaTopSecret+1) - 1
)

func (s usaLevels) has(l usaLevel) bool { return s&(1<<l) != 0 }

// String says the levels as an error does.
func (s usaLevels) String() string {
	var names []string
	for l, name := range usaLevelNames {
		if s.has(usaLevel(l)) {
			names = append(names, name.banner)
		}
	}
	return strings.Join(names, ", ")
}

// levelOf finds the level that a word names in a form.
func (f usaForm) levelOf(word string) (usaLevel, bool) {
	for l, name := range &usaLevelNames {
		if word == name.banner && f == usaBanner || word == name.portion && f == usaPortion {
			return usaLevel(l), true
		}
	}
	return 0, false
}

// natoLevelOf finds the level that a NATO classification names in a form.
func (f usaForm) natoLevelOf(word string) (usaLevel, bool) {
	for l, name := range &usaLevelNames {
		if word == name.nato && f == usaBanner || word == name.natoPortion && f == usaPortion {
			return usaLevel(l), true
		}
	}
	return 0, false
}

// usaOrigin is whose classification a mark has: exactly one of these (CAPCO-2016 H.1).
type usaOrigin uint8

const (
	usaOwn     usaOrigin = iota // the United States, also where portions of several origins meet (D.2)
	usaForeign                  // one or more foreign sources, or NATO (H.7)
	usaJoint                    // the United States with others (H.3)
)

// usaSource says whose information is in a mark. Its join is usaOwn as soon as two differ; the
// sources then stand in the FGI category.
type usaSource struct {
	origin    usaOrigin
	concealed bool     // "//FGI S": who it is must not be said
	owners    []string // sources, or co-owners without USA: trigraphs, then tetragraphs, sorted; nil for "//JOINT S//REL", whose owners the banner names
}

// isNATO reports whether NATO alone is the source.
func (s *usaSource) isNATO() bool {
	return s.origin == usaForeign && len(s.owners) == 1 && s.owners[0] == "NATO"
}

// join returns the source of two marks together, and whether they are one source.
func (s usaSource) join(t usaSource) (usaSource, bool) {
	switch {
	case s.origin != t.origin || s.concealed != t.concealed:
		return usaSource{}, false
	case s.origin == usaJoint && s.owners == nil:
		return t, true
	case s.origin == usaJoint && t.owners == nil:
		return s, true
	case !slices.Equal(s.owners, t.owners):
		return usaSource{}, false
	}
	return s, true
}

// union returns the codes of both lists, in the order of lists.
func union(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b
	}
	out := slices.Concat(a, b)
	slices.SortFunc(out, compareCodes)
	return slices.Compact(out)
}

// compareCodes orders trigraphs before tetragraphs, each alphabetically.
func compareCodes(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}
