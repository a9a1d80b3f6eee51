package pdf

import "bulletin/pipeline/edition"

const pointsPerMM = 72 / 25.4

// pageMark is a marking as it stands at the top and the bottom of every page.
type pageMark struct {
	lines []line
	size  float64
	right bool
}

func (m pageMark) height() float64 { return float64(len(m.lines)) * m.size * 1.25 }

// setMarks sets the banner, word for word as it was marked, and under it the nation's equivalent. Neither is ever
// cut: what has no room in its usual size is set smaller and nearer to the edge, the banner first, since the nation's
// rules speak of its own mark.
func (c *composer) setMarks(p *paper) {
	all := c.marks()
	for _, m := range all {
		p.marks = append(p.marks, c.fitMark(m, p.full().w))
	}
	p.tlpBeside = p.besideTheLabel()
	if p.footHeight() <= p.h*markZone {
		return
	}
	p.edge = tightEdge
	for n := range all {
		for size := 9.0; size >= smallestMark; size -= 0.25 {
			for i, m := range all[:n+1] {
				p.marks[i] = c.setMark(m, size, p.full().w)
			}
			p.tlpBeside = p.besideTheLabel()
			if p.footHeight() <= p.h*markZone {
				return
			}
		}
	}
}

// smallestMark is for a banner of a thousand characters, which would otherwise not be sent at all.
const smallestMark = 4.5

// mark is a marking before it is set: lead says what it is where it is not the originator's.
type mark struct {
	place, lead, text string
	look              edition.MarkLook
}

// marks are the edition's. A banner that is the TLP label itself (scheme tlp) stands at the right as FIRST asks,
// and is not said twice.
func (c *composer) marks() []mark {
	var out []mark
	if c.e.Banner != c.e.TLP.String() {
		out = append(out, mark{place: "banner", text: c.e.Banner, look: c.e.BannerLook()})
	}
	if c.e.Equivalent != "" {
		out = append(out, mark{place: "equivalent", lead: c.e.HandleIn(), text: c.e.Equivalent, look: c.e.EquivalentLook()})
	}
	return out
}

// fitMark takes the largest size at which the mark needs at most two lines, but none below what its rules ask for.
func (c *composer) fitMark(m mark, width float64) pageMark {
	usual, least := m.look.Points, 6.0
	if high := m.look.CapHeight * pointsPerMM; high > 0 {
		least = high / c.fonts.sans[1][0].capHeight
		usual = max(usual, least)
	}
	for size := usual; ; size -= 0.5 {
		set := c.setMark(m, size, width)
		if n := len(set.lines); n <= 1 || n == 2 && size <= 9 || size-0.5 < least {
			return set
		}
	}
}

func (c *composer) setMark(m mark, size, width float64) pageMark {
	c.place = m.place
	lead := style{size: min(size, 9), color: ink}
	text := style{bold: true, size: size, color: rgb(m.look.Color)}
	return pageMark{lines: c.lines([]span{{text: m.lead, style: lead}, {text: m.text, style: text}}, width), size: size, right: m.look.Right}
}

// besideTheLabel is the last of the marks in whose line the TLP label has room, and -1 if there is none.
func (p paper) besideTheLabel() int {
	for i := len(p.marks) - 1; i >= 0; i-- {
		m := p.marks[i]
		if m.right || len(m.lines) != 1 {
			continue
		}
		if side := (p.full().w - m.lines[0].width) / 2; side > p.tlp.width+2*tlpPad+tlpAir {
			return i
		}
	}
	return -1
}

func (p paper) marksHeight() float64 {
	h := 0.0
	for i := range p.marks {
		h += p.rowHeight(i)
	}
	switch {
	case p.tlpBeside >= 0:
		return h
	case h == 0:
		return tlpHeight
	}
	return h + labelGap + tlpHeight
}

const (
	labelGap = 3.0 // above the label in a row of its own
	markGap  = 1.5 // above the second mark
)

// rowHeight is that of mark i, with the label beside it.
func (p paper) rowHeight(i int) float64 {
	h := p.marks[i].height()
	if i > 0 {
		h += markGap
	}
	if i == p.tlpBeside {
		return max(h, tlpHeight)
	}
	return h
}

func (p paper) drawMarks(s *sheet, top float64) {
	labelTop := top + p.marksHeight() - tlpHeight
	for i, m := range p.marks {
		h := p.rowHeight(i)
		if i == p.tlpBeside {
			labelTop = top + (h-tlpHeight)/2
		}
		for n, l := range m.lines {
			x := (p.w - l.width) / 2
			if m.right {
				x = p.w - sideMargin - l.width
			}
			s.drawLine(l, x, top+(h-m.height())/2+m.size*(1.25*float64(n)+0.98))
		}
		top += h
	}
	p.drawLabel(s, labelTop)
}

// drawLabel draws the TLP label at the right, in its own colour on black (TLP 2.0).
func (p paper) drawLabel(s *sheet, top float64) {
	if len(p.tlp.pieces) == 0 {
		return
	}
	w := p.tlp.width + 2*tlpPad
	x := p.w - sideMargin - w
	s.add(rectOp{x: x, y: top, w: w, h: tlpHeight, fill: black})
	s.drawLine(p.tlp, x+tlpPad, top+tlpHeight/2+tlpSize*0.35)
}
