package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// maxPending is how many receipts may be on their way at once, and stall how long PublishAsync waits
// for room among them.
const (
	maxPending = 4096
	stall      = 30 * time.Second
)

// Receipts returns an empty batch of facts that may be written behind (see StreamReceipts).
func (q *Queue) Receipts() *Receipts { return &Receipts{q: q} }

// Receipts are facts on their way to the server, which Flush waits for. It is safe for use by many
// goroutines; what fails in one batch is nobody else's.
type Receipts struct {
	q *Queue

	mu   sync.Mutex
	sent []sent
}

// sent is a fact on its way.
type sent struct {
	fact pipeline.Fact
	ack  jetstream.PubAckFuture
	err  error // why it could not even be sent
}

// Publish sends a fact on its way and does not wait for the server. Its error says that it is no fact; one that the
// server is not there for is Flush's business.
func (r *Receipts) Publish(f pipeline.Fact) error {
	msg, err := r.q.message(f)
	if err != nil {
		return err
	}
	s := sent{fact: f}
	s.ack, s.err = r.q.js.PublishMsgAsync(msg, jetstream.WithExpectLastSequencePerSubject(0), jetstream.WithStallWait(stall))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sent = append(r.sent, s)
	return nil
}

// Flush waits until the server has everything that was published before. What it did not take, because it was away or
// its disk is full, is published again until it does: nobody else knows what the receipts say. Flush returns what is
// refused for good, and an error if ctx ends first; a later Flush goes on then.
func (r *Receipts) Flush(ctx context.Context) error {
	var refused error
	for failures := 1; ; failures++ {
		left, last, err := r.round(ctx)
		refused = errors.Join(refused, err)
		if len(left) == 0 {
			return refused
		}
		if ctx.Err() == nil {
			r.q.log.Warn("receipts are not stored yet", "left", len(left), "error", last)
			pause(ctx, r.q.retries.backoff(failures))
		}
		for _, f := range left {
			refused = errors.Join(refused, r.Publish(f))
		}
		if ctx.Err() != nil {
			return errors.Join(refused, ctx.Err(), last)
		}
	}
}

// round waits for the answers to all that is on its way. It returns what the server did not take and why, and what it
// refuses for good.
func (r *Receipts) round(ctx context.Context) (left []pipeline.Fact, last, refused error) {
	r.mu.Lock()
	all := r.sent
	r.sent = nil
	r.mu.Unlock()
	for _, s := range all {
		err := s.wait(ctx)
		if err != nil && ctx.Err() == nil {
			_, err = r.q.settle(ctx, s.fact, err)
		}
		if conflict := (*pipeline.Conflict)(nil); errors.As(err, &conflict) {
			refused = errors.Join(refused, err)
		} else if err != nil {
			left, last = append(left, s.fact), err
		}
	}
	return left, last, refused
}

func (s sent) wait(ctx context.Context) error {
	if s.err != nil {
		return s.err
	}
	select {
	case <-s.ack.Ok():
		return nil
	case err := <-s.ack.Err():
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
