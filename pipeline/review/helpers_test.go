package review

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

var (
	ctx      = context.Background()
	testTime = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	testID   = pipeline.ID("baaaaaaaaaaaa")
)

// documents is a store that checks digests, as the contract of Documents asks.
type documents map[pipeline.Digest][]byte

func (d documents) put(b []byte) pipeline.Digest {
	d[pipeline.DigestOf(b)] = b
	return pipeline.DigestOf(b)
}

func (d documents) Get(_ context.Context, digest pipeline.Digest) ([]byte, error) {
	b, ok := d[digest]
	switch {
	case !ok:
		return nil, pipeline.ErrNotFound
	case pipeline.DigestOf(b) != digest:
		return nil, errors.New("the document is damaged")
	}
	return b, nil
}

// signBy and verify stand in for OpenPGP: a signature names its signer's certificate and the data.
func signBy(certificate, data string) string {
	return certificate + " signs " + string(pipeline.DigestOf([]byte(data)))
}

func verify(certificate, data, signature []byte, _ time.Time) (string, error) {
	if string(signature) != signBy(string(certificate), string(data)) {
		return "", errors.New("bad signature")
	}
	return string(certificate), nil
}

func person(name string, n pipeline.Nation, roles ...Role) Person {
	return Person{Name: name, Nation: n, Roles: roles, Certificate: "key of " + name}
}

func cast() People {
	return People{
		person("dana", pipeline.USA, Author, Reviewer), person("dan", pipeline.USA, Author, Reviewer),
		person("carlos", pipeline.USA, Reviewer), person("jill", pipeline.USA, Reviewer),
		person("tom", pipeline.GBR, Reviewer), person("aroha", pipeline.NZL, Reviewer),
		person("ruby", pipeline.AUS, Author), person("luc", pipeline.CAN, Reviewer),
	}
}

const draftText = `---
title: Peer-to-peer clients expose case files
scheme: usa
tlp: TLP:AMBER
releasable_to: [AUS, CAN, GBR, NZL, USA]
---
(U) A first paragraph for all.

(U//REL TO USA, GBR//LES) For two nations.

(U//NF) For one.
`

// parse reads a draft by an author of the United States.
func parse(t interface {
	Helper()
	Fatalf(string, ...any)
}, text string) *draft.Document {
	t.Helper()
	doc, problems := draft.Parse(draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}, draft.Options{Author: pipeline.USA})
	if err := problems.Err(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return doc
}

// tlpDraft is a draft in the scheme tlp with a paragraph for each mark.
func tlpDraft(tlp string, to []pipeline.Nation, marks ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: Title\nscheme: tlp\ntlp: %s\nreleasable_to: [%s]\n---\n", tlp, pipeline.JoinNations(to, ", "))
	for i, m := range marks {
		fmt.Fprintf(&b, "%s Paragraph %d.\n\n", m, i)
	}
	return b.String()
}

func newFact(t *testing.T, name pipeline.Name, revision int, by string, body any) pipeline.Fact {
	t.Helper()
	f, err := pipeline.NewFact(name, pipeline.Ref{ID: testID, Revision: revision}, by, body)
	if err != nil {
		t.Fatal(err)
	}
	f.At = testTime
	return f
}

// submit stores a draft and who and what was in force, and returns the fact.
func submit(t *testing.T, docs documents, revision int, author string, files map[string]string, policy Policy) pipeline.Fact {
	t.Helper()
	body := pipeline.SubmittedBody{
		Author: author, Nation: pipeline.USA,
		People: docs.put(cast().JSON()), Policy: docs.put(policy.JSON()),
	}
	names := pipeline.Manifest{Draft: "draft.md"}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		digest := docs.put([]byte(files[name]))
		names.Files = append(names.Files, pipeline.File{Name: name, Digest: digest, Size: int64(len(files[name]))})
		body.Files = append(body.Files, digest)
	}
	body.Names = docs.put(mustJSON(names))
	return newFact(t, pipeline.Submitted, revision, author, body)
}

func openCase(t *testing.T, docs documents, submitted pipeline.Fact) *Case {
	t.Helper()
	c, err := OpenCase(ctx, docs, submitted)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// approval is one by the person, of the case as it is; change makes it another.
func approval(t *testing.T, docs documents, c *Case, ordinal int, name string, change func(*pipeline.ApprovalBody)) pipeline.Fact {
	t.Helper()
	people := cast()
	p, err := people.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	body := pipeline.ApprovalBody{
		Reviewer: p.Name, Nation: p.Nation, Statement: c.Statement,
		Signature: signBy(p.Certificate, c.Statement), People: docs.put(people.JSON()),
	}
	if change != nil {
		change(&body)
	}
	f := newFact(t, pipeline.Approval, c.Ref.Revision, name, body)
	f.Ordinal = ordinal
	return f
}

func stand(t *testing.T, facts ...pipeline.Fact) Standing {
	t.Helper()
	s, err := Stand(facts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// testPolicy is the default, with equivalents of what an author of the United States marks.
func testPolicy() Policy {
	p := DefaultPolicy()
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
