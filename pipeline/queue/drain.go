package queue

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"bulletin/pipeline"
)

// Drain works on the chunks of some nations, those of a higher precedence before those of a lower
// one: it looks anew before each, so a flash bulletin waits for the chunks in hand and for nothing
// else. (JetStream tells its consumers of a message some milliseconds after it has stored it; a chunk
// may begin in between.) Up to parallel chunks are worked on at once. If that is more
// than one, one place is kept for flash and immediate, so that routine chunks whose recipients hang do not
// hold them up; if it is more than two, one is kept for flash alone, since an immediate chunk whose mails wait for a flash
// keeps its place. The outcomes of work are those of a worker (see
// Run), except that what work publishes it publishes itself. Drain blocks until ctx ends, finishes
// what is in hand, and returns nil.
func (q *Queue) Drain(ctx context.Context, nations []pipeline.Nation, parallel int, worker string, work func(ctx context.Context, chunk pipeline.Fact) error) error {
	all := pipeline.Precedences()
	kept := [][]pipeline.Precedence{all[:2], all[:1]}
	kept = kept[:min(max(parallel-1, 0), len(kept))]
	g, inner := errgroup.WithContext(ctx)
	for _, urgent := range kept {
		g.Go(func() error { return q.drain(inner, lanes{nations: nations, precedences: urgent}, 1, worker, work) })
	}
	g.Go(func() error {
		return q.drain(inner, lanes{nations: nations, precedences: all, retried: true}, max(parallel-len(kept), 1), worker, work)
	})
	return g.Wait()
}

// lanes are what one drain takes chunks from.
type lanes struct {
	nations     []pipeline.Nation
	precedences []pipeline.Precedence // highest first
	retried     bool                  // and what people set going again
}

func (q *Queue) drain(ctx context.Context, from lanes, parallel int, worker string, work func(ctx context.Context, chunk pipeline.Fact) error) error {
	d := &drain{
		from: from,
		station: q.newStation(worker, false, func(ctx context.Context, chunk pipeline.Fact) ([]pipeline.Fact, error) {
			return nil, work(ctx, chunk)
		}),
		woken: make(chan struct{}, 1),
		keep:  q.keep(),
	}
	d.station.back = d.hear
	defer d.keep.stop()
	stop, err := d.open(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("worker %s: %w", worker, err)
	}
	defer stop()
	inHand, cancel := q.graceful(ctx)
	defer cancel()
	g, inner := errgroup.WithContext(ctx)
	for range parallel {
		g.Go(func() error { return d.run(inner, inHand) })
	}
	err = g.Wait()
	d.giveBack()
	return err
}

// looks are how much later than it is heard of a message is looked for: on a quiet machine it is there for a consumer as
// soon as its sync is done, and a cluster takes its time.
var looks = []time.Duration{time.Millisecond, 3 * time.Millisecond, 10 * time.Millisecond, 100 * time.Millisecond}

// drain is a station with a consumer for each nation and precedence, so that the names of the
// consumers stay the same however nations are spread over processes.
type drain struct {
	*station
	from    lanes
	lanes   [][]lane // a row for each precedence, highest first; in it one for each nation
	retried []lane   // what people set going again, whatever its precedence
	woken   chan struct{}
	news    atomic.Uint64 // how often something may have come since it was looked for
	keep    *keeper

	mu     sync.Mutex // guards choosing the next chunk
	turn   int        // which nation is asked first, so that none waits for all of another
	held   []found    // chunks set going again, fetched and waiting for their precedence's turn
	looked time.Time  // when retried was last asked
}

type lane struct {
	nation   pipeline.Nation
	consumer jetstream.Consumer
	empty    uint64 // the news that it was found empty after; to ask each lane for each chunk would take as long as to send it
}

type found struct {
	msg   jetstream.Msg
	chunk pipeline.Fact
}

func (d *drain) open(ctx context.Context) (stop func(), err error) {
	for _, p := range d.from.precedences {
		var row []lane
		for _, n := range d.from.nations {
			c, err := d.q.consumer(ctx, laneOf(d.worker, p, n))
			if err != nil {
				return nil, err
			}
			row = append(row, lane{nation: n, consumer: c})
		}
		d.lanes = append(d.lanes, row)
	}
	for _, n := range d.from.nations {
		if !d.from.retried {
			break
		}
		c, err := d.q.consumer(ctx, retriedLaneOf(d.worker, n))
		if err != nil {
			return nil, err
		}
		d.retried = append(d.retried, lane{nation: n, consumer: c})
	}
	return d.listen(ctx)
}

