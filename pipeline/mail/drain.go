package mail

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
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

// drainSession is how far one client has come.
type drainSession struct {
	drain   *Drain
	answers []byte // that were not written yet

	to     string // whom the present mail is for, if somebody wants to know
	octets int64  // that the present mail had so far
	data   bool   // in DATA
	chunk  int64  // octets of the present BDAT that are still to come
	last   bool   // which is the mail's last
	ended  bool
}

// work returns what it can't make anything of yet: the begin of a command, or what may be the begin of the end of DATA.
func (s *drainSession) work(in []byte) (rest []byte) {
	for len(in) > 0 && !s.ended {
		before := len(in)
		switch {
		case s.data:
			in = s.inData(in)
		case s.chunk > 0:
			in = s.inChunk(in)
		default:
			in = s.command(in)
		}
		if s.data && len(in) < len(dataEnd) || len(in) == before {
			return in
		}
	}
	return in
}

// dataEnd is the end of DATA, the end of its last line included (RFC 5321 §4.1.1.4).
const dataEnd = "\r\n.\r\n"

// inData skips what belongs to DATA. What it gets begins with the end of the line before, first that of the command, so
// that a DATA of no lines ends like any other.
func (s *drainSession) inData(in []byte) []byte {
	end := indexDataEnd(in)
	if end < 0 {
		skip := max(0, len(in)-len(dataEnd)+1)
		s.octets += int64(skip)
		return in[skip:]
	}
	s.octets += int64(end)
	s.data = false
	s.accept()
	return in[end+len(dataEnd):]
}

// indexDataEnd looks for the dot alone, which armor has none of: to look for the whole would stop at each line.
func indexDataEnd(b []byte) int {
	for at := 0; ; at++ {
		dot := bytes.IndexByte(b[at:], '.')
		if dot < 0 {
			return -1
		}
		at += dot
		if at >= 2 && string(b[at-2:min(at+3, len(b))]) == dataEnd {
			return at - 2
		}
	}
}

func (s *drainSession) inChunk(in []byte) []byte {
	n := min(s.chunk, int64(len(in)))
	s.octets += n
	if s.chunk -= n; s.chunk == 0 {
		s.chunkDone()
	}
	return in[n:]
}

// chunkDone answers a BDAT, and the mail with its last (RFC 3030 §2).
func (s *drainSession) chunkDone() {
	if s.last {
		s.accept()
		return
	}
	s.answer("250 go on")
}

// command takes one line, if it is there as a whole.
func (s *drainSession) command(in []byte) []byte {
	line, rest, whole := bytes.Cut(in, []byte("\r\n"))
	if !whole {
		return in
	}
	verb, parameters, _ := strings.Cut(string(line), " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		s.answer("250-drain")
		if s.drain.Chunking {
			s.answer("250-CHUNKING")
		}
		s.answer("250 PIPELINING")
	case "RCPT":
		if s.drain.Accepted != nil {
			_, path, _ := strings.Cut(parameters, "<")
			s.to, _, _ = strings.Cut(path, ">")
		}
		s.answer("250 ok")
	case "DATA":
		s.answer("354 go on")
		s.data = true
		return in[len(line):]
	case "BDAT":
		s.bdat(parameters)
	case "QUIT":
		s.answer("221 bye")
		s.ended = true
	default:
		s.answer("250 ok")
	}
	return rest
}

func (s *drainSession) bdat(parameters string) {
	size, last, _ := strings.Cut(parameters, " ")
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil || n < 0 {
		s.answer("501 a size is needed") // what follows can't be told from commands (RFC 3030 §4.2)
		s.ended = true
		return
	}
	s.chunk, s.last = n, strings.EqualFold(last, "LAST")
	if n == 0 {
		s.chunkDone()
	}
}

func (s *drainSession) answer(line string) { s.answers = append(append(s.answers, line...), "\r\n"...) }

func (s *drainSession) accept() {
	d := s.drain
	d.first.CompareAndSwap(0, int64(time.Since(d.started)))
	d.octets.Add(s.octets)
	d.mails.Add(1)
	if d.Accepted != nil {
		d.Accepted(s.to)
	}
	s.answer("250 ok")
	s.octets = 0
}
