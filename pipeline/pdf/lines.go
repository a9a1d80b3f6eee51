package pdf

import (
	"slices"
	"strings"
	"unicode"
)

// line is one line of text, ready to be drawn.
type line struct {
	pieces []piece
	width  float64
	indent float64 // of a paragraph from right to left, which stands at the right
	open   bool    // its last word goes on in the next line
}

// lines breaks spans into lines of at most the given width, each as full as can be. A word longer
// than a line (a hash, a URL) is broken where a reader expects it.
func (c *composer) lines(spans []span, width float64) []line {
	b := lineBreaker{width: width}
	for _, w := range c.words(spans) {
		b.put(w)
	}
	b.end()
	for i := range b.done {
		b.done[i].pieces = visualOrder(b.done[i].pieces)
	}
	if width < unbounded && slices.ContainsFunc(b.done, func(l line) bool { return len(l.pieces) > 0 && l.level() > 0 }) && c.baseLevel(spans) == 1 {
		for i := range b.done {
			b.done[i].indent = width - b.done[i].width
		}
	}
	return b.done
}

// level is the highest of a line's pieces.
func (l line) level() (level int8) {
	for _, p := range l.pieces {
		level = max(level, p.level)
	}
	return level
}

// unbounded is a width at which nothing is broken, and which has no right side.
const unbounded = 1e6

type lineBreaker struct {
	width float64
	done  []line
	cur   line
}

func (b *lineBreaker) put(w word) {
	if w.hard {
		b.end()
	}
	gap := 0.0
	if w.space != nil && len(b.cur.pieces) > 0 {
		gap = w.space.width
	}
	switch {
	case b.cur.width+gap+w.width <= b.width+fuzz:
		b.add(w, gap)
	case w.width <= b.width+fuzz:
		b.end()
		b.add(w, 0)
	default:
		b.split(w, gap)
	}
}

const fuzz = 0.01 // of a point: sums of widths in another order must not change a line

func (b *lineBreaker) add(w word, gap float64) {
	if gap > 0 {
		b.append(*w.space)
	}
	for _, p := range w.pieces {
		b.append(p)
	}
}

// append joins a piece to the one before it where they look the same, so that a line is drawn,
// and can be copied, in as few strings as possible.
func (b *lineBreaker) append(p piece) {
	b.cur.width += p.width
	if n := len(b.cur.pieces); n > 0 {
		if q := &b.cur.pieces[n-1]; q.face == p.face && q.style == p.style && q.level == p.level {
			q.text += p.text
			q.width += p.width
			return
		}
	}
	b.cur.pieces = append(b.cur.pieces, p)
}

func (b *lineBreaker) end() {
	if len(b.cur.pieces) > 0 {
		b.done = append(b.done, b.cur)
	}
	b.cur = line{}
}

// split breaks a word that is longer than a line. It starts on the line begun if at least half of
// that is free.
func (b *lineBreaker) split(w word, gap float64) {
	if b.cur.width+gap > b.width/2 {
		b.end()
		gap = 0
	}
	if gap > 0 {
		b.append(*w.space)
	}
	started := false
	for _, p := range w.pieces {
		for i, part := range cut(p, b.width-b.cur.width, b.width) {
			if i > 0 || b.cur.width+part.width > b.width+fuzz {
				b.cur.open = started
				b.end()
			}
			b.append(part)
			started = true
		}
	}
}

// cut divides a piece into parts, the first no wider than first, the others no wider than full.
func cut(p piece, first, full float64) []piece {
	runes := []rune(p.text)
	room := first
	even := 0
	if isHex(p.text) {
		even = evenChunk(p, full)
	}
	var parts []piece
	for len(runes) > 0 {
		n := fitting(runes, p, room)
		if n == 0 && room < full { // not one character fits: the next line
			room = full
			continue
		}
		n = max(n, 1)
		if even > 0 {
			n = min(n, even)
		} else if n < len(runes) {
			n = niceBreak(runes, n)
		}
		text := string(runes[:n])
		part := p
		part.text, part.width = text, p.face.width(text, p.style.size)
		parts = append(parts, part)
		runes = runes[n:]
		room = full
	}
	return parts
}

// fitting is how many characters fit into the room, marks staying with their letter.
func fitting(runes []rune, p piece, room float64) int {
	w := 0.0
	for i, ch := range runes {
		w += float64(p.face.advance(ch)) * p.style.size / 1000
		if w > room+fuzz {
			for i > 0 && unicode.Is(unicode.Mn, runes[i]) {
				i--
			}
			return i
		}
	}
	return len(runes)
}

// niceBreak moves a break at n back to behind a separator, if there is one in the second half; the brackets of "[.]" stay
// together. Base64 has no separators: there "/" and "+" are letters.
func niceBreak(runes []rune, n int) int {
	if len(runes) >= 64 && all(string(runes), base64Letter) {
		return n
	}
	for i := n; i > n/2; i-- {
		if strings.ContainsRune("/\\.,;:?&=#_-@+|]})", runes[i-1]) && !strings.ContainsRune("/\\])}", runes[i]) {
			return i
		}
	}
	return n
}

func base64Letter(ch rune) bool {
	return ch < unicode.MaxASCII && (unicode.IsLetter(ch) || unicode.IsDigit(ch) || strings.ContainsRune("+/=", ch))
}

func isHex(s string) bool {
	return len(s) >= 32 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// evenChunk divides a hash into lines of the same length, a multiple of eight, which two people
// can compare by eye; 0 if a line holds fewer than eight characters.
func evenChunk(p piece, full float64) int {
	total := len(p.text)
	for n := total / 2 / 8 * 8; n >= 8; n -= 8 {
		lines := (total + n - 1) / n
		if p.width/float64(total)*float64(n) <= full+fuzz && lines*n-total < 8 {
			return n
		}
	}
	return 0
}

// drawLine draws a line from x on its baseline, its links with it.
func (s *sheet) drawLine(l line, x, baseline float64) {
	x += l.indent
	for i := 0; i < len(l.pieces); {
		end := i + 1
		for l.pieces[i].level%2 == 1 && end < len(l.pieces) && l.pieces[end].level%2 == 1 {
			end++
		}
		s.drawLetters(l.pieces[i:end], x, baseline)
		for _, p := range l.pieces[i:end] {
			s.decorate(p, x, baseline)
			x += p.width
		}
		i = end
	}
}

// decorate draws a piece's line through it and its link, and notes its place.
func (s *sheet) decorate(p piece, x, baseline float64) {
	if p.style.strike {
		y := baseline - p.style.size*0.28
		s.add(lineOp{x1: x, y1: y, x2: x + p.width, y2: y, width: p.style.size / 16, color: p.style.color})
	}
	if p.style.url != "" || p.style.target != "" {
		s.add(linkOp{x: x, y: baseline - p.style.size*0.85, w: p.width, h: p.style.size * 1.1, url: p.style.url, target: p.style.target})
	}
	if p.style.anchor != "" {
		s.add(anchorOp{name: p.style.anchor, y: baseline - 2*p.style.size})
	}
}
