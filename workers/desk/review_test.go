package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
)

func TestApprove(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	approved, err := o.clients["tom"].Approve(ctx, o.show("tom", ref))
	must(t, err)
	if len(approved.Missing) != 2 { // for all four nations, and for GBR and USA; not the one for USA alone
		t.Errorf("tom is told of %v", approved.Missing)
	}
	approved, err = o.clients["carlos"].Approve(ctx, o.show("carlos", ref))
	must(t, err)
	if len(approved.Missing) != 1 || approved.Missing[0].Have != 1 {
		t.Errorf("carlos is told of %v", approved.Missing)
	}
	if n := o.facts(ref, pipeline.Approval); n != 2 {
		t.Errorf("%d approvals are on record", n)
	}
	if s := o.show("aroha", ref); s.Approvals != 2 || len(s.Missing) != 0 {
		t.Errorf("aroha is told of %+v", s.Waiting)
	}
}

func TestApproveRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		who    string
		change func(*office, *Shown, *Client)
		says   string
	}{
		"the author":                  {"dana", nil, "nobody decides on their own"},
		"the author of a revision":    {"dan", nil, "nobody decides on their own"},
		"somebody who is no reviewer": {"clerk", nil, "not a reviewer"},
		"a stale revision":            {"tom", func(_ *office, s *Shown, _ *Client) { s.Ref.Revision = 1 }, "not the newest"},
		"a revision to come":          {"tom", func(_ *office, s *Shown, _ *Client) { s.Ref.Revision = 9 }, "not the newest"},
		"other content":               {"tom", func(_ *office, s *Shown, _ *Client) { s.Statement += "policy: x\n" }, "other content"},
		"no signature":                {"tom", func(_ *office, _ *Shown, c *Client) { c.Sign = func([]byte) ([]byte, error) { return nil, nil } }, "bad signature"},
		"another's signature": {"tom", func(_ *office, _ *Shown, c *Client) {
			c.Sign = func(b []byte) ([]byte, error) { return []byte(signBy("key of carlos", b)), nil }
		}, "bad signature"},
		"signed something else": {"tom", func(_ *office, s *Shown, c *Client) {
			c.Sign = func([]byte) ([]byte, error) { return []byte(signBy("key of tom", []byte("x"))), nil }
		}, "bad signature"},
		"twice":                        {"tom", func(o *office, s *Shown, c *Client) { _, err := c.Approve(ctx, *s); must(o.t, err) }, "already"},
		"after a return":               {"tom", func(o *office, s *Shown, _ *Client) { must(o.t, o.clients["carlos"].Return(ctx, s.Ref, "Why?")) }, "returned already"},
		"after a rejection":            {"tom", func(o *office, s *Shown, _ *Client) { must(o.t, o.clients["carlos"].Reject(ctx, s.Ref, "No.")) }, "rejected already"},
		"someone who is disabled":      {"tom", func(o *office, _ *Shown, _ *Client) { o.people[3].Disabled = true }, "may not work here"},
		"someone not cleared":          {"green", func(_ *office, s *Shown, _ *Client) {}, "no such bulletin"},
		"someone cleared for nonsense": {"odd", nil, "no such bulletin"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			ref := o.submit()
			second, err := o.clients["dan"].Submit(ctx, ref.ID, source("draft.md", draftText))
			must(t, err)
			shown := o.show("tom", second.Ref)
			client := o.clients[c.who]
			if c.change != nil {
				c.change(o, &shown, client)
			}
			before := o.facts(ref, pipeline.Approval)
			_, err = client.Approve(ctx, shown)
			if msg := refused(t, err); !strings.Contains(msg, c.says) {
				t.Errorf("refused: %s, want %q", msg, c.says)
			}
			if n := o.facts(ref, pipeline.Approval); n != before {
				t.Error("it is on record")
			}
		})
	}
}

