package mail

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestReplyTooManyIsNoVerdict has a relay say every single reply twice, one at a time, and refuse every single command: no
// mail is said to be sent that was not accepted, whatever the extra reply was taken for.
func TestReplyTooManyIsNoVerdict(t *testing.T) {
	const mails, commands = 4, 16
	for name, offers := range map[string]string{"nothing": offersNothing, "together": offersTogether, "chunks": offersChunks} {
		for twice := range commands {
			for refused := range commands {
				t.Run(fmt.Sprintf("%s/%d/%d", name, twice, refused), func(t *testing.T) {
					list := make([]whim, commands)
					list[refused], list[twice] = "554 5.6.0 no", "twice"
					w, stop := newWhims(t, offers, list, nil)
					defer stop()
					r := newTestRelay(t, RelayConfig{Addr: w.addr, MaxConns: 1, Deadlines: Deadlines{Command: 10 * time.Second, Dot: 10 * time.Second}})
					defer r.Close()
					faults := make([]error, mails)
					var wg sync.WaitGroup
					for i := range mails {
						wg.Go(func() { _, faults[i] = r.Send(t.Context(), desk, whoever(i), plainMail) })
					}
					wg.Wait()
					w.mu.Lock()
					defer w.mu.Unlock()
					for i, err := range faults {
						compareVerdict(t, w, whoever(i), plainMail, err)
					}
					if len(w.amiss) > 0 {
						t.Errorf("the client did what it may not: %q", w.amiss)
					}
				})
			}
		}
	}
}

// What a relay says before it was asked, at each place, is not taken for the answer.
func TestReplyBeforeItsCommandIsNoAnswer(t *testing.T) {
	const extra = "\r\n250 2.0.0 queued"
	for key, said := range map[string]string{
		"greeting": "220 peer" + extra, "EHLO": "250 PIPELINING" + extra, "EHLO step by step": "250 peer" + extra,
		"MAIL": "250 2.1.0 ok" + extra, "RCPT": "250 2.1.5 ok" + extra, "DATA": "354 go on" + extra,
	} {
		t.Run(key, func(t *testing.T) {
			verb, _, _ := strings.Cut(key, " ")
			p := newPeer(t, map[string]string{verb: said, ".": "451 4.3.0 disk full"})
			_, fault := send(t, newTestRelay(t, RelayConfig{Addr: p.addr}), plainMail)
			if fault == nil || !fault.Temporary || fault.InDoubt || len(p.received()) != 0 {
				t.Errorf("%v; content went out: %q", fault, p.received())
			}
			if verb != "MAIL" && verb != "RCPT" && !errors.Is(fault, errUnasked) { // those are there with what answers the rest of them
				t.Errorf("seen no sooner than by its consequences: %v", fault)
			}
		})
	}
}

// A yes with a no behind it was to something else; 421 may come behind a yes at any time, and so may a second yes.
func TestYesWithANoBehindItIsInDoubt(t *testing.T) {
	for _, offers := range []string{offersNothing, offersTogether} {
		for behind, doubt := range map[string]bool{"451 4.3.0 disk full": true, "554 5.6.0 no": true, "354 more": true, "421 4.3.2 closing": false, "250 2.0.0 queued": false, "502 5.5.1 what": false} {
			t.Run(behind, func(t *testing.T) {
				p := newPeer(t, map[string]string{"EHLO": offers, ". 1": "250 2.0.0 ok\r\n" + behind})
				r := newTestRelay(t, RelayConfig{Addr: p.addr})
				advance := clockOf(r)
				if _, fault := send(t, r, plainMail); (fault != nil) != doubt || doubt && !fault.InDoubt {
					t.Errorf("%v", fault)
				}
				ended(r)
				advance(maxPause)
				if _, fault := send(t, r, plainMail); fault != nil || p.said("EHLO") != 2 {
					t.Errorf("the next: %v, over %d connections", fault, p.said("EHLO"))
				}
			})
		}
	}
}

// A relay whose answers were out of step once gets DATA: a relay that always says more than it is asked would otherwise
// leave every mail in doubt, and get it again and again.
func TestRelayOutOfStepGetsNoChunks(t *testing.T) {
	p := newPeer(t, map[string]string{"EHLO": offersChunks, "RCPT 1": "250 2.1.5 ok\r\n250 2.0.0 queued"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	advance := clockOf(r)
	if _, fault := send(t, r, plainMail); fault == nil || fault.InDoubt || p.said("BDAT") != 0 {
		t.Errorf("%v; the peer heard %q", fault, p.heard())
	}
	ended(r)
	advance(maxPause)
	if _, fault := send(t, r, plainMail); fault != nil || p.said("BDAT") != 0 || p.said("DATA") != 1 {
		t.Errorf("the next: %v; the peer heard %q", fault, p.heard())
	}
}

// ended waits until no connection is left.
func ended(r *Relay) {
	for open := 1; open > 0; runtime.Gosched() {
		r.mu.Lock()
		open = r.conns.busy
		r.mu.Unlock()
	}
}

// Relays mark their replies in ways of their own, which is no reason to doubt them: OpenSMTPD's to MAIL, Gmail's to RSET.
func TestRelayThatMarksOtherwiseIsBelieved(t *testing.T) {
	for _, marked := range []map[string]string{{"MAIL": "250 2.0.0 Ok"}, {"RSET": "250 2.1.5 Flushed"}, {"MAIL": "250 ok", "RCPT": "250 ok", "BDAT": "250 2.1.5 ok"}} {
		script := map[string]string{"EHLO": offersChunks, "MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "RSET": "250 2.0.0 ok"}
		maps.Copy(script, marked)
		p := newPeer(t, script)
		r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 1})
		const mails = 8
		var wg sync.WaitGroup
		for i := range mails {
			wg.Go(func() {
				if _, err := r.Send(t.Context(), desk, whoever(i), plainMail); err != nil {
					t.Errorf("%v: %v", marked, err)
				}
			})
		}
		wg.Wait()
		if p.said("BDAT") != mails || p.said("RSET") == 0 {
			t.Errorf("%v: the peer heard %q", marked, p.heard())
		}
	}
}
