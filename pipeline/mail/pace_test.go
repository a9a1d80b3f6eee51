package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLimitHalvesAndGrows(t *testing.T) {
	now := time.Date(2026, 3, 18, 9, 0, 0, 0, time.UTC)
	l := newLimit(16)
	l.busy = 16
	for range 16 { // one trouble, seen by all connections
		l.overloaded(now)
	}
	if l.allowed != 8 || !l.over() {
		t.Errorf("allowed %d after one trouble, want 8", l.allowed)
	}
	for range 9 {
		now = now.Add(oneTrouble)
		l.overloaded(now)
	}
	if l.allowed != 1 {
		t.Errorf("allowed %d, want 1: there is always one", l.allowed)
	}
	for range growAfter {
		l.succeeded()
	}
	if l.allowed != 2 {
		t.Errorf("allowed %d after %d successes, want 2", l.allowed, growAfter)
	}
	for range 100 * growAfter {
		l.succeeded()
	}
	if l.allowed != 16 {
		t.Errorf("allowed %d in the end, want 16", l.allowed)
	}
}

func TestLimitOfNoneIsNoneAgain(t *testing.T) {
	l := newLimit(0)
	l.busy = 30
	l.overloaded(time.Now())
	if l.allowed != 15 || l.free() {
		t.Errorf("allowed %d of 30, want half of what was under way", l.allowed)
	}
	for range asGoodAsAny * growAfter {
		l.succeeded()
	}
	if l.busy = 1000; l.allowed != 0 || !l.free() {
		t.Errorf("allowed %d in the end, want no limit", l.allowed)
	}
}

func TestPauseGrowsAndIsLeftToChance(t *testing.T) {
	for failures, most := range map[int]time.Duration{1: firstPause, 2: 2 * firstPause, 100: maxPause} {
		if p := pause(failures); p < most/2 || p > most {
			t.Errorf("%s after %d failures, want %s to %s", p, failures, most/2, most)
		}
	}
}

func TestWhatSpeaksOfLoad(t *testing.T) {
	for line, want := range map[string]bool{
		"421 closing": true, "451 4.7.1 slow down": true, "450 4.7.0 x": true, "452 4.3.2 x": true, "451 Rate limit exceeded": true, "450 too many connections": true,
		"450 4.2.1 mailbox is busy": true, "452 4.2.2 full": false, "451 4.3.0 temporary error": false, "450 4.1.1 unknown yet": false, "550 5.7.1 rate": false,
	} {
		code := 0
		fmt.Sscan(line, &code)
		if e := (reply{code, []string{line[4:]}}).refused(StageRcpt); e.ofLoad() != want {
			t.Errorf("%s: %v", line, !want)
		}
	}
}

// clockOf lets a test set a relay's time.
func clockOf(r *Relay) (advance func(time.Duration)) {
	var mu sync.Mutex
	now := time.Date(2026, 3, 18, 9, 0, 0, 0, time.UTC)
	r.now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	return func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
}

// A relay that is down is not dialled for each mail: they fail at once until the pause is over.
func TestRelayThatIsDownIsNotPressed(t *testing.T) {
	p := newPeer(t, map[string]string{"greeting": "421 4.3.2 too busy", "greeting 3": "220 peer"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 1})
	advance := clockOf(r)
	for range 20 {
		_, fault := send(t, r, plainMail)
		compare(t, fault, DeliveryError{Stage: StageConnect, Code: 421, Enhanced: "4.3.2", Temporary: true})
	}
	p.mu.Lock()
	if n := p.times["greeting"]; n != 1 {
		t.Errorf("connected %d times for 20 mails, want once", n)
	}
	p.mu.Unlock()
	advance(firstPause)
	if _, fault := send(t, r, plainMail); fault == nil {
		t.Error("the second connection is refused too")
	}
	advance(maxPause)
	if _, fault := send(t, r, plainMail); fault != nil {
		t.Errorf("after the pause: %v", fault)
	}
}

// Once a relay that was down for long serves again, no mail waits for the pause that was, nor fails for it: further
// connections are had at once, here by a relay that ends each after one mail.
func TestRelayThatServesAgainIsUsedInFull(t *testing.T) {
	script := map[string]string{"EHLO": offersNothing, "greeting": "554 5.3.2 not today", ".": "250 2.0.0 queued\r\n421 4.4.2 one is enough"}
	p := newPeer(t, script)
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	advance := clockOf(r)
	for range 8 {
		send(t, r, plainMail)
		advance(maxPause)
	}
	p.mu.Lock()
	delete(script, "greeting")
	p.mu.Unlock()
	for i := range 10 {
		if _, fault := send(t, r, plainMail); fault != nil {
			t.Errorf("mail %d: %v", i+1, fault)
		}
	}
}

