package pdf

import "slices"

// line is one line of text, ready to be drawn.
type line struct {
	pieces []piece
	width  float64
	indent float64 // of a paragraph from right to left, which stands at the right
	open   bool    // its last word goes on in the next line
	hang   float64 // of an item's further lines, whose bullet is typed: they stand under its text
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
			b.done[i].indent, b.done[i].hang = width-b.done[i].width, 0
		}
	}
	return b.done
}

// balanced breaks spans into as few lines as lines does, but leaves no last word alone.
func (c *composer) balanced(spans []span, width float64) []line {
	full := c.lines(spans, width)
	for w := width * 0.95; len(full) > 1 && full[len(full)-1].width < width/3; w -= width * 0.05 {
		l := c.lines(spans, w)
		if len(l) > len(full) || slices.ContainsFunc(l, func(l line) bool { return l.open || l.indent > 0 }) {
			break
		}
		full = l
	}
	return full
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
	item  float64 // where the text of the item begins that this is in, and
	outer float64 // that of the item around it
}

func (b *lineBreaker) put(w word) {
	if w.hard {
		b.end()
	}
	if len(b.cur.pieces) == 0 && (w.hard || len(b.done) == 0) {
		b.begin(w)
	}
	gap := 0.0
	if w.space != nil && len(b.cur.pieces) > 0 {
		gap = w.space.width
	}
	switch {
	case b.cur.width+gap+w.width <= b.room()+fuzz:
		b.add(w, gap)
	case w.width <= b.width-b.item+fuzz:
		b.end()
		b.add(w, 0)
	default:
		b.split(w, gap)
	}
}

// begin takes the first word of a new line of the author's: where that is a bullet, as package draft writes them before
// the items of a list in a table, the item's lines hang from it.
func (b *lineBreaker) begin(w word) {
	b.cur.hang, b.item = 0, 0
	switch w.bullet() {
	case "":
		b.outer = 0
		return
	case "•":
		b.outer = w.hanging()
	case "–": // of a list in another's item
		b.cur.hang = b.outer
	}
	if b.item = b.cur.hang + w.hanging(); b.item > b.width/3 {
		b.cur.hang, b.item = 0, 0
	}
}

// bullet is that which a word is; "" if it is none.
func (w word) bullet() string {
	if len(w.pieces) == 1 && (w.pieces[0].text == "•" || w.pieces[0].text == "–") {
		return w.pieces[0].text
	}
	return ""
}

// hanging is how far from a bullet its text stands.
func (w word) hanging() float64 {
	return w.width + w.pieces[0].face.width(" ", w.pieces[0].style.size)
}

// room is the width of the line that is being set.
func (b *lineBreaker) room() float64 { return b.width - b.cur.hang }

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
	b.cur = line{hang: b.item}
}

// split breaks a word that is longer than a line. It starts on the line begun if at least half of
// that is free.
func (b *lineBreaker) split(w word, gap float64) {
	if b.cur.width+gap > b.room()/2 {
		b.end()
		gap = 0
	}
	if gap > 0 {
		b.append(*w.space)
	}
	started := false
	for _, p := range w.pieces {
		for i, part := range cut(p, b.room()-b.cur.width, b.width-b.item) {
			if i > 0 || b.cur.width+part.width > b.room()+fuzz {
				b.cur.open = started
				b.end()
			}
			b.append(part)
			started = true
		}
	}
}

// drawLine draws a line from x on its baseline, its links with it.
func (s *sheet) drawLine(l line, x, baseline float64) {
	x += l.indent + l.hang
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
