package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"bulletin/configs"
	bmail "bulletin/pipeline/mail"
)

func newRelay(dir string, c configs.Relay) (relay *bmail.Relay, err error) {
	r := bmail.RelayConfig{Addr: c.Address, Hello: c.Hello, User: c.User, MaxConns: c.Connections, PerDomain: c.PerDomain,
		Deadlines: bmail.Deadlines{Command: c.Timeout, Dot: 2 * c.Timeout}}
	if r.Hello == "" {
		r.Hello, _ = os.Hostname()
	}
	if c.Secured() {
		if r.TLS, err = relayTLS(c.CA); err != nil {
			return nil, err
		}
	}
	if c.User != "" {
		if r.Pass, err = relayPassword(dir); err != nil {
			return nil, err
		}
	}
	return bmail.NewRelay(r)
}

// relayTLS trusts the authorities in the file alone, or those of this machine.
func relayTLS(file string) (*tls.Config, error) {
	if file == "" {
		return &tls.Config{}, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, hint(fmt.Errorf("relay.ca: %w", err), "name a PEM file of the authority that the relay's certificate is by")
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, hint(fmt.Errorf("relay.ca: %s holds no certificate in PEM", file), "it begins with -----BEGIN CERTIFICATE-----; openssl x509 -inform DER makes one of a .cer")
	}
	return &tls.Config{RootCAs: pool}, nil
}
