package pdf

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

func TestMissingGlyphsAreRefusedByName(t *testing.T) {
	r := renderer(t)
	e := base("Plain")
	e.Blocks = []draft.Block{para("(U)", "fine"), para("(U)", "an emoji \U0001F600, and again \U0001F600"), {Kind: draft.Code, Code: &draft.CodeData{Lines: []string{"\uE123"}}}}
	e.Actions = []edition.Line{{Text: "ok"}, {Text: "漢 is in no built-in font"}}
	e.Indicators = []edition.Indicator{{Type: "domain", Value: "a.example"}, {Type: "filename", Value: "a\ufffd.exe"}}
	e.TLP = marking.Red
	want := []string{"'漢' (U+6F22) in action 2", "'😀' (U+1F600, beyond U+FFFF) in block 2 (paragraph)", "'\\ue123' (U+E123) in block 3 (code)", "'�' (U+FFFD) in indicator 2"}
	var got []string
	for _, m := range r.Missing(e) {
		got = append(got, m.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	_, err := r.Render(e)
	var missing *MissingGlyphError
	if !errors.As(err, &missing) || len(missing.Missing) != 4 || !strings.Contains(err.Error(), "action 2") {
		t.Errorf("Render: %v", err)
	}
	for _, e := range samples() {
		if m := r.Missing(e); len(m) > 0 {
			t.Errorf("%s: %v", e.Title.Text, m)
		}
	}
}

func TestWhatIsCovered(t *testing.T) {
	r := renderer(t)
	covered := func(ch rune) bool {
		return len(r.Missing(edition.Edition{Title: edition.Line{Text: "a" + string(ch)}})) == 0
	}
	for _, ch := range "aāЖΩ€→\t\n\u200b\u00ad\ufe0f\u00a0ש" {
		if !covered(ch) {
			t.Errorf("%U is not covered", ch)
		}
	}
	for _, ch := range "漢\U0001F600\uE123\ufffd" {
		if covered(ch) {
			t.Errorf("%U is covered", ch)
		}
	}
}

// The text of the document stays as written; only the faces differ.
func TestArabicLettersJoin(t *testing.T) {
	m := renderer(t).fonts
	c := composerFor(t)
	wide := m.pick('ب', style{})
	name := func(f *face) string { return strings.TrimPrefix(f.name, wide.name) }
	for in, want := range map[string]string{
		"ببب":   "initial medial final", // joins on both sides
		"دار":   "- - -",                // joins to the letter before it alone, and there is none that joins
		"باب":   "initial final -",
		"ب ب":   "- ? -",
		"بَب":   "initial final", // a vowel sign does not part letters
		"پگ":    "initial final",
		"عربية": "initial final initial medial final",
	} {
		var pieces []piece
		for _, w := range c.words([]span{{text: in, style: style{size: 10}}}) {
			if w.space != nil {
				pieces = append(pieces, *w.space)
			}
			pieces = append(pieces, w.pieces...)
		}
		clusters := split(pieces)
		m.shape(clusters)
		var got []string
		for _, cl := range clusters {
			switch n := name(cl.piece.face); {
			case cl.piece.text == " ":
				got = append(got, "?")
			case n == "":
				got = append(got, "-")
			default:
				got = append(got, n)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
	if s := text(t, render(t, renderer(t), scripts())); !strings.Contains(s, "مرحبا") {
		t.Errorf("the text layer does not hold the letters as written:\n%s", s)
	}
}
