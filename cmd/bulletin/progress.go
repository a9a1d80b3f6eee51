package main

import (
	"fmt"
	"io"
	"strings"

	"bulletin/workers/desk"
)

// progress prints what happens: in place on a terminal, and otherwise a plain line whenever an edition
// is complete.
type progress struct {
	w        io.Writer
	terminal bool
	last     map[string]string // what was said last of each bulletin
	open     bool              // the cursor stands on a line that is still changing
}

func newProgress(w io.Writer) *progress {
	return &progress{w: w, terminal: isTerminal(w), last: map[string]string{}}
}

// say prints a line.
func (p *progress) say(format string, args ...any) {
	p.done()
	fmt.Fprintf(p.w, format+"\n", args...)
}

// done ends a line that was changing in place.
func (p *progress) done() {
	if p.open {
		fmt.Fprintln(p.w)
		p.open = false
	}
}

// deliveries shows how far the delivery of one bulletin is.
func (p *progress) deliveries(s desk.Status) {
	if p.terminal {
		p.inPlace(s)
		return
	}
	for _, n := range s.Nations {
		if key := s.Number + string(n.Nation); n.Complete && p.last[key] == "" {
			p.last[key] = "complete"
			fmt.Fprintf(p.w, "  %s %s: %s\n", s.Number, n.Nation, counts(n))
		}
	}
}

func (p *progress) inPlace(s desk.Status) {
	var line strings.Builder
	fmt.Fprintf(&line, "  %s", s.Number)
	for _, n := range s.Nations {
		fmt.Fprintf(&line, "  %s %d/%d", n.Nation, n.Sent+n.Parked, n.Planned)
	}
	if len(s.Nations) == 0 || line.String() == p.last[s.Number] {
		return
	}
	p.last[s.Number] = line.String()
	fmt.Fprintf(p.w, "\r\033[K%s", line.String())
	p.open = true
	if s.State == "delivered" {
		p.done()
	}
}

func counts(n desk.NationStatus) string {
	text := fmt.Sprintf("%d sent", n.Sent)
	if n.Parked > 0 {
		text += fmt.Sprintf(", %d parked", n.Parked)
	}
	return text
}
