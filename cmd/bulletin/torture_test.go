package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The steps between plan and acknowledgement, as the wires see them.
var steps = []struct{ name, smtp, nats string }{
	{name: "planned", nats: `^bulletin\..*\.planned\.`},
	{name: "chunk", nats: `^delivery\.chunk\.`},
	{name: "attempted", nats: `^delivery\.attempted\.`},
	{name: "MAIL", smtp: `^MAIL$`},
	{name: "RCPT", smtp: `^RCPT$`},
	{name: "DATA", smtp: `^(DATA|BDAT|\.)$`},
	{name: "content", smtp: `^(content|\.)$`},
	{name: "dot", smtp: `^\.$`},
	{name: "receipt", nats: `^receipt\.`},
	{name: "settled", nats: `^delivery\.settled\.`},
	{name: "acknowledged", nats: `^\$JS\.ACK\.(DELIVERY|.*\.DELIVERY)\.`},
}

// A victim is what is killed at a step.
var victims = []struct {
	name string
	kill func(r *ring, m *member) // m is whose wire the step was seen on
	when string                   // in the suite: at these steps alone
}{
	{"the process", func(r *ring, m *member) { r.kill(m) }, "planned chunk attempted MAIL RCPT DATA content dot receipt settled acknowledged"},
	{"the NATS server", func(r *ring, m *member) {
		r.nodes[0].kill()
		r.mend()
		r.nodes[0].start()
	}, "attempted receipt settled"},
	{"the relay", func(r *ring, m *member) {
		r.relay.kill()
		r.mend()
		r.relay.start()
	}, "MAIL DATA dot"},
}

// mend takes the traps away. What was held ends; the other connections stay.
func (r *ring) mend() {
	for _, m := range r.members {
		for _, w := range m.wires() {
			w.release()
		}
	}
}

// TestTortureAtEachStep kills one deliver process of two (or the one with everything else), the NATS server, or the
// relay, at each step between plan and acknowledgement: just before the step is heard of, and just after, before it is
// known to have been.
func TestTortureAtEachStep(t *testing.T) {
	t.Parallel()
	for _, v := range victims {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			r := spread(t, 3, 1)
			for _, s := range steps {
				if *tortureFor == 0 && !slices.Contains(strings.Fields(v.when), s.name) {
					continue
				}
				for _, after := range []bool{false, true} {
					m := r.trap(s.smtp, s.nats, kindOfTrap{after: after})
					r.did("%s, after=%t: %s's wire; %s is killed", s.name, after, m.name, v.name)
					v.kill(r, m)
					r.faults++
				}
			}
			r.holds()
		})
	}
}

// trap releases a bulletin, waits until somebody comes to the step, and says who.
func (r *ring) trap(smtp, nats string, kind kindOfTrap) *member {
	r.Helper()
	traps := map[*trap]*member{}
	for _, m := range r.members {
		t := newTrap(nats+smtp, kind)
		traps[t] = m
		if smtp != "" {
			m.smtp.arm(t)
			continue
		}
		for _, w := range m.nats {
			w.arm(t)
		}
	}
	r.release()
	var sprung *member
	r.until("somebody comes to "+nats+smtp, func() error {
		for t, m := range traps {
			select {
			case <-t.sprung:
				sprung = m
				return nil
			default:
			}
		}
		return fmt.Errorf("nobody has")
	})
	return sprung
}

// TestTortureOfTheLate has a deliver process whose way to NATS is a black hole when its mails are sent and their receipts
// are not stored. Another takes its chunk, and puts an attempt on record; while that is under way, everything of the
// first arrives. The ledger must not forget the second attempt.
func TestTortureOfTheLate(t *testing.T) {
	t.Parallel()
	r := spread(t, 1, 1)
	r.behave(conduct{Slow: time.Second})
	m := r.trap("", `^receipt\.`, kindOfTrap{late: true})
	r.faults++
	for _, other := range r.members { // it is there to take over
		if other != m {
			for _, w := range other.nats {
				w.arm(nil)
				w.set(wireOpen)
			}
		}
	}
	before := len(r.seen(`^delivery\.attempted\.`))
	r.until("another has taken over", func() error {
		if len(r.seen(`^delivery\.attempted\.`)) == before {
			return errors.New("nobody has")
		}
		return nil
	})
	r.did("another has taken over from %s", m.name)
	for _, w := range m.nats {
		w.set(wireOpen)
	}
	r.holds()
}

// seen are the subjects that deliver processes have published so far.
func (r *ring) seen(what string) (all []string) {
	is := regexp.MustCompile(what)
	for _, m := range r.deliverers() {
		for _, w := range m.nats {
			for _, name := range w.published() {
				if is.MatchString(name) {
					all = append(all, name)
				}
			}
		}
	}
	return all
}

// TestTortureOfALargeMail has mails that are more than what fits into buffers on the way, with DATA and with CHUNKING, which
// stop anywhere in their content: then they are cut off, or the process is killed, or the relay.
func TestTortureOfALargeMail(t *testing.T) {
	t.Parallel()
	r := oneProcess(t, 3)
	r.attached = make([]byte, 300_000)
	for i := range r.attached {
		r.attached[i] = byte(r.random.Uint32())
	}
	m := r.members[0]
	for _, chunking := range []bool{false, true} {
		r.behave(conduct{Chunking: chunking})
		for _, f := range []fault{
			{"the relay is cut off", func(r *ring) { m.smtp.set(wireCut) }},
			{"the process is killed", func(r *ring) { r.kill(m) }},
			{"the relay is killed", func(r *ring) { r.relay.kill(); r.relay.start() }},
		} {
			octets := 10_000 + r.random.IntN(380_000)
			r.did("CHUNKING %t, %s after %d octets", chunking, f.name, octets)
			r.faults++
			m.smtp.spoilAfter(octets, wireStalled)
			r.release()
			r.until("a mail is under way", func() error {
				if !m.smtp.is(wireStalled) {
					return errors.New("it is not")
				}
				return nil
			})
			f.do(r)
			m.smtp.set(wireOpen)
		}
	}
	r.holds()
	for _, line := range readBook(t, r.book) {
		if line.Queued != "" && line.Size < len(r.attached) {
			t.Errorf("not a large mail: %+v", line)
		}
	}
}

// TestTortureByTheRelay has relays that misbehave, one after another.
func TestTortureByTheRelay(t *testing.T) {
	t.Parallel()
	r := oneProcess(t, 10)
	for _, row := range []struct {
		name string
		conduct
	}{
		{"answers slowly", conduct{Slow: 100 * time.Millisecond}},
		{"answers 250 and dies", conduct{Die: 3}},
		{"says 421 now and then", conduct{Busy: 3}},
		{"drops in DATA", conduct{DropInData: 3}},
		{"drops at the dot, the mail thrown away", conduct{DropAtDot: 3}},
		{"drops at the dot, the mail accepted", conduct{DropAfter: 3}},
		{"greylists", conduct{Greylist: true}},
		{"refuses one in ten", conduct{RefuseTenth: true}},
		{"all of it, with CHUNKING", conduct{Chunking: true, Slow: time.Millisecond, Busy: 7, DropInData: 5, DropAtDot: 11, DropAfter: 13, Greylist: true, RefuseTenth: true}},
	} {
		r.did("a relay that %s", row.name)
		r.behave(row.conduct)
		stop := r.relay.revive(r.conducted(conduct{}))
		r.release()
		r.delivered()
		stop()
	}
	r.holds()
}