func TestSilentConnectionIsCheckedBeforeUse(t *testing.T) {
	for name, script := range map[string]map[string]string{"alive": {}, "gone": {"NOOP": "drop"}, "weary": {"NOOP": "421 4.4.2 idle too long"}} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, script)
			r := newTestRelay(t, RelayConfig{Addr: p.addr})
			advance := clockOf(r)
			for range 2 {
				if _, fault := send(t, r, plainMail); fault != nil {
					t.Fatal(fault)
				}
				<-idle(r)
				advance(checkAfter)
			}
			want := map[bool]int{true: 1, false: 2}[name == "alive"]
			if p.said("NOOP") != 1 || p.said("EHLO") != want || p.said("MAIL") != 2 {
				t.Errorf("%d NOOP, %d connections, %d MAIL; want 1, %d, 2", p.said("NOOP"), p.said("EHLO"), p.said("MAIL"), want)
			}
		})
	}
}

// idle is closed as soon as a connection is.
func idle(r *Relay) <-chan struct{} {
	c := make(chan struct{})
	go func() {
		defer close(c)
		for {
			r.mu.Lock()
			n := len(r.idle)
			r.mu.Unlock()
			if n > 0 {
				return
			}
			runtime.Gosched()
		}
	}()
	return c
}

func TestIdleConnectionIsClosed(t *testing.T) {
	p := newPeer(t, nil)
	r := newTestRelay(t, RelayConfig{Addr: p.addr, Deadlines: Deadlines{Idle: time.Millisecond}})
	for want := 1; want <= 2; want++ {
		if _, fault := send(t, r, plainMail); fault != nil {
			t.Fatal(fault)
		}
		for open := 1; open > 0; { // until it is closed
			r.mu.Lock()
			open = r.conns.busy
			r.mu.Unlock()
			runtime.Gosched()
		}
		if got := p.said("EHLO"); got != want {
			t.Errorf("%d connections for %d mails far apart", got, want)
		}
	}
}

// One slow domain does not hold all connections.
func TestDomainIsCapped(t *testing.T) {
	p := newPeer(t, map[string]string{".": "hang", ". 3": "250 2.0.0 queued"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 3, PerDomain: 2, Deadlines: Deadlines{Dot: time.Minute}})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() { r.Send(ctx, desk, fmt.Sprintf("u%d@SLOW.example", i), plainMail) })
	}
	for n := 0; n < 2; { // both that may be under way hang at their dot
		n = len(p.received())
		runtime.Gosched()
	}
	if _, err := r.Send(t.Context(), desk, "x@quick.example", plainMail); err != nil {
		t.Error(err)
	}
	if got := strings.Count(strings.Join(p.heard(), "\n"), "RCPT TO:<u"); got != 2 {
		t.Errorf("%d mails under way to the slow domain, want 2", got)
	}
	cancel()
	wg.Wait()
}

// TestRelayThatTakesFewConnections has a relay that drops without a word whatever connects while four are open, and ends each
// connection after ten mails. That is not taken for a relay that is down: mails go out, and it is not asked for connections
// all the time. (One that was close behind another's end twice fails, and is sent again as by Deliver.)
func TestRelayThatTakesFewConnections(t *testing.T) {
	const few, mails, each = 4, 400, 10
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var open, tried atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			tried.Add(1)
			if open.Add(1) > few {
				open.Add(-1)
				c.Close()
				continue
			}
			go func() {
				defer open.Add(-1)
				defer c.Close()
				serveSome(c, each)
			}()
		}
	}()
	r := newTestRelay(t, RelayConfig{Addr: l.Addr().String(), MaxConns: 16})
	var senders sync.WaitGroup
	var sends, sent atomic.Int64
	for range 24 {
		senders.Go(func() {
			for sent.Load() < mails && sends.Add(1) < 2*mails {
				var fault *DeliveryError
				if _, err := r.Send(t.Context(), desk, whoever(1), plainMail); err == nil {
					sent.Add(1)
				} else if !errors.As(err, &fault) || !fault.Temporary || fault.InDoubt {
					t.Error(err)
				}
			}
		})
	}
	senders.Wait()
	if sent.Load() < mails || tried.Load() > mails {
		t.Errorf("%d of %d mails are sent by %d tries, over %d connections", sent.Load(), mails, sends.Load(), tried.Load())
	}
}

// serveSome takes so many mails, one command at a time.
func serveSome(c net.Conn, mails int) {
	in := bufio.NewReader(c)
	fmt.Fprint(c, "220 peer\r\n")
	for content := false; mails > 0; {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch {
		case content && line != ".\r\n":
			continue
		case content:
			content = false
			mails--
			fmt.Fprint(c, "250 2.0.0 queued\r\n")
		case strings.HasPrefix(line, "DATA"):
			content = true
			fmt.Fprint(c, "354 go on\r\n")
		default:
			fmt.Fprint(c, "250 peer\r\n")
		}
	}
}
