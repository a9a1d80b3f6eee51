package mail

import (
	"fmt"
	"net"
	"strconv"
)

// maxFlight is how many mails are under way at once over a connection to a relay that offers CHUNKING. All of them are
// in doubt when the connection breaks, so it is small; what it saves is there from the second on.
const maxFlight = 4

// flight is a mail whose content is on its way, and what is to be answered of it.
type flight struct {
	p     *parcel
	steps []step         // the last is BDAT
	fault *DeliveryError // it was not handed over whole
}

// chunk is the command before the content: no octet of which is looked at, by either side (RFC 3030 §2).
func chunk(m Message) step {
	return step{"BDAT " + strconv.Itoa(m.Len()) + " LAST", StageDot, 2}
}

// sendChunks sends a mail by BDAT, and envelope and content of those that wait right behind it, all in one go, so that
// each costs a part of a round trip. The first goes over a connection that stood idle, and may be gone: its envelope is
// answered before its content follows, so that nothing is in doubt. The replies to some mails are little, so neither side
// waits for the other to read them (RFC 2920 §3.1).
func (s *session) sendChunks(p *parcel, r *Relay) {
	steps := s.envelope(p, s.dirty, chunk(p.msg))
	last := len(steps) - 1
	if err := s.write(appendLines(nil, steps[:last])); err != nil {
		r.refuse(s, p, s.broke(StageMail, err))
		return
	}
	if fault := s.agree(steps[:last]); fault != nil {
		r.refuse(s, p, fault)
		return
	}
	under := []flight{s.launch(p, steps[last:])}
	for len(under) > 0 {
		for !s.dead && len(under) < maxFlight {
			next := r.follow(s)
			if next == nil {
				break
			}
			under = append(under, s.launch(next, s.envelope(next, true, chunk(next.msg))))
		}
		s.land(under[0], r)
		under = under[1:]
	}
}

// launch writes what is left of a mail's commands, and its content.
func (s *session) launch(p *parcel, steps []step) flight {
	commands := appendLines(nil, steps)
	sent, err := s.send(net.Buffers{commands, p.msg.Head, p.msg.Body, p.msg.Foot})
	f := flight{p: p, steps: steps}
	if err != nil {
		s.dead = true
		switch {
		case sent <= len(commands):
			f.fault = broken(StageMail, err)
		case sent < len(commands)+p.msg.Len():
			f.fault = broken(StageData, err)
		}
	}
	return f
}

// land tells what became of a mail, when it is its turn to be answered.
func (s *session) land(f flight, r *Relay) {
	switch {
	case f.fault == nil:
		answer, fault := s.answered(f.steps)
		r.settle(s, f.p, answer, fault)
	case f.fault.Stage == StageMail: // none of its content
		r.refuse(s, f.p, f.fault)
	default:
		r.settle(s, f.p, "", f.fault)
	}
}

// answered reads what a relay says to a mail that it has whole. A refusal of sender or recipient counts, whatever it
// says to the content, which it has to throw away (RFC 3030 §2).
func (s *session) answered(steps []step) (string, *DeliveryError) {
	var refused *DeliveryError
	for _, st := range steps {
		rep, err := s.hear(st)
		switch {
		case err != nil && refused != nil:
			s.broke(st.stage, err)
			return "", refused
		case err != nil:
			return "", s.doubt(err)
		case rep.code/100 != st.want && refused == nil:
			refused = s.refusal(st.stage, rep)
		}
		if st.stage == StageDot && refused == nil {
			if s.contradicted() {
				s.deaf = true
				return "", s.doubt(errUnasked)
			}
			return rep.String(), nil
		}
	}
	return "", refused
}

// hear reads the reply to one step of a mail in flight. One that means nothing there shows that the relay and this
// client no longer speak of the same command: RSET is not refused (RFC 5321 §4.1.1.5), and of a relay that said so before, a
// yes to MAIL and RCPT speaks of an address (2.1.z, RFC 3463 §3.2), and none to BDAT does; one to RSET may (Gmail's). Of a
// relay without such codes one yes is like another: that there is one too many shows by its next refusal alone.
func (s *session) hear(st step) (reply, error) {
	if s.deaf {
		return reply{}, errCut
	}
	within := s.limit.Command
	if st.stage == StageDot {
		within = s.limit.Dot
	}
	if s.dead {
		within = min(within, lastWords)
	}
	rep, err := s.replyWithin(within)
	switch {
	case err != nil:
	case rep.code/100 == 3 || st.line == rset && !rep.ok():
		err = fmt.Errorf("%w: %s to %s", errReply, rep, st.stage)
	case s.marks && rep.ok() && st.line != rset && rep.ofAddress() != (st.stage != StageDot):
		err = fmt.Errorf("%w: %s to %s", errUnasked, rep, st.stage)
	}
	s.deaf = err != nil
	return rep, err
}
