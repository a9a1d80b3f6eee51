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
	if len(s.Nations) == 0 {
		return
	}
	var line strings.Builder
	fmt.Fprintf(&line, "  %s", s.Number)
	complete := 0
	for _, n := range s.Nations {
		fmt.Fprintf(&line, "  %s %d/%d", n.Nation, n.Sent, n.Planned)
		if n.Parked > 0 {
			fmt.Fprintf(&line, " (%d parked)", n.Parked)
		}
		if n.Complete {
			complete++
		}
	}
	key := fmt.Sprint(s.ID)
	if line.String() == p.last[key] {
		return
	}
	switch {
	case p.terminal:
		fmt.Fprintf(p.w, "\r\033[K%s", line.String())
		p.open = true
		p.last[key] = line.String()
		if s.State == "delivered" {
			p.done()
		}
	case p.last[key] != fmt.Sprint(complete):
		p.last[key] = fmt.Sprint(complete)
		fmt.Fprintln(p.w, line.String())
	}
}
