package review

import (
	"context"
	"errors"
	"testing"

	"bulletin/pipeline"
)

func TestCount(t *testing.T) {
	changed := func(change func(People)) func(documents, *pipeline.ApprovalBody) {
		return func(d documents, b *pipeline.ApprovalBody) {
			people := cast()
			change(people)
			b.People = d.put(people.JSON())
		}
	}
	for _, c := range []struct {
		name   string
		by     string
		change func(documents, *pipeline.ApprovalBody)
		counts bool
	}{
		{"a reviewer", "tom", nil, true},
		{"a reviewer of the author's nation", "carlos", nil, true},
		{"other statement", "tom", func(_ documents, b *pipeline.ApprovalBody) {
			b.Statement += "policy: other\n"
			b.Signature = signBy("key of tom", b.Statement)
		}, false},
		{"other's signature", "tom", func(_ documents, b *pipeline.ApprovalBody) { b.Signature = signBy("key of luc", b.Statement) }, false},
		{"other's name over one's own signature", "tom", func(_ documents, b *pipeline.ApprovalBody) { b.Reviewer, b.Nation = "luc", pipeline.CAN }, false},
		{"no signature", "tom", func(_ documents, b *pipeline.ApprovalBody) { b.Signature = "" }, false},
		{"not a reviewer", "ruby", nil, false},
		{"nobody known", "tom", func(_ documents, b *pipeline.ApprovalBody) { b.Reviewer = "stranger" }, false},
		{"wrong nation", "tom", func(_ documents, b *pipeline.ApprovalBody) { b.Nation = pipeline.NZL }, false},
		{"author of the newest revision", "dan", nil, false},
		{"author of an earlier revision", "dana", nil, false},
		{"disabled then", "tom", changed(func(ps People) { ps[4].Disabled = true }), false},
		{"not a reviewer then", "tom", changed(func(ps People) { ps[4].Roles = []Role{Author} }), false},
		{"another key then", "tom", changed(func(ps People) { ps[4].Certificate = "old key of tom" }), false},
		{"a snapshot that is none", "tom", func(d documents, b *pipeline.ApprovalBody) { b.People = d.put([]byte("[{")) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			docs := documents{}
			first := submit(t, docs, 1, "dana", map[string]string{"draft.md": draftText}, testPolicy())
			second := submit(t, docs, 2, "dan", map[string]string{"draft.md": draftText}, testPolicy())
			s, opened := stand(t, first, second), openCase(t, docs, second)
			a := approval(t, docs, opened, 1, c.by, func(b *pipeline.ApprovalBody) {
				if c.change != nil {
					c.change(docs, b)
				}
			})
			got, err := s.Count(ctx, docs, opened, a, verify)
			if c.counts && (err != nil || got.Name != c.by) {
				t.Errorf("does not count: %v, %v", got, err)
			}
			if !c.counts && !errors.Is(err, ErrNoCount) {
				t.Errorf("counts as %v: %v", got, err)
			}
		})
	}
}

func TestCountTellsABadApprovalFromABadStore(t *testing.T) {
	docs := documents{}
	submitted := submit(t, docs, 1, "dana", map[string]string{"draft.md": draftText}, testPolicy())
	s, c := stand(t, submitted), openCase(t, docs, submitted)
	a := approval(t, docs, c, 1, "tom", nil)
	if _, err := s.Count(ctx, broken{}, c, a, verify); err == nil || errors.Is(err, ErrNoCount) {
		t.Errorf("the store was away: %v, want an error that says nothing about the approval", err)
	}
	digest := docs.put(cast().JSON())
	docs[digest] = append([]byte(" "), docs[digest]...) // tampered with in the store
	if _, err := s.Count(ctx, docs, c, a, verify); err == nil {
		t.Error("an approval counts by people who were changed after the fact")
	}
	a.Body = []byte(`{"reviewer":`)
	if _, err := s.Count(ctx, docs, c, a, verify); !errors.Is(err, ErrNoCount) {
		t.Errorf("half an approval: %v", err)
	}
}

type broken struct{}

func (broken) Get(context.Context, pipeline.Digest) ([]byte, error) {
	return nil, errors.New("the store is away")
}

func TestStandRevisionVoidsWhatWasDecided(t *testing.T) {
	docs := documents{}
	first := submit(t, docs, 1, "dana", map[string]string{"draft.md": draftText}, testPolicy())
	one := approval(t, docs, openCase(t, docs, first), 1, "tom", nil)
	returned := newFact(t, pipeline.Returned, 1, "luc", pipeline.DecisionBody{})
	approved := newFact(t, pipeline.Approved, 1, "tally", pipeline.ApprovedBody{})
	second := submit(t, docs, 2, "dan", map[string]string{"draft.md": draftText}, testPolicy())

	if s := stand(t, first, one, returned); len(s.Approvals) != 1 || s.Decision != pipeline.Returned {
		t.Errorf("before the revision: %d approvals, decision %q", len(s.Approvals), s.Decision)
	}
	for _, decision := range []pipeline.Fact{returned, approved} {
		s := stand(t, first, one, decision, second)
		if len(s.Approvals) != 0 || s.Decision != "" || s.Submitted.Ref.Revision != 2 {
			t.Errorf("after %s and a revision: %d approvals, decision %q, revision %d", decision.Name, len(s.Approvals), s.Decision, s.Submitted.Ref.Revision)
		}
		if len(s.Authors) != 2 {
			t.Errorf("authors %v, want both", s.Authors)
		}
	}
	if _, err := Stand([]pipeline.Fact{one}); !errors.Is(err, pipeline.ErrNotFound) {
		t.Errorf("nothing was submitted: %v", err)
	}
}
