package workers

import (
	"context"
	"slices"
	"sync"
	"time"

	"bulletin/pipeline"
)

const (
	// handover is how long a precedence keeps the right of way after a stage or a chunk: the next may be on the way here.
	handover = 200 * time.Millisecond
	// patience is how long mails of a lower precedence wait without any answer to those of a higher one. Those hang then,
	// and nobody gains from waiting for them.
	patience = 5 * time.Second
)

// RightOfWay has mails of a lower precedence wait while a higher one is in work in this process: from its marking on, when
// the stages before its first mail need the cores that sealing would take, until its last recipient is reached. It says
// nothing to mails that are under way. The stages and Deliver of a process share one; a stage may do without (nil), Deliver may not.
type RightOfWay struct {
	mu     sync.Mutex
	lanes  [4]wayLane // by precedence, the highest first
	leaves chan struct{}
}

type wayLane struct {
	inWork   int // stages and chunks
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

// enter says that a stage or a chunk is in work until leave is called. A stage that failed hands nothing over, and may be
// tried again every second for as long as a document is out of reach.
func (w *RightOfWay) enter(p pipeline.Precedence) (leave func(failed *error)) {
	if w == nil {
		return func(*error) {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	lane := &w.lanes[rank(p)]
	lane.inWork++
	lane.answered = time.Now()
	return func(failed *error) {
		keeps := handover
		if failed != nil && *failed != nil {
			keeps = 0
		}
		time.AfterFunc(keeps, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			lane.inWork--
			if w.leaves != nil {
				close(w.leaves)
				w.leaves = nil
			}
		})
	}
}

// answered says that a mail of this precedence was answered.
func (w *RightOfWay) answered(p pipeline.Precedence) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lanes[rank(p)].answered = time.Now()
}

// wait returns when nothing of a higher precedence has the right of way, or ctx or stopping ends.
func (w *RightOfWay) wait(ctx context.Context, p pipeline.Precedence, stopping <-chan struct{}) {
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

// ahead returns how long what is of a higher precedence keeps the right of way if none of its mails is answered, not
// above zero if there is none, and what is closed when some of it leaves.
func (w *RightOfWay) ahead(p pipeline.Precedence) (most time.Duration, left <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, lane := range w.lanes[:rank(p)] {
		if lane.inWork > 0 {
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
