package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

// correct hands in a correction of the released revision 1 and takes it through review.
func (b *bulletin) correct(t *testing.T, text string) pipeline.Fact {
	t.Helper()
	b.corrects = 1
	b.submit(t, 2, text)
	return b.pass(t)
}

var correction = strings.Replace(draftText, "scheme: usa", "correction: (U//REL TO USA, GBR//LES) The figures\nscheme: usa", 1)

// released takes a bulletin through its first release.
func released(t *testing.T) *bulletin {
	t.Helper()
	b, in := approved(t)
	out, err := markOf(b).Work(ctx, in)
	must(t, err)
	must(t, b.q.Publish(ctx, out...))
	return b
}

func TestMarkOfACorrection(t *testing.T) {
	b := released(t)
	in := b.correct(t, correction)
	m := markOf(b)
	out, err := m.Work(ctx, in)
	must(t, err)
	numbered := b.facts(t, pipeline.Numbered)
	if body := decoded[pipeline.NumberedBody](t, numbered[1]); body.Number != "SA26-326A" || body.Version != "2.0" || len(body.Nations) != 4 {
		t.Errorf("numbered: %+v", body)
	}
	for _, f := range out {
		e, err := loadEdition(ctx, b.docs, decoded[pipeline.MarkedBody](t, f).Edition)
		must(t, err)
		want := "Corrected"
		if f.Nation == pipeline.GBR || f.Nation == pipeline.USA {
			want = "(U//REL TO USA, GBR//LES) The figures"
		}
		if len(e.History) != 2 || e.History[0].Version != "1.0" || e.History[1].Version != "2.0" || e.History[1].Summary != want || e.Notice() != "CORRECTION" {
			t.Errorf("%s: %+v", f.Nation, e.History)
		}
	}
	first, err := b.q.Fact(ctx, fmt.Sprintf("bulletin.%s.1.approved", b.ref.ID))
	must(t, err)
	again, err := markOf(b).Work(ctx, first) // after a crash, the correction is on record already
	must(t, err)
	must(t, b.q.Publish(ctx, again...))
}

func TestMarkRefusesACorrectionThatDoesNotFollow(t *testing.T) {
	for name, c := range map[string]struct {
		text     string
		corrects int
	}{
		"of a revision that was not released":  {correction, 7},
		"that says it is none":                 {correction, 0},
		"that leaves a nation with the former": {strings.Replace(correction, "[AUS, GBR", "[GBR", 1), 1},
	} {
		t.Run(name, func(t *testing.T) {
			b := released(t)
			b.corrects = c.corrects
			b.submit(t, 2, c.text)
			if out, err := markOf(b).Work(ctx, b.pass(t)); !isPermanent(err) || out != nil {
				t.Errorf("got %v, %v", out, err)
			}
			if len(b.facts(t, pipeline.Numbered)) != 1 {
				t.Error("it was released")
			}
		})
	}
}

// demand publishes a signed demand to withdraw.
func (b *bulletin) demand(t *testing.T, ordinal, revision, of int, name string) pipeline.Fact {
	t.Helper()
	p, err := cast().Find(name)
	must(t, err)
	ref := pipeline.Ref{ID: b.ref.ID, Revision: revision}
	reason := b.docs.put([]byte("It was wrong."))
	statement := review.WithdrawalStatement(ref, of, reason)
	f := newFact(t, pipeline.Withdrawal, ref, pipeline.WithdrawalBody{
		Person: name, Nation: p.Nation, Of: of, Reason: reason, Statement: statement,
		Signature: signBy(p.Certificate, statement), People: b.docs.put(cast().JSON()),
	})
	f.Ordinal = ordinal
	must(t, b.q.Publish(ctx, f))
	return f
}

// withdrawn has two people withdraw it.
func (b *bulletin) withdrawn(t *testing.T, revision, of int) pipeline.Fact {
	t.Helper()
	d := &Demands{Facts: b.q, Documents: b.docs, Decider: b.q, Verify: verify, Log: discard}
	for i, name := range []string{"tom", "carlos"} {
		if _, err := d.Work(ctx, b.demand(t, i+1, revision, of, name)); err != nil {
			t.Fatal(err)
		}
		if got := len(b.facts(t, pipeline.Withdrawn)); got != i {
			t.Fatalf("after %d demand(s) it is withdrawn %d times", i+1, got)
		}
	}
	return b.facts(t, pipeline.Withdrawn)[0]
}

