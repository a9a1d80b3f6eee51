package workers

import (
	"errors"
	"testing"

	"bulletin/pipeline"
)

// What reviewers are told beforehand is what Plan then decides.
func TestReachForetellsThePlan(t *testing.T) {
	p, _, l, in := planWorld(t)
	r := &Reach{Lists: l, Keys: p.Keys, Nations: []pipeline.Nation{p.Nation}}
	out, err := p.Work(ctx, in)
	must(t, err)
	plan := decoded[pipeline.PlannedBody](t, out[0])
	e := testEdition(pipeline.NZL)
	reachable, unreachable, err := r.Of(e)
	must(t, err)
	if reachable != plan.Recipients || len(unreachable) != plan.Parked || unreachable[0].Address != "r2@x.example" || unreachable[0].Reason != "the key expired" {
		t.Errorf("foretold %d, %v; planned %+v", reachable, unreachable, plan)
	}
	l.byNation[pipeline.NZL] = l.byNation[pipeline.NZL][:2:2] // another list
	if reachable, unreachable, _ := r.Of(e); reachable != 1 || len(unreachable) != 0 {
		t.Errorf("the list changed: %d, %v", reachable, unreachable)
	}
	if _, _, err := r.Of(testEdition(pipeline.GBR)); !errors.Is(err, pipeline.ErrNotFound) {
		t.Errorf("a list that is kept elsewhere: %v", err)
	}
}
