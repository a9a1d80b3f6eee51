package mail

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"
)

// testTLS returns a server's and a client's configuration for 127.0.0.1.
func testTLS(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, &tls.Config{RootCAs: pool}
}

const offersTLS = "250-peer\r\n250-STARTTLS\r\n250-AUTH LOGIN PLAIN\r\n250 PIPELINING"

func TestRelayOverTLSWithPassword(t *testing.T) {
	server, client := testTLS(t)
	p := newTLSPeer(t, map[string]string{"EHLO": offersTLS}, server)
	r := newTestRelay(t, RelayConfig{Addr: p.addr, TLS: client, User: "desk", Pass: "secret"})
	for range 2 {
		if _, fault := send(t, r, plainMail); fault != nil {
			t.Fatal(fault)
		}
	}
	if p.said("EHLO") != 2 || p.said("AUTH PLAIN AGRlc2sAc2VjcmV0") != 1 || p.said("STARTTLS") != 1 {
		t.Errorf("the peer heard %q", p.commands)
	}
}

func TestRelayTLSFailures(t *testing.T) {
	server, client := testTLS(t)
	_, stranger := testTLS(t)
	tests := map[string]struct {
		script map[string]string
		config RelayConfig
		want   DeliveryError
	}{
		"STARTTLS stripped":     {nil, RelayConfig{TLS: client}, DeliveryError{Stage: StageTLS, Temporary: true}},
		"STARTTLS refused":      {map[string]string{"EHLO": offersTLS, "STARTTLS": "454 4.7.0 not now"}, RelayConfig{TLS: client}, DeliveryError{Stage: StageTLS, Code: 454, Enhanced: "4.7.0", Temporary: true}},
		"said before TLS":       {map[string]string{"EHLO": offersTLS, "STARTTLS": "220 go\r\n250 injected"}, RelayConfig{TLS: client}, DeliveryError{Stage: StageTLS, Temporary: true}},
		"another's certificate": {map[string]string{"EHLO": offersTLS}, RelayConfig{TLS: stranger}, DeliveryError{Stage: StageTLS, Temporary: true}},
		"wrong password":        {map[string]string{"EHLO": offersTLS, "AUTH": "535 5.7.8 no"}, RelayConfig{TLS: client, User: "u", Pass: "p"}, DeliveryError{Stage: StageAuth, Code: 535, Enhanced: "5.7.8", Temporary: true}},
		"no AUTH offered":       {map[string]string{"EHLO": "250-peer\r\n250 STARTTLS"}, RelayConfig{TLS: client, User: "u", Pass: "p"}, DeliveryError{Stage: StageAuth, Temporary: true}},
		"password in clear":     {map[string]string{"EHLO": offersTLS}, RelayConfig{User: "u", Pass: "p"}, DeliveryError{Stage: StageAuth, Temporary: true}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newTLSPeer(t, tt.script, server)
			tt.config.Addr = p.addr
			_, fault := send(t, newTestRelay(t, tt.config), plainMail)
			compare(t, fault, tt.want)
			if p.said("MAIL") != 0 || name == "password in clear" && p.said("AUTH") != 0 {
				t.Errorf("the peer heard %q", p.commands)
			}
		})
	}
}

// addrConn is a connection that leads elsewhere than to loopback.
type addrConn struct {
	net.Conn
	addr net.Addr
}

func (c addrConn) RemoteAddr() net.Addr { return c.addr }

func TestTLSIsRequiredExceptToLoopback(t *testing.T) {
	for ip, loopback := range map[string]bool{"127.0.0.1": true, "127.9.9.9": true, "::1": true, "192.0.2.1": false, "10.0.0.1": false, "2001:db8::1": false} {
		c := addrConn{addr: &net.TCPAddr{IP: net.ParseIP(ip)}}
		if got := isLoopback(c); got != loopback {
			t.Errorf("isLoopback(%s) = %v", ip, got)
		}
	}
	near, far := net.Pipe()
	defer far.Close()
	go func() {
		b := make([]byte, 100)
		far.Write([]byte("220 x\r\n"))
		far.Read(b)
		far.Write([]byte("250 x\r\n"))
		far.Read(b)
	}()
	s := &session{conn: addrConn{near, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}}, limit: Deadlines{Command: time.Minute}}
	fault := s.prepare(RelayConfig{Addr: "192.0.2.1:25", Hello: "x"})
	near.Close()
	if fault == nil || fault.Stage != StageTLS {
		t.Errorf("went on in clear to another host: %v", fault)
	}
}
