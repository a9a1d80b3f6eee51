package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// maxReason is how many characters the reason of a withdrawal may have.
const maxReason = 2000

// Demands is how it stands with withdrawing a bulletin.
type Demands struct {
	Next     pipeline.Ref `json:"next"`     // what a new demand is to be signed for
	Of       int          `json:"of"`       // likewise
	Released bool         `json:"released"` // the reason will go to everyone who got it
	Open     []Demand     `json:"open,omitempty"`
}

// Demand is a demand to withdraw that another person may join.
type Demand struct {
	pipeline.Ref
	Of     int       `json:"of"`
	Reason string    `json:"reason"`
	By     []string  `json:"by"`
	At     time.Time `json:"at"` // the newest
}

// Withdraw demands that a bulletin be withdrawn: a new demand, or joining one that is open.
type Withdraw struct {
	pipeline.Ref
	Of        int    `json:"of"`
	Reason    string `json:"reason"`
	Signature string `json:"signature"` // armored detached OpenPGP signature over review.WithdrawalStatement
}

// WithdrawAnswer says what is still missing; nothing, if the bulletin is about to be withdrawn.
type WithdrawAnswer struct {
	pipeline.Ref
	Missing string `json:"missing,omitempty"`
}

// demands tells who wants a bulletin withdrawn, and why.
func (d *Desk) demands(ctx context.Context, p review.Person, r Subject) (any, error) {
	standing, _, _, err := d.withdrawable(ctx, p, r.ID)
	if err != nil {
		return nil, err
	}
	_, released := standing.Version()
	out := Demands{Next: pipeline.Ref{ID: r.ID, Revision: standing.Next}, Of: standing.Submitted.Ref.Revision, Released: released}
	open := standing.Open()
	for _, revision := range slices.Sorted(maps.Keys(open)) {
		demand := Demand{Ref: pipeline.Ref{ID: r.ID, Revision: revision}}
		for _, f := range open[revision] {
			var body pipeline.WithdrawalBody
			if err := f.Decode(&body); err != nil {
				return nil, err
			}
			reason, err := d.Store.Get(ctx, body.Reason)
			if err != nil {
				return nil, err
			}
			demand.Of, demand.Reason, demand.At = body.Of, string(reason), f.At
			demand.By = append(demand.By, fmt.Sprintf("%s (%s)", body.Person, body.Nation))
		}
		out.Open = append(out.Open, demand)
	}
	return out, nil
}

// withdrawable opens a bulletin that this person may demand to withdraw.
func (d *Desk) withdrawable(ctx context.Context, p review.Person, id pipeline.ID) (review.Standing, *review.Case, uint64, error) {
	standing, c, last, err := d.open(ctx, id)
	if err == nil {
		err = d.known(p, c)
	}
	if err != nil {
		return standing, nil, 0, err
	}
	_, released := standing.Version()
	switch {
	case !review.MayWithdraw(p):
		err = refuse("", "%s is neither an author nor a reviewer", p.Name)
	case standing.Decision == pipeline.Withdrawn:
		err = refuse("", "this bulletin is withdrawn already")
	case standing.Decision == pipeline.Rejected && !released:
		err = refuse("", "this bulletin was rejected: nothing of it has gone out, and nothing will")
	}
	return standing, c, last, err
}

// withdraw records a signed demand. Whether it is the one that it takes is for the worker to say that counts them.
func (d *Desk) withdraw(ctx context.Context, p review.Person, r Withdraw) (any, error) {
	return d.again(ctx, r.ID, inPassing, func() (any, error) { return d.withdrawOnce(ctx, p, r) })
}

func (d *Desk) withdrawOnce(ctx context.Context, p review.Person, r Withdraw) (any, error) {
	standing, c, last, err := d.withdrawable(ctx, p, r.ID)
	if err != nil {
		return nil, err
	}
	if err := d.checkReason(p, c, r.Reason); err != nil {
		return nil, err
	}
	fact, err := d.demand(ctx, p, r)
	if err != nil {
		return nil, err
	}
	open := standing.Open()[r.Revision]
	if len(open) == 0 && (r.Revision != standing.Next || r.Of != standing.Submitted.Ref.Revision) {
		return nil, pipeline.ErrMoved
	}
	fact.Ordinal = len(standing.Demands[r.Revision]) + 1
	who, err := standing.Demand(ctx, d.Store, fact, d.Verify)
	if err != nil {
		return nil, refuse("sign it with your own key, for the bulletin as it stands", "%v", err)
	}
	people := []review.Approver{who}
	for _, f := range open {
		var body, mine pipeline.WithdrawalBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		if err := fact.Decode(&mine); err != nil {
			return nil, err
		}
		if body.Statement != mine.Statement {
			return nil, refuse("confirm the reason that was given, or demand it anew with -m", "that demand was made for another reason")
		}
		if body.Person == p.Name {
			return nil, refuse("a second person must confirm it: bulletin withdraw ID --confirm", "you have demanded this already")
		}
		if other, err := standing.Demand(ctx, d.Store, f, d.Verify); err == nil {
			people = append(people, other)
		}
	}
	owner, nations, err := standing.Concerned(ctx, d.Store)
	if err != nil {
		return nil, err
	}
	if _, err := d.Store.Decide(ctx, last, fact); err != nil {
		return nil, err
	}
	answer := WithdrawAnswer{Ref: r.Ref}
	if err := review.EnoughToWithdraw(people, owner, nations); err != nil {
		answer.Missing = err.Error()
	}
	return answer, nil
}

// demand makes the fact of a demand, without its ordinal.
func (d *Desk) demand(ctx context.Context, p review.Person, r Withdraw) (pipeline.Fact, error) {
	people, err := d.Store.Put(ctx, d.People().JSON())
	if err != nil {
		return pipeline.Fact{}, err
	}
	reason, err := d.Store.Put(ctx, []byte(r.Reason))
	if err != nil {
		return pipeline.Fact{}, err
	}
	f, err := pipeline.NewFact(pipeline.Withdrawal, r.Ref, p.Name, pipeline.WithdrawalBody{
		Person: p.Name, Nation: p.Nation, Of: r.Of, Reason: reason, People: people,
		Statement: review.WithdrawalStatement(r.Ref, r.Of, reason), Signature: r.Signature,
	})
	f.At = d.Clock().UTC()
	return f, err
}

// checkReason refuses a reason that could not be sent.
func (d *Desk) checkReason(p review.Person, c *review.Case, reason string) error {
	control := func(r rune) bool { return unicode.IsControl(r) && r != '\n' }
	switch {
	case strings.TrimSpace(reason) == "":
		return refuse("say why with -m: it goes to everyone who got the bulletin", "a withdrawal needs a reason")
	case utf8.RuneCountInString(reason) > maxReason:
		return refuse("", "the reason has more than %d characters", maxReason)
	case !utf8.ValidString(reason) || strings.ContainsFunc(reason, control):
		return refuse("write plain text", "the reason holds what is no text")
	}
	e, ok := c.Edition(p.Nation)
	if !ok {
		e = c.Editions[0]
	}
	e.Number, e.Released = "SA00-001A", d.Clock().UTC() // as it will be drawn
	if err := d.Printable(edition.Withdrawal([]edition.Edition{e}, nil, "2.0", d.Clock(), reason)); err != nil {
		return refuse("replace the character, or configure a font that has it", "%v", err)
	}
	return nil
}
