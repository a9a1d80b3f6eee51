package edition

import (
	"strings"
	"testing"
	"unicode"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
)

// The plain text of a real bulletin has every word of it. In a table's columns words of several cells stand side by
// side, and Chinese is broken anywhere: words are looked for one by one.
func TestRealBulletinsKeepEveryWordInText(t *testing.T) {
	for _, r := range drafttest.All(t) {
		doc, problems := draft.Parse(draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": r.Draft()}}, draft.Options{})
		if doc == nil {
			t.Fatalf("%s: %v", r.Name, problems.Err())
		}
		e, err := Project(doc, pipeline.NZL, nil)
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		text := Text(e)
		flat := strings.Join(strings.Fields(text), "")
		for _, w := range strings.Fields(withoutEmptySections(strings.Join(r.Words(t), " "), doc)) {
			for _, part := range strings.FieldsFunc(w, isWide) {
				if !strings.Contains(flat, part) && !strings.HasPrefix(part, "↩") { // what the plain renderer puts behind a note
					t.Errorf("%s: %q is not there", r.Name, w)
				}
			}
			for _, c := range w {
				if isWide(c) && !strings.ContainsRune(flat, c) {
					t.Errorf("%s: %q is not there", r.Name, c)
				}
			}
		}
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "From ") || strings.TrimRightFunc(line, unicode.IsSpace) != line {
				t.Errorf("%s: line %q breaks a signature", r.Name, line)
			}
		}
	}
}

// withoutEmptySections leaves out the headings that have nothing under them: an edition cannot tell them from those
// whose text is withheld, and has neither.
func withoutEmptySections(words string, doc *draft.Document) string {
	for i, p := range doc.Portions {
		if p.Block.Kind == draft.Heading && !MayPortion(doc, i, pipeline.NZL, Terms(doc, nil)) {
			heading := strings.Join(strings.Fields(draft.Plain(p.Block.Text)), " ")
			words = strings.Replace(" "+words+" ", " "+heading+" ", " ", 1)
		}
	}
	return words
}
