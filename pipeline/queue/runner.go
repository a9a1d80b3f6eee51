package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"bulletin/pipeline"
)

const (
	batch        = 32 // messages fetched at once: one at a time slows down as a backlog grows
	retriedFacts = "bulletin.*.*.retried.>"
)

// FailsClosed is what a worker implements whose unknown errors must park a fact at once, because to
// try again and succeed by luck could leak: marking, eligibility, sealing.
type FailsClosed interface{ FailClosed() bool }

// Run is the one runner: for each worker it fetches facts, lets it work, publishes the facts that
// follow, and acknowledges. It blocks until ctx ends, finishes what is in hand, and returns nil.
//
// A fact may be worked on more than once, after a kill or a lost acknowledgement, and facts may come
// out of order after a retry. Each worker works on one fact at a time, and on one more if a person
// has set parked work going again.
func (q *Queue) Run(ctx context.Context, workers ...pipeline.Worker) error {
	var runs []func(context.Context) error
	for _, w := range workers {
		facts, retried, err := q.consumers(ctx, w)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("worker %s: %w", w.Name(), err)
		}
		closed, ok := w.(FailsClosed)
		s := q.newStation(w.Name(), ok && closed.FailClosed(), w.Work)
		runs = append(runs,
			func(ctx context.Context) error { return s.run(ctx, facts, s.original) },
			func(ctx context.Context) error { return s.run(ctx, retried, s.retriedOriginal) })
	}
	g, inner := errgroup.WithContext(ctx)
	for _, run := range runs {
		g.Go(func() error { return run(inner) })
	}
	return g.Wait()
}

// consumers of a worker: one of the facts that it consumes, one of the word that a person gives.
func (q *Queue) consumers(ctx context.Context, w pipeline.Worker) (facts, retried jetstream.Consumer, err error) {
	stream, err := streamOf(w.Consumes())
	if err != nil {
		return nil, nil, err
	}
	if facts, err = q.consumer(ctx, consumed{stream, w.Name(), w.Consumes()}); err != nil {
		return nil, nil, err
	}
	retried, err = q.consumer(ctx, consumed{StreamFacts, w.Name() + "-retried", retriedFacts})
	return facts, retried, err
}

// consumer makes or finds a durable consumer. It has one filter, which then stands in the subject of
// the request, where the server holds it against the worker's rights.
//
// A cluster that elects a leader does not answer meanwhile: it is asked again, for as long as that may take.
func (q *Queue) consumer(ctx context.Context, from consumed) (c jetstream.Consumer, err error) {
	err = q.patiently(ctx, "consumer "+from.name, away, func() error {
		c, err = q.openConsumer(ctx, from)
		return err
	})
	return c, err
}

// patiently does what a cluster may not be ready for, again and again as long as it is not and an election may take.
func (q *Queue) patiently(ctx context.Context, what string, notReady func(error) bool, do func() error) error {
	for end := time.Now().Add(q.retries.Election); ; pause(ctx, q.retries.Base) {
		err := do()
		if err == nil || !notReady(err) || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
		q.log.Warn("the cluster is not ready", "for", what, "error", err)
	}
}

// gathering reports whether a cluster says that it has no leader yet, or not all of its servers.
func gathering(err error) bool {
	const noPeers = 10005 // JSClusterNoPeersErr of the server, which nats.go gives no name
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.Code == 503 || api.ErrorCode == noPeers)
}

// away reports whether nobody answered, or nobody who could: servers without a leader say 503.
func away(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.Code >= 500 || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout) ||
		errors.Is(err, nats.ErrNoResponders)
}

func (q *Queue) openConsumer(ctx context.Context, from consumed) (jetstream.Consumer, error) {
	c, err := q.js.CreateOrUpdateConsumer(ctx, from.stream, jetstream.ConsumerConfig{
		Durable: from.name, FilterSubject: from.filter, AckPolicy: jetstream.AckExplicitPolicy, AckWait: q.retries.AckWait,
		// No BackOff: it would govern NakWithDelay. No limit on deliveries either: reaching one
		// raises an advisory and the fact is never seen again; we park instead.
		MaxDeliver: -1,
	})
	if err != nil {
		return nil, fmt.Errorf("consumer %s of %s: %w", from.name, from.stream, err)
	}
	return c, nil
}

// run works on one consumer's messages until ctx ends. Only an abandoned run returns an error.
func (s *station) run(ctx context.Context, c jetstream.Consumer, find finder) error {
	inHand, cancel := s.q.graceful(ctx)
	defer cancel()
	for ctx.Err() == nil {
		msgs, err := fetch(ctx, c)
		if err != nil && ctx.Err() == nil {
			s.q.log.Warn("fetch failed", "worker", s.worker, "error", err)
			pause(ctx, s.q.retries.Base)
		}
		if err := s.runBatch(ctx, inHand, msgs, find); err != nil {
			return err
		}
	}
	return nil
}

// runBatch works on messages in order. Those not begun when ctx ends are given back.
func (s *station) runBatch(ctx, inHand context.Context, msgs []jetstream.Msg, find finder) error {
	k := s.q.keep(msgs...)
	defer k.stop()
	for _, m := range msgs {
		if ctx.Err() != nil {
			s.log(m.Nak(), m, "give back")
		} else if err := s.handle(inHand, m, find); err != nil {
			return err
		}
		k.release(m)
	}
	return nil
}

// fetch returns what is there, and waits for one message if there is nothing.
func fetch(ctx context.Context, c jetstream.Consumer) ([]jetstream.Msg, error) {
	b, err := c.FetchNoWait(batch)
	if err != nil {
		return nil, err
	}
	msgs := collect(b)
	if len(msgs) > 0 || b.Error() != nil {
		return msgs, b.Error()
	}
	if b, err = c.Fetch(1, jetstream.FetchContext(ctx)); err != nil {
		return nil, err
	}
	return collect(b), b.Error()
}

func collect(b jetstream.MessageBatch) []jetstream.Msg {
	var msgs []jetstream.Msg
	for m := range b.Messages() {
		msgs = append(msgs, m)
	}
	return msgs
}

// graceful returns a context for work in hand: it outlives ctx by the grace period.
func (q *Queue) graceful(ctx context.Context) (context.Context, context.CancelFunc) {
	inHand, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		pause(inHand, q.retries.Grace)
		cancel()
	})
	return inHand, func() { stop(); cancel() }
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
