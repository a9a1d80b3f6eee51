package queue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
)

// draining drains until stop, which returns what Drain returned.
func draining(q *Queue, nations []pipeline.Nation, parallel int, work func(context.Context, pipeline.Fact) error) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Drain(ctx, nations, parallel, "deliver", work) }()
	return func() error { cancel(); return <-ended }
}

// settled waits until the consumers of a drain know of n chunks that wait: the server tells them a
// moment after it stored a message.
func settled(t fataler, q *Queue, n uint64) {
	t.Helper()
	for waiting := uint64(0); waiting != n; {
		waiting = 0
		consumers := q.stream[StreamDelivery].ListConsumers(context.Background())
		for c := range consumers.Info() {
			if strings.HasPrefix(c.Name, "deliver-") {
				waiting += c.NumPending
			}
		}
		must(t, consumers.Err())
	}
}

func TestFlashOvertakes(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	routine := newRef()
	for i := range 10 {
		must(t, q.Publish(ctx, chunk(t, pipeline.Routine, pipeline.Nations()[i%5], routine, i+1)))
	}
	worked, goOn := make(chan pipeline.Precedence), make(chan struct{})
	stop := draining(q, pipeline.Nations(), 1, func(_ context.Context, c pipeline.Fact) error {
		worked <- c.Precedence
		<-goOn
		return nil
	})
	next := func() pipeline.Precedence { p := <-worked; return p }
	if p := next(); p != pipeline.Routine {
		t.Fatal(p)
	}
	// While the first is in hand, chunks of every precedence come, the highest last.
	for i, p := range []pipeline.Precedence{pipeline.Priority, pipeline.Immediate, pipeline.Flash} {
		must(t, q.Publish(ctx, chunk(t, p, pipeline.USA, newRef(), i+1)))
	}
	settled(t, q, 9+3)
	for _, want := range []pipeline.Precedence{pipeline.Flash, pipeline.Immediate, pipeline.Priority, pipeline.Routine} {
		goOn <- struct{}{}
		if p := next(); p != want {
			t.Errorf("%s is worked on before %s", p, want)
		}
	}
	for range 8 {
		goOn <- struct{}{}
		next()
	}
	goOn <- struct{}{}
	must(t, stop())
}

// With one pair of hands, chunks that are queued are worked on in order of precedence, each once.
func TestDrainOrder(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	begun, goOn := make(chan pipeline.Fact), make(chan struct{})
	stop := draining(q, pipeline.Nations(), 1, func(_ context.Context, c pipeline.Fact) error {
		begun <- c
		<-goOn
		return nil
	})
	rapid.Check(t, func(t *rapid.T) {
		must(t, q.Publish(ctx, chunk(t, pipeline.Flash, pipeline.CAN, newRef(), 1)))
		<-begun // the hands are full while the others are queued
		ps := rapid.SliceOfN(rapid.SampledFrom(pipeline.Precedences()), 1, 8).Draw(t, "precedences")
		ref := newRef()
		for i, p := range ps {
			nation := rapid.SampledFrom(pipeline.Nations()).Draw(t, "nation")
			must(t, q.Publish(ctx, chunk(t, p, nation, ref, i+1)))
		}
		settled(t, q, uint64(len(ps)))
		var got []pipeline.Precedence
		for range ps {
			goOn <- struct{}{}
			c := <-begun
			if got = append(got, c.Precedence); c.Ref != ref {
				t.Fatalf("%s is worked on twice", c.Subject())
			}
		}
		goOn <- struct{}{}
		slices.SortStableFunc(ps, func(a, b pipeline.Precedence) int {
			return slices.Index(pipeline.Precedences(), a) - slices.Index(pipeline.Precedences(), b)
		})
		if !slices.Equal(got, ps) {
			t.Fatalf("worked on in the order %v, not %v", got, ps)
		}
	})
	must(t, stop())
}

// While chunks of every lower precedence hang, there is a place for an immediate one, and for a flash behind that.
func TestPlacesAreKeptForWhatIsUrgent(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	begun, hang := make(chan pipeline.Precedence), make(chan struct{})
	stop := draining(q, pipeline.Nations(), 3, func(_ context.Context, c pipeline.Fact) error {
		begun <- c.Precedence
		<-hang
		return nil
	})
	for _, want := range []pipeline.Precedence{pipeline.Routine, pipeline.Immediate, pipeline.Flash} {
		ref := newRef()
		for i := range 3 {
			must(t, q.Publish(ctx, chunk(t, want, pipeline.NZL, ref, i+1)))
		}
		for p := pipeline.Precedence(""); p != want; {
			select {
			case p = <-begun:
			case <-time.After(20 * time.Second):
				t.Fatalf("no place for %s", want)
			}
		}
	}
	close(hang)
	go func() {
		for range begun { // what was waiting
		}
	}()
	must(t, stop())
	close(begun)
}

