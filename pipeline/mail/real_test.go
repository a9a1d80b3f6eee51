package mail

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
	"bulletin/pipeline/edition"
)

// realEdition is a real bulletin as New Zealand gets it, and its words. A heading with nothing under it is no part of an edition.
func realEdition(t *testing.T, r drafttest.Real) (edition.Edition, []string) {
	t.Helper()
	doc, problems := draft.Parse(draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": r.Draft()}}, draft.Options{})
	if doc == nil {
		t.Fatalf("%s: %v", r.Name, problems.Err())
	}
	e, err := edition.Project(doc, pipeline.NZL, nil)
	if err != nil {
		t.Fatalf("%s: %v", r.Name, err)
	}
	e.Number, e.Released = "SA26-326A", testDate
	e.History = []edition.Version{{Version: "1.0", At: testDate, Change: edition.ChangeRelease, Summary: "first release"}}
	text := " " + strings.Join(r.Words(t), " ") + " "
	for i, p := range doc.Portions {
		if p.Block.Kind == draft.Heading && !edition.MayPortion(doc, i, pipeline.NZL, edition.Terms(doc, nil)) {
			text = strings.Replace(text, " "+strings.Join(strings.Fields(draft.Plain(p.Block.Text)), " ")+" ", " ", 1)
		}
	}
	return e, strings.Fields(text)
}

func TestRealBulletinsKeepEveryWordInHTML(t *testing.T) {
	for _, r := range drafttest.All(t) {
		e, seen := realEdition(t, r)
		page := page1(t, e)
		checkInert(t, []byte(page))
		rest, notes := seenText(t, page), ""
		for _, n := range e.Notes() {
			notes += words(n.Children)
		}
		for i, w := range seen {
			if strings.HasPrefix(w, "↩") { // what the plain renderer puts behind a note
				continue
			}
			if n, err := strconv.Atoi(w); err == nil && n <= 2*len(e.Notes()) && !strings.Contains(rest[:min(len(rest), 80)], w) {
				continue // a note's number: ours are counted anew, and notes of one text share theirs
			}
			_, after, found := strings.Cut(rest, w)
			if !found && strings.Contains(notes, w) {
				continue // a note of the same text as one before
			}
			if !found {
				t.Errorf("%s: word %d, %q, is not there, or not in its place", r.Name, i+1, w)
				break
			}
			rest = after
		}
		if most := 5*len(r.Text) + 16<<10; len(page) > most {
			t.Errorf("%s: %d bytes of HTML for %d of Markdown", r.Name, len(page), len(r.Text))
		}
	}
}

// seenText is what a reader sees of the page, in order and without its white space.
func seenText(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" {
			for _, r := range n.Data {
				if !unicode.IsSpace(r) {
					b.WriteRune(r)
				}
			}
		}
	}
	return b.String()
}
