package workers

import (
	"errors"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

// TestRestoredHoldsBackWhatWasDecidedBefore walks through who has said what before and after the copy was made.
func TestRestoredHoldsBackWhatWasDecidedBefore(t *testing.T) {
	retried := func(worker, subject string) pipeline.RetriedBody {
		return pipeline.RetriedBody{Worker: worker, Subject: subject, Person: "aroha"}
	}
	for name, c := range map[string]struct {
		before, after func(w *world)
		held          bool
	}{
		"approved before": {before: func(w *world) { w.says(pipeline.Approved, 0, pipeline.ApprovedBody{}) }, held: true},
		"approved since":  {after: func(w *world) { w.says(pipeline.Approved, 0, pipeline.ApprovedBody{}) }},
		"withdrawn since": {
			before: func(w *world) { w.says(pipeline.Submitted, 0, pipeline.SubmittedBody{}) },
			after:  func(w *world) { w.says(pipeline.Withdrawn, 0, pipeline.WithdrawnBody{}) },
		},
		"retried since": {
			before: func(w *world) { w.says(pipeline.Approved, 0, pipeline.ApprovedBody{}) },
			after:  func(w *world) { w.says(pipeline.Retried, 1, retried("deliver", w.chunk.Subject())) },
		},
		"retried before": {before: func(w *world) {
			w.says(pipeline.Approved, 0, pipeline.ApprovedBody{})
			w.says(pipeline.Retried, 1, retried("deliver", w.chunk.Subject()))
		}, held: true},
		"another chunk retried since": {
			before: func(w *world) { w.says(pipeline.Approved, 0, pipeline.ApprovedBody{}) },
			after:  func(w *world) { w.says(pipeline.Retried, 1, retried("deliver", w.chunk.Subject()+"0")) },
			held:   true,
		},
		"another worker retried since": {
			before: func(w *world) { w.says(pipeline.Approved, 0, pipeline.ApprovedBody{}) },
			after:  func(w *world) { w.says(pipeline.Retried, 1, retried("render", w.chunk.Subject())) },
			held:   true,
		},
		"wanted again since": {
			before: func(w *world) {
				w.says(pipeline.Approved, 0, pipeline.ApprovedBody{})
				w.saysOfNation(pipeline.Planned, 0, pipeline.PlannedBody{})
			},
			after: func(w *world) { w.saysOfNation(pipeline.Resent, 1, pipeline.ResentBody{}) },
		},
		"wanted again before": {before: func(w *world) {
			w.says(pipeline.Approved, 0, pipeline.ApprovedBody{})
			w.saysOfNation(pipeline.Planned, 0, pipeline.PlannedBody{})
			w.saysOfNation(pipeline.Resent, 1, pipeline.ResentBody{})
		}, held: true},
		"another wanted again since": {
			before: func(w *world) {
				w.says(pipeline.Approved, 0, pipeline.ApprovedBody{})
				w.saysOfNation(pipeline.Planned, 0, pipeline.PlannedBody{Chunks: 1})
			},
			after: func(w *world) { w.saysOfNation(pipeline.Resent, 1, pipeline.ResentBody{}) },
			held:  true,
		},
		"nothing on record": {held: true},
	} {
		t.Run(name, func(t *testing.T) {
			q := newQueue(t)
			w := newWorld(t, q, "a@x.example", "b@x.example")
			if c.before != nil {
				c.before(w)
			}
			last, err := q.Last(ctx)
			must(t, err)
			if c.after != nil {
				c.after(w)
			}
			d, living, _ := w.process(-1)
			d.Restored = &Restored{At: testTime, Facts: last[queue.StreamFacts]}
			err = d.Work(living, w.chunk)
			var permanent *pipeline.Permanent
			if c.held && (!errors.As(err, &permanent) || !strings.Contains(permanent.Reason, "restored from a copy of ") || len(w.tries) > 0) {
				t.Errorf("not held back: %v, sent %v", err, w.tries)
			}
			if !c.held && (err != nil || w.arrived["a@x.example"] != 1) {
				t.Errorf("held back: %v, arrived %v", err, w.arrived)
			}
		})
	}
}

// says puts a fact about the world's bulletin on record.
func (w *world) says(name pipeline.Name, ordinal int, body any) {
	w.t.Helper()
	f := newFact(w.t, name, w.chunk.Ref, body)
	f.Ordinal = ordinal
	must(w.t, w.q.Publish(ctx, f))
}

// saysOfNation puts one on record that is about the chunk's nation.
func (w *world) saysOfNation(name pipeline.Name, ordinal int, body any) {
	w.t.Helper()
	f := newFact(w.t, name, w.chunk.Ref, body)
	f.Nation, f.Ordinal = w.chunk.Nation, ordinal
	must(w.t, w.q.Publish(ctx, f))
}

// TestNumbersOfTheDayAreReserved finds the first number after a restore beyond all that may have been given out.
func TestNumbersOfTheDayAreReserved(t *testing.T) {
	q := newQueue(t)
	taken := newFact(t, pipeline.Reserved, newRef(), struct{}{})
	taken.Number = numberOf(testTime, 2)
	must(t, q.Publish(ctx, taken))
	for range 2 { // safe to run twice
		must(t, ReserveDays(ctx, q, testTime.Add(-49*time.Hour), testTime))
	}
	for back := range 3 { // an embargo may have ended on each of the days between
		if _, err := q.Fact(ctx, "number."+numberOf(testTime.AddDate(0, 0, -back), 25)); err != nil {
			t.Errorf("%d days ago: %v", back, err)
		}
	}
	kept, err := q.Fact(ctx, "number."+taken.Number)
	if err != nil || kept.Ref != taken.Ref {
		t.Errorf("a number that was given out is %+v (%v)", kept, err)
	}
	number, err := (&Mark{Publisher: q}).allot(ctx, newRef(), testTime)
	if err != nil || number != numberOf(testTime, 26) || !strings.HasSuffix(number, "AA") {
		t.Errorf("%s, %v", number, err)
	}
}

// TestEndingLeavesNobodyWaiting ends a process in the middle of a chunk: the rest asks to come again at once, not when
// a relay's refusal would.
func TestEndingLeavesNobodyWaiting(t *testing.T) {
	w := newWorld(t, newQueue(t), "a@x.example", "b@x.example")
	d, living, _ := w.process(-1)
	stopping := make(chan struct{})
	close(stopping)
	d.Stopping = stopping
	var retry *pipeline.Retry
	if err := d.Work(living, w.chunk); !errors.As(err, &retry) || retry.After != 0 {
		t.Errorf("%v", err)
	}
}

// A revision that is made after the restore may have the number of one that the old server made: a mail of it must not be
// taken for a repeat of the other. What was decided before the copy keeps its Message-ID: a repeat of it is one.
func TestRestoredMailIsNoRepeatOfWhatTheOldServerSent(t *testing.T) {
	post, _ := newPost(t)
	ref, e := newRef(), testEdition(pipeline.NZL)
	e.Released = testTime
	old := post.messageID(ref, e)
	for name, c := range map[string]struct {
		restored *Restored
		embargo  time.Time
		repeat   bool
	}{
		"never restored":           {nil, time.Time{}, true},
		"decided before the copy":  {&Restored{At: testTime.Add(time.Second)}, time.Time{}, true},
		"decided since":            {&Restored{At: testTime.Add(-time.Second)}, time.Time{}, false},
		"its embargo ended since":  {&Restored{At: testTime.Add(-time.Second)}, testTime, true},
		"since, embargo long over": {&Restored{At: testTime.Add(-time.Second)}, testTime.Add(-time.Minute), false},
	} {
		post.Restored, e.Embargo = c.restored, c.embargo
		if id := post.messageID(ref, e); (id == old) != c.repeat || id != post.messageID(ref, e) {
			t.Errorf("%s: %s after %s", name, id, old)
		}
	}
}
