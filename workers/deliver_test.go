package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

func TestDeliverOutcomes(t *testing.T) {
	w := deliverWorld(t, "ok@x.example", "later@x.example", "gone@x.example", "doubt@x.example", "lost@x.example", "leak@x.example", "odd@x.example")
	w.script = map[string][]error{
		"later@x.example": {errTemporary, errTemporary},
		"gone@x.example":  {errForGood},
		"doubt@x.example": {errInDoubt},
		"lost@x.example":  {errLost, errTemporary},
		"leak@x.example":  {errLeak},
		"odd@x.example":   {errors.New("who knows")},
	}
	must(t, w.work(5))
	got := w.settled()
	for address, want := range map[string]struct {
		state    pipeline.DeliveryState
		attempts int
		inDoubt  int
		arrived  int
		reason   string
	}{
		"ok@x.example":    {pipeline.StateSent, 1, 0, 1, ""},
		"later@x.example": {pipeline.StateSent, 3, 0, 1, ""},
		"gone@x.example":  {pipeline.StateParked, 1, 0, 0, "no such user"},
		"doubt@x.example": {pipeline.StateSent, 2, 1, 2, ""},
		"lost@x.example":  {pipeline.StateSent, 3, 1, 1, ""},
		"leak@x.example":  {pipeline.StateParked, 1, 0, 0, "gate refused"},
		"odd@x.example":   {pipeline.StateParked, 1, 0, 0, "who knows"},
	} {
		o := got[address]
		if o.State != want.state || o.Attempts != want.attempts || o.InDoubt != want.inDoubt || w.arrived[address] != want.arrived || !strings.Contains(o.Reason, want.reason) {
			t.Errorf("%s: %+v, arrived %d; want %+v", address, o, w.arrived[address], want)
		}
		if o.State == pipeline.StateSent && (o.Reply != "250 2.0.0 queued" || o.Reason != "" || !o.At.Equal(testTime)) {
			t.Errorf("%s: %+v", address, o)
		}
		if want := "<" + w.chunk.Ref.String() + "@bulletin.example>"; o.MessageID != want {
			t.Errorf("%s: message-id %q, want %q", address, o.MessageID, want)
		}
	}
	must(t, w.work(1))
	if w.tries["ok@x.example"] != 1 {
		t.Error("a settled chunk was delivered again")
	}
	if w.sealed != 1 {
		t.Errorf("sealed %d times in one process", w.sealed)
	}
}

func TestDeliverComesBackForTheDeferredAlone(t *testing.T) {
	w := deliverWorld(t, "ok@x.example", "later@x.example")
	w.script["later@x.example"] = []error{errTemporary}
	if err := w.work(1); !isRetry(err) {
		t.Fatalf("got %v, want to come back", err)
	}
	must(t, w.work(1)) // another process
	if w.tries["ok@x.example"] != 1 || w.tries["later@x.example"] != 2 {
		t.Errorf("tries: %v", w.tries)
	}
	second, err := w.q.Fact(ctx, fmt.Sprintf("delivery.attempted.NZL.%s.1.2", w.chunk.Ref))
	must(t, err)
	if got := decoded[pipeline.AttemptedBody](t, second).Indexes; !slices.Equal(got, []int{2}) {
		t.Errorf("the second attempt is at %v, want the second recipient alone", got)
	}
}

