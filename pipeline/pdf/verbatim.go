package pdf

import (
	"slices"
	"strings"
)

// verbatim breaks a line of code at the width and keeps all its spaces. Where some of it is written from right to
// left, the line goes from left to right all the same: it is code.
func (c *composer) verbatim(text string, s style, width float64) []line {
	letters := c.verbatimLetters(expandTabs(text), s)
	if len(letters) == 0 {
		return []line{{}}
	}
	var out []line
	for len(letters) > 0 {
		n := verbatimBreak(letters, width)
		var b lineBreaker
		for _, l := range letters[:n] {
			b.append(l)
		}
		b.cur.pieces = visualOrder(b.cur.pieces)
		out = append(out, b.cur)
		letters = letters[n:]
	}
	return out
}

// verbatimLetters are the letters of a line of code, each with its marks.
func (c *composer) verbatimLetters(text string, s style) []piece {
	b := wordBuilder{c: c}
	for _, sp := range legible(span{text: text, style: s}, c.fonts.draws) {
		for _, ch := range sp.text {
			if ch != '\u200b' {
				b.join(ch, sp.style)
			}
		}
	}
	all := []word{b.next}
	if hasRightToLeft(b.next) {
		c.fonts.direct(all, 0)
	}
	return split(all[0].pieces)
}

func expandTabs(text string) string {
	var out strings.Builder
	column := 0
	for _, ch := range text {
		n := 1
		if ch == '\t' {
			ch, n = ' ', 4-column%4
		}
		for range n {
			out.WriteRune(ch)
		}
		column += n
	}
	return out.String()
}

// verbatimBreak is how many letters stand on a line: those that fit or, if there is one near the end, those up to the
// last place where a reader expects a break.
func verbatimBreak(letters []piece, width float64) int {
	w := 0.0
	n := slices.IndexFunc(letters, func(p piece) bool {
		w += p.width
		return w > width+fuzz
	})
	if n < 0 {
		return len(letters)
	}
	for i := n; i > n*3/4; i-- {
		if strings.ContainsAny(letters[i-1].text, " ,;|&/\\") && letters[i].text != " " {
			return i
		}
	}
	for i := n; i > n/2; i-- { // not behind a hyphen: see niceBreak
		if letters[i-1].text != "-" {
			return i
		}
	}
	return max(n, 1)
}
