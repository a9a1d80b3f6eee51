package pdf

import (
	"fmt"
	"strings"

	"bulletin/pipeline/draft"
)

// body is the edition's blocks and, after them, its footnotes.
func (c *composer) body() []box {
	var boxes []box
	for i, b := range c.e.Blocks {
		c.place = fmt.Sprintf("block %d (%s)", i+1, b.Kind)
		var before *draft.Block
		if i > 0 {
			before = &c.e.Blocks[i-1]
		}
		set := c.block(b, before)
		if i+1 < len(c.e.Blocks) && leadsIn(b, c.e.Blocks[i+1], len(set)) {
			set[len(set)-1].keep = true
		}
		boxes = append(boxes, set...)
	}
	return append(spaceFirst(boxes, 14), c.noteSection()...)
}

// leadsIn reports whether a paragraph belongs to what follows: it ends with a colon, or is a line of its own over a
// list, a table or code.
func leadsIn(b, next draft.Block, lines int) bool {
	if b.Kind != draft.Paragraph || lines == 0 || next.Kind == draft.Heading || next.Kind == draft.Rule {
		return false
	}
	opens := standsAlone(next.Kind) || next.Item != nil && (b.Item == nil || next.Item.Depth > b.Item.Depth)
	return opens && (lines == 1 || strings.HasSuffix(strings.TrimSpace(draft.Plain(b.Text)), ":"))
}

// block lays out one block with what surrounds it: the space above, a list's label, a
// quotation's bars.
func (c *composer) block(b draft.Block, before *draft.Block) []box {
	at := c.paper.text().in(float64(b.Quote) * quoteStep)
	if b.Item != nil {
		at = at.in(float64(min(b.Item.Depth, 8)) * listIndent)
	}
	side := c.sideOf(b)
	at = side.turn(at)
	boxes := c.content(b, at)
	for _, pic := range c.pictures {
		boxes = append(boxes, spaceFirst(c.figure(&pic, nil, at), 6)...)
	}
	c.pictures = nil
	boxes = spaceFirst(c.anchored(boxes, b.Anchors), gapAbove(b, before))
	if b.Item != nil && !b.Continues {
		boxes = c.labelled(boxes, *b.Item, at, side)
	}
	if b.Quote > 0 {
		boxes = quoted(boxes, b.Quote, side, before != nil && before.Quote > 0)
	}
	return boxes
}

// anchored lets links of the document ("#name") lead to the first of the boxes.
func (c *composer) anchored(boxes []box, names []string) []box {
	c.anchors = append(c.anchors, names...)
	if len(boxes) == 0 {
		return nil // what has nothing to draw: they stand for what follows it
	}
	names, c.anchors = c.anchors, nil
	for _, n := range names {
		boxes[0] = boxes[0].with(func(s *sheet, top float64) { s.add(anchorOp{name: n, y: top - 4}) })
	}
	return boxes
}

// side is the one at which a block's list label and quotation bars stand: where its text begins.
type side struct {
	text  bounds // of all text
	right bool
}

func (c *composer) sideOf(b draft.Block) side {
	return side{text: c.paper.text(), right: c.rightToLeft(b.Text)}
}

// turn makes room at the right in place of the left.
func (s side) turn(at bounds) bounds {
	if s.right {
		at.x = s.text.x
	}
	return at
}

func (c *composer) content(b draft.Block, at bounds) []box {
	switch b.Kind {
	case draft.Heading:
		return c.heading(b, at)
	case draft.Table:
		if b.Table != nil {
			return c.tableBlock(b, at)
		}
	case draft.Code:
		if b.Code != nil {
			return c.code(b, at)
		}
	case draft.Figure:
		return c.figure(b.Image, marked(b.Mark, c.spans(b.Text, captionStyle()), captionStyle()), at)
	case draft.Rule:
		return []box{rule(at)}
	}
	s := style{size: bodySize, color: ink}
	return paragraph(c.lines(marked(b.Mark, c.spans(b.Text, s), s), at.w), at, bodySize, 0)
}

// rule parts what is above it from what is below: it is nothing at the top of a page, and never at the foot of one.
func rule(at bounds) box {
	return box{height: 8, keep: true, draw: func(s *sheet, top, gap float64) {
		if gap > 0 {
			s.add(lineOp{x1: at.x, y1: top + 4, x2: at.x + at.w, y2: top + 4, width: 0.6, color: hairline})
		}
	}}
}

