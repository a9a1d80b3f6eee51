package workers

import (
	"fmt"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/queue"
)

// A bulletin is withdrawn in a store that is a copy. Whoever the old server may have sent it to since is told, although
// no attempt is on record here, and the chunk that is held back does not keep anybody from being told.
func TestWithdrawalInACopyReachesWhomTheOldServerMayHaveSent(t *testing.T) {
	for name, c := range map[string]struct {
		before func(t *testing.T, w *world) // what the copy has of the chunk
		parked bool                         // deliver has looked at it since
		since  bool                         // the bulletin was approved after the copy
		told   int
	}{
		"not begun, not looked at yet":     {told: 2},
		"not begun, held back":             {parked: true, told: 2},
		"in doubt, held back":              {before: inDoubt, parked: true, told: 2},
		"deferred, held back":              {before: allDeferred, parked: true, told: 2},
		"one refused for good, held back":  {before: refusedOne, parked: true, told: 1},
		"settled in the copy":              {before: func(t *testing.T, w *world) { must(t, w.work(1)) }, told: 2},
		"approved since, not begun":        {since: true, told: 0},
		"in doubt, not looked at since it": {before: inDoubt, told: 2},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t)
			w := newWorld(t, q, "a@x.example", "b@x.example")
			approved := func() { w.says(pipeline.Approved, 0, pipeline.ApprovedBody{}) }
			if !c.since {
				approved()
			}
			if c.before != nil {
				c.before(t, w)
			}
			w.saysOfNation(pipeline.Marked, 0, pipeline.MarkedBody{})
			w.saysOfNation(pipeline.Planned, 0, pipeline.PlannedBody{Chunks: 1})
			last, err := q.Last(ctx)
			must(t, err)
			restored := &Restored{At: testTime, Facts: last[queue.StreamFacts]}
			if c.since {
				approved()
			}
			deliver := func() error {
				d, living, _ := w.process(-1)
				d.Restored = restored
				return d.Work(living, w.chunk)
			}
			if c.parked {
				if err := deliver(); !isPermanent(err) {
					t.Fatalf("not held back: %v", err)
				}
				w.says(pipeline.Parked, 1, pipeline.ParkedBody{Worker: "deliver", Subject: w.chunk.Subject(), Reason: "restored"})
			}
			ref := w.chunk.Ref
			ref.Revision = 2
			must(t, w.q.Publish(ctx, newFact(t, pipeline.Withdrawn, ref, pipeline.WithdrawnBody{Of: 1})))
			tries := w.tries["a@x.example"] + w.tries["b@x.example"]
			plan := func() ([]pipeline.Fact, error) {
				p := &Plan{
					Facts: worldFacts{w}, Documents: w.docs, Publisher: w.q, Lists: w.lists, Archive: kept{}, Keys: anyKey,
					ChunkSize: func() int { return 9 }, Nation: pipeline.NZL, Restored: restored,
				}
				word := edition.Withdrawal([]edition.Edition{testEdition(pipeline.NZL)}, nil, "2.0", testTime, "Wrong.")
				in := newFact(t, pipeline.Rendered, ref, stored(w.docs, word))
				in.Nation = pipeline.NZL
				return p.Work(ctx, in)
			}
			out, err := plan()
			if isRetry(err) {
				if c.parked { // somebody must set it going: nobody else would
					if set := goingAgain(t, w); set != 1 {
						t.Fatalf("%d chunks set going", set)
					}
				}
				must(t, deliver())
				out, err = plan()
			}
			must(t, err)
			if got := decoded[pipeline.PlannedBody](t, out[0]).Recipients; got != c.told {
				t.Errorf("%d are told, want %d", got, c.told)
			}
			if now := w.tries["a@x.example"] + w.tries["b@x.example"]; now != tries {
				t.Errorf("%d mails were sent after the withdrawal", now-tries)
			}
		})
	}
}

func goingAgain(t *testing.T, w *world) int {
	t.Helper()
	retried, _, err := w.q.Facts(ctx, fmt.Sprintf("bulletin.%s.retried.*", w.chunk.Ref))
	must(t, err)
	for _, f := range retried {
		if !strings.HasPrefix(f.By, "plan-") {
			t.Fatalf("set going by %s", f.By)
		}
	}
	return len(retried)
}

func inDoubt(t *testing.T, w *world) {
	d, living, _ := w.process(2) // it dies with the attempt on record
	if err := d.Work(living, w.chunk); err == nil {
		t.Fatal("it lived")
	}
}

func allDeferred(t *testing.T, w *world) {
	w.script["a@x.example"], w.script["b@x.example"] = []error{errTemporary}, []error{errTemporary}
	if err := w.work(1); !isRetry(err) {
		t.Fatal(err)
	}
}

func refusedOne(t *testing.T, w *world) {
	w.script["a@x.example"], w.script["b@x.example"] = []error{errForGood}, []error{errTemporary}
	if err := w.work(1); !isRetry(err) {
		t.Fatal(err)
	}
}

// A chunk that the copy lacks was made and sent by the old server: the withdrawal waits until it is here too.
func TestWithdrawalInACopyWaitsForWhatTheCopyLacks(t *testing.T) {
	q := newQueue(t)
	w := newWorld(t, q, "a@x.example")
	w.says(pipeline.Approved, 0, pipeline.ApprovedBody{})
	w.saysOfNation(pipeline.Marked, 0, pipeline.MarkedBody{})
	last, err := q.Last(ctx)
	must(t, err)
	restored := &Restored{At: testTime, Facts: last[queue.StreamFacts]}
	ref := w.chunk.Ref
	ref.Revision = 2
	open := func() int {
		had, err := whoGot(ctx, worldFacts{w}, restored, ref, pipeline.NZL)
		must(t, err)
		return had.open
	}
	if got := open(); got != 2 { // the chunk, and the plan that is missing
		t.Errorf("%d open without a plan", got)
	}
	w.saysOfNation(pipeline.Planned, 0, pipeline.PlannedBody{Chunks: 2})
	if got := open(); got != 2 { // the chunk, and the second one
		t.Errorf("%d open without the second chunk", got)
	}
}

// Work of deliver that was parked with an attempt in doubt, whose cause a person has yet to mend, keeps nobody from being
// told that the bulletin is withdrawn.
func TestRecallHastensWhatIsParkedInDoubt(t *testing.T) {
	w := deliverWorld(t, "a@x.example", "b@x.example")
	inDoubt(t, w)
	w.says(pipeline.Parked, 1, pipeline.ParkedBody{Worker: "deliver", Subject: w.chunk.Subject(), Reason: "failed 5 times"})
	ref := w.chunk.Ref
	ref.Revision = 2
	had, err := whoGot(ctx, worldFacts{w}, nil, ref, pipeline.NZL)
	must(t, err)
	if had.open != 1 || len(had.idle) != 1 || len(had.who) != 2 {
		t.Errorf("%+v", had)
	}
	w.says(pipeline.Retried, 1, pipeline.RetriedBody{Worker: "deliver", Subject: w.chunk.Subject()})
	if had, err = whoGot(ctx, worldFacts{w}, nil, ref, pipeline.NZL); err != nil || len(had.idle) != 0 {
		t.Errorf("set going twice: %+v, %v", had, err)
	}
}
