package draft

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// maxCells is how many cells a table of HTML may have, the empty ones too that cells over several columns leave: a few
// bytes of attributes must not become millions of them.
const maxCells = 500_000

// An htmlRow is a row of a table of HTML, and then of the portion that it becomes.
type htmlRow struct {
	attrs   []html.Attribute
	cells   []*element
	section int  // which thead, tbody or tfoot it stands in
	head    bool // that is a thead
	loose   bool // no tag begins it
	at      int

	columns []int // where each cell stands
	wide    int   // how many columns its only cell stands over
	under   []int // the rows a cell of which reaches down into it
}

// table flattens a table. Its mark stands first in its first cell, or in its caption, which is a paragraph before it;
// each row may begin with a mark of its own, which narrows the table's.
func (f *fragment) table(e *element, s *scope) {
	rows, captions := f.rows(e)
	if len(rows) == 1 && len(rows[0].cells) == 1 && rows[0].cells[0].blocks {
		// A frame around something, and no table.
		for _, c := range captions {
			f.flow(c.kids, s)
		}
		f.flow(rows[0].cells[0].kids, s)
		return
	}
	columns, ok := f.layOut(rows, e)
	if !ok {
		return
	}
	t, m := f.fill(rows, columns)
	if e.cut {
		f.b.cut(t, m, f.pos(e.start))
	}
	var caption []Inline
	var own mark
	for _, c := range captions {
		read, in := f.settled(c.kids, true, false)
		if own.found && read.found {
			f.b.probs.errorf(read.at, "keep one", "a table has two captions with marks")
		}
		if read.found || own.at == (Pos{}) {
			own = read
		}
		caption = append(caption, in...)
	}
	switch { // a mark of one holds for the other too
	case own.found && !m.found && rows != nil:
		m.found, m.bad, m.label = true, own.bad, own.label
	case m.found && !own.found:
		own.found, own.bad, own.label = true, m.bad, m.label
	}
	if len(caption) > 0 {
		f.b.textBlock(own, caption, s)
	}
	if rows != nil {
		f.b.add(s, Block{Kind: Table, Table: t}, m, "table")
	}
}

// cut says of a table without an end that it ends at the next blank line; with marks that would let the rest out.
func (b *body) cut(t *TableData, m mark, at Pos) {
	const hint = "end it with </table>"
	if b.narrows(m.label) || slices.ContainsFunc(t.Rows, func(r Row) bool { return b.narrows(r.Label) }) {
		b.probs.errorf(at, hint, "the table is not closed, and what follows it would not have its marks")
		return
	}
	b.doubt(at, hint, "the table is not closed, and ends at the next blank line")
}

// rows returns the rows of a table and its captions. What stands in it and in no cell is a row or a cell of its own.
func (f *fragment) rows(table *element) (rows []*htmlRow, captions []*element) {
	section := 0
	var read func(kids []*element, head bool)
	read = func(kids []*element, head bool) {
		var loose *htmlRow
		for _, k := range kids {
			if k.blank() {
				continue
			}
			switch {
			case k.is("tr"):
				if cells := f.cells(k); len(cells) > 0 {
					rows = append(rows, &htmlRow{attrs: k.attrs, cells: cells, section: section, head: head, at: k.start})
				}
				loose = nil
			case k.is("thead", "tbody", "tfoot"):
				section++
				read(k.kids, k.is("thead"))
				section++
				loose = nil
			case k.is("caption"):
				captions = append(captions, k)
			case k.is("!", "col") || k.is("colgroup") || slices.Contains(dropped, k.name):
				f.inlines([]*element{k})
			case loose == nil:
				loose = &htmlRow{loose: true, cells: []*element{cellOf(k)}, section: section, head: head, at: k.start}
				rows = append(rows, loose)
			default:
				loose.cells = append(loose.cells, cellOf(k))
			}
		}
	}
	read(table.kids, false)
	return rows, captions
}

func (f *fragment) cells(row *element) (out []*element) {
	for _, k := range row.kids {
		switch {
		case k.blank():
		case k.is("!") || slices.Contains(dropped, k.name):
			f.inlines([]*element{k})
		default:
			out = append(out, cellOf(k))
		}
	}
	return out
}

// cellOf makes a cell of whatever stands where one should.
func cellOf(e *element) *element {
	if e.is("td", "th") {
		return e
	}
	return &element{name: "td", kids: []*element{e}, start: e.start, end: e.end, blocks: e.blocks}
}

// spanOf is how many columns or rows a cell stands over; 0 is all that are left.
func (e *element) spanOf(name string, all int) int {
	s, ok := e.attr(name)
	n, err := strconv.Atoi(strings.TrimSpace(s))
	switch {
	case !ok || err != nil || n < 0:
		return 1
	case n == 0 && name == "rowspan" || n > all:
		return all
	}
	return max(1, n)
}

