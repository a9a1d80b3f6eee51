package pdf

import (
	"fmt"
	"strings"
)

// paper is the page and what stands on every one of it.
type paper struct {
	w, h        float64
	top, bottom float64 // of the column
	banner      []line
	bannerSize  float64
	tlp         line
	tlpBeside   bool // the label stands beside the banner, else in a row of its own
}

const (
	tlpHeight  = 17.0
	tlpPad     = 6.0
	footerSize = 7.5
	// bannerZone is the part of a page, at its top and its bottom, within which the banner is.
	bannerZone = 0.12
)

func (p paper) full() bounds { return bounds{x: sideMargin, w: p.w - 2*sideMargin} }

func (p paper) text() bounds {
	return bounds{x: sideMargin + bodyIndent, w: p.w - 2*sideMargin - 2*bodyIndent}
}

func (c *composer) measurePaper() paper {
	p := paper{w: 595.28, h: 841.89}
	if letterPaper(c.e.Nation) {
		p.w, p.h = 612, 792
	}
	c.place = "banner"
	c.setBanner(&p)
	c.place = "TLP label"
	p.tlp = c.oneLine(c.e.TLP.String(), style{bold: true, size: tlpSize, color: rgb(c.e.TLP.Color())})
	side := (p.w - 2*sideMargin - p.widest()) / 2
	p.tlpBeside = len(p.banner) == 1 && side > p.tlp.width+2*tlpPad+8
	p.top = edgeMargin + p.bannerHeight() + 22
	p.bottom = p.h - edgeMargin - c.pageLineHeight(p) - p.bannerHeight() - 18
	return p
}

// setBanner takes the largest size at which the banner needs at most two lines. It is never cut.
// Where the banner is the TLP label itself (scheme tlp), it stands at the right as FIRST asks, and
// is not said twice.
func (c *composer) setBanner(p *paper) {
	if c.e.Banner == c.e.TLP.String() {
		return
	}
	for size := 10.5; size >= 6; size -= 0.5 {
		p.bannerSize = size
		s := style{bold: true, size: size, color: ink}
		p.banner = c.lines([]span{{text: c.e.Banner, style: s}}, p.full().w)
		if len(p.banner) <= 1 || len(p.banner) == 2 && size <= 9 {
			return
		}
	}
}

func (p paper) widest() float64 {
	w := 0.0
	for _, l := range p.banner {
		w = max(w, l.width)
	}
	return w
}

func (p paper) bannerHeight() float64 {
	h := float64(len(p.banner)) * p.bannerSize * 1.25
	if p.tlpBeside || len(p.banner) == 0 {
		return max(h, tlpHeight)
	}
	return h + 3 + tlpHeight
}

// fits reports a banner that needs more room than the top and bottom of a page have.
func (c *composer) fits() error {
	need := edgeMargin + c.paper.bannerHeight() + c.pageLineHeight(c.paper)
	if room := c.paper.h * bannerZone; need > room {
		return fmt.Errorf("banner of %d characters needs %.0f points at the foot of a page, which has %.0f: shorten the marking",
			len([]rune(c.e.Banner)), need, room)
	}
	return nil
}

// furnish draws what stands on every page: banner and label at head and foot, and the page's line.
func (c *composer) furnish(s *sheet, page, pages int) {
	p := c.paper
	c.drawBanner(s, edgeMargin)
	y := edgeMargin + p.bannerHeight() + 5
	s.add(lineOp{x1: sideMargin, y1: y, x2: p.w - sideMargin, y2: y, width: 0.6, color: hairline})
	y = p.h - edgeMargin - c.pageLineHeight(p) - p.bannerHeight() - 5
	s.add(lineOp{x1: sideMargin, y1: y, x2: p.w - sideMargin, y2: y, width: 0.6, color: hairline})
	c.drawBanner(s, y+5)
	for i, l := range c.pageLine(p, page, pages) {
		s.drawLine(l, (p.w-l.width)/2, p.h-edgeMargin-c.pageLineHeight(p)+footerSize*1.25*float64(i+1)+1)
	}
}

func (c *composer) drawBanner(s *sheet, top float64) {
	p := c.paper
	for i, l := range p.banner {
		y := top + p.bannerSize*(1.25*float64(i)+0.95)
		if p.tlpBeside {
			y = top + tlpHeight/2 + p.bannerSize*0.36
		}
		s.drawLine(l, (p.w-l.width)/2, y)
	}
	if len(p.tlp.pieces) == 0 {
		return
	}
	w := p.tlp.width + 2*tlpPad
	x, y := p.w-sideMargin-w, top+p.bannerHeight()-tlpHeight
	s.add(rectOp{x: x, y: y, w: w, h: tlpHeight, fill: black})
	s.drawLine(p.tlp, x+tlpPad, y+tlpHeight/2+tlpSize*0.35)
}

// pageLine is "Page x of y · number · marking".
func (c *composer) pageLine(p paper, page, pages int) []line {
	c.place = "footer"
	text := fmt.Sprintf("Page %d of %d · %s · %s", page, pages, c.number(), c.e.Banner)
	return c.lines([]span{{text: text, style: style{size: footerSize, color: muted}}}, p.full().w)
}

func (c *composer) pageLineHeight(p paper) float64 {
	return footerSize*1.25*float64(len(c.pageLine(p, 999, 999))) + 2
}

// oneLine sets a short text that must not be broken.
func (c *composer) oneLine(text string, s style) line {
	l := c.lines([]span{{text: text, style: s}}, 1e6)
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
