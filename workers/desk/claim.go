package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// MaxClaim is how long a claim lasts at most.
const MaxClaim = 24 * time.Hour

// Claiming takes an item of the queue for a while, or gives it back.
type Claiming struct {
	ID      pipeline.ID `json:"id"`
	Seconds int         `json:"seconds,omitempty"`
	Release bool        `json:"release,omitempty"`
}

// Claim is who is reading an item, and until when. It stops nobody.
type Claim struct {
	By
	Until time.Time `json:"until"` // UTC
}

// Claimed is the answer to Claiming: the person's own claim, and whoever else holds one.
type Claimed struct {
	Ref    pipeline.Ref `json:"ref"`
	Until  time.Time    `json:"until,omitzero"`
	Others []Claim      `json:"others"`
}

// claim records that a reviewer reads an item, or does no more.
func (d *Desk) claim(ctx context.Context, p review.Person, r Claiming) (any, error) {
	length := time.Duration(r.Seconds) * time.Second
	if !r.Release && (r.Seconds <= 0 || r.Seconds > int(MaxClaim/time.Second)) {
		return nil, refuse("give a time such as --for 30m", "a claim lasts from one second to %d hours", MaxClaim/time.Hour)
	}
	return d.again(ctx, r.ID, decisions, func() (any, error) { return d.claimOnce(ctx, p, r, length) })
}

func (d *Desk) claimOnce(ctx context.Context, p review.Person, r Claiming, length time.Duration) (any, error) {
	standing, c, last, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := d.mayDecide(p, standing, c, standing.Submitted.Ref); err != nil {
		return nil, err
	}
	now := d.Clock().UTC()
	held := claims(standing, now)
	mine := func(claim Claim) bool { return claim.Name == p.Name }
	answer := Claimed{Ref: c.Ref, Others: slices.DeleteFunc(slices.Clone(held), mine)}
	body := pipeline.ClaimedBody{Reviewer: p.Name, Nation: p.Nation}
	switch {
	case !r.Release:
		body.Until = now.Add(length).Truncate(time.Second)
		answer.Until = body.Until
	case !slices.ContainsFunc(held, mine):
		return nil, refuse("", "you hold no claim on this bulletin")
	}
	fact, err := pipeline.NewFact(pipeline.Claimed, c.Ref, p.Name, body)
	if err != nil {
		return nil, err
	}
	fact.Ordinal, fact.At = next(standing, pipeline.Claimed), now
	_, err = d.Store.Decide(ctx, last, fact)
	return answer, err
}

// next is the ordinal of the next fact of that name about the newest revision.
func next(s review.Standing, name pipeline.Name) int {
	n := 1
	for _, f := range s.Facts {
		if f.Name == name && f.Ref == s.Submitted.Ref {
			n = max(n, f.Ordinal+1)
		}
	}
	return n
}

// claims says who holds an undecided item at that moment. A claim outlasts a revision: who was reading goes on.
func claims(s review.Standing, now time.Time) []Claim {
	out := []Claim{}
	if s.Decision != "" {
		return out
	}
	for _, f := range s.Facts {
		var body pipeline.ClaimedBody
		if f.Name != pipeline.Claimed || f.Decode(&body) != nil {
			continue
		}
		out = slices.DeleteFunc(out, func(c Claim) bool { return c.Name == body.Reviewer })
		out = append(out, Claim{By{body.Reviewer, body.Nation}, body.Until})
	}
	out = slices.DeleteFunc(out, func(c Claim) bool { return !c.Until.After(now) })
	slices.SortFunc(out, func(a, b Claim) int { return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Name, b.Name)) })
	return out
}
