package draft

import "strings"

// A rule is what a scheme asks of a draft beside the syntax of its marks: a row of the table of
// schemes in the description of the draft format.
type rule struct {
	headings need
	portions need   // of everything else: paragraphs, list items, tables, code, figures, quotations
	words    words  // what its marks begin with
	example  string // for hints
}

// A need is whether something has a mark of the scheme.
type need int

const (
	may        need = iota // for headings: without one it goes where anything under it goes
	must                   // without one it is an error
	never                  // with one it is an error
	asDocument             // without one it has the document's TLP, and goes to all of releasable_to
	asLowest               // without one it is of the scheme's lowest level
	allOrNone              // without one it is marked as the whole draft is, and an error if anything is marked
)

// rules has a row for every scheme. The scheme that is not known has no marks and asks for none, so that its draft can
// be read for its other problems.
var rules = map[string]rule{
	"tlp": {may, asDocument, tlpWords, "(TLP:GREEN) or (TLP:AMBER//REL TO CAN, NZL)"},
	"usa": {must, must, usaWords, "(U) or (U//REL TO USA, GBR)"},
	"cui": {may, allOrNone, cuiWords, "(U), (CUI) or (CUI//NF)"},
	"gbr": {may, asLowest, gbrWords, "(OFFICIAL-SENSITIVE) or (SECRET - UK EYES ONLY)"},
	"aus": {may, must, ausWords, "(O), (O:S) or (P//REL AUS/NZL)"},
	"can": {may, must, canWords, "(U), (PB) or (PB//CEO)"},
	"nzl": {never, must, nzlWords, "(U), (R) or (C//REL TO NZL, AUS)"},
}

func ruleOf(scheme string) rule { return rules[scheme] }

// MarksHeadings reports whether headings have marks in a scheme.
func MarksHeadings(scheme string) bool { return ruleOf(scheme).headings != never }

// wants returns what the rule asks of a block.
func (r rule) wants(k BlockKind) need {
	if k == Heading {
		return r.headings
	}
	return r.portions
}

// words finds marks of a scheme, misspelt or not, at the start of a text: what is found is read as a mark and
// refused if it is none, and never printed as text.
type words interface {
	// opens reports whether the text begins as a mark of the draft's own scheme does.
	opens(text string) bool
	// alike reports whether it does so without a doubt, in a draft of another scheme.
	alike(text string) bool
}

func (r rule) opens(text string) bool { return r.words != nil && r.words.opens(fold(text)) }

// opensAny reports whether text begins as a mark of any scheme does.
func opensAny(text string) bool {
	text = fold(text)
	for _, r := range rules {
		if r.words.alike(text) {
			return true
		}
	}
	return false
}

// fold makes look-alikes equal, for finding marks only: full-width forms, other slashes and hyphens, accents,
// and the letters of other alphabets that look like Latin capitals.
func fold(s string) string {
	if isASCII(s) {
		return s
	}
	first := true
	return strings.Map(func(r rune) rune {
		hidden := !first // what hides the very first letter is told apart: visible
		first = false
		switch {
		case r >= 0xFF01 && r <= 0xFF5E:
			r -= 0xFEE0
		case r == 0x2044 || r == 0x2215 || r == 0x29F8:
			return '/'
		case r == 0xA0 || r == 0x2007 || r == 0x202F || r == 0x2009 || r == 0x3000:
			return ' '
		case r >= 0x2010 && r <= 0x2015 || r == 0x2212:
			return '-'
		case hidden && (r == 0xAD || r >= 0x200B && r <= 0x200D || r == 0x2060 || r >= 0x300 && r <= 0x36F):
			return -1 // not seen, or an accent by itself
		case r == 0xA789 || r == 0x2236:
			return ':'
		}
		if latin, ok := looksLatin[r]; ok {
			return latin
		}
		return r
	}, s)
}

// looksLatin has the accented letters of the French marks, Cyrillic and Greek capitals, and brackets.
var looksLatin = latinOf("ÉÈÊËéèêë АВЕЅІЈКМНОРСТУХ ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ 【】〔〕", "EEEEeeee ABESIJKMHOPCTYX ABEZHIKMNOPTYX [][]")

func latinOf(from, to string) map[rune]rune {
	out := map[rune]rune{}
	latin := []rune(to)
	for i, r := range []rune(from) {
		out[r] = latin[i]
	}
	return out
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
