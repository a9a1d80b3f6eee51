package mail

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// A piece is a stretch of text; a long one is a token that may be broken anywhere.
type piece struct {
	Text string
	Long bool
}

// longToken is more than a word of any language that is written with spaces: an address, a hash, a path. A column of a
// table is made as wide as its longest word, and such a token would drive the table off the page.
var longToken = regexp.MustCompile(`[!-~\p{Latin}\p{Greek}\p{Cyrillic}]{25,}`)

// pieces cuts text at its long tokens.
func pieces(text string) []piece {
	var out []piece
	at := 0
	for _, m := range longToken.FindAllStringIndex(text, -1) {
		if m[0] > at {
			out = append(out, piece{Text: text[at:m[0]]})
		}
		out, at = append(out, piece{text[m[0]:m[1]], true}), m[1]
	}
	if at < len(text) {
		out = append(out, piece{Text: text[at:]})
	}
	return out
}

// broad reports whether a cell holds a long token: broken anywhere, it would run down its column a letter a line.
func broad(cell []draft.Inline) bool { return longToken.MatchString(words(cell)) }

// directions writes down which way the text runs. What runs from left to right needs no word until something ran the
// other way: only then may it stand within that, and take its direction over.
type directions struct{ turned bool }

func (d *directions) of(text any) string {
	way := direction(text)
	d.turned = d.turned || way == "rtl"
	if !d.turned {
		return ""
	}
	return way
}

// direction is "rtl" where the first letter is of a script that is written from right to left, and else "ltr" (UAX #9,
// P2); the mark before it does not count. It is empty where there is no letter.
func direction(text any) string {
	s, ok := text.(string)
	if in, isRun := text.([]draft.Inline); isRun {
		s, ok = words(in), true
	}
	i := strings.IndexFunc(s, unicode.IsLetter)
	if !ok || i < 0 {
		return ""
	}
	if first, _ := utf8.DecodeRuneInString(s[i:]); unicode.In(first, fromRight...) {
		return "rtl"
	}
	return "ltr"
}

var fromRight = []*unicode.RangeTable{unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Samaritan, unicode.Mandaic, unicode.Adlam, unicode.Hanifi_Rohingya}

var languageForm = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`) // BCP 47, in essence

// language is the edition's, for screen readers, hyphens and the choice of glyphs.
func language(e edition.Edition) string {
	if languageForm.MatchString(e.Language) {
		return e.Language
	}
	return "en"
}
