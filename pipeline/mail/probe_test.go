package mail

import (
	"errors"
	"slices"
	"testing"
	"time"
)

func TestProbeSendsNoMail(t *testing.T) {
	server, client := testTLS(t)
	p := newTLSPeer(t, map[string]string{"EHLO": offersTLS}, server)
	got, err := newTestRelay(t, RelayConfig{Addr: p.addr, TLS: client, User: "desk", Pass: "secret"}).Probe(t.Context())
	if err != nil || !got.TLS || got.CertificateEnds.Before(time.Now()) || !slices.Contains(got.Offers, "AUTH") {
		t.Errorf("%+v, %v", got, err)
	}
	if p.said("AUTH PLAIN AGRlc2sAc2VjcmV0") != 1 || p.said("MAIL") != 0 || p.said("RCPT") != 0 {
		t.Errorf("the peer heard %q", p.commands)
	}
	plain := newPeer(t, nil)
	if got, err := newTestRelay(t, RelayConfig{Addr: plain.addr}).Probe(t.Context()); err != nil || got.TLS {
		t.Errorf("%+v, %v", got, err)
	}
	wrong := newTLSPeer(t, map[string]string{"EHLO": offersTLS, "AUTH": "535 5.7.8 no"}, server)
	var fault *DeliveryError
	if _, err := newTestRelay(t, RelayConfig{Addr: wrong.addr, TLS: client, User: "u", Pass: "p"}).Probe(t.Context()); !errors.As(err, &fault) || fault.Stage != StageAuth {
		t.Errorf("a wrong password: %v", err)
	}
}
