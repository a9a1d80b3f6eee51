package draft

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// maxColumns is far more than a page holds (see bounded).
const maxColumns = 64

// table flattens a table. Its mark stands first in the first cell of its head; each row may begin
// with a mark of its own, which narrows the table's.
func (b *body) table(n *extast.Table, s *scope) {
	t := &TableData{Align: make([]string, len(n.Alignments))}
	for i, a := range n.Alignments {
		if a != extast.AlignNone {
			t.Align[i] = a.String()
		}
	}
	var m mark
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if row.Kind() == extast.KindTableHeader {
			m, t.Head = b.cells(row, len(t.Align))
			continue
		}
		own, cells := b.cells(row, len(t.Align))
		r := Row{Label: own.label, Cells: cells, Pos: own.at}
		if own.found {
			r.Mark = own.label.Print()
			b.complete(own)
		}
		t.Rows = append(t.Rows, r)
	}
	b.add(s, Block{Kind: Table, Table: t}, m, "table")
}

// cells returns the mark of a row and its cells without it, as many as the table has columns.
func (b *body) cells(row ast.Node, columns int) (mark, [][]Inline) {
	m := mark{at: b.pos(row.Pos())}
	cells := make([][]Inline, columns)
	i := 0
	for c := row.FirstChild(); c != nil && i < columns; c = c.NextSibling() {
		if c.Lines().Len() > 0 {
			own, in := b.marked(c)
			cells[i] = in
			switch {
			case i == 0:
				m = own
			case own.found && !own.bad:
				b.probs.errorf(own.at, "put it in the first cell of the row", "a mark stands in cell %d of a row", i+1)
			}
		}
		i++
	}
	b.surplus(row)
	return m, cells
}

// surplus refuses cells beyond the last column, which goldmark drops (GFM 4.10).
func (b *body) surplus(row ast.Node) {
	last := row.LastChild()
	if last == nil || last.Lines().Len() == 0 {
		return
	}
	segment := last.Lines().At(last.Lines().Len() - 1)
	end := b.file.lineEnd(b.start+segment.Stop) - b.start
	rest := strings.TrimSpace(string(b.src[segment.Stop:end]))
	if rest != "" && rest != "|" {
		at := end - len(strings.TrimLeft(string(b.src[segment.Stop:end]), " |"))
		b.probs.errorf(b.pos(at), "give the head as many cells, or write \\| for a bar in the text", "the row has more cells than the head of its table")
	}
}
