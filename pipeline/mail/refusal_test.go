package mail

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// What the relay refuses parks a recipient only where it is about the recipient or the message.
func TestRefusalOfTheDeskParksNobody(t *testing.T) {
	for line, want := range map[string]bool{
		"mail: 530 5.7.0 authenticate first":                                     true,
		"mail: 535 5.7.8 wrong":                                                  true,
		"mail: 550 5.7.1 not you":                                                true,
		"mail: 550 no":                                                           true,
		"mail: 553 5.1.8 no such domain":                                         true,
		"mail: 501 5.5.2 syntax":                                                 true,
		"mail: 555 5.5.4 SIZE is not known":                                      true,
		"mail: 554 5.3.2 not accepting":                                          true,
		"mail: 552 5.2.2 your quota":                                             true,
		"mail: 503 5.5.1 AUTH first":                                             true,
		"mail: 552 too large":                                                    false,
		"mail: 552 5.3.4 too large":                                              false,
		"mail: 550 5.3.4 too large":                                              false,
		"mail: 552 5.2.3 too large":                                              false,
		"mail: 451 4.7.1 slow down":                                              false,
		"connect: 554 5.3.2 not today":                                           true,
		"starttls: 554 5.7.3 no":                                                 true,
		"auth: 535 5.7.8 wrong":                                                  true,
		"rcpt: 550 5.1.1 no such officer":                                        false,
		"rcpt: 550 5.7.1 no mail of this sort":                                   false,
		"rcpt: 530 5.7.0 authenticate first":                                     true,
		"rcpt: 553 5.1.8 no such domain":                                         true,
		"rcpt: 554 5.7.1 <o@police.example>: Relay access denied":                true,
		"rcpt: 550 5.7.1 <o@police.example>... Relaying denied":                  true,
		"rcpt: 554 5.7.1 <host[192.0.2.1]>: Client host rejected: Access denied": true,
		"rcpt: 553 5.7.1 <desk@bulletin.example>: Sender address rejected: not owned by user desk":     true,
		"rcpt: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using dnsbl.example":     true,
		"rcpt: 554 5.7.1 Service unavailable; Sender address [desk@b.example] blocked using l.example": true,
		"rcpt: 554 5.7.1 Service unavailable; Recipient address [o@p.example] blocked using l.example": false,
		"rcpt: 550 Sender verify failed":               true,
		"dot: 550 5.7.26 this mail is unauthenticated": true,
		"dot: 554 5.7.1 encrypted mail refused":        false,
		"dot: 552 5.3.4 too large":                     false,
	} {
		stage, said, _ := strings.Cut(line, ": ")
		code := 0
		fmt.Sscan(said, &code)
		e := reply{code, []string{said[4:]}}.refused(Stage(stage))
		if e.OfDesk() != want || e.Temporary != (want || code < 500) || strings.Contains(e.Error(), "refuses the desk") != want {
			t.Errorf("%s: %v, temporary %v: %v", line, e.OfDesk(), e.Temporary, e)
		}
	}
}

// A relay that refuses the desk as a sender hears of it no more often than one that is down: the mails of a list fail at
// once with its answer, and after a pause one connection shows whether it was mended.
func TestRelayThatRefusesTheDeskIsNotPressed(t *testing.T) {
	for name, offers := range map[string]string{"together": offersTogether, "step by step": offersNothing, "chunks": offersChunks} {
		t.Run(name, func(t *testing.T) {
			const conns, mails = 4, 1000
			script := map[string]string{"EHLO": offers, "MAIL": "550 5.7.1 not you"}
			p := newPeer(t, script)
			r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: conns})
			advance := clockOf(r)
			all := func() {
				var wg sync.WaitGroup
				for i := range mails {
					wg.Go(func() {
						_, fault := send(t, r, plainMail)
						if fault == nil || fault.Stage != StageMail || fault.Code != 550 || !fault.Temporary {
							t.Errorf("mail %d: %v", i, fault)
						}
					})
				}
				wg.Wait()
			}
			all()
			if n := p.said("MAIL"); n < 1 || n > conns {
				t.Errorf("%d MAIL for %d mails, want one for each of %d connections at most", n, mails, conns)
			}
			if err := r.Fault(); err == nil || !strings.Contains(err.Error(), "550 5.7.1 not you") {
				t.Errorf("the fault: %v", err)
			}
			advance(maxPause)
			before := p.said("MAIL")
			all()
			if n := p.said("MAIL") - before; n != 1 {
				t.Errorf("%d MAIL after the pause, want one", n)
			}
			advance(maxPause)
			p.mu.Lock()
			delete(script, "MAIL")
			p.mu.Unlock()
			if _, fault := send(t, r, plainMail); fault != nil || r.Fault() != nil {
				t.Errorf("once it is mended: %v, %v", fault, r.Fault())
			}
		})
	}
}

// A refusal of the desk at RCPT may hold for one domain alone: the mail waits, and nobody is told that the relay refuses all.
func TestRefusalOfTheDeskAtRcptIsOfOneMail(t *testing.T) {
	p := newPeer(t, map[string]string{"RCPT": "554 5.7.1 <o@police.example>: Relay access denied"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	if _, fault := send(t, r, plainMail); fault == nil || !fault.Temporary || !fault.OfDesk() || r.Fault() != nil {
		t.Errorf("%v, and of the relay %v", fault, r.Fault())
	}
}

// A relay that took mails and then refuses the desk, as for an hourly share that is spent, is not asked again over the
// connections that stand idle.
func TestRefusalOfTheDeskEndsIdleConnections(t *testing.T) {
	script := map[string]string{}
	p := newPeer(t, script)
	r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 4})
	clockOf(r)
	for n := 0; n < 2; { // until two connections stand idle
		var wg sync.WaitGroup
		for range 40 {
			wg.Go(func() { send(t, r, plainMail) })
		}
		wg.Wait()
		for open := -1; open != n; runtime.Gosched() { // and no other is under way to it
			r.mu.Lock()
			open, n = r.conns.busy, len(r.idle)
			r.mu.Unlock()
		}
	}
	before := p.said("MAIL")
	p.mu.Lock()
	script["MAIL"] = "550 5.7.1 more than your hourly share"
	p.mu.Unlock()
	for i := range 10 {
		if _, fault := send(t, r, plainMail); fault == nil || fault.Code != 550 {
			t.Errorf("mail %d: %v", i+1, fault)
		}
	}
	if n := p.said("MAIL") - before; n != 1 {
		t.Errorf("%d MAIL, want 1", n)
	}
}