// layOut gives each cell its column, and returns how many there are. Columns in which no cell begins fall away: no
// more than a page's worth is left of colspan="1000000".
func (f *fragment) layOut(rows []*htmlRow, e *element) (int, bool) {
	var down [maxColumns]int // how many rows below this one a cell reaches into, by column
	var from [maxColumns]int // which row it began in
	var used [maxColumns]bool
	for i, r := range rows {
		if i > 0 && rows[i-1].section != r.section {
			down = [maxColumns]int{}
		}
		covered := slices.ContainsFunc(down[:], func(n int) bool { return n > 0 })
		if span := r.cells[0].spanOf("colspan", maxColumns+1); len(r.cells) == 1 && span > 1 && !covered {
			r.wide, r.columns = span, []int{0}
			continue
		}
		next := 0
		taken := down
		for k, c := range r.cells {
			for next < maxColumns && taken[next] > 0 {
				r.under = append(r.under, from[next])
				next++
			}
			if next == maxColumns {
				f.b.probs.errorf(f.pos(c.start), "a page holds far fewer: turn the table, or hand it in as a file", "a table has more than %d columns", maxColumns)
				return 0, false
			}
			r.columns = append(r.columns, next)
			used[next] = true
			left := maxColumns - next - (len(r.cells) - k - 1)
			for n := max(1, min(c.spanOf("colspan", maxColumns), left)); n > 0 && next < maxColumns && taken[next] == 0; n-- {
				down[next], from[next] = c.spanOf("rowspan", len(rows)), i
				next++
			}
		}
		for ; next < maxColumns; next++ {
			if taken[next] > 0 {
				r.under = append(r.under, from[next])
			}
		}
		for c := range down {
			down[c] = max(0, down[c]-1)
		}
	}
	return f.narrowed(rows, used[:], e)
}

// narrowed drops the columns in which no cell begins.
func (f *fragment) narrowed(rows []*htmlRow, used []bool, e *element) (int, bool) {
	var number [maxColumns]int
	columns := 0
	for i := range used {
		number[i] = columns
		if used[i] {
			columns++
		}
	}
	columns = max(1, columns)
	if columns*len(rows) > maxCells {
		f.b.probs.errorf(f.pos(e.start), boundsHint, "a table has %d rows of %d columns, more than %d cells", len(rows), columns, maxCells)
		return 0, false
	}
	for _, r := range rows {
		for i, c := range r.columns {
			r.columns[i] = number[c]
		}
	}
	return columns, true
}

// fill reads the cells. The first row is the head if it says so or has nothing but heads of columns.
func (f *fragment) fill(rows []*htmlRow, columns int) (*TableData, mark) {
	t := &TableData{Align: make([]string, columns), Head: make([][]Inline, columns)}
	var table mark
	marked := make([]string, len(rows)) // the marks of the rows that have their own
	others := make([]bool, columns)     // columns in which a cell of a row begins that all readers of the table have
	var narrow []*htmlRow
	for i, r := range rows {
		before := len(f.b.anchors)
		own, cells := f.row(r, columns)
		if i > 0 && own.found {
			f.b.anchors = f.b.anchors[:before] // they would be the table's, and are this row's
		}
		if i > 0 && f.b.narrows(own.label) {
			narrow = append(narrow, r)
		} else {
			for _, c := range r.columns {
				others[c] = true
			}
		}
		all := !slices.ContainsFunc(r.cells, func(c *element) bool { return !c.is("th") })
		if i == 0 {
			table, own = own, mark{at: own.at}
		}
		if i == 0 && r.wide == 0 && (r.head || all) {
			t.Head = cells
			for k, c := range r.cells {
				if align, _ := c.attr("align"); slices.Contains([]string{"left", "center", "right"}, align) {
					t.Align[r.columns[k]] = align
				}
			}
			continue
		}
		for k, c := range r.cells {
			if at := r.columns[k]; c.is("th") && len(cells[at]) > 0 && !(len(cells[at]) == 1 && cells[at][0].Kind == Strong) {
				cells[at] = []Inline{{Kind: Strong, Children: cells[at]}}
			}
		}
		marked[i] = own.label.Print()
		if slices.ContainsFunc(r.under, func(above int) bool { return marked[above] != "" && marked[above] != own.label.Print() }) {
			f.b.probs.errorf(own.at, "mark it as that row, so that nobody has to guess", "a row without the mark of the row above, a cell of which reaches down into it")
		}
		if !own.found && r.loose && slices.ContainsFunc(t.Rows, func(r Row) bool { return f.b.narrows(r.Label) }) {
			f.b.probs.errorf(own.at, "write it in a row of its own, or close the one before it behind it", "what stands in a table and in no row follows a row that is marked for fewer")
		}
		row := Row{Label: own.label, Span: columns > 1 && r.wide >= columns, Cells: cells, Pos: own.at}
		if own.found {
			row.Mark = own.label.Print()
			f.b.complete(own)
		}
		t.Rows = append(t.Rows, row)
	}
	for _, r := range narrow {
		if slices.ContainsFunc(r.columns, func(c int) bool { return !others[c] }) {
			f.b.probs.errorf(f.pos(r.at), tooWide, "a row that is marked for fewer has more columns than the rows that all readers of its table have")
			break
		}
	}
	return t, table
}

// tooWide is the hint where a row widens its table: those who do not get it would see by the table that it is there.
const tooWide = "give it no more, or let the head of the table have as many"

// row returns the mark of a row and its cells without it, as many as the table has columns.
func (f *fragment) row(r *htmlRow, columns int) (mark, [][]Inline) {
	m := mark{at: f.pos(r.at)}
	cells := make([][]Inline, columns)
	f.b.anchor(tag{attrs: r.attrs, at: m.at})
	for i, c := range r.cells {
		f.b.anchor(tag{attrs: c.attrs, at: f.pos(c.start)})
		own, in := f.settled(c.kids, i == 0, true)
		cells[r.columns[i]] = in
		switch {
		case i == 0 && own.at != (Pos{}):
			m = own
		case i > 0 && own.found && !own.bad:
			f.b.probs.errorf(own.at, "put it in the first cell of the row", "a mark stands in cell %d of a row", i+1)
		}
	}
	return m, cells
}
