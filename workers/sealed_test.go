package workers

import (
	"fmt"
	"testing"
	"time"
)

func TestSealedMailIsBoundedAndSealsOnce(t *testing.T) {
	var c sealedMail
	sealed, forgotten := 0, map[string]bool{}
	get := func(edition string) *Sealed {
		s, err := c.get(edition, testTime, func() (*Sealed, error) { sealed++; return &Sealed{MessageID: edition}, nil },
			func(s *Sealed) { forgotten[s.MessageID] = true })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := get("first")
	for i := range keptSealed - 1 {
		get(fmt.Sprint(i))
	}
	if get("first") != first || sealed != keptSealed || len(forgotten) != 0 {
		t.Fatalf("sealed %d times, forgot %v", sealed, forgotten)
	}
	for i := range 3 * keptSealed {
		get(fmt.Sprint("more", i))
		get("first") // in use: never the oldest
	}
	if forgotten["first"] || len(c.mails) != keptSealed || len(c.used) != keptSealed || !forgotten["0"] {
		t.Fatalf("%d kept, forgot %d, first: %v", len(c.mails), len(forgotten), forgotten["first"])
	}
}

// Large attachments must not fill the memory, and what is in use must stay.
func TestSealedMailIsBoundedInBytes(t *testing.T) {
	var c sealedMail
	for i := range 3 * keptSealed {
		if _, err := c.get(fmt.Sprint(i), testTime, func() (*Sealed, error) { return &Sealed{size: keptBytes / 10}, nil }, func(*Sealed) {}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.mails) != 10 {
		t.Errorf("%d kept", len(c.mails))
	}
	for i := range keptInUse {
		if _, err := c.get(fmt.Sprint("huge", i), testTime, func() (*Sealed, error) { return &Sealed{size: keptBytes}, nil }, func(*Sealed) {}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.mails) != keptInUse {
		t.Errorf("%d kept", len(c.mails))
	}
}

// A mail whose signing key has ended meanwhile is sealed anew; what chunks under way hold of the former stays with the gate.
func TestSealedMailIsSealedAnewWhenItsKeyHasEnded(t *testing.T) {
	var c sealedMail
	sealed := 0
	get := func(now time.Time) *Sealed {
		s, err := c.get("edition", now, func() (*Sealed, error) { sealed++; return &Sealed{until: now.Add(time.Hour)}, nil },
			func(*Sealed) { t.Error("forgot what may be in use") })
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := get(testTime)
	if get(testTime.Add(time.Hour-1)) != first || sealed != 1 {
		t.Error("sealed anew too soon")
	}
	if get(testTime.Add(time.Hour)) == first || sealed != 2 || len(c.used) != 1 {
		t.Errorf("sealed %d times: a signature by a key that has ended goes out", sealed)
	}
}
