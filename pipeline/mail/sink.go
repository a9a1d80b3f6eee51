package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// SinkConfig says what a Sink does with mail.
type SinkConfig struct {
	Dir    string           // mail is stored as DIR/<address>/<n>.eml, n from 1; empty to only read it
	Faults map[string]Fault // by recipient's address: those that fail on purpose
}

// Fault is how a recipient's address fails.
type Fault struct {
	Temporary int  // this many times, with 450 4.2.1
	Permanent bool // always, with 550 5.1.1
}

// Sink is an SMTP server on loopback that receives mail, for tests, the demo and measurements.
type Sink struct {
	config   SinkConfig
	listener net.Listener
	server   *smtp.Server
	done     chan struct{}

	mu       sync.Mutex
	received map[string]int
	refused  map[string]int
}

// NewSink starts a sink on a free port of 127.0.0.1.
func NewSink(c SinkConfig) (*Sink, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("sink: %w", err)
	}
	s := &Sink{config: c, listener: l, done: make(chan struct{}), received: map[string]int{}, refused: map[string]int{}}
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }))
	s.server.Domain = "localhost"
	s.server.ReadTimeout, s.server.WriteTimeout = 5*time.Minute, time.Minute
	s.server.ErrorLog = log.New(io.Discard, "", 0) // a client that goes away is its own affair
	go func() {
		defer close(s.done)
		s.server.Serve(l) // returns when Close closes the listener
	}()
	return s, nil
}

// Addr is where the sink listens, as host:port.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Close stops the sink and ends its connections.
func (s *Sink) Close() error {
	err := errors.Join(s.server.Close(), ignoreClosed(s.listener.Close()))
	<-s.done
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Received returns how many mails each address has got.
func (s *Sink) Received() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.received)
}

// Refused returns how many times each address was refused.
func (s *Sink) Refused() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.refused)
}

// rcpt decides whether an address fails this time.
func (s *Sink) rcpt(address string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.config.Faults[address]
	switch {
	case f.Permanent:
		s.refused[address]++
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	case s.refused[address] < f.Temporary:
		s.refused[address]++
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "mailbox is busy, try again later"}
	}
	return nil
}

// store keeps one mail for one address.
func (s *Sink) store(address string, mail []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.config.Dir != "" {
		if err := writeNext(filepath.Join(s.config.Dir, fileName(address)), mail); err != nil {
			return err
		}
	}
	s.received[address]++
	return nil
}

// writeNext writes the folder's next <n>.eml; what an earlier run left there stays.
func writeNext(dir string, mail []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for n := 1; ; n++ {
		f, err := os.OpenFile(filepath.Join(dir, strconv.Itoa(n)+".eml"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			return err
		}
		_, err = f.Write(mail)
		return errors.Join(err, f.Close())
	}
}

// sinkSession is one connection to a sink.
type sinkSession struct {
	sink *Sink
	to   []string
}

func (c *sinkSession) Reset()                               { c.to = nil }
func (c *sinkSession) Logout() error                        { return nil }
func (c *sinkSession) Mail(string, *smtp.MailOptions) error { c.to = nil; return nil }

func (c *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := c.sink.rcpt(to); err != nil {
		return err
	}
	c.to = append(c.to, to)
	return nil
}

func (c *sinkSession) Data(r io.Reader) error {
	var mail bytes.Buffer
	var into io.Writer = &mail
	if c.sink.config.Dir == "" {
		into = io.Discard
	}
	if _, err := io.Copy(into, r); err != nil {
		return err
	}
	for _, to := range c.to {
		if err := c.sink.store(to, mail.Bytes()); err != nil {
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "cannot store mail: " + err.Error()}
		}
	}
	return nil
}
