package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

// recallWorld is a released bulletin of several chunks whose withdrawal may come at any instant of their delivery.
type recallWorld struct {
	*world
	chunks    []pipeline.Fact
	addresses []string
	recall    pipeline.Fact // Rendered: the word of the withdrawal
	withdrawn bool
	planned   bool
	got, told map[string]int // mails that arrived, by address
	takes     time.Duration  // a mail, at the relay
	since     time.Time      // when it was withdrawn
	begun     []time.Time    // mails of it
}

func newRecallWorld(t *rapid.T, q store) *recallWorld {
	w := &recallWorld{
		world: &world{
			t: t, q: q, docs: newMemory(), now: testTime, lists: &lists{byNation: map[pipeline.Nation][]pipeline.Recipient{}},
			script: map[string][]error{}, arrived: map[string]int{}, tries: map[string]int{},
		},
		got: map[string]int{}, told: map[string]int{},
	}
	ref := newRef()
	e := testEdition(pipeline.NZL)
	e.History = []edition.Version{{Version: "1.0", At: testTime, Change: edition.ChangeRelease}}
	rendered := stored(w.docs, e)
	for c := range rapid.IntRange(1, 3).Draw(t, "chunks") {
		body := pipeline.ChunkBody{Rendered: rendered}
		for i := range rapid.IntRange(1, 3).Draw(t, "recipients") {
			a := fmt.Sprintf("r%d%d@x.example", c, i)
			w.addresses = append(w.addresses, a)
			w.lists.byNation[pipeline.NZL] = append(w.lists.byNation[pipeline.NZL], recipient(pipeline.NZL, a))
			body.Recipients = append(body.Recipients, pipeline.Addressee{Address: a, Fingerprint: testFpr})
			w.script[a] = rapid.SliceOfN(rapid.SampledFrom([]error{nil, nil, errTemporary, errInDoubt, errLost, errForGood}), 0, 3).Draw(t, "answers")
		}
		f := newFact(t, pipeline.Chunk, ref, body)
		f.Nation, f.Precedence, f.Chunk, f.At = pipeline.NZL, pipeline.Routine, c+1, testTime
		must(t, q.Publish(ctx, f))
		w.chunks = append(w.chunks, f)
	}
	ref.Revision = 2
	word := edition.Withdrawal([]edition.Edition{e}, []pipeline.Digest{rendered.Edition}, "2.0", testTime, "It was wrong.")
	w.recall = newFact(t, pipeline.Rendered, ref, stored(w.docs, word))
	w.recall.Nation, w.recall.At = pipeline.NZL, testTime
	return w
}

// withdraw puts the withdrawal on record.
func (w *recallWorld) withdraw() {
	w.withdrawn, w.since = true, time.Now()
	must(w.t, w.q.Publish(ctx, newFact(w.t, pipeline.Withdrawn, w.recall.Ref, pipeline.WithdrawnBody{Of: 1})))
}

// plan lets the recall's plan have a look, as it would in another process at this instant.
func (w *recallWorld) plan() {
	if w.planned {
		return
	}
	p := &Plan{Facts: worldFacts{w.world}, Documents: w.docs, Publisher: w.q, Lists: w.lists, Archive: kept{}, Keys: anyKey, ChunkSize: func() int { return 2 }, Nation: pipeline.NZL}
	out, err := p.Work(ctx, w.recall)
	if isRetry(err) {
		return
	}
	must(w.t, err)
	must(w.t, w.q.Publish(ctx, out...))
	w.planned = true
	chunks, err := (&Dispatch{Documents: w.docs}).Work(ctx, out[0])
	must(w.t, err)
	must(w.t, w.q.Publish(ctx, chunks...))
	w.chunks = append(w.chunks, chunks...)
}

// kept is an archive that has every key.
type kept struct{}

func (kept) Keep(pipeline.Recipient) error { return nil }

func (kept) Former(pipeline.Nation, string) (string, error) { return "kept.asc", nil }

func (w *recallWorld) deliver(chunk pipeline.Fact, steps int, at map[int]func()) error {
	living, end := context.WithCancel(ctx)
	defer end()
	l := &life{steps: steps, end: end, at: at}
	d, _, _ := w.process(steps)
	d.Ledger, d.Receipts = &worldLedger{w.world, l}, func() Receipts { return worldReceipts{w.world, l} }
	d.Poster, d.Archive = &recallPoster{w: w, l: l}, kept{}
	return d.Work(living, chunk)
}

// recallPoster notes who got which mail.
type recallPoster struct {
	w *recallWorld
	l *life
}

