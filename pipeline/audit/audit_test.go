package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.UTC)

func entry(stream string, seq uint64) Entry {
	return Entry{At: noon.Add(time.Duration(seq)), Stream: stream, Seq: seq, Subject: "bulletin.x.1.approved", Data: json.RawMessage(fmt.Sprintf(`{"n":%d,"t":"<&> é"}`, seq))}
}

// record writes one with n entries of two streams, and returns its path and bytes.
func record(t testing.TB, n int) (string, []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.jsonl")
	l, err := OpenLog(path)
	must(t, err)
	for i := range n {
		must(t, l.Append(entry([]string{"FACTS", "RECEIPTS"}[i%2], uint64(i/2+1))))
	}
	must(t, l.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	return path, b
}

func TestVerify(t *testing.T) {
	path, b := record(t, 9)
	s, err := Verify(bytes.NewReader(b))
	must(t, err)
	if s.Entries != 9 || s.Streams["FACTS"] != 5 || s.Streams["RECEIPTS"] != 4 || !s.First.Equal(noon.Add(1)) || !s.Last.Equal(noon.Add(5)) || len(s.ID) != 32 {
		t.Errorf("%+v", s)
	}
	l, err := OpenLog(path)
	must(t, err)
	if l.Last("FACTS") != 5 || l.Last("DELIVERY") != 0 || l.Head() != s.Head {
		t.Errorf("opened again: %d, %d, %s", l.Last("FACTS"), l.Last("DELIVERY"), l.Head())
	}
	must(t, l.Append(entry("FACTS", 6), entry("FACTS", 7)))
	must(t, l.Close())
	b, err = os.ReadFile(path)
	must(t, err)
	var got []Entry
	s, err = Entries(bytes.NewReader(b), func(e Entry) error { got = append(got, e); return nil })
	must(t, err)
	if s.Entries != 11 || len(got) != 11 || got[10].Seq != 7 || string(got[10].Data) != `{"n":7,"t":"\u003c\u0026\u003e é"}` {
		t.Errorf("%+v\n%s", s, got[10].Data)
	}
}

// Whatever single change is made to a record, Verify notices.
func TestAnyChangeIsNoticed(t *testing.T) {
	_, original := record(t, 12)
	if _, err := Verify(bytes.NewReader(original)); err != nil {
		t.Fatal(err)
	}
	refuse := func(t *rapid.T, what string, b []byte) {
		t.Helper()
		var line *LineError
		if _, err := Verify(bytes.NewReader(b)); !errors.As(err, &line) || line.Line < 1 {
			t.Fatalf("%s was not noticed: %v", what, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(original)-1).Draw(t, "at")
		b := bytes.Clone(original)
		b[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		refuse(t, "a flipped byte", b)

		b = append(bytes.Clone(original[:at]), original[at+1:]...)
		refuse(t, "a removed byte", b)
		b = append(append(bytes.Clone(original[:at]), rapid.Byte().Draw(t, "extra")), original[at:]...)
		refuse(t, "an inserted byte", b)

		lines := bytes.SplitAfter(original, []byte("\n"))
		lines = lines[:len(lines)-1]
		i := rapid.IntRange(0, len(lines)-2).Draw(t, "line")
		removed := bytes.Join(append(append([][]byte{}, lines[:i]...), lines[i+1:]...), nil)
		refuse(t, "a removed line", removed)
		j := rapid.IntRange(i+1, len(lines)-1).Draw(t, "other line")
		swapped := append([][]byte{}, lines...)
		swapped[i], swapped[j] = swapped[j], swapped[i]
		refuse(t, "swapped lines", bytes.Join(swapped, nil))
		refuse(t, "a repeated line", bytes.Join(append(append([][]byte{}, lines[:i+1]...), lines[i:]...), nil))
		cut := rapid.IntRange(1, len(lines[i])-1).Draw(t, "cut")
		truncated := append([][]byte{}, lines...)
		truncated[i] = lines[i][:cut]
		refuse(t, "a line cut off in the middle", bytes.Join(truncated, nil))
	})
}

// A single line of another record, or a line that was changed and sealed anew, does not fit.
func TestForgedLineIsNoticed(t *testing.T) {
	_, a := record(t, 4)
	_, b := record(t, 4)
	la, lb := strings.SplitAfter(string(a), "\n"), strings.SplitAfter(string(b), "\n")
	mixed := strings.Join(append(la[:2:2], lb[2:]...), "")
	if _, err := Verify(strings.NewReader(mixed)); err == nil {
		t.Error("lines of two records make one")
	}
	var e Entry
	must(t, json.Unmarshal([]byte(la[2]), &e))
	e.Data, e.Hash = json.RawMessage(`{"forged":true}`), ""
	line, _, err := seal(e)
	must(t, err)
	forged := la[0] + la[1] + string(line) + la[3] + la[4]
	var at *LineError
	if _, err := Verify(strings.NewReader(forged)); !errors.As(err, &at) || at.Line != 4 {
		t.Errorf("a line sealed anew: %v", err)
	}
}

// Wherever a crash cuts off the last line, the record goes on and stays valid.
func TestTornTailIsRecovered(t *testing.T) {
	path, b := record(t, 5)
	lines := bytes.SplitAfter(b, []byte("\n"))
	last := lines[len(lines)-2]
	whole := len(b) - len(last)
	for cut := whole; cut < len(b); cut++ {
		must(t, os.WriteFile(path, b[:cut], 0o600))
		if _, err := Verify(bytes.NewReader(b[:cut])); cut > whole && !errors.Is(err, ErrTorn) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		l, err := OpenLog(path)
		must(t, err)
		if l.Last("FACTS") != 2 {
			t.Fatalf("cut at %d: last is %d", cut, l.Last("FACTS"))
		}
		must(t, l.Append(entry("FACTS", 3)))
		must(t, l.Close())
		got, err := os.ReadFile(path)
		must(t, err)
		if s, err := Verify(bytes.NewReader(got)); err != nil || s.Entries != 5 {
			t.Fatalf("cut at %d: %+v, %v", cut, s, err)
		}
	}
	for cut := range lines[0] { // the first line itself
		must(t, os.WriteFile(path, lines[0][:cut], 0o600))
		l, err := OpenLog(path)
		must(t, err)
		must(t, l.Append(entry("FACTS", 1)))
		must(t, l.Close())
	}
}

func TestChangedRecordIsNotContinued(t *testing.T) {
	path, b := record(t, 3)
	must(t, os.WriteFile(path, bytes.Replace(b, []byte("approved"), []byte("rejected"), 1), 0o600))
	if l, err := OpenLog(path); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v, %v", l, err)
	}
}

func TestLostMessagesAreNoticed(t *testing.T) {
	path, _ := record(t, 4)
	l, err := OpenLog(path)
	must(t, err)
	if err := l.Append(entry("FACTS", 3), entry("FACTS", 3)); err == nil {
		t.Error("a message was recorded twice")
	}
	if l.Last("FACTS") != 2 {
		t.Error("half of a refused batch was recorded")
	}
	must(t, l.Append(entry("FACTS", 3), entry("FACTS", 6), entry("RECEIPTS", 4)))
	must(t, l.Close())
	l, err = OpenLog(path) // what is lost does not keep the rest from being recorded
	must(t, err)
	must(t, l.Append(entry("FACTS", 7)))
	must(t, l.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	s, err := Verify(bytes.NewReader(b))
	var gap Gap
	var line *LineError
	if !errors.As(err, &gap) || gap.From != 4 || gap.To != 5 || gap.Stream != "FACTS" || !errors.As(err, &line) || line.Line != 7 {
		t.Errorf("%v", err)
	}
	if s.Entries != 8 || len(s.Missing) != 2 || s.Missing[1].Stream != "RECEIPTS" {
		t.Errorf("%+v", s)
	}
}

func TestWhatIsNotJSONIsRecorded(t *testing.T) {
	path, _ := record(t, 0)
	l, err := OpenLog(path)
	must(t, err)
	e := entry("FACTS", 1)
	e.Data = []byte("not\xffJSON")
	must(t, l.Append(e))
	must(t, l.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	_, err = Entries(bytes.NewReader(b), func(e Entry) error {
		if string(e.Raw) != "not\xffJSON" || string(e.Data) != "null" {
			t.Errorf("%q, %q", e.Raw, e.Data)
		}
		return nil
	})
	must(t, err)
}

func TestErrors(t *testing.T) {
	for name, b := range map[string]string{"empty": "", "text": "hello\n", "no newline": "hello", "an entry first": `{"n":1}` + "\n"} {
		if _, err := Verify(strings.NewReader(b)); err == nil {
			t.Errorf("%s is a record", name)
		}
	}
	other, _, err := seal(genesis{Format: "other", ID: "x"})
	must(t, err)
	if _, err := Verify(bytes.NewReader(other)); err == nil || !strings.Contains(err.Error(), "form") {
		t.Errorf("another form: %v", err)
	}
	if _, err := OpenLog(filepath.Join(t.TempDir(), "none", "record")); err == nil {
		t.Error("opened in a folder that is not there")
	}
	path, b := record(t, 2)
	l, err := OpenLog(path)
	must(t, err)
	must(t, l.file.Close())
	if err := l.Append(entry("FACTS", 2)); err == nil {
		t.Error("appended to a closed file")
	}
	if err := l.Append(entry("FACTS", 2)); err == nil || !strings.Contains(err.Error(), "opened again") {
		t.Errorf("after a failed write: %v", err)
	}
	stop := errors.New("stop")
	if _, err := Entries(bytes.NewReader(b), func(Entry) error { return stop }); !errors.Is(err, stop) {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	_, b := record(f, 3)
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := Verify(bytes.NewReader(b)); err == nil && (s.ID == "" && s.Head == "" || b[len(b)-1] != '\n') {
			t.Errorf("%q is a record: %+v", b, s)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	path, _ := record(b, 0)
	l, err := OpenLog(path)
	must(b, err)
	defer l.Close()
	n := uint64(0)
	for b.Loop() {
		n++
		must(b, l.Append(entry("FACTS", n)))
	}
}
