package pdf

import (
	"fmt"
	"strings"
)

// paper is the page and what stands on every one of it.
type paper struct {
	w, h        float64
	edge        float64 // from the paper's edge to the marks
	top, bottom float64 // of the column
	pageLine    float64 // height of the page's line
	marks       []pageMark
	tlp         line
	tlpBeside   int // the mark whose line the label shares; -1 if it has a row of its own
}

const (
	tlpHeight  = 17.0
	tlpPad     = 6.0
	tlpAir     = 10.0 // between a mark and the label beside it
	footerSize = 7.5
	// markZone is the part of a page, at its top and its bottom, within which the marks are.
	markZone = 0.12
)

func (p paper) full() bounds { return bounds{x: sideMargin, w: p.w - 2*sideMargin} }

func (p paper) text() bounds {
	return bounds{x: sideMargin + bodyIndent, w: p.w - 2*sideMargin - 2*bodyIndent}
}

func (c *composer) measurePaper() paper {
	p := paper{w: 595.28, h: 841.89, edge: edgeMargin}
	if letterPaper(c.e.Nation) {
		p.w, p.h = 612, 792
	}
	p.pageLine = c.pageLineHeight(p)
	c.place = "TLP label"
	p.tlp = c.oneLine(c.e.TLP.String(), style{bold: true, size: tlpSize, color: rgb(c.e.TLP.Color())})
	c.setMarks(&p)
	p.top = p.edge + p.marksHeight() + 17
	p.bottom = p.h - p.footHeight() - 15
	return p
}

// footHeight is what the foot of a page takes.
func (p paper) footHeight() float64 {
	return p.edge + p.pageLine + p.marksHeight()
}

// fits reports marks that need more room than the top and bottom of a page have.
func (c *composer) fits() error {
	if need, room := c.paper.footHeight(), c.paper.h*markZone; need > room {
		return fmt.Errorf("banner of %d characters needs %.0f points at the foot of a page, which has %.0f: shorten the marking",
			len([]rune(c.e.Banner)), need, room)
	}
	return nil
}

// furnish draws what stands on every page: marks and label at head and foot, and the page's line.
func (c *composer) furnish(s *sheet, page, pages int) {
	p := c.paper
	p.drawMarks(s, p.edge)
	y := p.edge + p.marksHeight() + 5
	s.add(lineOp{x1: sideMargin, y1: y, x2: p.w - sideMargin, y2: y, width: 0.6, color: hairline})
	y = p.h - p.footHeight() - 5
	s.add(lineOp{x1: sideMargin, y1: y, x2: p.w - sideMargin, y2: y, width: 0.6, color: hairline})
	p.drawMarks(s, y+5)
	for i, l := range c.pageLine(p, page, pages) {
		s.drawLine(l, (p.w-l.width)/2, p.h-p.edge-p.pageLine+footerSize*1.25*float64(i+1)+1)
	}
}

// pageLine is "Page x of y · number · marking", and whose marking it is where it is another nation's. A marking too long
// for two lines is not said again: it stands right above.
func (c *composer) pageLine(p paper, page, pages int) []line {
	c.place = "footer"
	s := style{size: footerSize, color: muted}
	text, whose := fmt.Sprintf("Page %d of %d · %s", page, pages, c.number()), ""
	if by := c.e.MarkedBy(); by != "" {
		whose = " · " + by
	}
	if l := c.lines([]span{{text: text + " · " + c.e.Banner + whose, style: s}}, p.full().w); len(l) <= 2 {
		return l
	}
	return c.lines([]span{{text: text + whose, style: s}}, p.full().w)
}

func (c *composer) pageLineHeight(p paper) float64 {
	return footerSize*1.25*float64(len(c.pageLine(p, 999, 999))) + 2
}

// oneLine sets a short text that must not be broken.
func (c *composer) oneLine(text string, s style) line {
	l := c.lines([]span{{text: text, style: s}}, unbounded)
	if len(l) == 0 {
		return line{}
	}
	return l[0]
}

// smallCaps sets capitals, those that stand for small letters in a smaller size.
func smallCaps(text string, s style) []span {
	var out []span
	small := s
	small.size = s.size * 0.8
	for _, ch := range text {
		st := s
		if up := strings.ToUpper(string(ch)); up != string(ch) {
			st = small
		}
		out = append(out, span{text: strings.ToUpper(string(ch)), style: st})
	}
	return out
}
