package mail

import (
	"errors"
	"slices"
	"time"
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
		if r.failures > 0 { // one at a time shows as well whether the relay is there again
			r.notUntil = r.now().Add(pause(r.failures))
		}
		r.opening++
		r.conns.busy++
		go r.run(r.failures)
	}
	switch {
	case r.conns.busy > 0 || len(r.waiting) == 0:
	case r.failures > 0 || r.closed:
		r.failWaiting()
	default: // the relay serves, but not so many at once
		time.AfterFunc(r.notUntil.Sub(r.now()), func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.dispatch()
		})
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
