package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sergi/go-diff/diffmatchpatch"

	"bulletin/pipeline/edition"
)

// differences prints what has changed, unit by unit.
func (s screen) differences(d difference) {
	if len(d.Changes) == 0 {
		s.line("nothing that you may see has changed between revision %d and revision %d", d.From, d.To)
		return
	}
	s.line("from revision %d to revision %d:", d.From, d.To)
	for _, c := range d.Changes {
		s.line("")
		s.line("%s", s.paint(strong, c.about(d)))
		for _, l := range c.lines(s, min(s.width, widest)-2) {
			s.line("  %s", l)
		}
	}
}

// about names a unit: "portion 3", "action 2, new", "portion 4 of revision 1, gone".
func (c change) about(d difference) string {
	name := func(n int) string {
		if slices.Contains(single, c.Part) {
			return c.Part
		}
		return fmt.Sprintf("%s %d", c.Part, n)
	}
	switch {
	case c.Was == 0:
		return name(c.Is) + ", new"
	case c.Is == 0:
		return fmt.Sprintf("%s of revision %d, gone", name(c.Was), d.From)
	case c.Was != c.Is:
		return fmt.Sprintf("%s (was %d)", name(c.Is), c.Was)
	}
	return name(c.Is)
}

// lines writes the words with what went and what came marked: by colour, or by brackets where there is none. With a
// width, lines are filled.
func (c change) lines(s screen, width int) []string {
	var out []string
	var line strings.Builder
	column := 0
	end := func() {
		out = append(out, line.String())
		line.Reset()
		column = 0
	}
	for i, r := range c.runs {
		for k, word := range r.items {
			if word == newline {
				end()
				continue
			}
			plain, painted := s.marked(r, k)
			// In brackets, what came stands directly behind what went for it.
			glued := !s.colour && k == 0 && i > 0 && r.op == diffmatchpatch.DiffInsert && c.runs[i-1].op == diffmatchpatch.DiffDelete
			if n := edition.Columns(plain); column > 0 && !glued {
				if width > 0 && column+1+n > width {
					end()
				} else {
					line.WriteByte(' ')
					column++
				}
			}
			line.WriteString(painted)
			column += edition.Columns(plain)
		}
	}
	end()
	return out
}

// marked is one word of a run, plain and painted. Brackets stand around each line's part of a run.
func (s screen) marked(r stretch[string], k int) (plain, painted string) {
	word := r.items[k]
	if r.op == diffmatchpatch.DiffEqual {
		return word, word
	}
	as, before, after := gone, "[-", "-]"
	if r.op == diffmatchpatch.DiffInsert {
		as, before, after = fresh, "{+", "+}"
	}
	if s.colour {
		return word, s.paint(as, word)
	}
	if k == 0 || r.items[k-1] == newline {
		word = before + word
	}
	if k == len(r.items)-1 || r.items[k+1] == newline {
		word += after
	}
	return word, word
}
