package review

import (
	"encoding/json"
	"strings"
	"testing"

	"bulletin/pipeline"
)

// story is the life of a bulletin that was returned once, released and delivered.
type story struct {
	docs  documents
	facts []pipeline.Fact
}

func tell(t *testing.T) *story {
	t.Helper()
	s := &story{docs: documents{}}
	files := map[string]string{"draft.md": draftText}
	add := func(f pipeline.Fact) { s.facts = append(s.facts, f) }
	add(submit(t, s.docs, 1, "dana", files, testPolicy()))
	add(newFact(t, pipeline.Returned, 1, "luc", pipeline.DecisionBody{Reviewer: "luc", Nation: pipeline.CAN}))
	submitted := submit(t, s.docs, 2, "dan", files, testPolicy())
	add(submitted)
	c := openCase(t, s.docs, submitted)
	for i, name := range []string{"tom", "carlos", "jill"} {
		add(approval(t, s.docs, c, i+1, name, nil))
	}
	add(newFact(t, pipeline.Approved, 2, "tally", pipeline.ApprovedBody{Statement: pipeline.DigestOf([]byte(c.Statement)), Approvals: []int{1, 2, 3}}))
	numbered := pipeline.NumberedBody{Number: "SA26-326A", Version: "1.0"}
	for _, e := range c.Editions {
		numbered.Nations = append(numbered.Nations, e.Nation)
	}
	reserved := newFact(t, pipeline.Reserved, 2, "mark", struct{}{})
	reserved.Number = numbered.Number
	add(reserved)
	add(newFact(t, pipeline.Numbered, 2, "mark", numbered))
	for _, e := range c.Editions {
		nation := func(f pipeline.Fact) pipeline.Fact { f.Nation = e.Nation; return f }
		digest := pipeline.DigestOf(e.JSON())
		rendered := pipeline.RenderedBody{Edition: digest, Number: numbered.Number, Version: "1.0", PDF: pipeline.File{Name: string(e.Nation) + ".pdf", Digest: "pdf"}}
		add(nation(newFact(t, pipeline.Marked, 2, "mark", pipeline.MarkedBody{Edition: digest, Content: e.ContentDigest(), Number: numbered.Number, Version: "1.0"})))
		add(nation(newFact(t, pipeline.Rendered, 2, "render", rendered)))
		add(nation(newFact(t, pipeline.Planned, 2, "plan", pipeline.PlannedBody{Rendered: rendered, Recipients: 2, Chunks: 1, Parked: 1})))
		for _, f := range sends(t, 2, rendered, pipeline.Outcome{Address: "Got@" + string(e.Nation) + ".example", State: pipeline.StateSent},
			pipeline.Outcome{Address: "doubt@" + string(e.Nation) + ".example", State: pipeline.StateParked, InDoubt: 1}) {
			add(nation(f))
		}
	}
	return s
}

// sends is a chunk with an attempt at all of it, and what came of that.
func sends(t *testing.T, revision int, rendered pipeline.RenderedBody, outcomes ...pipeline.Outcome) []pipeline.Fact {
	t.Helper()
	chunk, attempted := pipeline.ChunkBody{Rendered: rendered}, pipeline.AttemptedBody{MessageID: "<m>"}
	for i := range outcomes {
		outcomes[i].MessageID = "<m>"
		chunk.Recipients = append(chunk.Recipients, pipeline.Addressee{Address: outcomes[i].Address})
		attempted.Indexes = append(attempted.Indexes, i+1)
	}
	facts := []pipeline.Fact{
		newFact(t, pipeline.Chunk, revision, "dispatch", chunk), newFact(t, pipeline.Attempted, revision, "deliver", attempted),
		newFact(t, pipeline.Settled, revision, "deliver", pipeline.SettledBody{Outcomes: outcomes}),
	}
	for i := range facts {
		facts[i].Chunk = 1
	}
	facts[1].Ordinal = 1
	return facts
}

func (s *story) prove() (*Proof, error) {
	p := &Proof{Verify: verify, Snapshot: func(d pipeline.Digest) ([]byte, error) {
		b, ok := s.docs[d]
		if !ok {
			return nil, pipeline.ErrNotFound
		}
		return b, nil
	}}
	for _, f := range s.facts {
		if err := p.Take(f); err != nil {
			return p, err
		}
	}
	return p, nil
}