func TestReturnAndReject(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	for _, comment := range []string{"", " \n\t"} {
		if msg := refused(t, o.clients["tom"].Return(ctx, ref, comment)); !strings.Contains(msg, "needs a comment") {
			t.Errorf("without a comment: %s", msg)
		}
		refused(t, o.clients["tom"].Reject(ctx, ref, comment))
	}
	for _, who := range []string{"dana", "clerk", "luc", "green"} {
		refused(t, o.clients[who].Return(ctx, ref, "Why?"))
	}
	must(t, o.clients["tom"].Return(ctx, ref, "The second paragraph names a victim."))
	for who, sees := range map[string]bool{"dana": true, "carlos": true, "tom": true, "aroha": false} {
		s := o.show(who, ref)
		if s.State != "returned" || (len(s.Comments) == 1 && strings.Contains(s.Comments[0].Text, "victim")) != sees {
			t.Errorf("%s sees %s, %v", who, s.State, s.Comments)
		}
	}
	if msg := refused(t, o.clients["carlos"].Reject(ctx, ref, "No.")); !strings.Contains(msg, "returned already") {
		t.Errorf("reject after return: %s", msg)
	}
	facts, _, err := o.q.Facts(ctx, "bulletin.>")
	must(t, err)
	for _, f := range facts {
		if strings.Contains(string(f.Body), "victim") {
			t.Errorf("%s holds the comment", f.Subject())
		}
	}
}

// answers sends every request about an id and returns what comes back, byte for byte.
func (o *office) answers(name string, id pipeline.ID) map[string]string {
	o.t.Helper()
	out := map[string]string{}
	draft := []byte(draftText)
	file := pipeline.File{Name: "draft.md", Digest: pipeline.DigestOf(draft)}
	p, err := o.people.Find(name)
	must(o.t, err)
	if p.Has(review.Author) {
		must(o.t, o.clients[name].upload(ctx, file, draft))
	}
	ref := pipeline.Ref{ID: id, Revision: 1}
	for verb, request := range map[string]any{
		"show": Look{ID: id}, "revision": Look{ID: id, Revision: 1}, "pdf": Drawing{Look: Look{ID: id}},
		"claim": Claiming{ID: id, Seconds: 60}, "comment": Remark{Ref: ref, Portion: 1, Text: "Hm."},
		"status": Subject{id}, "approve": Approve{Ref: ref, Statement: "x", Signature: "y"},
		"return": Decision{Ref: ref, Comment: "Why?"}, "reject": Decision{Ref: ref, Comment: "No."},
		"submit": Submission{ID: id, Draft: "draft.md", Files: []pipeline.File{file}},
	} {
		data, err := json.Marshal(request)
		must(o.t, err)
		reply, err := o.raw[name].Request(ctx, verb, data)
		if err != nil {
			var r *queue.Refused
			if !errors.As(err, &r) {
				o.t.Fatalf("%s %s: %v", name, verb, err)
			}
			reply, _ = json.Marshal(r)
		}
		out[verb] = string(reply)
	}
	return out
}

// Nobody is told of what their nation may not have: the answers are those about a bulletin that is not there.
func TestWhoHasNoEditionSeesNoBulletin(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	for _, name := range []string{"luc", "green", "odd"} {
		for verb, got := range o.answers(name, ref.ID) {
			want := o.answers(name, "baaaaaaaaaaaa")[verb]
			if got != want {
				t.Errorf("%s %s:\n%s\nof a bulletin that is not there:\n%s", name, verb, got, want)
			}
		}
		waiting, err := o.raw[name].Request(ctx, "queue", []byte("{}"))
		if err != nil || string(waiting) != "[]" {
			t.Errorf("%s queue: %s, %v", name, waiting, err)
		}
	}
	if facts := o.facts(ref, pipeline.Submitted); facts != 1 || o.facts(ref, pipeline.Returned)+o.facts(ref, pipeline.Claimed)+o.facts(ref, pipeline.Commented) != 0 {
		t.Error("one of them did something")
	}
	for _, name := range []string{"tom", "aroha", "carlos", "dana"} {
		waiting, err := o.clients[name].Queue(ctx)
		if err != nil || len(waiting) != 1 || waiting[0].Ref != ref || waiting[0].Own != (name == "dana") {
			t.Errorf("%s queue: %v, %v", name, waiting, err)
		}
		if s, err := o.clients[name].Status(ctx, ref.ID); err != nil || s.State != "in review" {
			t.Errorf("%s status: %v, %v", name, s, err)
		}
	}
}

