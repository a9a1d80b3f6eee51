package mail

import (
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// farAway puts a server behind a line with a delay each way, and counts the round trips over it: how many times the
// client spoke after it had heard.
type farAway struct {
	addr  string
	turns atomic.Int64
}

func newFarAway(t testing.TB, server string, delay time.Duration) *farAway {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &farAway{addr: l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				continue
			}
			var heard atomic.Bool
			heard.Store(true)
			wg.Go(func() {
				delayed(far, near, delay, func() {
					if heard.Swap(false) {
						f.turns.Add(1)
					}
				}, func() {})
			})
			wg.Go(func() { delayed(near, far, delay, func() {}, func() { heard.Store(true) }) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return f
}

// delayed passes on what is read some time after it came, and in pieces as it came.
func delayed(to io.WriteCloser, from io.Reader, delay time.Duration, came, goes func()) {
	type piece struct {
		at time.Time
		b  []byte
	}
	line := make(chan piece, 1<<12)
	go func() {
		defer close(line)
		for {
			b := make([]byte, 64<<10)
			n, err := from.Read(b)
			if n > 0 {
				came()
				line <- piece{time.Now().Add(delay), b[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	defer to.Close()
	for p := range line {
		<-time.After(time.Until(p.at))
		goes()
		if _, err := to.Write(p.b); err != nil {
			for range line { // until the other side notices
			}
			return
		}
	}
}

func sendMany(t testing.TB, r *Relay, mails int, m Message) {
	var wg sync.WaitGroup
	for i := range mails {
		wg.Go(func() {
			if _, err := r.Send(t.Context(), desk, fmt.Sprintf("u%d@police.example.nz", i), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// A mail costs one round trip where another waits behind it, and less where the relay offers CHUNKING: beside those that
// a connection costs (greeting, EHLO, the first envelope).
func TestRoundTripsAreFew(t *testing.T) {
	const mails, conns = 64, 4
	for name, tt := range map[string]struct {
		offers string
		most   int64
	}{"DATA": {offersTogether, mails + 4*conns}, "BDAT": {offersChunks, mails/2 + 4*conns}} {
		t.Run(name, func(t *testing.T) {
			w, stop := newWhims(t, tt.offers, nil, nil)
			f := newFarAway(t, w.addr, 10*time.Millisecond)
			r := newTestRelay(t, RelayConfig{Addr: f.addr, MaxConns: conns})
			sendMany(t, r, mails, testMessage(t, armorLines(make([]byte, 10<<10))))
			r.Close()
			if got := f.turns.Load(); got > tt.most {
				t.Errorf("%d round trips for %d mails over %d connections, want at most %d", got, mails, conns, tt.most)
			}
			stop()
		})
	}
}

// BenchmarkRelayFarAway is 16 connections over a line with 20 ms round trip. The last is a client that waits for each reply.
func BenchmarkRelayFarAway(b *testing.B) {
	for _, tt := range []struct{ name, offers string }{{"DATA", offersTogether}, {"BDAT", offersChunks}, {"step by step", offersNothing}} {
		b.Run(tt.name, func(b *testing.B) {
			f := newFarAway(b, gulp(b, tt.offers), 10*time.Millisecond)
			r := newTestRelay(b, RelayConfig{Addr: f.addr})
			m := testMessage(b, armorLines(make([]byte, 108<<10)))
			b.ResetTimer()
			for range b.N {
				sendMany(b, r, 256, m)
			}
			b.ReportMetric(float64(256*b.N)/b.Elapsed().Seconds(), "mails/s")
			b.ReportMetric(float64(f.turns.Load())/float64(256*b.N), "turns/mail")
		})
	}
}
