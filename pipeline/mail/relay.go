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
	MaxConns   int         // at the same time; 0 for 4
	Deadlines  Deadlines
}

// Deadlines bound every read and write. A zero takes the default.
type Deadlines struct {
	Connect time.Duration // to dial, and to agree on TLS; default 30 s
	Command time.Duration // for a command and its reply; default 5 min (RFC 5321 §4.5.3.2)
	Block   time.Duration // for each 256 KiB of content; default 3 min
	Dot     time.Duration // for the reply to the final dot; default 10 min: shorter makes repeats
}

// Relay hands mail to one SMTP server over connections that it keeps and reuses. It has a client of
// its own because it sends bytes that are dot-safe by construction; the libraries look at each. It
// is safe for use by many goroutines.
type Relay struct {
	config RelayConfig
	slots  chan struct{} // one for each connection in use

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// NewRelay checks the configuration; it does not connect yet.
func NewRelay(c RelayConfig) (*Relay, error) {
	if _, _, err := net.SplitHostPort(c.Addr); err != nil {
		return nil, fmt.Errorf("relay: address %q: must be host:port: %w", c.Addr, err)
	}
	if !domainForm.MatchString(c.Hello) {
		return nil, fmt.Errorf("relay: hello %q: must be this host's name", c.Hello)
	}
	if c.MaxConns == 0 {
		c.MaxConns = 4
	}
	d := &c.Deadlines
	for _, set := range []struct {
		d  *time.Duration
		to time.Duration
	}{{&d.Connect, 30 * time.Second}, {&d.Command, 5 * time.Minute}, {&d.Block, 3 * time.Minute}, {&d.Dot, 10 * time.Minute}} {
		if *set.d == 0 {
			*set.d = set.to
		}
		if *set.d < 0 {
			return nil, errors.New("relay: deadlines: must not be negative")
		}
	}
	if c.MaxConns < 0 {
		return nil, errors.New("relay: connections: must not be negative")
	}
	return &Relay{config: c, slots: make(chan struct{}, c.MaxConns)}, nil
}

// Send hands over one mail to one recipient and returns the relay's answer. The error is a
// *DeliveryError, except where the addresses or the message are not fit to send at all.
func (r *Relay) Send(ctx context.Context, from, to string, msg Message) (string, error) {
	if err := checkSend(from, to, msg); err != nil {
		return "", err
	}
	select {
	case r.slots <- struct{}{}:
		defer func() { <-r.slots }()
	case <-ctx.Done():
		return "", broken(StageConnect, ctx.Err())
	}
	rep, fault := r.send(ctx, from, to, msg)
	if fault != nil {
		return "", fault
	}
	return rep.String(), nil
}

func checkSend(from, to string, msg Message) error {
	if _, err := ParseAddress(from); err != nil {
		return fmt.Errorf("send from: %w", err)
	}
	if _, err := ParseAddress(to); err != nil {
		return fmt.Errorf("send to: %w", err)
	}
	for _, piece := range [][]byte{msg.Head, msg.Body, msg.Foot} {
		if !dotSafe(piece) {
			return errors.New("send: the message is not whole lines, or one begins with a dot")
		}
	}
	return nil
}

// send uses an idle connection if there is one. A relay may have closed it meanwhile: what fails
// over it before any content was sent is tried once more over a new one, and is neither lost nor
// reported as refused.
func (r *Relay) send(ctx context.Context, from, to string, msg Message) (reply, *DeliveryError) {
	if s := r.take(); s != nil {
		rep, fault := s.deliver(ctx, from, to, msg)
		r.put(s)
		if fault == nil || s.started || !s.dead || ctx.Err() != nil {
			return rep, fault
		}
	}
	s, fault := open(ctx, r.config)
	if fault != nil {
		return reply{}, fault
	}
	rep, fault := s.deliver(ctx, from, to, msg)
	r.put(s)
	return rep, fault
}

// take returns the connection that was used last: it is the least likely to be stale.
func (r *Relay) take() *session {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil
	}
	s := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	return s
}

// put keeps a connection for the next mail, or ends it.
func (r *Relay) put(s *session) {
	if s.dead {
		s.conn.Close()
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		s.close()
		return
	}
	r.idle = append(r.idle, s)
}

// Close ends the idle connections; those in use end when their mail is through.
func (r *Relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, s := range r.idle {
		s.close()
	}
	r.idle = nil
	return nil
}
