package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bulletin/pipeline/mail/relaytest"
)

// trusting is a client's configuration that knows the authority of the server's certificates.
func trusting(t *testing.T, p *relaytest.Server) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(p.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("the authority's certificate can't be read")
	}
	return &tls.Config{RootCAs: pool}
}

// largeMail is one of a bulletin's size, with the lines that mail systems are known to change.
func largeMail(n int) Message {
	const head = "From: " + desk + "\r\nTo: officers:;\r\nDate: Sun, 22 Nov 2026 14:00:00 +0000\r\nSubject: [...]\r\nMessage-ID: <%d@bulletin.example>\r\n\r\n"
	m := Message{Head: fmt.Appendf(nil, head, n), Foot: []byte("From here on\r\nfoot \r\n")}
	m.Body = bytes.Repeat([]byte(strings.Repeat("A", 62)+fmt.Sprintf("%02d\r\n", n)), 2000)
	return m
}

// accepted is Postfix's answer to a mail: to one by BDAT it adds how large it was.
var accepted = regexp.MustCompile(`^250 2\.0\.0 Ok: (\d+ bytes )?queued as \w+$`)

// TestPostfixTakesMailWhole: a real relay, by TLS and with a password, over each way of handing over, gets every mail once
// and byte for byte.
func TestPostfixTakesMailWhole(t *testing.T) {
	p := relaytest.Start(t)
	const mails, connections = 24, 3
	for _, door := range []relaytest.Door{relaytest.Good, relaytest.NoChunking, relaytest.NoPipelines, relaytest.Implicit} {
		t.Run(string(door), func(t *testing.T) {
			before, _ := p.Logins()
			r := newTestRelay(t, RelayConfig{Addr: p.Addr(door), TLS: trusting(t, p), User: relaytest.User, Pass: relaytest.Password, MaxConns: connections})
			want := map[string][]byte{}
			var wg sync.WaitGroup
			for n := range mails {
				to := fmt.Sprintf("officer%d@%s", n, relaytest.Domain)
				m := largeMail(n)
				want[to] = wire(t, m)
				wg.Go(func() {
					if reply, err := r.Send(t.Context(), desk, to, m); err != nil || !accepted.MatchString(reply) {
						t.Errorf("%s: %q, %v", to, reply, err)
					}
				})
			}
			wg.Wait()
			if t.Failed() {
				return
			}
			for _, got := range p.Wait(t, mails) {
				if !bytes.Equal(got.Bytes, want[got.To]) {
					t.Errorf("the mail to %s has changed: %d octets for %d, or came twice", got.To, len(got.Bytes), len(want[got.To]))
				}
				delete(want, got.To)
			}
			if len(want) > 0 {
				t.Errorf("%d mails were not delivered", len(want))
			}
			if after, wrong := p.Logins(); after-before > connections || after == before || wrong > 0 {
				t.Errorf("%d logins, %d of them wrong, for %d connections that are kept", after-before, wrong, connections)
			}
		})
	}
}

