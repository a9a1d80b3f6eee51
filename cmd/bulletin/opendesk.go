package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

// catchUpTime bounds how long the desk stays closed while its board is read from the streams: one that is behind is
// better than none for ever, should a message be lost from the store.
const catchUpTime = time.Minute

// openDesk has people answered once the board shows what the streams hold: an empty queue just after the start would
// be believed. Only then are people's programs told where to connect. The metrics count the facts as they pass: what
// was ever delivered is read out of the store once for both.
func (s *server) openDesk(q *queue.Queue) {
	caughtUp := make(chan struct{})
	q.Serving = s.writeEndpoint
	s.runs(func(ctx context.Context) error {
		last, err := q.Last(ctx)
		if err != nil {
			s.log.Warn("the desk opens though it can't tell how much its board lacks", "error", err)
		}
		show, catchUp := s.show(ctx), sync.OnceFunc(func() { close(caughtUp) })
		if s.counted != nil {
			s.counted.CatchUp(last)
		}
		read := queue.Positions{}
		if read.Lag(last, queue.Streams()...) == 0 {
			catchUp()
		}
		return q.Follow(ctx, queue.Streams(), nil, func(e queue.Entry) error {
			show(e)
			if s.counted != nil {
				s.counted.Apply(e)
			}
			if read[e.Stream] = e.Seq; read.Lag(last, queue.Streams()...) == 0 {
				catchUp()
			}
			return nil
		})
	})
	s.runs(func(ctx context.Context) error {
		late := time.NewTimer(catchUpTime)
		defer late.Stop()
		select {
		case <-caughtUp:
		case <-late.C:
			s.log.Warn("the desk opens though its board is still being read")
		case <-ctx.Done():
			return nil
		}
		return q.Serve(ctx, s.desk.Handle)
	})
}

// showAgain is how soon a fact is taken onto the board again whose document the store did not give, and lagging how often
// where it says that there is none: a document is stored before the fact that names it, but a replica may be behind.
const (
	showAgain = time.Second
	lagging   = 30
)

// show takes the facts onto the board. A projection must not stop the work. A store that is away is waited for: what
// the board passes over it would lack until the next start, and a bulletin never be delivered to who asks.
func (s *server) show(ctx context.Context) func(queue.Entry) {
	return func(e queue.Entry) {
		err := errors.Join(e.Err, s.board.Apply(ctx, e.Fact))
		for n := 0; errors.As(err, new(*pipeline.Retry)) || errors.Is(err, pipeline.ErrNotFound) && n < lagging; n++ {
			s.log.Warn("the board waits for the store", "subject", e.Subject, "error", err)
			select {
			case <-time.After(showAgain):
			case <-ctx.Done():
				return
			}
			err = s.board.Apply(ctx, e.Fact)
		}
		if err != nil && ctx.Err() == nil { // a desk that is closing shows nothing any more
			s.log.Error("the board does not show a fact", "subject", e.Subject, "error", err)
		}
	}
}