// index finds a fact; nth counts those of its name from 1.
func (s *story) index(name pipeline.Name, nth int) int {
	for i, f := range s.facts {
		if f.Name == name {
			if nth--; nth == 0 {
				return i
			}
		}
	}
	return -1
}

// rewrite changes one fact's body.
func rewrite[T any](name pipeline.Name, nth int, change func(*T)) func(*testing.T, *story) {
	return func(t *testing.T, s *story) {
		t.Helper()
		f := &s.facts[s.index(name, nth)]
		var body T
		if err := f.Decode(&body); err != nil {
			t.Fatal(err)
		}
		change(&body)
		f.Body, _ = json.Marshal(body)
	}
}

func drop(name pipeline.Name, nth int) func(*testing.T, *story) {
	return func(_ *testing.T, s *story) {
		i := s.index(name, nth)
		s.facts = append(s.facts[:i:i], s.facts[i+1:]...)
	}
}

func TestProofOfAGoodRecord(t *testing.T) {
	s := tell(t)
	p, err := s.prove()
	if err != nil {
		t.Fatal(err)
	}
	if p.Approvals != 3 || p.Released != 1 || p.Sent != 5 || p.Parked != 10 || len(p.Files) == 0 || len(p.Open()) != 0 {
		t.Errorf("approvals %d, released %d, sent %d, parked %d, files %v, open %v", p.Approvals, p.Released, p.Sent, p.Parked, p.Files, p.Open())
	}
}