func TestDrainWakes(t *testing.T) {
	q := newQueue(t, func(c *Config) { c.Retries.Poll = time.Hour })
	worked := make(chan int, 1)
	stop := draining(q, pipeline.Nations(), 3, func(_ context.Context, c pipeline.Fact) error {
		worked <- c.Chunk
		return nil
	})
	for i := range 20 { // each published when the one before is done, so that all hands are idle
		must(t, q.Publish(context.Background(), chunk(t, pipeline.Routine, pipeline.NZL, newRef(), i+1)))
		if n := <-worked; n != i+1 {
			t.Errorf("chunk %d", n)
		}
	}
	must(t, stop())
}

func TestDrainOutcomes(t *testing.T) {
	q, ctx, ref := newQueue(t), context.Background(), newRef()
	var mu sync.Mutex
	calls := map[int]int{}
	acked := make(chan string, 20)
	q.step = func(s, subject string) error {
		if s == stepAcked {
			acked <- subject
		}
		return nil
	}
	for i := range 4 {
		must(t, q.Publish(ctx, chunk(t, pipeline.Priority, pipeline.GBR, ref, i+1)))
	}
	must(t, q.Publish(ctx, chunk(t, pipeline.Flash, pipeline.USA, ref, 1))) // not ours
	mended := false
	stop := draining(q, []pipeline.Nation{pipeline.GBR, pipeline.NZL}, 2, func(_ context.Context, c pipeline.Fact) error {
		mu.Lock()
		defer mu.Unlock()
		calls[c.Chunk]++
		switch {
		case c.Nation != pipeline.GBR:
			panic("another nation's")
		case c.Chunk == 2 && calls[2] < 6:
			return &pipeline.Retry{After: time.Millisecond, Err: errors.New("450 later")}
		case c.Chunk == 3 && !mended:
			return &pipeline.Permanent{Reason: "no relay"}
		case c.Chunk == 4:
			return errors.New("unknown")
		}
		return nil
	})
	for range 4 {
		<-acked
	}
	parked := factsOf(t, q, "bulletin.*.*.parked.>")
	if len(parked) != 2 {
		t.Fatalf("%d parked", len(parked))
	}
	subject := chunk(t, pipeline.Priority, pipeline.GBR, ref, 3).Subject()
	mu.Lock()
	mended = true
	if calls[1] != 1 || calls[2] != 6 || calls[3] != 1 || calls[4] != 3 {
		t.Errorf("calls %v", calls)
	}
	mu.Unlock()
	retried := fact(t, pipeline.Retried, ref, pipeline.RetriedBody{Worker: "deliver", Subject: subject, Person: "ann"})
	retried.Ordinal = 1
	must(t, q.Publish(ctx, retried))
	if s := <-acked; s != retried.Subject() {
		t.Errorf("%s was acknowledged", s)
	}
	must(t, stop())
	if calls[3] != 2 {
		t.Errorf("the chunk set going again was worked on %d times", calls[3])
	}
}

// Chunks that people set going again wait for the turn of their precedence.
func TestRetriedChunksKeepTheirPrecedence(t *testing.T) {
	q, ctx, ref := newQueue(t), context.Background(), newRef()
	c := chunk(t, pipeline.Routine, pipeline.CAN, ref, 1)
	must(t, q.Publish(ctx, c))
	run, cancel := context.WithCancel(ctx)
	q.step = func(s, _ string) error {
		if s == stepAcked {
			cancel()
		}
		return nil
	}
	must(t, q.Drain(run, pipeline.Nations(), 1, "deliver", func(context.Context, pipeline.Fact) error { return &pipeline.Permanent{Reason: "no"} }))
	q.step = nil
	retried := fact(t, pipeline.Retried, ref, pipeline.RetriedBody{Worker: "deliver", Subject: c.Subject(), Person: "ann"})
	retried.Ordinal = 1
	must(t, q.Publish(ctx, retried, chunk(t, pipeline.Flash, pipeline.CAN, newRef(), 1)))
	worked := make(chan pipeline.Precedence, 2)
	stop := draining(q, pipeline.Nations(), 1, func(_ context.Context, c pipeline.Fact) error { worked <- c.Precedence; return nil })
	if a, b := <-worked, <-worked; a != pipeline.Flash || b != pipeline.Routine {
		t.Errorf("%s, then %s", a, b)
	}
	must(t, stop())
}

// A drain is abandoned in the middle; another over the same store does all chunks.
func TestDrainKilled(t *testing.T) {
	for _, step := range []string{stepFetched, stepWorked} {
		q, ctx, ref := newQueue(t), context.Background(), newRef()
		for i := range 6 {
			must(t, q.Publish(ctx, chunk(t, pipeline.Routine, pipeline.AUS, ref, i+1)))
		}
		var passed atomic.Int64
		q.step = func(s, _ string) error {
			if s == step && passed.Add(1) == 3 {
				return errAbandoned
			}
			return nil
		}
		settle := func(ctx context.Context, c pipeline.Fact) error {
			c.Name, c.Precedence = pipeline.Settled, ""
			return q.Publish(ctx, c)
		}
		if err := q.Drain(ctx, pipeline.Nations(), 2, "deliver", settle); !errors.Is(err, errAbandoned) {
			t.Fatal(err)
		}
		q.step = nil
		stop := draining(q, pipeline.Nations(), 2, settle)
		await(t, q, pipeline.Settled, 6)
		must(t, stop())
		onceEach(t, factsOf(t, q, "delivery.>"), 12)
	}
}
