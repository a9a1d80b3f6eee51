package mail

import (
	"errors"
	"net"
	"time"
)

// command sends one line and reads its reply.
func (s *session) command(line string) (reply, error) {
	if err := s.write([]byte(line + "\r\n")); err != nil {
		return reply{}, err
	}
	return s.reply()
}

// write says commands when every one before is answered: a reply that is there already is to nothing.
func (s *session) write(b []byte) error {
	if s.r.Buffered() > 0 {
		return errUnasked
	}
	s.conn.SetWriteDeadline(time.Now().Add(s.limit.Command))
	_, err := s.conn.Write(b)
	return err
}

func (s *session) reply() (reply, error) { return s.replyWithin(s.limit.Command) }

func (s *session) replyWithin(d time.Duration) (reply, error) {
	s.conn.SetReadDeadline(time.Now().Add(d))
	return readReply(s.r)
}

// check asks a connection that was silent for long whether it is still there.
func (s *session) check(silent time.Duration) error {
	if silent < checkAfter {
		return nil
	}
	if err := s.write([]byte("NOOP\r\n")); err != nil {
		return err
	}
	rep, err := s.replyWithin(min(checkWithin, s.limit.Command))
	if err == nil && !rep.ok() {
		err = errors.New("the relay says " + rep.String())
	}
	return err
}

// send writes pieces without joining or copying them, each block under a deadline of its own, and returns how many
// octets the operating system has taken: what it has not taken, the relay cannot have.
func (s *session) send(pieces net.Buffers) (sent int, err error) {
	for len(pieces) > 0 {
		now, rest := cut(pieces, block)
		pieces = rest
		s.conn.SetWriteDeadline(time.Now().Add(s.limit.Block))
		n, err := now.WriteTo(s.conn)
		if sent += int(n); err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// cut splits what is at most n octets off the front.
func cut(pieces net.Buffers, n int) (now, rest net.Buffers) {
	for i, p := range pieces {
		if len(p) > n {
			rest = append(net.Buffers{p[n:]}, pieces[i+1:]...)
			return append(now, p[:n]), rest
		}
		now = append(now, p)
		n -= len(p)
	}
	return now, nil
}
