package pdf

import (
	"fmt"
	"strings"

	"bulletin/pipeline/draft"
)

// A cell is the content of one field of a table; a row is as many cells as there are columns, or a single one that
// stands over all of them.
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
	}
	return 7.5
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
		g.rows = append(g.rows, c.cells(r, len(g.head), s))
	}
	return append(c.markLine(b.Mark, at), c.table(g, at)...)
}

// cells are those of a row, its mark before the first.
func (c *composer) cells(r draft.Row, columns int, s style) []cell {
	if r.Span {
		columns = min(columns, 1)
	}
	row := make([]cell, columns)
	for i := range min(len(row), len(r.Cells)) {
		row[i] = c.spans(r.Cells[i], s)
	}
	if len(row) > 0 {
		row[0] = marked(r.Mark, row[0], s)
	}
	return row
}

// table lays out a grid: columns by what they hold, the head again on every page, and no row cut
// by the end of a page unless it is longer than a good part of one.
func (c *composer) table(g grid, at bounds) []box {
	if len(g.head) == 0 {
		return nil
	}
	place := c.place
	scale, widths := c.fit(g, at.w)
	c.place = place
	head := edge(at)
	if !empty(g.head) {
		head = c.row(g, g.head, scale, widths, at)
		head.fill = headBack
	}
	first := head.box()
	first.keep = true
	boxes := []box{first}
	var repeat *box
	if first.height < (c.paper.bottom-c.paper.top)*0.25 {
		repeat = &first
	}
	for i, cells := range g.rows {
		c.at(g, i+1)
		b := c.row(g, cells, scale, widths, at).box()
		b.head = repeat
		boxes = append(boxes, b)
	}
	return c.unsplit(boxes)
}

// empty reports whether no cell has text. A table without a head (in HTML, without th) has an empty one.
func empty(cells []cell) bool {
	for _, text := range cells {
		for _, s := range text {
			if strings.TrimSpace(s.text) != "" {
				return false
			}
		}
	}
	return true
}

// tableRow is a row of a table, or the part of one from one line to another.
type tableRow struct {
	columns  [][]line
	widths   []float64
	align    []string
	at       bounds
	size     float64
	pad      float64
	fill     rgb
	band     bool // it stands over all columns
	from, to int  // lines
	lines    int  // of the whole row
	cuttable bool
}

func (c *composer) row(g grid, cells []cell, scale float64, widths []float64, at bounds) tableRow {
	r := tableRow{widths: widths, align: g.align, at: at, size: g.size * scale, pad: cellPad * scale, lines: 1, fill: white}
	if len(cells) < len(g.head) {
		r.widths, r.align, r.band, r.fill = []float64{at.w}, nil, true, codeBack
	}
	r.columns = make([][]line, len(cells))
	for i, text := range cells {
		r.columns[i] = c.lines(scaled(text, scale), r.widths[i]-2*r.pad)
		r.lines = max(r.lines, len(r.columns[i]))
	}
	r.to = r.lines
	r.cuttable = r.height() > (c.paper.bottom-c.paper.top)/3
	return r
}

// edge is the line that a table without a head begins with.
func edge(at bounds) tableRow { return tableRow{at: at, fill: white} }

func scaled(text cell, scale float64) cell {
	out := make(cell, len(text))
	for i, s := range text {
		s.style.size *= scale
		s.style.rise *= scale
		out[i] = s
	}
	return out
}

func (r tableRow) lead() float64 { return r.size * 1.3 }

// above and below are the room above and below the text; none where the row is cut.
func (r tableRow) above() float64 {
	if r.from > 0 {
		return 0
	}
	return r.pad * 0.8
}

func (r tableRow) below() float64 {
	if r.to < r.lines {
		return 0
	}
	return r.pad * 0.8
}

func (r tableRow) height() float64 {
	return r.above() + float64(r.to-r.from)*r.lead() + r.below()
}

// fewest is how many lines of a row may stand alone at the foot or at the head of a page.
const fewest = 3

func (r tableRow) box() box {
	b := box{height: r.height(), keep: r.band, draw: r.draw}
	if r.cuttable && r.to-r.from >= 2*fewest {
		b.least = r.pad + fewest*r.lead()
		b.cut = r.cut
	}
	return b
}

// cut divides the row, so that its first part fits into the room.
func (r tableRow) cut(room float64) (first, rest box, ok bool) {
	n := min(int((room-r.above())/r.lead()), r.to-r.from-fewest)
	if n < fewest {
		return first, rest, false
	}
	a, b := r, r
	a.to, b.from = r.from+n, r.from+n
	return a.box(), b.box(), true
}

func (r tableRow) draw(s *sheet, top, _ float64) {
	h := r.height()
	if r.fill != white {
		s.add(rectOp{x: r.at.x, y: top, w: r.at.w, h: h, fill: r.fill})
	}
	if r.to == r.lines {
		s.add(lineOp{x1: r.at.x, y1: top + h, x2: r.at.x + r.at.w, y2: top + h, width: 0.5, color: hairline})
	}
	x := r.at.x
	for i, lines := range r.columns {
		for j := r.from; j < min(r.to, len(lines)); j++ {
			y := top + r.above() + r.lead()*float64(j-r.from) + r.size*0.97
			s.drawLine(lines[j], x+r.pad+r.shift(i, lines[j]), y)
		}
		x += r.widths[i]
	}
}

// shift moves a line within its column as that is aligned; what is written from right to left stands at the right.
func (r tableRow) shift(column int, l line) float64 {
	if column >= len(r.align) {
		return 0
	}
	free := r.widths[column] - 2*r.pad - l.width - l.indent - l.hang
	switch r.align[column] {
	case "right":
		return free
	case "center":
		return (free - l.indent) / 2
	case "left":
		return -l.indent
	}
	return 0
}