// What is withdrawn before its release is never released; what is released is marked to its end, for the recall builds
// on it.
func TestMarkAfterAWithdrawal(t *testing.T) {
	b, in := approved(t)
	b.withdrawn(t, 2, 1)
	if out, err := markOf(b).Work(ctx, in); err != nil || out != nil || len(b.facts(t, pipeline.Numbered)) != 0 {
		t.Errorf("got %v, %v", out, err)
	}
	b, in = approved(t)
	first, err := markOf(b).Work(ctx, in) // and it dies before it publishes these
	must(t, err)
	f := b.withdrawn(t, 2, 1)
	recall := &Recall{Facts: b.q, Documents: b.docs, Verify: verify}
	if _, err := recall.Work(ctx, f); !isRetry(err) {
		t.Errorf("recalled what is not marked yet: %v", err)
	}
	again, err := markOf(b).Work(ctx, in)
	must(t, err)
	if len(again) != len(first) || again[0].Identity() != first[0].Identity() {
		t.Errorf("got %v", again)
	}
	must(t, b.q.Publish(ctx, again...))
	out, err := recall.Work(ctx, f)
	must(t, err)
	if numbered := decoded[pipeline.NumberedBody](t, out[0]); !numbered.Withdrawal || numbered.Number != "SA26-326A" || numbered.Version != "2.0" || len(out) != 5 {
		t.Errorf("recalled: %+v, %d facts", numbered, len(out))
	}
	for _, f := range out[1:] {
		e, err := loadEdition(ctx, b.docs, decoded[pipeline.MarkedBody](t, f).Edition)
		must(t, err)
		if !e.Withdrawn() || len(e.Former) != 1 || strings.Contains(string(e.JSON()), "A first paragraph") {
			t.Errorf("%s: %s", f.Nation, e.JSON())
		}
	}
}

// A withdrawal that comes between mark's look and its release wins.
func TestMarkLosesAgainstAWithdrawal(t *testing.T) {
	b, in := approved(t)
	m := markOf(b)
	m.Decider = beforeDecide{b.q, func() { b.withdrawn(t, 2, 1) }}
	if out, err := m.Work(ctx, in); !isRetry(err) || out != nil || len(b.facts(t, pipeline.Numbered)) != 0 {
		t.Errorf("got %v, %v", out, err)
	}
	if out, err := markOf(b).Work(ctx, in); err != nil || out != nil {
		t.Errorf("then: %v, %v", out, err)
	}
}

type beforeDecide struct {
	Decider
	do func()
}

func (d beforeDecide) Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error) {
	d.do()
	return d.Decider.Decide(ctx, last, facts...)
}

func TestDemandsCountsNoMoreThanItMay(t *testing.T) {
	for name, names := range map[string][]string{
		"one alone":          {"tom"},
		"the same twice":     {"tom", "tom"},
		"nobody of USA":      {"tom", "aroha"},
		"two of USA":         {"dana", "carlos"},
		"a newer was out":    {"tom", "carlos"},
		"signed by no one's": {"tom", "carlos"},
	} {
		t.Run(name, func(t *testing.T) {
			b := released(t)
			if name == "a newer was out" {
				_, err := markOf(b).Work(ctx, b.correct(t, correction))
				must(t, err)
			}
			d := &Demands{Facts: b.q, Documents: b.docs, Decider: b.q, Verify: verify, Log: discard}
			if name == "signed by no one's" {
				d.Verify = func(_, _, _ []byte, _ time.Time) (string, error) { return "", errors.New("bad signature") }
			}
			for i, who := range names {
				_, err := d.Work(ctx, b.demand(t, i+1, 9, 1, who))
				must(t, err)
			}
			if len(b.facts(t, pipeline.Withdrawn)) != 0 {
				t.Error("it is withdrawn")
			}
		})
	}
}

func TestRecallRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*testing.T, *bulletin, *Recall, *pipeline.Fact){
		"a demand is missing": func(t *testing.T, _ *bulletin, _ *Recall, f *pipeline.Fact) {
			body := decoded[pipeline.WithdrawnBody](t, *f)
			body.Withdrawals = []int{1}
			f.Body = newFact(t, f.Name, f.Ref, body).Body
		},
		"another reason": func(t *testing.T, b *bulletin, _ *Recall, f *pipeline.Fact) {
			body := decoded[pipeline.WithdrawnBody](t, *f)
			body.Reason = b.docs.put([]byte("other"))
			f.Body = newFact(t, f.Name, f.Ref, body).Body
		},
		"a bad signature": func(_ *testing.T, _ *bulletin, r *Recall, _ *pipeline.Fact) {
			r.Verify = func(_, _, _ []byte, _ time.Time) (string, error) { return "", errors.New("bad signature") }
		},
		"it can't be read": func(_ *testing.T, _ *bulletin, _ *Recall, f *pipeline.Fact) { f.Body = []byte("{") },
	} {
		t.Run(name, func(t *testing.T) {
			b := released(t)
			f := b.withdrawn(t, 2, 1)
			r := &Recall{Facts: b.q, Documents: b.docs, Verify: verify}
			spoil(t, b, r, &f)
			if out, err := r.Work(ctx, f); !isPermanent(err) || out != nil {
				t.Errorf("got %v, %v; want it parked", out, err)
			}
		})
	}
}

