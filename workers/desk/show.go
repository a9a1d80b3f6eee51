package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// Subject names a bulletin.
type Subject struct {
	ID pipeline.ID `json:"id"`
}

// Look asks to be shown a bulletin. A nation may be named only to be told that it is not the person's own; a
// revision is for what is compared.
type Look struct {
	ID       pipeline.ID     `json:"id"`
	Nation   pipeline.Nation `json:"nation,omitempty"`
	Revision int             `json:"revision,omitempty"`
}

// Waiting is a line of the review queue.
type Waiting struct {
	Ref        pipeline.Ref        `json:"ref"`
	Title      string              `json:"title"` // as the person's nation gets it
	Kind       pipeline.Kind       `json:"kind"`
	Precedence pipeline.Precedence `json:"precedence"`
	Banner     string              `json:"banner"`
	From       pipeline.Nation     `json:"from"` // the author's nation
	Submitted  time.Time           `json:"submitted"`
	Age        int                 `json:"age_seconds"` // by the desk's clock
	Own        bool                `json:"own"`         // the person wrote a part of it
	Awaits     bool                `json:"awaits_you"`  // an approval by the person counts for something that is missing
	Approvals  int                 `json:"approvals"`
	Approvers  []By                `json:"approvers"`
	Missing    []review.Missing    `json:"missing"`
	Claims     []Claim             `json:"claims"`
}

// By is who did something.
type By struct {
	Name   string          `json:"name"`
	Nation pipeline.Nation `json:"nation"`
}

// Shown is one revision as one person may see it.
type Shown struct {
	Waiting
	State     string          `json:"state"`
	Author    string          `json:"author,omitempty"` // for the author's own nation
	Edition   json.RawMessage `json:"edition"`          // of the person's nation
	Statement string          `json:"statement"`        // what an approval signs
	Quorums   []Quorum        `json:"quorums"`
	Comments  []Comment       `json:"comments"`
	Reach     []Reach         `json:"reach"`
}

// Quorum is how it stands with some of the portions that the person's nation has.
type Quorum struct {
	Portions []int `json:"portions"` // as the nation counts them; none for front matter alone
	review.Missing
	Met bool `json:"met"`
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
	approvers, err := d.approvers(ctx, s, c)
	if err != nil {
		return Waiting{}, err
	}
	now := d.Clock()
	w := Waiting{
		Ref: c.Ref, Title: e.Title.Text, Kind: e.Kind, Precedence: e.Precedence, Banner: e.Banner, From: c.Submitted.Nation,
		Submitted: s.Submitted.At, Age: max(0, int(now.Sub(s.Submitted.At)/time.Second)),
		Own: slices.Contains(s.Authors, p.Name), Approvals: len(approvers), Approvers: []By{},
		Missing: visible(p, c.Policy.Missing(c.Doc, approvers)), Claims: claims(s, now),
	}
	for _, a := range approvers {
		w.Approvers = append(w.Approvers, By{a.Name, a.Nation})
	}
	w.Awaits = s.Decision == "" && p.Has(review.Reviewer) && !w.Own && !slices.Contains(w.Approvers, By{p.Name, p.Nation}) && len(w.Missing) > 0
	return w, nil
}

// approvers returns whose approvals of the case count, in the order in which they were given.
func (d *Desk) approvers(ctx context.Context, s review.Standing, c *review.Case) ([]review.Approver, error) {
	var out []review.Approver
	for _, ordinal := range slices.Sorted(maps.Keys(s.Approvals)) {
		a, err := s.Count(ctx, d.Store, c, s.Approvals[ordinal], d.Verify)
		if errors.Is(err, review.ErrNoCount) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// show gives the newest revision as the person's nation gets it, and the statement to sign.
func (d *Desk) show(ctx context.Context, p review.Person, r Look) (any, error) {
	if err := ownNation(p, r.Nation); err != nil {
		return nil, err
	}
	standing, c, _, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	w, err := d.waiting(ctx, p, standing, c)
	if err != nil {
		return nil, err
	}
	e, _ := c.Edition(p.Nation)
	if e, err = d.asReleased(ctx, standing, e); err != nil {
		return nil, err
	}
	shown := Shown{Waiting: w, State: string(standing.Decision), Edition: e.JSON(), Statement: c.Statement}
	if shown.State == "" {
		shown.State = inReview
	}
	if c.Submitted.Nation == p.Nation {
		shown.Author = c.Submitted.Author
	}
	if shown.Quorums, err = d.quorums(ctx, p, standing, c); err != nil {
		return nil, err
	}
	if shown.Comments, err = d.comments(ctx, p, standing, c); err != nil {
		return nil, err
	}
	shown.Reach = d.reach(c, e)
	return shown, nil
}

// asReleased is the edition with its number, time and history where this revision has been released; else as it is.
func (d *Desk) asReleased(ctx context.Context, s review.Standing, e edition.Edition) (edition.Edition, error) {
	for _, f := range s.Facts {
		if f.Name != pipeline.Marked || f.Ref != s.Submitted.Ref || f.Nation != e.Nation {
			continue
		}
		var marked pipeline.MarkedBody
		if err := f.Decode(&marked); err != nil {
			return e, err
		}
		stored, err := d.Store.Get(ctx, marked.Edition)
		if err != nil {
			return e, err
		}
		return edition.Parse(stored)
	}
	return e, nil
}

// ownNation refuses whoever asks for another nation's edition, before anything is looked at.
func ownNation(p review.Person, asked pipeline.Nation) error {
	if asked == "" || asked == p.Nation {
		return nil
	}
	return refuse("leave --nation out: you get the edition of "+string(p.Nation), "%s works for %s: nobody is shown another nation's edition", p.Name, p.Nation)
}

// quorums tells how it stands with the portions that the person's nation has, in its own count of them.
func (d *Desk) quorums(ctx context.Context, p review.Person, s review.Standing, c *review.Case) ([]Quorum, error) {
	approvers, err := d.approvers(ctx, s, c)
	if err != nil {
		return nil, err
	}
	places := placesOf(c, p.Nation)
	out := []Quorum{}
	for _, m := range visible(p, c.Policy.Quorums(c.Doc, approvers)) {
		q := Quorum{Portions: []int{}, Missing: m, Met: m.Met()}
		for i, place := range places {
			if slices.Contains(m.Places, place) {
				q.Portions = append(q.Portions, i+1)
			}
		}
		out = append(out, q)
	}
	return out, nil
}

// placesOf says, for each portion as the nation counts them, which one of the document it is.
func placesOf(c *review.Case, n pipeline.Nation) []int {
	return edition.Places(c.Doc, n, c.Policy.Released[c.Doc.Scheme.Name()])
}
