package draft_test

import (
	"strings"
	"testing"
	"unicode"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
)

// Whatever a reader of the published page sees of a real bulletin, a reader of ours sees too, in the same order.
func TestRealBulletinsKeepEveryWord(t *testing.T) {
	withHTML := 0
	for _, real := range drafttest.All(t) {
		text := string(real.Text)
		if strings.Contains(text, "[^1]:") {
			continue // its notes are read where they are referred to, and not at the end
		}
		if strings.Contains(text, "</") {
			withHTML++
		}
		t.Run(real.Name, func(t *testing.T) {
			doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": real.Draft()}}, draft.Options{})
			if doc == nil {
				t.Fatal(problems.Err())
			}
			left := visibleText(doc)
			for i, word := range real.Words(t) {
				at := strings.Index(left, word)
				if at < 0 {
					t.Fatalf("word %d, %q, is lost; what is left begins with %.80q", i, word, left)
				}
				if at > 200 { // anything more is a word found in the wrong place
					t.Fatalf("word %d, %q, is found %d bytes further on, behind %.80q", i, word, at, left)
				}
				left = left[at+len(word):]
			}
		})
	}
	if withHTML < 8 {
		t.Errorf("only %d real bulletins with HTML", withHTML)
	}
}

// visibleText is the text of a document without white space.
func visibleText(doc *draft.Document) string {
	var s strings.Builder
	for _, p := range doc.Portions {
		b := p.Block
		b.EachInline(func(i *draft.Inline) { s.WriteString(i.Text) })
		if b.Code != nil {
			s.WriteString(b.Code.Lang + strings.Join(b.Code.Lines, ""))
		}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s.String())
}
