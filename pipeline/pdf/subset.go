package pdf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/bits"
	"slices"
)

// For each document fpdf reads the whole of each font twice, characters and widths and places of all its glyphs, and
// then copies those that it needs. So a font is read here once for the life of a process, and fpdf gets one that has
// nothing but the characters of the document: it depends on these alone, and no state is kept between documents.

// program is a TrueType font, with what cutting needs to know of it. It is never written to.
type program struct {
	tables  map[string][]byte
	places  []int    // of each glyph in "glyf", and the end of the last
	em      int      // in units of the font
	metrics int      // how many glyphs have a width of their own in "hmtx"; the others have the last of these
	widths  []uint16 // by glyph, in 1/1000 em, rounded as fpdf does
}

func (p *program) glyphs() int { return len(p.widths) }

// glyph is the outline of a glyph; its slice cannot grow into the next.
func (p *program) glyph(id int) []byte {
	return p.tables["glyf"][p.places[id]:p.places[id+1]:p.places[id+1]]
}

// newProgram reads a font whose tables are all there (embeddable). What cutting and fpdf could stumble over is refused.
func newProgram(tables map[string][]byte) (*program, error) {
	p := &program{tables: tables, metrics: be16(tables["hhea"], 34)}
	n := be16(tables["maxp"], 4)
	if p.metrics == 0 || p.metrics > n || len(tables["hmtx"]) < 2*p.metrics+2*n {
		return nil, errors.New(`table "hmtx" is too short`)
	}
	p.em = be16(tables["head"], 18)
	if p.em == 0 {
		return nil, errors.New("its em has no units")
	}
	p.widths = make([]uint16, n)
	for id := range p.widths {
		if w := be16(tables["hmtx"], 4*min(id, p.metrics-1)); w < 1<<15 {
			p.widths[id] = uint16(math.Round(1000 / float64(p.em) * float64(w)))
		}
	}
	if err := p.readPlaces(n); err != nil {
		return nil, err
	}
	for id := range n {
		if err := p.checkGlyph(id, 0); err != nil {
			return nil, fmt.Errorf("glyph %d: %w", id, err)
		}
	}
	return p, nil
}

func (p *program) readPlaces(n int) error {
	loca, long := p.tables["loca"], be16(p.tables["head"], 50) == 1
	if size := 2 * (1 + b2i(long)); len(loca) < size*(n+1) {
		return errors.New(`table "loca" is too short`)
	}
	p.places = make([]int, n+1)
	before := 0
	for i := range p.places {
		if long {
			p.places[i] = be32(loca, 4*i)
		} else {
			p.places[i] = 2 * be16(loca, 2*i)
		}
		if p.places[i] < before || p.places[i] > len(p.tables["glyf"]) {
			return fmt.Errorf(`table "loca": glyph %d lies outside of "glyf"`, i)
		}
		before = p.places[i]
	}
	return nil
}

// deepest is how deep glyphs made of others may nest: what has no end would not end in fpdf either.
const deepest = 8

func (p *program) checkGlyph(id, depth int) error {
	if id >= p.glyphs() || depth > deepest {
		return errors.New("its parts are not in the font, or parts of themselves")
	}
	outline := p.glyph(id)
	n := 0
	for at := range parts(outline) {
		if err := p.checkGlyph(be16(outline, at), depth+1); err != nil {
			return err
		}
		n++
	}
	if n == 0 && len(outline) > 0 && (len(outline) < 10 || composite(outline)) {
		return errors.New("cut short")
	}
	return nil
}

// parts yields where in the outline of a glyph that is made of others their ids stand (OpenType, glyf, composite glyphs).
func parts(outline []byte) iter.Seq[int] {
	return func(yield func(int) bool) {
		if len(outline) < 10 || !composite(outline) {
			return
		}
		const words, scale, more, scales, matrix = 1 << 0, 1 << 3, 1 << 5, 1 << 6, 1 << 7
		for at, flags := 10, more; flags&more != 0 && at+4 <= len(outline); {
			flags = be16(outline, at)
			if !yield(at + 2) {
				return
			}
			at += 6
			if flags&words != 0 {
				at += 2
			}
			switch {
			case flags&scale != 0:
				at += 2
			case flags&scales != 0:
				at += 4
			case flags&matrix != 0:
				at += 8
			}
		}
	}
}

// composite glyphs have a negative number of contours.
func composite(outline []byte) bool { return outline[0]&0x80 != 0 }

