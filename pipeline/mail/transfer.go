package mail

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// block is how much is written under one deadline, so that a large mail over a slow line has time
// and a dead relay does not hold a worker.
const block = 256 << 10

// errCut is of a mail that followed another closely, over a connection that ended with the other.
var errCut = errors.New("the connection ended before it")

// errUnasked is of a connection over which replies no longer belong to what was said last: an answer is there that
// nothing was asked for, or one that can't be to what was asked. No mail that is not answered by then is sent on its word.
//
// Replies have no names, so this shows in three ways alone. After DATA nothing but 354 lets the content follow, and nothing
// else may be there then. What is there when nothing is to be answered is too much. And where content follows without a
// word, some relays' replies say what they are to (hear); any that was seen to be out of step gets DATA from then on. What
// stays hidden is a positive reply that is made up between DATA or BDAT and the end of the content, and comes before the
// true one: it is no different from that.
var errUnasked = errors.New("the relay answers more than it was asked")

// lastWords is how long a connection that is of no further use is listened to: what was handed over
// and is answered is not in doubt.
const lastWords = 5 * time.Second

// step is one command of a mail and the reply that lets the next one count.
type step struct {
	line  string
	stage Stage
	want  int // first digit of the reply
}

// envelope is what goes before a mail's content; last is DATA or BDAT. RSET stands before it where the relay may still
// be in another mail's transaction: after a refusal, and wherever the mail ahead is not answered yet (RFC 2920 §3.1
// places RSET and MAIL right behind the content), so that no recipient is ever added to another's mail.
func (s *session) envelope(p *parcel, reset bool, last step) []step {
	mail := "MAIL FROM:<" + p.from + ">"
	if _, ok := s.ext["SIZE"]; ok {
		mail += " SIZE=" + strconv.Itoa(p.msg.Len())
	}
	steps := make([]step, 0, 4)
	if reset {
		steps = append(steps, step{rset, StageMail, 2})
	}
	s.dirty = false
	return append(steps, step{mail, StageMail, 2}, step{"RCPT TO:<" + p.to + ">", StageRcpt, 2}, last)
}

// appendLines appends what the steps say, a line each.
func appendLines(b []byte, steps []step) []byte {
	for _, st := range steps {
		b = append(append(b, st.line...), "\r\n"...)
	}
	return b
}

const rset = "RSET"

var data = step{"DATA", StageData, 3}

// sendData sends a mail by DATA, and right behind its final dot, in the same write, the envelope of the next that waits;
// and so on while one follows the other, each for one round trip. Content follows only on the relay's word.
func (s *session) sendData(p *parcel, r *Relay) {
	steps := s.envelope(p, s.dirty, data)
	var err error
	if s.pipelining {
		err = s.write(appendLines(nil, steps))
	}
	if err != nil {
		r.refuse(s, p, s.broke(StageMail, err))
		return
	}
	for p != nil {
		if fault := s.agree(steps); fault != nil {
			r.refuse(s, p, fault)
			return
		}
		p, steps = s.content(p, r)
	}
}

// agree is nil when the content may follow. What was sent in one go (RFC 2920) is answered step by step; the first
// refusal counts. RSET is not refused (RFC 5321 §4.1.1.5): where it is, nothing is known of the transaction, and that
// says nothing of this mail.
func (s *session) agree(steps []step) *DeliveryError {
	var refused *DeliveryError
	for _, st := range steps {
		rep, err := s.ask(st)
		switch {
		case err != nil && refused != nil:
			s.dead = true
			return refused
		case err != nil:
			return s.broke(st.stage, err)
		case st.line == rset && rep.code != 421 && !rep.ok():
			return s.broke(st.stage, fmt.Errorf("%w: %s to RSET", errReply, rep))
		case refused != nil && rep.code == 354:
			s.dead = true // it would take content for nobody: send none
		case refused == nil && rep.code/100 != st.want:
			refused = s.refusal(st.stage, rep)
		case st.stage == StageMail && st.line != rset:
			s.marks = rep.ofAddress()
		case st.stage == StageRcpt:
			s.marks = s.marks && rep.ofAddress()
		}
		if s.dead || refused != nil && !s.pipelining {
			return refused
		}
	}
	if refused == nil && s.r.Buffered() > 0 {
		return s.broke(StageData, errUnasked)
	}
	return refused
}

// ask reads the reply to a step, which is said only now to a relay that wants one command at a time.
func (s *session) ask(st step) (reply, error) {
	if s.pipelining {
		return s.reply()
	}
	return s.command(st.line)
}

// content sends a mail, and with it the envelope of the mail that it returns, if one waits.
func (s *session) content(p *parcel, r *Relay) (next *parcel, steps []step) {
	tail := []byte(".\r\n")
	if s.pipelining {
		next = r.follow(s)
	}
	if next != nil {
		steps = s.envelope(next, true, data)
		tail = appendLines(tail, steps)
	}
	sent, err := s.send(net.Buffers{p.msg.Head, p.msg.Body, p.msg.Foot, tail})
	var answer string
	var fault *DeliveryError
	if err != nil {
		fault = s.broke(StageData, err)
	}
	if sent >= p.msg.Len()+len(".\r\n") {
		answer, fault = s.verdict()
	}
	r.settle(s, p, answer, fault)
	if s.dead && next != nil {
		r.refuse(s, next, broken(StageMail, errCut))
		return nil, nil
	}
	return next, steps
}

// verdict reads the reply to a mail that the operating system has taken whole, final dot included.
func (s *session) verdict() (string, *DeliveryError) {
	rep, err := s.replyWithin(s.limit.Dot)
	if err != nil || rep.code/100 == 3 { // no answer, or none that means anything here
		return "", s.doubt(err)
	}
	if !rep.ok() {
		return "", s.refusal(StageDot, rep)
	}
	if s.contradicted() {
		return "", s.doubt(errUnasked)
	}
	return rep.String(), nil
}

// contradicted looks, as far as is there already, at what the relay says behind its yes to a mail. It was asked nothing, or
// RSET, which is not refused (RFC 5321 §4.1.1.5): a refusal is the true answer, and the yes was to something else. Not so
// 421, which may come unasked (§3.8), and x0z, which is of a command's syntax (§4.2.1).
func (s *session) contradicted() bool {
	b, _ := s.r.Peek(min(s.r.Buffered(), 3))
	return len(b) == 3 && b[0] != '2' && b[1] != '0' && string(b) != "421"
}

// doubt is for a mail that was handed over whole and not answered.
func (s *session) doubt(err error) *DeliveryError {
	if err == nil {
		err = errReply
	}
	e := s.broke(StageDot, err)
	e.InDoubt = true
	return e
}

// broke notes that the session is of no further use.
func (s *session) broke(at Stage, err error) *DeliveryError {
	s.dead = true
	return broken(at, err)
}

// refusal notes what a refusal leaves behind: a transaction to reset; with 421 a connection that the relay closes
// (RFC 5321 §3.8); where the desk is refused, one that carries nothing; or, where it is none but says yes to something
// else, a relay that speaks of another command.
func (s *session) refusal(at Stage, rep reply) *DeliveryError {
	e := rep.refused(at)
	s.dirty = true
	if rep.code == 421 || rep.code < 400 || e.closesDoor() {
		s.dead = true
	}
	return e
}
