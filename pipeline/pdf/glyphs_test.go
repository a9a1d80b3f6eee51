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
	e.Blocks = []draft.Block{para("(U)", "fine"), para("(U)", "नमस्ते, and again न"), {Kind: draft.Code, Code: &draft.CodeData{Lines: []string{"ก"}}}}
	e.Actions = []edition.Line{{Text: "ok"}, {Text: "漢 is in no built-in font"}}
	e.Indicators = []edition.Indicator{{Type: "domain", Value: "a.example"}, {Type: "filename", Value: "字.exe"}}
	e.TLP = marking.Red
	want := []string{"'漢' (U+6F22) in action 2", "'न' (U+0928) in block 2 (paragraph)", "'म' (U+092E) in block 2 (paragraph)",
		"'स' (U+0938) in block 2 (paragraph)", "'्' (U+094D) in block 2 (paragraph)", "'त' (U+0924) in block 2 (paragraph)",
		"'े' (U+0947) in block 2 (paragraph)", "'ก' (U+0E01) in block 3 (code)", "'字' (U+5B57) in indicator 2"}
	var got []string
	for _, m := range r.Missing(e) {
		got = append(got, m.String())
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	_, err := r.Render(e)
	var missing *MissingGlyphError
	if !errors.As(err, &missing) || len(missing.Missing) != len(want) || !strings.Contains(err.Error(), "action 2") {
		t.Errorf("Render: %v", err)
	}
	if got := missing.Error(); got != "no font has 2 Han characters, the first '漢' (U+6F22) in action 2; 6 Devanagari characters, the first 'न' (U+0928) in block 2 (paragraph); the Thai character 'ก' (U+0E01) in block 3 (code)" {
		t.Error(got)
	}
	if hint := missing.Hint(); !strings.Contains(hint, "--font") || !strings.Contains(hint, "configs/bulletin.yaml") || !strings.Contains(hint, "fonts-droid-fallback") {
		t.Error(hint)
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
	for _, ch := range "aāЖΩ€→\t\n\u200b\u00ad\ufe0f\u00a0ש\U0001F600\uE123\ufffd\U00020BB7\u0007✅ⱸԦ" {
		if !covered(ch) {
			t.Errorf("%U is not covered", ch)
		}
	}
	for _, ch := range "漢कกあ한" {
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
		"ببب":           "initial medial final", // joins on both sides
		"دار":           "- - -",                // joins to the letter before it alone, and there is none that joins
		"باب":           "initial final -",
		"ب ب":           "- ? -",
		"بَب":           "initial final", // a vowel sign does not part letters
		"پگ":            "initial final",
		"ٹڑں":           "initial final -",
		"لا":            "other initial", // the faces in which the two letters are one glyph
		"سلام":          "initial other medial -",
		"لُأ":           "other initial",
		"می\u200cخواهم": "initial final other initial final - initial final",
		"ه\u200d":       "initial other",
		"عربية":         "initial final initial medial final",
	} {
		var got []string
		for i, w := range c.words([]span{{text: in, style: style{size: 10}}}) {
			if i > 0 {
				got = append(got, "?")
			}
			for _, cl := range split(w.pieces) {
				if n := name(cl.face); n != "" {
					got = append(got, n)
				} else {
					got = append(got, "-")
				}
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

// Marks heaped on a letter stay in its line.
func TestHeapedMarksCoverNoOtherLine(t *testing.T) {
	c := composerFor(t)
	const size, baseline = 10, 100
	for _, text := range []string{"e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308", "g\u0316\u0317\u0318\u0319\u031c\u031d\u031e\u031f"} {
		var s sheet
		s.drawLine(c.lines([]span{{text: text, style: style{size: size}}}, 400)[0], 0, baseline)
		drawn := 0
		for _, o := range s.ops {
			if o, ok := o.(textOp); ok {
				for _, ch := range o.text {
					drawn++
					box := o.face.bounds(ch)
					if top, bottom := baseline-o.y+box.top*size, baseline-o.y+box.bottom*size; top > 1.3*size || bottom < -0.6*size {
						t.Errorf("%q: %U reaches from %.1f to %.1f", text, ch, bottom, top)
					}
				}
			}
		}
		if drawn < 9 {
			t.Errorf("%q: only %d characters are drawn", text, drawn)
		}
	}
}
