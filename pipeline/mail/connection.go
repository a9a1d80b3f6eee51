package mail

import (
	"fmt"
	"slices"
	"time"
)

// checkAfter is how long a connection may have been silent until it is asked before it is used: longer, and the relay
// or a firewall may have forgotten it. checkWithin is how long it may take to answer then.
const (
	checkAfter  = 5 * time.Second
	checkWithin = 10 * time.Second
)

// run opens a connection and sends what waits over it, until it is of no further use. failures is how many had failed
// when it was begun.
func (r *Relay) run(failures int) {
	s, fault := open(r.ctx, r.config)
	r.opened(s, fault, failures)
	if fault != nil {
		return
	}
	for s.heard = r.now(); !s.dead; s.heard = r.now() {
		p := r.next(s)
		if p == nil {
			s.close()
			break
		}
		if err := s.check(r.now().Sub(s.heard)); err != nil {
			r.putBack(p, s.broke(StageMail, err))
			break
		}
		if s.chunking {
			s.sendChunks(p, r)
		} else {
			s.sendData(p, r)
		}
		s.dead = s.dead || s.r.Buffered() > 0 // more than it was asked: its next reply would be taken for that to another command
	}
	s.conn.Close()
	r.ended(s)
}

func (r *Relay) opened(s *session, fault *DeliveryError, failures int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opening--
	if fault != nil {
		r.conns.busy--
		r.failed(fault, failures)
		r.dispatch()
		return
	}
	s.chunking, s.failures = s.chunking && !r.outOfStep, failures
}

// failed notes a connection that could not be had, that carried nothing, or over which the desk was refused, and how many
// had failed when it was begun: those that were begun together fail for one cause, and count once. While others serve
// the relay is not down: that one was too many.
func (r *Relay) failed(fault *DeliveryError, failures int) {
	now, tooMany := r.now(), r.serving > 0 && !fault.OfDesk()
	if fault.Code/100 == 4 || tooMany {
		r.conns.overloaded(now)
	}
	r.fault = fault
	switch {
	case tooMany:
		r.notUntil = now.Add(pause(1))
	case failures == r.failures:
		r.failures++
		r.notUntil = now.Add(pause(r.failures))
	}
}

func (r *Relay) ended(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns.busy--
	r.expect(s, false)
	if s.served {
		r.serving--
	} else if s.fault != nil {
		r.failed(broken(StageConnect, fmt.Errorf("the last connection carried no mail: %w", s.fault)), s.failures)
	}
	r.dispatch()
}

// next waits for a mail; nil means that the connection is no longer wanted.
func (r *Relay) next(s *session) *parcel {
	p, resting := r.rest(s)
	if !resting {
		return p
	}
	patience := time.NewTimer(r.config.Deadlines.Idle)
	defer patience.Stop()
	select {
	case p := <-s.wake:
		return p
	case <-patience.C:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.idle, s); i >= 0 {
		r.idle = slices.Delete(r.idle, i, i+1)
		return nil
	}
	return <-s.wake // it was given a mail in this moment
}

// rest puts a connection among the idle ones if there is no mail for it and it is wanted.
func (r *Relay) rest(s *session) (p *parcel, resting bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns.over() {
		return nil, false
	}
	if p := r.take(s); p != nil || r.closed {
		return p, false
	}
	r.expect(s, false)
	r.idle = append(r.idle, s)
	return nil, true
}
