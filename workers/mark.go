package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	Decider   Decider
	Verify    review.Verifier
	Clock     pipeline.Clock // releases what is under embargo
	Way       *RightOfWay
}

// Name is the durable consumer's name.
func (*Mark) Name() string { return "mark" }

// Consumes says that each approved revision is marked.
func (*Mark) Consumes() string { return "bulletin.*.*.approved" }

// FailClosed parks unknown errors at once.
func (*Mark) FailClosed() bool { return true }

// Work publishes nothing until all is verified. Numbered is the release: it is published under the condition that
// nothing else happened to the bulletin meanwhile, so that a withdrawal that came first wins.
func (m *Mark) Work(ctx context.Context, in pipeline.Fact) (following []pipeline.Fact, err error) {
	facts, last, err := factsOf(ctx, m.Facts, in.Ref.ID)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	standing, err := review.Stand(asOf(in.Ref, facts))
	if err != nil {
		return nil, err
	}
	if standing.Withdrawn.Name != "" {
		return nil, nil // it ends here; what was released of it is recalled
	}
	c, err := m.verified(ctx, in, standing)
	if err != nil {
		return nil, failClosed("the approval does not hold", err)
	}
	defer m.Way.enter(c.Doc.Precedence)(&err)
	released, err := m.release(in, c.Doc.Embargo)
	if err != nil {
		return nil, err
	}
	body, editions, err := m.version(ctx, c, standing, facts, released)
	if err != nil {
		return nil, failClosed("the correction does not follow from what was released", err)
	}
	numbered, err := pipeline.NewFact(pipeline.Numbered, in.Ref, m.Name(), body)
	if err != nil {
		return nil, err
	}
	if _, err := m.Decider.Decide(ctx, last, numbered); errors.As(err, new(*pipeline.Conflict)) {
		return nil, &pipeline.Permanent{Reason: "it was released otherwise before", Err: err}
	} else if err != nil {
		return nil, &pipeline.Retry{Err: fmt.Errorf("release %s: %w", in.Ref, err)}
	}
	return markAll(ctx, m.Documents, in.Ref, m.Name(), editions)
}

// asOf leaves out what came after ref was released: a correction does not undo the work on what it corrects, and a
// recall builds on it. As long as ref is not released, a newer revision or a withdrawal voids it, and stays in.
func asOf(ref pipeline.Ref, facts []pipeline.Fact) []pipeline.Fact {
	if !slices.ContainsFunc(facts, func(f pipeline.Fact) bool { return f.Name == pipeline.Numbered && f.Ref == ref }) {
		return facts
	}
	return slices.DeleteFunc(slices.Clone(facts), func(f pipeline.Fact) bool {
		return f.Name == pipeline.Withdrawn || f.Name == pipeline.Submitted && f.Ref.Revision > ref.Revision
	})
}

// verified re-derives the approval from the facts.
func (m *Mark) verified(ctx context.Context, in pipeline.Fact, standing review.Standing) (*review.Case, error) {
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

// version fills the editions' slots: the first release gets a number of its own, a correction the number of what it
// corrects, the next version, and the history so far.
func (m *Mark) version(ctx context.Context, c *review.Case, s review.Standing, facts []pipeline.Fact, released time.Time) (pipeline.NumberedBody, []edition.Edition, error) {
	body := pipeline.NumberedBody{Released: released, Version: "1.0"}
	former, err := formerTo(c, s)
	if err != nil {
		return body, nil, err
	}
	if former == nil {
		body.Number, err = m.allot(ctx, c.Ref, released)
	} else {
		body.Number = former.Number
		body.Version, err = nextVersion(former.Version)
	}
	if err != nil {
		return body, nil, err
	}
	var out []edition.Edition
	for _, e := range c.Editions {
		body.Nations = append(body.Nations, e.Nation)
		e.Number, e.Released = body.Number, released
		line := edition.Version{Version: body.Version, At: released, Change: edition.ChangeRelease, Summary: "First release"}
		if former != nil && slices.Contains(former.Nations, e.Nation) {
			before, _, err := editionsBefore(ctx, m.Documents, facts, s, c.Ref, e.Nation)
			if err != nil {
				return body, nil, err
			}
			slices.Reverse(before)
			e.History = e.HistoryUpTo(before)
			line.Change, line.Summary = edition.ChangeContent, e.CorrectionLine()
		}
		e.History = append(slices.Clip(e.History), line)
		out = append(out, e)
	}
	return body, out, nil
}

// formerTo returns the version that the case corrects; nil if it is the first release. A nation that had an edition
// must get one: where it may have nothing any more, the bulletin is withdrawn instead.
func formerTo(c *review.Case, s review.Standing) (*review.Release, error) {
	var former *review.Release
	for i := range s.Released {
		if s.Released[i].Ref.Revision < c.Ref.Revision {
			former = &s.Released[i]
		}
	}
	switch {
	case former == nil && c.Submitted.Corrects == 0:
		return nil, nil
	case former == nil || former.Ref.Revision != c.Submitted.Corrects:
		return nil, errors.New("it corrects another revision than the one that was released last")
	}
	for _, n := range former.Nations {
		if _, ok := c.Edition(n); !ok {
			return nil, fmt.Errorf("%s had an edition, and would get none", n)
		}
	}
	return former, nil
}

// nextVersion counts whole versions: "1.0", "2.0".
func nextVersion(former string) (string, error) {
	var major int
	if _, err := fmt.Sscanf(former, "%d.0", &major); err != nil {
		return "", fmt.Errorf("the version %q before it is none", former)
	}
	return fmt.Sprintf("%d.0", major+1), nil
}

// embargoLook bounds how long mark goes without looking at the clock: one that was set forward is noticed.
const embargoLook = time.Minute

// release is when the revision is released: at its approval, or at the end of its embargo if that is later. Until
// then it asks to come back; nothing else keeps the time, so that a restart neither forgets nor hastens it.
func (m *Mark) release(approved pipeline.Fact, embargo time.Time) (time.Time, error) {
	if wait := embargo.Sub(m.Clock()); wait > 0 {
		return time.Time{}, &pipeline.Retry{After: min(wait, embargoLook), Err: fmt.Errorf("%s is embargoed until %s", approved.Ref, embargo.UTC().Format(time.RFC3339))}
	}
	if embargo.After(approved.At) {
		return embargo.UTC(), nil
	}
	return approved.At.UTC(), nil
}

// allot reserves the next free number of the day of release. A number is a subject of its own,
// published once: it can't be reused, and work done twice finds the number that it reserved before.
func (m *Mark) allot(ctx context.Context, ref pipeline.Ref, released time.Time) (string, error) {
	for n := range 26 * 27 {
		number := numberOf(released, n)
		fact, err := pipeline.NewFact(pipeline.Reserved, ref, m.Name(), struct{}{})
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
