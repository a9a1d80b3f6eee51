package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// release puts what follows an approval on record, as the workers would: every nation's recipient was sent it.
func (o *office) release(ref pipeline.Ref, version string, nations ...pipeline.Nation) {
	o.t.Helper()
	facts := []pipeline.Fact{
		factOf(o.t, pipeline.Approved, ref, "", pipeline.ApprovedBody{}),
		factOf(o.t, pipeline.Numbered, ref, "", pipeline.NumberedBody{Number: "SA26-326A", Version: version, Nations: nations}),
	}
	for _, n := range nations {
		address := strings.ToLower(string(n)) + "@x.example"
		plan, err := json.Marshal(pipeline.Plan{
			Chunks: [][]pipeline.Addressee{{{Address: address}}},
			Parked: []pipeline.Unreachable{{Address: "old-" + address, Reason: "the key expired"}},
		})
		must(o.t, err)
		digest, err := o.q.Put(ctx, plan)
		must(o.t, err)
		excluded, err := json.Marshal(pipeline.NotMeant{"may have SENSITIVE at most": {"low-" + address}})
		must(o.t, err)
		notMeant, err := o.q.Put(ctx, excluded)
		must(o.t, err)
		settled := factOf(o.t, pipeline.Settled, ref, n, pipeline.SettledBody{Outcomes: []pipeline.Outcome{{Address: address, State: pipeline.StateSent, Attempts: 1}}})
		settled.Chunk = 1
		facts = append(facts, factOf(o.t, pipeline.Marked, ref, n, pipeline.MarkedBody{Edition: "e"}),
			factOf(o.t, pipeline.Planned, ref, n, pipeline.PlannedBody{Plan: digest, NotMeant: notMeant, Recipients: 1, Chunks: 1, Parked: 1, Excluded: 1}), settled)
	}
	must(o.t, o.q.Publish(ctx, facts...))
	o.update()
}

func (o *office) released() pipeline.Ref {
	ref := o.submit()
	o.release(ref, "1.0", pipeline.AUS, pipeline.GBR, pipeline.NZL, pipeline.USA)
	return ref
}

var correctedText = strings.Replace(draftText, "scheme: usa", "correction: (U//REL TO USA, GBR//LES) The figures were wrong\nscheme: usa", 1)

func TestCorrect(t *testing.T) {
	o := newOffice(t)
	dana := o.clients["dana"]
	ref := o.submit()
	_, err := dana.Correct(ctx, ref.ID, source("draft.md", correctedText))
	if msg := refused(t, err); !strings.Contains(msg, "not released yet") {
		t.Errorf("refused with %q", msg)
	}
	_, err = dana.Submit(ctx, "", source("draft.md", correctedText))
	if msg := refused(t, err); !strings.Contains(msg, "nothing to correct") {
		t.Errorf("a first version with correction: refused with %q", msg)
	}
	o.release(ref, "1.0", pipeline.AUS, pipeline.GBR, pipeline.NZL, pipeline.USA)
	for name, c := range map[string]struct{ who, text, want string }{
		"no line":              {"dana", draftText, "does not say what it corrects"},
		"another nation":       {"tom", correctedText, "only an author from USA"},
		"no author":            {"carlos", correctedText, "not an author"},
		"nothing for a nation": {"dana", strings.Replace(correctedText, "[AUS, GBR, NZL, USA]", "[GBR, NZL, USA]", 1), "AUS had an edition"},
		"nobody's business":    {"luc", correctedText, "no such bulletin"},
	} {
		_, err := o.clients[c.who].Correct(ctx, ref.ID, source("draft.md", c.text))
		if msg := refused(t, err); !strings.Contains(msg, c.want) {
			t.Errorf("%s: refused with %q, want %q", name, msg, c.want)
		}
	}
	_, err = dana.Submit(ctx, ref.ID, source("draft.md", correctedText))
	if msg := refused(t, err); !strings.Contains(msg, "released") {
		t.Errorf("revising what is released: %q", msg)
	}
	for i, submit := range []func() (Submitted, error){ // a correction, its revision, and one more by another author of the nation
		func() (Submitted, error) { return dana.Correct(ctx, ref.ID, source("draft.md", correctedText)) },
		func() (Submitted, error) { return dana.Submit(ctx, ref.ID, source("draft.md", correctedText+"\n")) },
		func() (Submitted, error) {
			return o.clients["dan"].Correct(ctx, ref.ID, source("draft.md", correctedText+"\n\n"))
		},
	} {
		s, err := submit()
		must(t, err)
		if s.Ref.Revision != 2+i {
			t.Errorf("revision %d, want %d", s.Ref.Revision, 2+i)
		}
	}
	o.update()
	s, err := dana.Status(ctx, ref.ID)
	must(t, err)
	if s.State != "correcting" || s.Review != "in review" || s.Version != "1.0" || len(s.Nations) != 4 || !s.Nations[0].Complete {
		t.Errorf("status: %+v", s)
	}
	must(t, o.clients["tom"].Reject(ctx, pipeline.Ref{ID: ref.ID, Revision: 4}, "no"))
	o.update()
	if s, err = dana.Status(ctx, ref.ID); err != nil || s.State != "delivered" || s.Version != "1.0" {
		t.Errorf("a rejected correction leaves %+v, %v", s, err)
	}
	again, err := dana.Correct(ctx, ref.ID, source("draft.md", correctedText))
	must(t, err)
	if again.Ref.Revision != 5 {
		t.Errorf("the next correction is revision %d", again.Ref.Revision)
	}
}

