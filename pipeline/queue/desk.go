package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

// deskHands is how many requests the desk answers at the same time.
const deskHands = 16

// What people's requests are published on, and the group of desks that answers each once.
const (
	deskSubjects = "desk.*.*"
	deskPing     = "desk.-.ping" // of nobody: whether the desk answers
	deskGroup    = "desk"
)

// outcomeHeader is set on an answer that is a Refused.
const outcomeHeader = "Desk-Outcome"

var verbForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Request is what a person asks of the desk. Who asks is vouched for by the server: people may
// publish on their own subjects alone.
type Request struct {
	Person string
	Verb   string
	Data   []byte
}

// Refused is an answer of the desk that says no, and what to do about it. It travels to the client
// as it is, so it must say nothing that the person may not know.
type Refused struct {
	Msg  string `json:"msg"`
	Hint string `json:"hint,omitempty"`
}

func (r *Refused) Error() string { return r.Msg }

// Serve answers people's requests until ctx ends, then finishes those in hand. An error of handle
// reaches the person only if it is a *Refused; of another they learn that it is in the desk's log,
// for it may speak of what they may not have.
func (q *Queue) Serve(ctx context.Context, handle func(context.Context, Request) ([]byte, error)) error {
	requests := make(chan *nats.Msg, 256)
	sub, err := q.nc.ChanQueueSubscribe(deskSubjects, deskGroup, requests)
	if err != nil {
		return fmt.Errorf("open the desk: %w", err)
	}
	if err := q.nc.Flush(); err != nil {
		return fmt.Errorf("open the desk: %w", err)
	}
	if q.Serving != nil {
		if err := q.Serving(); err != nil {
			return errors.Join(err, sub.Unsubscribe())
		}
	}
	inHand, cancel := q.graceful(ctx)
	defer cancel()
	var hands sync.WaitGroup
	for range deskHands {
		hands.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case m := <-requests:
					q.answer(inHand, m, handle)
				}
			}
		})
	}
	hands.Wait()
	return sub.Unsubscribe()
}

func (q *Queue) answer(ctx context.Context, m *nats.Msg, handle func(context.Context, Request) ([]byte, error)) {
	tokens := strings.Split(m.Subject, ".") // desk.<person>.<verb>, by the subscription
	r := Request{Person: tokens[1], Verb: tokens[2], Data: m.Data}
	answer, err := guarded(ctx, r, handle)
	reply := &nats.Msg{Subject: m.Reply, Data: answer}
	if err != nil {
		var refused *Refused
		if !errors.As(err, &refused) {
			q.log.Error("the desk failed", "person", r.Person, "verb", r.Verb, "error", err)
			refused = &Refused{Msg: "the desk could not do this", Hint: "its log says why: ask whoever runs it"}
		}
		reply.Data, _ = json.Marshal(refused) // two strings: cannot fail
		reply.Header = nats.Header{outcomeHeader: {"refused"}}
	}
	if m.Reply == "" {
		return
	}
	if err := q.nc.PublishMsg(reply); err != nil {
		q.log.Error("the desk's answer was not sent", "person", r.Person, "verb", r.Verb, "error", err)
	}
}

// guarded turns a panic of one request into an error, so that the desk stays open. Of what was thrown the log gets
// only what cannot quote a document.
func guarded(ctx context.Context, r Request, handle func(context.Context, Request) ([]byte, error)) (answer []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %s\n%s", panicText(p), debug.Stack())
		}
	}()
	return handle(ctx, r)
}
