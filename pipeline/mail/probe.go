package mail

import (
	"context"
	"crypto/tls"
	"maps"
	"slices"
	"time"
)

// Probed is what a relay says of itself before any mail.
type Probed struct {
	TLS             bool
	CertificateEnds time.Time // the relay's own; zero without TLS
	Offers          []string  // keywords of its EHLO, sorted
}

// Probe connects as for a mail: greeting, EHLO, STARTTLS and AUTH as configured; and leaves without one. The error is
// a *DeliveryError.
func (r *Relay) Probe(ctx context.Context) (Probed, error) {
	s, fault := open(ctx, r.config)
	if fault != nil {
		return Probed{}, fault
	}
	defer s.close()
	p := Probed{Offers: slices.Sorted(maps.Keys(s.ext))}
	if secured, ok := s.conn.(*tls.Conn); ok {
		p.TLS = true
		if chain := secured.ConnectionState().PeerCertificates; len(chain) > 0 {
			p.CertificateEnds = chain[0].NotAfter
		}
	}
	return p, nil
}
