package edition_test

import (
	"strings"
	"testing"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// A heading with TLP alone says nothing of nations: it falls away with what stands under it, as one without a mark.
func TestHeadingWithTLPAloneFallsAwayWithItsPart(t *testing.T) {
	text := "---\ntitle: t\nscheme: gbr\ntlp: TLP:AMBER\nreleasable_to: [AUS, GBR]\n---\na\n\n# (TLP:AMBER) Harbour\n\n(SECRET - UK EYES ONLY) b\n"
	doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, draft.Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	e, err := edition.Project(doc, "AUS", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := edition.Text(e); strings.Contains(got, "Harbour") {
		t.Errorf("AUS reads the heading:\n%s", got)
	}
}