func TestShowIsTheOwnNationsEdition(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	for name, paragraphs := range map[string]int{"aroha": 1, "tom": 2, "carlos": 3} {
		s := o.show(name, ref)
		e, err := edition.Parse(s.Edition)
		must(t, err)
		if len(e.Blocks) != paragraphs {
			t.Errorf("%s sees %d paragraphs, want %d", name, len(e.Blocks), paragraphs)
		}
		for _, m := range s.Missing {
			p, _ := o.people.Find(name)
			if !slices.Contains(m.Audience, p.Nation) {
				t.Errorf("%s is told of portions for %v", name, m.Audience)
			}
		}
		if len(s.Missing) != paragraphs {
			t.Errorf("%s is told that %v is missing", name, s.Missing)
		}
	}
}

func TestStatusHidesOtherNationsAddresses(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	for _, f := range delivered(t, o.q, ref) {
		must(t, o.q.Publish(ctx, f))
	}
	o.update()
	for name, own := range map[string]string{"tom": "GBR@x.example", "aroha": "NZL@x.example", "dana": ""} {
		s, err := o.clients[name].Ledger(ctx, ref.ID)
		must(t, err)
		all, err := json.Marshal(s)
		must(t, err)
		if bytes.Count(all, []byte("@x.example")) != min(len(own), 1) || !strings.Contains(string(all), own) {
			t.Errorf("%s sees %s", name, all)
		}
		if len(s.Nations) != 2 || s.Nations[0].Sent != 1 || s.State != "delivered" {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if _, err := o.clients["luc"].Status(ctx, ref.ID); refused(t, err) != "there is no such bulletin" {
		t.Error(err)
	}
	if _, err := o.clients["green"].Status(ctx, ref.ID); refused(t, err) != "there is no such bulletin" {
		t.Error(err)
	}
}

func TestQueueIsByPrecedenceAndAge(t *testing.T) {
	o := newOffice(t)
	var want []pipeline.ID
	for _, precedence := range []string{"routine", "flash", "priority"} {
		s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", strings.Replace(draftText, "tlp:", "precedence: "+precedence+"\ntlp:", 1)))
		must(t, err)
		want = append(want, s.Ref.ID)
	}
	o.update()
	waiting, err := o.clients["tom"].Queue(ctx)
	must(t, err)
	var got []pipeline.ID
	for _, w := range waiting {
		got = append(got, w.Ref.ID)
	}
	if !slices.Equal(got, []pipeline.ID{want[1], want[2], want[0]}) {
		t.Errorf("queue: %v of %v", got, want)
	}
}

// meeting makes two decisions meet: both have looked before either is published.
type meeting struct {
	Store
	mu      sync.Mutex
	waiting int
	both    chan struct{}
}

func (m *meeting) Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error) {
	m.mu.Lock()
	wait := m.both != nil
	if wait {
		if m.waiting++; m.waiting == 2 {
			close(m.both)
		}
	}
	m.mu.Unlock()
	if wait {
		<-m.both
	}
	return m.Store.Decide(ctx, last, facts...)
}

func TestTwoDecisionsAtTheSameMoment(t *testing.T) {
	approve := func(o *office, who string, s Shown) error { _, err := o.clients[who].Approve(ctx, s); return err }
	back := func(o *office, who string, s Shown) error { return o.clients[who].Return(ctx, s.Ref, "Why, "+who+"?") }
	reject := func(o *office, who string, s Shown) error { return o.clients[who].Reject(ctx, s.Ref, "No.") }
	revise := func(o *office, who string, s Shown) error {
		_, err := o.clients["dan"].Submit(ctx, s.Ref.ID, source("draft.md", draftText))
		return err
	}
	for name, two := range map[string][2]func(*office, string, Shown) error{
		"approve and return": {approve, back},
		"return twice":       {back, back},
		"return and reject":  {back, reject},
		"approve and revise": {approve, revise},
	} {
		t.Run(name, func(t *testing.T) {
			m := &meeting{}
			o := newOffice(t, func(o *office) { m.Store = o.desk.Store; o.desk.Store = m })
			ref := o.submit()
			shown := o.show("tom", ref)
			m.mu.Lock()
			m.both = make(chan struct{})
			m.mu.Unlock()
			var errs [2]error
			var wg sync.WaitGroup
			for i, who := range []string{"tom", "carlos"} {
				wg.Go(func() { errs[i] = two[i](o, who, shown) })
			}
			wg.Wait()
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("both or none: %v, %v", errs[0], errs[1])
			}
			lost := errs[0]
			if lost == nil {
				lost = errs[1]
			}
			if msg := refused(t, lost); !strings.Contains(msg, "moved on") {
				t.Errorf("the other is told: %s", msg)
			}
			n := 0
			for _, f := range []pipeline.Name{pipeline.Approval, pipeline.Returned, pipeline.Rejected} {
				n += o.facts(ref, f)
			}
			if n += o.facts(ref, pipeline.Submitted) - 1; n != 1 {
				t.Errorf("%d of the two are on record", n)
			}
		})
	}
}

