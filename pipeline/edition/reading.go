package edition

import (
	"strings"

	"bulletin/pipeline/draft"
)

// Reading is an edition laid out for somebody who speaks about its portions: the same plain lines as Text,
// clean in the same way, in three parts.
type Reading struct {
	Before []string   // banner, title, actions, and whatever else stands before the body
	Blocks [][]string // the lines of each block, a blank one first where air stands before it
	After  []string   // notes, techniques, indicators, references; the banner last
}

// Read lays out the edition in lines of at most so many columns.
func Read(e Edition, width int) Reading {
	var out Reading
	p := &page{width: width}
	p.head(e)
	p.actions(e)
	p.glance(e)
	p.statements(e)
	out.Before = p.take()
	for i, b := range e.Blocks {
		if startsGroup(e.Blocks, i) {
			p.lines = append(p.lines, "")
		}
		p.block(b)
		out.Blocks = append(out.Blocks, p.take())
	}
	p.after(e)
	out.After = p.take()
	return out
}

// take returns the lines so far, cleaned, without blank ones at the end or two in a row, and begins anew.
func (p *page) take() []string {
	var out []string
	for _, l := range strings.Split(clean(strings.Join(p.lines, "\n")), "\n") {
		if l != "" || len(out) == 0 || out[len(out)-1] != "" {
			out = append(out, l)
		}
	}
	p.lines = nil
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// Safe makes a text safe to be printed on a terminal: see clean.
func Safe(s string) string { return clean(s) }

// Columns is how many columns s takes on a terminal.
func Columns(s string) int { return columns(s) }

// Wrap fills lines of at most width columns with s; newlines in s stay.
func Wrap(s string, width int) []string { return wrap(s, width) }

// Excerpt is enough of a block to recognise it by, on one line.
func Excerpt(b draft.Block) string {
	const most = 48
	text := strings.Join(strings.Fields(clean(unitText(b))), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most-1]) + "…"
	}
	return text
}
