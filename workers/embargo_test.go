package workers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
)

// embargoed takes a bulletin with an embargo through review.
func embargoed(t *testing.T, until time.Time) (*bulletin, pipeline.Fact) {
	t.Helper()
	b := &bulletin{q: newQueue(t), docs: newMemory(), ref: newRef()}
	b.submit(t, 1, strings.Replace(draftText, "tlp: TLP", "embargo: "+until.Format(time.RFC3339)+"\ntlp: TLP", 1))
	return b, b.pass(t)
}

// Nothing is released before the embargo ends, whatever is started anew meanwhile and however the clock jumps; then it
// is released once, under the embargo's time and a number of its day.
func TestMarkHoldsBackUntilTheEmbargoEnds(t *testing.T) {
	until := testTime.Add(30 * time.Hour)
	b, in := embargoed(t, until)
	now := testTime
	for _, now = range []time.Time{testTime, until.Add(-10 * time.Second), testTime.Add(time.Hour), until.Add(-time.Nanosecond)} {
		m := markOf(b) // another process
		m.Clock = func() time.Time { return now }
		out, err := m.Work(ctx, in)
		var retry *pipeline.Retry
		if !errors.As(err, &retry) || out != nil || retry.After <= 0 || retry.After > time.Minute || retry.After > until.Sub(now) {
			t.Fatalf("at %s: got %v, %v", now, out, err)
		}
	}
	if len(b.facts(t, pipeline.Numbered)) != 0 {
		t.Error("numbered before its time")
	}
	if _, err := b.q.Fact(ctx, "number.SA26-326A"); !errors.Is(err, pipeline.ErrNotFound) {
		t.Errorf("a number of the day of approval was allotted: %v", err)
	}
	for _, now = range []time.Time{until, until.Add(48 * time.Hour)} { // and once more, after a crash
		m := markOf(b)
		m.Clock = func() time.Time { return now }
		out, err := m.Work(ctx, in)
		must(t, err)
		for _, f := range out {
			if f.Name != pipeline.Marked {
				continue
			}
			e, err := loadEdition(ctx, b.docs, decoded[pipeline.MarkedBody](t, f).Edition)
			must(t, err)
			if e.Number != "SA26-327A" || !e.Released.Equal(until) || !e.History[0].At.Equal(until) {
				t.Errorf("%s: %s, released %s", e.Nation, e.Number, e.Released)
			}
		}
	}
	numbered := b.facts(t, pipeline.Numbered)
	if len(numbered) != 1 || !decoded[pipeline.NumberedBody](t, numbered[0]).Released.Equal(until) {
		t.Errorf("numbered: %v", numbered)
	}
}

func TestMarkReleasesAtTheLaterOfApprovalAndEmbargo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		approved := testTime.Add(time.Duration(rapid.IntRange(-1000, 1000).Draw(t, "approved")) * time.Second)
		embargo := testTime.Add(time.Duration(rapid.IntRange(-1000, 1000).Draw(t, "embargo")) * time.Second)
		now := approved.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "now")) * time.Second)
		m := &Mark{Clock: func() time.Time { return now }}
		at, err := m.release(pipeline.Fact{At: approved}, embargo)
		if early := now.Before(embargo); early != (err != nil) {
			t.Fatalf("embargo %s, now %s: %v", embargo, now, err)
		}
		if later := map[bool]time.Time{true: embargo, false: approved}[embargo.After(approved)]; err == nil && !at.Equal(later) {
			t.Fatalf("released at %s, want %s", at, later)
		}
	})
}

// The embargo that the tally reports is for people to see: mark goes by the draft's.
func TestMarkBelievesTheDraftsEmbargoAlone(t *testing.T) {
	until := testTime.Add(time.Hour)
	b, in := embargoed(t, until)
	in.Body = fmt.Appendf(nil, `{"statement":%q,"approvals":[1,2],"embargo":"2020-01-01T00:00:00Z"}`, pipeline.DigestOf([]byte(b.c.Statement)))
	if out, err := markOf(b).Work(ctx, in); !isRetry(err) || out != nil {
		t.Errorf("got %v, %v", out, err)
	}
}