func (p *recallPoster) Seal(ref pipeline.Ref, _ edition.Edition, _ Rendering) (*Sealed, error) {
	return &Sealed{Ref: ref, MessageID: "<" + ref.String() + "@bulletin.example>"}, nil
}

func (p *recallPoster) Forget(*Sealed) {}

func (p *recallPoster) Send(ctx context.Context, s *Sealed, to pipeline.Recipient, _ *seal.Key) (string, error) {
	if !p.l.alive() {
		return "", errDead
	}
	if s.Ref == p.w.recall.Ref {
		p.w.told[to.Address]++
		return "250 2.0.0 queued", nil
	}
	p.w.begun = append(p.w.begun, time.Now())
	time.Sleep(p.w.takes)
	var err error
	if script := p.w.script[to.Address]; len(script) > 0 {
		err, p.w.script[to.Address] = script[0], script[1:]
	}
	if err == nil || errors.Is(err, errTook) {
		p.w.got[to.Address]++
	}
	if !p.l.alive() {
		return "", ctx.Err()
	}
	if err != nil {
		return "", err
	}
	return "250 2.0.0 queued", nil
}

// TestRecallReachesExactlyThoseWhoGotIt withdraws a bulletin at any step of its delivery, lets the recall's plan look at
// any other, and kills deliver at any third. At the end everyone who was sent a mail of it is told, each in one mail, and
// nobody else is but those of whom it is in doubt.
func TestRecallReachesExactlyThoseWhoGotIt(t *testing.T) {
	q := newQueue(t)
	rapid.Check(t, recallReaches(func() store { return q }, 0))
}

// recallReaches is that property of a store, and of a relay at which a mail takes so long.
func recallReaches(open func() store, takes time.Duration) func(*rapid.T) {
	return func(t *rapid.T) {
		w := newRecallWorld(t, open())
		w.takes = takes
		first := len(w.chunks)
		others := map[string]func(){
			"withdraw": func() {
				if !w.withdrawn {
					w.withdraw()
				}
			},
			"plan": func() {
				if w.withdrawn {
					w.plan()
				}
			},
			"withdraw and plan": func() {
				if !w.withdrawn {
					w.withdraw()
				}
				w.plan()
			},
		}
		names := []string{"plan", "withdraw", "withdraw and plan"}
		for range rapid.IntRange(0, 6).Draw(t, "lives") {
			at := map[int]func(){}
			for range rapid.IntRange(0, 2).Draw(t, "others") {
				at[rapid.IntRange(0, 12).Draw(t, "at step")] = others[rapid.SampledFrom(names).Draw(t, "do")]
			}
			chunk := w.chunks[rapid.IntRange(0, len(w.chunks)-1).Draw(t, "chunk")]
			_ = w.deliver(chunk, rapid.IntRange(-1, 15).Draw(t, "steps"), at)
			w.receipts = w.receipts[:max(0, len(w.receipts)-rapid.IntRange(0, 2).Draw(t, "lost receipts"))]
		}
		for _, a := range w.addresses { // some have left the list meanwhile
			if rapid.IntRange(0, 3).Draw(t, "leaves") == 0 {
				w.lists.byNation[pipeline.NZL] = slices.DeleteFunc(w.lists.byNation[pipeline.NZL], func(r pipeline.Recipient) bool { return r.Address == a })
			}
		}
		others["withdraw"]()
		for range 10 {
			w.plan()
			for i := 0; i < len(w.chunks); i++ {
				_ = w.deliver(w.chunks[i], -1, nil)
			}
		}
		if !w.planned {
			t.Fatalf("the recall was never planned")
		}
		w.check(t, w.chunks[:first])
	}
}

func (w *recallWorld) check(t *rapid.T, chunks []pipeline.Fact) {
	if last := slices.MaxFunc(append(w.begun, w.since), time.Time.Compare); w.takes > 0 && last.Sub(w.since) > lookAgain {
		t.Fatalf("a mail was begun %s after the withdrawal", last.Sub(w.since))
	}
	inDoubt, again := map[string]bool{}, map[string]int{}
	for _, chunk := range w.chunks[len(chunks):] { // the word itself: a kill may repeat it, and then it is in doubt
		f := settledOf(t, w.q, chunk)
		for _, o := range decoded[pipeline.SettledBody](t, f).Outcomes {
			if _, twice := again[o.Address]; twice {
				t.Fatalf("%s is told in two mails", o.Address)
			}
			again[o.Address] = o.InDoubt
		}
	}
	for _, chunk := range chunks {
		f := settledOf(t, w.q, chunk)
		for _, o := range decoded[pipeline.SettledBody](t, f).Outcomes {
			inDoubt[o.Address] = o.InDoubt > 0
		}
	}
	for _, a := range w.addresses {
		switch {
		case w.got[a] > 0 && (w.told[a] == 0 || w.told[a] > 1+again[a]):
			t.Fatalf("%s got it %d times and was told %d times", a, w.got[a], w.told[a])
		case w.got[a] == 0 && w.told[a] > 0 && !inDoubt[a]:
			t.Fatalf("%s did not get it, is not in doubt, and was told", a)
		}
	}
	for a := range w.told {
		if !slices.Contains(w.addresses, a) {
			t.Fatalf("%s was told, and was never on the list", a)
		}
	}
}

