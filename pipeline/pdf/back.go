package pdf

import (
	"fmt"
	"strings"

	"bulletin/pipeline/attack"
	"bulletin/pipeline/edition"
)

// back is what follows the text: tables, references, contacts, history.
func (c *composer) back() []box {
	var boxes []box
	boxes = append(boxes, c.attackTable()...)
	boxes = append(boxes, c.indicatorTable()...)
	boxes = append(boxes, c.attachmentTable()...)
	boxes = append(boxes, c.references()...)
	return append(boxes, c.ending()...)
}

// ending is contacts and history: on one page, so that the last one does not hold a history alone.
func (c *composer) ending() []box {
	boxes := append(c.contacts(), c.history()...)
	if height(boxes) < (c.paper.bottom-c.paper.top)/2 {
		keepAll(boxes[:max(len(boxes)-1, 0)])
	}
	return boxes
}

// noteSection holds the footnotes, in the order in which they are referred to.
func (c *composer) noteSection() []box {
	if len(c.notes) == 0 {
		return nil
	}
	boxes := c.section("Notes")
	at := c.paper.text()
	s := style{size: 9.5, color: ink}
	for i := 0; i < len(c.notes); i++ { // a note may refer to a further one
		n := c.notes[i]
		c.place = fmt.Sprintf("note %d", n.Number)
		lines := c.lines(marked(n.Mark, c.spans(n.Children, s), s), at.w-18)
		label := style{bold: true, size: 9, color: accent, target: noteReference(n.Number)}
		note := beside(paragraph(lines, at.in(18), s.size, 4), c.oneLine(fmt.Sprint(n.Number), label), at.x, s.size)
		if len(note) > 0 {
			note[0] = note[0].with(func(sh *sheet, top float64) { sh.add(anchorOp{name: noteName(n.Number), y: top}) })
		}
		boxes = append(boxes, note...)
	}
	return boxes
}

func (c *composer) numbered(boxes []box, label string, x float64) []box {
	return beside(boxes, c.oneLine(label, style{bold: true, size: 9, color: accent}), x, 9.5)
}

func textCells(s style, fields ...string) []cell {
	row := make([]cell, len(fields))
	for i, f := range fields {
		row[i] = cell{{text: f, style: s}}
	}
	return row
}

func headCells(size float64, fields ...string) []cell {
	return textCells(style{bold: true, size: size, color: ink}, fields...)
}

func (c *composer) attackTable() []box {
	if len(c.e.Attack) == 0 {
		return nil
	}
	c.place = "ATT&CK table"
	boxes := c.section("MITRE ATT&CK techniques")
	boxes = append(boxes, c.small("MITRE ATT&CK for Enterprise, version "+attack.Version, c.paper.full(), smallSize, muted, 2)...)
	g := grid{size: tableSize, place: "technique", head: headCells(tableSize, "Tactic", "ID", "Name", "Use")}
	s := style{size: tableSize, color: ink}
	for _, t := range c.e.Attack {
		tactics, name := tacticsAndName(t.ID)
		row := textCells(s, tactics, t.ID, name, t.Use)
		link := s
		link.url, link.color = attack.URL(t.ID), linkInk
		row[1] = cell{{text: t.ID, style: link}}
		row[0] = marked(t.Mark, row[0], s)
		g.rows = append(g.rows, row)
	}
	return append(boxes, spaceFirst(c.table(g, c.paper.full()), 4)...)
}

func tacticsAndName(id string) (tactics, name string) {
	e, ok := attack.Lookup(id)
	switch {
	case !ok:
		return "–", "–"
	case strings.HasPrefix(id, "TA"):
		return e.Name, "–"
	}
	return strings.Join(e.Tactics, ", "), attack.Title(id)
}

func (c *composer) indicatorTable() []box {
	if len(c.e.Indicators) == 0 {
		return nil
	}
	c.place = "indicator table"
	boxes := c.section("Indicators of compromise")
	asOf := "Defanged; the companions hold the raw values (in the CSV a leading ' guards spreadsheets)."
	if c.e.Number != "" && !c.e.Released.IsZero() {
		asOf = "As of " + utc(c.e.Released) + ". " + asOf
	}
	boxes = append(boxes, c.small(asOf, c.paper.full(), smallSize, muted, 2)...)
	used := columnsUsed(c.e.Indicators)
	g := grid{size: tableSize, place: "indicator", head: headCells(tableSize, pick(used, "Type", "Value", "First seen", "Last seen", "Confidence", "Note")...)}
	s := style{size: tableSize, color: ink}
	mono := style{mono: true, size: 7.8, color: ink}
	for _, i := range c.e.Indicators {
		row := textCells(s, pick(used, i.Type, "", i.FirstSeen, i.LastSeen, i.Confidence, i.Note)...)
		row[0] = marked(i.Mark, row[0], s)
		row[1] = cell{{text: edition.Defang(i.Type, i.Value), style: mono}}
		g.rows = append(g.rows, row)
	}
	return append(boxes, spaceFirst(c.table(g, c.paper.full()), 4)...)
}

// columnsUsed says which of the six columns hold anything; type and value always stand.
func columnsUsed(in []edition.Indicator) [6]bool {
	used := [6]bool{true, true}
	for _, i := range in {
		used[2] = used[2] || i.FirstSeen != ""
		used[3] = used[3] || i.LastSeen != ""
		used[4] = used[4] || i.Confidence != ""
		used[5] = used[5] || i.Note != ""
	}
	return used
}

func pick(used [6]bool, fields ...string) []string {
	var out []string
	for i, f := range fields {
		if used[i] {
			out = append(out, f)
		}
	}
	return out
}

func (c *composer) references() []box {
	if len(c.e.References) == 0 {
		return nil
	}
	boxes := c.section("References")
	at := c.paper.text()
	s := style{size: 9.5, color: ink}
	for i, r := range c.e.References {
		c.place = fmt.Sprintf("reference %d", i+1)
		lines := c.lines(marked(r.Mark, linkified(r.Text, s), s), at.w-24)
		boxes = append(boxes, c.numbered(paragraph(lines, at.in(24), s.size, 4), fmt.Sprintf("[%d]", i+1), at.x)...)
	}
	return boxes
}

func (c *composer) contacts() []box {
	if len(c.e.Contacts) == 0 {
		return nil
	}
	boxes := c.section("Contact and reporting")
	at := c.paper.text()
	s := style{size: 9.5, color: ink}
	for i, k := range c.e.Contacts {
		c.place = fmt.Sprintf("contact %d", i+1)
		lines := c.lines(marked(k.Mark, linkified(k.Text, s), s), at.w)
		boxes = append(boxes, paragraph(lines, at, s.size, 4)...)
	}
	c.place = "reporting notice"
	notice := style{size: 9, color: muted}
	lines := c.lines([]span{{text: reportingNotice, style: notice}}, at.w)
	return append(boxes, paragraph(lines, at, notice.size, 7)...)
}

func (c *composer) history() []box {
	if len(c.e.History) == 0 {
		return nil
	}
	c.place = "version history"
	boxes := c.section("Version history")
	g := grid{size: tableSize, place: "version", head: headCells(tableSize, "Version", "Date", "Change", "Summary")}
	s := style{size: tableSize, color: ink}
	for _, v := range c.e.History {
		g.rows = append(g.rows, textCells(s, v.Version, utc(v.At), v.Change, v.Summary))
	}
	return append(boxes, spaceFirst(c.table(g, c.paper.full()), 4)...)
}
