package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// onRecord is a store in memory, for tests whose time is not real.
type onRecord struct {
	mu    sync.Mutex
	facts []pipeline.Fact
}

func (o *onRecord) Facts(_ context.Context, filter string) (out []pipeline.Fact, last uint64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i, f := range o.facts {
		if matches(filter, f.Subject()) {
			out, last = append(out, f), uint64(i+1)
		}
	}
	return out, last, nil
}

// matches is how NATS matches: * is one token, > at the end is one or more.
func matches(filter, subject string) bool {
	want, have := strings.Split(filter, "."), strings.Split(subject, ".")
	if end := len(want) - 1; want[end] == ">" && len(have) > end {
		want, have = want[:end], have[:end]
	}
	return slices.EqualFunc(want, have, func(w, h string) bool { return w == "*" || w == h })
}

func (o *onRecord) Fact(ctx context.Context, subject string) (pipeline.Fact, error) {
	facts, _, _ := o.Facts(ctx, subject)
	if len(facts) == 0 {
		return pipeline.Fact{}, pipeline.ErrNotFound
	}
	return facts[0], nil
}

func (o *onRecord) Publish(ctx context.Context, facts ...pipeline.Fact) error {
	for _, f := range facts {
		if stored, err := o.Fact(ctx, f.Subject()); err == nil && stored.Identity() != f.Identity() {
			return &pipeline.Conflict{Subject: f.Subject(), Stored: stored}
		} else if err == nil {
			continue
		}
		if _, err := o.PublishAfter(ctx, f, f.Subject(), 0); err != nil {
			return err
		}
	}
	return nil
}

func (o *onRecord) PublishAfter(ctx context.Context, f pipeline.Fact, filter string, last uint64) (uint64, error) {
	if _, now, _ := o.Facts(ctx, filter); now != last {
		return 0, pipeline.ErrMoved
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.facts = append(o.facts, f)
	return uint64(len(o.facts)), nil
}

// mailTakes is what a mail takes at a slow relay: four and a bit are sent between two looks.
const mailTakes = 3 * lookAgain / 10

// slowly has every mail take mailTakes before the relay answers, if it is not cut short.
type slowly struct{ Poster }

func (s slowly) Send(ctx context.Context, m *Sealed, to pipeline.Recipient, key *seal.Key) (string, error) {
	select {
	case <-time.After(mailTakes):
	case <-ctx.Done():
		return "", ctx.Err()
	}
	return s.Poster.Send(ctx, m, to, key)
}

// slowWorld plans a chunk of recipients r1, r2 … whose mails take long, one after the other.
func slowWorld(t *testing.T, recipients int) (*world, *Deliver) {
	var addresses []string
	for i := range recipients {
		addresses = append(addresses, fmt.Sprintf("r%d@x.example", i+1))
	}
	w := newWorld(t, &onRecord{}, addresses...)
	d, _, _ := w.process(-1)
	d.Poster = slowly{d.Poster}
	return w, d
}

// withdrawnNow puts on record that the world's bulletin is withdrawn.
func (w *world) withdrawnNow() {
	f := newFact(w.t, pipeline.Withdrawn, w.chunk.Ref, pipeline.WithdrawnBody{Of: 1})
	f.Ref.Revision = 2
	must(w.t, w.q.Publish(ctx, f))
}

// supersededNow puts on record that a newer version of it is planned.
func (w *world) supersededNow() {
	f := newFact(w.t, pipeline.Planned, w.chunk.Ref, pipeline.PlannedBody{Rendered: pipeline.RenderedBody{Version: "2.0"}})
	f.Ref.Revision, f.Nation = 2, w.chunk.Nation
	must(w.t, w.q.Publish(ctx, f))
}

// calledOffAfter checks that those of a chunk whose mail was begun have what the relay said of it, that the others are
// parked for the reason and were not sent to, and that no more than so many were begun.
func (w *world) calledOffAfter(t *testing.T, begun int, reason string) {
	t.Helper()
	if len(w.tries) != begun {
		t.Errorf("%d mails were begun, want %d", len(w.tries), begun)
	}
	for address, o := range w.settled() {
		want := pipeline.Outcome{Address: address, State: pipeline.StateParked, Reason: reason, Attempts: 1, MessageID: o.MessageID, At: o.At}
		if w.tries[address] > 0 {
			want.State, want.Reason, want.Reply = pipeline.StateSent, "", "250 2.0.0 queued"
		}
		if o != want {
			t.Errorf("got %+v, want %+v", o, want)
		}
	}
}

// Mails that are begun when a bulletin is withdrawn, or a newer version planned, get their answer; no more are begun than
// until the next look.
func TestChunkIsOverWhileItsMailsAreUnderWay(t *testing.T) {
	for reason, ends := range map[string]func(*world){"withdrawn": (*world).withdrawnNow, "superseded by version 2.0": (*world).supersededNow} {
		for parallel, begun := range map[int]int{1: 4, 3: 12} { // at 0, 300, 600 and 900 ms
			t.Run(fmt.Sprintf("%s, %d at once", reason, parallel), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w, d := slowWorld(t, 40)
					d.Parallel = func() int { return parallel }
					time.AfterFunc(lookAgain/2, func() { ends(w) })
					must(t, d.Work(ctx, w.chunk))
					w.calledOffAfter(t, begun, reason)
				})
			})
		}
	}
}

