package draft

import "strings"

// EachInline visits every inline of the block, outer before inner, in reading order.
func (b *Block) EachInline(visit func(*Inline)) {
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

func walk(in []Inline, visit func(*Inline)) {
	for i := range in {
		visit(&in[i])
		walk(in[i].Children, visit)
	}
}

// Plain returns what a reader sees of in, on one line, notes left out.
func Plain(in []Inline) string {
	var s strings.Builder
	for _, i := range in {
		switch i.Kind {
		case Break:
			s.WriteByte(' ')
		case Footnote:
		default:
			s.WriteString(i.Text)
			s.WriteString(Plain(i.Children))
		}
	}
	return s.String()
}

// text returns what a reader sees of the row.
func (r Row) text() string {
	cells := make([]string, len(r.Cells))
	for i, c := range r.Cells {
		cells[i] = Plain(c)
	}
	return strings.Join(cells, " ")
}

// Labelled is a label and what it stands for.
type Labelled struct {
	What  string // title, glance, action, attack, reference, contact, indicator, attachment, portion, row, note
	Text  string // its first words, or all of them
	Label Label
	Pos   Pos
	Part  bool  // a row or a note, which without a mark has its portion's; or a rule
	Of    Label // a row or a note: its portion's label, which holds for it too
}

// Labels returns every label of the document, that of unmarked content included: what banner and quorum
// are made from.
func (d *Document) Labels() []Labelled {
	out := []Labelled{{What: "title", Text: d.Title.Text, Label: d.Title.Label, Pos: d.Title.Pos}}
	if c := d.Correction; c.Text != "" {
		out = append(out, Labelled{What: "correction", Text: c.Text, Label: c.Label, Pos: c.Pos})
	}
	lines := func(what string, in []Line) {
		for _, l := range in {
			out = append(out, Labelled{What: what, Text: l.Text, Label: l.Label, Pos: l.Pos})
		}
	}
	for _, g := range d.Glance {
		lines("glance", []Line{g.Line})
	}
	lines("action", d.Actions)
	for _, t := range d.Attack {
		out = append(out, Labelled{What: "attack", Text: t.ID, Label: t.Label, Pos: t.Pos})
	}
	lines("reference", d.References)
	lines("contact", d.Contacts)
	for _, i := range d.Indicators {
		out = append(out, Labelled{What: "indicator", Text: i.Value, Label: i.Label, Pos: i.Pos})
	}
	for _, a := range d.Attachments {
		out = append(out, Labelled{What: "attachment", Text: a.Name, Label: a.Label, Pos: a.Pos})
	}
	for _, p := range d.Portions {
		out = append(out, Labelled{What: "portion", Text: Plain(p.Block.Text), Label: p.Label, Pos: p.Pos, Part: p.Block.Kind == Rule})
		if p.Block.Table != nil {
			for _, r := range p.Block.Table.Rows {
				out = append(out, Labelled{What: "row", Text: r.text(), Label: r.Label, Pos: r.Pos, Part: true, Of: p.Label})
			}
		}
		p.Block.EachInline(func(in *Inline) {
			if in.Kind == Footnote {
				out = append(out, Labelled{What: "note", Text: Plain(in.Children), Label: in.Label, Pos: p.Pos, Part: true, Of: p.Label})
			}
		})
	}
	return out
}

// Headed reports whether the table's head says anything; one that does not is not drawn.
func (t *TableData) Headed() bool {
	says := false
	for _, c := range t.Head {
		walk(c, func(i *Inline) {
			says = says || i.Kind == Footnote || i.Kind == Picture || strings.TrimSpace(i.Text) != ""
		})
	}
	return says
}
