package desk

import (
	"testing"

	"bulletin/pipeline"
)

// TestBoardShowsWhoAcknowledged: it is counted by nation, stays through what comes later, and facts about no
// bulletin change nothing.
func TestBoardShowsWhoAcknowledged(t *testing.T) {
	docs := documents{}
	ref := pipeline.Ref{ID: pipeline.NewID(), Revision: 1}
	facts := []pipeline.Fact{factOf(t, pipeline.Submitted, ref, "", pipeline.SubmittedBody{Nation: pipeline.NZL})}
	facts = append(facts, delivered(t, docs, ref)...)
	last := len(facts) - 1
	acknowledged := factOf(t, pipeline.Acknowledged, ref, pipeline.NZL, pipeline.AcknowledgedBody{Address: "NZL@x.example", Signed: testTime})
	acknowledged.Ordinal = 1
	keys := factOf(t, pipeline.Noticed, pipeline.Ref{}, "", pipeline.NoticedBody{})
	facts = append(facts[:last:last], acknowledged, keys, facts[last]) // a reply may overtake the receipt
	b := &Board{Documents: docs}
	for _, f := range facts {
		must(t, b.Apply(ctx, f))
	}
	s, ok := b.Status(ctx, ref.ID)
	if !ok || s.State != "delivered" || len(b.All(ctx)) != 1 {
		t.Fatalf("%+v, and %d bulletins", s, len(b.All(ctx)))
	}
	for _, n := range s.Nations {
		want := 0
		if n.Nation == pipeline.NZL {
			want = 1
		}
		if n.Acknowledged != want || n.Planned != 1 {
			t.Errorf("%+v", n)
		}
	}
}
