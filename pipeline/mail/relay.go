package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// RelayConfig says where mail is handed over. TLS is required except to loopback, where it is used
// if TLS is set. Port 465 means TLS from the first byte, any other STARTTLS.
type RelayConfig struct {
	Addr       string      // host:port
	Hello      string      // this host's name, for EHLO
	TLS        *tls.Config // nil for the system's certificate authorities
	User, Pass string      // AUTH PLAIN, only ever over TLS; no user means no AUTH
	MaxConns   int         // at the same time; 0 for 16
	PerDomain  int         // mails under way at the same time to one domain; 0 for no limit
	Deadlines  Deadlines
}

// Deadlines bound every read and write. A zero takes the default.
type Deadlines struct {
	Connect time.Duration // to dial, and to agree on TLS; default 30 s
	Command time.Duration // for a command and its reply; default 5 min (RFC 5321 §4.5.3.2)
	Block   time.Duration // for each 256 KiB of content; default 3 min
	Dot     time.Duration // for the reply to the final dot; default 10 min: shorter makes repeats
	Idle    time.Duration // a connection that nothing was sent over for that long is closed; default 1 min
}

// Relay hands mail to one SMTP server over connections that it keeps and reuses. It has a client of
// its own because it sends bytes that are dot-safe by construction (the libraries look at each), and
// because a session that finds its next mail waiting spends one round trip on it. It is safe for use
// by many goroutines: the more mails wait, the fuller the connections are.
type Relay struct {
	config RelayConfig
	now    func() time.Time
	safe   safeBodies
	ctx    context.Context // ends with Close: connections that are being opened are given up
	cancel context.CancelFunc

	mu       sync.Mutex
	waiting  []*parcel
	idle     []*session // the one used last is the last: it is the least likely to be stale
	conns    limit
	domains  map[string]*limit
	opening  int            // connections that are not there yet
	soon     int            // connections that will take a mail in a moment
	serving  int            // connections over which the relay has answered for a mail
	failures int            // times in a row that none could be had
	notUntil time.Time      // no further connection before
	fault    *DeliveryError // of the last that could not be had, or over which the desk was refused
	closed   bool

	outOfStep bool // it answered what it was not asked: it gets DATA, which has an answer of its own, and no BDAT
}

// NewRelay checks the configuration; it does not connect yet.
func NewRelay(c RelayConfig) (*Relay, error) {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return nil, fmt.Errorf("relay: address %q: must be host:port: %w", c.Addr, err)
	}
	if !isHost(c.Hello) {
		return nil, fmt.Errorf("relay: hello %q: must be this host's name", c.Hello)
	}
	if c.MaxConns < 0 || c.PerDomain < 0 {
		return nil, errors.New("relay: connections and mails to one domain: must not be negative")
	}
	if c.MaxConns == 0 {
		c.MaxConns = 16
	}
	if err := c.Deadlines.complete(); err != nil {
		return nil, err
	}
	r := &Relay{config: c, now: time.Now, conns: newLimit(c.MaxConns), domains: map[string]*limit{}}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

func (d *Deadlines) complete() error {
	for _, set := range []struct {
		d  *time.Duration
		to time.Duration
	}{{&d.Connect, 30 * time.Second}, {&d.Command, 5 * time.Minute}, {&d.Block, 3 * time.Minute}, {&d.Dot, 10 * time.Minute}, {&d.Idle, time.Minute}} {
		if *set.d == 0 {
			*set.d = set.to
		}
		if *set.d < 0 {
			return errors.New("relay: deadlines: must not be negative")
		}
	}
	return nil
}

// Send hands over one mail to one recipient and returns the relay's answer. The error is a
// *DeliveryError, except where the addresses or the message are not fit to send at all. When ctx ends,
// the connection ends under the mail, and under what follows it closely.
func (r *Relay) Send(ctx context.Context, from, to string, msg Message) (string, error) {
	p, err := r.parcel(ctx, from, to, msg)
	if err != nil {
		return "", err
	}
	r.enqueue(p)
	select {
	case <-p.done:
	case <-ctx.Done():
		r.abandon(p)
		<-p.done
	}
	if p.fault == nil {
		return p.answer, nil
	}
	if p.fault.Err != nil && ctx.Err() != nil {
		p.fault.Err = fmt.Errorf("%w (%w)", ctx.Err(), p.fault.Err)
	}
	return "", p.fault
}

// Fault is why the relay takes no mail from the desk at present, as far as is known from the mails that were tried; nil if
// it does, or if none was.
func (r *Relay) Fault() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failures == 0 {
		return nil
	}
	return r.fault
}

// Close ends the idle connections; those in use end when their mail is through. What waits for a
// connection that is still being opened fails, and so does what is sent from now on.
func (r *Relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	r.cancel()
	for _, s := range r.idle {
		s.close()
	}
	r.dropIdle()
	return nil
}
