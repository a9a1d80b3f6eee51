package draft_test

import (
	"strings"
	"testing"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
)

// Real bulletins, with nothing but front matter put before them, are drafts, and hold every word.
func TestRealBulletinsParse(t *testing.T) {
	for _, r := range drafttest.All(t) {
		t.Run(r.Name, func(t *testing.T) {
			doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": r.Draft()}}, draft.Options{})
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			// Notes are numbered by edition, and nothing leads back from them.
			have := strings.Join(strings.Fields(everyWord(doc)), "")
			for _, word := range r.Words(t) {
				if strings.Trim(word, "↩︎0123456789") != "" && !strings.Contains(have, word) {
					t.Errorf("the word %q is lost", word)
				}
			}
		})
	}
}

func everyWord(doc *draft.Document) string {
	var s strings.Builder
	for _, p := range doc.Portions {
		s.WriteString(draft.Plain(p.Block.Text) + " ")
		if p.Block.Code != nil {
			s.WriteString(strings.Join(p.Block.Code.Lines, " ") + " ")
		}
		if p.Block.Table != nil {
			for _, r := range append([]draft.Row{{Cells: p.Block.Table.Head}}, p.Block.Table.Rows...) {
				for _, c := range r.Cells {
					s.WriteString(draft.Plain(c) + " ")
				}
			}
		}
		p.Block.EachInline(func(in *draft.Inline) {
			if in.Kind == draft.Footnote {
				s.WriteString(draft.Plain(in.Children) + " ")
			}
		})
	}
	return s.String()
}
