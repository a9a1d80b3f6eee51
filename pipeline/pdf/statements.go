package pdf

import (
	"fmt"
	"strings"
)

// notices say what a correction changes, and the embargo.
func (c *composer) notices(b bounds) []box {
	s := style{bold: true, size: 9, color: ink}
	inner := bounds{x: b.x + panelPad, w: b.w - 2*panelPad}
	var boxes []box
	if c.e.Correction.Text != "" {
		c.place = "correction"
		text := marked(c.e.Correction.Mark, []span{{text: "Correction: " + c.e.Correction.Text, style: s}}, s)
		boxes = append(boxes, paragraph(c.lines(text, inner.w), inner, s.size, 3)...)
	}
	if !c.e.Embargo.IsZero() {
		c.place = "embargo"
		text := []span{{text: "Embargo: " + c.e.EmbargoHolds() + " " + utc(c.e.Embargo), style: s}}
		boxes = append(boxes, paragraph(c.lines(text, inner.w), inner, s.size, 3)...)
		boxes = append(boxes, c.localTimes(c.e.Embargo, inner))
	}
	return panel(spaceFirst(boxes, 9), b, noteBack, noteLine)
}

// handling is what the marking requires to be said on page 1: the warnings, and who classified it.
func (c *composer) handling(b bounds) []box {
	if len(c.e.Statements) == 0 {
		return nil
	}
	inner := bounds{x: b.x + panelPad, w: b.w - 2*panelPad}
	c.place = "handling"
	title := style{bold: true, size: 9.5, color: ink}
	boxes := keepAll(paragraph(c.lines([]span{{text: "Handling", style: title}}, inner.w), inner, title.size, 0))
	short := false // several lines that belong together: who controls it, who classified it
	for i, t := range c.e.Statements {
		c.place = fmt.Sprintf("statement %d", i+1)
		lines := c.lines(statement(t), inner.w)
		gap := 3.0
		if short && len(lines) == 1 {
			gap = 0
		}
		short = len(lines) == 1
		boxes = append(boxes, paragraph(lines, inner, statementSize, gap)...)
	}
	return panel(spaceFirst(boxes, 12), b, noteBack, noteLine)
}

// mostInName is of words: "(U) LAW ENFORCEMENT SENSITIVE NOFORN: …".
const mostInName = 5

// statement sets its lines one below the other, each with its name in bold: "Derived From: …".
func statement(text string) []span {
	s := style{size: statementSize, color: ink}
	var out []span
	for i, l := range strings.Split(text, "\n") {
		if i > 0 {
			out = append(out, span{text: "\n"})
		}
		name, rest, ok := strings.Cut(l, ": ")
		if !ok || len(strings.Fields(name)) > mostInName {
			name, rest = "", l
		} else {
			name += ": "
		}
		bold := s
		bold.bold = true
		out = append(out, span{text: name, style: bold}, span{text: rest, style: s})
	}
	return out
}
