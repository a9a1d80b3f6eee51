package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bulletin/pipeline"
)

// errAbandoned makes a run leave what it has in hand as a kill would.
var errAbandoned = errors.New("abandoned")

// worker is a pipeline.Worker made of a function.
type worker struct {
	name, consumes string
	closed         bool
	work           func(context.Context, pipeline.Fact) ([]pipeline.Fact, error)
}

func (w worker) Name() string     { return w.name }
func (w worker) Consumes() string { return w.consumes }
func (w worker) FailClosed() bool { return w.closed }
func (w worker) Work(ctx context.Context, f pipeline.Fact) ([]pipeline.Fact, error) {
	return w.work(ctx, f)
}

// fiveMarked is a worker that follows an approved revision with five facts.
func fiveMarked(_ context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	var out []pipeline.Fact
	for _, n := range pipeline.Nations() {
		out = append(out, pipeline.Fact{Name: pipeline.Marked, Ref: in.Ref, Nation: n, By: "mark", Body: in.Body})
	}
	return out, nil
}

// running runs workers until stop, which returns what Run returned.
func running(q *Queue, workers ...pipeline.Worker) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx, workers...) }()
	return func() error { cancel(); return <-ended }
}

// errEnough ends a Follow.
var errEnough = errors.New("enough")

// await follows the streams from their beginning until n facts of a name have come, and returns them.
func await(t fataler, q *Queue, name pipeline.Name, n int) []pipeline.Fact {
	t.Helper()
	got, err := collectFacts(context.Background(), q, nil, map[pipeline.Name]int{name: n})
	if err != nil {
		t.Fatalf("wait for %d %s: %v", n, name, err)
	}
	return got
}

// collectFacts follows the streams from a position until it has seen as many facts of each name as are wanted.
func collectFacts(ctx context.Context, q *Queue, from Positions, wanted map[pipeline.Name]int) (got []pipeline.Fact, err error) {
	left := maps.Clone(wanted)
	err = q.Follow(ctx, Streams(), from, func(e Entry) error {
		if left[e.Fact.Name] > 0 {
			got = append(got, e.Fact)
			left[e.Fact.Name]--
		}
		for _, n := range left {
			if n > 0 {
				return nil
			}
		}
		return errEnough
	})
	if errors.Is(err, errEnough) {
		return got, nil
	}
	return got, errors.Join(err, ctx.Err())
}

func parkedBody(t fataler, f pipeline.Fact) pipeline.ParkedBody {
	t.Helper()
	var b pipeline.ParkedBody
	must(t, f.Decode(&b))
	return b
}

func TestRun(t *testing.T) {
	q := newQueue(t)
	for i := range 50 {
		must(t, q.Publish(context.Background(), fact(t, pipeline.Approved, newRef(), i)))
	}
	stop := running(q,
		worker{name: "mark", consumes: "bulletin.*.*.approved", work: fiveMarked},
		worker{name: "render", consumes: "bulletin.*.*.marked.*", work: func(_ context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
			in.Name, in.By = pipeline.Rendered, "render"
			return []pipeline.Fact{in}, nil
		}})
	await(t, q, pipeline.Rendered, 250)
	must(t, stop())
	if n := len(factsOf(t, q, "bulletin.>")); n != 50+250+250 {
		t.Errorf("%d facts", n)
	}
}

func onceEach(t fataler, facts []pipeline.Fact, want int) {
	t.Helper()
	seen := map[string]bool{}
	for _, f := range facts {
		if seen[f.Subject()] {
			t.Fatalf("%s is there twice", f.Subject())
		}
		seen[f.Subject()] = true
	}
	if len(seen) != want {
		t.Fatalf("%d facts on record, not %d", len(seen), want)
	}
}

