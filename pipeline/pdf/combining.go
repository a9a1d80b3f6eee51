package pdf

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Most text is drawn piece by piece, as it is. Two kinds are drawn letter by letter: text from right to left, and
// letters with marks that no font has as one glyph, each mark being put where it belongs.
//
// Whoever searches and copies is to find the letters all the same. PDF has no text from right to left: its letters
// stand in the order of the paper, and readers turn each word around. So nothing in a word may have the place of
// another letter, or poppler takes it for one printed twice, and cuts the word there. Where marks do have, the
// word says what it is in its ActualText (ISO 32000-1 §14.9.4), in the order of the paper too: poppler turns that around like
// the rest.

// drawLetters draws pieces that stand beside each other; those of a run from right to left come together.
func (s *sheet) drawLetters(pieces []piece, x, baseline float64) {
	at := x
	for _, p := range pieces {
		s.drawGround(p, at, baseline-p.style.rise)
		at += p.width
	}
	if pieces[0].level%2 == 0 && !hasMarks(pieces[0]) {
		s.drawText(pieces[0], x, baseline)
		return
	}
	letters := split(pieces)
	for len(letters) > 0 {
		n := spelled(letters)
		word := letters[:n]
		marked := slices.ContainsFunc(word, hasMarks)
		if marked {
			s.add(actualTextOp{text: onPaper(word)})
		}
		end := s.drawWord(word, x, baseline)
		if marked {
			s.drawEnd(word[n-1], end, baseline)
			s.add(actualTextOp{})
		}
		x, letters = end, letters[n:]
	}
}

func hasMarks(p piece) bool { return strings.IndexFunc(p.text, combining) >= 0 }

func combining(ch rune) bool { return unicode.Is(unicode.Mn, ch) }

// spelled is how many letters stand together: a word or a space of a run from right to left; else a letter with
// marks, or those up to the next.
func spelled(letters []piece) int {
	if letters[0].level%2 == 0 && hasMarks(letters[0]) {
		return 1
	}
	n := slices.IndexFunc(letters, func(p piece) bool {
		if p.level%2 == 1 {
			return (p.text == " ") != (letters[0].text == " ")
		}
		return hasMarks(p)
	})
	if n < 0 {
		return len(letters)
	}
	return n
}

// onPaper is the text of letters in the order in which they stand there.
func onPaper(letters []piece) string {
	var out []rune
	for _, l := range letters {
		text := []rune(l.text)
		if l.level%2 == 1 {
			slices.Reverse(text)
		}
		out = append(out, text...)
	}
	return string(out)
}

// drawWord draws letters and returns where they end. Those without marks are drawn together.
func (s *sheet) drawWord(letters []piece, x, baseline float64) float64 {
	var run lineBreaker
	start := x
	flush := func() {
		for _, p := range run.cur.pieces {
			s.drawText(p, start, baseline)
			start += p.width
		}
		run.cur, start = line{}, x
	}
	for _, l := range letters {
		if unseen := l.level%2 == 1 && l.width == 0; unseen || hasMarks(l) {
			flush()
			if unseen {
				s.drawText(l, x-aside*l.style.size, baseline)
			} else {
				s.drawWithMarks(l, x, baseline)
			}
			x += l.width
			start = x
			continue
		}
		run.append(l)
		x += l.width
	}
	flush()
	return x
}

// drawEnd writes what is not seen where a word with marks ends: readers measure it to what was written last.
func (s *sheet) drawEnd(l piece, x, baseline float64) {
	for _, ch := range "\u200b\u200c\u200d" {
		if l.face.has(ch) && l.face.advance(ch) == 0 && l.face.bounds(ch).empty() {
			l.text = string(ch)
			s.drawText(l, x, baseline)
			return
		}
	}
}

func (s *sheet) drawText(p piece, x, baseline float64) {
	s.add(textOp{x: x, y: baseline - p.style.rise, text: p.text, face: p.face, size: p.style.size, color: p.style.color})
}

// drawWithMarks draws a letter and, above or below it, its marks, the next farther out than the one before.
func (s *sheet) drawWithMarks(l piece, x, baseline float64) {
	letters := []rune(l.text)
	base := l
	base.text = string(letters[0])
	s.drawText(base, x, baseline)
	on := l.face.bounds(letters[0])
	for _, ch := range letters[1:] {
		mark := l
		mark.text = string(ch)
		box := l.face.bounds(ch)
		dx, dy := float64(l.face.advance(letters[0]))/1000, 0.0 // where marks are drawn that know their place
		if movable(ch) && !on.empty() && !box.empty() {
			dx, dy = attach(on, box, norm.NFC.PropertiesString(string(ch)).CCC())
			dy = max(min(dy, highestMark-box.top), lowestMark-box.bottom)
		}
		s.drawText(mark, x+dx*l.style.size, baseline-dy*l.style.size)
		if box.empty() {
			continue
		}
		on.top, on.bottom = max(on.top, box.top+dy), min(on.bottom, box.bottom+dy)
	}
}

// extent is the room that a glyph fills, in em from its origin.
type extent struct{ left, right, bottom, top float64 }

func (e extent) empty() bool { return e.left == e.right }

// bounds is where the ink of a character's glyph is (OpenType, glyf, glyph header).
func (f *face) bounds(ch rune) extent {
	outline := f.font.glyph(int(f.glyph(ch)))
	if len(outline) < 10 {
		return extent{}
	}
	in := func(at int) float64 { return float64(int16(be16(outline, at))) / float64(f.font.em) }
	return extent{left: in(2), bottom: in(4), right: in(6), top: in(8)}
}

// movable marks stand on letters of any width. Those of Thai and its neighbours are made for the letters that they have.
func movable(ch rune) bool {
	return unicode.In(ch, unicode.Inherited, unicode.Cyrillic, unicode.Arabic, unicode.Hebrew)
}

const (
	accentGap = 0.035 // between a letter and its mark, in em

	// Marks may be heaped on a letter until they cover the lines around it; no language has more than two on a capital.
	// Those that are too many stand on one another.
	highestMark, lowestMark = 1.2, -0.5
)

// attach is where a mark's origin is, from its letter's, by the mark's combining class (UAX #44, Canonical_Combining_Class).
func attach(on, mark extent, class uint8) (dx, dy float64) {
	switch class {
	case 24: // shin dot, at the right
		dx = on.right - mark.right
	case 19, 25: // holam, sin dot, at the left
		dx = on.left - mark.left
	default:
		dx = (on.left+on.right)/2 - (mark.left+mark.right)/2
	}
	switch class {
	case 230, 27, 28, 30, 31, 33, 34, 35, 19, 24, 25: // above
		dy = max(0, on.top+accentGap-mark.bottom)
	case 220, 29, 32, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20: // below
		dy = min(0, on.bottom-accentGap-mark.top)
	}
	return dx, dy
}