func (d *drain) run(ctx, inHand context.Context) error {
	for {
		m, find, err := d.next(ctx)
		if ctx.Err() != nil {
			if m != nil {
				d.log(m.Nak(), m, "give back")
			}
			return nil
		}
		if err != nil {
			d.q.log.Warn("fetch failed", "worker", d.worker, "error", err)
			pause(ctx, d.q.retries.Base)
			continue
		}
		d.keep.hold(m)
		err = d.handle(inHand, m, find)
		d.keep.release(m)
		if err != nil {
			return err
		}
	}
}

// next waits for the chunk of the highest precedence.
func (d *drain) next(ctx context.Context) (jetstream.Msg, finder, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for ctx.Err() == nil {
		if now := time.Now(); now.Sub(d.looked) >= d.q.retries.Poll { // rare: not worth asking for each chunk
			if err := d.fetchRetried(ctx); err != nil {
				return nil, nil, err
			}
			d.looked = now
			d.news.Add(1) // what another process has dropped comes without a word
		}
		m, find, err := d.choose()
		if m != nil || err != nil {
			return m, find, err
		}
		d.sleep(ctx)
	}
	return nil, nil, ctx.Err()
}

func (d *drain) choose() (jetstream.Msg, finder, error) {
	for i, p := range d.from.precedences {
		for j, f := range d.held {
			if f.chunk.Precedence == p {
				d.held = slices.Delete(d.held, j, j+1)
				return f.msg, known(f.chunk), nil
			}
		}
		row := d.lanes[i]
		for j := range row {
			l, news := &row[(d.turn+j)%len(row)], d.news.Load()
			if l.empty == news {
				continue
			}
			b, err := l.consumer.FetchNoWait(1)
			if err != nil {
				return nil, nil, err
			}
			if msgs := collect(b); len(msgs) > 0 {
				d.turn += j + 1
				return msgs[0], d.original, nil
			}
			if b.Error() != nil {
				return nil, nil, b.Error()
			}
			l.empty = news
		}
	}
	return nil, nil, nil
}

func known(chunk pipeline.Fact) finder {
	return func(context.Context, jetstream.Msg) (pipeline.Fact, bool, error) { return chunk, true, nil }
}

// fetchRetried takes all chunks that people set going again, to be chosen by their precedence.
func (d *drain) fetchRetried(ctx context.Context) error {
	for _, l := range d.retried {
		b, err := l.consumer.FetchNoWait(batch)
		if err != nil {
			return err
		}
		for _, m := range collect(b) {
			f, mine, err := d.retriedOriginal(ctx, m)
			switch {
			case mine && err != nil:
				if err := d.finish(ctx, m, job{refOf(m.Subject()), m.Subject()}, err); err != nil {
					return err
				}
			case mine && f.Name == pipeline.Chunk && f.Nation == l.nation:
				d.keep.hold(m)
				d.held = append(d.held, found{m, f})
			default: // another worker's, or another nation's
				d.log(m.Ack(), m, "acknowledge")
			}
		}
	}
	return nil
}

// listen wakes a sleeping drain for each new chunk. It is heard of before it is stored and before the consumers know
// of it, so look again and again. What is missed then is found by the next poll.
func (d *drain) listen(ctx context.Context) (stop func(), err error) {
	var subjects []string
	for _, n := range d.from.nations {
		subjects = append(subjects, chunksOf(n))
	}
	heard, unsubscribe, err := d.q.listen(subjects)
	if err != nil {
		return nil, err
	}
	ended, end := context.WithCancel(ctx)
	go func() {
		for {
			select {
			case <-ended.Done():
				return
			case <-heard:
			}
			for _, later := range looks {
				time.AfterFunc(later, d.hear)
			}
		}
	}()
	return func() { end(); unsubscribe() }, nil
}

func (d *drain) sleep(ctx context.Context) {
	t := time.NewTimer(d.q.retries.Poll)
	defer t.Stop()
	select {
	case <-d.woken:
	case <-t.C:
	case <-ctx.Done():
	}
}

// hear says that something may have come.
func (d *drain) hear() {
	d.news.Add(1)
	d.wake()
}

func (d *drain) wake() {
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

// giveBack returns what was held and not begun.
func (d *drain) giveBack() {
	for _, f := range d.held {
		d.log(f.msg.Nak(), f.msg, "give back")
	}
}