// cut returns a font that has the given glyphs and their parts alone.
func (p *program) cut(glyphs map[rune]uint16) []byte {
	chars := slices.Sorted(maps.Keys(glyphs))
	ids := []uint16{0} // .notdef comes first
	now := map[uint16]uint16{0: 0}
	take := func(id uint16) uint16 {
		if _, ok := now[id]; !ok {
			now[id] = uint16(len(ids))
			ids = append(ids, id)
		}
		return now[id]
	}
	index := make(map[rune]uint16, len(glyphs))
	for _, ch := range chars {
		index[ch] = take(glyphs[ch])
	}
	var glyf, loca, hmtx []byte
	for i := 0; i < len(ids); i++ { // it grows by the parts
		id := int(ids[i])
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		start := len(glyf)
		glyf = append(glyf, p.glyph(id)...)
		for at := range parts(glyf[start:]) {
			binary.BigEndian.PutUint16(glyf[start+at:], take(uint16(be16(glyf, start+at))))
		}
		glyf = pad(glyf)
		hmtx = append(hmtx, p.metric(id)...)
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	return assemble(map[string][]byte{
		"OS/2": p.tables["OS/2"], "cvt ": p.tables["cvt "], "fpgm": p.tables["fpgm"], "gasp": p.tables["gasp"],
		"name": p.tables["name"], "prep": p.tables["prep"],
		"cmap": format4(index), "glyf": glyf, "hmtx": hmtx, "loca": loca,
		"head": with16(p.tables["head"], 50, 1), // long places
		"hhea": with16(p.tables["hhea"], 34, len(ids)),
		"post": with16(p.tables["post"][:32], 0, 3), // without names of glyphs
		"maxp": with16(p.tables["maxp"], 4, len(ids)),
	})
}

// metric is a glyph's width and left bearing, as "hmtx" has them.
func (p *program) metric(id int) []byte {
	hmtx := p.tables["hmtx"]
	if id < p.metrics {
		return hmtx[4*id : 4*id+4]
	}
	return slices.Concat(hmtx[4*p.metrics-4:4*p.metrics-2], hmtx[2*(p.metrics+id):2*(p.metrics+id)+2])
}

// with16 is a copy of a table with another number in one place.
func with16(table []byte, at, v int) []byte {
	out := slices.Clone(table)
	binary.BigEndian.PutUint16(out[at:], uint16(v))
	return out
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// assemble writes a font file. Its check sums are left empty: fpdf asks for none, and sums up what it writes itself.
func assemble(tables map[string][]byte) []byte {
	maps.DeleteFunc(tables, func(_ string, t []byte) bool { return len(t) == 0 })
	names := slices.Sorted(maps.Keys(tables))
	out := []byte{0, 1, 0, 0, 0, byte(len(names)), 0, 0, 0, 0, 0, 0}
	at := len(out) + 16*len(names)
	for _, name := range names {
		out = append(out, name...)
		out = append(out, 0, 0, 0, 0)
		out = binary.BigEndian.AppendUint32(out, uint32(at))
		out = binary.BigEndian.AppendUint32(out, uint32(len(tables[name])))
		at += (len(tables[name]) + 3) / 4 * 4
	}
	for _, name := range names {
		out = pad(append(out, tables[name]...))
	}
	return out
}

// format4 writes a character map (OpenType, cmap format 4): a segment for each run of characters whose glyphs follow
// each other.
func format4(index map[rune]uint16) []byte {
	var ends, starts, deltas []uint16
	for _, ch := range slices.Sorted(maps.Keys(index)) {
		delta := index[ch] - uint16(ch)
		if n := len(ends); n > 0 && int(ends[n-1])+1 == int(ch) && deltas[n-1] == delta {
			ends[n-1]++
			continue
		}
		ends, starts, deltas = append(ends, uint16(ch)), append(starts, uint16(ch)), append(deltas, delta)
	}
	ends, starts, deltas = append(ends, 0xffff), append(starts, 0xffff), append(deltas, 1) // the last segment is U+FFFF
	n := len(ends)
	selector := bits.Len(uint(n)) - 1
	search := 2 << selector
	words := []uint16{0, 1, 3, 1, 0, 12, 4, uint16(16 + 8*n), 0, uint16(2 * n), uint16(search), uint16(selector), uint16(2*n - search)}
	words = slices.Concat(words, ends, []uint16{0}, starts, deltas, make([]uint16, n))
	var out []byte
	for _, w := range words {
		out = binary.BigEndian.AppendUint16(out, w)
	}
	return out
}

// charMap yields each character up to U+FFFE of a character map, with its glyph. It reads the table that fpdf would.
func charMap(cmap []byte, yield func(ch rune, glyph uint16)) error {
	sub, err := format4Of(cmap)
	if err != nil {
		return err
	}
	if len(sub) < 16 || len(sub) < 16+4*be16(sub, 6) {
		return errors.New(`table "cmap" is too short`)
	}
	size := be16(sub, 6)
	before := -1
	for i := 0; i < size; i += 2 {
		end, start := be16(sub, 14+i), be16(sub, 16+size+i)
		delta, offset := be16(sub, 16+2*size+i), be16(sub, 16+3*size+i)
		if start <= before || end < start {
			return errors.New(`table "cmap": its characters are not in order`)
		}
		before = end
		for ch := start; ch <= min(end, lastDrawable-1); ch++ {
			glyph := ch + delta
			if offset != 0 {
				at := 16 + 3*size + i + offset + 2*(ch-start)
				if at+2 > len(sub) || be16(sub, at) == 0 {
					continue
				}
				glyph = be16(sub, at) + delta
			}
			if uint16(glyph) != 0 {
				yield(rune(ch), uint16(glyph))
			}
		}
	}
	return nil
}

func format4Of(cmap []byte) ([]byte, error) {
	for i := 0; len(cmap) >= 4 && i < be16(cmap, 2) && 12+8*i <= len(cmap); i++ {
		rec := 4 + 8*i
		platform, encoding, at := be16(cmap, rec), be16(cmap, rec+2), be32(cmap, rec+4)
		unicode := platform == 0 || platform == 3 && encoding == 1
		if unicode && at+2 <= len(cmap) && be16(cmap, at) == 4 {
			return cmap[at:], nil
		}
	}
	return nil, errors.New("no Unicode character map of format 4")
}

func be16(b []byte, at int) int { return int(b[at])<<8 | int(b[at+1]) }
func be32(b []byte, at int) int { return be16(b, at)<<16 | be16(b, at+2) }

// A charSet holds characters up to U+FFFF.
type charSet [(lastDrawable + 1) / 64]uint64

func (s *charSet) add(text string) {
	for _, ch := range text {
		if ch <= lastDrawable {
			s[ch/64] |= 1 << (ch % 64)
		}
	}
}

func (s *charSet) all() iter.Seq[rune] {
	return func(yield func(rune) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(rune(i*64 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}
