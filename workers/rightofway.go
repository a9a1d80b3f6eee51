package workers

import (
	"context"
	"slices"
	"sync"
	"time"

	"bulletin/pipeline"
)

const (
	// handover is how long a precedence keeps the right of way after its last chunk: its next may be on the way here.
	handover = 200 * time.Millisecond
	// patience is how long mails of a lower precedence wait without any answer to those of a higher one. Those hang then,
	// and nobody gains from waiting for them.
	patience = 5 * time.Second
)

// rightOfWay has mails of a lower precedence wait while chunks of a higher one are in work in this process, so that the
// last recipient of a flash is reached before routine mails go on. It says nothing to mails that are under way.
type rightOfWay struct {
	mu     sync.Mutex
	lanes  [4]wayLane // by precedence, the highest first
	leaves chan struct{}
}

type wayLane struct {
	chunks   int // in work
	answered time.Time
}

// rank is the place of a precedence in line; what is unknown comes last.
func rank(p pipeline.Precedence) int {
	all := pipeline.Precedences()
	if i := slices.Index(all, p); i >= 0 {
		return i
	}
	return len(all) - 1
}

// enter says that a chunk is in work until leave is called.
func (w *rightOfWay) enter(p pipeline.Precedence) (leave func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	lane := &w.lanes[rank(p)]
	lane.chunks++
	lane.answered = time.Now()
	return func() {
		time.AfterFunc(handover, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			lane.chunks--
			if w.leaves != nil {
				close(w.leaves)
				w.leaves = nil
			}
		})
	}
}

// answered says that a mail of this precedence was answered.
func (w *rightOfWay) answered(p pipeline.Precedence) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lanes[rank(p)].answered = time.Now()
}

// wait returns when no chunk of a higher precedence has the right of way, or ctx or stopping ends.
func (w *rightOfWay) wait(ctx context.Context, p pipeline.Precedence, stopping <-chan struct{}) {
	for {
		most, left := w.ahead(p)
		if most <= 0 {
			return
		}
		lapses := time.NewTimer(most)
		select {
		case <-left:
		case <-lapses.C:
		case <-ctx.Done():
		case <-stopping:
		}
		lapses.Stop()
		if ctx.Err() != nil || isClosed(stopping) {
			return
		}
	}
}

// ahead returns how long chunks of a higher precedence keep the right of way if none of their mails is answered, not
// above zero if there are none, and what is closed when one of them leaves.
func (w *rightOfWay) ahead(p pipeline.Precedence) (most time.Duration, left <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, lane := range w.lanes[:rank(p)] {
		if lane.chunks > 0 {
			most = max(most, patience-time.Since(lane.answered))
		}
	}
	if most > 0 && w.leaves == nil {
		w.leaves = make(chan struct{})
	}
	return most, w.leaves
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
