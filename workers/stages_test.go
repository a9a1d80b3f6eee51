package workers

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// approved takes a bulletin through review.
func approved(t *testing.T) (*bulletin, pipeline.Fact) {
	t.Helper()
	b := submitted(t, newQueue(t))
	return b, b.pass(t)
}

func (b *bulletin) pass(t *testing.T) pipeline.Fact {
	t.Helper()
	b.approve(t, 1, "carlos", nil)
	b.approve(t, 2, "tom", nil)
	f := newFact(t, pipeline.Approved, b.ref, pipeline.ApprovedBody{Statement: pipeline.DigestOf([]byte(b.c.Statement)), Approvals: []int{1, 2}})
	must(t, b.q.Publish(ctx, f))
	f, err := b.q.Fact(ctx, f.Subject())
	must(t, err)
	return f
}

func markOf(b *bulletin) *Mark {
	return &Mark{Facts: b.q, Documents: b.docs, Publisher: b.q, Decider: b.q, Verify: verify, Clock: func() time.Time { return testTime }}
}

func TestMark(t *testing.T) {
	b, in := approved(t)
	out, err := markOf(b).Work(ctx, in)
	must(t, err)
	numbered := decoded[pipeline.NumberedBody](t, b.facts(t, pipeline.Numbered)[0])
	want := []pipeline.Nation{pipeline.AUS, pipeline.GBR, pipeline.NZL, pipeline.USA}
	if numbered.Number != "SA26-326A" || !numbered.Released.Equal(testTime) || !slices.Equal(numbered.Nations, want) {
		t.Errorf("numbered: %+v", numbered)
	}
	for i, n := range want {
		body := decoded[pipeline.MarkedBody](t, out[i])
		e, err := loadEdition(ctx, b.docs, body.Edition)
		must(t, err)
		approved, _ := b.c.Edition(n)
		if e.Nation != n || e.Number != "SA26-326A" || e.ContentDigest() != body.Content || approved.ContentDigest() != body.Content || len(e.History) != 1 {
			t.Errorf("%s: %+v, %+v", n, body, e)
		}
		if has, may := strings.Contains(string(e.JSON()), "For two nations"), n == pipeline.GBR || n == pipeline.USA; has != may {
			t.Errorf("%s has the second paragraph: %v, may: %v", n, has, may)
		}
	}
	must(t, b.q.Publish(ctx, out...))
	again, err := markOf(b).Work(ctx, in) // after a crash before the acknowledgement
	must(t, err)
	if !reflect.DeepEqual(again, out) {
		t.Errorf("work done again gives\n%v\nthe first time\n%v", again, out)
	}
	must(t, b.q.Publish(ctx, again...))
}

func TestMarkRefuses(t *testing.T) {
	change := func(name pipeline.Name, nth int, to func(*pipeline.ApprovalBody)) func(*testing.T, *bulletin, *Mark, *pipeline.Fact) {
		return func(t *testing.T, b *bulletin, m *Mark, _ *pipeline.Fact) {
			m.Facts = altered{b.q, func(f *pipeline.Fact) {
				if f.Name == name && f.Ordinal == nth {
					body := decoded[pipeline.ApprovalBody](t, *f)
					to(&body)
					f.Body, _ = json.Marshal(body)
				}
			}}
		}
	}
	for name, spoil := range map[string]func(*testing.T, *bulletin, *Mark, *pipeline.Fact){
		"a stored file is damaged": func(_ *testing.T, b *bulletin, _ *Mark, _ *pipeline.Fact) {
			b.docs.docs[b.c.Submitted.Files[0]] = []byte("other")
		},
		"a stored file is gone": func(_ *testing.T, b *bulletin, _ *Mark, _ *pipeline.Fact) {
			delete(b.docs.docs, b.c.Submitted.Files[0])
		},
		"the policy is damaged": func(_ *testing.T, b *bulletin, _ *Mark, _ *pipeline.Fact) {
			b.docs.docs[b.c.Submitted.Policy] = review.Policy{}.JSON()
		},
		"another draft was submitted": func(t *testing.T, b *bulletin, m *Mark, _ *pipeline.Fact) {
			m.Facts = altered{b.q, resubmitted(t, func(s *pipeline.SubmittedBody) {
				s.Files[0] = b.docs.put([]byte(strings.Replace(draftText, "For two", "For 2", 1)))
			})}
		},
		"another policy was in force": func(t *testing.T, b *bulletin, m *Mark, _ *pipeline.Fact) {
			p := testPolicy()
			p.Default = review.Quorum{Approvals: 1, Nations: 1}
			m.Facts = altered{b.q, resubmitted(t, func(s *pipeline.SubmittedBody) { s.Policy = b.docs.put(p.JSON()) })}
		},
		"editions are other by now": func(t *testing.T, b *bulletin, _ *Mark, in *pipeline.Fact) {
			statement := strings.Replace(b.c.Statement, "edition: AUS ", "edition: AUS 0", 1)
			in.Body, _ = json.Marshal(pipeline.ApprovedBody{Statement: pipeline.DigestOf([]byte(statement)), Approvals: []int{1, 2}})
		},
		"a signature is bad":     change(pipeline.Approval, 1, func(b *pipeline.ApprovalBody) { b.Signature = "x" }),
		"a statement is other":   change(pipeline.Approval, 1, func(b *pipeline.ApprovalBody) { b.Statement = "x" }),
		"an approver is another": change(pipeline.Approval, 2, func(b *pipeline.ApprovalBody) { b.Reviewer = "aroha" }),
		"an approval is missing": func(_ *testing.T, _ *bulletin, _ *Mark, in *pipeline.Fact) {
			in.Body = []byte(strings.Replace(string(in.Body), "[1,2]", "[1,3]", 1))
		},
		"one approval is enough to nobody": func(_ *testing.T, _ *bulletin, _ *Mark, in *pipeline.Fact) {
			in.Body = []byte(strings.Replace(string(in.Body), "[1,2]", "[1]", 1))
		},
		"one approval counted twice": func(_ *testing.T, _ *bulletin, _ *Mark, in *pipeline.Fact) {
			in.Body = []byte(strings.Replace(string(in.Body), "[1,2]", "[1,1]", 1))
		},
		"a revision came after": func(t *testing.T, b *bulletin, _ *Mark, _ *pipeline.Fact) { b.submit(t, 2, draftText) },
		"a return came after": func(t *testing.T, b *bulletin, _ *Mark, _ *pipeline.Fact) {
			must(t, b.q.Publish(ctx, newFact(t, pipeline.Returned, b.ref, pipeline.DecisionBody{})))
		},
		"the verdict can't be read": func(_ *testing.T, _ *bulletin, _ *Mark, in *pipeline.Fact) { in.Body = []byte("{") },
	} {
		t.Run(name, func(t *testing.T) {
			b, in := approved(t)
			m := markOf(b)
			spoil(t, b, m, &in)
			out, err := m.Work(ctx, in)
			if !isPermanent(err) || out != nil {
				t.Fatalf("got %v, %v; want it parked", out, err)
			}
			if _, err := b.q.Fact(ctx, "number.SA26-326A"); !errors.Is(err, pipeline.ErrNotFound) {
				t.Errorf("a number was allotted: %v", err)
			}
		})
	}
}

