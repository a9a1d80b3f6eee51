package edition

import (
	"slices"
	"strings"

	"bulletin/pipeline/draft"
)

// A grid is a table as plain cells; the first row is the head.
type grid struct {
	align []string
	rows  [][]string
}

func newGrid(t *draft.TableData) grid {
	marked := slices.ContainsFunc(t.Rows, func(r draft.Row) bool { return r.Mark != "" })
	g := grid{align: slices.Clone(t.Align)}
	add := func(mark string, cells [][]draft.Inline) {
		var row []string
		if marked {
			row = append(row, mark)
		}
		for _, c := range cells {
			row = append(row, plain(c))
		}
		g.rows = append(g.rows, row)
	}
	if marked {
		g.align = append([]string{""}, g.align...)
	}
	add("Mark", t.Head)
	for _, r := range t.Rows {
		add(r.Mark, r.Cells)
	}
	return g
}

// lines draws the grid in columns if they fit into width, and else row by row, a line a cell.
func (g grid) lines(width int) []string {
	if widths, ok := g.widths(width); ok {
		return g.drawn(widths)
	}
	return g.listed(width)
}

const gap = 2 // columns between cells

// widths gives each column what its longest word needs, and shares the rest by what the columns
// would need to stay on one line. It is not ok where not even the words fit.
func (g grid) widths(width int) ([]int, bool) {
	n := len(g.rows[0])
	need, want := make([]int, n), make([]int, n)
	for _, row := range g.rows {
		for c, cell := range row {
			for _, hard := range strings.Split(cell, "\n") {
				want[c] = max(want[c], columns(hard))
			}
			for _, w := range words(cell) {
				need[c] = max(need[c], columns(w.text))
			}
		}
	}
	free, missing := width-gap*(n-1), 0
	for c := range need {
		free -= need[c]
		missing += want[c] - need[c]
	}
	if free < 0 {
		return nil, false
	}
	for c := range need {
		if missing > 0 {
			need[c] += min(want[c]-need[c], free*(want[c]-need[c])/missing)
		}
	}
	return need, true
}

func (g grid) drawn(widths []int) []string {
	var out []string
	several := false // a row above took more than one line: rows need air between them
	for i, row := range g.rows {
		cells := make([][]string, len(row))
		height := 1
		for c := range row {
			cells[c] = wrap(row[c], widths[c])
			height = max(height, len(cells[c]))
		}
		if i > 1 && (several || height > 1) {
			out = append(out, "")
		}
		several = i > 0 && height > 1
		for l := range height {
			var line []string
			for c := range cells {
				var text string
				if l < len(cells[c]) {
					text = cells[c][l]
				}
				line = append(line, pad(text, widths[c], g.align[c]))
			}
			out = append(out, strings.TrimRight(strings.Join(line, strings.Repeat(" ", gap)), " "))
		}
		if i == 0 {
			out = append(out, ruled(widths))
		}
	}
	return out
}

func ruled(widths []int) string {
	var line []string
	for _, w := range widths {
		line = append(line, strings.Repeat("-", w))
	}
	return strings.Join(line, strings.Repeat(" ", gap))
}

// listed writes each row as a list of "head: cell".
func (g grid) listed(width int) []string {
	var out []string
	for _, row := range g.rows[1:] {
		lead := "* "
		for c, cell := range row {
			if cell == "" {
				continue
			}
			for l, line := range wrap(g.rows[0][c]+": "+cell, width-4) {
				if l > 0 {
					lead = "    "
				}
				out = append(out, lead+line)
			}
			lead = "  "
		}
	}
	return out
}
