package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
)

var (
	ctx      = context.Background()
	testTime = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
)

func must(t interface {
	Helper()
	Fatalf(string, ...any)
}, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// signBy and verify stand in for OpenPGP.
func signBy(certificate string, data []byte) string {
	return certificate + " signs " + string(pipeline.DigestOf(data))
}

func verify(certificate, data, signature []byte, _ time.Time) (string, error) {
	if string(signature) != signBy(string(certificate), data) {
		return "", errors.New("bad signature")
	}
	return string(certificate), nil
}

// office is a desk on a real queue, with everyone connected to it.
type office struct {
	t       testing.TB
	q       *queue.Queue
	desk    *Desk
	people  review.People
	clients map[string]*Client
	raw     map[string]*queue.Client
	policy  review.Policy
}

func people() review.People {
	var out review.People
	for _, p := range []review.Person{
		{Name: "dana", Nation: pipeline.USA, Roles: []review.Role{review.Author, review.Reviewer}},
		{Name: "dan", Nation: pipeline.USA, Roles: []review.Role{review.Author, review.Reviewer}},
		{Name: "carlos", Nation: pipeline.USA, Roles: []review.Role{review.Reviewer}},
		{Name: "tom", Nation: pipeline.GBR, Roles: []review.Role{review.Author, review.Reviewer}},
		{Name: "aroha", Nation: pipeline.NZL, Roles: []review.Role{review.Reviewer}},
		{Name: "luc", Nation: pipeline.CAN, Roles: []review.Role{review.Author, review.Reviewer}}, // has no edition of draftText
		{Name: "green", Nation: pipeline.GBR, Roles: []review.Role{review.Author, review.Reviewer}, MaxTLP: "TLP:GREEN"},
		{Name: "odd", Nation: pipeline.GBR, Roles: []review.Role{review.Reviewer}, MaxTLP: "TLP:WHITE"},
		{Name: "clerk", Nation: pipeline.GBR, Roles: []review.Role{review.Admin}},
	} {
		p.Certificate = "key of " + p.Name
		out = append(out, p)
	}
	return out
}

// newOffice opens the desk; change may prepare it before anybody comes.
func newOffice(t testing.TB, change ...func(*office)) *office {
	t.Helper()
	o := &office{t: t, people: people(), clients: map[string]*Client{}, raw: map[string]*queue.Client{}, policy: testPolicy()}
	seeds := map[string][]byte{}
	var connections []queue.Person
	for i, p := range o.people {
		seed, public, err := queue.NewUserKey()
		must(t, err)
		o.people[i].NKey, seeds[p.Name] = public, []byte(seed)
		connections = append(connections, queue.Person{Name: p.Name, PublicKey: public})
	}
	q, err := queue.Open(ctx, queue.Config{Dir: t.TempDir(), StoreKey: bytes.Repeat([]byte("k"), 64), People: connections, Clock: func() time.Time { return testTime }})
	must(t, err)
	o.q = q
	o.desk = &Desk{
		Log:   slog.New(slog.DiscardHandler),
		Store: q, Board: &Board{Documents: q}, Verify: verify, Clock: func() time.Time { return testTime },
		People: func() review.People { return o.people }, Policy: func() review.Policy { return o.policy },
		Printable: func(e edition.Edition) error {
			if strings.Contains(string(e.JSON()), "☃") {
				return errors.New("no font has ☃")
			}
			return nil
		},
	}
	o.desk.Draw = func(e edition.Edition) ([]byte, error) { return append([]byte("%PDF of "), e.JSON()...), nil }
	o.desk.Listed = func(_ pipeline.Nation, address string) (bool, error) {
		return strings.HasSuffix(address, "@x.example"), nil
	}
	o.desk.Reach = func(e edition.Edition) (int, []pipeline.Unreachable, []pipeline.Unreachable, error) {
		if e.Nation == pipeline.AUS { // kept by another process
			return 0, nil, nil, pipeline.ErrNotFound
		}
		of := string(e.Nation) + "@x.example"
		return 40, []pipeline.Unreachable{{Address: of, Reason: "the key expired"}}, []pipeline.Unreachable{{Address: "soon-" + of, Reason: "the key ends on 2026-12-01"}}, nil
	}
	for _, f := range change {
		f(o)
	}
	running, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- q.Serve(running, o.desk.Handle) }()
	t.Cleanup(func() {
		stop()
		must(t, <-served)
		must(t, q.Close())
	})
	for name, seed := range seeds {
		connection, err := q.Connect(name, seed)
		must(t, err)
		t.Cleanup(connection.Close)
		o.raw[name] = connection
		o.clients[name] = &Client{Connection: patient{connection}, Sign: func(data []byte) ([]byte, error) {
			return []byte(signBy("key of "+name, data)), nil
		}}
	}
	return o
}

