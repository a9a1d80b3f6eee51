package mail

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestProbeSendsNoMail(t *testing.T) {
	server, client := testTLS(t)
	p := newTLSPeer(t, map[string]string{"EHLO": offersTLS}, server)
	got, err := newTestRelay(t, RelayConfig{Addr: p.addr, TLS: client, User: "desk", Pass: "secret"}).Probe(t.Context(), desk)
	if err != nil || !got.TLS || got.CertificateEnds.Before(time.Now()) || !slices.Contains(got.Offers, "AUTH") {
		t.Errorf("%+v, %v", got, err)
	}
	if p.said("AUTH PLAIN AGRlc2sAc2VjcmV0") != 1 || p.said("MAIL") != 1 || p.said("RCPT") != 0 {
		t.Errorf("the peer heard %q", p.commands)
	}
	plain := newPeer(t, nil)
	if got, err := newTestRelay(t, RelayConfig{Addr: plain.addr}).Probe(t.Context(), ""); err != nil || got.TLS || plain.said("MAIL") != 0 {
		t.Errorf("%+v, %v; the peer heard %q", got, err, plain.heard())
	}
	stranger := newPeer(t, map[string]string{"MAIL": "550 5.7.1 not you"})
	_, err = newTestRelay(t, RelayConfig{Addr: stranger.addr}).Probe(t.Context(), desk)
	var refused *DeliveryError
	if !errors.As(err, &refused) || refused.Stage != StageMail || !refused.OfDesk() || !strings.Contains(err.Error(), "the relay refuses the desk") {
		t.Errorf("a sender who is not allowed: %v", err)
	}
	wrong := newTLSPeer(t, map[string]string{"EHLO": offersTLS, "AUTH": "535 5.7.8 no"}, server)
	var fault *DeliveryError
	if _, err := newTestRelay(t, RelayConfig{Addr: wrong.addr, TLS: client, User: "u", Pass: "p"}).Probe(t.Context(), desk); !errors.As(err, &fault) || fault.Stage != StageAuth {
		t.Errorf("a wrong password: %v", err)
	}
}
