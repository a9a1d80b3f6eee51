package workers

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/seal"
)

// A routine mail waits while a flash is in work and a moment longer, and a flash for nobody.
func TestRightOfWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w RightOfWay
		w.wait(ctx, pipeline.Routine, nil) // nobody is ahead
		leave := w.enter(pipeline.Flash)
		leaveRoutine := w.enter(pipeline.Routine)
		w.wait(ctx, pipeline.Flash, nil)
		gone := make(chan bool, 1)
		go func() { w.wait(ctx, pipeline.Priority, nil); gone <- true }()
		for range 10 { // as long as its mails are answered
			<-time.After(patience / 2)
			w.answered(pipeline.Flash)
		}
		synctest.Wait()
		leave(nil)
		again := w.enter(pipeline.Flash) // its next chunk, in time
		<-time.After(2 * handover)
		synctest.Wait()
		if len(gone) != 0 {
			t.Fatal("a priority mail went on between two chunks of a flash")
		}
		again(nil)
		<-time.After(handover)
		synctest.Wait()
		if len(gone) != 1 {
			t.Fatal("a priority mail waits for nobody")
		}
		leaveRoutine(nil)
		<-time.After(handover)
	})
}

// A flash whose mails hang does not hold the others up for ever.
func TestRightOfWayLapses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w RightOfWay
		defer w.enter(pipeline.Flash)(nil)
		began := time.Now()
		w.wait(ctx, pipeline.Routine, nil)
		if waited := time.Since(began); waited != patience {
			t.Errorf("waited %s", waited)
		}
	})
}

// Whoever waits goes on when the process ends, whichever way it is told.
func TestRightOfWayEndsWithTheProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w RightOfWay
		defer w.enter(pipeline.Immediate)(nil)
		ended, end := context.WithCancel(ctx)
		stopping := make(chan struct{})
		var waiting sync.WaitGroup
		began := time.Now()
		waiting.Go(func() { w.wait(ended, pipeline.Routine, nil) })
		waiting.Go(func() { w.wait(ctx, pipeline.Routine, stopping) })
		synctest.Wait()
		end()
		close(stopping)
		waiting.Wait()
		if time.Since(began) != 0 {
			t.Error("the end of the process was waited for")
		}
	})
}

// orderPoster says in which order mails go out. The first waits.
type orderPoster struct {
	Poster
	begun, goOn chan struct{}

	mu   sync.Mutex
	sent []string
}

func (o *orderPoster) Send(_ context.Context, _ *Sealed, to pipeline.Recipient, _ *seal.Key) (string, error) {
	o.mu.Lock()
	o.sent = append(o.sent, to.Name)
	first := len(o.sent) == 1
	o.mu.Unlock()
	if first {
		close(o.begun)
		<-o.goOn
	}
	return "250 2.0.0 queued", nil
}

// A chunk that waits for a flash from its beginning has no attempt on record meanwhile: nobody is in doubt if the process dies.
func TestChunkBehindAFlashIsNotAttempted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, d := slowWorld(t, 2)
		leave := d.Way.enter(pipeline.Flash)
		worked := make(chan error, 1)
		go func() { worked <- d.Work(ctx, w.chunk) }()
		synctest.Wait()
		if n := len(w.attempts()); n > 0 {
			t.Errorf("%d attempts are on record", n)
		}
		leave(nil)
		must(t, <-worked)
		w.calledOffAfter(t, 2, "")
	})
}

// A flash comes while a routine chunk is in work: all of it goes out before the routine mails that are not begun.
func TestFlashGoesOutBetweenRoutineMails(t *testing.T) {
	w := deliverWorld(t, "1@x.example", "2@x.example", "3@x.example")
	d, living, _ := w.process(-1)
	order := &orderPoster{Poster: d.Poster, begun: make(chan struct{}), goOn: make(chan struct{})}
	d.Poster = order
	for i := range w.lists.byNation[pipeline.NZL] {
		w.lists.byNation[pipeline.NZL][i].Name = "routine"
	}
	var work sync.WaitGroup
	work.Go(func() { must(t, d.Work(living, w.chunk)) })
	<-order.begun // a routine mail is under way
	leave := d.Way.enter(pipeline.Flash)
	close(order.goOn)
	flash := w.chunk
	flash.Ref, flash.Precedence = newRef(), pipeline.Flash
	for i := range w.lists.byNation[pipeline.NZL] {
		w.lists.byNation[pipeline.NZL][i].Name = "flash"
	}
	must(t, d.Work(living, flash))
	leave(nil)
	work.Wait()
	if want := []string{"routine", "flash", "flash", "flash", "routine", "routine"}; !slices.Equal(order.sent, want) {
		t.Errorf("sent in the order %v", order.sent)
	}
}