// Talk does not stand in a decision's way: of an approval and whatever does not decide, in the same instant, both
// are on record.
func TestTalkAtTheSameMoment(t *testing.T) {
	approve := func(o *office, who string, s Shown) error { _, err := o.clients[who].Approve(ctx, s); return err }
	back := func(o *office, who string, s Shown) error { return o.clients[who].Return(ctx, s.Ref, "Why?") }
	comment := func(o *office, who string, s Shown) error {
		return o.clients[who].Comment(ctx, Remark{Ref: s.Ref, Text: "Hm."})
	}
	claim := func(o *office, who string, s Shown) error {
		_, err := o.clients[who].Claim(ctx, s.Ref.ID, time.Minute)
		return err
	}
	for name, two := range map[string][2]func(*office, string, Shown) error{
		"approve twice":       {approve, approve}, // by two people, with the same ordinal
		"approve and comment": {approve, comment},
		"approve and claim":   {approve, claim},
		"return and comment":  {back, comment},
		"comment twice":       {comment, comment},
		"claim twice":         {claim, claim},
		"claim and comment":   {claim, comment},
	} {
		t.Run(name, func(t *testing.T) {
			m := &meeting{}
			o := newOffice(t, func(o *office) { m.Store = o.desk.Store; o.desk.Store = m })
			ref := o.submit()
			shown := o.show("tom", ref)
			m.mu.Lock()
			m.both = make(chan struct{})
			m.mu.Unlock()
			var wg sync.WaitGroup
			for i, who := range []string{"tom", "carlos"} {
				wg.Go(func() {
					if err := two[i](o, who, shown); err != nil {
						t.Errorf("%s: %v", who, err)
					}
				})
			}
			wg.Wait()
			n := 0
			for _, f := range []pipeline.Name{pipeline.Approval, pipeline.Returned, pipeline.Commented, pipeline.Claimed} {
				n += o.facts(ref, f)
			}
			if n != 2 {
				t.Errorf("%d of the two are on record", n)
			}
		})
	}
}

// A fault of the store is not the reviewer's: they are not asked to sign again, nor told what the fault says.
func TestApproveTellsAFaultFromARefusal(t *testing.T) {
	o := newOffice(t, func(o *office) { o.desk.Store = &forgetful{Store: o.desk.Store, o: o} })
	ref := o.submit()
	shown := o.show("tom", ref)
	o.desk.Store.(*forgetful).on = true
	_, err := o.clients["tom"].Approve(ctx, shown)
	var r *queue.Refused
	if !errors.As(err, &r) || r.Msg != "the desk could not do this" {
		t.Errorf("got %v", err)
	}
}

// forgetful can't give the people in force.
type forgetful struct {
	Store
	o  *office
	on bool
}

func (f *forgetful) Get(ctx context.Context, d pipeline.Digest) ([]byte, error) {
	if f.on && d == pipeline.DigestOf(f.o.people.JSON()) {
		return nil, errors.New("secret path is away")
	}
	return f.Store.Get(ctx, d)
}
