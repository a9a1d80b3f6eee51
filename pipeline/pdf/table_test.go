package pdf

import (
	"bytes"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

func sheetsOf(t *testing.T, blocks ...draft.Block) (paper, []*sheet) {
	t.Helper()
	e := base("A table")
	e.Blocks = blocks
	c := renderer(t).compose(e)
	return c.paper, c.sheets()
}

func textOf(s *sheet) string {
	var b strings.Builder
	for _, o := range s.ops {
		if o, ok := o.(textOp); ok {
			b.WriteString(o.text)
		}
	}
	return squash(b.String())
}

// An empty grey bar stood over every table of an FBI FLASH, on each of its pages.
func TestATableWithoutAHeadHasNoBar(t *testing.T) {
	_, sheets := sheetsOf(t, flashTable())
	bands := 0
	for i, s := range sheets[:2] {
		for _, o := range s.ops {
			r, ok := o.(rectOp)
			if ok && r.fill == headBack && i == 0 {
				t.Errorf("a bar is drawn at %.0f", r.y)
			}
			if ok && r.fill == codeBack && r.w > 400 {
				bands++
			}
		}
	}
	if bands < 9 {
		t.Errorf("%d rows stand over all columns as bands", bands)
	}
}

func TestWordsOfAHeadStayWhole(t *testing.T) {
	_, sheets := sheetsOf(t, eightColumns())
	for _, word := range []string{"Infrastructure", "Recommendation", "Confidence", "Attribution"} {
		whole := false
		for _, o := range sheets[0].ops {
			if o, ok := o.(textOp); ok && strings.Contains(o.text, word) {
				whole = true
			}
		}
		if !whole {
			t.Errorf("%q is broken", word)
		}
	}
}

// A row longer than a page fills it to the foot and goes on under the head of the next.
func TestALongRowGoesOnOnTheNextPage(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("0123456789 ", 1500))
	p, sheets := sheetsOf(t, tableOf([]string{"Field", "Text"}, rowOf("long", long), rowOf("after", "y")))
	var all strings.Builder
	for i, s := range sheets {
		checkSheet(t, i+1, p, s)
		all.WriteString(strings.ReplaceAll(textOf(s), "FieldText", ""))
	}
	if n := strings.Count(all.String(), "0123456789"); n < 1485 { // a few are parted by the foot of a page
		t.Errorf("%d of 1500 words are drawn", n)
	}
	low := 0.0
	for _, o := range sheets[1].ops {
		if o, ok := o.(textOp); ok && o.text != "" && o.y < p.bottom {
			low = max(low, o.y)
		}
	}
	if low < p.bottom-40 {
		t.Errorf("the row ends at %.0f of %.0f on a page in its middle", low, p.bottom)
	}
}

func TestLinksInsideTheDocument(t *testing.T) {
	link := func(to string) draft.Block {
		return draft.Block{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Link, URL: to, Children: txt("there")}}}
	}
	e := base("Links inside")
	there := heading(1, "", "There")
	there.Anchors = []string{"there"}
	e.Blocks = []draft.Block{link("#there"), link("#nowhere"), there, para("", "x")}
	b := render(t, renderer(t), e)
	if n := bytes.Count(b, []byte("/Subtype /Link")); n != 1 {
		t.Errorf("%d links: want the one that leads somewhere", n)
	}
}

func TestTheDocumentSaysItsLanguage(t *testing.T) {
	for _, tt := range []struct {
		language   string
		originator pipeline.Nation
		want       string
	}{{"fr-CA", pipeline.CAN, "fr-CA"}, {"", pipeline.NZL, "en-NZ"}, {"", "", "en"}, {"fr) /X (", "", "en"}} {
		e := base("Language")
		e.Language, e.Originator, e.Blocks = tt.language, tt.originator, []draft.Block{para("", "x")}
		if b := render(t, renderer(t), e); !bytes.Contains(b, []byte("/Lang ("+tt.want+")")) {
			t.Errorf("%q of %q: not %q", tt.language, tt.originator, tt.want)
		}
	}
}
