package pdf

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// style is how a run of text looks.
type style struct {
	mono, bold, italic, strike bool
	size                       float64
	color                      rgb
	rise                       float64 // above the baseline
	url, target                string  // a link out of the document, or to an anchor in it
	anchor                     string  // the name of this place, for links to it
	mark                       bool    // a portion mark, not text: it says nothing about the text's direction
	standIn                    standIn
	ground                     rgb // behind the text; black is none
}

// span is a run of text of one style. A span of "\n" is a hard line break.
type span struct {
	text  string
	style style
}

// piece is text of one style that one font can draw.
type piece struct {
	text  string
	style style
	face  *face
	width float64
	level int8 // of embedding (UAX #9): odd is from right to left
}

// A word is what stands between two places where a line may be broken. Space is the white space
// before it (empty where a break is allowed without one, as between Chinese characters), hard
// says that a line must be broken before it.
type word struct {
	space  *piece
	pieces []piece
	width  float64
	hard   bool
}

// clean is a text as it stands where no font is asked, in bookmarks and metadata. fpdf writes
// nothing beyond U+FFFF there either.
func clean(s string) string {
	var out strings.Builder
	for _, sp := range legible(span{text: s}, func(ch rune, _ style) bool { return ch <= lastDrawable }) {
		out.WriteString(sp.text)
	}
	return out.String()
}

// inked reports whether a character is anything to be seen. What is not are white space, and
// zero-width and bidirectional controls, which could only hide or reorder.
func inked(ch rune) bool {
	return !unicode.IsSpace(ch) && !unicode.In(ch, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector)
}

// visible keeps what is drawn, white space as spaces, and three kinds of control: the zero-width space, where a
// line may be broken; spaces that do not break; and what parts or joins Arabic letters, which is spelling.
func visible(s string) string {
	last := rune(0)
	return strings.Map(func(ch rune) rune {
		before := last
		last = ch
		switch {
		case ch == '\u200b' || ch == '\u00a0' || ch == '\u202f':
			return ch
		case ch == '\u2007': // a space as wide as a digit, which does not break
			return '\u00a0'
		case unicode.IsSpace(ch):
			return ' '
		case (ch == '\u200c' || ch == joiner) && unicode.In(before, unicode.Arabic):
			return ch
		case !inked(ch):
			return -1
		}
		return ch
	}, s)
}

// words splits spans where lines may be broken, finds a font for each character and, where some of
// it is written from right to left, its direction.
func (c *composer) words(spans []span) []word {
	b := wordBuilder{c: c}
	for _, sp := range spans {
		if sp.text == "\n" {
			b.flush()
			b.next.hard = true
			continue
		}
		for _, sp := range legible(sp, c.fonts.draws) {
			for _, ch := range sp.text {
				b.put(ch, sp.style)
			}
		}
	}
	b.flush()
	if slices.ContainsFunc(b.done, hasRightToLeft) {
		c.fonts.direct(b.done, c.baseLevel(spans))
	}
	for i := range b.done {
		b.done[i].measure()
	}
	return b.done
}

func (w *word) measure() {
	for i := range w.pieces {
		p := &w.pieces[i]
		p.width = p.face.width(p.text, p.style.size)
		w.width += p.width
	}
}

type wordBuilder struct {
	c     *composer
	done  []word
	next  word
	text  []byte // of the last piece of next
	last  rune
	label bool // the last character was a label's
}

func (b *wordBuilder) put(ch rune, s style) {
	label := s.standIn.label()
	edge := label != b.label && breakAllowed(b.last, ch) || label && b.label && ch == '['
	b.label = label
	switch {
	case ch == ' ':
		b.flush()
		if b.next.space == nil {
			p := b.c.piece(" ", s)
			b.next.space = &p
		}
		b.last = ch
		return
	case ch == '\u200b':
		b.flush()
		return
	case edge || breakBetween(b.last, ch):
		b.flush()
	}
	b.join(ch, s)
}

// join adds a character to the word.
func (b *wordBuilder) join(ch rune, s style) {
	b.last = ch
	f := b.face(ch, s)
	if n := len(b.next.pieces); n > 0 {
		if p := &b.next.pieces[n-1]; p.face == f && p.style == s {
			b.text = utf8.AppendRune(b.text, ch)
			return
		}
	}
	b.settle()
	b.next.pieces = append(b.next.pieces, piece{style: s, face: f})
	b.text = utf8.AppendRune(b.text, ch)
}

// settle gives the last piece its text. To add each character to it as it comes takes quadratic time for a long word.
func (b *wordBuilder) settle() {
	if n := len(b.next.pieces); n > 0 {
		b.next.pieces[n-1].text = string(b.text)
	}
	b.text = b.text[:0]
}

// face keeps a combining mark, and what parts or joins letters, in the font of its letter where that
// has it, unless it takes room of its own there (DejaVu Sans Mono).
func (b *wordBuilder) face(ch rune, s style) *face {
	if !unicode.In(ch, unicode.Mn, unicode.Cf) {
		return b.c.face(ch, s)
	}
	if n := len(b.next.pieces); n > 0 {
		if f := b.next.pieces[n-1].face; f.has(ch) && f.advance(ch) == 0 {
			return f
		}
	}
	for _, f := range b.c.fonts.chain(s) {
		if f.has(ch) && f.advance(ch) == 0 {
			return f
		}
	}
	return b.c.face(ch, s)
}

func (b *wordBuilder) flush() {
	b.settle()
	if len(b.next.pieces) == 0 {
		return
	}
	b.done = append(b.done, b.next)
	b.next = word{}
}

// face finds the font of a character. A character that no font has is noted, and laid out with
// the width of a question mark: the document is going to be refused.
func (c *composer) face(ch rune, s style) *face {
	if f := c.fonts.pick(ch, s); f != nil {
		return f
	}
	c.miss(ch)
	return c.fonts.sans[0][0]
}

func (c *composer) piece(text string, s style) piece {
	f := c.face(' ', s)
	return piece{text: text, style: s, face: f, width: f.width(text, s.size)}
}
