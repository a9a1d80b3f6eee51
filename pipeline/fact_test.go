package pipeline

import (
	"testing"
	"time"
)

func TestSubjects(t *testing.T) {
	ref := Ref{ID: "baaaaaaaaaaaa", Revision: 2}
	for _, c := range []struct {
		fact Fact
		want string
	}{
		{Fact{Name: Submitted, Ref: ref}, "bulletin.baaaaaaaaaaaa.2.submitted"},
		{Fact{Name: Approval, Ref: ref, Ordinal: 3}, "bulletin.baaaaaaaaaaaa.2.approval.3"},
		{Fact{Name: Marked, Ref: ref, Nation: NZL}, "bulletin.baaaaaaaaaaaa.2.marked.NZL"},
		{Fact{Name: Chunk, Ref: ref, Nation: NZL, Precedence: Flash, Chunk: 4}, "delivery.chunk.flash.NZL.baaaaaaaaaaaa.2.4"},
		{Fact{Name: Attempted, Ref: ref, Nation: NZL, Chunk: 4, Ordinal: 2}, "delivery.attempted.NZL.baaaaaaaaaaaa.2.4.2"},
		{Fact{Name: Settled, Ref: ref, Nation: NZL, Chunk: 4, Ordinal: 2}, "delivery.settled.NZL.baaaaaaaaaaaa.2.4.2"},
		{Fact{Name: Receipt, Ref: ref, Nation: NZL, Chunk: 4, Ordinal: 2, Part: 7}, "receipt.NZL.baaaaaaaaaaaa.2.4.2.7"},
		{Fact{Name: Acknowledged, Ref: ref, Nation: NZL, Ordinal: 5}, "bulletin.baaaaaaaaaaaa.2.acknowledged.NZL.5"},
		{Fact{Name: Noticed, Ref: ref, About: "parked-3", Person: "aroha"}, "notice.baaaaaaaaaaaa.2.parked-3.aroha"},
		{Fact{Name: Noticed, About: "keys-2026-11-25", Person: "aroha"}, "notice.keys-2026-11-25.aroha"},
		{Fact{Name: Reserved, Ref: ref, Number: "SA26-326A"}, "number.SA26-326A"},
	} {
		if got := c.fact.Subject(); got != c.want {
			t.Errorf("%s: subject %s, want %s", c.fact.Name, got, c.want)
		}
	}
}

func TestIdentityLeavesOutWhenAndNothingElse(t *testing.T) {
	f, err := NewFact(Marked, Ref{"baaaaaaaaaaaa", 1}, "mark", MarkedBody{Number: "SA26-326A"})
	if err != nil {
		t.Fatal(err)
	}
	later := f
	later.At = time.Now()
	if f.Identity() != later.Identity() {
		t.Error("the same fact at another time has another identity")
	}
	for name, change := range map[string]func(*Fact){
		"by":     func(f *Fact) { f.By = "someone" },
		"nation": func(f *Fact) { f.Nation = NZL },
		"body":   func(f *Fact) { f.Body = []byte(`{}`) },
		"ref":    func(f *Fact) { f.Ref.Revision = 2 },
		"about":  func(f *Fact) { f.About = "waiting" },
		"person": func(f *Fact) { f.Person = "aroha" },
	} {
		other := f
		change(&other)
		if f.Identity() == other.Identity() {
			t.Errorf("another %s has the same identity", name)
		}
	}
}

func TestParsersAcceptExactlyTheirForms(t *testing.T) {
	if id := NewID(); NewID() == id {
		t.Error("two ids are the same")
	} else if _, err := ParseID(string(id)); err != nil {
		t.Error(err)
	}
	for _, s := range []string{"", "b", "baaaaaaaaaaa", "baaaaaaaaaaaaa", "Baaaaaaaaaaaa", "baaaaaa.aaaaa", "b*", "baaaaaaaaaaa>"} {
		if _, err := ParseID(s); err == nil {
			t.Errorf("id %q is accepted", s)
		}
	}
	for _, s := range []string{"", "nzl", "NZ", "NZD", "NZL "} {
		if _, err := ParseNation(s); err == nil {
			t.Errorf("nation %q is accepted", s)
		}
	}
	if _, err := ParseKind("novel"); err == nil {
		t.Error("kind novel is accepted")
	}
	if _, err := ParsePrecedence("urgent"); err == nil {
		t.Error("precedence urgent is accepted")
	}
}

func TestDecodeRefusesWhatItDoesNotKnow(t *testing.T) {
	f := Fact{Name: Numbered, Body: []byte(`{"number":"SA26-326A","released":"2026-11-22T00:00:00Z","nations":[],"title":"leak"}`)}
	var body NumberedBody
	if err := f.Decode(&body); err == nil {
		t.Error("an unknown field is accepted")
	}
}
