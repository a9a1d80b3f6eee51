package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Still is what stands still: the work of a stage on a fact, or one recipient of the person's own nation.
type Still struct {
	pipeline.Ref
	Number    string          `json:"number,omitempty"`
	Title     string          `json:"title,omitempty"`
	Nation    pipeline.Nation `json:"nation,omitempty"` // whose edition it is about; none if it is about all
	Worker    string          `json:"worker,omitempty"`
	Subject   string          `json:"subject,omitempty"`   // the fact that is not worked on
	Recipient string          `json:"recipient,omitempty"` // or whom nothing is sent to
	More      int             `json:"more,omitempty"`      // recipients who are not listed, for the same reason
	Reason    string          `json:"reason"`
	At        time.Time       `json:"at,omitzero"`
}

// Retrying sets parked work going again: all that the person may, or what is about one nation. With a recipient it
// has the mail sent to them that they did not get.
type Retrying struct {
	ID        pipeline.ID     `json:"id"`
	Nation    pipeline.Nation `json:"nation,omitempty"`
	Recipient string          `json:"recipient,omitempty"`
}

// Resending has one recipient of the person's own nation sent a bulletin again.
type Resending struct {
	ID        pipeline.ID `json:"id"`
	Recipient string      `json:"recipient"`
}

// Resent is the answer to Resending: which mail it is.
type Resent struct {
	pipeline.Ref
	Nation  pipeline.Nation `json:"nation"`
	Ordinal int             `json:"ordinal"`
}

// why is the reason for which work about a nation's edition stands still, as a person may know it. It may say how that
// edition is marked, and what a recipient of that nation may have: only that nation is told, and the one that wrote it.
func why(p review.Person, owner, about pipeline.Nation, reason string) string {
	if about == "" || about == p.Nation || owner == p.Nation {
		return reason
	}
	if about == owner {
		return fmt.Sprintf("%s can see why", owner)
	}
	return fmt.Sprintf("%s and %s can see why", about, owner)
}

// parked lists what stands still of the bulletins that a person may know of.
func (d *Desk) parked(ctx context.Context, p review.Person) (any, error) {
	out := []Still{}
	for _, id := range d.Board.newestFirst() {
		still := d.Board.still(id, p.Nation)
		if len(still) == 0 {
			continue
		}
		title, err := d.told(ctx, p, id)
		if err != nil && !errors.Is(err, errNone) {
			d.Log.Error("a bulletin can't be listed", "bulletin", id, "error", err)
		}
		if err != nil {
			continue
		}
		g, err := d.glimpseOf(ctx, id)
		if err != nil {
			return nil, err
		}
		for i := range still {
			still[i].Title, still[i].Reason = title, why(p, g.owner, still[i].Nation, still[i].Reason)
		}
		out = append(out, still...)
	}
	return out, nil
}

// retry sets going again what stands still.
func (d *Desk) retry(ctx context.Context, p review.Person, r Retrying) (any, error) {
	if r.Recipient != "" {
		if !d.Board.parks(r.ID, p.Nation, r.Recipient) {
			if _, err := d.told(ctx, p, r.ID); err != nil {
				return nil, err
			}
			return nil, refuse("bulletin parked shows who is; bulletin resend sends it again to whoever got it",
				"no recipient %s of %s is parked", r.Recipient, p.Nation)
		}
		if _, err := d.resend(ctx, p, Resending{ID: r.ID, Recipient: r.Recipient}); err != nil {
			return nil, err
		}
		return []Still{{Ref: pipeline.Ref{ID: r.ID}, Nation: p.Nation, Recipient: r.Recipient}}, nil
	}
	return d.again(ctx, r.ID, inPassing, func() (any, error) { return d.retryWork(ctx, p, r) })
}

// inPassing are the facts that come by themselves and change nothing for who retries, resends or withdraws.
var inPassing = []pipeline.Name{pipeline.Approved, pipeline.Numbered}

func (d *Desk) retryWork(ctx context.Context, p review.Person, r Retrying) (any, error) {
	_, c, last, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := d.known(p, c); err != nil {
		return nil, err
	}
	facts, seen, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.>", r.ID))
	if err != nil {
		return nil, err
	}
	if seen != last {
		return nil, pipeline.ErrMoved
	}
	works, ordinals, err := standingStill(facts)
	if err != nil {
		return nil, err
	}
	of := works[:0:0]
	for _, w := range works {
		if r.Nation == "" || w.Nation == r.Nation {
			of = append(of, w)
		}
	}
	if len(of) == 0 {
		return nil, refuse("bulletin parked shows what does; a recipient is set going with --recipient", "no work on this bulletin stands still")
	}
	var done []Still
	var out []pipeline.Fact
	for _, w := range of {
		if !maySetGoing(p, c.Submitted.Nation, w.Nation) {
			continue
		}
		f, err := pipeline.NewFact(pipeline.Retried, w.Ref, p.Name, pipeline.RetriedBody{Worker: w.Worker, Subject: w.Subject, Person: p.Name})
		if err != nil {
			return nil, err
		}
		w.Reason = why(p, c.Submitted.Nation, w.Nation, w.Reason)
		ordinals[w.Ref.Revision]++
		f.Ordinal = ordinals[w.Ref.Revision]
		out, done = append(out, f), append(done, w)
	}
	if len(out) == 0 {
		return nil, refuse("ask one of them, or an administrator", "only people of %s, where it was written, or of the nation whose edition stands still may retry this", c.Submitted.Nation)
	}
	_, err = d.Store.Decide(ctx, last, out...)
	return done, err
}