func TestOutcomes(t *testing.T) {
	down := errors.New("secret detail")
	for name, tc := range map[string]struct {
		closed bool
		work   func(attempt int) ([]pipeline.Fact, error)
		calls  int    // how often it works on the fact
		reason string // of the parked fact; empty if it is done
	}{
		"done":      {false, func(int) ([]pipeline.Fact, error) { return nil, nil }, 1, ""},
		"permanent": {false, func(int) ([]pipeline.Fact, error) { return nil, &pipeline.Permanent{Reason: "no glyph", Err: down} }, 1, "no glyph"},
		"wrapped permanent": {false, func(int) ([]pipeline.Fact, error) {
			return nil, fmt.Errorf("x: %w", &pipeline.Permanent{Reason: "no glyph"})
		}, 1, "no glyph"},
		"unknown":         {false, func(int) ([]pipeline.Fact, error) { return nil, down }, 3, "failed 3 times"},
		"unknown, mends":  {false, func(n int) ([]pipeline.Fact, error) { return nil, map[bool]error{true: down}[n < 3] }, 3, ""},
		"unknown, closed": {true, func(int) ([]pipeline.Fact, error) { return nil, down }, 1, "fails closed"},
		"panic":           {false, func(int) ([]pipeline.Fact, error) { panic("secret detail") }, 1, "panic"},
		"panic, closed":   {true, func(int) ([]pipeline.Fact, error) { panic(down) }, 1, "panic"},
		"retry": {true, func(n int) ([]pipeline.Fact, error) {
			if n < 9 { // more often than unknown errors may come
				return nil, &pipeline.Retry{After: time.Duration(n%2) * time.Millisecond, Err: down}
			}
			return nil, nil
		}, 9, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			q := newQueue(t, func(c *Config) { c.Log = logTo(&log) })
			in := fact(t, pipeline.Approved, newRef(), 1)
			must(t, q.Publish(context.Background(), in))
			var calls atomic.Int64
			acked := make(chan struct{})
			q.step = func(s, _ string) error {
				if s == stepAcked {
					close(acked)
				}
				return nil
			}
			stop := running(q, worker{"w", "bulletin.*.*.approved", tc.closed, func(context.Context, pipeline.Fact) ([]pipeline.Fact, error) {
				return tc.work(int(calls.Add(1)))
			}})
			<-acked
			must(t, stop())
			if n := int(calls.Load()); n != tc.calls {
				t.Errorf("worked %d times, not %d", n, tc.calls)
			}
			parked := factsOf(t, q, "bulletin.*.*.parked.>")
			if tc.reason == "" {
				if len(parked) != 0 {
					t.Errorf("parked: %s", parked[0].Body)
				}
				return
			}
			if len(parked) != 1 {
				t.Fatalf("%d parked", len(parked))
			}
			b := parkedBody(t, parked[0])
			if b.Worker != "w" || b.Subject != in.Subject() || !strings.Contains(b.Reason, tc.reason) || strings.Contains(b.Reason, "secret") {
				t.Errorf("parked: %+v", b)
			}
			if strings.HasPrefix(name, "panic") {
				if strings.Contains(log.String(), "secret") || !strings.Contains(log.String(), "runner_test.go") {
					t.Errorf("the log of a panic has what was thrown, or lacks the stack:\n%s", log.String())
				}
			}
		})
	}
}

func TestConflictParks(t *testing.T) {
	q, ctx, ref := newQueue(t), context.Background(), newRef()
	marked := fact(t, pipeline.Marked, ref, "other")
	marked.Nation = pipeline.CAN
	must(t, q.Publish(ctx, marked, fact(t, pipeline.Approved, ref, 1)))
	stop := running(q, worker{name: "mark", consumes: "bulletin.*.*.approved", work: fiveMarked})
	b := parkedBody(t, await(t, q, pipeline.Parked, 1)[0])
	must(t, stop())
	if !strings.Contains(b.Reason, marked.Subject()) {
		t.Errorf("reason %q", b.Reason)
	}
}

// What stands on a subject and is no fact is parked where people see it, and holds up nothing else.
func TestPoisonedMessages(t *testing.T) {
	q, ref := newQueue(t), newRef()
	moved := fact(t, pipeline.Approved, newRef(), 1)
	data, err := q.message(moved)
	must(t, err)
	for subject, body := range map[string]string{
		fmt.Sprintf("bulletin.%s.1.approved", ref.ID): "not JSON",
		fmt.Sprintf("bulletin.%s.2.approved", ref.ID): string(data.Data), // a fact of another bulletin
		"bulletin.nonsense":                           "{}",
	} {
		_, err := q.js.Publish(context.Background(), subject, []byte(body))
		must(t, err)
	}
	must(t, q.Publish(context.Background(), fact(t, pipeline.Approved, newRef(), 1)))
	stop := running(q, worker{name: "mark", consumes: "bulletin.>", work: func(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
		if in.Name != pipeline.Approved {
			return nil, nil
		}
		return fiveMarked(ctx, in)
	}})
	_, err = collectFacts(context.Background(), q, nil, map[pipeline.Name]int{pipeline.Marked: 5, pipeline.Parked: 2})
	must(t, err)
	must(t, stop())
	if _, _, err := q.Facts(context.Background(), fmt.Sprintf("bulletin.%s.>", ref.ID)); err == nil {
		t.Error("facts of a bulletin with a message that is no fact are returned as if all were well")
	}
}

