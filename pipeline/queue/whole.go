package queue

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// messages returns all messages of a stream that match, as they are now.
//
// Any copy of a replicated stream may answer a read, and one may be behind: a tally that misses the approval
// that it was called for would never count it. So the stream's leader is asked how much there is, and the
// read is done again until it is all there.
func (q *Queue) messages(ctx context.Context, stream, filter string) ([]*nats.Msg, error) {
	if q.stream[stream] == nil {
		return nil, fmt.Errorf("the role %s has nothing to do with stream %s", q.config.Worker, stream)
	}
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	for wait := lagFirst; ; wait = min(2*wait, lagMost) {
		want, err := q.count(ctx, stream, filter)
		if err != nil {
			return nil, err
		}
		all, err := q.pages(ctx, stream, filter)
		if err != nil || want >= 0 && len(all) >= want {
			return all, err
		}
		if pause(ctx, wait); ctx.Err() != nil {
			return nil, fmt.Errorf("the copies of %s do not agree: %w", stream, ctx.Err())
		}
	}
}

// How long to wait for a copy that is behind.
const (
	lagFirst = 2 * time.Millisecond
	lagMost  = 250 * time.Millisecond
)

// count returns how many messages match by the word of the stream's leader, -1 if even that is behind what
// this process has seen, and 0 where there is one copy alone, which is always right.
func (q *Queue) count(ctx context.Context, stream, filter string) (int, error) {
	if q.stream[stream].CachedInfo().Config.Replicas < 2 {
		return 0, nil
	}
	info, err := q.stream[stream].Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return 0, err
	}
	if info.State.LastSeq < q.seen.last(stream) {
		return -1, nil
	}
	n := 0
	for _, messages := range info.State.Subjects {
		n += int(messages)
	}
	return n, nil
}

// seen is how far each stream went when this process last had to do with it.
type seen struct {
	mu sync.Mutex
	at map[string]uint64
}

func (s *seen) saw(stream string, seq uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[string]uint64{}
	}
	s.at[stream] = max(s.at[stream], seq)
}

func (s *seen) last(stream string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at[stream]
}

// pages reads all pages of what matches, from one copy or another.
func (q *Queue) pages(ctx context.Context, stream, filter string) (all []*nats.Msg, err error) {
	next := uint64(1)
	for more := true; more; {
		var msgs []*nats.Msg
		if msgs, more, err = q.getPage(ctx, stream, filter, next); err != nil {
			return nil, err
		}
		if len(msgs) == 0 {
			break
		}
		last, err := strconv.ParseUint(said(msgs[len(msgs)-1], "Nats-Sequence"), 10, 64)
		if err != nil {
			return nil, err
		}
		all, next = append(all, msgs...), last+1
	}
	return all, nil
}
