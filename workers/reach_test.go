package workers

import (
	"errors"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// What reviewers are told beforehand is what Plan then decides.
func TestReachForetellsThePlan(t *testing.T) {
	p, _, l, in := planWorld(t)
	r := &Reach{Lists: l, Keys: p.Keys, Nations: []pipeline.Nation{p.Nation}, Clock: time.Now}
	out, err := p.Work(ctx, in)
	must(t, err)
	plan := decoded[pipeline.PlannedBody](t, out[0])
	e := testEdition(pipeline.NZL)
	reachable, unreachable, _, err := r.Of(e)
	must(t, err)
	if reachable != plan.Recipients || len(unreachable) != plan.Parked || unreachable[0].Address != "r2@x.example" || unreachable[0].Reason != "the key expired" {
		t.Errorf("foretold %d, %v; planned %+v", reachable, unreachable, plan)
	}
	l.byNation[pipeline.NZL] = l.byNation[pipeline.NZL][:2:2] // another list
	if reachable, unreachable, _, _ := r.Of(e); reachable != 1 || len(unreachable) != 0 {
		t.Errorf("the list changed: %d, %v", reachable, unreachable)
	}
	if _, _, _, err := r.Of(testEdition(pipeline.GBR)); !errors.Is(err, pipeline.ErrNotFound) {
		t.Errorf("a list that is kept elsewhere: %v", err)
	}
}

// Whose key ends within the week is reached now, and named.
func TestReachNamesWhoseKeyEnds(t *testing.T) {
	p, _, l, _ := planWorld(t)
	now := testTime
	ends := map[string]time.Duration{"r0@x.example": 3 * aDay, "r3@x.example": 8 * aDay}
	r := &Reach{Lists: l, Nations: []pipeline.Nation{p.Nation}, Clock: func() time.Time { return now }, Keys: func(to pipeline.Recipient) seal.Fitness {
		f := p.Keys(to)
		if d := ends[to.Address]; d > 0 && f.Key != nil {
			f.Expires = now.Add(d)
		}
		return f
	}}
	reachable, unreachable, ending, err := r.Of(testEdition(pipeline.NZL))
	must(t, err)
	if reachable != 3 || len(unreachable) != 1 || len(ending) != 1 || ending[0].Address != "r0@x.example" || ending[0].Reason != "the key ends on "+now.Add(3*aDay).UTC().Format(time.DateOnly) {
		t.Errorf("%d, %v, %v", reachable, unreachable, ending)
	}
}

// slowList is compiled when told to.
type slowList struct {
	*lists
	ready chan struct{}
}

func (s slowList) Recipients(n pipeline.Nation) (*pipeline.Roll, error) {
	<-s.ready
	return s.lists.Recipients(n)
}

// A list that takes long is not waited for.
func TestReachDoesNotKeepReviewersWaiting(t *testing.T) {
	p, _, l, _ := planWorld(t)
	slow := slowList{l, make(chan struct{})}
	r := &Reach{Lists: slow, Keys: p.Keys, Nations: []pipeline.Nation{p.Nation}, Clock: time.Now}
	_, _, _, err := r.Of(testEdition(pipeline.NZL))
	var later *pipeline.Retry
	if !errors.As(err, &later) {
		t.Fatalf("got %v, want to be asked again", err)
	}
	close(slow.ready)
	if reachable, _, _, err := r.Of(testEdition(pipeline.NZL)); err != nil || reachable != 3 {
		t.Errorf("%d, %v", reachable, err)
	}
}
