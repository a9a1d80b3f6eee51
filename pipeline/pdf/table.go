package pdf

import (
	"fmt"
	"slices"

	"bulletin/pipeline/draft"
)

// A cell is the content of one field of a table; a row is as many cells as there are columns.
type cell []span

type grid struct {
	head  []cell
	rows  [][]cell
	align []string // "", left, center, right; by column
	size  float64
	place string // of a row, in the words of an error; "" for the table's own place
}

// at notes which row is being laid out, counted from 1.
func (c *composer) at(g grid, row int) {
	if g.place != "" {
		c.place = fmt.Sprintf("%s %d", g.place, row)
	}
}

// cellSize is smaller where many columns share the width.
func cellSize(columns int) float64 {
	switch {
	case columns <= 5:
		return tableSize
	case columns <= 7:
		return 8
	case columns <= 10:
		return 7
	}
	return 6
}

func (c *composer) tableBlock(b draft.Block, at bounds) []box {
	if b.Item == nil && b.Quote == 0 {
		at = c.paper.full()
	}
	at.w = c.paper.full().x + c.paper.full().w - at.x
	g := grid{align: b.Table.Align, size: cellSize(len(b.Table.Head))}
	s := style{size: g.size, color: ink}
	bold := s
	bold.bold = true
	for _, h := range b.Table.Head {
		g.head = append(g.head, c.spans(h, bold))
	}
	for _, r := range b.Table.Rows {
		row := make([]cell, len(g.head))
		for i := range min(len(row), len(r.Cells)) {
			row[i] = c.spans(r.Cells[i], s)
		}
		if len(row) > 0 {
			row[0] = marked(r.Mark, row[0], s)
		}
		g.rows = append(g.rows, row)
	}
	return append(c.markLine(b.Mark, at), c.table(g, at)...)
}

// table lays out a grid: columns by what they hold, the head again on every page, and no row cut
// by the end of a page unless it is longer than a good part of one.
func (c *composer) table(g grid, at bounds) []box {
	if len(g.head) == 0 {
		return nil
	}
	widths := c.columns(g, at.w)
	head := c.row(g, g.head, widths, at, true)
	boxes := keepAll(head)
	var repeat *box
	if len(head) == 1 && head[0].height < (c.paper.bottom-c.paper.top)*0.25 {
		repeat = &head[0]
	}
	for i, r := range g.rows {
		c.at(g, i+1)
		for _, b := range c.row(g, r, widths, at, false) {
			b.head = repeat
			boxes = append(boxes, b)
		}
	}
	return boxes
}

// row is one box, or several slices if it is longer than a third of a page.
func (c *composer) row(g grid, cells []cell, widths []float64, at bounds, head bool) []box {
	lead := g.size * 1.3
	columns := make([][]line, len(cells))
	most := 1
	for i, text := range cells {
		columns[i] = c.lines(text, widths[i]-2*cellPad)
		most = max(most, len(columns[i]))
	}
	slice := most
	if room := (c.paper.bottom - c.paper.top) / 3; float64(most)*lead > room {
		slice = int(room / 2 / lead)
	}
	var boxes []box
	for from := 0; from < most; from += slice {
		last := from+slice >= most
		n := min(slice, most-from)
		b := box{height: float64(n) * lead}
		top := 0.0
		if from == 0 {
			top = cellPad * 0.8
		}
		b.height += top
		if last {
			b.height += cellPad * 0.8
		}
		h := b.height
		b.draw = func(s *sheet, y, _ float64) {
			if head {
				s.add(rectOp{x: at.x, y: y, w: at.w, h: h, fill: headBack})
			}
			if last {
				s.add(lineOp{x1: at.x, y1: y + h, x2: at.x + at.w, y2: y + h, width: 0.5, color: hairline})
			}
			g.drawSlice(s, columns, widths, at.x, y+top, from, n)
		}
		boxes = append(boxes, b)
	}
	return boxes
}

// drawSlice draws n lines of every column, from line from on.
func (g grid) drawSlice(s *sheet, columns [][]line, widths []float64, x, y float64, from, n int) {
	for i, lines := range columns {
		for j := from; j < min(from+n, len(lines)); j++ {
			left := x + cellPad
			if free := widths[i] - 2*cellPad - lines[j].width - lines[j].indent; i < len(g.align) {
				switch g.align[i] {
				case "right":
					left += free
				case "center":
					left += (free - lines[j].indent) / 2
				case "left":
					left -= lines[j].indent
				}
			}
			s.drawLine(lines[j], left, y+g.size*(1.3*float64(j-from)+0.97))
		}
		x += widths[i]
	}
}

// columns shares the width out: first what every column needs so that no word is broken, then
// equal shares of the rest, but to none more than it can use.
func (c *composer) columns(g grid, width float64) []float64 {
	need := make([]float64, len(g.head))
	want := make([]float64, len(g.head))
	for i, row := range append([][]cell{g.head}, g.rows...) {
		if i > 0 {
			c.at(g, i)
		}
		for i, text := range row {
			n, w := c.extent(text)
			need[i] = max(need[i], n+2*cellPad)
			want[i] = max(want[i], w+2*cellPad)
		}
	}
	switch {
	case sum(need) > width:
		return share(need, width)
	case sum(want) <= width:
		return stretch(want, width)
	}
	more := make([]float64, len(need))
	for i := range more {
		more[i] = want[i] - need[i]
	}
	out := share(more, width-sum(need))
	for i := range out {
		out[i] += need[i]
	}
	return out
}

// longWord is the width up to which a word is not broken for a column's sake.
const longWord = 84.0

// extent is what a cell needs (its longest word; of a hash, half) and what it wants (all on one
// line).
func (c *composer) extent(text cell) (need, want float64) {
	line := 0.0
	for _, w := range c.words(text) {
		if w.hard {
			line = 0
		}
		if w.space != nil && line > 0 {
			line += w.space.width
		}
		line += w.width
		want = max(want, line)
		n := min(w.width, longWord)
		if len(w.pieces) == 1 && w.width > longWord && isHex(w.pieces[0].text) {
			n = w.width/2 + fuzz
		}
		need = max(need, n)
	}
	return need, want + fuzz
}

// share gives those that ask for less than an equal share what they ask for, and the others equal
// shares of what is left. All ask for more than there is.
func share(asked []float64, total float64) []float64 {
	out := slices.Clone(asked)
	open := make([]int, len(asked))
	for i := range open {
		open[i] = i
	}
	for {
		before := len(open)
		each := total / float64(before)
		open = slices.DeleteFunc(open, func(i int) bool {
			modest := asked[i] <= each
			if modest {
				total -= asked[i]
			}
			return modest
		})
		if len(open) == before || len(open) == 0 {
			for _, i := range open {
				out[i] = each
			}
			return out
		}
	}
}

func stretch(want []float64, width float64) []float64 {
	out := make([]float64, len(want))
	total := sum(want)
	for i := range out {
		out[i] = want[i] * width / total
	}
	return out
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}