// Parked work goes on by a retried fact, and is parked anew if it fails again; a message that comes
// again, as after a kill, does not set it going.
func TestParkedAndRetried(t *testing.T) {
	dir, ctx, ref := t.TempDir(), context.Background(), newRef()
	in := fact(t, pipeline.Approved, ref, 1)
	var calls atomic.Int64
	w := worker{name: "mark", consumes: "bulletin.*.*.approved", work: func(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
		if calls.Add(1) < 3 {
			return nil, &pipeline.Permanent{Reason: "not yet"}
		}
		return fiveMarked(ctx, in)
	}}
	retried := func(ordinal int, worker string) pipeline.Fact {
		f := fact(t, pipeline.Retried, ref, pipeline.RetriedBody{Worker: worker, Subject: in.Subject(), Person: "ann"})
		f.Ordinal = ordinal
		return f
	}
	q := openQueue(t, settings(dir))
	must(t, q.Publish(ctx, in))
	// Killed after parking, before the acknowledgement: it comes again and is left alone.
	q.step = func(s, _ string) error {
		if s == stepParked {
			return errAbandoned
		}
		return nil
	}
	if err := q.Run(ctx, w); !errors.Is(err, errAbandoned) {
		t.Fatal(err)
	}
	must(t, q.Close())
	q = openQueue(t, settings(dir))
	defer q.Close()
	acked := make(chan string, 10)
	q.step = func(s, subject string) error {
		if s == stepAcked {
			acked <- subject
		}
		return nil
	}
	stop := running(q, w)
	if subject := <-acked; subject != in.Subject() || calls.Load() != 1 {
		t.Errorf("%s acknowledged, worked %d times", subject, calls.Load())
	}
	must(t, q.Publish(ctx, retried(1, "render"))) // of another worker
	<-acked
	must(t, q.Publish(ctx, retried(2, "mark")))
	<-acked
	if n := len(factsOf(t, q, "bulletin.*.*.parked.>")); n != 2 || calls.Load() != 2 {
		t.Errorf("%d parked, worked %d times", n, calls.Load())
	}
	must(t, q.Publish(ctx, retried(3, "mark")))
	<-acked
	must(t, stop())
	onceEach(t, factsOf(t, q, "bulletin.>"), 1+2+3+5)
	if calls.Load() != 3 {
		t.Errorf("worked %d times", calls.Load())
	}
}

// Several workers park in one revision at the same time: each gets an ordinal of its own.
func TestParkConcurrently(t *testing.T) {
	q, ref := newQueue(t), newRef()
	must(t, q.Publish(context.Background(), fact(t, pipeline.Approved, ref, 1)))
	var workers []pipeline.Worker
	for i := range 8 {
		workers = append(workers, worker{name: fmt.Sprint("w", i), consumes: "bulletin.*.*.approved", work: func(context.Context, pipeline.Fact) ([]pipeline.Fact, error) {
			return nil, &pipeline.Permanent{Reason: "no"}
		}})
	}
	stop := running(q, workers...)
	await(t, q, pipeline.Parked, 8)
	must(t, stop())
	onceEach(t, factsOf(t, q, "bulletin.*.*.parked.>"), 8)
}

// Work that takes longer than AckWait is not handed out a second time, nor is what waits behind it.
func TestLongWorkIsRenewed(t *testing.T) {
	q := newQueue(t)
	beats := make(chan struct{}, 100)
	q.beat = func() {
		select {
		case beats <- struct{}{}:
		default:
		}
	}
	for i := range 3 {
		must(t, q.Publish(context.Background(), fact(t, pipeline.Approved, newRef(), i)))
	}
	var calls atomic.Int64
	stop := running(q, worker{name: "mark", consumes: "bulletin.*.*.approved", work: func(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
		calls.Add(1)
		for range 5 { // beats come three to each AckWait
			<-beats
		}
		return fiveMarked(ctx, in)
	}})
	await(t, q, pipeline.Marked, 15)
	must(t, stop())
	if n := calls.Load(); n != 3 {
		t.Errorf("worked %d times on 3 facts", n)
	}
}

// The end of a run lets the work in hand be finished, and gives back what was not begun.
func TestRunEndsGracefully(t *testing.T) {
	q := newQueue(t)
	for i := range 5 {
		must(t, q.Publish(context.Background(), fact(t, pipeline.Approved, newRef(), i)))
	}
	begun, goOn := make(chan struct{}, 5), make(chan struct{})
	w := worker{name: "mark", consumes: "bulletin.*.*.approved", work: func(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
		begun <- struct{}{}
		<-goOn
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return fiveMarked(ctx, in)
	}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- q.Run(ctx, w) }()
	<-begun
	cancel()
	close(goOn)
	must(t, <-ended)
	if n := len(factsOf(t, q, "bulletin.*.*.marked.>")); n != 5 {
		t.Errorf("%d marked: the work in hand was not finished, or more was begun", n)
	}
	stop := running(q, w)
	await(t, q, pipeline.Marked, 25)
	must(t, stop())
}

func TestRunRefuses(t *testing.T) {
	q := newQueue(t)
	if err := q.Run(context.Background(), worker{name: "x", consumes: "nowhere.>"}); err == nil {
		t.Error("a worker that consumes what no stream holds")
	}
	if err := q.Run(context.Background(), worker{name: "a.b", consumes: "bulletin.>"}); err == nil {
		t.Error("a worker whose name cannot be a consumer's")
	}
}

func TestBackoff(t *testing.T) {
	r := Retries{Base: time.Second, Max: 10 * time.Second}
	for failures, want := range []time.Duration{1, 1, 2, 4, 8, 10, 10} {
		for range 100 {
			if d := r.backoff(failures); d < want*time.Second/2 || d > want*time.Second {
				t.Errorf("after %d failures %s", failures, d)
			}
		}
	}
}
