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
	now, judged := time.Now(), 0
	r := &Reach{Lists: l, Nations: []pipeline.Nation{p.Nation}, Clock: func() time.Time { return now }, Keys: func(r pipeline.Recipient) seal.Fitness {
		judged++
		return p.Keys(r)
	}}
	out, err := p.Work(ctx, in)
	must(t, err)
	plan := decoded[pipeline.PlannedBody](t, out[0])
	e := testEdition(pipeline.NZL)
	for range 2 {
		reachable, unreachable, err := r.Of(e)
		must(t, err)
		if reachable != plan.Recipients || len(unreachable) != plan.Parked || unreachable[0].Address != "r2@x.example" || unreachable[0].Reason != "the key expired" {
			t.Errorf("foretold %d, %v; planned %+v", reachable, unreachable, plan)
		}
	}
	if judged != 5 {
		t.Errorf("%d keys were judged for two readers", judged)
	}
	now = now.Add(reachFor)
	_, _, err = r.Of(e)
	must(t, err)
	if judged != 10 {
		t.Errorf("%d keys were judged after a while", judged)
	}
	l.byNation[pipeline.NZL] = l.byNation[pipeline.NZL][:2:2] // another list
	if reachable, unreachable, _ := r.Of(e); reachable != 1 || len(unreachable) != 0 {
		t.Errorf("the list changed: %d, %v", reachable, unreachable)
	}
	if _, _, err := r.Of(testEdition(pipeline.GBR)); !errors.Is(err, pipeline.ErrNotFound) {
		t.Errorf("a list that is kept elsewhere: %v", err)
	}
}

// A list that takes long is not waited for; it is counted meanwhile, once.
func TestReachDoesNotKeepReviewersWaiting(t *testing.T) {
	p, _, l, _ := planWorld(t)
	hold := make(chan struct{})
	r := &Reach{Lists: l, Nations: []pipeline.Nation{p.Nation}, Clock: time.Now, Keys: func(one pipeline.Recipient) seal.Fitness {
		<-hold
		return p.Keys(one)
	}}
	_, _, err := r.Of(testEdition(pipeline.NZL))
	var later *pipeline.Retry
	if !errors.As(err, &later) {
		t.Fatalf("got %v, want to be asked again", err)
	}
	close(hold)
	if reachable, _, err := r.Of(testEdition(pipeline.NZL)); err != nil || reachable != 3 {
		t.Errorf("%d, %v", reachable, err)
	}
}
