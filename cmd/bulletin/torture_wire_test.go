package main

import (
	"bufio"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A wire is a way on loopback that the test can spoil: cut, stall, slow down, or stop at one unit of what passes.
// What is spoiled lies outside of the processes, so that they are those that operators run.
type wire struct {
	name     string // for what is done to it
	listener net.Listener
	to       string
	frames   func(*strand) framing

	mu      sync.Mutex
	mended  *sync.Cond
	strands map[*strand]bool
	state   wireState
	delay   time.Duration
	after   int       // octets that still pass before the wire is spoiled; below 0: any number
	then    wireState // how
	trap    *trap     // may be nil
	passed  []string  // names of what went up
}

type wireState int

const (
	wireOpen    wireState = iota
	wireCut               // connections are closed, and new ones too
	wireStalled           // nothing passes, nobody is told
)

// strand is one connection over a wire.
type strand struct {
	near, far net.Conn
	mu        sync.Mutex
	content   bool   // SMTP: the relay waits for a mail
	awaits    string // NATS: the inbox of the answer at which the trap springs
	held      bool   // the answer is held back: nothing passes any more
}

// unit is what passes or does not pass: a command with what belongs to it, or some octets.
type unit struct {
	up   bool   // to the server
	name string // what a trap looks at
	data []byte
	to   string // NATS: where an answer is expected, or goes
}

// framing reads the units of one direction.
type framing func(r *bufio.Reader, up bool) (unit, error)

func newWire(t testing.TB, to string, frames func(*strand) framing) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, to: to, frames: frames, strands: map[*strand]bool{}, after: -1}
	w.mended = sync.NewCond(&w.mu)
	t.Cleanup(func() {
		l.Close()
		w.set(wireCut)
	})
	go w.accept()
	return w
}

func (w *wire) addr() string { return w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.wait()
		far, err := net.Dial("tcp", w.to)
		if err != nil { // nobody listens there: the wire tells so
			near.Close()
			continue
		}
		s := &strand{near: near, far: far}
		w.mu.Lock()
		w.strands[s] = true
		cut := w.state == wireCut
		w.mu.Unlock()
		if cut {
			w.end(s)
			continue
		}
		read := w.frames(s)
		go w.carry(s, read, near, far, true)
		go w.carry(s, read, far, near, false)
	}
}

// carry takes one direction's units over, until the wire is cut or an end closes.
func (w *wire) carry(s *strand, read framing, from io.Reader, to io.Writer, up bool) {
	defer w.end(s)
	r := bufio.NewReaderSize(from, 64<<10)
	for {
		u, err := read(r, up)
		if err != nil {
			return
		}
		w.wait()
		w.mu.Lock()
		trap, delay := w.trap, w.delay
		var rest []byte // of the unit in whose middle the wire is spoiled
		if up && w.after >= 0 {
			if w.after -= len(u.data); w.after < 0 {
				passes := len(u.data) + w.after
				u.data, rest = u.data[:passes], u.data[passes:]
				w.state = w.then
			}
		}
		w.mu.Unlock()
		if trap != nil && trap.holds(s, u) {
			return // both directions are silent from here on: see holds
		}
		if trap != nil && trap.stalls(u) { // until the test opens the wire again: what is late is not lost
			w.set(wireStalled)
			w.wait()
		}
		if delay > 0 {
			<-time.NewTimer(delay).C
		}
		if _, err := to.Write(u.data); err != nil {
			return
		}
		if up && u.name != "" && u.name != "content" {
			w.mu.Lock()
			w.passed = append(w.passed, u.name)
			w.mu.Unlock()
		}
		if w.wait(); w.is(wireCut) {
			return
		}
		// TCP loses nothing in the middle: what follows comes behind the rest (RFC 9293 §3.4), also when its sender has died
		if _, err := to.Write(rest); err != nil {
			return
		}
	}
}

// published are the names of what has passed to the server.
func (w *wire) published() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.passed)
}

func (w *wire) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.state == wireStalled {
		w.mended.Wait()
	}
}

func (w *wire) is(state wireState) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state == state
}

// end closes a strand, but not one at which a trap has sprung: that one ends with the process that is killed there.
func (w *wire) end(s *strand) {
	if s.isHeld() && !w.is(wireCut) {
		return
	}
	s.near.Close()
	s.far.Close()
	w.mu.Lock()
	delete(w.strands, s)
	w.mu.Unlock()
}

// set changes how the wire is. What passed over it ends when it is cut.
func (w *wire) set(to wireState) {
	w.mu.Lock()
	w.state = to
	if to == wireOpen {
		w.delay, w.after = 0, -1
	}
	var all []*strand
	if to == wireCut {
		for s := range w.strands {
			all = append(all, s)
		}
	}
	w.mended.Broadcast()
	w.mu.Unlock()
	for _, s := range all {
		w.end(s)
	}
}

// reset ends every connection as a middlebox does that has forgotten them: with RST, and nothing more of it.
func (w *wire) reset() {
	w.mu.Lock()
	var all []*strand
	for s := range w.strands {
		all = append(all, s)
	}
	w.mu.Unlock()
	for _, s := range all {
		for _, c := range []net.Conn{s.near, s.far} {
			c.(*net.TCPConn).SetLinger(0) // RST in place of FIN
			c.Close()
		}
		w.mu.Lock()
		delete(w.strands, s)
		w.mu.Unlock()
	}
}

