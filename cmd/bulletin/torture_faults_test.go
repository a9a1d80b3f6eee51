package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// longerThanAckWait bounds how long a process must be away until another one takes the chunks that it has in hand.
const longerThanAckWait = 12 * time.Second

// A fault comes while mails are under way, and is over when do returns.
type fault struct {
	name string
	do   func(r *ring)
}

var faults = []fault{
	{name: "kill -9 of a deliver process", do: func(r *ring) { r.kill(r.deliverer()) }},
	{name: "kill -9 of all the rest", do: func(r *ring) { r.kill(r.members[0]) }},
	{name: "kill -9 of the NATS server", do: func(r *ring) { r.nodes[0].kill(); r.mend(); r.nodes[0].start() }},
	{name: "kill -9 of the relay", do: func(r *ring) { r.relay.kill(); r.some(300 * time.Millisecond); r.relay.start() }},
	{name: "the relay is cut off", do: onRelay(func(r *ring, w *wire) { w.set(wireCut); r.some(time.Second) })},
	{name: "the relay is a black hole", do: onRelay(func(r *ring, w *wire) { w.set(wireStalled); r.wait(5 * time.Second) })},
	{name: "the relay's connections are reset", do: onRelay(func(r *ring, w *wire) { w.reset() })},
	{name: "the relay is slow to reach", do: onRelay(func(r *ring, w *wire) { w.slow(20 * time.Millisecond); r.some(time.Second) })},
	{name: "the relay is cut off in the middle of a mail", do: onRelay(func(r *ring, w *wire) { w.spoilAfter(r.random.IntN(100_000), wireCut); r.some(time.Second) })},
	{name: "NATS is cut off", do: onNATS(func(r *ring, w *wire) { w.set(wireCut); r.some(3 * time.Second) })},
	{name: "NATS is a black hole", do: onNATS(func(r *ring, w *wire) { w.set(wireStalled); r.some(3 * time.Second) })},
	{name: "NATS's connections are reset", do: onNATS(func(r *ring, w *wire) { w.reset() })},
	{name: "NATS is slow to reach", do: onNATS(func(r *ring, w *wire) { w.slow(20 * time.Millisecond); r.some(time.Second) })},
	{name: "NATS is cut off until another has taken over", do: onNATS(func(r *ring, w *wire) { w.set(wireCut); r.takenOver() })},
	{name: "a deliver process is frozen until another has taken over", do: func(r *ring) {
		m := r.deliverer()
		_ = m.command.Process.Signal(syscall.SIGSTOP)
		r.takenOver()
		_ = m.command.Process.Signal(syscall.SIGCONT)
	}},
	{name: "NATS is cut off from all the rest", do: func(r *ring) {
		for _, w := range r.members[0].nats {
			w.set(wireCut)
			r.some(3 * time.Second)
			w.set(wireOpen)
		}
	}},
}

// onRelay spoils the way of one deliver process to the relay, and mends it.
func onRelay(spoil func(r *ring, w *wire)) func(*ring) {
	return func(r *ring) {
		w := r.deliverer().smtp
		spoil(r, w)
		w.set(wireOpen)
	}
}

// onNATS spoils one deliver process's ways to the NATS servers, one after another, and mends them.
func onNATS(spoil func(r *ring, w *wire)) func(*ring) {
	return func(r *ring) {
		for _, w := range r.deliverer().nats {
			spoil(r, w)
			w.set(wireOpen)
		}
	}
}

// deliverer draws a process that delivers.
func (r *ring) deliverer() *member {
	all := r.deliverers()
	return all[r.random.IntN(len(all))]
}

// takenOver waits until another process has sent a mail again that the one that is away had in hand: if that one had
// any, it goes on while the other is at it.
func (r *ring) takenOver() {
	r.Helper()
	before, end := r.repeats(), time.Now().Add(longerThanAckWait)
	r.until("another takes over", func() error {
		if r.repeats() == before && time.Now().Before(end) {
			return errors.New("nobody does")
		}
		return nil
	})
}

// repeats are how many mails the relay has had before.
func (r *ring) repeats() (n int) {
	seen := map[bookLine]bool{}
	for _, t := range readBook(r, r.book) {
		if t.Queued == "" {
			continue
		}
		t.Queued = ""
		if seen[t] {
			n++
		}
		seen[t] = true
	}
	return n
}

// slowly is how a relay takes mail so that a fault comes while it does.
var slowly = conduct{Slow: 100 * time.Millisecond}

// some waits for a random while, wait for a certain one: how long a fault lasts.
func (r *ring) some(most time.Duration) { r.wait(time.Duration(r.random.Int64N(int64(most)))) }
func (r *ring) wait(d time.Duration)    { <-time.NewTimer(d).C }