// maySetGoing reports whether a person may retry work on a bulletin: whoever works for the nation that it is about, or
// for the one that wrote it.
func maySetGoing(p review.Person, owner, about pipeline.Nation) bool {
	works := p.Has(review.Author) || p.Has(review.Reviewer)
	return p.Has(review.Admin) || works && p.Nation == owner || about != "" && p.Nation == about
}

// standingStill reads from a bulletin's facts which work is parked, and the last ordinal of Retried by revision.
func standingStill(facts []pipeline.Fact) ([]Still, map[int]int, error) {
	var out []Still
	ordinals := map[int]int{}
	for _, f := range facts {
		switch f.Name {
		case pipeline.Parked:
			var body pipeline.ParkedBody
			if err := f.Decode(&body); err != nil {
				return nil, nil, err
			}
			out = append(out, stillOf(f.Ref, f.At, body))
		case pipeline.Retried:
			var body pipeline.RetriedBody
			if err := f.Decode(&body); err != nil {
				return nil, nil, err
			}
			ordinals[f.Ref.Revision] = max(ordinals[f.Ref.Revision], f.Ordinal)
			out = slices.DeleteFunc(out, func(s Still) bool { return s.Worker == body.Worker && s.Subject == body.Subject })
		}
	}
	return out, ordinals, nil
}

func stillOf(ref pipeline.Ref, at time.Time, body pipeline.ParkedBody) Still {
	return Still{Ref: ref, Nation: nationIn(body.Subject), Worker: body.Worker, Subject: body.Subject, Reason: body.Reason, At: at}
}

// nationIn finds the nation that a fact is about in its subject; empty if it is about all.
func nationIn(subject string) pipeline.Nation {
	for token := range strings.SplitSeq(subject, ".") {
		if n, err := pipeline.ParseNation(token); err == nil {
			return n
		}
	}
	return ""
}

// resend has a recipient of the person's nation sent the newest release again. Whether they may have it, and by which
// key, is for the worker to say that keeps the nation's list.
func (d *Desk) resend(ctx context.Context, p review.Person, r Resending) (any, error) {
	return d.again(ctx, r.ID, inPassing, func() (any, error) { return d.resendOnce(ctx, p, r) })
}

func (d *Desk) resendOnce(ctx context.Context, p review.Person, r Resending) (any, error) {
	standing, c, last, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if err := d.known(p, c); err != nil {
		return nil, err
	}
	facts, _, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.*.%s.%s.*", r.ID, pipeline.Resent, p.Nation))
	if err != nil {
		return nil, err
	}
	switch {
	case !p.Has(review.Author) && !p.Has(review.Reviewer) && !p.Has(review.Admin):
		return nil, refuse("", "%s is neither an author nor a reviewer nor an administrator", p.Name)
	case strings.TrimSpace(r.Recipient) == "" || len(r.Recipient) > 320:
		return nil, refuse("name one address with --recipient", "whom it is to be sent to is missing")
	case len(standing.Released) == 0:
		return nil, refuse("it is sent to everyone on the list when it is released", "this bulletin is not released")
	}
	newest := standing.Released[len(standing.Released)-1]
	if standing.Withdrawn.Name != "" && !newest.Withdrawal {
		return nil, refuse("everyone who got it is about to be told", "this bulletin is withdrawn")
	}
	if !slices.Contains(newest.Nations, p.Nation) {
		return nil, errNone
	}
	if listed, err := d.Listed(p.Nation, r.Recipient); err == nil && !listed && !newest.Withdrawal {
		return nil, refuse("bulletin recipients list shows who is; add them first", "%s is not on the list of %s", r.Recipient, p.Nation)
	} else if err != nil && !errors.Is(err, pipeline.ErrNotFound) { // kept elsewhere: whoever keeps it will see
		return nil, err
	}
	f, err := pipeline.NewFact(pipeline.Resent, newest.Ref, p.Name, pipeline.ResentBody{Person: p.Name, Address: r.Recipient})
	if err != nil {
		return nil, err
	}
	f.Nation, f.Ordinal = p.Nation, 1
	for _, old := range facts {
		if old.Ref == newest.Ref {
			f.Ordinal = max(f.Ordinal, old.Ordinal+1)
		}
	}
	if _, err := d.Store.Decide(ctx, last, f); err != nil {
		return nil, err
	}
	return Resent{Ref: newest.Ref, Nation: p.Nation, Ordinal: f.Ordinal}, nil
}