func TestProofRefusesEveryTampering(t *testing.T) {
	type approvalBody = pipeline.ApprovalBody
	for _, c := range []struct {
		name   string
		tamper func(*testing.T, *story)
		says   string
	}{
		{"edition content", rewrite(pipeline.Marked, 2, func(b *pipeline.MarkedBody) { b.Content = pipeline.DigestOf([]byte("other")) }), "not what was approved"},
		{"another nation's edition", rewrite(pipeline.Marked, 1, func(b *pipeline.MarkedBody) { b.Content = "" }), "not what was approved"},
		{"rendered from other bytes", rewrite(pipeline.Rendered, 1, func(b *pipeline.RenderedBody) { b.Edition = "other" }), "another edition"},
		{"rendered but never marked", drop(pipeline.Marked, 1), "another edition"},
		{"approval signature", rewrite(pipeline.Approval, 1, func(b *approvalBody) { b.Signature += "x" }), "bad signature"},
		{"statement", rewrite(pipeline.Approval, 1, func(b *approvalBody) { b.Statement += "x" }), "bad signature"},
		{"statement of another revision", rewrite(pipeline.Approval, 1, func(b *approvalBody) {
			b.Statement = strings.Replace(b.Statement, "revision: 2", "revision: 1", 1)
			b.Signature = signBy("key of tom", b.Statement)
		}), "another revision"},
		{"a signed statement of other content", rewrite(pipeline.Approval, 2, func(b *approvalBody) {
			b.Statement += "file: more\n"
			b.Signature = signBy("key of carlos", b.Statement)
		}), "of 2 files"},
		{"other files handed in", rewrite(pipeline.Submitted, 2, func(b *pipeline.SubmittedBody) { b.Files[0] = pipeline.DigestOf(nil) }), "other files"},
		{"another policy in force", rewrite(pipeline.Submitted, 2, func(b *pipeline.SubmittedBody) { b.Policy = pipeline.DigestOf(nil) }), "another policy"},
		{"approved after it was rejected", func(t *testing.T, s *story) {
			i := s.index(pipeline.Approved, 1)
			rejected := newFact(t, pipeline.Rejected, 2, "luc", pipeline.DecisionBody{})
			s.facts = append(s.facts[:i:i], append([]pipeline.Fact{rejected}, s.facts[i:]...)...)
		}, "returned or rejected"},
		{"approver", rewrite(pipeline.Approval, 1, func(b *approvalBody) { b.Reviewer, b.Nation = "luc", pipeline.CAN }), "bad signature"},
		{"approver's nation", rewrite(pipeline.Approval, 1, func(b *approvalBody) { b.Nation = pipeline.CAN }), "wrong nation"},
		{"approver who was no reviewer", rewrite(pipeline.Approval, 1, func(b *approvalBody) {
			b.Reviewer, b.Nation, b.Signature = "ruby", pipeline.AUS, signBy("key of ruby", b.Statement)
		}), "not a reviewer"},
		{"approver nobody knew", rewrite(pipeline.Approval, 1, func(b *approvalBody) { b.Reviewer = "stranger" }), "stranger"},
		{"author of the revision", rewrite(pipeline.Approval, 1, func(b *approvalBody) {
			b.Reviewer, b.Nation, b.Signature = "dan", pipeline.USA, signBy("key of dan", b.Statement)
		}), "wrote a part"},
		{"author of an earlier revision", rewrite(pipeline.Approval, 1, func(b *approvalBody) {
			b.Reviewer, b.Nation, b.Signature = "dana", pipeline.USA, signBy("key of dana", b.Statement)
		}), "wrote a part"},
		{"one approver counted twice", rewrite(pipeline.Approval, 3, func(b *approvalBody) {
			b.Reviewer, b.Signature = "carlos", signBy("key of carlos", b.Statement)
		}), "counted twice"},
		{"missing approval", drop(pipeline.Approval, 1), "approval 1 is not on record"},
		{"no approvals at all", rewrite(pipeline.Approved, 1, func(b *pipeline.ApprovedBody) { b.Approvals = nil }), "without an approval"},
		{"approved something else", rewrite(pipeline.Approved, 1, func(b *pipeline.ApprovedBody) { b.Statement = "x" }), "of other content"},
		{"marked without an approved", drop(pipeline.Approved, 1), "released without an approval"},
		{"an outdated revision approved", func(t *testing.T, s *story) {
			third := submit(t, s.docs, 3, "dana", map[string]string{"draft.md": draftText}, testPolicy())
			i := s.index(pipeline.Approved, 1)
			s.facts = append(s.facts[:i:i], append([]pipeline.Fact{third}, s.facts[i:]...)...)
		}, "after revision 3"},
		{"changed snapshot", func(_ *testing.T, s *story) {
			d := pipeline.DigestOf(cast().JSON())
			s.docs[d] = []byte(strings.Replace(string(s.docs[d]), "ruby", "rubi", 1))
		}, "changed after the fact"},
		{"missing snapshot", func(_ *testing.T, s *story) { delete(s.docs, pipeline.DigestOf(cast().JSON())) }, "people in force"},
		{"another number on the edition", rewrite(pipeline.Marked, 1, func(b *pipeline.MarkedBody) { b.Number = "SA26-326B" }), "number and version"},
		{"another version on the edition", rewrite(pipeline.Marked, 1, func(b *pipeline.MarkedBody) { b.Version = "2.0" }), "number and version"},
		{"marked but not released", drop(pipeline.Numbered, 1), "number and version"},
		{"another version released", rewrite(pipeline.Numbered, 1, func(b *pipeline.NumberedBody) { b.Version = "2.0" }), "number and version"},
		{"another's number", func(_ *testing.T, s *story) { s.facts[s.index(pipeline.Reserved, 1)].Ref.ID = "bbbbbbbbbbbbb" }, "another bulletin's"},
		{"files that were not rendered", rewrite(pipeline.Planned, 1, func(b *pipeline.PlannedBody) { b.Rendered.PDF.Digest = "other" }), "other files"},
		{"planned but not rendered", drop(pipeline.Rendered, 1), "other files"},
		{"sent other files than planned", rewrite(pipeline.Chunk, 1, func(b *pipeline.ChunkBody) { b.Rendered.PDF.Digest = "other" }), "than were planned"},
		{"sent another edition than planned", rewrite(pipeline.Chunk, 1, func(b *pipeline.ChunkBody) { b.Rendered.Edition = "other" }), "than were planned"},
		{"an attempt at a stranger", rewrite(pipeline.Attempted, 1, func(b *pipeline.AttemptedBody) { b.Indexes[0] = 3 }), "not in the chunk"},
		{"sent without an attempt", drop(pipeline.Attempted, 1), "without an attempt"},
		{"sent by no attempt at them", rewrite(pipeline.Attempted, 1, func(b *pipeline.AttemptedBody) { b.Indexes = []int{2} }), "without an attempt"},
		{"sent as another message", rewrite(pipeline.Attempted, 1, func(b *pipeline.AttemptedBody) { b.MessageID = "<other>" }), "without an attempt"},
		{"an outcome of a stranger", rewrite(pipeline.Settled, 1, func(b *pipeline.SettledBody) { b.Outcomes[0].Address = "x@x.example" }), "not in the chunk"},
		{"an outcome that is none", rewrite(pipeline.Settled, 1, func(b *pipeline.SettledBody) { b.Outcomes[0].State = "lost" }), "settled as"},
		{"an outcome missing", rewrite(pipeline.Settled, 1, func(b *pipeline.SettledBody) { b.Outcomes = b.Outcomes[:1] }), "1 outcomes for 2"},
		{"settled and never sent", drop(pipeline.Chunk, 1), "not in the chunk"},
		{"sent again to a stranger", func(t *testing.T, s *story) {
			wish := newFact(t, pipeline.Resent, 2, "tom", pipeline.ResentBody{Person: "tom", Address: "wanted@x.example"})
			wish.Nation, wish.Ordinal = s.facts[s.index(pipeline.Chunk, 1)].Nation, 1
			var planned pipeline.PlannedBody
			if err := s.facts[s.index(pipeline.Planned, 1)].Decode(&planned); err != nil {
				t.Fatal(err)
			}
			again := sends(t, 2, planned.Rendered, pipeline.Outcome{Address: "x@x.example", State: pipeline.StateSent})
			s.facts = append(s.facts, wish)
			for _, f := range again {
				f.Nation, f.Chunk = wish.Nation, 2
				s.facts = append(s.facts, f)
			}
		}, "somebody else than it was wanted for"},
		{"a body with a field more", func(_ *testing.T, s *story) {
			s.facts[s.index(pipeline.Settled, 1)].Body = []byte(`{"outcomes":[],"more":1}`)
		}, "decode"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := tell(t)
			c.tamper(t, s)
			p, err := s.finish()
			if err == nil {
				t.Fatalf("it passes: %+v", p)
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("refused for another reason: %v, want %q", err, c.says)
			}
		})
	}
}

