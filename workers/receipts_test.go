package workers

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bulletin/pipeline"
)

// parts keeps what is written of receipts.
type parts struct {
	mu   sync.Mutex
	all  []pipeline.Fact
	fail error
}

func (p *parts) Publish(f pipeline.Fact) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, f)
	return p.fail
}

func (p *parts) Flush(context.Context) error { return nil }

func (p *parts) sizes(t *testing.T) (sizes []int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	known := map[int]bool{}
	for _, f := range p.all {
		sizes = append(sizes, len(decoded[pipeline.ReceiptBody](t, f).Answers))
		known[f.Part] = true
	}
	for part := 1; part <= len(p.all); part++ {
		if !known[part] {
			t.Errorf("part %d of %d is missing", part, len(p.all))
		}
	}
	return sizes
}

// Answers wait for others, but not for longer than the window, and a full part for nothing.
func TestAnswersGoOnRecordInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &parts{}
		d := &Deliver{Receipts: func() Receipts { return p }}
		a := d.answersTo(pipeline.Fact{Ref: newRef(), Nation: pipeline.NZL, Chunk: 1, Ordinal: 2})
		total := func() (n int) {
			synctest.Wait()
			for _, size := range p.sizes(t) {
				n += size
			}
			return n
		}
		for i := range receiptPart + 10 {
			a.add(i+1, pipeline.Outcome{State: pipeline.StateSent})
		}
		if n := total(); n != receiptPart {
			t.Errorf("%d answers are on record after a full part", n)
		}
		<-time.After(receiptWindow)
		if n := total(); n != receiptPart+10 || len(p.all) != 2 {
			t.Errorf("%d answers are on record in %d parts after the window", n, len(p.all))
		}
		a.add(1, pipeline.Outcome{State: pipeline.StateSent})
		must(t, a.flush(ctx))
		if n := total(); n != receiptPart+11 || len(p.all) != 3 {
			t.Errorf("%d answers are on record in %d parts in the end", n, len(p.all))
		}
		<-time.After(2 * receiptWindow)
		must(t, a.flush(ctx))
		if total(); len(p.all) != 3 {
			t.Errorf("%d parts, an empty one among them", len(p.all))
		}
	})
}

func TestAnswersThatCannotBeWrittenAreToldOf(t *testing.T) {
	p := &parts{fail: errors.New("no fact")}
	d := &Deliver{Receipts: func() Receipts { return p }}
	a := d.answersTo(pipeline.Fact{Ref: newRef(), Nation: pipeline.NZL, Chunk: 1, Ordinal: 1})
	a.add(1, pipeline.Outcome{})
	if err := a.flush(ctx); !errors.Is(err, p.fail) {
		t.Errorf("got %v", err)
	}
}
