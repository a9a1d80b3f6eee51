package main

import (
	"context"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bulletin/configs"
)

// TestTortureByTheClock has a clock that is ahead, and is set back by days and by hours while mails are under way. (One
// that is set back from what is right would find keys that are not valid yet; TestServeRefusesAClockThatIsBehind has the
// restart.)
func TestTortureByTheClock(t *testing.T) {
	t.Parallel()
	r := newRing(t, 4)
	r.behave(slowly)
	r.configure(r.dir, r.relay.address(), 1)
	var ahead atomic.Int64
	serve := func() (stop func()) {
		ctx, cancel := context.WithCancel(context.Background())
		config, err := configs.Load(r.dir)
		if err != nil {
			t.Fatal(err)
		}
		now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
		log := slog.New(slog.DiscardHandler)
		start := func(c configs.Config) (*server, error) { return newPart(ctx, r.dir, c, whole(), now, log) }
		s, err := start(config)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- (&operation{start, nil, log}).run(ctx, s) }()
		return func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("the server's end: %v", err)
			}
		}
	}
	ahead.Store(int64(72 * time.Hour))
	stop := serve()
	for _, d := range []time.Duration{time.Hour, 0} {
		r.strike(fault{name: "the clock is set back to " + d.String() + " ahead", do: func(*ring) { ahead.Store(int64(d)) }})
	}
	r.release()
	r.delivered()
	shown := r.shown()
	stop()
	book := readBook(r, r.book)
	r.compare(book, shown)
	stop = serve()
	r.release()
	r.delivered()
	stop()
	if got, want := accepted(readBook(r, r.book)), accepted(book)+len(r.addresses()); got != want {
		t.Errorf("after a restart the relay has %d mails, want %d", got, want)
	}
}

// TestTortureByAFullDisk has no room for the store while people approve and mails are under way, then room again. What
// was acknowledged to them is delivered. The store has a disk of its own where the test may mount one; elsewhere the
// process may write no file beyond so many octets (RLIMIT_FSIZE), which ends it.
func TestTortureByAFullDisk(t *testing.T) {
	t.Parallel()
	r := newRing(t, 4)
	r.behave(slowly)
	store := filepath.Join(r.dir, "store")
	if err := os.MkdirAll(store, 0o700); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64m", "none", store).CombinedOutput()
	mounted := err == nil
	if !mounted {
		t.Logf("the process is limited, since mount says: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", store).CombinedOutput(); mounted && err != nil {
			t.Errorf("umount: %v: %s", err, out)
		}
	})
	m := r.join("server", site{dir: r.dir})
	ballast := filepath.Join(store, "ballast")
	fill := func(*ring) {
		if !mounted {
			if out, err := exec.Command("prlimit", "--fsize=200000", "--pid", pidOf(m)).CombinedOutput(); err != nil {
				t.Fatalf("prlimit: %v: %s", err, out)
			}
			return
		}
		free, _, err := diskSpace(store)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(ballast, make([]byte, max(int(free)-100_000, 0)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.release()
	r.strike(fault{name: "the disk is full", do: fill})
	refused := ""
	for range 3 { // what is acknowledged nevertheless counts
		if err := r.tryRelease(); err != nil {
			refused = err.Error()
			break
		}
	}
	if said := m.printed.String(); mounted && (refused == "" || !strings.Contains(said, "no space left on device")) {
		t.Errorf("with a full disk people are told %q, and the operator:\n%s", refused, said)
	}
	if mounted {
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
	}
	r.kill(m)
	r.holds()
}
