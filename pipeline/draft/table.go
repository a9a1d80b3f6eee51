package draft

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
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
	wide, narrow := 0, [2]int{} // cells of the widest row that all readers of the table have, and of those for fewer with its place
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		if row.Kind() == extast.KindTableHeader {
			m, t.Head = b.cells(row, len(t.Align))
			wide = max(wide, row.ChildCount())
			continue
		}
		before := len(b.anchors)
		own, cells := b.cells(row, len(t.Align))
		if own.found {
			b.anchors = b.anchors[:before] // they would be the table's, and are this row's
		}
		if !b.narrows(own.label) {
			wide = max(wide, row.ChildCount())
		} else if row.ChildCount() > narrow[0] {
			narrow = [2]int{row.ChildCount(), row.Pos()}
		}
		r := Row{Label: own.label, Cells: cells, Pos: own.at}
		if own.found {
			r.Mark = own.label.Print()
			b.complete(own)
		}
		t.Rows = append(t.Rows, r)
	}
	if narrow[0] > wide {
		b.probs.errorf(b.pos(narrow[1]), tooWide, "a row that is marked for fewer has more columns than the rows that all readers of its table have")
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
	if _, wide := row.AttributeString(surplus); wide {
		b.probs.warnf(m.at, "give the head as many cells, or write \\| for a bar in the text", "the row has more cells than the head of its table, which is widened")
	}
	return m, cells
}

// surplus is the attribute of a row that has more cells than the head of its table.
const surplus = "surplus"

// wideTables makes tables as goldmark does, and gives them the columns that only some of their rows have: goldmark drops
// those cells (GFM 4.10), and the words in them.
type wideTables struct{}

func (wideTables) Transform(p *ast.Paragraph, r text.Reader, pc parser.Context) {
	parent, before := p.Parent(), p.PreviousSibling()
	extension.NewTableParagraphTransformer().Transform(p, r, pc)
	made := p.NextSibling()
	if p.Parent() == nil { // all of it became the table
		if made = parent.FirstChild(); before != nil {
			made = before.NextSibling()
		}
	}
	if table, ok := made.(*extast.Table); ok {
		widen(table, r.Source())
	}
}

// widen appends to each row the cells that goldmark left out, and empty ones where others have more.
func widen(t *extast.Table, src []byte) {
	columns := len(t.Alignments)
	for row := t.FirstChild(); row != nil; row = row.NextSibling() {
		for _, cell := range left(row, src) {
			if row.ChildCount() >= maxColumns { // the rest is text of the last one
				last := row.LastChild().Lines()
				segment := last.At(last.Len() - 1)
				last.Set(last.Len()-1, text.NewSegment(segment.Start, cell.Stop))
				continue
			}
			more := extast.NewTableCell()
			more.SetPos(cell.Start)
			more.Lines().Append(cell)
			row.AppendChild(row, more)
			row.SetAttributeString(surplus, true)
		}
		columns = max(columns, row.ChildCount())
	}
	for len(t.Alignments) < columns {
		t.Alignments = append(t.Alignments, extast.AlignNone)
	}
}

// left returns what stands in a row behind its last cell, cell by cell, empty ones at the end left out.
func left(row ast.Node, src []byte) (out []text.Segment) {
	last := row.LastChild()
	if last == nil || last.Lines().Len() == 0 {
		return nil
	}
	at := last.Lines().At(last.Lines().Len() - 1).Stop
	line, _, _ := bytes.Cut(src[at:], []byte("\n"))
	from := bytes.IndexByte(line, '|') + 1 // the bar that ends the last cell
	for i := from; from > 0 && i <= len(line); i++ {
		if i < len(line) && (line[i] != '|' || line[i-1] == '\\') {
			continue
		}
		cell := text.NewSegment(at+from, at+i)
		cell = cell.TrimLeftSpace(src)
		out = append(out, cell.TrimRightSpace(src))
		from = i + 1
	}
	for len(out) > 0 && out[len(out)-1].IsEmpty() {
		out = out[:len(out)-1]
	}
	return out
}
