package desk

import (
	"context"
	"testing"

	"bulletin/pipeline"
)

// interrupted is a store in which something happens just before a decision is published.
type interrupted struct {
	Store
	meanwhile func()
}

func (s *interrupted) Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error) {
	if f := s.meanwhile; f != nil {
		s.meanwhile = nil
		f()
	}
	return s.Store.Decide(ctx, last, facts...)
}

// While a correction is in review, the former version is rendered, planned and acknowledged. None of that turns away who
// approves, returns or revises; a decision that came between does.
func TestWhatComesByItselfTurnsNobodyAway(t *testing.T) {
	for _, what := range []struct {
		name pipeline.Name
		ok   bool
	}{
		{pipeline.Acknowledged, true}, {pipeline.Planned, true}, {pipeline.Parked, true}, {pipeline.Resent, true},
		{pipeline.Returned, false},
	} {
		t.Run(string(what.name), func(t *testing.T) {
			o := newOffice(t)
			store := &interrupted{Store: o.q}
			o.desk.Store = store
			ordinal := 0
			for _, act := range []func(ref pipeline.Ref) error{
				func(ref pipeline.Ref) error {
					shown, err := o.clients["tom"].Show(ctx, ref.ID)
					must(t, err)
					_, err = o.clients["tom"].Approve(ctx, shown)
					return err
				},
				func(ref pipeline.Ref) error { return o.clients["tom"].Return(ctx, ref, "no") },
				func(ref pipeline.Ref) error {
					_, err := o.clients["dana"].Submit(ctx, ref.ID, source("draft.md", draftText))
					return err
				},
			} {
				s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", draftText))
				must(t, err)
				store.meanwhile = func() {
					f, err := pipeline.NewFact(what.name, s.Ref, "test", struct{}{})
					must(t, err)
					if what.name != pipeline.Returned {
						ordinal++
						f.Nation, f.Ordinal = pipeline.GBR, ordinal
					}
					must(t, o.q.Publish(ctx, f))
				}
				if err := act(s.Ref); (err == nil) != what.ok {
					t.Errorf("%v", err)
				}
				store.meanwhile = nil
			}
		})
	}
}