func TestWithdraw(t *testing.T) {
	o := newOffice(t)
	ref := o.released()
	demand := func(name, reason string) (WithdrawAnswer, error) {
		d, err := o.clients[name].Demands(ctx, ref.ID)
		if err != nil {
			return WithdrawAnswer{}, err
		}
		return o.clients[name].Withdraw(ctx, d.Next, d.Of, reason)
	}
	for name, c := range map[string]struct{ who, reason, want string }{
		"no reason":             {"tom", " \n", "needs a reason"},
		"a snowman":             {"tom", "☃", "☃"},
		"control characters":    {"tom", "a\x1bb", "no text"},
		"too long":              {"tom", strings.Repeat("x", maxReason+1), "more than"},
		"an administrator":      {"clerk", "why", "neither"},
		"who may not know":      {"luc", "why", "no such bulletin"},
		"who is not cleared":    {"green", "why", "no such bulletin"},
		"a limit nobody parses": {"odd", "why", "no such bulletin"},
	} {
		_, err := demand(c.who, c.reason)
		if msg := refused(t, err); !strings.Contains(msg, c.want) {
			t.Errorf("%s: refused with %q, want %q", name, msg, c.want)
		}
	}
	first, err := demand("tom", "It was wrong.")
	must(t, err)
	if !strings.Contains(first.Missing, "second person") {
		t.Errorf("missing: %q", first.Missing)
	}
	d, err := o.clients["aroha"].Demands(ctx, ref.ID)
	must(t, err)
	if !d.Released || len(d.Open) != 1 || d.Open[0].Reason != "It was wrong." || d.Open[0].By[0] != "tom (GBR)" || d.Next.Revision != 3 {
		t.Fatalf("demands: %+v", d)
	}
	open := d.Open[0]
	_, err = o.clients["tom"].Withdraw(ctx, open.Ref, open.Of, open.Reason)
	if msg := refused(t, err); !strings.Contains(msg, "demanded this already") {
		t.Errorf("twice by one: %q", msg)
	}
	_, err = o.clients["aroha"].Withdraw(ctx, open.Ref, open.Of, "another reason")
	if msg := refused(t, err); !strings.Contains(msg, "another reason") {
		t.Errorf("another reason: %q", msg)
	}
	second, err := o.clients["aroha"].Withdraw(ctx, open.Ref, open.Of, open.Reason)
	must(t, err)
	if !strings.Contains(second.Missing, "one of those who demand it must be of USA") {
		t.Errorf("missing: %q", second.Missing)
	}
	third, err := o.clients["carlos"].Withdraw(ctx, open.Ref, open.Of, open.Reason)
	must(t, err)
	if third.Missing != "" || o.facts(ref, pipeline.Withdrawal) != 3 {
		t.Errorf("missing: %q, %d demands", third.Missing, o.facts(ref, pipeline.Withdrawal))
	}
	// A correction that is handed in does not void the demand; one that is released does.
	s, err := o.clients["dana"].Correct(ctx, ref.ID, source("draft.md", correctedText))
	must(t, err)
	if d, err = o.clients["tom"].Demands(ctx, ref.ID); err != nil || len(d.Open) != 1 || s.Ref.Revision != 3 {
		t.Errorf("demands: %+v, %v", d, err)
	}
	o.release(s.Ref, "2.0", pipeline.AUS, pipeline.GBR, pipeline.NZL, pipeline.USA)
	if d, err = o.clients["tom"].Demands(ctx, ref.ID); err != nil || len(d.Open) != 0 {
		t.Errorf("demands: %+v, %v", d, err)
	}
	_, err = o.clients["dan"].Withdraw(ctx, open.Ref, open.Of, open.Reason)
	if refused(t, err) == "" {
		t.Error("a stale demand was joined")
	}
	must(t, o.q.Publish(ctx, factOf(t, pipeline.Withdrawn, pipeline.Ref{ID: ref.ID, Revision: 4}, "", pipeline.WithdrawnBody{})))
	o.update()
	for name, do := range map[string]func() error{
		"withdraw": func() error { _, err := demand("tom", "again"); return err },
		"correct": func() error {
			_, err := o.clients["dana"].Correct(ctx, ref.ID, source("draft.md", correctedText))
			return err
		},
		"resend": func() error { _, err := o.clients["tom"].Resend(ctx, ref.ID, "gbr@x.example"); return err },
	} {
		if msg := refused(t, do()); !strings.Contains(msg, "withdrawn") {
			t.Errorf("%s after the withdrawal: %q", name, msg)
		}
	}
}

