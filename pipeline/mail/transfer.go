package mail

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// block is how much is written under one deadline, so that a large mail over a slow line has time
// and a dead relay does not hold a worker.
const block = 256 << 10

// deliver hands over one mail. It leaves in the session whether any content was sent (until then,
// trying again over another connection can repeat nothing) and whether the session is of further use.
func (s *session) deliver(ctx context.Context, from, to string, m Message) (reply, *DeliveryError) {
	s.started = false
	// A cancelled context closes the connection under whatever waits on it.
	stop := context.AfterFunc(ctx, func() { s.conn.Close() })
	rep, fault := s.transfer(from, to, m)
	if !stop() {
		s.dead = true
	}
	if fault != nil && fault.Err != nil && ctx.Err() != nil {
		fault.Err = fmt.Errorf("%w (%w)", ctx.Err(), fault.Err)
	}
	return rep, fault
}

func (s *session) transfer(from, to string, m Message) (reply, *DeliveryError) {
	if e := s.tooLarge(m.Len()); e != nil {
		return reply{}, e
	}
	if e := s.envelope(from, to, m.Len()); e != nil {
		return reply{}, e
	}
	s.started = true
	if err := s.content(m); err != nil {
		// Not all was accepted by the operating system, so the relay cannot have seen the dot.
		return reply{}, s.broke(StageData, err)
	}
	rep, err := s.replyWithin(s.limit.Dot)
	if err != nil || rep.code/100 == 3 { // no answer, or none that means anything here
		e := s.broke(StageDot, err)
		if err == nil {
			e.Err = errReply
		}
		e.InDoubt = true
		return reply{}, e
	}
	if !rep.ok() {
		return reply{}, s.refusal(StageDot, rep)
	}
	return rep, nil
}

// broke notes that the session is of no further use.
func (s *session) broke(at Stage, err error) *DeliveryError {
	s.dead = true
	return broken(at, err)
}

// refusal notes what a refusal leaves behind: a transaction to reset, or with 421 a connection that
// the relay closes (RFC 5321 §3.8).
func (s *session) refusal(at Stage, rep reply) *DeliveryError {
	s.dirty = true
	if rep.code == 421 {
		s.dead = true
	}
	return rep.refused(at)
}

// step is one command of the envelope and the reply that lets the next one follow.
type step struct {
	line  string
	stage Stage
	want  int // first digit of the reply
}

// envelope sends MAIL, RCPT and DATA and returns nil when the content may follow. After a refusal
// the next envelope begins with RSET.
func (s *session) envelope(from, to string, size int) *DeliveryError {
	mail := "MAIL FROM:<" + from + ">"
	if _, ok := s.ext["SIZE"]; ok {
		mail += " SIZE=" + strconv.Itoa(size)
	}
	steps := []step{{mail, StageMail, 2}, {"RCPT TO:<" + to + ">", StageRcpt, 2}, {"DATA", StageData, 3}}
	if s.dirty {
		steps = append([]step{{"RSET", StageMail, 2}}, steps...)
	}
	s.dirty = false
	if _, ok := s.ext["PIPELINING"]; ok {
		return s.together(steps)
	}
	for _, st := range steps {
		rep, err := s.command(st.line)
		if err != nil {
			return s.broke(st.stage, err)
		}
		if rep.code/100 != st.want {
			return s.refusal(st.stage, rep)
		}
	}
	return nil
}

// together sends all commands in one go (RFC 2920). Each is answered; the first refusal counts.
func (s *session) together(steps []step) *DeliveryError {
	var lines strings.Builder
	for _, st := range steps {
		lines.WriteString(st.line + "\r\n")
	}
	if err := s.write([]byte(lines.String())); err != nil {
		return s.broke(StageMail, err)
	}
	var refused *DeliveryError
	for _, st := range steps {
		rep, err := s.reply()
		switch {
		case err != nil && refused != nil:
			s.dead = true
			return refused
		case err != nil:
			return s.broke(st.stage, err)
		case refused != nil && rep.code == 354:
			s.dead = true // it would take content for nobody: send none
		case refused == nil && rep.code/100 != st.want:
			refused = s.refusal(st.stage, rep)
		}
		if s.dead {
			return refused
		}
	}
	return refused
}

// content writes the mail and the final dot, each block under a deadline of its own, without
// joining or copying its pieces.
func (s *session) content(m Message) error {
	pieces := net.Buffers{m.Head, m.Body, m.Foot, []byte(".\r\n")}
	for len(pieces) > 0 {
		now, rest := cut(pieces, block)
		pieces = rest
		s.conn.SetWriteDeadline(time.Now().Add(s.limit.Block))
		if _, err := now.WriteTo(s.conn); err != nil {
			return err
		}
	}
	return nil
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