// patient asks again until somebody is at the desk: it opens while people connect.
type patient struct{ *queue.Client }

func (p patient) Request(ctx context.Context, verb string, data []byte) ([]byte, error) {
	for {
		reply, err := p.Client.Request(ctx, verb, data)
		if err == nil || !strings.Contains(err.Error(), "no desk answers") {
			return reply, err
		}
	}
}

// update takes what is on record onto the board.
func (o *office) update() {
	o.t.Helper()
	for _, filter := range []string{"bulletin.>", "delivery.>", "receipt.>"} {
		facts, _, err := o.q.Facts(ctx, filter)
		must(o.t, err)
		for _, f := range facts {
			must(o.t, o.desk.Board.Apply(ctx, f))
		}
	}
}

const draftText = `---
title: Peer-to-peer clients expose case files
scheme: usa
tlp: TLP:AMBER
releasable_to: [AUS, GBR, NZL, USA]
---
(U) A first paragraph for all.

(U//REL TO USA, GBR//LES) For two nations.

(U//NF) For one, with figures.
`

func source(files ...string) draft.Source {
	src := draft.Source{Name: "draft.md", Files: map[string][]byte{}}
	for i := 0; i < len(files); i += 2 {
		src.Files[files[i]] = []byte(files[i+1])
	}
	return src
}

// submit hands in draftText as dana, and puts it on the board.
func (o *office) submit() pipeline.Ref {
	o.t.Helper()
	s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", draftText))
	must(o.t, err)
	o.update()
	return s.Ref
}

func (o *office) show(name string, ref pipeline.Ref) Shown {
	o.t.Helper()
	s, err := o.clients[name].Show(ctx, ref.ID)
	must(o.t, err)
	return s
}

func (o *office) facts(ref pipeline.Ref, name pipeline.Name) int {
	o.t.Helper()
	all, _, err := o.q.Facts(ctx, fmt.Sprintf("bulletin.%s.>", ref.ID))
	must(o.t, err)
	n := 0
	for _, f := range all {
		if f.Name == name {
			n++
		}
	}
	return n
}

// refused reports what the desk said no with; it fails if it said yes, or had a fault of its own.
func refused(t *testing.T, err error) string {
	t.Helper()
	var r *queue.Refused
	if !errors.As(err, &r) {
		t.Fatalf("got %v, want the desk to refuse", err)
	}
	if strings.Contains(r.Msg, "could not do this") {
		t.Fatalf("the desk failed: %v", r)
	}
	return r.Msg
}

// testPolicy is the default, with equivalents of what an author of the United States marks.
func testPolicy() review.Policy {
	p := review.DefaultPolicy()
	for to, as := range map[string][3]string{
		"AUS": {"OFFICIAL", "OFFICIAL: Sensitive", "SECRET"}, "CAN": {"UNCLASSIFIED", "PROTECTED B", "CONFIDENTIAL"},
		"GBR": {"OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET"}, "NZL": {"UNCLASSIFIED", "SENSITIVE", "CONFIDENTIAL"},
	} {
		p.Equivalents = append(p.Equivalents, marking.Equivalence{From: "USA", To: to, Levels: map[string]string{
			"UNCLASSIFIED": as[0], "UNCLASSIFIED//CONTROLLED": as[1], "CONFIDENTIAL": as[2], "SECRET": "SECRET", "TOP SECRET": "TOP SECRET",
		}})
	}
	slices.SortFunc(p.Equivalents, func(a, b marking.Equivalence) int { return strings.Compare(a.To, b.To) })
	return p
}
