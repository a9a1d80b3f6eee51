package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline/marking"
)

// library is what encoding/json makes of an answer.
func library(t interface{ Fatal(...any) }, answer any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(answer); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

type parsedJSON struct {
	Input        string           `json:"input"`
	Valid        bool             `json:"valid"`
	Canonical    string           `json:"canonical"`
	ReleasableTo []string         `json:"releasable_to"`
	Error        string           `json:"error"`
	Explain      []marking.Reason `json:"explain,omitzero"`
}

type rolledUpJSON struct {
	Input   string           `json:"input"`
	Banner  string           `json:"banner"`
	Error   string           `json:"error"`
	Explain []marking.Reason `json:"explain,omitzero"`
}

func TestMarkingAnswersAreWhatTheLibraryWrites(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]*`), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		p := parsedMark{input: texts.Draw(t, "input"), valid: rapid.Bool().Draw(t, "valid"), canonical: texts.Draw(t, "canonical"),
			says: rapid.Bool().Draw(t, "says"), err: texts.Draw(t, "error")}
		want := parsedJSON{Input: p.input, Valid: p.valid, Canonical: p.canonical, Error: p.err}
		if p.says {
			p.releasableTo = rapid.SliceOf(rapid.SampledFrom([]string{"AUS", "GBR", "USA"})).Draw(t, "nations")
			want.ReleasableTo = append([]string{}, p.releasableTo...)
		}
		if rapid.Bool().Draw(t, "explain") {
			p.explain = explained(nil)
			for range rapid.IntRange(0, 2).Draw(t, "reasons") {
				p.explain = append(p.explain, marking.Reason{Rule: texts.Draw(t, "rule"), Said: texts.Draw(t, "said")})
			}
			want.Explain = p.explain
		}
		if got := string(p.appendTo(nil)); got != library(t, want) {
			t.Fatalf("got  %s\nwant %s", got, library(t, want))
		}
		r := rolledUp{input: p.input, banner: p.canonical, err: p.err, explain: p.explain}
		if got, want := string(r.appendTo(nil)), library(t, rolledUpJSON{r.input, r.banner, r.err, r.explain}); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{"", `(U//LES)`, `a"b\c`, "\x00\x1f\x7f", "\u2028\u2029", "PROTÉGÉ B", "\xff", "<&>", "\r\n\t\b\f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := string(appendJSON(nil, s)); got != library(t, s) {
			t.Errorf("%q: %s, want %s", s, got, library(t, s))
		}
	})
}

func TestCreatedOn(t *testing.T) {
	now := time.Date(2026, 11, 25, 23, 30, 0, 0, time.FixedZone("NZDT", 13*3600))
	for date, ok := range map[string]bool{
		"2026-11-25": true, "2010-06-28": true, "2026-11-26": false, "2026-11-31": false, "25.11.2026": false,
		" 2026-11-25": false, "2026-11-25T00:00:00Z": false, "0000-00-00": false, "": false,
	} {
		day, err := createdOn(date, now)
		if (err == nil) != ok || ok && day.Format(time.DateOnly) != date {
			t.Errorf("%q: %v, %v", date, day, err)
		}
	}
}

// An editor that keeps one process gets the answer to a line before it writes the next.
func TestMarkingAnswersLineByLine(t *testing.T) {
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	root := newRoot(out, io.Discard)
	root.SetIn(in)
	root.SetArgs([]string{"marking", "parse", "--scheme", "tlp", "-"})
	done := make(chan error, 1)
	go func() { done <- root.Execute() }()
	dec := json.NewDecoder(answers)
	for _, label := range []string{"TLP:RED", "", "TLP:CLEAR\r", "TLP:GREEN"} {
		if _, err := io.WriteString(ask, label+"\n"); err != nil {
			t.Fatal(err)
		}
		var p parsedJSON
		if err := dec.Decode(&p); err != nil || p.Input != label || p.Valid != (len(label) > 0 && label[len(label)-1] != '\r') {
			t.Fatalf("%q: %+v, %v", label, p, err)
		}
	}
	ask.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// nobody is a reader that has left.
type nobody struct{}

func (nobody) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestMarkingEndsQuietlyWhereNobodyReads(t *testing.T) {
	var stderr bytes.Buffer
	if code := run([]string{"marking", "parse", "--scheme", "tlp", "TLP:RED"}, nobody{}, &stderr); code != exitDone || stderr.Len() > 0 {
		t.Errorf("exit %d, %s", code, stderr.String())
	}
}

// Every form of every scheme is asked for by its name.
func TestMarkingKnowsEveryForm(t *testing.T) {
	for _, s := range marking.Schemes() {
		for _, f := range s.Forms() {
			in := f.Print(s.Lowest())
			if f.Name == "header" { // which says who sent it, and the mark does not know
				in += ", ORIGIN=moana@example.gov.au"
			}
			got, err := formOf(s, f.Name)
			if err != nil {
				t.Fatal(err)
			}
			if p := judge(s, got, in, true); !p.valid || p.canonical != in || len(p.explain) == 0 {
				t.Errorf("%s %s: %+v", s.Name(), f.Name, p)
			}
		}
	}
}
