package pdf

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationsansbold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// What each nation's rules ask of its own mark, and that no colour is lent to another's.
func TestMarksStandAsTheNationsRulesSay(t *testing.T) {
	const red, green, blue = 0xff0000, 0x00b050, 0x0000ff
	tests := map[string]struct {
		right     bool // the nation's mark, in the upper right corner; else centred
		color     rgb
		capHeight float64 // in millimetres
	}{
		"aus-own":     {color: 0xcc0000},
		"aus-foreign": {color: 0xcc0000},
		"can-own":     {right: true},
		"can-foreign": {right: true},
		"gbr-own":     {},
		"gbr-foreign": {},
		"nzl-own":     {color: green, capHeight: 3},
		"nzl-foreign": {color: red, capHeight: 3},
		"nzl-secret":  {color: blue, capHeight: 3},
		"nzl-policy":  {capHeight: 3},
		"usa-own":     {},
		"usa-cui":     {},
		"usa-foreign": {},
	}
	editions := national()
	editions["nzl-secret"] = abroad(pipeline.NZL, "gbr", "UK SECRET", "SECRET//REL TO NZL, GBR")
	editions["nzl-policy"] = abroad(pipeline.NZL, "gbr", "UK OFFICIAL-SENSITIVE", "IN-CONFIDENCE")
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := editions[name]
			own := e.OwnMark()
			b := render(t, renderer(t), e)
			checkBanners(t, tool(t, b, "pdftotext", "-bbox", "FILE", "-"), e)
			for _, page := range traced(t, b) {
				for _, d := range both(t, page, own) {
					left := d.x
					if e.Equivalent != "" {
						left -= leadBefore(t, page, d, e).width
					}
					switch {
					case tt.right && math.Abs(d.right()-(page.w-sideMargin)) > 1:
						t.Errorf("%q ends at %.0f of %.0f: want the right margin", own, d.right(), page.w)
					case !tt.right && math.Abs(left+d.right()-page.w) > 1:
						t.Errorf("%q stands from %.0f to %.0f of %.0f: want it centred", own, left, d.right(), page.w)
					case d.color != tt.color:
						t.Errorf("%q is #%06x, want #%06x", own, d.color, tt.color)
					case !strings.Contains(d.font, "bold"):
						t.Errorf("%q is set in %s", own, d.font)
					case heightOfH(t, d.size) <= tt.capHeight:
						t.Errorf("%q: capitals of %.2f mm, want more than %g", own, heightOfH(t, d.size), tt.capHeight)
					}
				}
				if e.Equivalent == "" {
					continue
				}
				for _, d := range both(t, page, e.Banner) {
					if d.color != black || math.Abs(d.x+d.right()-page.w) > 1 {
						t.Errorf("the originator's %q is #%06x from %.0f to %.0f: want it plain and centred", e.Banner, d.color, d.x, d.right())
					}
				}
			}
		})
	}
}

// both returns the one run of the text at the top of a page and the one at its bottom.
func both(t *testing.T, page tracedPage, text string) []drawn {
	t.Helper()
	top, bottom := page.find(text)
	if len(top) != 1 || len(bottom) != 1 {
		t.Fatalf("%q stands %d times at the top and %d times at the bottom", text, len(top), len(bottom))
	}
	return []drawn{top[0], bottom[0]}
}

// leadBefore is the run that says of an equivalent what it is.
func leadBefore(t *testing.T, page tracedPage, mark drawn, e edition.Edition) drawn {
	t.Helper()
	i := slices.IndexFunc(page.runs, func(d drawn) bool {
		return d.text == e.HandleIn() && math.Abs(d.right()-mark.x) < 1 && math.Abs(d.y-mark.y) < 0.1
	})
	if i < 0 {
		t.Fatalf("%q does not stand before %q", e.HandleIn(), mark.text)
	}
	return page.runs[i]
}

// heightOfH is the height of a capital as it is drawn, in millimetres: what the font says of itself is not asked.
func heightOfH(t *testing.T, size float64) float64 {
	t.Helper()
	f, err := sfnt.Parse(liberationsansbold.TTF)
	if err != nil {
		t.Fatal(err)
	}
	var buf sfnt.Buffer
	glyph, err := f.GlyphIndex(&buf, 'H')
	if err != nil {
		t.Fatal(err)
	}
	b, _, err := f.GlyphBounds(&buf, glyph, fixed.I(1000), font.HintingNone)
	if err != nil {
		t.Fatal(err)
	}
	return float64(b.Max.Y-b.Min.Y) / 64 / 1000 * size / pointsPerMM
}

