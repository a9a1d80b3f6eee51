package pdf

// attachmentTable is the manifest of the files that come with the bulletin.
func (c *composer) attachmentTable() []box {
	if len(c.e.Attachments) == 0 {
		return nil
	}
	c.place = "attached files"
	boxes := c.section("Attached files")
	boxes = append(boxes, c.small("They come with the mail of this bulletin; compare the SHA-256 before you use them.", c.paper.full(), smallSize, muted, 2)...)
	g := grid{size: tableSize, place: "attachment", head: headCells(tableSize, "File", "What it is", "Size", "SHA-256"), align: []string{"", "", "right", ""}}
	s := style{size: tableSize, color: ink}
	mono := style{mono: true, size: 7.8, color: ink}
	for _, a := range c.e.Attachments {
		row := textCells(s, a.Name, a.About, a.Count(), "")
		row[0] = marked(a.Mark, row[0], s)
		row[3] = cell{{text: string(a.Digest), style: mono}}
		g.rows = append(g.rows, row)
	}
	return append(boxes, spaceFirst(c.table(g, c.paper.full()), 4)...)
}