// countPoster counts mails by precedence, and how many routine ones were begun from the first of a flash to its last.
type countPoster struct {
	Poster
	flash pipeline.ID
	enter func() // called once so many routine mails are begun that a flash is to come

	mu      sync.Mutex
	routine int
	flashed int
	before  int // routine mails begun before the first of the flash
	between int
}

func (c *countPoster) Send(_ context.Context, s *Sealed, _ pipeline.Recipient, _ *seal.Key) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.Ref.ID == c.flash {
		if c.flashed == 0 {
			c.before = c.routine
		}
		c.flashed++
		c.between = c.routine - c.before
		return "250 2.0.0 queued", nil
	}
	if c.routine++; c.routine == 30 {
		c.enter()
	}
	return "250 2.0.0 queued", nil
}

// A flash of several chunks comes while many routine ones are queued, on the real queue: from its first recipient to its
// last, no routine mail is begun but those whose turn it was already.
func TestFlashOvertakesWhatIsQueued(t *testing.T) {
	const routineChunks, flashChunks, hands, parallel = 60, 4, 3, 2
	q := newQueue(t)
	w := newWorld(t, q, "1@x.example", "2@x.example", "3@x.example", "4@x.example", "5@x.example")
	d, living, l := w.process(-1)
	d.Parallel = func() int { return parallel }
	d.Receipts = func() Receipts { return q.Receipts() }
	d.Facts = q
	flash := newRef()
	publish := func(ref pipeline.Ref, p pipeline.Precedence, chunks int) {
		for i := range chunks {
			c := w.chunk
			c.Ref, c.Precedence, c.Chunk = ref, p, i+1
			must(t, w.q.Publish(ctx, c))
		}
	}
	count := &countPoster{Poster: d.Poster, flash: flash.ID, enter: func() { publish(flash, pipeline.Flash, flashChunks) }}
	d.Poster = count
	publish(newRef(), pipeline.Routine, routineChunks)
	left := routineChunks + flashChunks + 1 // and the world's own
	var drain sync.WaitGroup
	drain.Go(func() { must(t, q.Drain(living, pipeline.Nations(), hands, "deliver", d.Work)) })
	must(t, q.Follow(living, queue.Streams(), nil, func(e queue.Entry) error {
		if e.Fact.Name == pipeline.Settled {
			left--
		}
		if left == 0 {
			l.end()
		}
		return nil
	}))
	drain.Wait()
	if count.flashed != 5*flashChunks || count.routine != 5*(routineChunks+1) {
		t.Errorf("%d mails of the flash, %d routine ones", count.flashed, count.routine)
	}
	if most := hands * parallel; count.between > most {
		t.Errorf("%d routine mails were begun from the first of the flash to its last, more than the %d under way", count.between, most)
	}
}

// watchedDocuments notes whether routine mails wait while a stage has to do with documents.
type watchedDocuments struct {
	Documents
	way  *RightOfWay
	held bool
}

func (w *watchedDocuments) Put(ctx context.Context, b []byte) (pipeline.Digest, error) {
	most, _ := w.way.ahead(pipeline.Routine)
	w.held = w.held || most > 0
	return w.Documents.Put(ctx, b)
}

func (w *watchedDocuments) Get(ctx context.Context, d pipeline.Digest) ([]byte, error) {
	most, _ := w.way.ahead(pipeline.Routine)
	w.held = w.held || most > 0
	return w.Documents.Get(ctx, d)
}

