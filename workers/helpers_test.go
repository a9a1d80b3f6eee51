package workers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

var (
	ctx      = context.Background()
	testTime = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	testFpr  = "0123456789ABCDEF0123456789ABCDEF01234567"
	discard  = slog.New(slog.DiscardHandler)
)

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(string, ...any)
}

func must(t tester, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func storeConfig(t *testing.T, dir string) queue.Config {
	t.Helper()
	key, err := hex.DecodeString("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	must(t, err)
	return queue.Config{Dir: dir, StoreKey: key, Clock: func() time.Time { return testTime }}
}

func newQueue(t *testing.T) *queue.Queue {
	t.Helper()
	q, err := queue.Open(ctx, storeConfig(t, t.TempDir()))
	must(t, err)
	t.Cleanup(func() { must(t, q.Close()) })
	return q
}

func newRef() pipeline.Ref { return pipeline.Ref{ID: pipeline.NewID(), Revision: 1} }

func newFact(t tester, name pipeline.Name, ref pipeline.Ref, body any) pipeline.Fact {
	t.Helper()
	f, err := pipeline.NewFact(name, ref, "test", body)
	must(t, err)
	return f
}

func decoded[T any](t tester, f pipeline.Fact) T {
	t.Helper()
	var body T
	must(t, f.Decode(&body))
	return body
}

func isPermanent(err error) bool {
	var p *pipeline.Permanent
	return errors.As(err, &p)
}

func isRetry(err error) bool {
	var r *pipeline.Retry
	return errors.As(err, &r)
}

// memory is a document store that can be damaged.
type memory struct {
	mu   sync.Mutex
	docs map[pipeline.Digest][]byte
	gone error // what every call answers
}

func newMemory() *memory { return &memory{docs: map[pipeline.Digest][]byte{}} }

func (m *memory) Get(_ context.Context, d pipeline.Digest) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.docs[d]
	switch {
	case m.gone != nil:
		return nil, m.gone
	case !ok:
		return nil, pipeline.ErrNotFound
	case pipeline.DigestOf(b) != d:
		return nil, errors.New("the document is damaged")
	}
	return b, nil
}

func (m *memory) Put(_ context.Context, b []byte) (pipeline.Digest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone != nil {
		return "", m.gone
	}
	m.docs[pipeline.DigestOf(b)] = b
	return pipeline.DigestOf(b), nil
}

func (m *memory) put(b []byte) pipeline.Digest {
	m.docs[pipeline.DigestOf(b)] = b
	return pipeline.DigestOf(b)
}

// lists are the nations' lists in memory.
type lists struct {
	byNation map[pipeline.Nation][]pipeline.Recipient
	err      error
}

func (l *lists) Recipients(n pipeline.Nation) (*pipeline.Roll, error) {
	return pipeline.NewRoll(l.byNation[n]), l.err
}

func recipient(n pipeline.Nation, address string) pipeline.Recipient {
	return pipeline.Recipient{Nation: n, Address: address, Fingerprint: testFpr, MaxTLP: "TLP:RED"}
}

func anyKey(r pipeline.Recipient) seal.Fitness {
	return seal.Fitness{State: seal.Fit, Key: &seal.Key{Fingerprint: r.Fingerprint}}
}

func testEdition(n pipeline.Nation) edition.Edition {
	return edition.Edition{
		Number: "SA26-326A", Released: testTime, Nation: n, Kind: "bulletin", Precedence: pipeline.Routine,
		Scheme: "usa", Banner: "UNCLASSIFIED//LES", TLP: marking.Amber, Title: edition.Line{Text: "Title"},
	}
}

// stored puts an edition and its files into the store.
func stored(m *memory, e edition.Edition) pipeline.RenderedBody {
	file := func(ext string) pipeline.File {
		data := []byte(fmt.Sprintf("%s of %s", ext, e.Nation))
		return pipeline.File{Name: "a." + ext, Digest: m.put(data), Size: int64(len(data))}
	}
	return pipeline.RenderedBody{
		Edition: m.put(e.JSON()), Precedence: e.Precedence, Number: e.Number,
		PDF: file("pdf"), STIX: file("json"), CSV: file("csv"), Text: file("txt"),
	}
}

// signBy and verify stand in for OpenPGP.
func signBy(certificate, data string) string {
	return certificate + " signs " + string(pipeline.DigestOf([]byte(data)))
}

func verify(certificate, data, signature []byte, _ time.Time) (string, error) {
	if string(signature) != signBy(string(certificate), string(data)) {
		return "", errors.New("bad signature")
	}
	return string(certificate), nil
}

func cast() review.People {
	person := func(name string, n pipeline.Nation, role review.Role) review.Person {
		return review.Person{Name: name, Nation: n, Roles: []review.Role{role}, Certificate: "key of " + name}
	}
	return review.People{
		person("dana", pipeline.USA, review.Author), person("carlos", pipeline.USA, review.Reviewer),
		person("tom", pipeline.GBR, review.Reviewer), person("aroha", pipeline.NZL, review.Reviewer),
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
`

// bulletin is one under review, on a real queue.
type bulletin struct {
	q    *queue.Queue
	docs *memory
	ref  pipeline.Ref
	c    *review.Case

	corrects int // the revision that the next one corrects
}

func submitted(t *testing.T, q *queue.Queue) *bulletin {
	t.Helper()
	b := &bulletin{q: q, docs: newMemory(), ref: newRef()}
	b.submit(t, 1, draftText)
	return b
}

func (b *bulletin) submit(t *testing.T, revision int, text string) {
	t.Helper()
	b.ref.Revision = revision
	digest := b.docs.put([]byte(text))
	names, err := json.Marshal(pipeline.Manifest{Draft: "draft.md", Files: []pipeline.File{{Name: "draft.md", Digest: digest, Size: int64(len(text))}}})
	must(t, err)
	f := newFact(t, pipeline.Submitted, b.ref, pipeline.SubmittedBody{
		Author: "dana", Nation: pipeline.USA, Corrects: b.corrects, Files: []pipeline.Digest{digest}, Names: b.docs.put(names),
		People: b.docs.put(cast().JSON()), Policy: b.docs.put(testPolicy().JSON()),
	})
	must(t, b.q.Publish(ctx, f))
	c, err := review.OpenCase(ctx, b.docs, f)
	must(t, err)
	b.c = c
}

// approve publishes an approval and returns it; change makes it a bad one.
func (b *bulletin) approve(t *testing.T, ordinal int, name string, change func(*pipeline.ApprovalBody)) pipeline.Fact {
	t.Helper()
	p, err := cast().Find(name)
	must(t, err)
	body := pipeline.ApprovalBody{
		Reviewer: name, Nation: p.Nation, Statement: b.c.Statement,
		Signature: signBy(p.Certificate, b.c.Statement), People: b.docs.put(cast().JSON()),
	}
	if change != nil {
		change(&body)
	}
	f := newFact(t, pipeline.Approval, b.ref, body)
	f.Ordinal = ordinal
	must(t, b.q.Publish(ctx, f))
	return f
}

// facts returns those of one name, of all revisions.
func (b *bulletin) facts(t *testing.T, name pipeline.Name) []pipeline.Fact {
	t.Helper()
	all, _, err := b.q.Facts(ctx, fmt.Sprintf("bulletin.%s.>", b.ref.ID))
	must(t, err)
	var out []pipeline.Fact
	for _, f := range all {
		if f.Name == name {
			out = append(out, f)
		}
	}
	return out
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
