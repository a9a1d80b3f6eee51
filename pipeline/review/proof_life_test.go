package review

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline"
)

// tellWithdrawn is the life of a bulletin that was released to two recipients in each nation, of whom one got it, and
// withdrawn.
func tellWithdrawn(t *testing.T) *story {
	t.Helper()
	s := tell(t)
	ref := pipeline.Ref{ID: s.facts[0].Ref.ID, Revision: 3}
	people := s.docs.put(cast().JSON())
	reason := pipeline.DigestOf([]byte("It was wrong."))
	statement := WithdrawalStatement(ref, 2, reason)
	for i, name := range []string{"tom", "carlos"} {
		p, err := cast().Find(name)
		if err != nil {
			t.Fatal(err)
		}
		f := newFact(t, pipeline.Withdrawal, 3, name, pipeline.WithdrawalBody{
			Person: name, Nation: p.Nation, Of: 2, Reason: reason, Statement: statement, Signature: signBy(p.Certificate, statement), People: people,
		})
		f.Ordinal = i + 1
		s.facts = append(s.facts, f)
	}
	s.facts = append(s.facts, newFact(t, pipeline.Withdrawn, 3, "demands", pipeline.WithdrawnBody{
		Of: 2, Reason: reason, Statement: pipeline.DigestOf([]byte(statement)), Withdrawals: []int{1, 2},
	}))
	var numbered pipeline.NumberedBody
	if err := s.facts[s.index(pipeline.Numbered, 1)].Decode(&numbered); err != nil {
		t.Fatal(err)
	}
	numbered.Withdrawal, numbered.Version = true, "2.0"
	s.facts = append(s.facts, newFact(t, pipeline.Numbered, 3, "recall", numbered))
	for _, n := range numbered.Nations {
		nation := func(f pipeline.Fact) pipeline.Fact { f.Nation = n; return f }
		word := pipeline.RenderedBody{Edition: "word", Number: numbered.Number, Version: "2.0"}
		s.facts = append(s.facts,
			nation(newFact(t, pipeline.Marked, 3, "recall", pipeline.MarkedBody{Edition: "word", Number: numbered.Number, Version: "2.0"})),
			nation(newFact(t, pipeline.Rendered, 3, "render", word)),
			nation(newFact(t, pipeline.Planned, 3, "plan", pipeline.PlannedBody{Rendered: word, Recipients: 1, Chunks: 1, Parked: 1})))
		for _, f := range sends(t, 3, word, pipeline.Outcome{Address: fmt.Sprintf("got@%s.example", n), State: pipeline.StateSent}) {
			s.facts = append(s.facts, nation(f))
		}
	}
	return s
}

func (s *story) finish() (*Proof, error) {
	p, err := s.prove()
	if err == nil {
		err = p.Finish()
	}
	return p, err
}

func TestProofOfAWithdrawal(t *testing.T) {
	p, err := tellWithdrawn(t).finish()
	if err != nil || p.Withdrawn != 1 || p.Released != 1 || len(p.Open()) != 0 {
		t.Errorf("%v; withdrawn %d, released %d, open %v", err, p.Withdrawn, p.Released, p.Open())
	}
	s := tellWithdrawn(t)
	i := s.index(pipeline.Withdrawn, 1)
	s.facts = s.facts[:i+1]
	if p, err = s.finish(); err != nil || len(p.Open()) != 1 || !strings.Contains(p.Open()[0], "are not told") {
		t.Errorf("a withdrawal nobody was told of: %v, open %v", err, p.Open())
	}
}