// TestPostfixAnswersForOneRecipient: what it says of one recipient is about that one, and the connection is kept.
func TestPostfixAnswersForOneRecipient(t *testing.T) {
	p := relaytest.Start(t)
	for _, door := range []relaytest.Door{relaytest.Good, relaytest.NoPipelines} {
		r := newTestRelay(t, RelayConfig{Addr: p.Addr(door), TLS: trusting(t, p), User: relaytest.User, Pass: relaytest.Password, MaxConns: 1})
		before, _ := p.Logins()
		for _, tt := range []struct {
			local string
			want  DeliveryError
		}{
			{"reject", DeliveryError{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1"}},
			{"defer", DeliveryError{Stage: StageRcpt, Code: 451, Enhanced: "4.7.1", Temporary: true}},
			{"full", DeliveryError{Stage: StageRcpt, Code: 452, Enhanced: "4.2.2", Temporary: true}},
			{"size", DeliveryError{Stage: StageRcpt, Code: 552, Enhanced: "5.3.4"}},
		} {
			t.Run(string(door)+" "+tt.local, func(t *testing.T) {
				_, err := r.Send(t.Context(), desk, tt.local+"@"+relaytest.Domain, largeMail(1))
				compare(t, asDelivery(t, err), tt.want)
				if _, err := r.Send(t.Context(), desk, "after-"+tt.local+"@"+relaytest.Domain, largeMail(2)); err != nil {
					t.Errorf("the next mail: %v", err)
				}
			})
		}
		for _, got := range p.Wait(t, 4) {
			if !strings.HasPrefix(got.To, "after-") {
				t.Errorf("%s got a mail", got.To)
			}
		}
		if after, _ := p.Logins(); after != before+1 {
			t.Errorf("%d logins: the connection was not kept", after-before)
		}
	}
}

func asDelivery(t *testing.T, err error) *DeliveryError {
	t.Helper()
	var fault *DeliveryError
	if err != nil && !errors.As(err, &fault) {
		t.Fatalf("not a DeliveryError: %v", err)
	}
	return fault
}

// TestPostfixThatIsNotTrusted: where the relay can't be told from another, or the way to it is open, neither a mail nor the
// password leaves, and the error says why.
func TestPostfixThatIsNotTrusted(t *testing.T) {
	p := relaytest.Start(t)
	whole := RelayConfig{TLS: trusting(t, p), User: relaytest.User, Pass: relaytest.Password}
	for _, tt := range []struct {
		name string
		door relaytest.Door
		edit func(*RelayConfig)
		at   Stage
		says string
	}{
		{"another authority", relaytest.Stranger, nil, StageTLS, "unknown authority"},
		{"the system's authorities", relaytest.Good, func(c *RelayConfig) { c.TLS = &tls.Config{} }, StageTLS, "unknown authority"},
		{"another host's certificate", relaytest.Misnamed, nil, StageTLS, "127.0.0.1"},
		{"another name than asked for", relaytest.Good, func(c *RelayConfig) { c.TLS.ServerName = "relay.example" }, StageTLS, "not relay.example"},
		{"an expired certificate", relaytest.Expired, nil, StageTLS, "expired"},
		{"no STARTTLS", relaytest.Clear, nil, StageTLS, "does not offer STARTTLS"},
		{"a password without TLS", relaytest.Good, func(c *RelayConfig) { c.TLS = nil }, StageAuth, "will not send a password without TLS"},
		{"a wrong password", relaytest.Good, func(c *RelayConfig) { c.Pass = "guess" }, StageAuth, "535 5.7.8"},
		{"no password", relaytest.Good, func(c *RelayConfig) { c.User = "" }, StageRcpt, "Relay access denied"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			right, wrong := p.Logins()
			c := whole
			c.Addr, c.TLS = p.Addr(tt.door), whole.TLS.Clone()
			if tt.edit != nil {
				tt.edit(&c)
			}
			to := "officer@" + relaytest.Domain
			if tt.at == StageRcpt {
				to = "officer@elsewhere.example" // what a relay passes on for those alone who have a password
			}
			_, err := newTestRelay(t, c).Send(t.Context(), desk, to, plainMail)
			fault := asDelivery(t, err)
			if fault == nil || fault.Stage != tt.at || !strings.Contains(fault.Error(), tt.says) || fault.InDoubt {
				t.Fatalf("got %v, want a fault at %s that says %q", fault, tt.at, tt.says)
			}
			if fault.Stage != StageRcpt && !fault.Temporary {
				t.Errorf("%v is held against the recipient", fault)
			}
			r, w := p.Logins()
			if r != right || w != wrong && tt.name != "a wrong password" {
				t.Errorf("a password was sent: %d right, %d wrong", r-right, w-wrong)
			}
		})
	}
	if log := p.Log(t); strings.Contains(log, "cleanup[") {
		t.Errorf("Postfix took a mail:\n%s", log)
	}
}

// TestPostfixBehindManInTheMiddle: somebody on the way who keeps TLS from beginning hears neither mail nor password.
func TestPostfixBehindManInTheMiddle(t *testing.T) {
	p := relaytest.Start(t)
	for _, tt := range []struct {
		name    string
		meddles meddling
		says    string
	}{
		{"takes STARTTLS out of the answer to EHLO", meddling{hides: "STARTTLS"}, "does not offer STARTTLS"},
		{"offers AUTH in its place", meddling{hides: "STARTTLS", shows: "AUTH PLAIN"}, "does not offer STARTTLS"},
		{"refuses STARTTLS for now", meddling{answers: "454 4.7.0 TLS not available"}, "454 4.7.0"},
		{"does not know STARTTLS", meddling{answers: "502 5.5.1 what?"}, "502 5.5.1"},
		{"refuses STARTTLS for good", meddling{answers: "554 5.7.3 never"}, "554 5.7.3"},
		{"speaks on after STARTTLS", meddling{injects: "250-relay\r\n250 AUTH PLAIN"}, "said more before TLS began"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := meddle(t, p.Addr(relaytest.Good), tt.meddles)
			r := newTestRelay(t, RelayConfig{Addr: m.addr, TLS: trusting(t, p), User: relaytest.User, Pass: relaytest.Password})
			_, err := r.Send(t.Context(), desk, "officer@"+relaytest.Domain, plainMail)
			compareStage(t, asDelivery(t, err), StageTLS, tt.says)
			if heard := m.heard(); !slices.Equal(heard, []string{"EHLO"}) && !slices.Equal(heard, []string{"EHLO", "STARTTLS"}) {
				t.Errorf("in clear it heard %q", heard)
			}
		})
	}
	// The same way, left alone, serves: what was refused was the meddling.
	m := meddle(t, p.Addr(relaytest.Good), meddling{})
	r := newTestRelay(t, RelayConfig{Addr: m.addr, TLS: trusting(t, p), User: relaytest.User, Pass: relaytest.Password})
	if _, err := r.Send(context.Background(), desk, "officer@"+relaytest.Domain, plainMail); err != nil {
		t.Fatal(err)
	}
	if got := p.Wait(t, 1); len(got) != 1 {
		t.Errorf("%d mails were delivered", len(got))
	}
}

func compareStage(t *testing.T, fault *DeliveryError, at Stage, says string) {
	t.Helper()
	if fault == nil || fault.Stage != at || !fault.Temporary || fault.InDoubt || !strings.Contains(fault.Error(), says) {
		t.Errorf("got %v, want a fault at %s that says %q", fault, at, says)
	}
}
