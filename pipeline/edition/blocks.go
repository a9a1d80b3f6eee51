package edition

import (
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// blocks returns what the nation may have of the body, still numbered as the draft was. Where the first
// block of a list item or quotation is withheld, the next that is kept takes its place.
func (p *projection) blocks() []draft.Block {
	var out []draft.Block
	begun := map[int]bool{} // by depth of list: whether a block of the item that is open there was kept
	for i, portion := range p.doc.Portions {
		depth := 0
		if portion.Block.Item != nil {
			depth = portion.Block.Item.Depth
		}
		if !portion.Block.Continues {
			begun[depth] = false
		}
		if !p.keepPortion(i) {
			continue
		}
		b := p.block(portion.Block)
		b.Continues = b.Continues && begun[depth]
		begun[depth] = true
		out = append(out, b)
	}
	return out
}

func (p *projection) keepPortion(i int) bool {
	portion := p.doc.Portions[i]
	if unmarkedHeading(portion) {
		return MayPortion(p.doc, i, p.nation, p.terms)
	}
	label := portion.Label
	if label.TLP == marking.NoTLP && portion.Block.Kind != draft.Rule {
		label.TLP = p.doc.TLP // an unmarked TLP is the document's
	}
	if portion.Block.Kind == draft.Rule {
		return p.keepPart(label)
	}
	return p.keep(label)
}

// block returns a copy of b without the rows and notes that the nation may not have.
func (p *projection) block(b draft.Block) draft.Block {
	b.Text = p.inlines(b.Text)
	if b.Item != nil {
		item := *b.Item
		b.Item = &item
	}
	if b.Table != nil {
		t := draft.TableData{Align: b.Table.Align, Head: p.cells(b.Table.Head)}
		for _, row := range b.Table.Rows {
			if p.keepPart(row.Label) {
				t.Rows = append(t.Rows, draft.Row{Mark: row.Mark, Span: row.Span, Cells: p.cells(row.Cells)})
			}
		}
		b.Table = &t
	}
	return b
}

func (p *projection) cells(in [][]draft.Inline) [][]draft.Inline {
	out := make([][]draft.Inline, len(in))
	for i, c := range in {
		out[i] = p.inlines(c)
	}
	return out
}

func (p *projection) inlines(in []draft.Inline) []draft.Inline {
	var out []draft.Inline
	for _, i := range in {
		if i.Kind == draft.Footnote {
			if !p.keepPart(i.Label) {
				continue
			}
			i.Label = draft.Label{}
		}
		i.Children = p.inlines(i.Children)
		out = append(out, i)
	}
	return joined(out)
}

// joined merges neighbouring runs of text, so that a note that fell away between them leaves no trace.
func joined(in []draft.Inline) []draft.Inline {
	var out []draft.Inline
	for _, i := range in {
		if last := len(out) - 1; last >= 0 && i.Kind == draft.Text && out[last].Kind == draft.Text {
			out[last].Text += i.Text
			continue
		}
		out = append(out, i)
	}
	return out
}