func TestProofNamesWhatIsOpen(t *testing.T) {
	s := tell(t)
	drop(pipeline.Settled, 3)(t, s)
	p, err := s.prove()
	if err != nil {
		t.Fatal(err)
	}
	if open := p.Open(); len(open) != 1 || !strings.Contains(open[0], "GBR: 0 of 2") {
		t.Errorf("open: %v", open)
	}
	s = tell(t)
	drop(pipeline.Planned, 1)(t, s)
	if p, err = s.prove(); err != nil {
		t.Fatal(err)
	}
	if open := p.Open(); len(open) != 1 || !strings.Contains(open[0], "is not planned") {
		t.Errorf("an edition that was never planned: open: %v", open)
	}
	s = tell(t)
	chunk := s.facts[s.index(pipeline.Chunk, 1)]
	ack := newFact(t, pipeline.Acknowledged, 2, "receive", pipeline.AcknowledgedBody{Address: "stranger@x.example"})
	ack.Nation, ack.Ordinal, chunk.Chunk = chunk.Nation, 1, 2
	s.facts = append(s.facts, ack, chunk)
	if p, err = s.prove(); err != nil {
		t.Fatal(err)
	}
	if open := strings.Join(p.Open(), "; "); !strings.Contains(open, "nobody is on record who wanted it") || !strings.Contains(open, "of whom no attempt is on record") {
		t.Errorf("what has no cause on record: open: %v", open)
	}
	s = tell(t)
	s.facts = append(s.facts, newFact(t, pipeline.Parked, 2, "plan", pipeline.ParkedBody{Worker: "plan", Subject: "x", Reason: "no list"}))
	if p, err = s.prove(); err != nil {
		t.Fatal(err)
	}
	if open := p.Open(); len(open) != 1 || !strings.Contains(open[0], "plan on x stands still: no list") {
		t.Errorf("parked work: open: %v", open)
	}
}
