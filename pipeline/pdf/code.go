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
	for _, text := range b.Code.Lines {
		for j, l := range c.verbatim(text, s, inner.w) {
			boxes = append(boxes, box{height: codeSize * 1.3, draw: func(sh *sheet, top, _ float64) {
				if j > 0 {
					sh.continued(inner.x-9, top+codeSize*0.65)
				}
				sh.drawLine(l, inner.x, top+codeSize*0.98)
			}})
		}
	}
	if n := len(boxes); n > 1 {
		boxes[0].keep, boxes[n-2].keep = true, true
	}
	boxes = panel(boxes, at, codeBack, hairline)
	return append(c.markLine(b.Mark, at), boxes...)
}

// verbatim breaks a line of code at the width and keeps all its spaces.
func (c *composer) verbatim(text string, s style, width float64) []line {
	letters := c.letters(text, s)
	var out []line
	for {
		n := codeBreak(letters, width)
		b := lineBreaker{width: width}
		for _, p := range letters[:n] {
			b.append(p)
		}
		out = append(out, b.cur)
		if letters = letters[n:]; len(letters) == 0 {
			return out
		}
	}
}

// letters are the characters of a line of code, tabs as spaces to the next multiple of four.
func (c *composer) letters(text string, s style) []piece {
	var out []piece
	for _, ch := range text {
		n := 1
		if ch == '\t' {
			ch, n = ' ', 4-len(out)%4
		}
		for range n {
			for _, ch := range clean(string(ch)) {
				if ch == '\u200b' {
					continue
				}
				f := c.face(ch, s)
				out = append(out, piece{text: string(ch), style: s, face: f, width: f.width(string(ch), s.size)})
			}
		}
	}
	return out
}

// codeBreak is how many letters stand on the next line: as many as fit, but rather to the end of a word, or to behind
// a separator, if that is in the line's last third. Nothing is dropped.
func codeBreak(letters []piece, width float64) int {
	w, n := 0.0, 0
	for n < len(letters) && w+letters[n].width <= width+fuzz {
		w += letters[n].width
		n++
	}
	if n == len(letters) {
		return n
	}
	for _, behind := range []string{" ", ",;|&)]}", "/\\.:=?-_"} {
		for i := n; i > n*2/3; i-- {
			if strings.Contains(behind, letters[i-1].text) {
				return i
			}
		}
	}
	return max(n, 1)
}

// continued draws the sign of a wrapped line. It is drawn, not written, so that it is not copied
// with the code.
func (s *sheet) continued(x, y float64) {
	s.add(lineOp{x1: x, y1: y - 3, x2: x, y2: y, width: 0.7, color: muted})
	s.add(lineOp{x1: x, y1: y, x2: x + 5, y2: y, width: 0.7, color: muted})
	s.add(lineOp{x1: x + 3.2, y1: y - 1.6, x2: x + 5, y2: y, width: 0.7, color: muted})
	s.add(lineOp{x1: x + 3.2, y1: y + 1.6, x2: x + 5, y2: y, width: 0.7, color: muted})
}