// strike has mails under way, and then the fault: most times after the first of them, else when they are not yet.
func (r *ring) strike(f fault) {
	r.Helper()
	r.supervise()
	before := accepted(readBook(r, r.book))
	r.release()
	if r.random.IntN(4) > 0 {
		r.until("the first mail", func() error {
			if accepted(readBook(r, r.book)) == before {
				return errors.New("there is none")
			}
			return nil
		})
	}
	r.some(300 * time.Millisecond)
	r.did("%s", f.name)
	r.faults++
	f.do(r)
}

// TestTortureAtRandom has each fault once, at a random instant, and with -torture.for more of them for so long: in two
// pipelines side by side, since most of it is waiting.
func TestTortureAtRandom(t *testing.T) {
	t.Parallel()
	for half, name := range []string{"one half", "the other"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := spread(t, 4, 1)
			r.behave(slowly)
			for i, f := range r.drawn() { // both draw from one seed, so in the same order
				if i%2 == half {
					r.strike(f)
				}
			}
			for end := time.Now().Add(*tortureFor); time.Now().Before(end); {
				all := r.drawn()
				r.strike(all[half])
			}
			r.holds()
		})
	}
}

// drawn are the faults in a random order.
func (r *ring) drawn() []fault {
	all := slices.Clone(faults)
	r.random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// TestTortureOfTheServer kills the server that has everything in it, its own NATS server too.
func TestTortureOfTheServer(t *testing.T) {
	t.Parallel()
	r := oneProcess(t, 6)
	r.behave(slowly)
	kill := fault{name: "kill -9 of the server", do: func(r *ring) {
		r.kill(r.members[0])
		if _, err := verify(r.dir); err != nil {
			r.Errorf("the record does not hold after a kill: %v", err)
		}
	}}
	for end, n := time.Now().Add(*tortureFor), 0; n < 5 || time.Now().Before(end); n++ {
		r.strike(kill)
	}
	r.holds()
}

// TestTortureOfALongList kills the server while one bulletin is on its way to many.
func TestTortureOfALongList(t *testing.T) {
	t.Parallel()
	r := oneProcess(t, 100)
	r.behave(conduct{Slow: 10 * time.Millisecond})
	r.release()
	for part := range 5 {
		r.until("more mails", func() error {
			if n := accepted(readBook(r, r.book)); n < 1+35*part {
				return fmt.Errorf("there are %d", n)
			}
			return nil
		})
		r.some(200 * time.Millisecond)
		r.did("kill -9 of the server")
		r.faults++
		r.kill(r.members[0])
	}
	r.holds()
}

// Of a cluster one node is killed, or cut off from the others, and comes back: the one that leads the deliveries, or
// any.
var clusterFaults = []fault{
	{name: "kill -9 of the node that leads", do: func(r *ring) { r.bury(r.leader()) }},
	{name: "kill -9 of a node", do: func(r *ring) { r.bury(r.random.IntN(len(r.nodes))) }},
	{name: "the node that leads is cut off", do: func(r *ring) { r.isolate(r.leader()) }},
	{name: "a node is cut off", do: func(r *ring) { r.isolate(r.random.IntN(len(r.nodes))) }},
}

// TestTortureOfACluster does so with three nodes, each with all of the streams.
func TestTortureOfACluster(t *testing.T) {
	t.Parallel()
	r := spread(t, 4, 3)
	r.behave(slowly)
	for _, f := range clusterFaults {
		r.strike(f)
	}
	for end := time.Now().Add(*tortureFor); time.Now().Before(end); {
		r.strike(clusterFaults[r.random.IntN(len(clusterFaults))])
	}
	r.holds()
}

// bury kills a node and starts it again.
func (r *ring) bury(i int) {
	r.did("node%d", i+1)
	r.nodes[i].kill()
	r.some(3 * time.Second)
	r.nodes[i].start()
}

// isolate cuts a node off from the others. Those who are connected to it stay so.
func (r *ring) isolate(i int) {
	r.did("node%d", i+1)
	me := string(rune('0' + i))
	for _, state := range []wireState{wireCut, wireOpen} {
		for _, l := range r.links {
			if strings.Contains(l.name, me) {
				l.set(state)
			}
		}
		if state == wireCut {
			r.some(8 * time.Second)
		}
	}
	r.nodes[i].await()
}

// leader is the node that leads the stream of deliveries.
func (r *ring) leader() (i int) {
	r.Helper()
	r.until("the deliveries have a leader", func() error {
		var err error
		i, err = r.leads("DELIVERY")
		return err
	})
	return i
}
