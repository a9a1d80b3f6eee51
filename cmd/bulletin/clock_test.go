package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/draft"
)

// TestServeRefusesAClockThatIsBehind sets the machine's clock back between two runs of the server: it does not come up,
// says why and what to do, and changes nothing. A small step of a time server is none of that.
func TestServeRefusesAClockThatIsBehind(t *testing.T) {
	dir, sign, seeds := deskDir(t, 1)
	_, stop := startServe(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	text := "---\ntitle: First\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"
	if _, err := as(t, dir, seeds, sign, "moana").Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	config, err := configs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	record, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Now
	start := func(p part) (*server, error) {
		return newPart(ctx, dir, config, p, func() time.Time { return clock() }, slog.New(slog.DiscardHandler))
	}
	back := func(d time.Duration) { clock = func() time.Time { return time.Now().Add(-d) } }
	for _, d := range []time.Duration{time.Hour, 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		back(d)
		s, err := start(whole())
		if err == nil {
			t.Fatalf("%s behind: it serves: %v", d, s.close())
		}
		if !strings.Contains(err.Error(), "the clock is behind") || !strings.Contains(hintOf(err), "timedatectl") {
			t.Errorf("%s behind: %v (hint: %s)", d, err, hintOf(err))
		}
		if now, err := os.ReadFile(filepath.Join(dir, recordFile)); err != nil || string(now) != string(record) {
			t.Errorf("%s behind: the record was changed (%v)", d, err)
		}
	}
	back(20 * time.Second)
	s, err := start(whole())
	if err != nil {
		t.Fatalf("a small step: %v", err)
	}
	if err := s.mayPause(ctx); err != nil {
		t.Errorf("it can't pause: %v", err)
	}
	back(time.Hour) // while it runs: a backup must not end it
	if err := s.mayPause(ctx); err == nil || !strings.Contains(err.Error(), "the clock is behind") {
		t.Errorf("it would pause, and not come up again: %v", err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	p := whole()
	p.clockWasAhead = true
	if s, err = start(p); err != nil {
		t.Fatalf("on the operator's word: %v", err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
}
