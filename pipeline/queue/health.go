package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

// Depth is how much waits for one durable consumer.
type Depth struct {
	Consumer string
	Pending  uint64 // not yet handed to it
	InHand   int    // handed to it, and not yet done with
}

// Depths returns what waits, by consumer.
func (q *Queue) Depths(ctx context.Context) ([]Depth, error) {
	var out []Depth
	for _, stream := range Streams() {
		list := q.stream[stream].ListConsumers(ctx)
		for info := range list.Info() {
			if info.Config.Durable != "" {
				out = append(out, Depth{info.Name, info.NumPending, info.NumAckPending})
			}
		}
		if err := list.Err(); err != nil {
			return nil, fmt.Errorf("look at the consumers of %s: %w", stream, err)
		}
	}
	slices.SortFunc(out, func(a, b Depth) int { return cmp.Compare(a.Consumer, b.Consumer) })
	return out, nil
}

// Check says why the streams do not answer.
func (q *Queue) Check(ctx context.Context) error {
	if !q.nc.IsConnected() {
		return fmt.Errorf("no connection to the server: %s", q.nc.Status())
	}
	for name, s := range q.stream { // those that this worker may look at
		if _, err := s.Info(ctx); err != nil {
			return fmt.Errorf("look at %s: %w", name, err)
		}
	}
	return nil
}

// Newest returns when the newest message of the streams was stored, by the clock of the server; zero where there is none.
func (q *Queue) Newest(ctx context.Context) (time.Time, error) {
	var newest time.Time
	for name, stream := range q.stream {
		info, err := stream.Info(ctx)
		if err != nil {
			return newest, fmt.Errorf("look at %s: %w", name, err)
		}
		if info.State.LastTime.After(newest) {
			newest = info.State.LastTime
		}
	}
	return newest, nil
}

// CheckDesk says why the desk does not answer. It asks as nobody, which the desk refuses: that is an answer.
func (q *Queue) CheckDesk(ctx context.Context) error {
	_, err := q.nc.RequestWithContext(ctx, deskPing, nil)
	if errors.Is(err, nats.ErrNoResponders) {
		return errors.New("nobody answers at the desk")
	}
	return err
}

// Lag is how many messages of the streams lie beyond the positions.
func (p Positions) Lag(last Positions, streams ...string) uint64 {
	var lag uint64
	for _, s := range streams {
		if last[s] > p[s] {
			lag += last[s] - p[s]
		}
	}
	return lag
}
