package edition_test

import (
	"testing"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// A row that scheme tlp narrows says to whom, where machines read it too.
func TestNarrowedRowsSayToWhom(t *testing.T) {
	src := draft.Source{Name: "d.md", Files: map[string][]byte{
		"d.md":  []byte("---\ntitle: t\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [CAN, NZL, USA]\nindicators: i.csv\n---\na\n"),
		"i.csv": []byte("type,value,first_seen,last_seen,confidence,note,mark\ndomain,a.example,,,,,\"(TLP:AMBER//REL TO CAN, NZL)\"\ndomain,b.example,,,,,(TLP:GREEN)\ndomain,c.example,,,,,\n"),
	}}
	doc, problems := draft.Parse(src, draft.Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	e, err := edition.Project(doc, "NZL", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"TLP:AMBER//REL TO CAN, NZL", "TLP:GREEN", "TLP:AMBER"} {
		if got := e.Indicators[i].Marking; got != want {
			t.Errorf("%s is marked %q, want %q", e.Indicators[i].Value, got, want)
		}
	}
}