// heading stands out to the left of the text, unless it is in a list or a quotation.
func (c *composer) heading(b draft.Block, at bounds) []box {
	if b.Item == nil && b.Quote == 0 {
		at = c.paper.full()
	}
	s := style{bold: true, size: headingSize(b.Level), color: accent}
	mark := s
	mark.size *= 0.9
	lines := c.lines(marked(b.Mark, c.spans(b.Text, s), mark), at.w)
	return c.titled(keepAll(paragraph(lines, at, s.size, 0)), draft.Plain(b.Text), b.Level)
}

// titled adds a bookmark to the first box. Levels in the outline never skip one, whatever the
// headings do: fpdf would point to the wrong parent. The document's title is level 0.
func (c *composer) titled(boxes []box, text string, level int) []box {
	for len(c.outline) > 0 && c.outline[len(c.outline)-1] >= level {
		c.outline = c.outline[:len(c.outline)-1]
	}
	c.outline = append(c.outline, level)
	depth, title := len(c.outline), clean(text)
	if len(boxes) == 0 {
		return nil
	}
	boxes[0] = boxes[0].with(func(s *sheet, top float64) { s.add(bookmarkOp{text: title, level: depth, y: top - 4}) })
	return boxes
}

// section is the heading of a part that the renderer adds.
func (c *composer) section(text string) []box {
	s := style{bold: true, size: headingSize(2), color: accent}
	at := c.paper.full()
	lines := c.lines([]span{{text: text, style: s}}, at.w)
	return c.titled(keepAll(paragraph(lines, at, s.size, 18)), text, 1)
}

// gapAbove is the space between two blocks.
func gapAbove(b draft.Block, before *draft.Block) float64 {
	switch {
	case b.Kind == draft.Heading && b.Level <= 1:
		return 18
	case b.Kind == draft.Heading && b.Level == 2:
		return 15
	case b.Kind == draft.Heading:
		return 11
	case before != nil && before.Kind == draft.Heading:
		return 4
	case standsAlone(b.Kind), before != nil && standsAlone(before.Kind):
		return 11
	case b.Item != nil && b.Continues:
		return 3
	case b.Item != nil && before != nil && before.Item != nil && sameList(*b.Item, *before.Item):
		return 3
	}
	return 7
}

// sameList reports whether two items are of one list, or one's list stands in the other's.
func sameList(a, b draft.Item) bool { return a.List == b.List || a.Depth > 1 || b.Depth > 1 }

func standsAlone(k draft.BlockKind) bool {
	return k == draft.Table || k == draft.Code || k == draft.Figure
}

// labelled draws a list item's number or bullet before it.
func (c *composer) labelled(boxes []box, item draft.Item, at bounds, side side) []box {
	bullets := []string{"•", "–", "▪"}
	text, s, gap := bullets[(max(item.Depth, 1)-1)%len(bullets)], style{size: bodySize, color: accent}, 6.0
	if item.Ordered {
		text, s, gap = fmt.Sprintf("%d.", item.Number), style{size: bodySize, color: ink}, 5
	}
	l := c.oneLine(text, s)
	x := at.x - gap - l.width
	if side.right {
		x = at.x + at.w + gap
	}
	return beside(boxes, l, x, bodySize)
}

// quoted draws a bar for every depth of quotation.
func quoted(boxes []box, depth int, side side, continues bool) []box {
	return under(boxes, continues, func(s *sheet, top, height float64) {
		for i := range depth {
			x := side.text.x + float64(i)*quoteStep
			if side.right {
				x = side.text.x + side.text.w - float64(i)*quoteStep - 2
			}
			s.ground(rectOp{x: x, y: top, w: 2, h: height, fill: hairline})
		}
	})
}

// together is how many boxes of a table (its head and three rows) or of code stand at the foot of a page and at the head
// of one: fewer are overlooked there.
const together = 4

// unsplit keeps a table or a piece of code on one page if it is short, else its first and its last few boxes if those
// are low: a tall row is not overlooked.
func (c *composer) unsplit(boxes []box) []box {
	short := (c.paper.bottom - c.paper.top) / 4
	n := len(boxes)
	for i := range max(n-1, 0) {
		switch {
		case height(boxes) < short,
			i+1 < together && height(boxes[:i+2]) < short/2,
			n-i <= together && height(boxes[i:]) < short/2:
			boxes[i].keep = true
		}
	}
	return boxes
}

// markLine is the mark of a block that has no text of its own to stand before.
func (c *composer) markLine(mark string, at bounds) []box {
	if mark == "" {
		return nil
	}
	s := style{size: bodySize, color: ink}
	return keepAll(paragraph(c.lines(marked(mark, nil, s), at.w), at, bodySize, 0))
}