// A recipient who is deferred for an hour does not keep the others from being told: their chunk is set going, and
// deliver parks what it had still to send.
func TestRecallHastensWhatWaits(t *testing.T) {
	w := deliverWorld(t, "ok@x.example", "later@x.example")
	w.script["later@x.example"] = []error{errTemporary}
	if err := w.work(1); !isRetry(err) {
		t.Fatalf("got %v", err)
	}
	ref := w.chunk.Ref
	ref.Revision = 2
	must(t, w.q.Publish(ctx, newFact(t, pipeline.Withdrawn, ref, pipeline.WithdrawnBody{Of: 1})))
	p := &Plan{Facts: worldFacts{w}, Documents: w.docs, Publisher: w.q, Lists: w.lists, Archive: kept{}, Keys: anyKey, ChunkSize: func() int { return 2 }, Nation: pipeline.NZL}
	word := edition.Withdrawal([]edition.Edition{testEdition(pipeline.NZL)}, nil, "2.0", testTime, "Wrong.")
	in := newFact(t, pipeline.Rendered, ref, stored(w.docs, word))
	in.Nation = pipeline.NZL
	for range 2 {
		if _, err := p.Work(ctx, in); !isRetry(err) {
			t.Fatalf("planned while a chunk is open: %v", err)
		}
	}
	retried, _, err := w.q.Facts(ctx, fmt.Sprintf("bulletin.%s.retried.*", w.chunk.Ref))
	must(t, err)
	if len(retried) != 1 || decoded[pipeline.RetriedBody](t, retried[0]).Subject != w.chunk.Subject() {
		t.Fatalf("set going: %v", retried)
	}
	must(t, w.work(1))
	if o := w.settled()["later@x.example"]; o.State != pipeline.StateParked || o.Reason != "withdrawn" {
		t.Errorf("later: %+v", o)
	}
	out, err := p.Work(ctx, in)
	must(t, err)
	if body := decoded[pipeline.PlannedBody](t, out[0]); body.Recipients != 1 || body.Parked != 0 {
		t.Errorf("planned: %+v", body)
	}
}

// Whose key is not fit, or not kept, is parked with the reason, and the others are told.
func TestRecallParksWhomItCannotSealTo(t *testing.T) {
	w := deliverWorld(t, "ok@x.example", "left@x.example", "expired@x.example")
	must(t, w.work(1))
	w.lists.byNation[pipeline.NZL] = slices.DeleteFunc(w.lists.byNation[pipeline.NZL], func(r pipeline.Recipient) bool { return r.Address == "left@x.example" })
	keys := func(r pipeline.Recipient) seal.Fitness {
		if r.Address == "expired@x.example" {
			return seal.Fitness{State: seal.Unfit, Reasons: []string{"the key expired"}}
		}
		return anyKey(r)
	}
	ref := w.chunk.Ref
	ref.Revision = 2
	must(t, w.q.Publish(ctx, newFact(t, pipeline.Withdrawn, ref, pipeline.WithdrawnBody{Of: 1})))
	p := &Plan{Facts: worldFacts{w}, Documents: w.docs, Publisher: w.q, Lists: w.lists, Archive: noArchive{}, Keys: keys, ChunkSize: func() int { return 2 }, Nation: pipeline.NZL}
	fit, parked, err := p.recall(ctx, ref, testEdition(pipeline.NZL), pipeline.NewRoll(w.lists.byNation[pipeline.NZL]))
	must(t, err)
	if len(fit) != 1 || fit[0].Address != "ok@x.example" || len(parked) != 2 {
		t.Fatalf("fit %v, parked %v", fit, parked)
	}
	for _, u := range parked {
		if !strings.Contains(u.Reason, map[string]string{"left@x.example": "not kept", "expired@x.example": "expired"}[u.Address]) {
			t.Errorf("%+v", u)
		}
	}
}

type noArchive struct{}

func (noArchive) Keep(pipeline.Recipient) error { return nil }