// TestDeliverAdmits looks at the list and the key at the time of sending, not of planning.
func TestDeliverAdmits(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *Deliver)
		reason string
	}{
		"removed from the list": {func(w *world, _ *Deliver) {
			w.lists.byNation[pipeline.NZL] = w.lists.byNation[pipeline.NZL][1:]
		}, "no longer on the list"},
		"key replaced":  {func(w *world, _ *Deliver) { w.lists.byNation[pipeline.NZL][0].Fingerprint = "OTHER" }, "not the one that was planned"},
		"limit lowered": {func(w *world, _ *Deliver) { w.lists.byNation[pipeline.NZL][0].MaxTLP = "TLP:GREEN" }, "may have TLP:GREEN at most"},
		"marking lowered": {func(w *world, _ *Deliver) {
			w.lists.byNation[pipeline.NZL][0].MaxMarking = "UNCLASSIFIED"
		}, "may have UNCLASSIFIED at most"},
		"kind not wanted any more": {func(w *world, _ *Deliver) {
			w.lists.byNation[pipeline.NZL][0].Kinds = []pipeline.Kind{"flash"}
		}, "does not want"},
		"key not fit any more": {func(w *world, d *Deliver) {
			d.Keys = func(r pipeline.Recipient) seal.Fitness {
				if r.Address == "first@x.example" {
					return seal.Fitness{State: seal.Unfit, Reasons: []string{"the key expired"}}
				}
				return anyKey(r)
			}
		}, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			w := deliverWorld(t, "first@x.example", "second@x.example")
			d, living, _ := w.process(-1)
			c.change(w, d)
			must(t, d.Work(living, w.chunk))
			got := w.settled()
			if o := got["first@x.example"]; o.State != pipeline.StateParked || !strings.Contains(o.Reason, c.reason) || o.Attempts != 0 {
				t.Errorf("first: %+v", o)
			}
			if o := got["second@x.example"]; o.State != pipeline.StateSent {
				t.Errorf("second was held back: %+v", o)
			}
			if w.tries["first@x.example"] != 0 {
				t.Error("sent to the first")
			}
		})
	}
}

// A chunk may take long: who is removed, or whose key ends, while the mails ahead are sent gets nothing more either.
func TestRemovedOrExpiredWhileMailsAheadAreSent(t *testing.T) {
	w := deliverWorld(t, "first@x.example", "removed@x.example", "expired@x.example", "last@x.example")
	d, living, _ := w.process(-1)
	now := testTime
	d.Clock = func() time.Time { return now }
	d.Poster = slowPoster{d.Poster, func() {
		now = now.Add(admittedFor)
		w.lists.byNation[pipeline.NZL] = slices.DeleteFunc(w.lists.byNation[pipeline.NZL], func(r pipeline.Recipient) bool { return r.Address == "removed@x.example" })
	}}
	d.Keys = func(r pipeline.Recipient) seal.Fitness {
		if r.Address == "expired@x.example" && now.After(testTime) {
			return seal.Fitness{State: seal.Unfit, Reasons: []string{"the key expired"}}
		}
		return anyKey(r)
	}
	must(t, d.Work(living, w.chunk))
	got := w.settled()
	for address, want := range map[string]string{"first@x.example": "", "removed@x.example": "no longer on the list", "expired@x.example": "the key expired", "last@x.example": ""} {
		if o := got[address]; (o.State == pipeline.StateParked) != (want != "") || o.Reason != want || o.Attempts != 1 || (w.tries[address] == 0) != (want != "") {
			t.Errorf("%s: %+v, tried %d times", address, o, w.tries[address])
		}
	}
}

// slowPoster takes its time for every mail.
type slowPoster struct {
	Poster
	took func()
}

func (p slowPoster) Send(ctx context.Context, s *Sealed, to pipeline.Recipient, key *seal.Key) (string, error) {
	defer p.took()
	return p.Poster.Send(ctx, s, to, key)
}

// Somebody is editing the list: nothing is sent, nothing is parked, and it goes on when the list is whole again.
func TestDeliverWaitsForAListThatCannotBeRead(t *testing.T) {
	w := deliverWorld(t, "first@x.example")
	d, living, _ := w.process(-1)
	w.lists.err = errors.New("line 3: what is this")
	if err := d.Work(living, w.chunk); !isRetry(err) || len(w.tries) != 0 {
		t.Fatalf("got %v, tried %v", err, w.tries)
	}
	w.lists.err = nil
	must(t, d.Work(living, w.chunk))
	if w.tries["first@x.example"] != 1 {
		t.Errorf("tried %v", w.tries)
	}
}

