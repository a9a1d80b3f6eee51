package mail

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Drain is an SMTP server on loopback that takes mail as fast as it comes and looks at no more than it must: for
// measurements, in which it must cost little beside what is measured. It keeps nothing.
type Drain struct {
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

func (d *Drain) take(c net.Conn) {
	defer c.Close()
	r := bufio.NewReaderSize(c, 64<<10)
	io.WriteString(c, "220 drain\r\n") // a client that is gone is noticed by the next read
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		answer := "250 ok\r\n"
		switch {
		case strings.HasPrefix(line, "EHLO"):
			answer = "250-drain\r\n250 PIPELINING\r\n"
		case strings.HasPrefix(line, "DATA"):
			io.WriteString(c, "354 go on\r\n")
			octets, err := skipData(r)
			if err != nil {
				return
			}
			d.count(octets)
		case strings.HasPrefix(line, "QUIT"):
			io.WriteString(c, "221 bye\r\n")
			return
		}
		io.WriteString(c, answer)
	}
}

// skipData reads to the final dot.
func skipData(r *bufio.Reader) (octets int64, err error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return octets, err
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			return octets, nil
		}
		octets += int64(len(line))
	}
}

func (d *Drain) count(octets int64) {
	d.first.CompareAndSwap(0, int64(time.Since(d.started)))
	d.octets.Add(octets)
	d.mails.Add(1)
}