func TestStatusTellsNobodyWhatTheyMayNotKnow(t *testing.T) {
	o := newOffice(t)
	ref := o.released()
	for name, sees := range map[string]bool{"dana": true, "tom": true, "aroha": true, "clerk": true, "luc": false, "green": false, "odd": false} {
		c := o.clients[name]
		list, err := c.Bulletins(ctx, false)
		must(t, err)
		parked, err := c.Parked(ctx)
		must(t, err)
		_, one := c.Status(ctx, ref.ID)
		_, retried := c.Retry(ctx, Retrying{ID: ref.ID, Recipient: "x@x.example"})
		if (len(list) == 1) != sees || (len(parked) == 1) != sees || (one == nil) != sees || strings.Contains(retried.Error(), "no such bulletin") == sees {
			t.Errorf("%s: list %v, parked %v, status %v, retry %v; may know: %v", name, list, parked, one, retried, sees)
		}
		for _, s := range list {
			for _, n := range s.Nations {
				if len(n.Deliveries)+len(n.NotMeant)+len(n.Why) > 0 {
					t.Errorf("%s is listed recipients", name)
				}
			}
		}
		if sees && !strings.HasPrefix(parked[0].Recipient, "old-"+strings.ToLower(string(parked[0].Nation))) {
			t.Errorf("%s: %+v", name, parked)
		}
	}
	s, err := o.clients["tom"].Ledger(ctx, ref.ID)
	must(t, err)
	for _, n := range s.Nations {
		if (len(n.Deliveries) > 0) != (n.Nation == pipeline.GBR) {
			t.Errorf("tom sees %d recipients of %s", len(n.Deliveries), n.Nation)
		}
		if (len(n.Why) > 0) != (n.Nation == pipeline.GBR) {
			t.Errorf("tom sees why recipients of %s are parked: %v", n.Nation, n.Why)
		}
		// A recipient who was left out for their max_marking was nowhere to be seen.
		if n.Excluded != 1 || (len(n.NotMeant) == 1) != (n.Nation == pipeline.GBR) {
			t.Errorf("tom sees %v of the %d who are not meant to get the edition of %s", n.NotMeant, n.Excluded, n.Nation)
		}
	}
}

