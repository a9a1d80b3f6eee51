// Package desk is where people work: they hand in drafts, read what waits for review, and decide. It is a
// service over NATS: a person's program sends a request on desk.<person>.<verb>, and the server has
// made sure that nobody else can. What the desk answers depends on who asks: nobody sees, or is told of,
// what their nation may not have.
package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
)

// Store is what the desk needs of the queue.
type Store interface {
	Facts(ctx context.Context, filter string) ([]pipeline.Fact, uint64, error)
	Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error)
	Get(ctx context.Context, d pipeline.Digest) ([]byte, error)
	Put(ctx context.Context, data []byte) (pipeline.Digest, error)
}

// Desk answers people's requests. People and Policy give what is in force at the moment.
type Desk struct {
	Store     Store
	Board     *Board
	People    func() review.People
	Policy    func() review.Policy
	Verify    review.Verifier
	Printable func(e edition.Edition) error // refuses an edition with a character that no font covers
	Draw      func(e edition.Edition) (pdf []byte, err error)
	Clock     pipeline.Clock
	Log       *slog.Logger

	// Reach says how many recipients an edition would reach now, whom not, and whose key ends within the week: the error is
	// pipeline.ErrNotFound where the nation's list is not kept here, and a *pipeline.Retry while it is being counted.
	Reach func(e edition.Edition) (reachable int, unreachable, ending []pipeline.Unreachable, err error)

	// Listed says whether an address is on a nation's list now; its error is as Reach's.
	Listed func(n pipeline.Nation, address string) (bool, error)

	uploads  uploads
	glimpses glimpses
}

// errNone says that there is, for this person, no such bulletin. It is the desk's own error: a document that
// is missing from the store is a fault, and must not read like this.
var errNone = errors.New("there is no such bulletin")

func refuse(hint, format string, args ...any) error {
	return &queue.Refused{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// Handle answers one request. An error that is not a *queue.Refused is a fault of the desk's own: the person
// learns that there was one, and the log has the rest.
func (d *Desk) Handle(ctx context.Context, r queue.Request) ([]byte, error) {
	p, err := d.People().Find(r.Person)
	if err != nil || p.Disabled {
		return nil, refuse("ask the desk's administrator", "%s may not work here", r.Person)
	}
	answer, err := d.answer(ctx, p, r.Verb, r.Data)
	var conflict *pipeline.Conflict // somebody else's decision, revision or approval took the place of this one
	switch {
	case errors.Is(err, pipeline.ErrMoved), errors.As(err, &conflict):
		return nil, refuse("look at it again, then decide", "%v", pipeline.ErrMoved)
	case errors.Is(err, errNone):
		return nil, refuse("look at the id, as it was printed when it was handed in", "%v", errNone)
	case err != nil:
		return nil, err
	}
	return json.Marshal(answer)
}

func (d *Desk) answer(ctx context.Context, p review.Person, verb string, data []byte) (any, error) {
	switch verb {
	case "upload":
		return with(data, func(r Upload) (any, error) { return d.upload(ctx, p, r) })
	case "submit":
		return with(data, func(r Submission) (any, error) { return d.submit(ctx, p, r) })
	case "queue":
		return d.queue(ctx, p)
	case "show":
		return with(data, func(r Look) (any, error) { return d.show(ctx, p, r) })
	case "revision":
		return with(data, func(r Look) (any, error) { return d.earlier(ctx, p, r) })
	case "pdf":
		return with(data, func(r Drawing) (any, error) { return d.pdf(ctx, p, r) })
	case "claim":
		return with(data, func(r Claiming) (any, error) { return d.claim(ctx, p, r) })
	case "comment":
		return with(data, func(r Remark) (any, error) { return d.comment(ctx, p, r) })
	case "approve":
		return with(data, func(r Approve) (any, error) { return d.approve(ctx, p, r) })
	case "return", "reject":
		return with(data, func(r Decision) (any, error) { return d.decide(ctx, p, verb, r) })
	case "overview":
		return with(data, func(r OverviewOrder) (any, error) { return d.overview(ctx, p, r) })
	case "attachment":
		return with(data, func(r Fetch) (any, error) { return d.attachment(ctx, p, r) })
	case "status":
		return with(data, func(r Subject) (any, error) { return d.status(ctx, p, r) })
	case "ledger":
		return with(data, func(r Leaf) (any, error) { return d.leaf(ctx, p, r) })
	case "demands":
		return with(data, func(r Subject) (any, error) { return d.demands(ctx, p, r) })
	case "withdraw":
		return with(data, func(r Withdraw) (any, error) { return d.withdraw(ctx, p, r) })
	case "bulletins":
		return with(data, func(r Listing) (any, error) { return d.bulletins(ctx, p, r) })
	case "parked":
		return d.parked(ctx, p)
	case "retry":
		return with(data, func(r Retrying) (any, error) { return d.retry(ctx, p, r) })
	case "resend":
		return with(data, func(r Resending) (any, error) { return d.resend(ctx, p, r) })
	}
	return nil, refuse("update the program", "this desk knows no verb %q", verb)
}

func with[T any](data []byte, do func(T) (any, error)) (any, error) {
	var request T
	if err := json.Unmarshal(data, &request); err != nil {
		return nil, refuse("update the program", "the request does not parse: %v", err)
	}
	return do(request)
}

// open reads a bulletin as it stands and lays out its newest revision.
func (d *Desk) open(ctx context.Context, id pipeline.ID) (review.Standing, *review.Case, uint64, error) {
	if _, err := pipeline.ParseID(string(id)); err != nil {
		return review.Standing{}, nil, 0, refuse("", "%v", err)
	}
	facts, last, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.>", id))
	if err != nil {
		return review.Standing{}, nil, 0, err
	}
	if len(facts) == 0 {
		return review.Standing{}, nil, 0, errNone
	}
	standing, err := review.Stand(facts)
	if err != nil {
		return review.Standing{}, nil, 0, err
	}
	c, err := review.OpenCase(ctx, d.Store, standing.Submitted)
	return standing, c, last, err
}

// edition returns what the person's nation gets of the case. Where it gets nothing there is, for them,
// no such bulletin.
func (d *Desk) edition(p review.Person, c *review.Case) (edition.Edition, error) {
	e, ok := c.Edition(p.Nation)
	if !ok || !cleared(p, e) {
		return edition.Edition{}, errNone
	}
	return e, nil
}

// known is nil for a person who may be told that there is this bulletin.
func (d *Desk) known(p review.Person, c *review.Case) error {
	if !c.MayKnow(p) {
		return errNone
	}
	return nil
}

// snapshot stores who and what is in force now, for the record.
func (d *Desk) snapshot(ctx context.Context, inForce review.Policy) (people, policy pipeline.Digest, err error) {
	if people, err = d.Store.Put(ctx, d.People().JSON()); err != nil {
		return "", "", err
	}
	policy, err = d.Store.Put(ctx, inForce.JSON())
	return people, policy, err
}
