package pdf

import (
	"strings"

	"bulletin/pipeline/draft"
)

// code is set line by line on a ground; where a line is too long, a small arrow says that the next
// one continues it. Indentation stays.
func (c *composer) code(b draft.Block, at bounds) []box {
	at.w = c.paper.full().x + c.paper.full().w - at.x
	inner := bounds{x: at.x + panelPad + 3, w: at.w - 2*panelPad - 3}
	s := style{mono: true, size: codeSize, color: ink}
	var boxes []box
	var all []line
	for _, text := range b.Code.Lines {
		lines := c.verbatim(text, s, inner.w)
		for j, l := range lines {
			l.open = j < len(lines)-1 && !l.endsWith(" ")
			all = append(all, l)
			boxes = append(boxes, box{height: codeSize * 1.3, draw: func(sh *sheet, top, _ float64) {
				if j > 0 {
					sh.continued(inner.x-9, top+codeSize*0.65)
				}
				sh.drawLine(l, inner.x, top+codeSize*0.98)
			}})
		}
	}
	keepWords(boxes, all)
	boxes = c.unsplit(panel(boxes, at, codeBack, hairline))
	return append(c.markLine(b.Mark, at), boxes...)
}

func (l line) endsWith(text string) bool {
	n := len(l.pieces)
	return n > 0 && strings.HasSuffix(l.pieces[n-1].text, text)
}

// continued draws the sign of a wrapped line. It is drawn, not written, so that it is not copied
// with the code.
func (s *sheet) continued(x, y float64) {
	s.add(lineOp{x1: x, y1: y - 3, x2: x, y2: y, width: 0.7, color: muted})
	s.add(lineOp{x1: x, y1: y, x2: x + 5, y2: y, width: 0.7, color: muted})
	s.add(lineOp{x1: x + 3.2, y1: y - 1.6, x2: x + 5, y2: y, width: 0.7, color: muted})
	s.add(lineOp{x1: x + 3.2, y1: y + 1.6, x2: x + 5, y2: y, width: 0.7, color: muted})
}
