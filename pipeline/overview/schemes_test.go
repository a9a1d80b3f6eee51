package overview

import (
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// An editor of each nation can compile an overview in their own scheme: it passes check as it is.
func TestOverviewInEveryScheme(t *testing.T) {
	for _, s := range marking.Schemes() {
		nation := pipeline.Nation(s.Owner())
		if nation == "" {
			nation = pipeline.NZL
		}
		got, _ := Compile(Order{Nation: nation, Scheme: s, From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}, released(t))
		if _, problems := draft.Parse(draft.Source{Name: "o.md", Files: map[string][]byte{"o.md": []byte(got)}}, draft.Options{Author: nation}); problems.Err() != nil {
			t.Errorf("%s: %v\n%s", s.Name(), problems.Err(), got)
		}
	}
}
