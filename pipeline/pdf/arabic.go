package pdf

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Arabic letters change with their neighbours. Unicode has the forms as characters of their own
// (Presentation Forms-A and -B), but whoever searches or copies wants the letters themselves. So a font
// is taken four more times, with another character map: there a letter has the glyph of its
// final, initial or medial form, while the document's text stays as it was written.

// form of a letter, in the order of the code charts. A letter has no further face for its isolated form; what is
// there in its place is for what else has another glyph than its own: see other.
type form int

const (
	isolated form = iota
	final
	initial
	medial

	// other has brackets with the glyph of their counterpart, and a lam that draws nothing.
	other = isolated
)

// presentation returns a letter's isolated form and how many forms it has: four if it joins on
// both sides, two if only to the letter before it.
func presentation(letter rune) (first rune, forms int) {
	const counts = "12222424244444222244444444" // U+0621 to U+063A
	const more = "4444444224"                   // U+0641 to U+064A
	if p, ok := furtherLetters[letter]; ok {
		return p.first, p.forms
	}
	first = 0xfe80
	for i, n := range counts + more {
		at := rune(0x621 + i)
		if i >= len(counts) {
			at += 6 // U+063B to U+0640 have no forms
		}
		if at == letter {
			return first, int(n - '0')
		}
		first += n - '0'
	}
	return 0, 0
}

// furtherLetters are those of Persian, Urdu, Pashto, Sindhi, Uighur and Kurdish.
var furtherLetters = map[rune]struct {
	first rune
	forms int
}{
	0x671: {0xfb50, 2}, 0x67b: {0xfb52, 4}, 0x67e: {0xfb56, 4}, 0x680: {0xfb5a, 4}, 0x67a: {0xfb5e, 4},
	0x67f: {0xfb62, 4}, 0x679: {0xfb66, 4}, 0x6a4: {0xfb6a, 4}, 0x6a6: {0xfb6e, 4}, 0x684: {0xfb72, 4},
	0x683: {0xfb76, 4}, 0x686: {0xfb7a, 4}, 0x687: {0xfb7e, 4}, 0x68d: {0xfb82, 2}, 0x68c: {0xfb84, 2},
	0x68e: {0xfb86, 2}, 0x688: {0xfb88, 2}, 0x698: {0xfb8a, 2}, 0x691: {0xfb8c, 2}, 0x6a9: {0xfb8e, 4},
	0x6af: {0xfb92, 4}, 0x6b3: {0xfb96, 4}, 0x6b1: {0xfb9a, 4}, 0x6ba: {0xfb9e, 2}, 0x6bb: {0xfba0, 4},
	0x6c0: {0xfba4, 2}, 0x6c1: {0xfba6, 4}, 0x6be: {0xfbaa, 4}, 0x6d2: {0xfbae, 2}, 0x6d3: {0xfbb0, 2},
	0x6ad: {0xfbd3, 4}, 0x6c7: {0xfbd7, 2}, 0x6c6: {0xfbd9, 2}, 0x6c8: {0xfbdb, 2}, 0x6cb: {0xfbde, 2},
	0x6c5: {0xfbe0, 2}, 0x6c9: {0xfbe2, 2}, 0x6d0: {0xfbe4, 4}, 0x6cc: {0xfbfc, 4},
}

const (
	tatweel   = 0x640 // the stroke that joins on both sides
	lam       = 0x644
	nonJoiner = "\u200c"
	firstForm = 0xfe91 // a beh that joins to the next letter: what a font with forms has
)

// lamAlef are the ligatures that Arabic requires, isolated, by the alef; the final form follows each.
var lamAlef = map[rune]rune{0x622: 0xfef5, 0x623: 0xfef7, 0x625: 0xfef9, 0x627: 0xfefb}

// shape gives each letter of a word, in logical order, the face that draws its form.
func (m *family) shape(clusters []piece) {
	joins := func(i int) (before, after bool) {
		if i < 0 || i >= len(clusters) {
			return false, false
		}
		letter := []rune(clusters[i].text)[0]
		_, forms := presentation(letter)
		both := forms == 4 || letter == tatweel || letter == joiner
		return forms >= 2 || both, both
	}
	for i := 0; i < len(clusters); i++ {
		toBefore, toAfter := joins(i)
		_, beforeJoins := joins(i - 1)
		afterJoins, _ := joins(i + 1)
		f := isolated
		joinsBefore, joinsAfter := toBefore && beforeJoins, toAfter && afterJoins
		switch {
		case joinsBefore && joinsAfter:
			f = medial
		case joinsBefore:
			f = final
		case joinsAfter:
			f = initial
		}
		if f != isolated && joinsAfter && m.ligature(clusters[i:], f) {
			i++
			continue
		}
		if clusters[i].text == string(joiner) || clusters[i].text == nonJoiner {
			f = other
		} else if f == isolated {
			continue
		}
		m.redress(&clusters[i], f)
	}
}

