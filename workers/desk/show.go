package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Subject names a bulletin.
type Subject struct {
	ID pipeline.ID `json:"id"`
}

// Waiting is a line of the review queue.
type Waiting struct {
	Ref        pipeline.Ref        `json:"ref"`
	Title      string              `json:"title"` // as the person's nation gets it
	Kind       pipeline.Kind       `json:"kind"`
	Precedence pipeline.Precedence `json:"precedence"`
	Banner     string              `json:"banner"`
	Submitted  time.Time           `json:"submitted"`
	Own        bool                `json:"own"` // the person wrote a part of it
	Approvals  int                 `json:"approvals"`
	Missing    []review.Missing    `json:"missing"`
}

// Shown is one revision as one person may see it.
type Shown struct {
	Waiting
	State     string          `json:"state"`
	Edition   json.RawMessage `json:"edition"`   // of the person's nation
	Statement string          `json:"statement"` // what an approval signs
	Comments  []Comment       `json:"comments,omitempty"`
}

// Comment is why an earlier revision was returned. It is shown to the author's nation and to the
// commenter's, which both have what it is about.
type Comment struct {
	Revision int       `json:"revision"`
	Reviewer string    `json:"reviewer"`
	At       time.Time `json:"at"`
	Text     string    `json:"text"`
}

// queue lists what waits for a decision and has an edition for the person's nation, by precedence and age.
func (d *Desk) queue(ctx context.Context, p review.Person) (any, error) {
	out := []Waiting{}
	for _, id := range d.Board.InReview() {
		w, decided, err := d.waitingFor(ctx, p, id)
		switch {
		case err == nil && !decided:
			out = append(out, w)
		case err != nil && !errors.Is(err, errNone): // one that can't be opened must not hide the others
			d.Log.Error("a bulletin in review can't be shown", "bulletin", id, "error", err)
		}
	}
	rank := func(w Waiting) int { return slices.Index(pipeline.Precedences(), w.Precedence) }
	slices.SortStableFunc(out, func(a, b Waiting) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), a.Submitted.Compare(b.Submitted))
	})
	return out, nil
}

func (d *Desk) waitingFor(ctx context.Context, p review.Person, id pipeline.ID) (w Waiting, decided bool, err error) {
	standing, c, _, err := d.open(ctx, id)
	if err != nil || standing.Decision != "" {
		return Waiting{}, true, err
	}
	w, err = d.waiting(ctx, p, standing, c)
	return w, false, err
}

func (d *Desk) waiting(ctx context.Context, p review.Person, s review.Standing, c *review.Case) (Waiting, error) {
	e, err := d.edition(p, c)
	if err != nil {
		return Waiting{}, err
	}
	var approvers []review.Approver
	for _, f := range s.Approvals {
		a, err := s.Count(ctx, d.Store, c, f, d.Verify)
		if errors.Is(err, review.ErrNoCount) {
			continue
		}
		if err != nil {
			return Waiting{}, err
		}
		approvers = append(approvers, a)
	}
	return Waiting{
		Ref: c.Ref, Title: e.Title.Text, Kind: e.Kind, Precedence: e.Precedence, Banner: e.Banner,
		Submitted: s.Submitted.At, Own: slices.Contains(s.Authors, p.Name), Approvals: len(approvers),
		Missing: visible(p, c.Policy.Missing(c.Doc, approvers)),
	}, nil
}

// show gives the newest revision as the person's nation gets it, and the statement to sign.
func (d *Desk) show(ctx context.Context, p review.Person, r Subject) (any, error) {
	standing, c, _, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	w, err := d.waiting(ctx, p, standing, c)
	if err != nil {
		return nil, err
	}
	e, _ := c.Edition(p.Nation)
	state := string(standing.Decision)
	if state == "" {
		state = "in review"
	}
	comments, err := d.comments(ctx, p, c, r.ID)
	if err != nil {
		return nil, err
	}
	return Shown{Waiting: w, State: state, Edition: e.JSON(), Statement: c.Statement, Comments: comments}, nil
}

func (d *Desk) comments(ctx context.Context, p review.Person, c *review.Case, id pipeline.ID) ([]Comment, error) {
	facts, _, err := d.Store.Facts(ctx, "bulletin."+string(id)+".>")
	if err != nil {
		return nil, err
	}
	var out []Comment
	for _, f := range facts {
		if f.Name != pipeline.Returned && f.Name != pipeline.Rejected {
			continue
		}
		var body pipeline.DecisionBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		if p.Nation != c.Submitted.Nation && p.Nation != body.Nation {
			continue
		}
		text, err := d.Store.Get(ctx, body.Comment)
		if err != nil {
			return nil, err
		}
		out = append(out, Comment{Revision: f.Ref.Revision, Reviewer: body.Reviewer, At: f.At, Text: string(text)})
	}
	return out, nil
}