// The process is to end: mails that were not begun are deferred, not in doubt, and go out later.
func TestDeliverBeginsNoMailWhenStopping(t *testing.T) {
	w := deliverWorld(t, "first@x.example", "second@x.example")
	d, living, _ := w.process(-1)
	stopping := make(chan struct{})
	close(stopping)
	d.Stopping = stopping
	if err := d.Work(living, w.chunk); !isRetry(err) || len(w.tries) != 0 {
		t.Fatalf("got %v, tried %v", err, w.tries)
	}
	d.Stopping = nil
	must(t, d.Work(living, w.chunk))
	f := settledOf(t, w.q, w.chunk)
	for _, o := range decoded[pipeline.SettledBody](t, f).Outcomes {
		if o.State != pipeline.StateSent || o.InDoubt != 0 {
			t.Errorf("%+v", o)
		}
	}
}

// All are known to be sent, and the receipts can't be stored: Settled says so, and nobody is sent a second mail.
func TestDeliverSettlesWhatIsKnownThoughReceiptsFail(t *testing.T) {
	w := deliverWorld(t, "first@x.example", "second@x.example")
	d, living, l := w.process(-1)
	d.Receipts = func() Receipts { return failingReceipts{worldReceipts{w, l}} }
	must(t, d.Work(living, w.chunk))
	must(t, d.Work(living, w.chunk))
	if w.tries["first@x.example"] != 1 || w.tries["second@x.example"] != 1 {
		t.Errorf("tried %v", w.tries)
	}
}

type failingReceipts struct{ worldReceipts }

func (failingReceipts) Flush(context.Context) error { return errors.New("the disk is full") }

func TestDeliverParksTheChunk(t *testing.T) {
	for name, change := range map[string]func(*world, *Deliver){
		"the mail can't be sealed": func(_ *world, d *Deliver) {
			d.Poster = noSeal{}
		},
		"the chunk can't be read": func(w *world, _ *Deliver) { w.chunk.Body = []byte(`{"recipients":`) },
		"the edition is another nation's": func(w *world, _ *Deliver) {
			body := decoded[pipeline.ChunkBody](w.t, w.chunk)
			body.Rendered = stored(w.docs, testEdition(pipeline.GBR))
			f := newFact(w.t, pipeline.Chunk, w.chunk.Ref, body)
			w.chunk.Body = f.Body
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := deliverWorld(t, "first@x.example")
			d, living, _ := w.process(-1)
			change(w, d)
			if err := d.Work(living, w.chunk); !isPermanent(err) {
				t.Errorf("got %v, want it parked", err)
			}
			if len(w.tries) != 0 || w.attemptsNow(&Sealed{Ref: w.chunk.Ref}) != 0 {
				t.Errorf("tried: %v", w.tries)
			}
		})
	}
}

type noSeal struct{ Poster }

func (noSeal) Seal(pipeline.Ref, edition.Edition, Rendering) (*Sealed, error) {
	return nil, errors.New("no")
}

func TestDeliverComesBackWhenTheStoreIsAway(t *testing.T) {
	w := deliverWorld(t, "first@x.example")
	w.docs.gone = errors.New("away")
	if err := w.work(1); !isRetry(err) {
		t.Errorf("got %v, want to come back", err)
	}
	w.docs.gone = nil
	must(t, w.work(1))
}

func TestDeliverGivesUp(t *testing.T) {
	w := deliverWorld(t, "never@x.example", "ok@x.example", "doubt@x.example")
	w.script["never@x.example"] = slices.Repeat([]error{errTemporary}, 50)
	w.script["doubt@x.example"] = slices.Repeat([]error{errInDoubt}, 50)
	if err := w.work(3); !isRetry(err) {
		t.Fatalf("got %v, want to come back", err)
	}
	w.now = testTime.Add(24*time.Hour + time.Second)
	must(t, w.work(1))
	got := w.settled()
	if o := got["never@x.example"]; o.State != pipeline.StateParked || o.Attempts != 4 || !strings.Contains(o.Reason, "given up after 24h") || !strings.Contains(o.Reason, "451") {
		t.Errorf("never: %+v", o)
	}
	if o := got["doubt@x.example"]; o.State != pipeline.StateParked || o.InDoubt != 4 || w.arrived["doubt@x.example"] != 4 {
		t.Errorf("doubt: %+v", o)
	}
	if o := got["ok@x.example"]; o.State != pipeline.StateSent {
		t.Errorf("ok: %+v", o)
	}
}