// Whom an edition is not for stood in its plan once, and is shown of those plans too.
func TestStatusShowsWhomAnOldPlanExcludes(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	plan, err := o.q.Put(ctx, []byte(`{"chunks":null,"parked":null,"excluded":[{"address":"low@x.example","reason":"may have SENSITIVE at most"}]}`))
	must(t, err)
	must(t, o.q.Publish(ctx, factOf(t, pipeline.Approved, ref, "", pipeline.ApprovedBody{}),
		factOf(t, pipeline.Numbered, ref, "", pipeline.NumberedBody{Number: "SA26-326A", Version: "1.0", Nations: []pipeline.Nation{pipeline.GBR}}),
		factOf(t, pipeline.Marked, ref, pipeline.GBR, pipeline.MarkedBody{Edition: "e"}),
		factOf(t, pipeline.Planned, ref, pipeline.GBR, pipeline.PlannedBody{Plan: plan, Excluded: 1})))
	o.update()
	s, err := o.clients["tom"].Ledger(ctx, ref.ID)
	must(t, err)
	if n := s.Nations[0]; len(n.NotMeant) != 1 || n.NotMeant[0].Address != "low@x.example" {
		t.Errorf("not meant: %+v of %d", n.NotMeant, n.Excluded)
	}
}

func TestRetryAndResend(t *testing.T) {
	o := newOffice(t)
	ref := o.released()
	parked := func(ordinal int, subject string) pipeline.Fact {
		f := factOf(t, pipeline.Parked, ref, "", pipeline.ParkedBody{Worker: "plan", Subject: subject, Reason: "no list"})
		f.Ordinal = ordinal
		return f
	}
	must(t, o.q.Publish(ctx, parked(1, fmt.Sprintf("bulletin.%s.rendered.NZL", ref)), parked(2, fmt.Sprintf("bulletin.%s.rendered.GBR", ref))))
	o.update()
	for _, c := range []struct {
		who    string
		nation pipeline.Nation
		want   []pipeline.Nation
		refuse string
	}{
		{who: "luc", refuse: "no such bulletin"},
		{who: "aroha", nation: pipeline.GBR, refuse: "only people of USA"},
		{who: "aroha", want: []pipeline.Nation{pipeline.NZL}}, // her own nation's alone
		{who: "carlos", nation: pipeline.NZL, refuse: "no work"},
		{who: "carlos", want: []pipeline.Nation{pipeline.GBR}},
		{who: "clerk", refuse: "no work"},
	} {
		going, err := o.clients[c.who].Retry(ctx, Retrying{ID: ref.ID, Nation: c.nation})
		if c.refuse != "" {
			if msg := refused(t, err); !strings.Contains(msg, c.refuse) {
				t.Errorf("%s: refused with %q, want %q", c.who, msg, c.refuse)
			}
			continue
		}
		must(t, err)
		var got []pipeline.Nation
		for _, g := range going {
			got = append(got, g.Nation)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s sets %v going, want %v", c.who, got, c.want)
		}
	}
	o.update()
	if s, err := o.clients["tom"].Status(ctx, ref.ID); err != nil || len(s.Parked) != 0 || o.facts(ref, pipeline.Retried) != 2 {
		t.Errorf("status: %+v, %v", s, err)
	}
	for i, recipient := range []string{"gbr@x.example", "gbr@x.example"} {
		r, err := o.clients["tom"].Resend(ctx, ref.ID, recipient)
		must(t, err)
		if r.Ordinal != i+1 || r.Nation != pipeline.GBR || r.Ref != ref {
			t.Errorf("resent: %+v", r)
		}
	}
	_, err := o.clients["tom"].Retry(ctx, Retrying{ID: ref.ID, Recipient: "old-gbr@x.example"})
	must(t, err)
	if _, err := o.clients["tom"].Resend(ctx, ref.ID, " "); refused(t, err) == "" {
		t.Error("sent again to nobody")
	}
	o.update()
	s, err := o.clients["tom"].Status(ctx, ref.ID)
	must(t, err)
	if i := slices.IndexFunc(s.Nations, func(n NationStatus) bool { return n.Nation == pipeline.GBR }); s.Nations[i].Complete || s.State != "delivering" {
		t.Errorf("complete, with mails that are wanted again: %+v", s)
	}
	fresh := o.submit()
	if _, err := o.clients["tom"].Resend(ctx, fresh.ID, "gbr@x.example"); !strings.Contains(refused(t, err), "not released") {
		t.Errorf("before the release: %v", err)
	}
	o.people[slices.IndexFunc(o.people, func(p review.Person) bool { return p.Name == "tom" })].Roles = nil
	if _, err := o.clients["tom"].Resend(ctx, ref.ID, "gbr@x.example"); !strings.Contains(refused(t, err), "neither") {
		t.Errorf("without a role: %v", err)
	}
}

// Why work on another nation's edition stands still told how that edition is marked, and the status how large its files
// are: to nations that may not have what stands in it.
func TestAnotherNationsEditionWasTold(t *testing.T) {
	o := newOffice(t)
	ref := o.released()
	file := pipeline.File{Name: "SA26-326A-GBR.txt", Digest: "d", Size: 4711}
	parked := factOf(t, pipeline.Parked, ref, "", pipeline.ParkedBody{
		Worker: "resend-GBR", Subject: fmt.Sprintf("bulletin.%s.resent.GBR.1", ref), Reason: "the recipient may have UNCLASSIFIED at most, the edition is UNCLASSIFIED//LES",
	})
	parked.Ordinal = 1
	must(t, o.q.Publish(ctx, factOf(t, pipeline.Rendered, ref, pipeline.GBR, pipeline.RenderedBody{Text: file}), parked))
	o.update()
	for who, may := range map[string]bool{"tom": true, "clerk": true, "dana": true, "aroha": false} {
		c := o.clients[who]
		status, err := c.Status(ctx, ref.ID)
		must(t, err)
		all, err := c.Bulletins(ctx, true)
		must(t, err)
		still, err := c.Parked(ctx)
		must(t, err)
		for what, answer := range map[string]any{"status": status, "list": all, "parked": still} {
			text, err := json.Marshal(answer)
			must(t, err)
			if told := strings.Contains(string(text), "UNCLASSIFIED"); told != may || !strings.Contains(string(text), "resend-GBR") {
				t.Errorf("%s, %s: told how it is marked: %v: %s", who, what, told, text)
			}
			if own := who == "tom" || who == "clerk"; what != "parked" && strings.Contains(string(text), "4711") != own {
				t.Errorf("%s, %s: %s", who, what, text)
			}
		}
	}
	o.people[slices.IndexFunc(o.people, func(p review.Person) bool { return p.Name == "aroha" })].Roles = []review.Role{review.Admin}
	going, err := o.clients["aroha"].Retry(ctx, Retrying{ID: ref.ID})
	must(t, err)
	if len(going) != 1 || strings.Contains(going[0].Reason, "UNCLASSIFIED") {
		t.Errorf("set going: %+v", going)
	}
}

// Where a nation writes for others alone its own people have no edition: whatever their limit was, they were told that
// there is the bulletin, where it stands, and why somebody wants it withdrawn.
func TestLimitsDidNotCountWithoutAnEdition(t *testing.T) {
	o := newOffice(t)
	o.people[slices.IndexFunc(o.people, func(p review.Person) bool { return p.Name == "dan" })].MaxTLP = "TLP:GREEN"
	text := "---\ntitle: T\nscheme: tlp\ntlp: TLP:RED\nreleasable_to: [GBR]\n---\nText.\n"
	s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", text))
	must(t, err)
	o.update()
	for who, sees := range map[string]bool{"dana": true, "dan": false} {
		c := o.clients[who]
		list, err := c.Bulletins(ctx, true)
		must(t, err)
		_, status := c.Status(ctx, s.Ref.ID)
		_, demands := c.Demands(ctx, s.Ref.ID)
		if (len(list) == 1) != sees || (status == nil) != sees || (demands == nil) != sees {
			t.Errorf("%s: list %v, status %v, demands %v", who, list, status, demands)
		}
	}
}
