package queue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// The steps between which a run may be killed. Tests stop it at each.
const (
	stepFetched   = "fetched"
	stepWorked    = "worked"
	stepPublished = "published" // after each fact
	stepParked    = "parked"
	stepAcked     = "acked"
)

// nakSlack is how much later than its delay the server may make a message available again.
const nakSlack = 5 * time.Millisecond

// station is where one worker's facts are worked on.
type station struct {
	q          *Queue
	worker     string
	failClosed bool
	work       func(context.Context, pipeline.Fact) ([]pipeline.Fact, error)

	back func() // called when a message that was given back has come again; may be nil

	mu       sync.Mutex
	failures map[string]int // unknown errors in this process, by subject
}

// job is the work on one fact.
type job struct {
	ref     pipeline.Ref // where it is parked
	subject string
}

// finder returns the fact that a message asks to work on; false if it is not for this worker.
type finder func(context.Context, jetstream.Msg) (pipeline.Fact, bool, error)

func (q *Queue) newStation(worker string, failClosed bool, work func(context.Context, pipeline.Fact) ([]pipeline.Fact, error)) *station {
	return &station{q: q, worker: worker, failClosed: failClosed, work: work, failures: map[string]int{}}
}

// handle takes one message from decoding to its acknowledgement. It returns an error only when a
// test abandons the run; every other failure leaves the message to come again, or parked.
func (s *station) handle(ctx context.Context, m jetstream.Msg, find finder) error {
	if err := s.step(stepFetched, m); err != nil {
		return err
	}
	if meta, err := m.Metadata(); err == nil {
		s.q.seen.saw(meta.Stream, meta.Sequence.Stream)
	}
	fact, mine, err := find(ctx, m)
	if err != nil {
		return s.finish(ctx, m, job{refOf(m.Subject()), m.Subject()}, err)
	}
	if !mine {
		return s.ack(m)
	}
	return s.handleFact(ctx, m, fact)
}

func (s *station) handleFact(ctx context.Context, m jetstream.Msg, fact pipeline.Fact) error {
	j := job{fact.Ref, fact.Subject()}
	if _, twice := s.q.inHand.LoadOrStore(s.worker+" "+j.subject, true); twice {
		return nil // the server was away and hands it out again: it is acknowledged by whoever has it in hand here
	}
	defer s.q.inHand.Delete(s.worker + " " + j.subject)
	// A message comes again when its run was killed between parking and acknowledging. Parked work
	// goes on when a person says so, not by that accident.
	standing, err := s.standing(ctx, j)
	if err != nil {
		return s.later(m, j, err)
	}
	if standing.parked {
		return s.ack(m)
	}
	following, err := s.guarded(ctx, fact)
	if err := s.step(stepWorked, m); err != nil {
		return err
	}
	if err != nil {
		return s.finish(ctx, m, j, err)
	}
	if len(following) > 1 && following[0].Name == pipeline.Chunk {
		if err := s.q.publishTogether(ctx, following); err != nil {
			return s.finish(ctx, m, j, &publishError{err})
		}
		following = nil
	}
	for _, f := range following {
		if err := s.q.Publish(ctx, f); err != nil {
			return s.finish(ctx, m, j, &publishError{err})
		}
		if err := s.step(stepPublished, m); err != nil {
			return err
		}
	}
	return s.finish(ctx, m, j, nil)
}

// original reads the fact that the message is.
func (s *station) original(_ context.Context, m jetstream.Msg) (pipeline.Fact, bool, error) {
	f, err := decode(m.Subject(), m.Data())
	if m.Headers().Get("Nats-Stream") != "" {
		err = errReflected
	}
	if err != nil {
		err = &pipeline.Permanent{Reason: "the stored fact cannot be read", Err: err}
	}
	return f, true, err
}

// retriedOriginal finds the fact that a Retried one sets going again.
func (s *station) retriedOriginal(ctx context.Context, m jetstream.Msg) (pipeline.Fact, bool, error) {
	retried, _, err := s.original(ctx, m)
	if err != nil {
		return retried, false, nil // not readable, so not known to be for this worker
	}
	var body pipeline.RetriedBody
	if err := retried.Decode(&body); err != nil || body.Worker != s.worker {
		return retried, false, nil
	}
	f, err := s.q.Fact(ctx, body.Subject)
	if errors.Is(err, pipeline.ErrNotFound) {
		err = &pipeline.Permanent{Reason: "the fact to retry is not on record", Err: err}
	}
	return f, true, err
}