// Two processes that have the same chunk in hand: the one whose attempt is not on record sends nothing.
func TestDeliverSendsNothingWithoutItsOwnAttempt(t *testing.T) {
	w := deliverWorld(t, "first@x.example")
	other, err := pipeline.NewFact(pipeline.Attempted, w.chunk.Ref, "deliver", pipeline.AttemptedBody{Sealed: "of the other process", Indexes: []int{1}})
	must(t, err)
	other.Nation, other.Chunk, other.Ordinal = pipeline.NZL, 1, 1
	d, living, _ := w.process(-1)
	d.Ledger = before{d.Ledger, func() { must(t, w.q.Publish(ctx, other)) }}
	if err := d.Work(living, w.chunk); !errors.Is(err, pipeline.ErrElsewhere) {
		t.Errorf("got %v, want it left to the other", err)
	}
	if len(w.tries) != 0 {
		t.Errorf("sent on the other's attempt: %v", w.tries)
	}
}

type before struct {
	Ledger
	do func()
}

func (b before) PublishAfter(ctx context.Context, f pipeline.Fact, filter string, last uint64) (uint64, error) {
	b.do()
	return b.Ledger.PublishAfter(ctx, f, filter, last)
}

// So does one whose attempt would be the very same as the other's: on record it is the other's alone.
func TestDeliverMakesNoAttemptOfAnother(t *testing.T) {
	w := deliverWorld(t, "first@x.example")
	one, living, _ := w.process(-1)
	two, _, _ := w.process(-1)
	one.Ledger = before{one.Ledger, sync.OnceFunc(func() { must(t, two.Work(living, w.chunk)) })}
	if err := one.Work(living, w.chunk); !errors.Is(err, pipeline.ErrElsewhere) {
		t.Errorf("got %v, want it left to the other", err)
	}
	must(t, one.Work(living, w.chunk))
	if w.arrived["first@x.example"] != 1 {
		t.Errorf("sent %d times", w.arrived["first@x.example"])
	}
}

// A process that was out of reach while another took its chunk over does not settle with what it knows of.
func TestDeliverSettlesAfterItsOwnAttemptAlone(t *testing.T) {
	w := deliverWorld(t, "first@x.example")
	late, living, _ := w.process(-1)
	next, _, _ := w.process(-1)
	posted := late.Poster
	late.Poster = sends{posted, func() { // it has sent, and its receipt is not on record yet
		must(t, next.Work(living, w.chunk))
	}}
	if err := late.Work(living, w.chunk); !errors.Is(err, pipeline.ErrElsewhere) {
		t.Errorf("got %v, want it left to the other", err)
	}
	if o := w.settled()["first@x.example"]; w.arrived["first@x.example"] != 2 || o.Attempts != 2 || o.InDoubt != 1 {
		t.Errorf("arrived %d times, on record %+v", w.arrived["first@x.example"], o)
	}
}

// Nor does it ask for the chunk again: the server would take it from the process that has it now.
func TestDeliverTakesNoChunkFromAnother(t *testing.T) {
	w := deliverWorld(t, "first@x.example", "later@x.example")
	w.script["later@x.example"] = []error{nil, errTemporary}
	late, living, _ := w.process(-1)
	next, _, _ := w.process(-1)
	late.Poster = sends{late.Poster, sync.OnceFunc(func() { must(t, next.Work(living, w.chunk)) })}
	if err := late.Work(living, w.chunk); !errors.Is(err, pipeline.ErrElsewhere) {
		t.Errorf("got %v, want it left to the other", err)
	}
}

// A process that was out of reach has sent, and its receipts come while another is at the next attempt; that one dies. Who
// was sent the mail by either is sent no third one.
func TestDeliverBelievesALateReceipt(t *testing.T) {
	for _, steps := range []int{2, 3} { // its attempt is on record, and it dies before the mail, or after
		w := deliverWorld(t, "first@x.example")
		late, living, _ := w.process(-1)
		next, dying, _ := w.process(steps)
		late.Poster = sends{late.Poster, func() {
			if err := next.Work(dying, w.chunk); err == nil {
				t.Error("it does not die")
			}
		}}
		if err := late.Work(living, w.chunk); !errors.Is(err, pipeline.ErrElsewhere) {
			t.Errorf("got %v, want it left to the other", err)
		}
		arrived := w.arrived["first@x.example"]
		must(t, w.work(1))
		if o := w.settled()["first@x.example"]; w.arrived["first@x.example"] != arrived || o.State != pipeline.StateSent || o.Attempts != 2 || o.InDoubt != 1 {
			t.Errorf("arrived %d times before and %d after, on record %+v", arrived, w.arrived["first@x.example"], o)
		}
	}
}

