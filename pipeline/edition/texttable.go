package edition

import (
	"slices"
	"strings"

	"bulletin/pipeline/draft"
)

// A grid is a table as plain cells.
type grid struct {
	align []string
	head  []string // nil where the table has none
	rows  []gridRow
}

// A gridRow is a row; of one that stands over all columns only the first cell is set.
type gridRow struct {
	cells []string
	span  bool
}

// newGrid puts the marks of rows, where there are any, into a column of their own.
func newGrid(t *draft.TableData) grid {
	withMarks := slices.ContainsFunc(t.Rows, func(r draft.Row) bool { return r.Mark != "" && !r.Span })
	row := func(mark string, cells [][]draft.Inline) (out []string) {
		if withMarks {
			out = append(out, mark)
		}
		for _, c := range cells {
			out = append(out, cellText(c))
		}
		return out
	}
	g := grid{align: row("", nil)}
	g.align = append(g.align, t.Align...)
	if t.Headed() {
		g.head = row("Mark", t.Head)
	}
	for _, r := range t.Rows {
		if r.Span {
			g.rows = append(g.rows, gridRow{cells: []string{marked(r.Mark, plain(r.Cells[0]))}, span: true})
			continue
		}
		g.rows = append(g.rows, gridRow{cells: row(r.Mark, r.Cells)})
	}
	return g
}

// cellText is a cell's text. What is code as a whole, as hashes are, needs no signs around it: it is there to be copied.
func cellText(c []draft.Inline) string {
	if len(c) == 1 && c[0].Kind == draft.CodeSpan {
		return c[0].Text
	}
	return plain(c)
}

// lines draws the grid in columns if they fit into width, and else row by row, a line a cell.
func (g grid) lines(width int) []string {
	if widths, ok := g.widths(width); ok && !g.cramped(widths) {
		return g.drawn(widths, width)
	}
	return g.listed(width)
}

// each visits the rows that have a cell in every column, the head included.
func (g grid) each(visit func(cells []string)) {
	if g.head != nil {
		visit(g.head)
	}
	for _, r := range g.rows {
		if !r.span {
			visit(r.cells)
		}
	}
}

const gap = 2 // columns between cells

const whole = 8 // columns that a cell takes on one line, whatever it could be broken into

// widths gives each column what its longest word needs, and shares the rest by what the columns
// would need to stay on one line. It is not ok where not even the words fit.
func (g grid) widths(width int) ([]int, bool) {
	n := len(g.align)
	need, want := make([]int, n), make([]int, n)
	g.each(func(cells []string) {
		for c, cell := range cells {
			for _, hard := range strings.Split(cell, "\n") {
				want[c] = max(want[c], columns(hard))
				need[c] = max(need[c], min(columns(hard), whole))
			}
			for _, w := range words(cell) {
				need[c] = max(need[c], columns(w.text))
			}
		}
	})
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

// cramped reports whether prose would run down a column a word or two wide: nobody reads that.
func (g grid) cramped(widths []int) bool {
	const narrow, tall = 16, 4 // columns, lines
	found := false
	g.each(func(cells []string) {
		for c, cell := range cells {
			found = found || widths[c] < narrow && len(wrap(cell, widths[c])) > max(tall, 1+strings.Count(cell, "\n"))
		}
	})
	return found
}

// drawn sets the rows in columns. Rows of several lines need air between them.
func (g grid) drawn(widths []int, width int) []string {
	var out []string
	if g.head != nil {
		out = append(g.row(g.head, widths), ruled(widths))
	}
	several := false // the row above took more than one line, or all columns
	for i, r := range g.rows {
		lines := wrap(r.cells[0], width)
		if !r.span {
			lines = g.row(r.cells, widths)
		}
		if i > 0 && (several || len(lines) > 1 || r.span) {
			out = append(out, "")
		}
		several = len(lines) > 1 || r.span
		out = append(out, lines...)
	}
	return out
}

// row sets one row.
func (g grid) row(row []string, widths []int) []string {
	cells := make([][]string, len(row))
	height := 1
	for c := range row {
		cells[c] = wrap(row[c], widths[c])
		height = max(height, len(cells[c]))
	}
	var out []string
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
	return out
}

func ruled(widths []int) string {
	var line []string
	for _, w := range widths {
		line = append(line, strings.Repeat("-", w))
	}
	return strings.Join(line, strings.Repeat(" ", gap))
}

// listed writes each row as a list of "head: cell", with air between the rows.
func (g grid) listed(width int) []string {
	var out []string
	for i, r := range g.rows {
		if i > 0 {
			out = append(out, "")
		}
		if r.span {
			out = append(out, wrap(r.cells[0], width)...)
			continue
		}
		lead := "* "
		for c, cell := range r.cells {
			if cell == "" {
				continue
			}
			if g.head != nil && g.head[c] != "" {
				cell = g.head[c] + ": " + cell
			}
			for l, line := range wrap(cell, width-4) {
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
