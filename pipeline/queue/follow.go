package queue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"bulletin/pipeline"
)

// Positions say how far each stream has been read: by name, the sequence of the last entry.
// A stream that is not there is read from its beginning.
type Positions map[string]uint64

// Entry is one stored message of a stream.
type Entry struct {
	Stream  string
	Seq     uint64 // from 1, without gaps in a healthy stream
	Subject string
	Time    time.Time // when the server stored it, UTC
	Data    []byte    // as stored
	Fact    pipeline.Fact
	Err     error // why Data is not a fact that belongs to Subject; Fact is empty then
}

// Follow calls each with every entry of some streams after the given positions, then with new ones as they come,
// until ctx ends (it returns nil) or each returns an error (it returns that). Entries of one stream
// come in its order, those of different streams in any; each is called once at a time.
func (q *Queue) Follow(ctx context.Context, streams []string, from Positions, each func(Entry) error) error {
	g, inner := errgroup.WithContext(ctx)
	var one sync.Mutex
	for _, stream := range streams {
		g.Go(func() error {
			return q.follow(inner, stream, from[stream], func(e Entry) error {
				one.Lock()
				defer one.Unlock()
				if inner.Err() != nil {
					return inner.Err() // another stream's entry failed
				}
				return each(e)
			})
		})
	}
	if err := g.Wait(); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// Last returns how far each stream goes now.
func (q *Queue) Last(ctx context.Context) (Positions, error) {
	last := Positions{}
	for _, stream := range Streams() {
		err := q.patiently(ctx, "the state of "+stream, away, func() error {
			info, err := q.stream[stream].Info(ctx)
			if err == nil {
				last[stream] = info.State.LastSeq
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", stream, err)
		}
	}
	return last, nil
}

// soon is how long after a message was heard of it is looked for: it is heard of before it is stored.
const soon = 2 * time.Millisecond

// follow reads page by page, with no consumer: a worker that may make consumers may also change those of others.
func (q *Queue) follow(ctx context.Context, stream string, last uint64, each func(Entry) error) error {
	heard, stop, err := q.listen(subjectsOf(stream))
	if err != nil {
		return fmt.Errorf("follow %s: %w", stream, err)
	}
	defer stop()
	wait := soon
	for ctx.Err() == nil {
		msgs, more, err := q.getPage(ctx, stream, ">", last+1)
		if err != nil && ctx.Err() == nil {
			q.log.Warn("following stands still", "stream", stream, "error", err) // the server is away, or elects a leader
			more = false
		}
		for _, m := range msgs {
			if last, err = q.pass(stream, last, m, each); err != nil {
				return fmt.Errorf("follow %s: %w", stream, err)
			}
			wait = soon
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-heard:
			wait = soon
			pause(ctx, soon)
		case <-time.After(wait):
			wait = min(4*wait, q.retries.Poll)
		}
	}
	return nil
}

// pass hands one message on, and returns its sequence.
func (q *Queue) pass(stream string, last uint64, m *nats.Msg, each func(Entry) error) (uint64, error) {
	s, err := storedOf(m)
	if err != nil {
		return last, err
	}
	if s.seq != last+1 {
		q.log.Error("messages are missing from the store", "stream", stream, "after", last, "before", s.seq)
	}
	return s.seq, each(Entry{Stream: stream, Seq: s.seq, Subject: s.subject, Time: s.at.UTC(), Data: s.data, Fact: s.fact, Err: s.err})
}

// listen tells of messages on the subjects as they are published, which is before they are stored.
func (q *Queue) listen(subjects []string) (heard chan struct{}, stop func(), err error) {
	heard = make(chan struct{}, 1)
	var subs []*nats.Subscription
	stop = func() {
		for _, s := range subs {
			_ = s.Unsubscribe() // the connection may be gone already
		}
	}
	for _, subject := range subjects {
		s, err := q.nc.Subscribe(subject, func(*nats.Msg) {
			select {
			case heard <- struct{}{}:
			default:
			}
		})
		if err != nil {
			stop()
			return nil, nil, err
		}
		subs = append(subs, s)
	}
	return heard, stop, nil
}

// followed are the subjects that whoever follows all streams hears.
func followed() []string {
	var all []string
	for _, s := range Streams() {
		all = append(all, subjectsOf(s)...)
	}
	return all
}
