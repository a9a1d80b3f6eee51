package workers

import (
	"context"
	"fmt"

	"bulletin/pipeline"
	"bulletin/pipeline/delivery"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
)

// Who did not get an edition is told of once, when its last chunk is settled: a list of a hundred thousand has a
// thousand chunks, and one of them says little.

// settled tells a nation's administrators how many of its recipients an edition did not reach.
func (n *Notices) settled(ctx context.Context, in pipeline.Fact) error {
	planned, err := n.planOf(ctx, in)
	if err != nil {
		return err
	}
	// Chunks settle roughly in their order, so that one which is open is found soon from the end.
	for chunk := planned.Chunks; chunk > 0; chunk-- {
		settled, _, err := n.Facts.Facts(ctx, fmt.Sprintf("delivery.settled.%s.%s.%d.*", in.Nation, in.Ref, chunk))
		if err != nil {
			return &pipeline.Retry{After: noticeRetry, Err: err}
		}
		if len(settled) == 0 {
			return nil
		}
	}
	all, _, err := n.Facts.Facts(ctx, fmt.Sprintf("delivery.settled.%s.%s.>", in.Nation, in.Ref))
	if err != nil {
		return &pipeline.Retry{After: noticeRetry, Err: err}
	}
	parked := planned.Parked
	for _, f := range all {
		outcomes, err := delivery.Settled(f)
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if o.State == pipeline.StateParked {
				parked++
			}
		}
	}
	return n.unreached(ctx, in, parked)
}

// planned tells of an edition that nobody at all can be sent.
func (n *Notices) planned(ctx context.Context, in pipeline.Fact) error {
	var body pipeline.PlannedBody
	if err := in.Decode(&body); err != nil || body.Chunks > 0 {
		return err
	}
	return n.unreached(ctx, in, body.Parked)
}

func (n *Notices) planOf(ctx context.Context, in pipeline.Fact) (body pipeline.PlannedBody, err error) {
	f := pipeline.Fact{Name: pipeline.Planned, Ref: in.Ref, Nation: in.Nation}
	if f, err = n.Facts.Fact(ctx, f.Subject()); err != nil {
		return body, &pipeline.Retry{After: noticeRetry, Err: err}
	}
	return body, f.Decode(&body)
}

// unreached tells administrators of the nation alone: how many of its recipients get what is its own business.
func (n *Notices) unreached(ctx context.Context, in pipeline.Fact, parked int) error {
	if parked == 0 {
		return nil
	}
	facts, _, err := factsOf(ctx, n.Facts, in.Ref.ID)
	if err != nil {
		return &pipeline.Retry{After: noticeRetry, Err: err}
	}
	submitted, err := handedIn(facts, in.Ref)
	if err != nil {
		return err
	}
	c, err := review.OpenCase(ctx, n.Documents, submitted)
	if err != nil {
		return err
	}
	about := factsAbout(c)
	about.Nation, about.Unreached = in.Nation, parked
	about.Revision = in.Ref.Revision
	return n.tell(ctx, in, mail.Unreached, "unreached-"+string(in.Nation), about, n.those(func(p review.Person) bool {
		return p.Has(review.Admin) && p.Nation == in.Nation && c.Shows(p)
	}))
}