func (noArchive) Former(pipeline.Nation, string) (string, error) {
	return "", errors.New("no such file")
}

// Former versions that wait are superseded by the plan of a newer one, which covers whoever they were for.
func TestDeliverParksWhatIsSuperseded(t *testing.T) {
	w := deliverWorld(t, "ok@x.example", "later@x.example")
	w.script["later@x.example"] = []error{errTemporary}
	if err := w.work(1); !isRetry(err) {
		t.Fatalf("got %v", err)
	}
	ref := w.chunk.Ref
	ref.Revision = 2
	planned := newFact(t, pipeline.Planned, ref, pipeline.PlannedBody{Rendered: pipeline.RenderedBody{Version: "2.0"}})
	planned.Nation = pipeline.GBR
	must(t, w.q.Publish(ctx, planned)) // another nation's
	w.script["later@x.example"] = []error{errTemporary}
	if err := w.work(1); !isRetry(err) {
		t.Fatalf("got %v", err)
	}
	planned.Nation = pipeline.NZL
	must(t, w.q.Publish(ctx, planned))
	must(t, w.work(1))
	if o := w.settled()["later@x.example"]; o.State != pipeline.StateParked || o.Reason != "superseded by version 2.0" || w.tries["later@x.example"] != 2 {
		t.Errorf("later: %+v, tried %d times", o, w.tries["later@x.example"])
	}
}

// A correction goes to whoever got the former version, though they want the kind no more; not to one who may not have
// it, and to nobody who has left.
func TestCorrectionGoesToWhoeverGotTheFormer(t *testing.T) {
	w := deliverWorld(t, "had@x.example", "lowered@x.example", "left@x.example")
	must(t, w.work(1))
	list := w.lists.byNation[pipeline.NZL]
	list[0].Kinds = []pipeline.Kind{"flash"}
	list[1].MaxTLP = "TLP:GREEN"
	fresh := recipient(pipeline.NZL, "fresh@x.example")
	picky := recipient(pipeline.NZL, "picky@x.example")
	picky.Kinds = []pipeline.Kind{"flash"}
	list = []pipeline.Recipient{list[0], list[1], fresh, picky}
	ref := w.chunk.Ref
	ref.Revision = 2
	p := &Plan{Facts: worldFacts{w}, Lists: w.lists, Archive: kept{}, Keys: anyKey, ChunkSize: func() int { return 10 }, Nation: pipeline.NZL}
	plan, notMeant, err := p.planOf(ctx, ref, testEdition(pipeline.NZL), pipeline.NewRoll(list))
	must(t, err)
	var to []string
	for _, a := range plan.Chunks[0] {
		to = append(to, a.Address)
	}
	if !slices.Equal(to, []string{"had@x.example", "fresh@x.example"}) || len(notMeant) != 2 {
		t.Errorf("to %v, excluded %v", to, notMeant)
	}
	if list[0].Kinds == nil {
		t.Error("the list itself was changed")
	}
}

// Somebody waits for the former version while the correction is planned, which is of a kind that they do not want. Deliver
// may still send them the former one until the plan is on record, and parks it after that: so the plan covers them.
func TestCorrectionGoesToWhoeverWaitsForTheFormer(t *testing.T) {
	for name, attempted := range map[string]bool{"deferred": true, "not begun": false} {
		w := deliverWorld(t, "later@x.example", "refused@x.example")
		w.script["later@x.example"], w.script["refused@x.example"] = []error{errTemporary}, []error{errForGood}
		want := []string{"later@x.example", "refused@x.example"}
		if attempted {
			want = want[:1] // the other one is parked: nothing of the former reaches them any more
			if err := w.work(1); !isRetry(err) {
				t.Fatalf("got %v", err)
			}
		}
		list := w.lists.byNation[pipeline.NZL]
		for i := range list {
			list[i].Kinds = []pipeline.Kind{"flash"}
		}
		ref := w.chunk.Ref
		ref.Revision = 2
		p := &Plan{Facts: worldFacts{w}, Lists: w.lists, Archive: kept{}, Keys: anyKey, ChunkSize: func() int { return 10 }, Nation: pipeline.NZL}
		plan, notMeant, err := p.planOf(ctx, ref, testEdition(pipeline.NZL), pipeline.NewRoll(list))
		must(t, err)
		var to []string
		for _, chunk := range plan.Chunks {
			for _, a := range chunk {
				to = append(to, a.Address)
			}
		}
		if !slices.Equal(to, want) {
			t.Errorf("%s: to %v, excluded %v", name, to, notMeant)
		}
	}
}
