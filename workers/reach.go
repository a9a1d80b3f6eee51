package workers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

// To judge a key takes up to a millisecond, and a list may have tens of thousands. What is sent is decided by Plan,
// which judges anew; for reviewers a judgement serves for a while, and they are not kept waiting for it.
const (
	reachFor      = time.Minute
	reachPatience = 2 * time.Second
)

// Reach foretells, for those who review, what Plan will decide.
type Reach struct {
	Lists   Lists
	Keys    Keys
	Nations []pipeline.Nation // whose lists are here
	Clock   pipeline.Clock

	mu     sync.Mutex
	judged map[pipeline.Nation]*judgedList
}

// judgedList is one state of a list with every key judged, once done is closed.
type judgedList struct {
	list []pipeline.Recipient
	done chan struct{}
	at   time.Time
	keys map[string]seal.Fitness // by address
}

// Listed reports whether an address is on a nation's list now. The error is pipeline.ErrNotFound where the list is kept by
// another process.
func (r *Reach) Listed(n pipeline.Nation, address string) (bool, error) {
	if !slices.Contains(r.Nations, n) {
		return false, fmt.Errorf("the list of %s: %w", n, pipeline.ErrNotFound)
	}
	list, err := r.Lists.Recipients(n)
	if err != nil {
		return false, fmt.Errorf("the list of %s can't be read: %w", n, err)
	}
	return slices.ContainsFunc(list, func(on pipeline.Recipient) bool { return strings.EqualFold(on.Address, address) }), nil
}

// Of says how many recipients an edition would reach now, and whom it would not for want of a fit key. The
// error is pipeline.ErrNotFound where the nation's list is kept by another process, and a *pipeline.Retry while its
// keys are still being judged.
func (r *Reach) Of(e edition.Edition) (reachable int, unreachable []pipeline.Unreachable, err error) {
	if !slices.Contains(r.Nations, e.Nation) {
		return 0, nil, fmt.Errorf("the list of %s: %w", e.Nation, pipeline.ErrNotFound)
	}
	list, err := r.Lists.Recipients(e.Nation)
	if err != nil {
		return 0, nil, fmt.Errorf("the list of %s can't be read: %w", e.Nation, err)
	}
	j := r.judge(e.Nation, list)
	select {
	case <-j.done:
	case <-time.After(reachPatience):
		return 0, nil, &pipeline.Retry{After: reachPatience, Err: errors.New("the keys of the list are still being judged")}
	}
	fit, parked, _ := PlanFor(e, list, func(r pipeline.Recipient) seal.Fitness { return j.keys[r.Address] })
	return len(fit), parked, nil
}

// judge returns the judgement of a list, begun now if there is none of late.
func (r *Reach) judge(n pipeline.Nation, list []pipeline.Recipient) *judgedList {
	r.mu.Lock()
	defer r.mu.Unlock()
	if j := r.judged[n]; j != nil && j.serves(list, r.Clock()) {
		return j
	}
	j := &judgedList{list: list, done: make(chan struct{}), keys: make(map[string]seal.Fitness, len(list))}
	if r.judged == nil {
		r.judged = map[pipeline.Nation]*judgedList{}
	}
	r.judged[n] = j
	go func() {
		defer close(j.done)
		for _, one := range list {
			j.keys[one.Address] = r.Keys(one)
		}
		j.at = r.Clock()
	}()
	return j
}

// serves reports whether a judgement is of this list, and not too old. Lists gives the same slice for as long as the
// list has not changed.
func (j *judgedList) serves(list []pipeline.Recipient, now time.Time) bool {
	if len(j.list) != len(list) || len(list) > 0 && &j.list[0] != &list[0] {
		return false
	}
	select {
	case <-j.done:
		return now.Sub(j.at) < reachFor
	default:
		return true
	}
}
