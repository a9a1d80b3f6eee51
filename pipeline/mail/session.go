package mail

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// session is one SMTP connection, used by one goroutine at a time.
type session struct {
	conn  net.Conn
	r     *bufio.Reader
	limit Deadlines
	ext   map[string]string // what EHLO offered: keyword → parameters, in capitals

	failures   int  // of the relay in a row, when it was begun
	marks      bool // its replies say whether they are of an address (RFC 3463)
	pipelining bool // commands may go together (RFC 2920)
	chunking   bool // and content with them (RFC 3030)

	wake   chan *parcel   // the next mail, while idle; nil to end
	holds  int            // mails that it has; guarded by Relay.mu
	soon   bool           // it will take a mail in a moment; guarded by Relay.mu
	heard  time.Time      // when it was last of use
	dirty  bool           // a refused transaction is to be reset
	dead   bool           // of no further use
	deaf   bool           // nothing that it says is to be believed
	served bool           // a mail was answered, with whatever
	fault  *DeliveryError // of the last mail that was not
}

// sendBuffer is how much the operating system is asked to take at a time: a whole mail of ordinary size, so that its
// sender does not wait for each piece of it to be read. What it has taken and the relay did not answer is in doubt, as
// ever.
const sendBuffer = 512 << 10

// open dials the relay and brings the session to where MAIL may follow.
func open(ctx context.Context, c RelayConfig) (*session, *DeliveryError) {
	dialer := net.Dialer{Timeout: c.Deadlines.Connect}
	conn, err := dialer.DialContext(ctx, "tcp", c.Addr)
	if err != nil {
		return nil, broken(StageConnect, err)
	}
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetWriteBuffer(sendBuffer) // without it the mail goes in several pieces, which costs and harms nothing else
	}
	s := &session{conn: conn, limit: c.Deadlines, wake: make(chan *parcel, 1)}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if e := s.prepare(c); e != nil {
		conn.Close()
		return nil, e
	}
	return s, nil
}

func (s *session) prepare(c RelayConfig) *DeliveryError {
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return broken(StageConnect, err)
	}
	secure := false
	if port == "465" { // TLS from the first byte (RFC 8314 §3.3)
		if e := s.handshake(c.TLS, host); e != nil {
			return e
		}
		secure = true
	}
	s.r = bufio.NewReaderSize(s.conn, maxReplyLine)
	if rep, err := s.reply(); err != nil {
		return broken(StageConnect, err)
	} else if rep.code != 220 {
		return rep.refused(StageConnect)
	}
	if e := s.hello(c.Hello); e != nil {
		return e
	}
	if !secure && (c.TLS != nil || !isLoopback(s.conn)) {
		if e := s.startTLS(c, host); e != nil {
			return e
		}
		secure = true
	}
	if c.User == "" {
		return nil
	}
	if !secure {
		return broken(StageAuth, errors.New("will not send a password without TLS; set TLS for the relay"))
	}
	return s.auth(c.User, c.Pass)
}

// isLoopback looks at where the connection leads, not at the name that was dialled.
func isLoopback(c net.Conn) bool {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// hello sends EHLO, or HELO to a relay that knows no better (RFC 5321 §3.2).
func (s *session) hello(name string) *DeliveryError {
	rep, err := s.command("EHLO " + name)
	if err == nil && rep.code/100 == 5 {
		rep, err = s.command("HELO " + name)
	}
	if err != nil {
		return broken(StageConnect, err)
	}
	if rep.code != 250 {
		return rep.refused(StageConnect)
	}
	s.ext = map[string]string{}
	for _, line := range rep.lines[1:] {
		keyword, parameters, _ := strings.Cut(strings.ToUpper(line), " ")
		s.ext[keyword] = parameters
	}
	_, s.pipelining = s.ext["PIPELINING"]
	_, s.chunking = s.ext["CHUNKING"]
	s.chunking = s.chunking && s.pipelining
	return nil
}

// startTLS secures the session or fails: a relay, or somebody on the way, that does not offer
// STARTTLS gets no mail.
func (s *session) startTLS(c RelayConfig, host string) *DeliveryError {
	if _, ok := s.ext["STARTTLS"]; !ok {
		return broken(StageTLS, errors.New("the relay does not offer STARTTLS, which is required except to loopback"))
	}
	rep, err := s.command("STARTTLS")
	if err != nil {
		return broken(StageTLS, err)
	}
	if rep.code != 220 {
		return rep.refused(StageTLS)
	}
	if s.r.Buffered() > 0 { // said in clear, to be believed as if said under TLS
		return broken(StageTLS, errors.New("the relay said more before TLS began"))
	}
	if e := s.handshake(c.TLS, host); e != nil {
		return e
	}
	s.r = bufio.NewReaderSize(s.conn, maxReplyLine)
	return s.hello(c.Hello) // what was offered in clear does not count (RFC 3207 §4.2)
}

func (s *session) handshake(config *tls.Config, host string) *DeliveryError {
	if config == nil {
		config = &tls.Config{}
	}
	config = config.Clone()
	if config.ServerName == "" {
		config.ServerName = host
	}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	secured := tls.Client(s.conn, config)
	s.conn.SetDeadline(time.Now().Add(s.limit.Connect))
	if err := secured.Handshake(); err != nil {
		return broken(StageTLS, err)
	}
	s.conn.SetDeadline(time.Time{})
	s.conn = secured
	return nil
}

// auth sends AUTH PLAIN (RFC 4616).
func (s *session) auth(user, pass string) *DeliveryError {
	if !strings.Contains(" "+s.ext["AUTH"]+" ", " PLAIN ") {
		return broken(StageAuth, errors.New("the relay does not offer AUTH PLAIN"))
	}
	rep, err := s.command("AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+pass)))
	if err != nil {
		return broken(StageAuth, err)
	}
	if rep.code != 235 {
		return rep.refused(StageAuth)
	}
	return nil
}

// tooLarge compares with the size that the relay announced (RFC 1870).
func (s *session) tooLarge(size int) *DeliveryError {
	most, err := strconv.ParseInt(s.ext["SIZE"], 10, 64)
	if err != nil || most == 0 || int64(size) <= most {
		return nil
	}
	line := fmt.Sprintf("552 5.3.4 message of %d octets is larger than the %d that the relay announces", size, most)
	return &DeliveryError{Stage: StageMail, Code: 552, Enhanced: "5.3.4", Line: line}
}

// close says goodbye without waiting for the answer.
func (s *session) close() {
	s.conn.SetWriteDeadline(time.Now().Add(time.Second))
	s.conn.Write([]byte("QUIT\r\n"))
	s.conn.Close()
}
