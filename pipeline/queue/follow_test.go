package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"bulletin/pipeline"
)

// However often following stops and goes on, every entry of every stream comes once, in order,
// those published meanwhile too.
func TestFollowResumes(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	total := 0
	publish := func(t fataler, n int) {
		for range n {
			ref := newRef()
			receipt := fact(t, pipeline.Receipt, ref, 1)
			receipt.Nation, receipt.Chunk, receipt.Part, receipt.Ordinal = pipeline.AUS, 1, 1, 1
			must(t, q.Publish(ctx, fact(t, pipeline.Approved, ref, 1), chunk(t, pipeline.Flash, pipeline.AUS, ref, 1), receipt))
			total += 3
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		at := Positions{}
		seen := 0
		for seen < total || seen == 0 {
			publish(t, rapid.IntRange(0, 2).Draw(t, "new")+1)
			stop := seen + rapid.IntRange(1, max(1, total-seen)).Draw(t, "stop")
			from := Positions{}
			for k, v := range at {
				from[k] = v
			}
			err := q.Follow(ctx, Streams(), from, func(e Entry) error {
				if e.Seq != at[e.Stream]+1 || e.Err != nil || e.Fact.Subject() != e.Subject || e.Time.IsZero() {
					t.Fatalf("after %d: %+v", at[e.Stream], e)
				}
				at[e.Stream] = e.Seq
				if seen++; seen == stop {
					return errEnough
				}
				return nil
			})
			if !errors.Is(err, errEnough) {
				t.Fatalf("%v", err)
			}
			if seen > 30 {
				return
			}
		}
	})
}

func TestFollowEnds(t *testing.T) {
	q := newQueue(t)
	ctx, cancel := context.WithCancel(context.Background())
	must(t, q.Publish(ctx, fact(t, pipeline.Approved, newRef(), 1)))
	must(t, q.Follow(ctx, Streams(), nil, func(Entry) error { cancel(); return nil }))
}

func TestFollowShowsWhatIsNoFact(t *testing.T) {
	q := newQueue(t)
	_, err := q.js.Publish(context.Background(), "bulletin.x", []byte("noise"))
	must(t, err)
	err = q.Follow(context.Background(), Streams(), nil, func(e Entry) error {
		if e.Err == nil || string(e.Data) != "noise" || e.Fact.Name != "" {
			t.Errorf("%+v", e)
		}
		return errEnough
	})
	if !errors.Is(err, errEnough) {
		t.Error(err)
	}
}

// The streams refuse that anything is taken out of them.
func TestHistoryIsNotEdited(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	f := fact(t, pipeline.Approved, newRef(), 1)
	must(t, q.Publish(ctx, f))
	if err := q.stream[StreamFacts].DeleteMsg(ctx, 1); err == nil {
		t.Error("a message was deleted")
	}
	if err := q.stream[StreamFacts].Purge(ctx); err == nil {
		t.Error("a stream was purged")
	}
	_, err := q.Fact(ctx, f.Subject())
	must(t, err)
}

func TestDocuments(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	for _, data := range [][]byte{{}, []byte("x"), bytes.Repeat([]byte("page "), 400_000)} {
		digest, err := q.Put(ctx, data)
		must(t, err)
		before := storeSize(t, q)
		again, err := q.Put(ctx, data)
		must(t, err)
		if digest != again || digest != pipeline.DigestOf(data) || storeSize(t, q) != before {
			t.Errorf("put again: %s, %s", digest, again)
		}
		got, err := q.Get(ctx, digest)
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d octets came back as %d: %v", len(data), len(got), err)
		}
	}
	if _, err := q.Get(ctx, pipeline.DigestOf([]byte("never stored"))); !errors.Is(err, pipeline.ErrNotFound) {
		t.Error(err)
	}
}

func storeSize(t *testing.T, q *Queue) uint64 {
	t.Helper()
	s, err := q.docs.Status(context.Background())
	must(t, err)
	return s.Size()
}

func TestPutConcurrently(t *testing.T) {
	q, data := newQueue(t), bytes.Repeat([]byte("page "), 100_000)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			digest, err := q.Put(context.Background(), data)
			if err == nil {
				_, err = q.Get(context.Background(), digest)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	must(t, errors.Join(errs...))
}

// A document whose bytes are not those that its digest names is never returned.
func TestDocumentMismatch(t *testing.T) {
	q, ctx := newQueue(t), context.Background()
	digest := pipeline.DigestOf([]byte("approved"))
	_, err := q.docs.PutBytes(ctx, string(digest), []byte("replaced"))
	must(t, err)
	if got, err := q.Get(ctx, digest); err == nil || got != nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("%q, %v", got, err)
	}
	other, err := q.Put(ctx, bytes.Repeat([]byte("x"), 300_000)) // one chunk of three is lost
	must(t, err)
	s, err := q.js.Stream(ctx, "OBJ_"+documentBucket)
	must(t, err)
	info, err := s.Info(ctx)
	must(t, err)
	must(t, s.DeleteMsg(ctx, info.State.LastSeq-1))
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if got, err := q.Get(short, other); err == nil {
		t.Errorf("a document with a hole came back: %d octets", len(got))
	}
}

func TestExternalServer(t *testing.T) {
	all, _ := people(t)
	host := newQueue(t, func(c *Config) { c.Listen, c.People = "127.0.0.1:0", all })
	q, err := Open(context.Background(), Config{URL: host.ClientURL(), Seed: []byte(host.server.seed)})
	must(t, err)
	defer q.Close()
	ref := newRef()
	must(t, q.Publish(context.Background(), fact(t, pipeline.Approved, ref, 1)))
	if n := len(factsOf(t, host, fmt.Sprintf("bulletin.%s.>", ref.ID))); n != 1 {
		t.Errorf("%d facts", n)
	}
	if err := q.SetPeople(nil); err == nil {
		t.Error("the people of an external server were set")
	}
	info, err := host.stream[StreamReceipts].Info(context.Background())
	must(t, err)
	if info.Config.PersistMode != jetstream.AsyncPersistMode {
		t.Error("receipts are synced when embedded")
	}
}
