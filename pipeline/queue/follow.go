package queue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
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

// Follow calls each with every entry after the given positions, then with new ones as they come,
// until ctx ends (it returns nil) or each returns an error (it returns that). Entries of one stream
// come in its order, those of different streams in any; each is called once at a time.
func (q *Queue) Follow(ctx context.Context, from Positions, each func(Entry) error) error {
	g, inner := errgroup.WithContext(ctx)
	var one sync.Mutex
	for _, stream := range Streams() {
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
		info, err := q.stream[stream].Info(ctx)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", stream, err)
		}
		last[stream] = info.State.LastSeq
	}
	return last, nil
}

func (q *Queue) follow(ctx context.Context, stream string, last uint64, each func(Entry) error) error {
	consumer, err := q.stream[stream].OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: last + 1,
	})
	if err != nil {
		return fmt.Errorf("follow %s: %w", stream, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("follow %s: %w", stream, err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if errors.Is(err, jetstream.ErrNoHeartbeat) {
			continue // the server was away; the consumer starts again where it was
		}
		if err != nil {
			return fmt.Errorf("follow %s: %w", stream, err)
		}
		e, err := entryOf(stream, m)
		if err != nil {
			return err
		}
		if e.Seq != last+1 {
			q.log.Error("messages are missing from the store", "stream", stream, "after", last, "before", e.Seq)
		}
		last = e.Seq
		if err := each(e); err != nil {
			return err
		}
	}
}

func entryOf(stream string, m jetstream.Msg) (Entry, error) {
	meta, err := m.Metadata()
	if err != nil {
		return Entry{}, fmt.Errorf("follow %s: %w", stream, err)
	}
	e := Entry{Stream: stream, Seq: meta.Sequence.Stream, Subject: m.Subject(), Time: meta.Timestamp.UTC(), Data: m.Data()}
	e.Fact, e.Err = decode(e.Subject, e.Data)
	return e, nil
}
