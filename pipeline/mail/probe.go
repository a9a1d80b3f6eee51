package mail

import (
	"context"
	"crypto/tls"
	"fmt"
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

// Probe connects as for a mail: greeting, EHLO, STARTTLS and AUTH as configured; asks whether one from this address would be
// taken, unless it is empty; and leaves without one (RFC 5321 §4.1.1.5: MAIL alone leads to nothing). The error is a
// *DeliveryError. A relay that judges the sender no sooner than at RCPT (Postfix, unless told otherwise) is not seen through.
func (r *Relay) Probe(ctx context.Context, from string) (Probed, error) {
	if _, err := ParseAddress(from); from != "" && err != nil {
		return Probed{}, broken(StageMail, fmt.Errorf("the sender: %w", err))
	}
	s, fault := open(ctx, r.config)
	if fault != nil {
		return Probed{}, fault
	}
	defer s.close()
	if from != "" {
		if rep, err := s.command("MAIL FROM:<" + from + ">"); err != nil {
			return Probed{}, broken(StageMail, err)
		} else if !rep.ok() {
			return Probed{}, rep.refused(StageMail)
		}
	}
	p := Probed{Offers: slices.Sorted(maps.Keys(s.ext))}
	if secured, ok := s.conn.(*tls.Conn); ok {
		p.TLS = true
		if chain := secured.ConnectionState().PeerCertificates; len(chain) > 0 {
			p.CertificateEnds = chain[0].NotAfter
		}
	}
	return p, nil
}