type recorded interface{ Facts }

// altered gives facts that are other than those on record.
type altered struct {
	recorded
	alter func(*pipeline.Fact)
}

func (a altered) Facts(c context.Context, filter string) ([]pipeline.Fact, uint64, error) {
	facts, last, err := a.recorded.Facts(c, filter)
	for i := range facts {
		a.alter(&facts[i])
	}
	return facts, last, err
}

func resubmitted(t *testing.T, change func(*pipeline.SubmittedBody)) func(*pipeline.Fact) {
	return func(f *pipeline.Fact) {
		if f.Name == pipeline.Submitted {
			body := decoded[pipeline.SubmittedBody](t, *f)
			change(&body)
			f.Body, _ = json.Marshal(body)
		}
	}
}

func TestNumbersAreNeverReused(t *testing.T) {
	q := newQueue(t)
	seen := map[string]bool{}
	var last string
	for range 29 {
		m := &Mark{Publisher: q}
		ref := newRef()
		number, err := m.allot(ctx, ref, testTime)
		must(t, err)
		again, err := m.allot(ctx, ref, testTime)
		must(t, err)
		if seen[number] || again != number {
			t.Fatalf("%s, then %s for the same bulletin; before: %v", number, again, seen)
		}
		seen[number], last = true, number
	}
	if !seen["SA26-326Z"] || !seen["SA26-326AA"] || last != "SA26-326AC" {
		t.Errorf("the last is %s of %v", last, seen)
	}
	if got := letters(26*27 - 1); got != "ZZ" {
		t.Errorf("the last letters are %s", got)
	}
}

// counts is a renderer that says what it was given.
type counts struct {
	given []edition.Edition
	err   error
}

func (c *counts) Render(e edition.Edition) (Rendering, error) {
	c.given = append(c.given, e)
	return Rendering{PDF: []byte("pdf"), STIX: []byte("stix"), CSV: []byte("csv"), Text: []byte("txt")}, c.err
}

func TestRender(t *testing.T) {
	docs := newMemory()
	e := testEdition(pipeline.NZL)
	good := pipeline.MarkedBody{Edition: docs.put(e.JSON()), Content: e.ContentDigest(), Precedence: pipeline.Flash, Number: e.Number}
	for _, c := range []struct {
		name      string
		nation    pipeline.Nation
		body      pipeline.MarkedBody
		fails     error
		permanent bool
		retry     bool
	}{
		{name: "good", nation: pipeline.NZL, body: good},
		{name: "other content", nation: pipeline.NZL, body: pipeline.MarkedBody{Edition: good.Edition, Content: "x"}, permanent: true},
		{name: "other nation", nation: pipeline.GBR, body: good, permanent: true},
		{name: "does not render", nation: pipeline.NZL, body: good, fails: errors.New("no glyph"), permanent: true},
		{name: "not stored", nation: pipeline.NZL, body: pipeline.MarkedBody{Edition: "x", Content: good.Content}, retry: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := newFact(t, pipeline.Marked, newRef(), c.body)
			in.Nation = c.nation
			renderer := &counts{err: c.fails}
			out, err := (&Render{Documents: docs, Renderer: renderer}).Work(ctx, in)
			if isPermanent(err) != c.permanent || isRetry(err) != c.retry {
				t.Fatalf("got %v", err)
			}
			if c.permanent || c.retry {
				if out != nil || c.fails == nil && len(renderer.given) != 0 {
					t.Errorf("rendered all the same: %v", out)
				}
				return
			}
			must(t, err)
			body := decoded[pipeline.RenderedBody](t, out[0])
			if body.Edition != good.Edition || body.Precedence != pipeline.Flash || body.PDF.Name != "SA26-326A-NZL.pdf" || body.STIX.Name != "SA26-326A-NZL.json" {
				t.Errorf("rendered: %+v", body)
			}
			for _, f := range []pipeline.File{body.PDF, body.STIX, body.CSV, body.Text} {
				if b, err := docs.Get(ctx, f.Digest); err != nil || int64(len(b)) != f.Size {
					t.Errorf("%s: %q, %v", f.Name, b, err)
				}
			}
		})
	}
}
