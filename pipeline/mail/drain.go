package mail

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// drainBuffer is how much is read at once: a whole mail of the usual size.
const drainBuffer = 256 << 10

// Drain is an SMTP server on loopback that takes mail as fast as it comes and looks at no more than it must: for
// measurements, in which it must cost little beside what is measured. It keeps nothing. What it does is set
// before the first client connects.
type Drain struct {
	Chunking bool            // offer BDAT (RFC 3030) too
	Accepted func(to string) // called for each mail before its answer, by many goroutines; nil for nobody

	listener net.Listener
	started  time.Time
	mails    atomic.Int64
	octets   atomic.Int64
	first    atomic.Int64 // nanoseconds after started; 0 before the first mail

	connections sync.WaitGroup
}

// NewDrain starts a drain on a free port of 127.0.0.1.
func NewDrain() (*Drain, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("drain: %w", err)
	}
	d := &Drain{listener: l, started: time.Now()}
	d.connections.Go(d.accept)
	return d, nil
}

// Addr is where the drain listens, as host:port.
func (d *Drain) Addr() string { return d.listener.Addr().String() }

// Mails is how many mails came, and Octets how many octets of DATA they had together, the final dot aside.
func (d *Drain) Mails() int64  { return d.mails.Load() }
func (d *Drain) Octets() int64 { return d.octets.Load() }

// First is when the first mail was accepted; zero if none was.
func (d *Drain) First() time.Time {
	if after := d.first.Load(); after > 0 {
		return d.started.Add(time.Duration(after))
	}
	return time.Time{}
}

// Close stops listening. Clients close their connections first: Close waits for them.
func (d *Drain) Close() error {
	err := ignoreClosed(d.listener.Close())
	d.connections.Wait()
	return err
}

func (d *Drain) accept() {
	for {
		c, err := d.listener.Accept()
		if err != nil {
			return
		}
		d.connections.Go(func() { d.take(c) })
	}
}

// take works off what each read brought, however many commands and mails that is, and answers it in one write
// (RFC 2920 §3.2).
func (d *Drain) take(c net.Conn) {
	defer c.Close()
	s := drainSession{drain: d, answers: []byte("220 drain\r\n")}
	buf, kept := make([]byte, drainBuffer), 0
	for {
		c.Write(s.answers) // a client that is gone is noticed by the next read
		s.answers = s.answers[:0]
		n, err := c.Read(buf[kept:])
		if err != nil || s.ended {
			return
		}
		kept = copy(buf, s.work(buf[:kept+n]))
		if kept == len(buf) {
			return // a command without an end
		}
	}
}