// sends does something right after a mail was sent.
type sends struct {
	Poster
	then func()
}

func (s sends) Send(ctx context.Context, m *Sealed, to pipeline.Recipient, key *seal.Key) (string, error) {
	reply, err := s.Poster.Send(ctx, m, to, key)
	s.then()
	return reply, err
}

// A process that is asked to stop while the relay takes a mail knows that it was sent, and says so.
func TestDeliverRecordsWhatItKnowsWhenStopped(t *testing.T) {
	w := deliverWorld(t, "first@x.example", "second@x.example")
	d, living, l := w.process(-1)
	d.Poster = sends{d.Poster, l.end}
	if err := d.Work(living, w.chunk); err == nil {
		t.Fatal("the chunk is settled, though the process was stopped")
	}
	if w.tries["second@x.example"] != 0 {
		t.Error("began another mail after it was stopped")
	}
	must(t, w.work(1))
	if w.arrived["first@x.example"] != 1 {
		t.Errorf("first got it %d times", w.arrived["first@x.example"])
	}
	if o := w.settled()["first@x.example"]; o.InDoubt != 0 {
		t.Errorf("first: %+v", o)
	}
}

// TestDeliverSurvivesKills kills the process at any step, any number of times: after a last undisturbed life
// every recipient has the mail, and whoever got it more than once is in doubt at least as often as it was
// repeated.
func TestDeliverSurvivesKills(t *testing.T) {
	q := newQueue(t)
	answers := []error{nil, nil, errTemporary, errInDoubt, errLost, errForGood}
	rapid.Check(t, func(t *rapid.T) {
		var addresses []string
		for i := range rapid.IntRange(1, 6).Draw(t, "recipients") {
			addresses = append(addresses, fmt.Sprintf("r%d@x.example", i))
		}
		w := newWorld(t, q, addresses...)
		for _, a := range addresses {
			w.script[a] = rapid.SliceOfN(rapid.SampledFrom(answers), 0, 4).Draw(t, "answers")
		}
		parallel := rapid.SampledFrom([]int{1, 3}).Draw(t, "parallel")
		part := rapid.IntRange(1, 3).Draw(t, "answers in a part") // with those that are due, also less: at the end of a window
		for _, steps := range rapid.SliceOfN(rapid.IntRange(0, 30), 0, 6).Draw(t, "lives") {
			d, living, l := w.process(steps)
			d.Parallel, d.part = func() int { return parallel }, part
			for !l.dead && d.Work(living, w.chunk) != nil {
			}
			lost := rapid.IntRange(0, 3).Draw(t, "lost parts of receipts")
			w.receipts = w.receipts[:max(0, len(w.receipts)-lost)]
		}
		must(t, w.work(30))

		settled, attempts := w.settled(), w.attempts()
		for _, a := range addresses {
			o := settled[a]
			if o.State != pipeline.StateSent && (o.State != pipeline.StateParked || !strings.Contains(o.Reason, "no such user")) {
				t.Fatalf("%s: %+v", a, o)
			}
			if o.State == pipeline.StateSent && w.arrived[a] < 1 {
				t.Fatalf("%s is called sent and got nothing", a)
			}
			if o.InDoubt < w.arrived[a]-1 {
				t.Fatalf("%s got it %d times and is in doubt %d times", a, w.arrived[a], o.InDoubt)
			}
			if attempts[a] < w.tries[a] || o.Attempts != attempts[a] {
				t.Fatalf("%s: %d tries, %d attempts on record, %d in the outcome", a, w.tries[a], attempts[a], o.Attempts)
			}
			if o.MessageID != "<"+w.chunk.Ref.String()+"@bulletin.example>" {
				t.Fatalf("%s: message-id %q", a, o.MessageID)
			}
		}
	})
}