// release takes a trap away, and ends the connection that it held.
func (w *wire) release() {
	w.mu.Lock()
	w.trap = nil
	var held []*strand
	for s := range w.strands {
		if s.isHeld() {
			held = append(held, s)
		}
	}
	w.mu.Unlock()
	for _, s := range held {
		s.mu.Lock()
		s.held = false
		s.mu.Unlock()
		w.end(s)
	}
}

func (w *wire) slow(d time.Duration) { w.mu.Lock(); w.delay = d; w.mu.Unlock() }
func (w *wire) arm(t *trap)          { w.mu.Lock(); w.trap = t; w.mu.Unlock() }
func (w *wire) spoilAfter(octets int, to wireState) {
	w.mu.Lock()
	w.after, w.then = octets, to
	w.mu.Unlock()
}

// kindOfTrap says what becomes of the unit.
type kindOfTrap struct {
	after bool // it passes, and its answer does not
	late  bool // it, and all else on the wire, waits until the wire is opened again
}

// trap waits for a unit. It springs once: before the unit has passed, which then never does, or after, so that the
// server has it and its answer never comes. From then on nothing passes on that strand.
type trap struct {
	kindOfTrap
	what *regexp.Regexp

	mu     sync.Mutex
	on     *strand // at which the unit was seen; its answer is awaited there
	done   bool
	sprung chan struct{}
}

func newTrap(what string, kind kindOfTrap) *trap {
	return &trap{kindOfTrap: kind, what: regexp.MustCompile(what), sprung: make(chan struct{})}
}

// holds reports whether a unit stays where it is, for ever.
func (t *trap) holds(s *strand, u unit) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.done, t.late:
	case t.on == nil && u.up && t.what.MatchString(u.name):
		t.on = s
		s.awaits = u.to
		if t.after && !strings.HasPrefix(u.name, "$JS.ACK") { // an acknowledgement is not answered
			return false
		}
		t.spring(s)
		return !t.after
	case t.on == s && !u.up && (s.awaits == "" || u.to == s.awaits):
		t.spring(s)
	}
	return s.isHeld()
}

// stalls reports whether the wire stalls at a unit.
func (t *trap) stalls(u unit) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done || !t.late || !u.up || !t.what.MatchString(u.name) {
		return false
	}
	t.done = true
	close(t.sprung)
	return true
}

func (t *trap) spring(s *strand) {
	t.done = true
	s.mu.Lock()
	s.held = true
	s.mu.Unlock()
	close(t.sprung)
}

func (s *strand) isHeld() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// octets is the framing of what no trap looks at.
func octets(*strand) framing {
	return func(r *bufio.Reader, up bool) (unit, error) {
		if _, err := r.Peek(1); err != nil {
			return unit{}, err
		}
		b := make([]byte, r.Buffered())
		_, err := io.ReadFull(r, b)
		return unit{up: up, data: b}, err
	}
}

// natsFrames reads the NATS client protocol: lines, and after those that publish or deliver so many octets. The name
// is the subject.
func natsFrames(*strand) framing {
	return func(r *bufio.Reader, up bool) (unit, error) {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return unit{}, err
		}
		u := unit{up: up, data: line}
		words := strings.Fields(string(line))
		if len(words) < 3 {
			return u, nil
		}
		switch verb := words[0]; verb {
		case "PUB", "HPUB", "MSG", "HMSG":
			size, err := strconv.Atoi(words[len(words)-1])
			if err != nil {
				return u, err
			}
			lengths := 1
			if verb[0] == 'H' {
				lengths = 2
			}
			u.name = words[1]
			if u.to = words[1]; up { // the inbox of the answer, if there is one
				if u.to = ""; len(words) == 3+lengths {
					u.to = words[2]
				}
			}
			payload := make([]byte, size+2)
			_, err = io.ReadFull(r, payload)
			u.data = append(u.data, payload...)
			return u, err
		}
		return u, nil
	}
}

// smtpFrames reads SMTP: the name is the verb, "content" for a line of a mail, "." for its end.
func smtpFrames(s *strand) framing {
	return func(r *bufio.Reader, up bool) (unit, error) {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return unit{up: up, data: line}, err
		}
		u := unit{up: up, data: line}
		s.mu.Lock()
		defer s.mu.Unlock()
		switch text := strings.TrimRight(string(line), "\r\n"); {
		case !up:
			if strings.HasPrefix(text, "354") {
				s.content = true
			}
		case s.content && text == ".":
			s.content, u.name = false, "."
		case s.content:
			u.name = "content"
		default:
			u.name, _, _ = strings.Cut(strings.ToUpper(text), " ")
			if u.name == "BDAT" { // RFC 3030 §2: the octets follow at once
				words := strings.Fields(text)
				size, err := strconv.Atoi(words[1])
				if err != nil {
					return u, err
				}
				if len(words) == 3 { // BDAT n LAST
					u.name = "."
				}
				payload := make([]byte, size)
				_, err = io.ReadFull(r, payload)
				u.data = append(u.data, payload...)
				return u, err
			}
		}
		return u, nil
	}
}
