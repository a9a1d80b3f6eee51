package pdf

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// style is how a run of text looks.
type style struct {
	mono, bold, italic, strike bool
	size                       float64
	color                      rgb
	rise                       float64 // above the baseline
	url, target                string  // a link out of the document, or to an anchor in it
	anchor                     string  // the name of this place, for links to it
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

// clean makes text fit to be drawn: composed (NFC), so that a letter with a macron is one glyph
// whichever way it was typed; white space as spaces; without characters that draw nothing
// (zero-width and bidirectional controls, variation selectors), which could only hide or reorder.
func clean(s string) string {
	s = norm.NFC.String(strings.ToValidUTF8(s, "\ufffd"))
	return strings.Map(func(ch rune) rune {
		switch {
		case ch == '\u200b':
			return ch // a place to break; it is not drawn
		case ch == '\u00a0' || ch == '\u202f':
			return ch // spaces that do not break
		case unicode.IsSpace(ch):
			return ' '
		case unicode.Is(unicode.Cf, ch) || unicode.Is(unicode.Variation_Selector, ch):
			return -1
		}
		return ch
	}, s)
}

// words splits spans where lines may be broken and finds a font for each character.
func (c *composer) words(spans []span) []word {
	b := wordBuilder{c: c}
	for _, sp := range spans {
		if sp.text == "\n" {
			b.flush()
			b.next.hard = true
			continue
		}
		for _, ch := range clean(sp.text) {
			b.put(ch, sp.style)
		}
	}
	b.flush()
	return b.done
}

type wordBuilder struct {
	c    *composer
	done []word
	next word
	last rune
}

func (b *wordBuilder) put(ch rune, s style) {
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
	case breakBetween(b.last, ch):
		b.flush()
	}
	b.last = ch
	f := b.face(ch, s)
	if n := len(b.next.pieces); n > 0 {
		if p := &b.next.pieces[n-1]; p.face == f && p.style == s {
			p.text += string(ch)
			return
		}
	}
	b.next.pieces = append(b.next.pieces, piece{text: string(ch), style: s, face: f})
}

// face keeps a combining mark in the font of its letter where that has it.
func (b *wordBuilder) face(ch rune, s style) *face {
	if n := len(b.next.pieces); n > 0 && unicode.Is(unicode.Mn, ch) && b.next.pieces[n-1].face.has(ch) {
		return b.next.pieces[n-1].face
	}
	return b.c.face(ch, s)
}

func (b *wordBuilder) flush() {
	if len(b.next.pieces) == 0 {
		return
	}
	for i := range b.next.pieces {
		p := &b.next.pieces[i]
		p.width = p.face.width(p.text, p.style.size)
		b.next.width += p.width
	}
	b.done = append(b.done, b.next)
	b.next = word{}
}

// breakBetween allows a break around Chinese, Japanese and Korean characters, which are written
// without spaces, but not before closing punctuation nor after an opening bracket.
func breakBetween(before, after rune) bool {
	if before == 0 || !ideographic(before) && !ideographic(after) {
		return false
	}
	return !strings.ContainsRune("、。，．：；？！）」』】〕〉》”’…ー・々ぁぃぅぇぉっゃゅょァィゥェォッャュョ,.:;?!)]}", after) &&
		!strings.ContainsRune("（「『【〔〈《“‘([{", before)
}

func ideographic(ch rune) bool {
	return unicode.In(ch, unicode.Han, unicode.Hiragana, unicode.Katakana) || ch >= 0x3000 && ch <= 0x303f || ch >= 0xff00 && ch <= 0xffef
}

// face finds the font of a character. A character that no font has is noted, and laid out with
// the width of a question mark: the document is going to be refused.
func (c *composer) face(ch rune, s style) *face {
	if ch != unicode.ReplacementChar {
		if f := c.fonts.pick(ch, s); f != nil {
			return f
		}
	}
	c.miss(ch)
	return c.fonts.sans[0][0]
}

func (c *composer) piece(text string, s style) piece {
	f := c.face(' ', s)
	return piece{text: text, style: s, face: f, width: f.width(text, s.size)}
}