// Routine mails leave the cores to the stages that a flash passes through, from its marking on.
func TestStagesOfAFlashHoldUpRoutineMails(t *testing.T) {
	for precedence, held := range map[string]bool{"flash": true, "routine": false} {
		b := &bulletin{q: newQueue(t), docs: newMemory(), ref: newRef()}
		b.submit(t, 1, strings.Replace(draftText, "scheme: usa", "precedence: "+precedence+"\nscheme: usa", 1))
		list := &lists{byNation: map[pipeline.Nation][]pipeline.Recipient{pipeline.NZL: {recipient(pipeline.NZL, "a@x.example")}}}
		list.byNation[pipeline.NZL][0].MaxTLP = "TLP:RED"
		fact := b.pass(t)
		for _, stage := range []func(docs Documents, way *RightOfWay) pipeline.Worker{
			func(docs Documents, way *RightOfWay) pipeline.Worker {
				m := markOf(b)
				m.Documents, m.Way = docs, way
				return m
			},
			func(docs Documents, way *RightOfWay) pipeline.Worker {
				return &Render{Documents: docs, Renderer: &counts{}, Way: way}
			},
			func(docs Documents, way *RightOfWay) pipeline.Worker {
				return &Plan{Facts: b.q, Documents: docs, Lists: list, Archive: archived{}, Keys: anyKey, ChunkSize: func() int { return 2 }, Nation: pipeline.NZL, Way: way}
			},
			func(docs Documents, way *RightOfWay) pipeline.Worker { return &Dispatch{Documents: docs, Way: way} },
		} {
			docs := &watchedDocuments{Documents: b.docs, way: &RightOfWay{}}
			worker := stage(docs, docs.way)
			out, err := worker.Work(ctx, fact)
			must(t, err)
			if docs.held != held {
				t.Errorf("%s at %s: routine mails wait: %t", precedence, worker.Name(), docs.held)
			}
			fact = out[slices.IndexFunc(out, func(f pipeline.Fact) bool { return f.Nation == pipeline.NZL })]
		}
	}
}

// What a flash waits for may be away for long: a stage that is tried again and again meanwhile holds nobody up in between.
func TestStagesThatFailHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		way, docs := &RightOfWay{}, newMemory()
		planned := newFact(t, pipeline.Planned, newRef(), pipeline.PlannedBody{Plan: "lost", Rendered: pipeline.RenderedBody{Precedence: pipeline.Flash}})
		_, err := (&Dispatch{Documents: docs, Way: way}).Work(ctx, planned)
		if !isRetry(err) {
			t.Fatalf("got %v", err)
		}
		synctest.Wait()
		if most, _ := way.ahead(pipeline.Routine); most > 0 {
			t.Error("routine mails wait for a plan that is out of reach")
		}
	})
}

// The word that a flash is withdrawn waits for the flash's mails, which may hang: routine mails go on.
func TestARecallThatWaitsHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := slowWorld(t, 1)
		attempted := newFact(t, pipeline.Attempted, w.chunk.Ref, pipeline.AttemptedBody{Indexes: []int{1}})
		attempted.Nation, attempted.Chunk, attempted.Ordinal = w.chunk.Nation, w.chunk.Chunk, 1
		must(t, w.q.Publish(ctx, attempted))
		w.withdrawnNow()
		former := testEdition(pipeline.NZL)
		former.Precedence = pipeline.Flash
		ref := w.chunk.Ref
		ref.Revision = 2
		in := newFact(t, pipeline.Rendered, ref, stored(w.docs, edition.Withdrawal([]edition.Edition{former}, nil, "2.0", testTime, "Wrong.")))
		in.Nation = pipeline.NZL
		p := &Plan{
			Facts: w.q, Documents: w.docs, Publisher: w.q, Lists: w.lists, Archive: kept{}, Keys: anyKey, ChunkSize: func() int { return 2 },
			Nation: pipeline.NZL, Lag: time.Minute, Way: &RightOfWay{},
		}
		tried := make(chan error)
		go func() { _, err := p.Work(ctx, in); tried <- err }()
		synctest.Wait()
		if most, _ := p.Way.ahead(pipeline.Routine); most > 0 {
			t.Error("routine mails wait for a recall that waits itself")
		}
		if err := <-tried; !isRetry(err) {
			t.Fatalf("planned while a chunk is open: %v", err)
		}
	})
}
