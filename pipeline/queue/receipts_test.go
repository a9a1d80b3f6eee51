package queue

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
	on chan struct{} // something was written
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.on <- struct{}{}:
	default:
	}
	return l.b.Write(p)
}

func (l *lockedBuffer) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.b.String(), text)
}

// The store is away while receipts are on their way: nothing of them is lost, and none is there twice.
func TestReceiptsOutliveAnOutage(t *testing.T) {
	log := &lockedBuffer{on: make(chan struct{}, 1)}
	q, ctx, ref := newQueue(t, func(c *Config) { c.Log = logTo(log) }), context.Background(), newRef()
	receipt := func(part int) pipeline.Fact {
		f := fact(t, pipeline.Receipt, ref, part)
		f.Nation, f.Chunk, f.Part, f.Ordinal = pipeline.NZL, 1, part, 1
		return f
	}
	must(t, q.js.DeleteStream(ctx, StreamReceipts))
	batch := q.Receipts()
	for part := range 5 {
		must(t, batch.Publish(receipt(part+1)))
	}
	ended, end := context.WithCancel(ctx)
	end()
	if err := batch.Flush(ended); err == nil {
		t.Fatal("flushed what nobody took")
	}
	flushed := make(chan error, 1)
	go func() { flushed <- batch.Flush(ctx) }()
	for !log.has("receipts are not stored yet") {
		<-log.on
	}
	must(t, q.openStreams(ctx))
	must(t, <-flushed)
	onceEach(t, factsOf(t, q, "receipt.>"), 5)
}

// What another process has gone on with is neither acknowledged nor given back: the server would take it from that one.
func TestWhatIsElsewhereIsLeftThere(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	must(t, q.Publish(ctx, chunk(t, pipeline.Routine, pipeline.AUS, newRef(), 1)))
	c, err := q.consumer(ctx, laneOf("deliver", pipeline.Routine, pipeline.AUS))
	must(t, err)
	msgs, err := fetch(ctx, c)
	must(t, err)
	s := q.newStation("deliver", false, func(context.Context, pipeline.Fact) ([]pipeline.Fact, error) {
		return nil, fmt.Errorf("settle: %w", pipeline.ErrElsewhere)
	})
	s.back = func() { t.Error("it is waited for") }
	must(t, s.handle(ctx, msgs[0], s.original))
	must(t, q.nc.Flush())
	if info, err := c.Info(ctx); err != nil || info.NumAckPending != 1 || info.NumRedelivered != 0 {
		t.Errorf("%+v, %v; want it in hand as before", info, err)
	}
}

// The server hands out again what is still in hand here, as after an outage: it is not begun a second time.
func TestWhatIsInHandIsNotBegunTwice(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	must(t, q.Publish(ctx, chunk(t, pipeline.Routine, pipeline.AUS, newRef(), 1)))
	c, err := q.consumer(ctx, laneOf("deliver", pipeline.Routine, pipeline.AUS))
	must(t, err)
	begun, goOn := make(chan struct{}), make(chan struct{})
	var times atomic.Int64
	s := q.newStation("deliver", false, func(context.Context, pipeline.Fact) ([]pipeline.Fact, error) {
		times.Add(1)
		close(begun)
		<-goOn
		return nil, nil
	})
	take := func() jetstream.Msg {
		msgs, err := fetch(ctx, c)
		must(t, err)
		return msgs[0]
	}
	first := take()
	var inHand sync.WaitGroup
	inHand.Go(func() { must(t, s.handle(ctx, first, s.original)) })
	<-begun
	again := take() // AckWait has passed
	must(t, s.handle(ctx, again, s.original))
	close(goOn)
	inHand.Wait()
	if n := times.Load(); n != 1 {
		t.Errorf("begun %d times", n)
	}
}
