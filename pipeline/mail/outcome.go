package mail

import (
	"errors"
	"slices"
	"time"
)

// settle tells a mail's sender what became of it, and heeds what that says of the pace.
func (r *Relay) settle(s *session, p *parcel, answer string, fault *DeliveryError) {
	r.mu.Lock()
	r.heed(s, r.domains[p.domain], fault)
	r.leave(p)
	r.dispatch()
	r.mu.Unlock()
	p.settle(answer, fault)
}

// heed adapts the pace to an outcome. The caller holds mu.
func (r *Relay) heed(s *session, domain *limit, fault *DeliveryError) {
	switch {
	case fault == nil:
		r.conns.succeeded()
		domain.succeeded()
	case fault.ofLoad() && fault.Stage == StageMail:
		r.conns.overloaded(r.now())
	case fault.ofLoad() || fault.OfDesk() && !fault.closesDoor():
		domain.overloaded(r.now())
		if fault.Code == 421 {
			r.conns.overloaded(r.now())
		}
	}
	if fault != nil && errors.Is(fault, errUnasked) {
		r.outOfStep = true
	}
	if fault != nil && fault.closesDoor() {
		last := *fault
		r.failed(&last, s.failures)
		r.dropIdle() // they lead to the same door
		return
	}
	if fault == nil || fault.Code != 0 && fault.Code != 421 {
		if !s.served { // one that was tried after failures may be it: the others need not wait for the pause
			r.notUntil = time.Time{}
			r.serving++
		}
		s.served, r.failures = true, 0
	} else {
		last := *fault // the sender may add to their own
		s.fault = &last
	}
}

// leave ends what a mail takes of its connection and of its domain's limit. The caller holds mu.
func (r *Relay) leave(p *parcel) {
	p.over.holds--
	r.expect(p.over, p.over.holds == 0 && !p.over.dead)
	d := r.domains[p.domain]
	if d.busy--; d.untouched() {
		delete(r.domains, p.domain)
	}
}

// refuse ends a mail of which no content was sent. A relay closes what stood idle, and a mail close behind another
// shares its fate: where the connection went away under it, it is tried once more over another, and is neither lost nor
// reported as refused.
func (r *Relay) refuse(s *session, p *parcel, fault *DeliveryError) {
	gone := s.dead && (fault.Code == 0 || fault.Code == 421)
	if !gone || p.again || !s.served {
		r.settle(s, p, "", fault)
		return
	}
	p.again = true
	r.mu.Lock()
	r.dropIdle() // whatever ended this connection has most likely ended those too
	r.mu.Unlock()
	r.putBack(p, fault)
}

// putBack lets a mail wait again, before all others, unless nobody waits for it any more.
func (r *Relay) putBack(p *parcel, fault *DeliveryError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leave(p)
	p.over = nil
	if p.ctx.Err() != nil || r.closed {
		p.settle("", fault)
		return
	}
	r.waiting = append([]*parcel{p}, r.waiting...)
	r.dispatch()
}

// abandon ends a mail whose sender waits no longer.
func (r *Relay) abandon(p *parcel) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if i := slices.Index(r.waiting, p); i >= 0 {
		r.waiting = slices.Delete(r.waiting, i, i+1)
		p.settle("", broken(StageConnect, p.ctx.Err()))
	} else if p.over != nil {
		p.over.conn.Close() // what goes over it is judged by how far it had come
	}
}
