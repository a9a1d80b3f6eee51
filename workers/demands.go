package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Demands counts the demands to withdraw a bulletin: when the second person whom it takes demands it, it is withdrawn.
// It stands beside the tally for the same reason: a crash between a demand and its consequence loses nothing.
type Demands struct {
	Facts     Facts
	Documents review.Documents
	Decider   Decider
	Verify    review.Verifier
	Log       *slog.Logger
}

// Name is the durable consumer's name.
func (*Demands) Name() string { return "demands" }

// Consumes says that each demand is counted.
func (*Demands) Consumes() string { return "bulletin.*.*.withdrawal.*" }

// FailClosed parks unknown errors at once.
func (*Demands) FailClosed() bool { return true }

// Work publishes Withdrawn by itself, under the condition that nothing else happened meanwhile: of a release and a
// withdrawal one comes first, and the other sees it.
func (d *Demands) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	facts, last, err := factsOf(ctx, d.Facts, in.Ref.ID)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	standing, err := review.Stand(facts)
	if err != nil {
		return nil, err
	}
	if standing.Withdrawn.Name != "" {
		return nil, nil
	}
	body, err := d.count(ctx, standing, in)
	if errors.Is(err, review.ErrNoCount) {
		d.Log.Info("a withdrawal waits", "bulletin", in.Ref.String(), "reason", err)
		return nil, nil
	}
	if err != nil { // it may count: to pass over it now would be for ever
		return nil, &pipeline.Retry{Err: err}
	}
	withdrawn, err := pipeline.NewFact(pipeline.Withdrawn, in.Ref, d.Name(), body)
	if err != nil {
		return nil, err
	}
	if _, err := d.Decider.Decide(ctx, last, withdrawn); err != nil {
		return nil, &pipeline.Retry{Err: fmt.Errorf("count %s again: %w", in.Ref, err)}
	}
	return nil, nil
}

// count takes the demands at the revision that say the same as this one, leaving out what does not count.
func (d *Demands) count(ctx context.Context, s review.Standing, in pipeline.Fact) (pipeline.WithdrawnBody, error) {
	var this pipeline.WithdrawalBody
	if err := in.Decode(&this); err != nil {
		return pipeline.WithdrawnBody{}, fmt.Errorf("%w: %w", review.ErrNoCount, err)
	}
	out := pipeline.WithdrawnBody{Of: this.Of, Reason: this.Reason, Statement: pipeline.DigestOf([]byte(this.Statement))}
	for _, ordinal := range slices.Sorted(maps.Keys(s.Demands[in.Ref.Revision])) {
		demand := s.Demands[in.Ref.Revision][ordinal]
		var body pipeline.WithdrawalBody
		if err := demand.Decode(&body); err != nil || body.Statement != this.Statement {
			continue
		}
		if _, err := s.Demand(ctx, d.Documents, demand, d.Verify); errors.Is(err, review.ErrNoCount) {
			d.Log.Warn("a demand does not count", "bulletin", in.Ref.String(), "demand", ordinal)
			continue
		} else if err != nil {
			return out, err
		}
		out.Withdrawals = append(out.Withdrawals, ordinal)
	}
	_, err := s.Withdraw(ctx, d.Documents, in.Ref.Revision, out.Withdrawals, d.Verify)
	return out, err
}
