package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

// NoticePoster seals a notice for one person and sends it; subject is the fact that will say so.
type NoticePoster interface {
	Notify(ctx context.Context, matter mail.NoticeMatter, facts mail.NoticeFacts, subject, address string, key *seal.Key) (messageID string, err error)
}

// Notices tell the desk's people by mail that something waits for them. Nobody is told of a bulletin that they
// may not know of. What was sent is on record, by person and matter; a crash between the mail and the
// record repeats it, with the same Message-ID.
type Notices struct {
	Facts       Facts
	Documents   review.Documents
	Publisher   Publisher
	People      func() review.People
	Post        NoticePoster
	Clock       pipeline.Clock
	Log         *slog.Logger
	RemindAfter time.Duration // how long what is urgent may wait unclaimed
}

const (
	noticeName = "notify"
	// noticeRetry is how soon a notice that the relay put off is tried again, and noticeGiveUp for how long.
	noticeRetry  = time.Minute
	noticeGiveUp = 24 * time.Hour
)

// Workers are the stages of it, by the fact that each follows.
func (n *Notices) Workers() []pipeline.Worker {
	return []pipeline.Worker{
		&noticeWorker{"notify-waiting", "bulletin.*.*.submitted", n.waiting},
		&noticeWorker{"notify-unclaimed", "bulletin.*.*.submitted", n.unclaimed},
		&noticeWorker{"notify-returned", "bulletin.*.*.returned", n.returned},
		&noticeWorker{"notify-parked", "bulletin.*.*.parked.*", n.parked},
		&noticeWorker{"notify-planned", "bulletin.*.*.planned.*", n.planned},
		&noticeWorker{"notify-settled", "delivery.settled.>", n.settled},
	}
}

type noticeWorker struct {
	name, consumes string
	work           func(ctx context.Context, in pipeline.Fact) error
}

// Name is the durable consumer's name.
func (w *noticeWorker) Name() string { return w.name }

// Consumes says which facts people are told of.
func (w *noticeWorker) Consumes() string { return w.consumes }

// Work tells people. What follows is on record when it returns.
func (w *noticeWorker) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	return nil, w.work(ctx, in)
}

// those are the people of today whom a notice concerns.
func (n *Notices) those(concerned func(review.Person) bool) []review.Person {
	var out []review.Person
	for _, p := range n.People() {
		if !p.Disabled && p.Address != "" && concerned(p) {
			out = append(out, p)
		}
	}
	return out
}

// tell sends one notice to each of the people who has not had it yet.
func (n *Notices) tell(ctx context.Context, in pipeline.Fact, matter mail.NoticeMatter, about string, facts mail.NoticeFacts, people []review.Person) error {
	var later error
	for _, p := range people {
		f := pipeline.Fact{Name: pipeline.Noticed, Ref: in.Ref, About: about, Person: p.Name, By: noticeName}
		facts.Name = p.Name
		switch err := n.send(ctx, f, matter, facts, p); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && n.Clock().Sub(in.At) > noticeGiveUp+n.RemindAfter:
			n.Log.Warn("no notice: given up", "person", p.Name, "about", f.Subject(), "error", err)
		case err != nil:
			later = err // the others are told first
		}
	}
	if later != nil {
		return &pipeline.Retry{After: noticeRetry, Err: later}
	}
	return nil
}

// send sends a notice if it is not on record, and puts it there. An error asks to try again later, and holds no address.
func (n *Notices) send(ctx context.Context, f pipeline.Fact, matter mail.NoticeMatter, facts mail.NoticeFacts, p review.Person) error {
	if _, err := n.Facts.Fact(ctx, f.Subject()); !errors.Is(err, pipeline.ErrNotFound) {
		return err
	}
	if _, err := mail.ParseAddress(p.Address); err != nil {
		n.Log.Warn("no notice: the person's address can't be used", "person", p.Name)
		return nil
	}
	fit := seal.Examine([]byte(p.Certificate), "", n.Clock())
	if fit.Key == nil { // never in clear
		n.Log.Warn("no notice: the person's certificate can't be encrypted to", "person", p.Name, "reason", strings.Join(fit.Reasons, "; "))
		return nil
	}
	var body pipeline.NoticedBody
	id, err := n.Post.Notify(ctx, matter, facts, f.Subject(), p.Address, fit.Key)
	body.MessageID = id
	var undelivered *mail.DeliveryError
	var later *pipeline.Retry // no key to sign with
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &later):
		return fmt.Errorf("a notice to %s waits: %w", p.Name, later.Err)
	case errors.As(err, &undelivered) && undelivered.Temporary: // the relay's line may repeat the address
		return fmt.Errorf("the relay put off a notice to %s at %s: code %d", p.Name, undelivered.Stage, undelivered.Code)
	case errors.As(err, &undelivered):
		body.Refused = fmt.Sprintf("the relay refused it at %s: code %d", undelivered.Stage, undelivered.Code)
	default:
		body.Refused = "it could not be sealed, or the gate refused it"
		n.Log.Error("no notice", "person", p.Name, "about", f.Subject(), "error", err)
	}
	record, err := pipeline.NewFact(pipeline.Noticed, f.Ref, noticeName, body)
	if err != nil {
		return err
	}
	record.About, record.Person = f.About, f.Person
	var told *pipeline.Conflict
	if err := n.Publisher.Publish(ctx, record); err != nil && !errors.As(err, &told) {
		return fmt.Errorf("record a notice to %s: %w", p.Name, err)
	}
	return nil
}