// What the relay answers to a mail that was under way stays on record: of one in doubt that it is, though it is parked.
func TestMailUnderWayInDoubtWhenTheChunkIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d := slowWorld(t, 6)
		w.script = map[string][]error{"r2@x.example": {errTemporary}, "r4@x.example": {errInDoubt}}
		time.AfterFunc(lookAgain/2, w.withdrawnNow)
		must(t, d.Work(ctx, w.chunk))
		for address, inDoubt := range map[string]int{"r2@x.example": 0, "r4@x.example": 1, "r5@x.example": 0} {
			if o := w.settled()[address]; o.State != pipeline.StateParked || o.Reason != "withdrawn" || o.InDoubt != inDoubt {
				t.Errorf("%+v", o)
			}
		}
	})
}

// awayFacts counts reads of the facts of a bulletin, which fail while it is away.
type awayFacts struct {
	worldFacts
	reads atomic.Int64
	away  atomic.Bool
}

func (a *awayFacts) Facts(ctx context.Context, filter string) ([]pipeline.Fact, uint64, error) {
	if strings.HasPrefix(filter, "bulletin.") {
		a.reads.Add(1)
		if a.away.Load() {
			return nil, 0, errors.New("away")
		}
	}
	return a.worldFacts.Facts(ctx, filter)
}

// A look that fails is no reason to stop: the next one sees it.
func TestMailsGoOnWhenItCannotBeReadWhetherTheChunkIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d := slowWorld(t, 20)
		away := &awayFacts{worldFacts: worldFacts{w}}
		d.Facts = away
		time.AfterFunc(lookAgain/2, func() { w.withdrawnNow(); away.away.Store(true) })
		time.AfterFunc(3*lookAgain/2, func() { away.away.Store(false) })
		must(t, d.Work(ctx, w.chunk))
		w.calledOffAfter(t, 7, "withdrawn")
	})
}

// A chunk whose other mails wait behind those of a flash does not wait for them when it is over.
func TestChunkIsOverWhileItWaitsForAFlash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d := slowWorld(t, 3)
		time.AfterFunc(mailTakes/2, func() { d.Way.enter(pipeline.Flash) }) // while its first mail is under way
		time.AfterFunc(lookAgain/2, w.withdrawnNow)
		worked := make(chan error, 1)
		go func() { worked <- d.Work(ctx, w.chunk) }()
		for range 10 { // mails of the flash
			time.Sleep(lookAgain)
			d.Way.answered(pipeline.Flash)
		}
		if len(worked) == 0 {
			t.Fatal("it waits for the flash")
		}
		must(t, <-worked)
		w.calledOffAfter(t, 1, "withdrawn")
	})
}

// The process ends before it has looked: those who are left are deferred, and whoever comes next parks them.
func TestProcessEndsWhileTheChunkIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d := slowWorld(t, 6)
		stopping := make(chan struct{})
		d.Stopping = stopping
		time.AfterFunc(lookAgain/2, func() { w.withdrawnNow(); close(stopping) })
		var retry *pipeline.Retry
		if err := d.Work(ctx, w.chunk); !errors.As(err, &retry) || retry.After != 0 {
			t.Fatalf("got %v, want to come back at once", err)
		}
		must(t, w.work(1))
		w.calledOffAfter(t, 2, "withdrawn")
	})
}

// Most chunks are done before the first look: to them it costs no read.
func TestNoLookWhileMailsGoOutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d := slowWorld(t, 3)
		away := &awayFacts{worldFacts: worldFacts{w}}
		d.Facts = away
		must(t, d.Work(ctx, w.chunk))
		w.calledOffAfter(t, 3, "")
		if got := away.reads.Load(); got != 4 {
			t.Errorf("%d reads of the bulletin, want those of two looks: before the attempt and behind it", got)
		}
	})
}

// The recall reaches whom it should where a relay is so slow that deliver looks between any two mails, too: and no mail of
// what is withdrawn is begun after that look.
func TestRecallWhileMailsAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		noDeadline := struct{ rapid.TB }{t} // rapid asks a *testing.T for its deadline, which is of real time
		rapid.Check(noDeadline, recallReaches(func() store { return &onRecord{} }, 11*lookAgain/10))
	})
}
