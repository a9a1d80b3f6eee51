package pdf

import (
	"fmt"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// front is the head of page 1: what a duty officer grasps in ten seconds. What the marking requires to be said
// there stands at the foot of the page, where there is room for both; else before the actions, never after them.
func (c *composer) front() (boxes, foot []box) {
	b := c.paper.full()
	boxes = []box{c.masthead(b)}
	boxes = append(boxes, spaceFirst(c.title(b), 6)...)
	boxes = append(boxes, c.dates(b)...)
	boxes = append(boxes, c.notices(b)...)
	summary, handling := c.summary(b), c.handling(b)
	if height(boxes)+height(summary)+height(handling) <= c.paper.bottom-c.paper.top {
		return append(boxes, summary...), handling
	}
	return append(append(boxes, handling...), summary...), nil
}

const mastHeight = 23.0

// masthead is a bar with the kind at the left and the number at the right, in small capitals. It has another colour
// where the bulletin is urgent.
func (c *composer) masthead(b bounds) box {
	ground := accent
	if p := c.e.Precedence; p == pipeline.Immediate || p == pipeline.Flash {
		ground = urgent
	}
	s := style{bold: true, size: 12.5, color: white}
	c.place = "kind"
	left := c.lines(smallCaps(c.kind(), s), b.w)
	c.place = "number"
	right := c.oneLine(c.number(), s)
	return box{height: mastHeight, keep: true, draw: func(sh *sheet, top, _ float64) {
		sh.add(rectOp{x: b.x, y: top, w: b.w, h: mastHeight, fill: ground})
		for _, l := range left {
			sh.drawLine(l, b.x+panelPad, top+16)
		}
		sh.drawLine(right, b.x+b.w-panelPad-right.width, top+16)
	}}
}

// kind says what the bulletin is, how urgent if it is, and whether it is withdrawn or amended.
func (c *composer) kind() string {
	kind := kindName(c.e.Kind)
	if p := c.e.Precedence; p != "" && p != pipeline.Routine && string(p) != string(c.e.Kind) {
		kind += " · " + strings.ToUpper(string(p[:1])) + string(p[1:])
	}
	if n := c.e.Notice(); n != "" {
		kind = n + " · " + kind
	}
	return kind
}

// title takes the largest size at which it fits: two lines of 20 to 24 points, and only if it is
// longer than that three lines of less.
func (c *composer) title(b bounds) []box {
	c.place = "title"
	var lines []line
	size := 24.0
	for ; size >= 13; size-- {
		s := style{bold: true, size: size, color: ink}
		mark := s
		mark.size *= 0.6
		lines = c.balanced(marked(c.e.Title.Mark, []span{{text: c.e.Title.Text, style: s}}, mark), b.w)
		if len(lines) <= 2 || size < 20 && len(lines) <= 3 {
			break
		}
	}
	boxes := make([]box, len(lines))
	for i, l := range lines {
		boxes[i] = box{height: size * 1.16, keep: true, draw: func(sh *sheet, top, _ float64) {
			if i == 0 {
				sh.add(bookmarkOp{text: clean(c.e.Title.Text), level: 0, y: top})
			}
			sh.drawLine(l, b.x, top+size*0.9)
		}}
	}
	return boxes
}

// dates is the line under the title, who else has the bulletin, the local times, the meaning of the label, and the embargo.
func (c *composer) dates(b bounds) []box {
	c.place = "date line"
	var parts []string
	if c.e.Number != "" && !c.e.Released.IsZero() {
		parts = append(parts, utc(c.e.Released))
	}
	if n := len(c.e.History); n > 0 {
		parts = append(parts, "version "+c.e.History[n-1].Version)
	}
	parts = append(parts, c.e.Whose())
	boxes := c.small(strings.Join(parts, " · "), b, 9.5, ink, 5)
	boxes = append(boxes, c.small(c.e.Circulation(), b, smallSize, muted, 2)...)
	if c.e.Number != "" && !c.e.Released.IsZero() {
		boxes = append(boxes, c.localTimes(c.e.Released, b))
	}
	c.place = "TLP label"
	if m := c.e.TLP.Meaning(); m != "" {
		label := span{text: c.e.TLP.String() + "  ", style: style{bold: true, size: smallSize, color: muted}}
		text := span{text: m, style: style{size: smallSize, color: muted}}
		boxes = append(boxes, keepAll(paragraph(c.lines([]span{label, text}, b.w), b, smallSize, 3))...)
	}
	return boxes
}

func (c *composer) small(text string, b bounds, size float64, color rgb, gap float64) []box {
	return keepAll(paragraph(c.lines([]span{{text: text, style: style{size: size, color: color}}}, b.w), b, size, gap))
}

func keepAll(boxes []box) []box {
	for i := range boxes {
		boxes[i].keep = true
	}
	return boxes
}

// localTimes shows a moment on the clocks of the five nations, side by side.
func (c *composer) localTimes(t time.Time, b bounds) box {
	var names, times []line
	for _, l := range edition.LocalTimes(t) {
		name, clock := style{bold: true, size: 7, color: muted}, style{size: 7.5, color: muted}
		if l.Nation == c.e.Nation { // the reader's own
			name.color, clock.color, clock.bold = accent, ink, true
		}
		names = append(names, c.oneLine(string(l.Nation)+" "+l.Place, name))
		times = append(times, c.oneLine(l.Time.Format("2 Jan 15:04 -07:00"), clock))
	}
	return box{gap: 3, height: 21, keep: true, draw: func(s *sheet, top, _ float64) {
		for i := range names {
			x := b.x + b.w*float64(i)/float64(len(names))
			s.drawLine(names[i], x, top+8)
			s.drawLine(times[i], x, top+17.5)
		}
	}}
}

// summary is the box of actions and, beside it, "At a glance", divided so that it is as low as can be. What is too long
// for boxes side by side is set one below the other.
func (c *composer) summary(b bounds) []box {
	if len(c.e.Actions) == 0 || len(c.e.Glance) == 0 {
		return append(c.wholePanel(c.actions, b, actBack, accent), c.wholePanel(c.glance, b, codeBack, muted)...)
	}
	best := c.sideBySide(b, 0.62)
	for _, part := range []float64{0.56, 0.5, 0.44, 0.38} {
		if other := c.sideBySide(b, part); other.height < best.height-fuzz {
			best = other
		}
	}
	if best.height > (c.paper.bottom-c.paper.top)*0.5 {
		return append(c.wholePanel(c.actions, b, actBack, accent), c.wholePanel(c.glance, b, codeBack, muted)...)
	}
	return []box{best}
}

func (c *composer) wholePanel(lay func(bounds) []box, b bounds, ground, bar rgb) []box {
	return panel(spaceFirst(lay(b), 10), b, ground, bar)
}

// sideBySide gives the actions a part of the width.
func (c *composer) sideBySide(b bounds, part float64) box {
	const gutter = 12
	left, right := b, b.in((b.w-gutter)*part+gutter)
	left.w = (b.w - gutter) * part
	actions, glance := c.actions(left), c.glance(right)
	h := max(height(actions), height(glance)) + 2*panelPad
	return box{gap: 10, height: h, draw: func(s *sheet, top, _ float64) {
		s.fillPanel(left, top, h, actBack, accent)
		s.stack(actions, top+panelPad)
		s.fillPanel(right, top, h, codeBack, muted)
		s.stack(glance, top+panelPad)
	}}
}

func (s *sheet) fillPanel(b bounds, top, h float64, ground, bar rgb) {
	s.add(rectOp{x: b.x, y: top, w: b.w, h: h, fill: ground})
	s.add(rectOp{x: b.x, y: top, w: 2.5, h: h, fill: bar})
}

// stack draws boxes one below the other.
func (s *sheet) stack(boxes []box, top float64) {
	for i, b := range boxes {
		gap := b.gap
		if i == 0 {
			gap = 0
		}
		top += gap
		b.draw(s, top, gap)
		top += b.height
	}
}

func (c *composer) actions(b bounds) []box {
	if len(c.e.Actions) == 0 {
		return nil
	}
	inner := bounds{x: b.x + panelPad + 3, w: b.w - 2*panelPad - 3}
	c.place = "actions"
	boxes := c.panelTitle("Actions to take today", inner)
	for i, a := range c.e.Actions {
		c.place = fmt.Sprintf("action %d", i+1)
		s := style{size: 9.5, color: ink}
		number := c.oneLine(fmt.Sprint(i+1), style{bold: true, size: 9.5, color: accent})
		lines := c.lines(marked(a.Mark, []span{{text: a.Text, style: s}}, s), inner.w-16)
		boxes = append(boxes, beside(paragraph(lines, inner.in(16), s.size, 3), number, inner.x, s.size)...)
	}
	return boxes
}

// glanceName is the width of the names.
const glanceName = 52.0

func (c *composer) glance(b bounds) []box {
	if len(c.e.Glance) == 0 {
		return nil
	}
	inner := bounds{x: b.x + panelPad + 3, w: b.w - 2*panelPad - 3}
	c.place = "at a glance"
	boxes := c.panelTitle("At a glance", inner)
	for _, g := range c.e.Glance {
		c.place = "at a glance, " + strings.ToLower(g.Name)
		s := style{size: 9.5, color: ink}
		name := c.oneLine(g.Name, style{bold: true, size: 8.5, color: muted})
		lines := c.lines(marked(g.Mark, []span{{text: g.Text, style: s}}, s), inner.w-glanceName)
		boxes = append(boxes, beside(paragraph(lines, inner.in(glanceName), s.size, 3), name, inner.x, s.size)...)
	}
	return boxes
}

func (c *composer) panelTitle(text string, b bounds) []box {
	s := style{bold: true, size: 10.5, color: accent}
	return keepAll(paragraph(c.lines([]span{{text: text, style: s}}, b.w), b, s.size, 0))
}

// beside draws a label on the first line of boxes.
func beside(boxes []box, label line, x, size float64) []box {
	if len(boxes) == 0 {
		return nil
	}
	boxes[0] = boxes[0].with(func(s *sheet, top float64) { s.drawLine(label, x, baseline(top, size)) })
	return boxes
}

// utc writes a moment as it stands in the date line.
func utc(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }
