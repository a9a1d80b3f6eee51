package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	bmail "bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers"
	"bulletin/workers/desk"
)

// town is the whole pipeline with people, workers that die between two facts, and a relay that fails, one step at a
// time: what happens next is drawn.
type town struct {
	t     *rapid.T
	q     *queue.Queue
	desk  *desk.Desk
	id    pipeline.ID
	lists map[pipeline.Nation][]pipeline.Recipient
	once  map[string]bool // facts that are on the board, and work that is done
	relay []error         // what the relay answers next; nil when it is at its end
	dies  int             // facts until the process dies; below zero never
	mails []townMail

	parked int // ordinal of the last Parked fact
}

type townMail struct {
	nation   pipeline.Nation
	address  string
	revision int
	text     string
}

var townPeople = review.People{
	{Name: "moana", Nation: pipeline.NZL, Roles: []review.Role{review.Author}},
	{Name: "kiri", Nation: pipeline.NZL, Roles: []review.Role{review.Author, review.Reviewer}},
	{Name: "aroha", Nation: pipeline.NZL, Roles: []review.Role{review.Reviewer}},
	{Name: "tom", Nation: pipeline.GBR, Roles: []review.Role{review.Author, review.Reviewer, review.Admin}},
	{Name: "ann", Nation: pipeline.GBR, Roles: []review.Role{review.Reviewer}},
	{Name: "dana", Nation: pipeline.USA, Roles: []review.Role{review.Author, review.Reviewer}}, // gets nothing
}

func newTown(t *rapid.T, q *queue.Queue) *town {
	w := &town{t: t, q: q, once: map[string]bool{}, dies: -1, lists: map[pipeline.Nation][]pipeline.Recipient{}}
	people := slices.Clone(townPeople)
	for i := range people {
		people[i].Certificate = "key of " + people[i].Name
	}
	w.desk = &desk.Desk{
		Store: q, Board: &desk.Board{Documents: q}, Verify: townVerify, Clock: time.Now, Log: slog.New(slog.DiscardHandler),
		People: func() review.People { return people }, Policy: review.DefaultPolicy, Printable: func(edition.Edition) error { return nil },
		Reach: func(edition.Edition) (int, []pipeline.Unreachable, []pipeline.Unreachable, error) {
			return 0, nil, nil, pipeline.ErrNotFound
		},
		Listed: func(pipeline.Nation, string) (bool, error) { return false, pipeline.ErrNotFound },
	}
	for _, address := range []string{"a@nzl.example", "b@nzl.example", "a@gbr.example", "b@gbr.example"} {
		w.joins(address)
	}
	return w
}

func townVerify(certificate, data, signature []byte, _ time.Time) (string, error) {
	if string(signature) != townSign(string(certificate), data) {
		return "", errors.New("bad signature")
	}
	return string(certificate), nil
}

func townSign(certificate string, data []byte) string {
	return certificate + " signs " + string(pipeline.DigestOf(data))
}

func (w *town) joins(address string) {
	n := pipeline.Nation(strings.ToUpper(address[2:5]))
	w.leaves(address)
	w.lists[n] = append(w.lists[n], pipeline.Recipient{Nation: n, Address: address, Fingerprint: "F", MaxTLP: "TLP:AMBER"})
}

func (w *town) leaves(address string) {
	n := pipeline.Nation(strings.ToUpper(address[2:5]))
	w.lists[n] = slices.DeleteFunc(slices.Clone(w.lists[n]), func(r pipeline.Recipient) bool { return r.Address == address })
}

func (w *town) Recipients(n pipeline.Nation) (*pipeline.Roll, error) {
	return pipeline.NewRoll(w.lists[n]), nil
}

func (w *town) Keep(pipeline.Recipient) error { return nil }

func (w *town) Former(pipeline.Nation, string) (string, error) { return "kept.asc", nil }

func townKeys(r pipeline.Recipient) seal.Fitness {
	return seal.Fitness{State: seal.Fit, Key: &seal.Key{Fingerprint: r.Fingerprint}}
}

// Request asks the desk as a person's program does. The town is each person's connection.
func (w *town) as(person string) *desk.Client {
	return &desk.Client{Connection: townLine{w, person}, Sign: func(data []byte) ([]byte, error) {
		return []byte(townSign("key of "+person, data)), nil
	}}
}

type townLine struct {
	w      *town
	person string
}

func (l townLine) Request(ctx context.Context, verb string, data []byte) ([]byte, error) {
	return l.w.desk.Handle(ctx, queue.Request{Person: l.person, Verb: verb, Data: data})
}

// Publish is what workers publish with: the process may die before a fact is stored.
func (w *town) Publish(ctx context.Context, facts ...pipeline.Fact) error {
	for _, f := range facts {
		if w.dies == 0 {
			return errors.New("the process is dead")
		}
		w.dies--
		if err := w.q.Publish(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func (w *town) Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error) {
	if w.dies == 0 {
		return 0, errors.New("the process is dead")
	}
	w.dies--
	return w.q.Decide(ctx, last, facts...)
}

func (w *town) PublishAfter(ctx context.Context, f pipeline.Fact, filter string, last uint64) (uint64, error) {
	if w.dies == 0 {
		return 0, errors.New("the process is dead")
	}
	w.dies--
	return w.q.PublishAfter(ctx, f, filter, last)
}

func (w *town) Render(e edition.Edition) (workers.Rendering, error) {
	return workers.Rendering{PDF: []byte("pdf"), STIX: []byte("stix"), CSV: []byte("csv"), Text: []byte(edition.Text(e))}, nil
}

func (w *town) Seal(ref pipeline.Ref, e edition.Edition, files workers.Rendering) (*workers.Sealed, error) {
	return &workers.Sealed{Ref: ref, Nation: e.Nation, MessageID: string(files.Text), Digest: pipeline.DigestOf(files.Text)}, nil
}

func (w *town) Forget(*workers.Sealed) {}

func (w *town) Send(_ context.Context, s *workers.Sealed, to pipeline.Recipient, _ *seal.Key) (string, error) {
	if len(w.relay) > 0 {
		err := w.relay[0]
		if w.relay = w.relay[1:]; err != nil {
			return "", err
		}
	}
	w.mails = append(w.mails, townMail{s.Nation, to.Address, s.Ref.Revision, s.MessageID})
	return "250 ok", nil
}

// townReceipts are lost when the process dies before they are flushed.
type townReceipts struct {
	w     *town
	facts []pipeline.Fact
}

func (r *townReceipts) Publish(f pipeline.Fact) error { r.facts = append(r.facts, f); return nil }

func (r *townReceipts) Flush(ctx context.Context) error { return r.w.Publish(ctx, r.facts...) }

// worker returns who works on a fact; nil if nobody does.
func (w *town) worker(f pipeline.Fact) pipeline.Worker {
	log := slog.New(slog.DiscardHandler)
	switch f.Name {
	case pipeline.Approval:
		return &workers.Tally{Facts: w.q, Documents: w.q, Decider: w, Verify: townVerify, Log: log}
	case pipeline.Approved:
		return &workers.Mark{Facts: w.q, Documents: w.q, Publisher: w, Decider: w, Verify: townVerify, Clock: time.Now}
	case pipeline.Withdrawal:
		return &workers.Demands{Facts: w.q, Documents: w.q, Decider: w, Verify: townVerify, Log: log}
	case pipeline.Withdrawn:
		return &workers.Recall{Facts: w.q, Documents: w.q, Verify: townVerify}
	case pipeline.Marked:
		return &workers.Render{Documents: w.q, Renderer: w}
	case pipeline.Rendered:
		return &workers.Plan{Facts: w.q, Documents: w.q, Publisher: w, Lists: w, Archive: w, Keys: townKeys, ChunkSize: func() int { return 1 }, Nation: f.Nation}
	case pipeline.Planned:
		return &workers.Dispatch{Documents: w.q, Nation: f.Nation}
	case pipeline.Resent:
		return &workers.Resend{Facts: w.q, Documents: w.q, Lists: w, Archive: w, Keys: townKeys, Nation: f.Nation}
	}
	return nil
}

// facts returns all that is on record of the bulletin, and puts it on the board.
func (w *town) facts() []pipeline.Fact {
	var all []pipeline.Fact
	if w.id == "" {
		return nil
	}
	for _, filter := range []string{"bulletin.%s.>", "delivery.chunk.*.*.%s.>", "delivery.*.*.%s.>", "receipt.*.%s.>"} {
		facts, _, err := w.q.Facts(context.Background(), fmt.Sprintf(filter, w.id))
		w.must(err)
		all = append(all, facts...)
	}
	for _, f := range all {
		if key := "board " + f.Subject(); !w.once[key] {
			w.once[key] = true
			w.must(w.desk.Board.Apply(context.Background(), f))
		}
	}
	return all
}

func (w *town) must(err error) {
	if err != nil {
		w.t.Fatalf("%v", err)
	}
}

// open returns the facts that somebody has still to work on.
func (w *town) open() []pipeline.Fact {
	var out []pipeline.Fact
	for _, f := range w.facts() {
		if (f.Name == pipeline.Chunk || w.worker(f) != nil) && !w.once[f.Subject()] {
			out = append(out, f)
		}
	}
	return out
}

// work lets a worker work on a fact. It is done if the process lived to say so.
func (w *town) work(f pipeline.Fact) {
	ctx := context.Background()
	var err error
	if f.Name == pipeline.Chunk {
		d := &workers.Deliver{
			Facts: w.q, Documents: w.q, Ledger: w, Receipts: func() workers.Receipts { return &townReceipts{w: w} },
			Lists: w, Archive: w, Keys: townKeys, Poster: w, Clock: time.Now, Parallel: func() int { return 1 }, GiveUp: func() time.Duration { return time.Hour }, Way: &workers.RightOfWay{},
			Backoff: func(pipeline.Precedence, int) time.Duration { return time.Second },
		}
		err = d.Work(ctx, f)
	} else {
		var following []pipeline.Fact
		if following, err = w.worker(f).Work(ctx, f); err == nil {
			err = w.Publish(ctx, following...)
		}
	}
	var permanent *pipeline.Permanent
	if errors.As(err, &permanent) && f.Name != pipeline.Resent { // whom a resend is for may have left
		w.t.Fatalf("%s is parked: %v", f.Subject(), err)
	}
	if permanent != nil { // as the runner does
		parked, err := pipeline.NewFact(pipeline.Parked, f.Ref, w.worker(f).Name(), pipeline.ParkedBody{Worker: w.worker(f).Name(), Subject: f.Subject(), Reason: permanent.Reason})
		w.must(err)
		w.parked++
		parked.Ordinal = w.parked
		w.must(w.q.Publish(ctx, parked))
	}
	if err == nil || permanent != nil {
		w.once[f.Subject()] = true
	}
}

// said passes over what the desk refuses, for somebody else was first or it may not be.
func (w *town) said(err error) {
	var refused *queue.Refused
	if err != nil && !errors.As(err, &refused) {
		w.t.Fatalf("the desk failed: %v", err)
	}
}

func townDraft(n int, correction string) draft.Source {
	text := fmt.Sprintf("---\ntitle: T\n%sscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nText %d for all.\n\n(TLP:AMBER//REL TO GBR) Secret of one.\n", correction, n)
	return draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}
}

// act lets somebody do something at the desk.
func (w *town) act(n int) {
	ctx := context.Background()
	person := rapid.SampledFrom([]string{"moana", "kiri", "aroha", "ann", "tom", "dana"}).Draw(w.t, "who")
	c := w.as(person)
	addresses := []string{"a@nzl.example", "b@nzl.example", "a@gbr.example", "b@gbr.example", "c@gbr.example"}
	switch rapid.SampledFrom([]string{
		"approve", "all approve", "all approve", "correct", "correct", "revise", "return", "reject",
		"withdraw", "withdraw", "resend", "retry", "joins", "leaves",
	}).Draw(w.t, "what") {
	case "approve":
		shown, err := c.Show(ctx, w.id)
		if err == nil {
			_, err = c.Approve(ctx, shown)
		}
		w.said(err)
	case "all approve":
		for _, name := range []string{"aroha", "ann", "tom"} {
			shown, err := w.as(name).Show(ctx, w.id)
			if err == nil {
				_, err = w.as(name).Approve(ctx, shown)
			}
			w.said(err)
		}
	case "correct":
		_, err := c.Correct(ctx, w.id, townDraft(n, "correction: C\n"))
		w.said(err)
	case "revise":
		_, err := c.Submit(ctx, w.id, townDraft(n, rapid.SampledFrom([]string{"", "correction: C\n"}).Draw(w.t, "correction")))
		w.said(err)
	case "return":
		shown, err := c.Show(ctx, w.id)
		if err == nil {
			err = c.Return(ctx, shown.Ref, "no")
		}
		w.said(err)
	case "reject":
		shown, err := c.Show(ctx, w.id)
		if err == nil && shown.Ref.Revision > 1 { // a first revision that is rejected ends it all
			err = c.Reject(ctx, shown.Ref, "no")
		}
		w.said(err)
	case "withdraw":
		w.said(w.withdraw(ctx, person, c))
	case "resend":
		_, err := c.Resend(ctx, w.id, rapid.SampledFrom(addresses).Draw(w.t, "to"))
		w.said(err)
	case "retry":
		_, err := c.Retry(ctx, desk.Retrying{ID: w.id, Recipient: rapid.SampledFrom(addresses).Draw(w.t, "to")})
		w.said(err)
	case "joins":
		w.joins(rapid.SampledFrom(addresses).Draw(w.t, "address"))
	case "leaves":
		w.leaves(rapid.SampledFrom(addresses).Draw(w.t, "address"))
	}
}

func (w *town) withdraw(ctx context.Context, person string, c *desk.Client) error {
	demands, err := c.Demands(ctx, w.id)
	if err != nil {
		return err
	}
	ref, of, reason := demands.Next, demands.Of, "R"
	if other, ok := othersDemand(demands.Open, person); ok {
		ref, of, reason = other.Ref, other.Of, other.Reason
	}
	_, err = c.Withdraw(ctx, ref, of, reason)
	return err
}

// TestLifeOfABulletin draws what people do and in which order the workers come to it, where they die, and what the
// relay answers. At the end nothing has leaked, everyone who should has the newest version, a withdrawal has reached
// exactly those who got something, and the record proves it.
func TestLifeOfABulletin(t *testing.T) {
	q, err := queue.Open(context.Background(), queue.Config{Dir: t.TempDir(), StoreKey: bytes.Repeat([]byte("k"), 64)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	ends := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := newTown(t, q)
		submitted, err := w.as("moana").Submit(context.Background(), "", townDraft(0, ""))
		w.must(err)
		w.id = submitted.Ref.ID
		for n := range rapid.IntRange(10, 45).Draw(t, "length") {
			open := w.open()
			if len(open) == 0 || rapid.IntRange(0, 2).Draw(t, "turn") == 0 {
				w.act(n + 1)
				continue
			}
			w.dies = rapid.SampledFrom([]int{-1, -1, -1, 0, 1, 2}).Draw(t, "dies after")
			w.relay = rapid.SliceOfN(rapid.SampledFrom([]error{nil, nil, errTownLater, errTownDoubt}), 0, 1).Draw(t, "relay")
			w.work(open[rapid.IntRange(0, len(open)-1).Draw(t, "fact")])
		}
		w.dies, w.relay = -1, nil
		for range 100 {
			open := w.open()
			for _, f := range open {
				w.work(f)
			}
			if len(open) == 0 {
				break
			}
		}
		ends[w.judge()]++
	})
	t.Logf("ends: %v", ends)
	for _, end := range []string{"delivered", "withdrawn"} {
		if ends[end] == 0 {
			t.Errorf("no life ended %s: the test tells nothing of that", end)
		}
	}
}

var (
	errTownLater = &bmail.DeliveryError{Stage: bmail.StageRcpt, Code: 451, Line: "451 later", Temporary: true}
	errTownDoubt = &bmail.DeliveryError{Stage: bmail.StageDot, Temporary: true, InDoubt: true, Err: errors.New("lost")}
)

// judge holds what arrived against what is on record, and returns how the bulletin ended.
func (w *town) judge() string {
	if open := w.open(); len(open) > 0 {
		w.t.Fatalf("never worked off: %s", open[0].Subject())
	}
	standing, err := review.Stand(slices.DeleteFunc(w.facts(), func(f pipeline.Fact) bool { return !strings.HasPrefix(f.Subject(), "bulletin.") }))
	w.must(err)
	got, told := map[string]int{}, map[string]int{} // revision of the newest mail; words of a withdrawal
	for _, m := range w.mails {
		if m.nation != pipeline.GBR && strings.Contains(m.text, "Secret of one") || !strings.Contains(m.address, strings.ToLower(string(m.nation))) {
			w.t.Fatalf("leaked to %s: %+v", m.address, m)
		}
		if m.revision == standing.Withdrawn.Ref.Revision {
			told[m.address]++
			continue
		}
		if !slices.ContainsFunc(standing.Released, func(r review.Release) bool { return r.Ref.Revision == m.revision }) {
			w.t.Fatalf("%s got revision %d, which was not released", m.address, m.revision)
		}
		got[m.address] = max(got[m.address], m.revision)
	}
	w.prove()
	status, err := w.as("moana").Status(context.Background(), w.id)
	w.must(err)
	version, released := standing.Version()
	switch {
	case standing.Withdrawn.Name != "" && !released:
		if len(w.mails) > 0 || status.State != "withdrawn" || status.Recall != "" {
			w.t.Fatalf("withdrawn before its release: %d mails, %s %s", len(w.mails), status.State, status.Recall)
		}
		return "withdrawn early"
	case standing.Withdrawn.Name != "":
		for address := range got {
			if told[address] == 0 {
				w.t.Fatalf("%s got revision %d and was not told that it is withdrawn", address, got[address])
			}
		}
		if status.State != "withdrawn" || status.Recall != "delivered" {
			w.t.Fatalf("status: %s %s", status.State, status.Recall)
		}
		return "withdrawn"
	case !released:
		if len(w.mails) > 0 {
			w.t.Fatalf("%d mails of what was never released", len(w.mails))
		}
		return status.State
	}
	w.reached(status, version, got)
	return status.State
}

// reached makes sure that whoever the newest version was planned for has it. Whoever left before their turn is parked.
func (w *town) reached(status desk.Status, version review.Release, got map[string]int) {
	if !slices.Contains([]string{"delivered", "correcting"}, status.State) {
		w.t.Fatalf("status: %+v", status)
	}
	for _, n := range version.Nations {
		all, _, err := w.desk.Ledger(context.Background(), w.id, n)
		w.must(err)
		for _, o := range all {
			if o.State == pipeline.StateSent && got[o.Address] != version.Ref.Revision {
				w.t.Fatalf("%s is called sent, and has revision %d of %d", o.Address, got[o.Address], version.Ref.Revision)
			}
			if o.State != pipeline.StateSent && o.State != pipeline.StateParked {
				w.t.Fatalf("%s is %s in the end", o.Address, o.State)
			}
		}
	}
	for address, revision := range got {
		n := pipeline.Nation(strings.ToUpper(address[2:5]))
		stays := slices.ContainsFunc(w.lists[n], func(r pipeline.Recipient) bool { return r.Address == address })
		all, _, err := w.desk.Ledger(context.Background(), w.id, n)
		w.must(err)
		parked := slices.ContainsFunc(all, func(o pipeline.Outcome) bool { return o.Address == address && o.State == pipeline.StateParked })
		planned := slices.ContainsFunc(all, func(o pipeline.Outcome) bool { return o.Address == address })
		if stays && planned && !parked && revision != version.Ref.Revision {
			w.t.Fatalf("%s stays with revision %d of %d", address, revision, version.Ref.Revision)
		}
	}
}

// prove reads the facts as `verify` does.
func (w *town) prove() {
	proof := review.Proof{Verify: townVerify, Snapshot: func(d pipeline.Digest) ([]byte, error) { return w.q.Get(context.Background(), d) }}
	for _, f := range w.facts() {
		if f.Name == pipeline.Receipt {
			continue
		}
		w.must(proof.Take(f))
	}
	w.must(proof.Finish())
	refused := func(line string) bool { return strings.HasPrefix(line, "resend-") }
	if open := slices.DeleteFunc(proof.Open(), refused); len(open) > 0 {
		b, _ := json.Marshal(open)
		w.t.Fatalf("open in the end: %s", b)
	}
}