// ligature draws a lam and the alef after it as one. The text keeps both: the alef has the glyph of the two, in the
// faces of forms that it has not itself, and the lam an empty one.
func (m *family) ligature(clusters []piece, f form) bool {
	text := []rune(clusters[0].text)
	if text[0] != lam || len(clusters) < 2 || lamAlef[[]rune(clusters[1].text)[0]] == 0 {
		return false
	}
	l, alef := clusters[0], clusters[1]
	if !m.redress(&l, other) || !m.redress(&alef, f) {
		return false
	}
	clusters[0], clusters[1] = l, alef
	return true
}

// redress gives a letter the face of a form, if that has all of it.
func (m *family) redress(p *piece, f form) bool {
	faces, ok := m.forms[p.face]
	if !ok || !all(p.text, faces[f].has) {
		return false
	}
	p.face = faces[f]
	return true
}

// otherFace is the face of other glyphs that goes with a style.
func (m *family) otherFace(s style) *face {
	for _, f := range m.chain(s) {
		if faces, ok := m.forms[f]; ok {
			return faces[other]
		}
	}
	return nil
}

// formFaces makes the four further faces of a font.
func formFaces(f *face) ([4]*face, error) {
	var out [4]*face
	for i, name := range []string{other: "other", final: "final", initial: "initial", medial: "medial"} {
		glyphs := map[rune]rune{} // letter → character whose glyph it gets
		for letter := rune(0x621); letter <= 0x6d3 && form(i) != other; letter++ {
			if first, forms := presentation(letter); i < forms && f.has(first+rune(i)) {
				glyphs[letter] = first + rune(i)
			}
		}
		marks := []rune{0x670}
		for mark := rune(0x64b); mark <= 0x65f; mark++ { // vowel signs stand on any form
			marks = append(marks, mark)
		}
		for _, mark := range marks {
			if f.has(mark) {
				glyphs[mark] = mark
			}
		}
		addOthers(f, form(i), glyphs)
		var err error
		if out[i], err = remapped(f, f.name+name, glyphs); err != nil {
			return out, err
		}
		if form(i) == other {
			for _, ch := range unseen {
				out[i].widths[ch] = min(out[i].widths[ch], 1) // no room of its own
			}
		}
	}
	return out, nil
}

// unseen is what is written and not drawn: the lam of a ligature, and controls. Its glyph is an empty one that is wide
// enough, and not too wide, for poppler: it takes letters within 0.1 em for the same one, and breaks a word where
// they overlap by 0.2. So it is written over the end of the letter before it.
const (
	unseen      = string(rune(lam)) + nonJoiner + string(joiner)
	unseenGlyph = '\u2006' // SIX-PER-EM SPACE
	aside       = 0.166    // its width
)

// addOthers maps what has another glyph than its own: the ligatures' letters, and brackets.
func addOthers(f *face, i form, glyphs map[rune]rune) {
	switch i {
	case other:
		for _, ch := range unseen {
			if f.has(unseenGlyph) {
				glyphs[ch] = unseenGlyph
			}
		}
		pairs := []rune(brackets + mirrored)
		for _, ch := range pairs {
			if to, _, _ := counterpart(ch, pairs); f.has(to) {
				glyphs[ch] = to
			}
		}
	case initial, medial: // an alef has neither form
		for alef, ligature := range lamAlef {
			if i == medial {
				ligature++
			}
			if f.has(ligature) {
				glyphs[alef] = ligature
			}
		}
	}
}

// remapped is a font with another character map, which has the given characters alone.
func remapped(f *face, name string, glyphs map[rune]rune) (*face, error) {
	index, err := glyphIndexes(f.ttf, glyphs)
	if err != nil {
		return nil, err
	}
	ttf := bytes.Clone(f.ttf)
	for len(ttf)%4 != 0 {
		ttf = append(ttf, 0)
	}
	cmap := format4(index)
	for rec := 12; rec < 12+16*be16(ttf, 4); rec += 16 {
		if string(ttf[rec:rec+4]) == "cmap" {
			binary.BigEndian.PutUint32(ttf[rec+8:], uint32(len(ttf)))
			binary.BigEndian.PutUint32(ttf[rec+12:], uint32(len(cmap)))
		}
	}
	return newFace(name, append(ttf, cmap...))
}

// format4 writes a character map with a segment for each character (OpenType, cmap format 4).
func format4(index map[rune]uint16) []byte {
	var chars []rune
	for ch := range index {
		chars = append(chars, ch)
	}
	slices.Sort(chars)
	n := len(chars) + 1 // the last segment is U+FFFF
	var ends, starts, deltas, offsets []uint16
	for _, ch := range chars {
		ends, starts = append(ends, uint16(ch)), append(starts, uint16(ch))
		deltas, offsets = append(deltas, index[ch]-uint16(ch)), append(offsets, 0)
	}
	ends, starts, deltas, offsets = append(ends, 0xffff), append(starts, 0xffff), append(deltas, 1), append(offsets, 0)
	search, selector := 2, 0
	for search*2 <= 2*n {
		search, selector = search*2, selector+1
	}
	words := []uint16{0, 1, 3, 1, 0, 12, 4, uint16(16 + 8*n), 0, uint16(2 * n), uint16(search), uint16(selector), uint16(2*n - search)}
	words = slices.Concat(words, ends, []uint16{0}, starts, deltas, offsets)
	var out []byte
	for _, w := range words {
		out = binary.BigEndian.AppendUint16(out, w)
	}
	return out
}