// TLP 2.0: header and footer of every page, right-justified, 12 pt or more, in the label's colour; where the
// label is all the marking there is, nothing stands beside it.
func TestLabelStandsAtTheRightInEveryEdition(t *testing.T) {
	for name, e := range national() {
		if strings.HasSuffix(name, "-own") {
			continue // as abroad, a line shorter
		}
		for _, page := range traced(t, render(t, renderer(t), e)) {
			for _, d := range both(t, page, e.TLP.String()) {
				if d.size < 12 || math.Abs(d.right()+tlpPad-(page.w-sideMargin)) > 1 || d.color != rgb(e.TLP.Color()) {
					t.Errorf("%s: the label is %+v", name, d)
				}
			}
		}
	}
}

// longMark is a banner as long as a marking may get, in words of which none is long.
func longMark(n int) string {
	mark := "TOP SECRET//SI/TK//FGI"
	for len(mark) < n-4 {
		mark += " DEU"
	}
	return mark + strings.Repeat("X", n-len(mark))
}

func TestLongMarksNeitherOverlapNorGetLost(t *testing.T) {
	for _, n := range pipeline.Nations() {
		for _, length := range []int{150, 998} {
			e := abroad(n, "usa", longMark(length), "TOP SECRET//REL TO NZL, AUS, CAN, GBR, USA")
			b := render(t, renderer(t), e)
			checkBanners(t, tool(t, b, "pdftotext", "-bbox", "FILE", "-"), e)
			for _, page := range traced(t, b) {
				checkApart(t, page)
			}
		}
	}
}

// checkApart reports letters that stand on others.
func checkApart(t *testing.T, page tracedPage) {
	t.Helper()
	for i, a := range page.runs {
		for _, b := range page.runs[:i] {
			if a.x < b.right()-0.5 && b.x < a.right()-0.5 && math.Abs(a.y-b.y) < 0.8*min(a.size, b.size) {
				t.Errorf("%q stands on %q", a.text, b.text)
			}
		}
	}
}

// What the marking requires to be said stands on page 1, whole, its lines apart; and what to do before it.
func TestStatementsStandOnPageOne(t *testing.T) {
	authority := "Classified By: J. Smith, Desk Officer\nDerived From: Multiple Sources\nDeclassify On: 20511231"
	long := strings.Repeat("This information is provided in confidence and may not be released without agreement. ", 12)
	for name, statements := range map[string][]string{"short": {authority}, "long": {authority, long, long}, "too long for the foot": {authority, long, long, long, long}} {
		e := abroad(pipeline.GBR, "usa", "SECRET//REL TO USA, GBR", "SECRET")
		e.Statements = statements
		page1 := tool(t, render(t, renderer(t), e), "pdftotext", "-raw", "-l", "1", "FILE", "-")
		for _, s := range statements {
			if !strings.Contains(squash(page1), squash(s)) {
				t.Errorf("%s: page 1 lacks %.60q", name, s)
			}
		}
		if !strings.Contains(page1, "\nDerived From: Multiple Sources\nDeclassify On: 20511231\n") {
			t.Errorf("%s: the authority's lines run together:\n%s", name, page1)
		}
		if name != "too long for the foot" && !strings.Contains(page1, "Actions to take today") {
			t.Errorf("%s: page 1 does not say what to do", name)
		}
	}
}

// A page of which only the banner was seen did not say whose mark that is.
func TestEveryPageSaysWhoseMarkItIs(t *testing.T) {
	for name, want := range map[string]bool{"nzl-foreign": true, "gbr-foreign": true, "can-foreign": true, "nzl-own": false} {
		e := national()[name]
		e.Originator = pipeline.USA
		b := render(t, renderer(t), e)
		for i, page := range strings.Split(strings.TrimSuffix(text(t, b), "\f"), "\f") {
			if got := strings.Contains(squash(page), "markedbytheUnitedStates"); got != want {
				t.Errorf("%s, page %d: %v", name, i+1, got)
			}
		}
	}
}
