package edition

import (
	"slices"

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
	switch {
	case portion.Block.Kind == draft.Rule:
		return p.keep(draft.Label{})
	case portion.Block.Kind == draft.Heading && portion.Label == (draft.Label{}):
		return p.keepsBelow(i)
	}
	label := portion.Label
	if label.TLP == marking.NoTLP {
		label.TLP = p.doc.TLP // an unmarked TLP is the document's
	}
	return p.keep(label)
}

// keepsBelow reports whether the nation may have anything under the unmarked heading at i: such a
// heading goes where anything under it goes, and falls away with it.
func (p *projection) keepsBelow(i int) bool {
	level := p.doc.Portions[i].Block.Level
	for _, below := range p.doc.Portions[i+1:] {
		if below.Block.Kind == draft.Heading && below.Block.Level <= level {
			return false
		}
		if isContent(below.Block) && May(below.Label, p.nation, p.terms) {
			return true
		}
	}
	return false
}

// isContent reports whether a block says something: headings and rules alone make no edition.
func isContent(b draft.Block) bool { return b.Kind != draft.Heading && b.Kind != draft.Rule }

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
			if p.keep(row.Label) {
				t.Rows = append(t.Rows, draft.Row{Mark: row.Mark, Cells: p.cells(row.Cells)})
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
			if !p.keep(i.Label) {
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

// eachInline visits every inline of a block, outer before inner, in reading order.
func eachInline(b *draft.Block, visit func(*draft.Inline)) {
	walk(b.Text, visit)
	if b.Table == nil {
		return
	}
	for _, c := range b.Table.Head {
		walk(c, visit)
	}
	for _, r := range b.Table.Rows {
		for _, c := range r.Cells {
			walk(c, visit)
		}
	}
}

func walk(in []draft.Inline, visit func(*draft.Inline)) {
	for i := range in {
		visit(&in[i])
		walk(in[i].Children, visit)
	}
}

// Labels returns every label in the document, that of unmarked content included: what quorum and
// roll-up are counted over.
func Labels(doc *draft.Document) []draft.Label {
	var out []draft.Label
	for _, l := range slices.Concat([]draft.Line{doc.Title}, doc.Actions, doc.References, doc.Contacts) {
		out = append(out, l.Label)
	}
	for _, g := range doc.Glance {
		out = append(out, g.Label)
	}
	for _, t := range doc.Attack {
		out = append(out, t.Label)
	}
	for _, i := range doc.Indicators {
		out = append(out, i.Label)
	}
	for _, p := range doc.Portions {
		out = append(out, p.Label)
		if p.Block.Table != nil {
			for _, r := range p.Block.Table.Rows {
				out = append(out, r.Label)
			}
		}
		eachInline(&p.Block, func(in *draft.Inline) {
			if in.Kind == draft.Footnote {
				out = append(out, in.Label)
			}
		})
	}
	return out
}
