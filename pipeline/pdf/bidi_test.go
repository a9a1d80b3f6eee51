package pdf

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/bidi"
	"pgregory.net/rapid"

	"bulletin/pipeline/draft"
)

// onOneLine is a text as it stands on paper, brackets as they look.
func onOneLine(c *composer, spans ...span) string {
	pairs := []rune(brackets + mirrored)
	var out strings.Builder
	for _, l := range c.lines(spans, 1e5) {
		for _, p := range l.pieces {
			for _, ch := range p.text {
				if other, _, ok := counterpart(ch, pairs); ok && strings.HasSuffix(p.face.name, "other") {
					ch = other
				}
				out.WriteRune(ch)
			}
		}
	}
	return out.String()
}

func TestRightToLeft(t *testing.T) {
	c := composerFor(t)
	for in, want := range map[string]string{
		"see שלום now":                   "see םולש now",
		"שלום 123 עולם":                  "םלוע 123 םולש",
		"a (שלום)":                       "a (םולש)",
		"(שלום) a":                       "a (םולש)", // the first letter says that it is from right to left
		"אב (גד) הו":                     "וה (דג) בא",
		"אב (cd) הו [12]":                "[12] וה (cd) בא",
		"only left (1-2)":                "only left (1-2)",
		"a שלום (b) c":                   "a םולש (b) c",
		"english בדיקה 12.5 end":         "english 12.5 הקידב end",
		"בדיקה -5% ל-10.0.0.1:80":        "10.0.0.1:80-ל 5%- הקידב",
		"نسخة 2.0 (أو 3)":                "(3 وأ) 2.0 ةخسن",
		"Ø«s» عدد":                       "Ø«s» ددع",
		"ערבית book(s)":                  "book(s) תיברע", // the examples of N0
		"אב(גד[&ef]!)gh":                 "gh(![ef&]דג)בא",
		"א smith (fabrikam ב) ג":         "ג (ב fabrikam) smith א",
		"עברית https://a.example/b?c=d.": ".https://a.example/b?c=d תירבע",
	} {
		if got := onOneLine(c, span{text: in, style: style{size: 10}}); got != want {
			t.Errorf("%q stands as %q, want %q", in, got, want)
		}
	}
}

func TestParagraphsDirection(t *testing.T) {
	plain, mark, code := style{size: 10}, style{size: 10, mark: true}, style{size: 10, mono: true}
	c := composerFor(t)
	for want, spans := range map[string][]span{
		"אב (U)":        {{text: "(U) ", style: mark}, {text: "אב", style: plain}}, // a mark says nothing about the text
		"f() בא":        {{text: "אב ", style: plain}, {text: "f()", style: code}}, // code stands as it is read
		"Outlook is בא": {{text: "Outlook is אב", style: plain}},
	} {
		want = strings.Replace(want, "אב (U)", "בא (U)", 1)
		if got := onOneLine(c, spans...); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	c.e.Language = "ar-IQ"
	if got := onOneLine(c, span{text: "Outlook اب", style: plain}); got != "با Outlook" {
		t.Errorf("in an Arabic document: %q", got)
	}
	for tag, want := range map[string]bool{"ar": true, "fa-AF": true, "he-IL": true, "en": false, "": false, "az-Arab": true, "az": false, "ks-Deva": false, "UR": true} {
		if rightToLeftLanguage(tag) != want {
			t.Errorf("language %q", tag)
		}
	}
	e := base("Lists")
	e.Blocks = []draft.Block{item(1, 0, 1, "פריט"), item(1, 0, 1, "item")}
	var bullets []float64
	for _, s := range renderer(t).compose(e).sheets() {
		for _, o := range s.ops {
			if o, ok := o.(textOp); ok && o.text == "•" {
				bullets = append(bullets, o.x)
			}
		}
	}
	if len(bullets) != 2 || bullets[0] < 400 || bullets[1] > 200 {
		t.Errorf("bullets at %v", bullets)
	}
}

// The runs of golang.org/x/text have no levels, but their directions must be those of ours. Brackets are tested by the
// examples of UAX #9 above: it lets "a[a]." from right to left part the second bracket from the first.
func TestDirectionsAreThoseOfUAX9(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abאבبت12٣٤ ,.:-+%/<>!\u0300")), 1, 16, -1).Draw(t, "text") + "." // white space at the end is for lines to level (L1)
		base := rapid.Int8Range(0, 1).Draw(t, "base")
		var p bidi.Paragraph
		if _, err := p.SetString(text, bidi.DefaultDirection(bidi.Direction(base))); err != nil {
			t.Fatal(err)
		}
		if level, known := directionOf(text); known && base == 0 { // to it, LeftToRight means that the text decides
			base = level
		}
		o, err := p.Order()
		if err != nil {
			t.Fatal(err)
		}
		runes := []rune(text)
		classes := make([]bidi.Class, len(runes))
		for i, ch := range runes {
			classes[i] = class(ch)
		}
		levels := resolve(runes, classes, base)
		at := 0
		for i := range o.NumRuns() {
			run := o.Run(i)
			for range run.String() {
				if want := int8(run.Direction()); levels[at]%2 != want {
					t.Fatalf("%q (%+q) from %d: level of character %d is %d, its direction %d", text, text, base, at, levels[at], want)
				}
				at++
			}
		}
	})
}
