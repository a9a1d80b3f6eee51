package relaytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"
)

// authority is a certificate authority of a test.
type authority struct {
	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().AddDate(0, 3, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	return authority{cert, der, key}
}

// issue makes a server's certificate with its key, as Postfix wants them (smtpd_tls_chain_files).
func (a authority) issue(t testing.TB, until time.Time, name string, ips ...net.IP) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until,
		DNSNames: []string{name}, IPAddresses: ips, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, &key.PublicKey, a.key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	return inPEM("PRIVATE KEY", secret) + inPEM("CERTIFICATE", der)
}

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// writeCertificates gives each door its own.
func (s *Server) writeCertificates(t testing.TB) {
	t.Helper()
	ours, other := newAuthority(t, "authority of the test"), newAuthority(t, "another authority")
	s.write(t, "ca.pem", inPEM("CERTIFICATE", ours.der))
	later := time.Now().AddDate(0, 2, 0)
	for d := range doors {
		host, _, err := net.SplitHostPort(s.addr[d])
		must(t, err)
		ip := net.ParseIP(host)
		chain := ours.issue(t, later, "localhost", ip)
		switch d {
		case Stranger:
			chain = other.issue(t, later, "localhost", ip)
		case Misnamed:
			chain = ours.issue(t, later, "other.example")
		case Expired:
			chain = ours.issue(t, time.Now().Add(-time.Hour), "localhost", ip)
		}
		s.write(t, string(d)+".pem", chain)
	}
}
