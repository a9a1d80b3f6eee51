package workers

import (
	"context"
	"errors"
	"fmt"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// Recall turns a withdrawal into one edition for each nation that had one: the word to delete every copy. From there
// it takes the path of every edition. It believes nothing of what the desk said: who demands the withdrawal is checked
// again from the facts.
type Recall struct {
	Facts     Facts
	Documents Documents
	Verify    review.Verifier
}

// Name is the durable consumer's name.
func (*Recall) Name() string { return "recall" }

// Consumes says that each withdrawal is told to those who got the bulletin.
func (*Recall) Consumes() string { return "bulletin.*.*.withdrawn" }

// FailClosed parks unknown errors at once.
func (*Recall) FailClosed() bool { return true }

// Work publishes nothing where nothing had been released: Numbered, which is the release, is on record before the
// withdrawal or never.
func (r *Recall) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	facts, _, err := factsOf(ctx, r.Facts, in.Ref.ID)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	standing, err := review.Stand(facts)
	if err != nil {
		return nil, err
	}
	if standing.Withdrawn.Name == "" {
		return nil, &pipeline.Retry{Err: errors.New("the withdrawal can't be read yet")} // nor what came before it
	}
	body, err := r.verified(ctx, in, standing)
	if err != nil {
		return nil, failClosed("the withdrawal does not hold", err)
	}
	version, released := standing.Version()
	if !released {
		return nil, nil
	}
	reason, err := r.Documents.Get(ctx, body.Reason)
	if err != nil {
		return nil, &pipeline.Retry{Err: fmt.Errorf("load the reason: %w", err)}
	}
	next, err := nextVersion(version.Version)
	if err != nil {
		return nil, err
	}
	var editions []edition.Edition
	for _, n := range version.Nations {
		former, digests, err := editionsBefore(ctx, r.Documents, facts, standing, in.Ref, n)
		if err != nil {
			return nil, err
		}
		editions = append(editions, edition.Withdrawal(former, digests, next, in.At, string(reason)))
	}
	numbered, err := pipeline.NewFact(pipeline.Numbered, in.Ref, r.Name(), pipeline.NumberedBody{
		Number: version.Number, Released: in.At.UTC(), Nations: version.Nations, Version: next, Withdrawal: true,
	})
	if err != nil {
		return nil, err
	}
	marked, err := markAll(ctx, r.Documents, in.Ref, r.Name(), editions)
	return append([]pipeline.Fact{numbered}, marked...), err
}

// verified re-derives the withdrawal from the demands on record.
func (r *Recall) verified(ctx context.Context, in pipeline.Fact, s review.Standing) (pipeline.WithdrawnBody, error) {
	var body pipeline.WithdrawnBody
	if err := in.Decode(&body); err != nil {
		return body, err
	}
	demand, err := s.Withdraw(ctx, r.Documents, in.Ref.Revision, body.Withdrawals, r.Verify)
	switch {
	case errors.Is(err, review.ErrNoCount):
		return body, err
	case err != nil: // a store that does not answer says nothing of the demands
		return body, &pipeline.Retry{Err: err}
	case in.Ref != s.Withdrawn.Ref, demand.Of != body.Of, demand.Reason != body.Reason, pipeline.DigestOf([]byte(demand.Statement)) != body.Statement:
		return body, errors.New("what was withdrawn is not what was demanded")
	}
	return body, nil
}
