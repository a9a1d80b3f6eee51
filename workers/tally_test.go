package workers

import (
	"context"
	"errors"
	"slices"
	"testing"

	"bulletin/pipeline"
)

func tallyOf(b *bulletin) *Tally {
	return &Tally{Facts: b.q, Documents: b.docs, Decider: b.q, Verify: verify, Log: discard}
}

func TestTallyApprovesOnceTheQuorumIsMet(t *testing.T) {
	b := submitted(t, newQueue(t))
	tally := tallyOf(b)
	first := b.approve(t, 1, "aroha", nil) // may not have the second paragraph
	second := b.approve(t, 2, "tom", nil)
	for _, f := range []pipeline.Fact{first, second} {
		out, err := tally.Work(ctx, f)
		must(t, err)
		if len(out) != 0 || len(b.facts(t, pipeline.Approved)) != 0 {
			t.Fatalf("approved by %s, with one of two for the second paragraph", f.Subject())
		}
	}
	third := b.approve(t, 3, "carlos", nil)
	for range 2 { // and again, as after a crash
		if _, err := tally.Work(ctx, third); err != nil {
			t.Fatal(err)
		}
	}
	approved := b.facts(t, pipeline.Approved)
	if len(approved) != 1 {
		t.Fatalf("approved %d times", len(approved))
	}
	body := decoded[pipeline.ApprovedBody](t, approved[0])
	if !slices.Equal(body.Approvals, []int{1, 2, 3}) || body.Statement != pipeline.DigestOf([]byte(b.c.Statement)) {
		t.Errorf("approved: %+v", body)
	}
}

func TestTallyPassesOverWhatDoesNotCount(t *testing.T) {
	for name, change := range map[string]func(*pipeline.ApprovalBody){
		"bad signature":   func(a *pipeline.ApprovalBody) { a.Signature = "x" },
		"other content":   func(a *pipeline.ApprovalBody) { a.Statement = "x" },
		"another's name":  func(a *pipeline.ApprovalBody) { a.Reviewer, a.Nation = "aroha", pipeline.NZL },
		"a wrong nation":  func(a *pipeline.ApprovalBody) { a.Nation = pipeline.NZL },
		"author's own":    func(a *pipeline.ApprovalBody) { a.Reviewer, a.Signature = "dana", signBy("key of dana", a.Statement) },
		"nobody known by": func(a *pipeline.ApprovalBody) { a.Reviewer = "stranger" },
	} {
		t.Run(name, func(t *testing.T) {
			b := submitted(t, newQueue(t))
			b.approve(t, 1, "carlos", nil)
			bad := b.approve(t, 2, "tom", change)
			if _, err := tallyOf(b).Work(ctx, bad); err != nil {
				t.Fatal(err)
			}
			if n := len(b.facts(t, pipeline.Approved)); n != 0 {
				t.Fatal("approved")
			}
			good := b.approve(t, 3, "tom", nil)
			if _, err := tallyOf(b).Work(ctx, good); err != nil {
				t.Fatal(err)
			}
			approved := b.facts(t, pipeline.Approved)
			if len(approved) != 1 || !slices.Equal(decoded[pipeline.ApprovedBody](t, approved[0]).Approvals, []int{1, 3}) {
				t.Errorf("approved: %v", approved)
			}
		})
	}
}

// A store that is away for a moment says nothing about an approval: passing over it once would be for ever.
func TestTallyComesBackWhenTheStoreWasAway(t *testing.T) {
	b := submitted(t, newQueue(t))
	b.approve(t, 1, "carlos", nil)
	last := b.approve(t, 2, "tom", nil)
	tally := tallyOf(b)
	tally.Documents = &failsOnce{memory: b.docs, digest: pipeline.DigestOf(cast().JSON())}
	if _, err := tally.Work(ctx, last); !isRetry(err) {
		t.Fatalf("got %v, want a retry", err)
	}
	if _, err := tally.Work(ctx, last); err != nil {
		t.Fatal(err)
	}
	if len(b.facts(t, pipeline.Approved)) != 1 {
		t.Error("not approved, though the quorum is there")
	}
}

// failsOnce fails to give one document, once.
type failsOnce struct {
	*memory
	digest pipeline.Digest
	failed bool
}

func (f *failsOnce) Get(ctx context.Context, d pipeline.Digest) ([]byte, error) {
	if d == f.digest && !f.failed {
		f.failed = true
		return nil, errors.New("the store is away")
	}
	return f.memory.Get(ctx, d)
}

func TestTallyDoesNothingAfterADecision(t *testing.T) {
	for name, after := range map[string]func(*testing.T, *bulletin){
		"returned": func(t *testing.T, b *bulletin) {
			must(t, b.q.Publish(ctx, newFact(t, pipeline.Returned, b.ref, pipeline.DecisionBody{})))
		},
		"rejected": func(t *testing.T, b *bulletin) {
			must(t, b.q.Publish(ctx, newFact(t, pipeline.Rejected, b.ref, pipeline.DecisionBody{})))
		},
		"revised": func(t *testing.T, b *bulletin) { b.submit(t, 2, draftText) },
	} {
		t.Run(name, func(t *testing.T) {
			b := submitted(t, newQueue(t))
			b.approve(t, 1, "carlos", nil)
			last := b.approve(t, 2, "tom", nil)
			after(t, b)
			if out, err := tallyOf(b).Work(ctx, last); err != nil || len(out) != 0 {
				t.Fatalf("%v, %v", out, err)
			}
			if len(b.facts(t, pipeline.Approved)) != 0 {
				t.Error("approved")
			}
		})
	}
}

// returnedMeanwhile lets a return in between the tally's look and its decision.
type returnedMeanwhile struct {
	t *testing.T
	b *bulletin
}

func (r returnedMeanwhile) Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error) {
	must(r.t, r.b.q.Publish(ctx, newFact(r.t, pipeline.Returned, r.b.ref, pipeline.DecisionBody{})))
	return r.b.q.Decide(ctx, last, facts...)
}

func TestTallyLosesToAReturn(t *testing.T) {
	b := submitted(t, newQueue(t))
	b.approve(t, 1, "carlos", nil)
	last := b.approve(t, 2, "tom", nil)
	tally := tallyOf(b)
	tally.Decider = returnedMeanwhile{t, b}
	if _, err := tally.Work(ctx, last); !isRetry(err) || !errors.Is(err, pipeline.ErrMoved) {
		t.Fatalf("got %v, want to look again", err)
	}
	if _, err := tallyOf(b).Work(ctx, last); err != nil {
		t.Fatal(err)
	}
	if len(b.facts(t, pipeline.Approved)) != 0 {
		t.Error("approved and returned")
	}
}

// A store that does not answer for a moment parks nothing: approval and marking come back.
func TestAStoreThatIsAwayParksNoApproval(t *testing.T) {
	b := submitted(t, newQueue(t))
	b.docs.gone = &pipeline.Retry{Err: errors.New("no answer")}
	approval := newFact(t, pipeline.Approval, b.ref, pipeline.ApprovalBody{})
	if _, err := tallyOf(b).Work(ctx, approval); !isRetry(err) {
		t.Errorf("tally: %v, want to come back", err)
	}
}
