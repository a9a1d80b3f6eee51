package workers

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

// reachFor is how long a judgement of a list's keys serves reviewers: to judge a key takes a millisecond, a list may
// have thousands, and what is sent is decided by Plan, which judges anew.
const reachFor = time.Minute

// Reach foretells, for those who review, what Plan will decide.
type Reach struct {
	Lists   Lists
	Keys    Keys
	Nations []pipeline.Nation // whose lists are here
	Clock   pipeline.Clock

	mu     sync.Mutex
	judged map[pipeline.Nation]*judgedList
}

// judgedList is one state of a list. Lists gives the same slice for as long as the list has not changed.
type judgedList struct {
	list []pipeline.Recipient
	at   time.Time
	keys map[string]seal.Fitness // by address
}

// Of says how many recipients an edition would reach now, and whom it would not for want of a fit key. The
// error is pipeline.ErrNotFound where the nation's list is kept by another process.
func (r *Reach) Of(e edition.Edition) (reachable int, unreachable []pipeline.Unreachable, err error) {
	if !slices.Contains(r.Nations, e.Nation) {
		return 0, nil, fmt.Errorf("the list of %s: %w", e.Nation, pipeline.ErrNotFound)
	}
	list, err := r.Lists.Recipients(e.Nation)
	if err != nil {
		return 0, nil, fmt.Errorf("the list of %s can't be read: %w", e.Nation, err)
	}
	fit, parked, _ := PlanFor(e, list, r.keys(e.Nation, list))
	return len(fit), parked, nil
}

// keys judges each key of the list at most once in a while.
func (r *Reach) keys(n pipeline.Nation, list []pipeline.Recipient) Keys {
	return func(one pipeline.Recipient) seal.Fitness {
		r.mu.Lock()
		defer r.mu.Unlock()
		j := r.judged[n]
		if j == nil || len(j.list) != len(list) || &j.list[0] != &list[0] || r.Clock().Sub(j.at) >= reachFor {
			if r.judged == nil {
				r.judged = map[pipeline.Nation]*judgedList{}
			}
			j = &judgedList{list: list, at: r.Clock(), keys: map[string]seal.Fitness{}}
			r.judged[n] = j
		}
		f, known := j.keys[one.Address]
		if !known {
			f = r.Keys(one)
			f.Reasons = slices.Clone(f.Reasons)
			j.keys[one.Address] = f
		}
		return f
	}
}
