package workers

import (
	"fmt"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

// Reach foretells, for those who review, what Plan will decide.
type Reach struct {
	Lists   Lists
	Keys    Keys
	Nations []pipeline.Nation // whose lists are here
	Clock   pipeline.Clock
}

// Listed reports whether an address is on a nation's list now. The error is pipeline.ErrNotFound where the list is kept by
// another process.
func (r *Reach) Listed(n pipeline.Nation, address string) (bool, error) {
	list, err := r.list(n)
	if err != nil {
		return false, err
	}
	_, listed := list.Find(address)
	return listed, nil
}

// Of says how many recipients an edition would reach now, whom it would not for want of a fit key, and whom the next one
// may not, since their key ends within the week. The error is pipeline.ErrNotFound where the nation's list is kept by
// another process, and a *pipeline.Retry while the list is being compiled.
func (r *Reach) Of(e edition.Edition) (reachable int, unreachable, ending []pipeline.Unreachable, err error) {
	list, err := r.list(e.Nation)
	if err != nil {
		return 0, nil, nil, err
	}
	week := r.Clock().Add(7 * aDay)
	fit, parked, _ := PlanFor(e, list.All(), func(to pipeline.Recipient) seal.Fitness {
		f := r.Keys(to)
		if !f.Expires.IsZero() && !f.Expires.After(week) {
			ending = append(ending, pipeline.Unreachable{Address: to.Address, Reason: "the key ends on " + f.Expires.UTC().Format(time.DateOnly)})
		}
		return f
	})
	return len(fit), parked, ending, nil
}

// reachPatience is how long reviewers are kept waiting for a list that is compiled for the first time.
const reachPatience = 2 * time.Second

func (r *Reach) list(n pipeline.Nation) (*pipeline.Roll, error) {
	if !slices.Contains(r.Nations, n) {
		return nil, fmt.Errorf("the list of %s: %w", n, pipeline.ErrNotFound)
	}
	type read struct {
		list *pipeline.Roll
		err  error
	}
	done := make(chan read, 1)
	go func() {
		list, err := r.Lists.Recipients(n)
		done <- read{list, err}
	}()
	select {
	case got := <-done:
		if got.err != nil {
			return nil, fmt.Errorf("the list of %s can't be read: %w", n, got.err)
		}
		return got.list, nil
	case <-time.After(reachPatience):
		return nil, &pipeline.Retry{After: reachPatience, Err: fmt.Errorf("the list of %s is being compiled", n)}
	}
}
