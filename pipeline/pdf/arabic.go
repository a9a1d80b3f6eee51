package pdf

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Arabic letters change with their neighbours. Unicode has the forms as characters of their own
// (Presentation Forms-B), but whoever searches or copies wants the letters themselves. So a font
// is taken three more times, with another character map: there a letter has the glyph of its
// final, initial or medial form, while the document's text stays as it was written.
// The ligatures of lam and alef are not made.

// form of a letter, in the order of the code charts.
type form int

const (
	isolated form = iota
	final
	initial
	medial
)

// presentation returns a letter's isolated form and how many forms it has: four if it joins on
// both sides, two if only to the letter before it.
func presentation(letter rune) (first rune, forms int) {
	const counts = "12222424244444222244444444" // U+0621 to U+063A
	const more = "4444444224"                   // U+0641 to U+064A
	switch letter {
	case 0x67e:
		return 0xfb56, 4
	case 0x686:
		return 0xfb7a, 4
	case 0x698:
		return 0xfb8a, 2
	case 0x6a9:
		return 0xfb8e, 4
	case 0x6af:
		return 0xfb92, 4
	case 0x6cc:
		return 0xfbfc, 4
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

const tatweel = 0x640 // the stroke that joins on both sides

// shape gives each letter of a line, in logical order, the face that draws its form.
func (m *family) shape(clusters []cluster) {
	joins := func(i int) (before, after bool) {
		if i < 0 || i >= len(clusters) {
			return false, false
		}
		letter := []rune(clusters[i].piece.text)[0]
		_, forms := presentation(letter)
		return forms >= 2 || letter == tatweel, forms == 4 || letter == tatweel
	}
	for i := range clusters {
		toBefore, toAfter := joins(i)
		_, beforeJoins := joins(i - 1)
		afterJoins, _ := joins(i + 1)
		f := isolated
		switch {
		case toBefore && beforeJoins && toAfter && afterJoins:
			f = medial
		case toBefore && beforeJoins:
			f = final
		case toAfter && afterJoins:
			f = initial
		}
		if faces, ok := m.forms[clusters[i].piece.face]; ok && f != isolated {
			p := &clusters[i].piece
			if all := faces[f]; !slices.ContainsFunc([]rune(p.text), func(ch rune) bool { return !all.has(ch) }) {
				p.face, p.width = all, all.width(p.text, p.style.size)
			}
		}
	}
}

// formFaces makes the three further faces of a font; none if it lacks Arabic.
func formFaces(f *face) ([4]*face, error) {
	var out [4]*face
	for i, name := range []string{final: "final", initial: "initial", medial: "medial"} {
		if name == "" {
			continue
		}
		glyphs := map[rune]rune{} // letter → character whose glyph it gets
		for letter := rune(0x621); letter <= 0x6cc; letter++ {
			if first, forms := presentation(letter); i < forms && f.has(first+rune(i)) {
				glyphs[letter] = first + rune(i)
			}
		}
		for mark := rune(0x64b); mark <= 0x652; mark++ { // vowel signs stand on any form
			if f.has(mark) {
				glyphs[mark] = mark
			}
		}
		var err error
		if out[i], err = remapped(f, f.name+name, glyphs); err != nil {
			return out, err
		}
	}
	return out, nil
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