// guarded turns a panic into parking. Its stack goes to the log alone, and of what was thrown only
// what cannot quote a document.
func (s *station) guarded(ctx context.Context, f pipeline.Fact) (following []pipeline.Fact, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.q.log.Error("panic", "worker", s.worker, "subject", f.Subject(), "panic", panicText(p), "stack", string(debug.Stack()))
			err = &pipeline.Permanent{Reason: "panic"}
		}
	}()
	return s.work(ctx, f)
}

func panicText(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", p)
}

// publishError is a failure to publish what a worker returned: not the worker's own, so that it does
// not fail closed.
type publishError struct{ err error }

func (e *publishError) Error() string { return e.err.Error() }
func (e *publishError) Unwrap() error { return e.err }

// finish does with the message what the outcome says.
func (s *station) finish(ctx context.Context, m jetstream.Msg, j job, err error) error {
	var (
		retry     *pipeline.Retry
		permanent *pipeline.Permanent
		conflict  *pipeline.Conflict
		publish   *publishError
	)
	switch {
	case err == nil:
		s.forget(j.subject)
		return s.ack(m)
	case errors.Is(err, pipeline.ErrElsewhere):
		// What is given back is taken from the other process too: the server doesn't look at who returns it.
		s.q.log.Info("left to another process", "worker", s.worker, "subject", j.subject)
		return nil
	case ctx.Err() != nil: // cut short by the end of the process: not the worker's failure
		s.log(m.Nak(), m, "give back")
		return nil
	case errors.As(err, &publish) && errors.As(err, &conflict):
		return s.park(ctx, m, j, "what follows from it is already on record with other content: "+conflict.Subject, err)
	case errors.As(err, &permanent):
		return s.park(ctx, m, j, permanent.Reason, err)
	case errors.As(err, &retry):
		s.q.log.Info("later", "worker", s.worker, "subject", j.subject, "after", retry.After, "error", err)
		if retry.After <= 0 {
			return s.later(m, j, err)
		}
		return s.nak(m, retry.After)
	case s.failClosed && publish == nil:
		return s.park(ctx, m, j, "an unknown error where the system fails closed; the log of "+s.worker+" has it", err)
	case s.fail(j.subject) >= s.q.retries.Attempts:
		return s.park(ctx, m, j, fmt.Sprintf("failed %d times; the log of %s says how", s.q.retries.Attempts, s.worker), err)
	}
	return s.later(m, j, err)
}

// later asks for the message again after a backoff.
func (s *station) later(m jetstream.Msg, j job, err error) error {
	s.mu.Lock()
	n := s.failures[j.subject]
	s.mu.Unlock()
	delay := s.q.retries.backoff(n)
	s.q.log.Warn("failed", "worker", s.worker, "subject", j.subject, "failures", n, "again_in", delay, "error", err)
	return s.nak(m, delay)
}

// backoff doubles from Base to Max with each failure, and varies by half so that what failed
// together does not come again together.
func (r Retries) backoff(failures int) time.Duration {
	d := r.Base
	for i := 1; i < failures && d < r.Max; i++ {
		d *= 2
	}
	d = min(d, r.Max)
	return d/2 + rand.N(d/2+1)
}

func (s *station) fail(subject string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures[subject]++
	return s.failures[subject]
}

func (s *station) forget(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.failures, subject)
}

func (s *station) ack(m jetstream.Msg) error {
	s.log(m.Ack(), m, "acknowledge")
	return s.step(stepAcked, m)
}

func (s *station) nak(m jetstream.Msg, delay time.Duration) error {
	s.log(m.NakWithDelay(delay), m, "give back")
	if s.back != nil {
		time.AfterFunc(delay+nakSlack, s.back)
	}
	return nil
}

// log reports what could not be told to the server. The message then comes again.
func (s *station) log(err error, m jetstream.Msg, what string) {
	if err != nil {
		s.q.log.Warn("could not "+what, "worker", s.worker, "subject", m.Subject(), "error", err)
	}
}

func (s *station) step(step string, m jetstream.Msg) error {
	if s.q.step == nil {
		return nil
	}
	return s.q.step(step, m.Subject())
}
