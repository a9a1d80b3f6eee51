package seal

import (
	"os"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// keyFiles are all certificates of testdata.
func keyFiles(t testing.TB) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir("testdata/keys")
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string][]byte)
	for _, e := range entries {
		files[e.Name()] = file(t, "keys", e.Name())
	}
	return files
}

// holdsWithin checks that the judgement at an instant is what Examine says at both of its ends and
// at an instant between them.
func holdsWithin(t *rapid.T, c *certificate, address string, at time.Time) {
	j := c.judge(address, at)
	if !j.Holds(at) {
		t.Fatalf("judged at %v, it holds from %v until %v", at, j.From, j.Until)
	}
	last := j.Until.Add(-1)
	if j.Until.IsZero() {
		last = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	first := j.From
	if first.IsZero() {
		first = time.Date(1969, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	between := first.Add(time.Duration(rapid.Int64Range(0, int64(max(last.Sub(first), 0))).Draw(t, "between")))
	for _, other := range []time.Time{first, between, last} {
		if got := c.judge(address, other).Fitness; !reflect.DeepEqual(got, j.Fitness) {
			t.Fatalf("%v at %v, %v at %v, though it holds from %v until %v", j.Fitness, at, got, other, j.From, j.Until)
		}
	}
}

func TestJudgementHolds(t *testing.T) {
	var all []*certificate
	for _, file := range keyFiles(t) {
		if c, err := readCertificate(file); err == nil { // the others are unfit for ever
			all = append(all, c)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(all).Draw(t, "certificate")
		for range 4 {
			at := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
			holdsWithin(t, c, "alice@openpgp.example", at)
		}
	})
}

// Judged again whenever a judgement ends, a certificate has the same life as when looked at all the time.
func TestJudgementsFollowEachOther(t *testing.T) {
	_, public, err := GenerateKey("R", "r@police.example", now, 40*wholeDay)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for at := now.Add(-time.Hour); ; {
		j := Judge([][]byte{public}, "r@police.example", at)
		got = append(got, j.State)
		if j.Until.IsZero() {
			break
		}
		if at = j.Until; !at.After(j.From) {
			t.Fatalf("a judgement from %v until %v", j.From, at)
		}
	}
	want := []string{Unfit, Fit}
	for range 30 {
		want = append(want, Warning)
	}
	if want = append(want, Unfit); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