func TestProofRefusesTamperingWithAWithdrawal(t *testing.T) {
	type demand = pipeline.WithdrawalBody
	after := func(name pipeline.Name, nth int, more func(*testing.T) pipeline.Fact) func(*testing.T, *story) {
		return func(t *testing.T, s *story) {
			i := s.index(name, nth) + 1
			s.facts = append(s.facts[:i:i], append([]pipeline.Fact{more(t)}, s.facts[i:]...)...)
		}
	}
	for name, c := range map[string]struct {
		tamper func(*testing.T, *story)
		says   string
	}{
		"one person alone":    {rewrite(pipeline.Withdrawn, 1, func(b *pipeline.WithdrawnBody) { b.Withdrawals = []int{1} }), "second person"},
		"one person twice":    {rewrite(pipeline.Withdrawn, 1, func(b *pipeline.WithdrawnBody) { b.Withdrawals = []int{2, 2} }), "second person"},
		"a demand is missing": {drop(pipeline.Withdrawal, 1), "demand 1 is not on record"},
		"a bad signature":     {rewrite(pipeline.Withdrawal, 1, func(b *demand) { b.Signature = "x" }), "bad signature"},
		"another reason":      {rewrite(pipeline.Withdrawal, 1, func(b *demand) { b.Reason = "x" }), "something else"},
		"withdrawn otherwise": {rewrite(pipeline.Withdrawn, 1, func(b *pipeline.WithdrawnBody) { b.Reason = "x" }), "something else"},
		"nobody of the owners": {rewrite(pipeline.Withdrawal, 2, func(b *demand) {
			b.Person, b.Nation, b.Signature = "aroha", pipeline.NZL, signBy("key of aroha", b.Statement)
		}), "must be of USA"},
		"told but not demanded": {func(t *testing.T, s *story) {
			i := s.index(pipeline.Withdrawn, 1)
			s.facts = append(s.facts[:i:i], s.facts[i+1:]...)
		}, "something else than was demanded"},
		"another number": {rewrite(pipeline.Numbered, 2, func(b *pipeline.NumberedBody) { b.Number = "SA26-001A" }), "something else"},
		"a nation less":  {rewrite(pipeline.Numbered, 2, func(b *pipeline.NumberedBody) { b.Nations = b.Nations[1:] }), "something else"},
		"told to a stranger": {func(t *testing.T, s *story) {
			stranger := "stranger@x.example"
			rewrite(pipeline.Chunk, 6, func(b *pipeline.ChunkBody) { b.Recipients[0].Address = stranger })(t, s)
			rewrite(pipeline.Settled, 6, func(b *pipeline.SettledBody) { b.Outcomes[0].Address = stranger })(t, s)
		}, "did not get the bulletin"},
		"one who got it is left out": {func(t *testing.T, s *story) {
			rewrite(pipeline.Chunk, 6, func(b *pipeline.ChunkBody) { b.Recipients = nil })(t, s)
			rewrite(pipeline.Attempted, 6, func(b *pipeline.AttemptedBody) { b.Indexes = nil })(t, s)
			rewrite(pipeline.Settled, 6, func(b *pipeline.SettledBody) { b.Outcomes = nil })(t, s)
			rewrite(pipeline.Planned, 6, func(b *pipeline.PlannedBody) { b.Recipients, b.Parked = 0, 0 })(t, s)
		}, "planned for 0"},
		"handed in after": {after(pipeline.Withdrawn, 1, func(t *testing.T) pipeline.Fact {
			return newFact(t, pipeline.Submitted, 4, "dana", pipeline.SubmittedBody{})
		}), "after it was withdrawn"},
		"approved after": {after(pipeline.Withdrawn, 1, func(t *testing.T) pipeline.Fact {
			return newFact(t, pipeline.Approved, 2, "tally", pipeline.ApprovedBody{})
		}), "after it was withdrawn"},
		"released after": {after(pipeline.Withdrawn, 1, func(t *testing.T) pipeline.Fact {
			return newFact(t, pipeline.Numbered, 2, "mark", pipeline.NumberedBody{})
		}), "after it was withdrawn"},
		"withdrawn again": {after(pipeline.Withdrawn, 1, func(t *testing.T) pipeline.Fact {
			return newFact(t, pipeline.Withdrawn, 5, "demands", pipeline.WithdrawnBody{})
		}), "withdrawn twice"},
		"content for the word": {rewrite(pipeline.Planned, 6, func(b *pipeline.PlannedBody) { b.Rendered.Edition = "other" }), "another edition"},
		"released a second one": {after(pipeline.Numbered, 1, func(t *testing.T) pipeline.Fact {
			return newFact(t, pipeline.Numbered, 2, "mark", pipeline.NumberedBody{Number: "SA26-002A"})
		}), "correction of something else"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tellWithdrawn(t)
			c.tamper(t, s)
			if p, err := s.finish(); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v (open %v), want %q", err, p.Open(), c.says)
			}
		})
	}
}

// TestWhoCanWithdraw is the rule itself.
func TestWhoCanWithdraw(t *testing.T) {
	person := func(name string, n pipeline.Nation) Approver {
		return Approver{Name: name, Nation: n, Key: "key of " + name}
	}
	usa, gbr, nzl, aus := person("carlos", pipeline.USA), person("tom", pipeline.GBR), person("aroha", pipeline.NZL), person("ruby", pipeline.AUS)
	for name, c := range map[string]struct {
		people  []Approver
		nations []pipeline.Nation
		enough  bool
	}{
		"two nations, one the owner":        {[]Approver{usa, gbr}, []pipeline.Nation{pipeline.GBR, pipeline.USA}, true},
		"one alone":                         {[]Approver{usa}, []pipeline.Nation{pipeline.GBR, pipeline.USA}, false},
		"two of the owner, several nations": {[]Approver{usa, person("dan", pipeline.USA)}, []pipeline.Nation{pipeline.GBR, pipeline.USA}, false},
		"two of the owner, for it alone":    {[]Approver{usa, person("dan", pipeline.USA)}, []pipeline.Nation{pipeline.USA}, true},
		"nobody of the owner":               {[]Approver{gbr, nzl}, []pipeline.Nation{pipeline.GBR, pipeline.NZL, pipeline.USA}, false},
		"one whom it does not concern":      {[]Approver{usa, aus}, []pipeline.Nation{pipeline.GBR, pipeline.USA}, false},
		"two names with one key":            {[]Approver{usa, {Name: "tim", Nation: pipeline.GBR, Key: usa.Key}}, []pipeline.Nation{pipeline.GBR, pipeline.USA}, false},
		"written for another alone":         {[]Approver{usa, gbr}, []pipeline.Nation{pipeline.GBR}, true},
		"a third does no harm":              {[]Approver{nzl, usa, gbr}, []pipeline.Nation{pipeline.GBR, pipeline.NZL, pipeline.USA}, true},
	} {
		if err := EnoughToWithdraw(c.people, pipeline.USA, c.nations); (err == nil) != c.enough {
			t.Errorf("%s: %v", name, err)
		}
		slices.Reverse(c.people)
		if err := EnoughToWithdraw(c.people, pipeline.USA, c.nations); (err == nil) != c.enough {
			t.Errorf("%s, the other way round: %v", name, err)
		}
	}
}