func TestResend(t *testing.T) {
	w := deliverWorld(t, "planned@x.example", "green@x.example")
	list := append(w.lists.byNation[pipeline.NZL], recipient(pipeline.NZL, "fresh@x.example"))
	list[1].MaxTLP = "TLP:GREEN"
	w.lists.byNation[pipeline.NZL] = list
	planned := newFact(t, pipeline.Planned, w.chunk.Ref, pipeline.PlannedBody{
		Rendered: decoded[pipeline.ChunkBody](t, w.chunk).Rendered, Plan: w.docs.put([]byte(`{}`)), Chunks: 1,
	})
	planned.Nation = pipeline.NZL
	keys := func(r pipeline.Recipient) seal.Fitness { return anyKey(r) }
	r := &Resend{Facts: w.q, Documents: w.docs, Lists: w.lists, Archive: kept{}, Keys: func(r pipeline.Recipient) seal.Fitness { return keys(r) }, Nation: pipeline.NZL}
	wish := func(ordinal int, address string) ([]pipeline.Fact, error) {
		f := newFact(t, pipeline.Resent, w.chunk.Ref, pipeline.ResentBody{Person: "moana", Address: address})
		f.Nation, f.Ordinal = pipeline.NZL, ordinal
		return r.Work(ctx, f)
	}
	if _, err := wish(1, "planned@x.example"); !isRetry(err) {
		t.Errorf("before it is planned: %v", err)
	}
	must(t, w.q.Publish(ctx, planned))
	for _, c := range []struct{ address, reason string }{
		{"stranger@x.example", "not on the list"},
		{"green@x.example", "may have TLP:GREEN at most"},
	} {
		_, err := wish(9, c.address)
		var p *pipeline.Permanent
		if !errors.As(err, &p) || !strings.Contains(p.Reason, c.reason) || strings.Contains(p.Reason, "x.example") {
			t.Errorf("%s: %v, want %q without an address", c.address, err, c.reason)
		}
	}
	for i, address := range []string{"PLANNED@x.example", "fresh@x.example"} {
		out, err := wish(i+1, address)
		must(t, err)
		body := decoded[pipeline.ChunkBody](t, out[0])
		if out[0].Chunk != 2+i || out[0].Precedence != pipeline.Routine || len(body.Recipients) != 1 || body.Recipients[0].Address != strings.ToLower(address) {
			t.Errorf("%s: %+v %+v", address, out[0], body)
		}
		must(t, w.q.Publish(ctx, out...))
	}
	w.lists.byNation[pipeline.NZL] = nil // done again after a crash, it is the chunk that is on record
	out, err := wish(1, "planned@x.example")
	must(t, err)
	must(t, w.q.Publish(ctx, out...))
	w.lists.byNation[pipeline.NZL] = list
	keys = func(pipeline.Recipient) seal.Fitness {
		return seal.Fitness{State: seal.Unfit, Reasons: []string{"the key expired"}}
	}
	if _, err := wish(8, "fresh@x.example"); !isPermanent(err) {
		t.Errorf("an unfit key: %v", err)
	}
}

// The word of a withdrawal is sent again to those alone whom it was planned for.
func TestResendOfAWithdrawal(t *testing.T) {
	r := &Resend{Archive: kept{}, Keys: anyKey}
	e := edition.Withdrawal([]edition.Edition{testEdition(pipeline.NZL)}, nil, "2.0", testTime, "Wrong.")
	plan := pipeline.Plan{
		Chunks: [][]pipeline.Addressee{{{Address: "left@x.example", Fingerprint: testFpr}}},
		Parked: []pipeline.Unreachable{{Address: "expired@x.example", Fingerprint: testFpr, Reason: "the key expired"}},
	}
	list := []pipeline.Recipient{recipient(pipeline.NZL, "fresh@x.example")}
	for address, may := range map[string]bool{"left@x.example": true, "Expired@x.example": true, "fresh@x.example": false, "stranger@x.example": false} {
		to, reason := r.admit(e, plan, pipeline.NewRoll(list), address)
		if (reason == "") != may || may && !slices.Contains([]string{"left@x.example", "expired@x.example"}, to.Address) {
			t.Errorf("%s: %+v, %q", address, to, reason)
		}
	}
}

// A second correction carried what the first had changed to whoever may have the second: the line was marked above it.
func TestMarkCarriedALineAboveTheCorrection(t *testing.T) {
	b := released(t)
	out, err := markOf(b).Work(ctx, b.correct(t, correction))
	must(t, err)
	must(t, b.q.Publish(ctx, out...))
	b.corrects = 2
	plain := strings.NewReplacer("(U//REL TO USA, GBR//LES)", "(U)").Replace(draftText)
	b.submit(t, 3, strings.Replace(plain, "scheme: usa", "correction: (U) Released to all\nscheme: usa", 1))
	out, err = markOf(b).Work(ctx, b.pass(t))
	must(t, err)
	for _, f := range out {
		e, err := loadEdition(ctx, b.docs, decoded[pipeline.MarkedBody](t, f).Edition)
		must(t, err)
		if len(e.History) != 3 || e.History[1].Summary != "Corrected" || e.History[2].Summary != "(U) Released to all" {
			t.Errorf("%s, %s: %+v", f.Nation, e.Banner, e.History)
		}
	}
}
