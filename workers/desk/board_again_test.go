package desk

import (
	"context"
	"testing"

	"bulletin/pipeline"
)

// slow is a store that gives nothing until whoever asks gives up.
type slow struct{ asked chan struct{} }

func (s slow) Get(ctx context.Context, _ pipeline.Digest) ([]byte, error) {
	close(s.asked)
	<-ctx.Done()
	return nil, ctx.Err()
}

// Whoever looks at a bulletin of which something was sent again waits for its plan: nobody else does, and the plan is given
// up with the question.
func TestOnlyWhoLooksWaitsForThePlan(t *testing.T) {
	docs := documents{}
	ref := pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: 1}
	facts := delivered(t, docs, ref)
	again := factOf(t, pipeline.Chunk, ref, pipeline.NZL, pipeline.ChunkBody{Recipients: []pipeline.Addressee{{Address: "new@x.example"}}})
	again.Chunk, again.Precedence = 2, pipeline.Routine
	store := slow{make(chan struct{})}
	b := &Board{Documents: store}
	must(t, b.Apply(ctx, factOf(t, pipeline.Submitted, ref, "", pipeline.SubmittedBody{Nation: pipeline.NZL})))
	for _, f := range append(facts, again) {
		must(t, b.Apply(ctx, f))
	}
	asking, giveUp := context.WithCancel(ctx)
	defer giveUp()
	shown := make(chan Status)
	go func() {
		s, _ := b.Status(asking, ref.ID)
		shown <- s
	}()
	<-store.asked
	other := pipeline.Ref{ID: "bbbbbbbbbbbbb", Revision: 1}
	must(t, b.Apply(ctx, factOf(t, pipeline.Submitted, other, "", pipeline.SubmittedBody{Nation: pipeline.NZL})))
	if s, ok := b.Status(ctx, other.ID); !ok || s.State != "in review" {
		t.Errorf("the other bulletin: %+v", s)
	}
	giveUp()
	if s := <-shown; s.State != "delivering" || len(s.Nations) != 2 {
		t.Errorf("%+v", s)
	}
	b.Documents = docs // the store answers again
	s, _ := b.Status(ctx, ref.ID)
	for _, n := range s.Nations {
		if n.Nation == pipeline.NZL && (n.Planned != 2 || n.Sent != 1) {
			t.Errorf("%+v", n)
		}
	}
}
