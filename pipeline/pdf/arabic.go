package pdf

import "slices"

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
func formFaces(f *face) [4]*face {
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
		out[i] = remapped(f, f.name+name, glyphs)
	}
	return out
}

// remapped is a face of the same font with another character map, which has the given characters alone.
func remapped(f *face, name string, glyphs map[rune]rune) *face {
	out := &face{name: name, font: f.font, capHeight: f.capHeight}
	for ch, as := range glyphs {
		out.set(ch, f.glyph(as))
	}
	return out
}
