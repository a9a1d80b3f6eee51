package queue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
)

var testKey = bytes.Repeat([]byte("k"), minStoreKey)

// settings are the configuration of tests: everything that waits waits for milliseconds.
func settings(dir string) Config {
	return Config{
		Dir: dir, StoreKey: testKey,
		Retries: Retries{Attempts: 3, Base: time.Millisecond, Max: 4 * time.Millisecond, AckWait: 150 * time.Millisecond, Poll: 20 * time.Millisecond, Grace: 10 * time.Second},
	}
}

// fataler is what testing.T, testing.B and rapid.T have in common.
type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func openQueue(t fataler, c Config) *Queue {
	t.Helper()
	q, err := Open(context.Background(), c)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return q
}

// newQueue is a queue for one test.
func newQueue(t testing.TB, change ...func(*Config)) *Queue {
	t.Helper()
	c := settings(t.TempDir())
	for _, f := range change {
		f(&c)
	}
	q := openQueue(t, c)
	t.Cleanup(func() { must(t, q.Close()) })
	return q
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func fact(t fataler, name pipeline.Name, ref pipeline.Ref, body any) pipeline.Fact {
	t.Helper()
	f, err := pipeline.NewFact(name, ref, "test", body)
	must(t, err)
	return f
}

func newRef() pipeline.Ref { return pipeline.Ref{ID: pipeline.NewID(), Revision: 1} }

func chunk(t fataler, p pipeline.Precedence, n pipeline.Nation, ref pipeline.Ref, number int) pipeline.Fact {
	t.Helper()
	f := fact(t, pipeline.Chunk, ref, struct{}{})
	f.Precedence, f.Nation, f.Chunk = p, n, number
	return f
}

func factsOf(t fataler, q *Queue, filter string) []pipeline.Fact {
	t.Helper()
	facts, _, err := q.Facts(context.Background(), filter)
	must(t, err)
	return facts
}

func logTo(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func TestPublishOnce(t *testing.T) {
	q, ctx, ref := newQueue(t), context.Background(), newRef()
	f := fact(t, pipeline.Submitted, ref, "a")
	must(t, q.Publish(ctx, f))
	f.At = time.Now() // published again after a crash
	must(t, q.Publish(ctx, f))
	other := fact(t, pipeline.Submitted, ref, "b")
	var conflict *pipeline.Conflict
	if err := q.Publish(ctx, other); !errors.As(err, &conflict) || string(conflict.Stored.Body) != `"a"` {
		t.Errorf("another fact on the same subject: %v", err)
	}
	if got := factsOf(t, q, "bulletin.>"); len(got) != 1 || got[0].At.IsZero() {
		t.Errorf("on record: %v", got)
	}
}

func TestPublishRefusesMalformedSubjects(t *testing.T) {
	q := newQueue(t)
	for _, f := range []pipeline.Fact{
		{Name: pipeline.Submitted},
		{Name: pipeline.Submitted, Ref: pipeline.Ref{ID: "*", Revision: 1}},
		{Name: pipeline.Reserved},
		{Name: pipeline.Chunk, Ref: newRef()},
	} {
		if err := q.Publish(context.Background(), f); err == nil {
			t.Errorf("published on %q", f.Subject())
		}
	}
}

func TestClockStampsFacts(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	q := newQueue(t, func(c *Config) { c.Clock = func() time.Time { return at } })
	f := fact(t, pipeline.Submitted, newRef(), 1)
	must(t, q.Publish(context.Background(), f))
	if got, err := q.Fact(context.Background(), f.Subject()); err != nil || !got.At.Equal(at) {
		t.Errorf("at %v, %v", got.At, err)
	}
}

// Many publish facts at the same time, some the same, some in conflict: each subject ends up with
// one fact, the one whose publishers saw no conflict.
func TestPublishConcurrently(t *testing.T) {
	q := newQueue(t)
	rapid.Check(t, func(t *rapid.T) {
		ref := newRef()
		bodies := rapid.SliceOfN(rapid.IntRange(0, 2), 2, 12).Draw(t, "bodies")
		errs := make([]error, len(bodies))
		var wg sync.WaitGroup
		for i, b := range bodies {
			f := fact(t, pipeline.Approved, ref, b)
			wg.Go(func() { errs[i] = q.Publish(context.Background(), f) })
		}
		wg.Wait()
		got := factsOf(t, q, fmt.Sprintf("bulletin.%s.>", ref.ID))
		if len(got) != 1 {
			t.Fatalf("%d facts on record", len(got))
		}
		for i, b := range bodies {
			won := string(got[0].Body) == fmt.Sprint(b)
			var conflict *pipeline.Conflict
			if won != (errs[i] == nil) || won == errors.As(errs[i], &conflict) {
				t.Fatalf("stored %s; publisher of %d got %v", got[0].Body, b, errs[i])
			}
		}
	})
}

// Of people who decide at the same time, after seeing the same, exactly one wins.
func TestDecideOneWins(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	rapid.Check(t, func(t *rapid.T) {
		ref := newRef()
		must(t, q.Publish(ctx, fact(t, pipeline.Submitted, ref, 1)))
		_, last, err := q.Facts(ctx, fmt.Sprintf("bulletin.%s.>", ref.ID))
		must(t, err)
		names := rapid.SliceOfNDistinct(rapid.SampledFrom([]pipeline.Name{pipeline.Returned, pipeline.Rejected, pipeline.Approval, pipeline.Approved}), 2, 4, rapid.ID).Draw(t, "names")
		errs := make([]error, len(names))
		var wg sync.WaitGroup
		for i, name := range names {
			f := fact(t, name, ref, 1)
			wg.Go(func() { _, errs[i] = q.Decide(ctx, last, f) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, pipeline.ErrMoved) {
				t.Fatalf("a loser got %v", err)
			}
		}
		if n := len(factsOf(t, q, fmt.Sprintf("bulletin.%s.>", ref.ID))); won != 1 || n != 2 {
			t.Fatalf("%d won, %d facts", won, n)
		}
	})
}

func TestDecide(t *testing.T) {
	q, ctx, ref := newQueue(t), context.Background(), newRef()
	submitted := fact(t, pipeline.Submitted, ref, 1)
	first, err := q.Decide(ctx, 0, submitted)
	must(t, err)
	if _, err := q.Decide(ctx, 0, submitted); err != nil {
		t.Errorf("the same decision again, as after a lost answer: %v", err)
	}
	approval, approved := fact(t, pipeline.Approval, ref, "x"), fact(t, pipeline.Approved, ref, "y")
	approval.Ordinal = 1
	if _, err := q.Decide(ctx, first+7, approval); !errors.Is(err, pipeline.ErrMoved) {
		t.Errorf("a position that never was: %v", err)
	}
	second, err := q.Decide(ctx, first, approval, approved)
	must(t, err)
	facts, last, err := q.Facts(ctx, fmt.Sprintf("bulletin.%s.>", ref.ID))
	must(t, err)
	if len(facts) != 3 || last != second {
		t.Errorf("%d facts, last %d, want %d", len(facts), last, second)
	}
	// Up to date, but the very decision has been taken with other content.
	approval.By = "someone else"
	var conflict *pipeline.Conflict
	if _, err := q.Decide(ctx, last, approval); !errors.As(err, &conflict) {
		t.Errorf("a second decision on the same subject: %v", err)
	}
}

func TestReceipts(t *testing.T) {
	q, ctx, ref := newQueue(t), context.Background(), newRef()
	var all []pipeline.Fact
	for i := range 300 {
		f := fact(t, pipeline.Receipt, ref, i)
		f.Nation, f.Chunk, f.Part, f.Ordinal = pipeline.NZL, 1, i+1, 1
		all = append(all, f)
	}
	must(t, receive(ctx, q, all[:100]...))
	must(t, receive(ctx, q, all...)) // the first hundred again
	if got := factsOf(t, q, fmt.Sprintf("receipt.NZL.%s.1.1.>", ref.ID)); len(got) != 300 {
		t.Errorf("%d receipts", len(got))
	}
	all[7].Body = []byte(`"other"`)
	var conflict *pipeline.Conflict
	mine, others := q.Receipts(), q.Receipts()
	must(t, mine.Publish(all[7]))
	must(t, others.Flush(ctx)) // what fails in one batch is nobody else's
	if err := mine.Flush(ctx); !errors.As(err, &conflict) {
		t.Errorf("a receipt with other content: %v", err)
	}
	must(t, mine.Flush(ctx))
}

// receive publishes receipts as one batch.
func receive(ctx context.Context, q *Queue, facts ...pipeline.Fact) error {
	batch := q.Receipts()
	for _, f := range facts {
		if err := batch.Publish(f); err != nil {
			return err
		}
	}
	return batch.Flush(ctx)
}

// Facts come in the order of the stream, over as many pages as needed.
func TestFactsPages(t *testing.T) {
	q, ctx, ref := newQueue(t), context.Background(), newRef()
	var all []pipeline.Fact
	for i := range 2*page + 3 {
		f := fact(t, pipeline.Receipt, ref, i)
		f.Nation, f.Chunk, f.Part, f.Ordinal = pipeline.AUS, 1+i%2, i+1, 1
		all = append(all, f)
	}
	must(t, receive(ctx, q, all...))
	for filter, want := range map[string]int{"receipt.>": len(all), fmt.Sprintf("receipt.AUS.%s.1.2.>", ref.ID): len(all) / 2, "receipt.NZL.>": 0, all[5].Subject(): 1} {
		got := factsOf(t, q, filter)
		if len(got) != want {
			t.Errorf("%s: %d facts, want %d", filter, len(got), want)
		}
		for i := 1; i < len(got); i++ {
			if got[i].Part <= got[i-1].Part {
				t.Fatalf("%s: out of order at %d", filter, i)
			}
		}
	}
	if _, _, err := q.Facts(ctx, "desk.>"); err == nil {
		t.Error("a filter of no stream is accepted")
	}
}

func TestFactNotFound(t *testing.T) {
	q := newQueue(t)
	if _, err := q.Fact(context.Background(), "bulletin.x.1.approved"); !errors.Is(err, pipeline.ErrNotFound) {
		t.Error(err)
	}
	if facts, last, err := q.Facts(context.Background(), "bulletin.x.>"); err != nil || len(facts) != 0 || last != 0 {
		t.Error(facts, last, err)
	}
}

// TestOldStoreTakesNotices: a store that was made before there were notices is widened when it is opened, and
// its facts stay where they were.
func TestOldStoreTakesNotices(t *testing.T) {
	ctx := context.Background()
	c := settings(t.TempDir())
	q := openQueue(t, c)
	old := pipeline.Fact{Name: pipeline.Submitted, Ref: pipeline.Ref{ID: pipeline.NewID(), Revision: 1}, By: "t", Body: []byte("{}")}
	must(t, q.Publish(ctx, old))
	info := q.stream[StreamFacts].CachedInfo().Config
	info.Subjects = []string{"bulletin.>", "number.>"}
	_, err := q.js.UpdateStream(ctx, info)
	must(t, err)
	must(t, q.Close())

	q = openQueue(t, c)
	defer func() { must(t, q.Close()) }()
	notice := pipeline.Fact{Name: pipeline.Noticed, Ref: old.Ref, About: "waiting", Person: "aroha", By: "t", Body: []byte("{}")}
	keys := pipeline.Fact{Name: pipeline.Noticed, About: "keys-2026-11-25", Person: "aroha", By: "t", Body: []byte("{}")}
	must(t, q.Publish(ctx, notice, keys))
	for _, f := range []pipeline.Fact{old, notice, keys} {
		if stored, err := q.Fact(ctx, f.Subject()); err != nil || stored.Identity() != f.Identity() {
			t.Errorf("%s: %+v, %v", f.Subject(), stored, err)
		}
	}
	// A notice changes nothing for who decides.
	_, last, err := q.Facts(ctx, "bulletin."+string(old.Ref.ID)+".>")
	must(t, err)
	returned := pipeline.Fact{Name: pipeline.Returned, Ref: old.Ref, By: "t", Body: []byte("{}")}
	if _, err := q.Decide(ctx, last, returned); err != nil {
		t.Errorf("a decision after a notice: %v", err)
	}
}

// What is decoded the short way is decoded the same as by the library, and nothing is that the library refuses.
func TestFactsAreCutAsTheyAreDecoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := fact(t, pipeline.Receipt, newRef(), 1)
		f.By = rapid.SampledFrom([]string{"deliver", `a,"body":1`, "Ünïcode", ""}).Draw(t, "by")
		f.Body = json.RawMessage(rapid.SampledFrom([]string{`{}`, `{"body":{"body":[1]}}`, `"x,\"body\":"`, `[1,2]`, `null`}).Draw(t, "body"))
		data, err := json.Marshal(f)
		must(t, err)
		if f.Body[0] != 'n' {
			if _, ok := cutFact(data); !ok {
				t.Fatalf("not cut: %s", data)
			}
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			i, j := rapid.IntRange(0, len(data)).Draw(t, "from"), rapid.IntRange(0, 12).Draw(t, "length")
			piece := rapid.SampledFrom([]string{"", "}", "{", `,"body":`, `,"Body":1`, `"`, ",", "1", " "}).Draw(t, "piece")
			data = slices.Concat(data[:i], []byte(piece), data[min(len(data), i+j):])
		}
		var want pipeline.Fact
		refused := json.Unmarshal(data, &want)
		got, ok := cutFact(data)
		if ok && (refused != nil || got.Subject() != want.Subject() || got.Identity() != want.Identity() || !got.At.Equal(want.At)) {
			t.Fatalf("%s\nis cut into %+v\nand decoded into %+v: %v", data, got, want, refused)
		}
	})
}
