package main

import (
	"fmt"
	"io"

	"bulletin/workers/desk"
)

// progress prints what happens, a plain line for each thing; on a terminal a running count stands below,
// in place.
type progress struct {
	w        io.Writer
	terminal bool
	said     map[string]bool // editions that were said to be complete
	open     bool            // the running count stands on the last line
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, terminal: isTerminal(w), said: map[string]bool{}}
}

// say prints a line.
func (p *progress) say(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// clear takes the running count away.
func (p *progress) clear() {
	if p.open {
		fmt.Fprint(p.w, "\r\033[K")
		p.open = false
	}
}

// deliveries shows how far the bulletins are: a line for each edition when it is complete.
func (p *progress) deliveries(all []desk.Status) {
	sent, parked, planned := 0, 0, 0
	for _, s := range all {
		for _, n := range s.Nations {
			sent, parked, planned = sent+n.Sent, parked+n.Parked, planned+n.Planned
			if key := s.Number + string(n.Nation); n.Complete && !p.said[key] {
				p.said[key] = true
				p.say("  %s %s: %s", s.Number, n.Nation, counts(n))
			}
		}
	}
	if p.terminal {
		fmt.Fprintf(p.w, "\r\033[K  %d of %d sent, %d parked", sent, planned, parked)
		p.open = true
	}
}

func counts(n desk.NationStatus) string {
	text := fmt.Sprintf("%d sent", n.Sent)
	if n.Parked > 0 {
		text += fmt.Sprintf(", %d parked", n.Parked)
	}
	return text
}
