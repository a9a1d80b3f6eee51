package main

import (
	"strings"
	"sync/atomic"
	"time"

	"bulletin/pipeline/mail"
)

// benchSink is where the mails go: a drain of this run's own, or a relay that somebody else runs, of which nothing
// is known but its answers.
type benchSink struct {
	addr  string
	drain *mail.Drain // nil for a relay
	heard atomic.Pointer[[]*arrivals]
}

func openBenchSink(smtp string) (*benchSink, error) {
	if smtp != "" {
		return &benchSink{addr: smtp}, nil
	}
	d, err := mail.NewDrain()
	if err != nil {
		return nil, err
	}
	s := &benchSink{addr: d.Addr(), drain: d}
	d.Accepted = func(to string) {
		if heard := s.heard.Load(); heard != nil {
			for _, a := range *heard {
				a.hear(to)
			}
		}
	}
	return s, nil
}

// tell has these hear of all that arrives from now on.
func (s *benchSink) tell(heard ...*arrivals) { s.heard.Store(&heard) }

// arrivals are the mails of a bulletin that arrive, told by how their recipients' addresses begin.
type arrivals struct {
	prefix      string
	all         int64
	came        atomic.Int64
	beside      *arrivals // another bulletin's, of which it is noted how many came before the first and the last of these
	first, last chan arrival
}

// arrival is when a mail came, and how many of the other bulletin had by then.
type arrival struct {
	at     time.Time
	beside int64
}

func arrivalsOf(prefix string, all int) *arrivals {
	return &arrivals{prefix: prefix, all: int64(all), first: make(chan arrival, 1), last: make(chan arrival, 1)}
}

func (a *arrivals) hear(to string) {
	if !strings.HasPrefix(to, a.prefix) {
		return
	}
	n := a.came.Add(1)
	if n > 1 && n != a.all {
		return
	}
	now := arrival{at: time.Now()}
	if a.beside != nil {
		now.beside = a.beside.came.Load()
	}
	if n == 1 {
		a.first <- now
	}
	if n == a.all {
		a.last <- now
	}
}

func (s *benchSink) close() {
	if s.drain != nil {
		s.drain.Close() // after the relay's connections: it waits for them
	}
}

// sinkCount is how much has come.
type sinkCount struct{ mails, octets int64 }

func (s *benchSink) count() sinkCount {
	if s.drain == nil {
		return sinkCount{}
	}
	return sinkCount{s.drain.Mails(), s.drain.Octets()}
}

// octetsEach is how many octets a mail had since then; 0 if that is not known.
func (s *benchSink) octetsEach(before sinkCount) int64 {
	now := s.count()
	return (now.octets - before.octets) / max(1, now.mails-before.mails)
}
