package mail

import (
	"errors"
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

var errClosed = errors.New("the relay was closed")

// enqueue lets a mail wait for a connection, or fails it at once where none can be had for now: whoever sends it
// knows better than a queue here when to come back.
func (r *Relay) enqueue(p *parcel) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		p.settle("", broken(StageConnect, errClosed))
		return
	}
	r.waiting = append(r.waiting, p)
	r.dispatch()
}

// dispatch gives what waits to idle connections and opens further ones. The caller holds mu.
func (r *Relay) dispatch() {
	for len(r.idle) > 0 {
		s := r.idle[len(r.idle)-1]
		p := r.take(s)
		if p == nil {
			return
		}
		r.idle = r.idle[:len(r.idle)-1]
		s.wake <- p
	}
	for r.opening+r.soon < len(r.waiting) && r.conns.free() && !r.closed && !r.now().Before(r.notUntil) {
		r.opening++
		r.conns.busy++
		go r.run()
	}
	if r.conns.busy == 0 {
		r.failWaiting()
	}
}

// failWaiting answers for a relay that cannot be had.
func (r *Relay) failWaiting() {
	for _, p := range r.waiting {
		fault := broken(StageConnect, errClosed)
		if !r.closed {
			*fault = *r.fault
		}
		p.settle("", fault)
	}
	r.waiting = nil
}

// take gives a connection the first mail that waits and whose domain has room. The caller holds mu.
func (r *Relay) take(s *session) *parcel {
	for i := 0; i < len(r.waiting); {
		p := r.waiting[i]
		d := r.domain(p)
		if !d.free() {
			i++
			continue
		}
		r.waiting = slices.Delete(r.waiting, i, i+1)
		if fault := s.tooLarge(p.msg.Len()); fault != nil {
			p.settle("", fault)
			continue
		}
		d.busy++
		p.over = s
		s.holds++
		r.expect(s, false)
		return p
	}
	return nil
}

// expect notes whether a connection will take a mail in a moment, so that none is opened for it. The caller holds mu.
func (r *Relay) expect(s *session, soon bool) {
	switch {
	case soon && !s.soon:
		r.soon++
	case !soon && s.soon:
		r.soon--
	}
	s.soon = soon
}

func (r *Relay) domain(p *parcel) *limit {
	d := r.domains[p.domain]
	if d == nil {
		made := newLimit(r.config.PerDomain)
		d = &made
		r.domains[p.domain] = d
	}
	return d
}

// run opens a connection and sends what waits over it, until it is of no further use.
func (r *Relay) run() {
	s, fault := open(r.ctx, r.config)
	r.opened(fault)
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
	}
	s.conn.Close()
	r.ended(s)
}

func (r *Relay) opened(fault *DeliveryError) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opening--
	if fault != nil {
		r.conns.busy--
		r.failed(fault)
		r.dispatch()
	}
}

// failed notes a connection that could not be had, or that carried nothing.
func (r *Relay) failed(fault *DeliveryError) {
	if fault.Code/100 == 4 {
		r.conns.overloaded(r.now())
	}
	r.failures++
	r.fault, r.notUntil = fault, r.now().Add(pause(r.failures))
}

func (r *Relay) ended(s *session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns.busy--
	r.expect(s, false)
	if s.fault != nil && !s.served {
		r.failed(broken(StageConnect, fmt.Errorf("the last connection carried no mail: %w", s.fault)))
	}
	r.dispatch()
}

// next waits for a mail; nil means that the connection is no longer wanted.
func (r *Relay) next(s *session) *parcel {
	p, parked := r.park(s)
	if !parked {
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

// park puts a connection among the idle ones if there is no mail for it and it is wanted.
func (r *Relay) park(s *session) (p *parcel, parked bool) {
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

// follow is the mail that waits to be sent close behind another; nil if there is none. A connection that is one too many
// gets no more.
func (r *Relay) follow(s *session) *parcel {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns.over() {
		return nil
	}
	return r.take(s)
}

// dropIdle ends the connections that nothing goes over. The caller holds mu.
func (r *Relay) dropIdle() {
	for _, s := range r.idle {
		s.wake <- nil
	}
	r.idle = nil
}
