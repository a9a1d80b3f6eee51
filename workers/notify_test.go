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
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

// aCertificate is fit; making one takes a while, so that all people of these tests share it.
var aCertificate = sync.OnceValue(func() string {
	_, public, err := seal.GenerateKey("p", "p@bulletin.example", testTime.Add(-time.Hour), 0)
	if err != nil {
		panic(err)
	}
	return string(public)
})

// told is one notice that went out.
type told struct {
	matter  mail.NoticeMatter
	facts   mail.NoticeFacts
	subject string
	address string
}

// postbox takes notices, and fails for an address as long as the test says.
type postbox struct {
	sent  []told
	fails map[string]error
}

func (b *postbox) Notify(_ context.Context, matter mail.NoticeMatter, facts mail.NoticeFacts, subject, address string, _ *seal.Key) (string, error) {
	if err := b.fails[address]; err != nil {
		return "", err
	}
	b.sent = append(b.sent, told{matter, facts, subject, address})
	return "<" + subject + ">", nil
}

// names are the people who were sent something, in the order of the alphabet.
func (b *postbox) names() string {
	var out []string
	for _, s := range b.sent {
		out = append(out, strings.TrimSuffix(s.address, "@bulletin.example"))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// losing is a publisher that dies before it publishes.
type losing struct {
	Publisher
	dies bool
}

func (l *losing) Publish(ctx context.Context, facts ...pipeline.Fact) error {
	if l.dies {
		return errDead
	}
	return l.Publisher.Publish(ctx, facts...)
}

type noticing struct {
	*bulletin
	n      *Notices
	box    *postbox
	people review.People
	now    time.Time
	record *losing
}

func staff() review.People {
	person := func(name string, n pipeline.Nation, change func(*review.Person), roles ...review.Role) review.Person {
		p := review.Person{Name: name, Nation: n, Roles: roles, Address: name + "@bulletin.example", Certificate: aCertificate()}
		if change != nil {
			change(&p)
		}
		return p
	}
	const rev, adm, aut = review.Reviewer, review.Admin, review.Author
	return review.People{
		person("dana", pipeline.USA, nil, aut, rev), person("carlos", pipeline.USA, nil, rev), person("tom", pipeline.GBR, nil, rev),
		person("aroha", pipeline.NZL, nil, rev), person("luc", pipeline.CAN, nil, rev, adm), // no edition of draftText
		person("green", pipeline.GBR, func(p *review.Person) { p.MaxTLP = "TLP:GREEN" }, rev, adm),
		person("odd", pipeline.GBR, func(p *review.Person) { p.MaxTLP = "TLP:WHITE" }, rev),
		person("left", pipeline.NZL, func(p *review.Person) { p.Disabled = true }, rev, adm),
		person("quiet", pipeline.NZL, func(p *review.Person) { p.Address = "" }, rev, adm),
		person("spoilt", pipeline.NZL, func(p *review.Person) { p.Address = "a b@x\r\nBcc: c@d.example" }, rev),
		person("keyless", pipeline.NZL, func(p *review.Person) { p.Certificate = "key of keyless" }, rev, adm),
		person("boss", pipeline.USA, nil, adm), person("kiwi", pipeline.NZL, nil, adm),
	}
}

func newNoticing(t *testing.T, q *queue.Queue, text string) *noticing {
	t.Helper()
	w := &noticing{bulletin: &bulletin{q: q, docs: newMemory(), ref: newRef()}, box: &postbox{fails: map[string]error{}}, people: staff(), now: testTime, record: &losing{Publisher: q}}
	w.n = &Notices{Facts: q, Documents: w.docs, Publisher: w.record, People: func() review.People { return w.people }, Post: w.box,
		Clock: func() time.Time { return w.now }, Log: discard, RemindAfter: 10 * time.Minute}
	w.submit(t, 1, text)
	return w
}

const flashText = "---\ntitle: T\nkind: flash\nprecedence: flash\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [AUS, GBR, NZL, USA]\n---\n\nText.\n"

func (w *noticing) fact(t *testing.T, name pipeline.Name) pipeline.Fact {
	t.Helper()
	all := w.facts(t, name)
	return all[len(all)-1]
}

// work runs the worker of that name on a fact.
func (w *noticing) work(t *testing.T, worker string, in pipeline.Fact) error {
	t.Helper()
	for _, x := range w.n.Workers() {
		if x.Name() == "notify-"+worker {
			following, err := x.Work(ctx, in)
			if len(following) > 0 {
				t.Errorf("%s returns facts", worker)
			}
			return err
		}
	}
	t.Fatalf("no worker %s", worker)
	return nil
}

// TestWaiting tells every reviewer who may read it and wrote no part, once, and nobody else.
func TestWaiting(t *testing.T) {
	w := newNoticing(t, newQueue(t), flashText)
	for range 2 { // as after a crash
		must(t, w.work(t, "waiting", w.fact(t, pipeline.Submitted)))
	}
	if got := w.box.names(); got != "aroha carlos tom" {
		t.Errorf("told %s", got)
	}
	s := w.box.sent[0]
	if s.facts.ID != w.ref.ID || s.facts.Precedence != pipeline.Flash || s.subject != fmt.Sprintf("notice.%s.waiting.%s", w.ref, s.facts.Name) {
		t.Errorf("told %+v", s)
	}
	f, err := w.q.Fact(ctx, s.subject)
	if err != nil || decoded[pipeline.NoticedBody](t, f).MessageID != "<"+s.subject+">" {
		t.Errorf("on record is %+v, %v", f, err)
	}
	w.box.sent = nil
	w.submit(t, 2, flashText)
	must(t, w.work(t, "waiting", w.facts(t, pipeline.Submitted)[0])) // revision 1 waits no more
	if len(w.box.sent) != 0 {
		t.Errorf("told of a revision that another replaced: %s", w.box.names())
	}
	w.decide(t, pipeline.Returned)
	must(t, w.work(t, "waiting", w.fact(t, pipeline.Submitted)))
	if len(w.box.sent) != 0 {
		t.Errorf("told of what is decided: %s", w.box.names())
	}
}

func (w *noticing) decide(t *testing.T, name pipeline.Name) {
	t.Helper()
	must(t, w.q.Publish(ctx, newFact(t, name, w.ref, pipeline.DecisionBody{Reviewer: "tom", Nation: pipeline.GBR})))
}

// TestWaitingSurvives: whoever was told is not told again when another's mail, or the process, failed.
func TestWaitingSurvives(t *testing.T) {
	w := newNoticing(t, newQueue(t), flashText)
	in := w.fact(t, pipeline.Submitted)
	busy := &mail.DeliveryError{Stage: mail.StageRcpt, Code: 450, Line: "450 carlos@bulletin.example is busy", Temporary: true}
	w.box.fails["carlos@bulletin.example"] = busy
	err := w.work(t, "waiting", in)
	if !isRetry(err) || strings.Contains(err.Error(), "@") || w.box.names() != "aroha tom" {
		t.Fatalf("told %s, %v", w.box.names(), err)
	}
	w.box.fails, w.record.dies = nil, true
	if err := w.work(t, "waiting", in); !isRetry(err) {
		t.Fatalf("a notice that is not on record: %v", err)
	}
	w.record.dies = false
	must(t, w.work(t, "waiting", in))
	if got := w.box.names(); got != "aroha carlos carlos tom" || w.box.sent[2].subject != w.box.sent[3].subject { // with the same Message-ID
		t.Errorf("told %s", got)
	}
}

// TestWaitingRefused: what a relay refuses for good, or the gate, is on record and not tried for ever.
func TestWaitingRefused(t *testing.T) {
	w := newNoticing(t, newQueue(t), flashText)
	w.box.fails["carlos@bulletin.example"] = &mail.DeliveryError{Stage: mail.StageRcpt, Code: 550, Line: "550 carlos@bulletin.example"}
	w.box.fails["tom@bulletin.example"] = errLeak
	for range 2 {
		must(t, w.work(t, "waiting", w.fact(t, pipeline.Submitted)))
	}
	if got := w.box.names(); got != "aroha" {
		t.Errorf("told %s", got)
	}
	for _, name := range []string{"carlos", "tom"} {
		f, err := w.q.Fact(ctx, fmt.Sprintf("notice.%s.waiting.%s", w.ref, name))
		must(t, err)
		if body := decoded[pipeline.NoticedBody](t, f); body.Refused == "" || strings.Contains(body.Refused, "@") {
			t.Errorf("%s: on record is %+v", name, body)
		}
	}
	other := newNoticing(t, w.q, flashText)
	other.box.fails["tom@bulletin.example"] = &mail.DeliveryError{Stage: mail.StageConnect, Temporary: true, Err: errors.New("no route")}
	other.now = time.Now().Add(48 * time.Hour) // facts are stamped by the queue's clock, which stands at testTime
	must(t, other.work(t, "waiting", other.fact(t, pipeline.Submitted)))
}

// TestUnclaimed tells them again, of what is urgent alone, unless somebody has it or it is decided.
func TestUnclaimed(t *testing.T) {
	claim := func(until time.Time) func(*testing.T, *noticing) {
		return func(t *testing.T, w *noticing) {
			f := newFact(t, pipeline.Claimed, w.ref, pipeline.ClaimedBody{Reviewer: "tom", Nation: pipeline.GBR, Until: until})
			f.Ordinal = len(w.facts(t, pipeline.Claimed)) + 1
			must(t, w.q.Publish(ctx, f))
		}
	}
	for name, c := range map[string]struct {
		text   string
		after  time.Duration
		before []func(*testing.T, *noticing)
		told   string
		later  time.Duration
	}{
		"routine":          {text: draftText, after: time.Hour},
		"too early":        {text: flashText, after: 4 * time.Minute, later: 6 * time.Minute},
		"unclaimed":        {text: flashText, after: 10 * time.Minute, told: "aroha carlos tom"},
		"immediate":        {text: strings.Replace(flashText, "precedence: flash", "precedence: immediate", 1), after: time.Hour, told: "aroha carlos tom"},
		"claimed":          {text: flashText, after: 15 * time.Minute, before: []func(*testing.T, *noticing){claim(testTime.Add(18 * time.Minute))}, later: 3 * time.Minute},
		"claimed for long": {text: flashText, after: 15 * time.Minute, before: []func(*testing.T, *noticing){claim(testTime.Add(9 * time.Hour))}, later: 10 * time.Minute},
		"claim lapsed":     {text: flashText, after: 15 * time.Minute, before: []func(*testing.T, *noticing){claim(testTime.Add(12 * time.Minute))}, told: "aroha carlos tom"},
		"given back":       {text: flashText, after: 15 * time.Minute, before: []func(*testing.T, *noticing){claim(testTime.Add(9 * time.Hour)), claim(time.Time{})}, told: "aroha carlos tom"},
		"decided":          {text: flashText, after: time.Hour, before: []func(*testing.T, *noticing){func(t *testing.T, w *noticing) { w.decide(t, pipeline.Rejected) }}},
		"one has approved": {text: flashText, after: time.Hour, told: "aroha carlos", before: []func(*testing.T, *noticing){func(t *testing.T, w *noticing) { w.approve(t, 1, "tom", nil) }}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newNoticing(t, newQueue(t), c.text)
			for _, do := range c.before {
				do(t, w)
			}
			w.now = testTime.Add(c.after)
			err := w.work(t, "unclaimed", w.fact(t, pipeline.Submitted))
			var retry *pipeline.Retry
			if errors.As(err, &retry) != (c.later > 0) || retry != nil && retry.After != c.later || err != nil && retry == nil {
				t.Errorf("got %v, want later %s", err, c.later)
			}
			if got := w.box.names(); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
			for _, s := range w.box.sent {
				if s.matter != mail.Unclaimed || s.facts.Waited != c.after {
					t.Errorf("told %+v", s)
				}
			}
		})
	}
}

// TestReturned tells whoever wrote it, and nobody who has gone to another nation since.
func TestReturned(t *testing.T) {
	w := newNoticing(t, newQueue(t), draftText)
	w.decide(t, pipeline.Returned)
	must(t, w.work(t, "returned", w.fact(t, pipeline.Returned)))
	if got := w.box.names(); got != "dana" {
		t.Errorf("told %q", got)
	}
	w.people[0].Nation, w.box.sent = pipeline.CAN, nil
	other := newNoticing(t, w.q, draftText)
	other.people = w.people
	other.decide(t, pipeline.Returned)
	must(t, other.work(t, "returned", other.fact(t, pipeline.Returned)))
	if got := other.box.names(); got != "" {
		t.Errorf("told %q", got)
	}
}

// park has work on the bulletin stand still.
func (w *noticing) park(t *testing.T, worker, subject string) pipeline.Fact {
	t.Helper()
	f := newFact(t, pipeline.Parked, w.ref, pipeline.ParkedBody{Worker: worker, Subject: subject, Reason: "a reason"})
	f.Ordinal = len(w.facts(t, pipeline.Parked)) + 1
	must(t, w.q.Publish(ctx, f))
	return f
}

// TestParked tells administrators of the nation that wrote it and of the one that it is about.
func TestParked(t *testing.T) {
	w := newNoticing(t, newQueue(t), draftText)
	for _, c := range []struct {
		subject, told string
		nation        pipeline.Nation
	}{
		{fmt.Sprintf("bulletin.%s.approved", w.ref), "boss", ""},
		{fmt.Sprintf("bulletin.%s.rendered.NZL", w.ref), "boss kiwi", pipeline.NZL},
		{fmt.Sprintf("delivery.chunk.flash.GBR.%s.1", w.ref), "boss", pipeline.GBR}, // green may not know of it
		{fmt.Sprintf("bulletin.%s.rendered.CAN", w.ref), "boss", ""},                // no edition: luc is not told
	} {
		w.box.sent = nil
		must(t, w.work(t, "parked", w.park(t, "plan", c.subject)))
		if got := w.box.names(); got != c.told {
			t.Errorf("%s: told %q, want %q", c.subject, got, c.told)
		}
		for _, s := range w.box.sent {
			if s.facts.Stage != "plan" || s.facts.Nation != c.nation {
				t.Errorf("%s: told %+v", c.subject, s)
			}
		}
	}
	w.box.sent = nil
	must(t, w.work(t, "parked", w.park(t, "notify-parked", "bulletin.x"))) // or it would go on for ever
	f := w.park(t, "render", "bulletin.y")
	retried := newFact(t, pipeline.Retried, w.ref, pipeline.RetriedBody{Worker: "render", Subject: "bulletin.y", Person: "boss"})
	retried.Ordinal = 1
	must(t, w.q.Publish(ctx, retried))
	must(t, w.work(t, "parked", f))
	if got := w.box.names(); got != "" {
		t.Errorf("told %q of what goes on", got)
	}
	w.docs.docs = map[pipeline.Digest][]byte{} // which may be why it stands still
	w.people[11].MaxTLP = "TLP:RED"
	w.people = append(w.people, review.Person{Name: "chief", Nation: pipeline.USA, Roles: []review.Role{review.Admin}, Address: "chief@bulletin.example", Certificate: aCertificate()})
	must(t, w.work(t, "parked", w.park(t, "mark", fmt.Sprintf("bulletin.%s.rendered.NZL", w.ref))))
	if got := w.box.names(); got != "chief" {
		t.Errorf("of a bulletin that can't be read, %q are told", got)
	}
}

// plan has the revision planned for a nation.
func (w *noticing) plan(t *testing.T, n pipeline.Nation, chunks, parked int) pipeline.Fact {
	t.Helper()
	f := newFact(t, pipeline.Planned, w.ref, pipeline.PlannedBody{Chunks: chunks, Parked: parked})
	f.Nation = n
	must(t, w.q.Publish(ctx, f))
	return f
}

func (w *noticing) settle(t *testing.T, n pipeline.Nation, chunk int, states ...pipeline.DeliveryState) pipeline.Fact {
	t.Helper()
	var body pipeline.SettledBody
	for _, s := range states {
		body.Outcomes = append(body.Outcomes, pipeline.Outcome{State: s})
	}
	f := newFact(t, pipeline.Settled, w.ref, body)
	f.Nation, f.Chunk = n, chunk
	must(t, w.q.Publish(ctx, f))
	return f
}

// TestUnreached tells a nation's own administrators, once, when the last chunk is settled.
func TestUnreached(t *testing.T) {
	w := newNoticing(t, newQueue(t), draftText)
	must(t, w.work(t, "planned", w.plan(t, pipeline.NZL, 2, 1)))
	first := w.settle(t, pipeline.NZL, 1, pipeline.StateSent, pipeline.StateParked)
	must(t, w.work(t, "settled", first))
	if got := w.box.names(); got != "" {
		t.Fatalf("told %q while a chunk is open", got)
	}
	last := w.settle(t, pipeline.NZL, 2, pipeline.StateParked)
	must(t, w.work(t, "settled", last))
	must(t, w.work(t, "settled", first)) // comes again
	if got := w.box.names(); got != "kiwi" || w.box.sent[0].facts.Unreached != 3 || w.box.sent[0].facts.Nation != pipeline.NZL {
		t.Errorf("told %q, %+v", got, w.box.sent)
	}
	w.box.sent = nil
	w.plan(t, pipeline.USA, 1, 0)
	must(t, w.work(t, "settled", w.settle(t, pipeline.USA, 1, pipeline.StateSent))) // all got it
	must(t, w.work(t, "planned", w.plan(t, pipeline.GBR, 0, 4)))                    // green is not cleared for it
	if got := w.box.names(); got != "" {
		t.Errorf("told %q", got)
	}
	other := newNoticing(t, w.q, draftText)
	must(t, other.work(t, "planned", other.plan(t, pipeline.USA, 0, 4)))
	if got := other.box.names(); got != "boss" || other.box.sent[0].facts.Unreached != 4 {
		t.Errorf("told %q", got)
	}
}

// TestNoNationIsToldOfWhatItMayNotKnow draws bulletins and people: whoever is told is of a nation with an edition
// that they are cleared for, or of the nation that wrote it.
func TestNoNationIsToldOfWhatItMayNotKnow(t *testing.T) {
	q := newQueue(t)
	rapid.Check(t, func(rt *rapid.T) {
		to := rapid.SliceOfNDistinct(rapid.SampledFrom(pipeline.Nations()), 1, 4, rapid.ID).Draw(rt, "to")
		slices.Sort(to)
		tlp := rapid.SampledFrom([]string{"TLP:GREEN", "TLP:AMBER", "TLP:RED"}).Draw(rt, "tlp")
		text := fmt.Sprintf("---\ntitle: T\nprecedence: flash\nscheme: tlp\ntlp: %s\nreleasable_to: [%s]\n---\n\nText.\n", tlp, pipeline.JoinNations(to, ", "))
		w := newNoticing(t, q, text)
		w.people = nil
		for i := range rapid.IntRange(1, 12).Draw(rt, "people") {
			name := fmt.Sprintf("p%d", i)
			w.people = append(w.people, review.Person{
				Name: name, Address: name + "@bulletin.example", Certificate: aCertificate(), Roles: []review.Role{review.Reviewer, review.Admin},
				Nation: rapid.SampledFrom(pipeline.Nations()).Draw(rt, "nation"),
				MaxTLP: rapid.SampledFrom([]string{"", "TLP:GREEN", "TLP:RED", "nonsense"}).Draw(rt, "limit"),
			})
		}
		w.now = testTime.Add(time.Hour)
		must(rt, w.work(t, "waiting", w.fact(t, pipeline.Submitted)))
		must(rt, w.work(t, "unclaimed", w.fact(t, pipeline.Submitted)))
		about := rapid.SampledFrom(pipeline.Nations()).Draw(rt, "about")
		must(rt, w.work(t, "parked", w.park(t, "plan", fmt.Sprintf("bulletin.%s.rendered.%s", w.ref, about))))
		w.decide(t, pipeline.Returned)
		must(rt, w.work(t, "returned", w.fact(t, pipeline.Returned)))
		for _, s := range w.box.sent {
			p, err := w.people.Find(s.facts.Name)
			must(rt, err)
			has := slices.Contains(to, p.Nation)
			high := p.MaxTLP == "nonsense" || p.MaxTLP == "TLP:GREEN" && tlp != "TLP:GREEN"
			if has && high || !has && p.Nation != pipeline.USA || !has && s.matter != mail.Parked {
				rt.Fatalf("%+v was told %+v", p, s)
			}
			if s.facts.Nation != "" && !slices.Contains(to, s.facts.Nation) {
				rt.Fatalf("told of an edition that there is not: %+v", s)
			}
		}
	})
}
