package desk

import (
	"context"
	"errors"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// newest is how many bulletins a list shows where not all are asked for.
const newest = 50

// Listing asks for the bulletins that a person may know of.
type Listing struct {
	All bool `json:"all,omitempty"` // not the newest alone
}

// status gives how far a bulletin has come, to those who may be told of it.
func (d *Desk) status(ctx context.Context, p review.Person, r Subject) (any, error) {
	s, err := d.statusFor(ctx, p, r.ID)
	if err != nil || s.State != inReview && s.Review != inReview {
		return s, err
	}
	standing, c, _, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	approvers, err := d.approvers(ctx, standing, c)
	if err != nil {
		return nil, err
	}
	s.Missing = visible(p, c.Policy.Missing(c.Doc, approvers))
	return s, nil
}

// statusFor is where a bulletin stands as one person may know it: of recipients and files, those of their own nation.
// How large another nation's files are tells how much stands in them that this one may not have.
func (d *Desk) statusFor(ctx context.Context, p review.Person, id pipeline.ID) (Status, error) {
	title, err := d.told(ctx, p, id)
	if err != nil {
		return Status{}, err
	}
	s, ok := d.Board.Status(ctx, id)
	if !ok {
		return Status{}, errNone
	}
	s.Title = title
	for i := range s.Nations {
		if n := &s.Nations[i]; n.Nation != p.Nation {
			n.Why, n.Edition, n.Rendered = nil, "", pipeline.RenderedBody{}
		}
	}
	for i := range s.Parked {
		s.Parked[i].Reason = why(p, s.Owner, nationIn(s.Parked[i].Subject), s.Parked[i].Reason)
	}
	return s, nil
}

// bulletins lists what a person may know of, the newest first.
func (d *Desk) bulletins(ctx context.Context, p review.Person, r Listing) (any, error) {
	out := []Status{}
	for _, id := range d.Board.newestFirst() {
		if !r.All && len(out) == newest {
			break
		}
		s, err := d.statusFor(ctx, p, id)
		switch {
		case err == nil:
			for i := range s.Nations {
				s.Nations[i].Why = nil
			}
			out = append(out, s)
		case !errors.Is(err, errNone): // one that can't be opened must not hide the others
			d.Log.Error("a bulletin can't be listed", "bulletin", id, "error", err)
		}
	}
	return out, nil
}
