package workers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// Mark turns an approved revision into one edition for each nation. It believes nothing of what the desk
// said: quorum, signatures and content are computed again from the facts, and any difference refuses.
type Mark struct {
	Facts     Facts
	Documents Documents
	Publisher Publisher
	Verify    review.Verifier
}

// Name is the durable consumer's name.
func (*Mark) Name() string { return "mark" }

// Consumes says that each approved revision is marked.
func (*Mark) Consumes() string { return "bulletin.*.*.approved" }

// FailClosed parks unknown errors at once.
func (*Mark) FailClosed() bool { return true }

// Work publishes nothing until all is verified.
func (m *Mark) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	c, err := m.verified(ctx, in)
	if err != nil {
		return nil, failClosed("the approval does not hold", err)
	}
	number, err := m.allot(ctx, in)
	if err != nil {
		return nil, err
	}
	released := in.At.UTC()
	body := pipeline.NumberedBody{Number: number, Released: released}
	for _, e := range c.Editions {
		body.Nations = append(body.Nations, e.Nation)
	}
	numbered, err := pipeline.NewFact(pipeline.Numbered, in.Ref, m.Name(), body)
	if err != nil {
		return nil, err
	}
	out := []pipeline.Fact{numbered}
	for _, e := range c.Editions {
		content := e.ContentDigest()
		e.Number, e.Released = number, released
		e.History = []edition.Version{{Version: "1.0", At: released, Change: "release", Summary: "First release"}}
		fact, err := m.marked(ctx, in.Ref, e, content)
		if err != nil {
			return nil, err
		}
		out = append(out, fact)
	}
	return out, nil
}

// verified re-derives the approval from the facts.
func (m *Mark) verified(ctx context.Context, in pipeline.Fact) (*review.Case, error) {
	facts, _, err := factsOf(ctx, m.Facts, in.Ref.ID)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	standing, err := review.Stand(facts)
	if err != nil {
		return nil, err
	}
	var body pipeline.ApprovedBody
	if err := in.Decode(&body); err != nil {
		return nil, err
	}
	if standing.Submitted.Ref != in.Ref || standing.Decision != pipeline.Approved {
		return nil, fmt.Errorf("revision %d is not the approved one", in.Ref.Revision)
	}
	c, err := review.OpenCase(ctx, m.Documents, standing.Submitted)
	if err != nil {
		return nil, err
	}
	if pipeline.DigestOf([]byte(c.Statement)) != body.Statement {
		return nil, errors.New("what was approved is not what is stored")
	}
	var approvers []review.Approver
	for _, ordinal := range body.Approvals {
		approval, ok := standing.Approvals[ordinal]
		if !ok {
			return nil, fmt.Errorf("approval %d is not on record", ordinal)
		}
		a, err := standing.Count(ctx, m.Documents, c, approval, m.Verify)
		if err != nil {
			return nil, err
		}
		approvers = append(approvers, a)
	}
	if missing := c.Policy.Missing(c.Doc, approvers); len(missing) > 0 {
		return nil, fmt.Errorf("the quorum is not reached: %s", missing[0])
	}
	return c, nil
}

// allot reserves the next free number of the day of approval. A number is a subject of its own,
// published once: it can't be reused, and work done twice finds the number that it reserved before.
func (m *Mark) allot(ctx context.Context, in pipeline.Fact) (string, error) {
	for n := range 26 * 27 {
		number := numberOf(in.At, n)
		fact, err := pipeline.NewFact(pipeline.Reserved, in.Ref, m.Name(), struct{}{})
		if err != nil {
			return "", err
		}
		fact.Number = number
		err = m.Publisher.Publish(ctx, fact)
		var taken *pipeline.Conflict
		switch {
		case err == nil:
			return number, nil
		case !errors.As(err, &taken):
			return "", &pipeline.Retry{Err: fmt.Errorf("reserve a number: %w", err)}
		}
	}
	return "", &pipeline.Permanent{Reason: "all numbers of the day are taken"}
}

// numberOf is the nth number of a day, from 0.
func numberOf(day time.Time, n int) string {
	day = day.UTC()
	return fmt.Sprintf("SA%02d-%03d%s", day.Year()%100, day.YearDay(), letters(n))
}

// letters counts A to Z, then AA to ZZ.
func letters(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return string(rune('A'+n/26-1)) + string(rune('A'+n%26))
}

func (m *Mark) marked(ctx context.Context, ref pipeline.Ref, e edition.Edition, content pipeline.Digest) (pipeline.Fact, error) {
	for _, image := range e.Images {
		if _, err := m.Documents.Put(ctx, image); err != nil {
			return pipeline.Fact{}, &pipeline.Retry{Err: fmt.Errorf("store a picture: %w", err)}
		}
	}
	digest, err := m.Documents.Put(ctx, e.JSON())
	if err != nil {
		return pipeline.Fact{}, &pipeline.Retry{Err: fmt.Errorf("store the edition: %w", err)}
	}
	fact, err := pipeline.NewFact(pipeline.Marked, ref, m.Name(), pipeline.MarkedBody{
		Edition: digest, Content: content, Precedence: e.Precedence, Number: e.Number,
	})
	fact.Nation = e.Nation
	return fact, err
}
