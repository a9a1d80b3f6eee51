package workers

import (
	"fmt"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// Reach foretells, for those who review, what Plan will decide.
type Reach struct {
	Lists   Lists
	Keys    Keys
	Nations []pipeline.Nation // whose lists are here
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

// Of says how many recipients an edition would reach now, and whom it would not for want of a fit key. The
// error is pipeline.ErrNotFound where the nation's list is kept by another process.
func (r *Reach) Of(e edition.Edition) (reachable int, unreachable []pipeline.Unreachable, err error) {
	list, err := r.list(e.Nation)
	if err != nil {
		return 0, nil, err
	}
	fit, parked, _ := PlanFor(e, list.All(), r.Keys)
	return len(fit), parked, nil
}

func (r *Reach) list(n pipeline.Nation) (*pipeline.Roll, error) {
	if !slices.Contains(r.Nations, n) {
		return nil, fmt.Errorf("the list of %s: %w", n, pipeline.ErrNotFound)
	}
	list, err := r.Lists.Recipients(n)
	if err != nil {
		return nil, fmt.Errorf("the list of %s can't be read: %w", n, err)
	}
	return list, nil
}
