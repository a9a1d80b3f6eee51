package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Decider publishes a decision only if nothing has happened to the bulletin since `last`.
type Decider interface {
	Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error)
}

// Tally counts approvals: when the last portion of a revision has its quorum, the revision is approved.
// It stands apart from the desk so that a crash between an approval and its consequence loses nothing.
type Tally struct {
	Facts     Facts
	Documents review.Documents
	Decider   Decider
	Verify    review.Verifier
	Log       *slog.Logger
}

// Name is the durable consumer's name.
func (*Tally) Name() string { return "tally" }

// Consumes says that each approval is counted.
func (*Tally) Consumes() string { return "bulletin.*.*.approval.*" }

// FailClosed parks unknown errors at once.
func (*Tally) FailClosed() bool { return true }

// Work publishes Approved by itself, under the condition that nothing else was decided meanwhile: approve
// and return cannot both win.
func (t *Tally) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	facts, last, err := factsOf(ctx, t.Facts, in.Ref.ID)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	standing, err := review.Stand(facts)
	if err != nil {
		return nil, err
	}
	if standing.Submitted.Ref != in.Ref || standing.Decision != "" {
		return nil, nil // voided by a revision, or decided already
	}
	c, err := review.OpenCase(ctx, t.Documents, standing.Submitted)
	if err != nil {
		return nil, err
	}
	var approvers []review.Approver
	body := pipeline.ApprovedBody{Statement: pipeline.DigestOf([]byte(c.Statement)), Embargo: c.Doc.Embargo}
	for ordinal, approval := range standing.Approvals {
		a, err := standing.Count(ctx, t.Documents, c, approval, t.Verify)
		if errors.Is(err, review.ErrNoCount) {
			t.Log.Warn("an approval does not count", "bulletin", in.Ref.String(), "approval", ordinal)
			continue
		}
		if err != nil { // it may count: to pass over it now would be for ever
			return nil, &pipeline.Retry{Err: err}
		}
		approvers = append(approvers, a)
		body.Approvals = append(body.Approvals, ordinal)
	}
	if len(c.Policy.Missing(c.Doc, approvers)) > 0 {
		return nil, nil
	}
	slices.Sort(body.Approvals)
	approved, err := pipeline.NewFact(pipeline.Approved, in.Ref, t.Name(), body)
	if err != nil {
		return nil, err
	}
	if _, err := t.Decider.Decide(ctx, last, approved); errors.Is(err, pipeline.ErrMoved) {
		return nil, &pipeline.Retry{Err: fmt.Errorf("count %s again: %w", in.Ref, err)}
	} else if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	return nil, nil
}
