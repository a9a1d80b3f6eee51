package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/go-fonts/dejavu/dejavusansmono"
	"github.com/go-fonts/dejavu/dejavusansmonobold"
	"github.com/go-fonts/liberation/liberationmonobold"
	"github.com/go-fonts/liberation/liberationmonoregular"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// lastDrawable is the last character that fpdf can write: it addresses glyphs by two bytes.
const lastDrawable = 0xFFFF

// face is a font with what layout asks of it: which characters it has, and how wide they are. It is never written to
// after New.
type face struct {
	name      string
	font      *program
	rows      [256]*[256]uint16 // glyphs by character, in rows as the code charts have them; 0: none
	capHeight float64           // of its capitals, in em
	narrow    string            // characters that take no room, whatever their glyph: see unseen
}

func (f *face) glyph(ch rune) uint16 {
	if ch < 0 || ch > lastDrawable || f.rows[ch>>8] == nil {
		return 0
	}
	return f.rows[ch>>8][ch&0xff]
}

func (f *face) set(ch rune, glyph uint16) {
	if f.rows[ch>>8] == nil {
		f.rows[ch>>8] = new([256]uint16)
	}
	f.rows[ch>>8][ch&0xff] = glyph
}

func (f *face) has(ch rune) bool { return f.glyph(ch) != 0 }

// width is the width of s in points at the given size. Every character of s is in the face.
func (f *face) width(s string, size float64) float64 {
	w := 0
	for _, ch := range s {
		w += f.advance(ch)
	}
	return float64(w) * size / 1000
}

// advance is how wide a character is, in 1/1000 em.
func (f *face) advance(ch rune) int {
	if glyph := f.glyph(ch); glyph != 0 && !strings.ContainsRune(f.narrow, ch) {
		return int(f.font.widths[glyph])
	}
	return 0
}

// glyphs are those of the characters that the face has.
func (f *face) glyphs(chars *charSet) map[rune]uint16 {
	glyphs := map[rune]uint16{}
	for ch := range chars.all() {
		if glyph := f.glyph(ch); glyph != 0 {
			glyphs[ch] = glyph
		}
	}
	return glyphs
}

// newFace reads which glyphs a TrueType font has and how wide they are. fpdf prints a bad font
// to standard output and draws on, so whatever it could stumble over is refused here.
func newFace(name string, ttf []byte) (*face, error) {
	tables, err := embeddable(ttf)
	if err != nil {
		return nil, err
	}
	f := &face{name: name}
	if f.font, err = newProgram(tables); err != nil {
		return nil, err
	}
	err = charMap(tables["cmap"], func(ch rune, glyph uint16) {
		if ch >= ' ' && int(glyph) < f.font.glyphs() {
			f.set(ch, glyph)
		}
	})
	if err != nil {
		return nil, err
	}
	f.capHeight, err = capHeight(ttf)
	return f, err
}

func capHeight(ttf []byte) (float64, error) {
	parsed, err := sfnt.Parse(ttf)
	if err != nil {
		return 0, fmt.Errorf("not a font that can be read: %w", err)
	}
	em := fixed.I(int(parsed.UnitsPerEm()))
	metrics, err := parsed.Metrics(nil, em, font.HintingNone)
	if err != nil {
		return 0, fmt.Errorf("height of its letters: %w", err)
	}
	return float64(metrics.CapHeight) / float64(em), nil
}

// embeddable returns a font's tables, or why fpdf could not embed it: it takes TrueType outlines, and nothing else.
func embeddable(ttf []byte) (map[string][]byte, error) {
	switch {
	case bytes.HasPrefix(ttf, []byte("OTTO")):
		return nil, errors.New("an OpenType font with PostScript outlines: give a TrueType (.ttf) font")
	case bytes.HasPrefix(ttf, []byte("ttcf")):
		return nil, errors.New("a collection of fonts that is cut short")
	case !bytes.HasPrefix(ttf, []byte{0, 1, 0, 0}) && !bytes.HasPrefix(ttf, []byte("true")):
		return nil, errors.New("not a TrueType font")
	}
	tables, err := fontTables(ttf)
	if err != nil {
		return nil, err
	}
	for _, need := range []struct {
		name  string
		bytes int
	}{{"cmap", 4}, {"glyf", 1}, {"head", 54}, {"hhea", 36}, {"hmtx", 4}, {"loca", 2}, {"maxp", 6}, {"name", 6}, {"post", 32}, {"OS/2", 78}} {
		switch n := len(tables[need.name]); {
		case n == 0:
			return nil, fmt.Errorf("table %q is missing", need.name)
		case n < need.bytes:
			return nil, fmt.Errorf("table %q is too short", need.name)
		}
	}
	if licence := be16(tables["OS/2"], 8); licence == 2 || licence&0x0300 != 0 {
		return nil, errors.New("its licence bits (OS/2 fsType) forbid embedding a subset")
	}
	return tables, nil
}

func fontTables(ttf []byte) (map[string][]byte, error) {
	cut := errors.New("cut short")
	if len(ttf) < 12 {
		return nil, cut
	}
	tables := map[string][]byte{}
	for i := range be16(ttf, 4) {
		rec := 12 + 16*i
		if rec+16 > len(ttf) {
			return nil, cut
		}
		from, size := be32(ttf, rec+8), be32(ttf, rec+12)
		if from > len(ttf) || size > len(ttf)-from {
			return nil, cut
		}
		tables[string(ttf[rec:rec+4])] = ttf[from : from+size]
	}
	return tables, nil
}

// family is which fonts are asked for a character, in order, for each style.
type family struct {
	sans [4][]*face // regular, bold, italic, bold italic
	mono [2][]*face // regular, bold
	// forms are a font's faces for the forms of Arabic letters
	forms map[*face][4]*face
}

func newFamily(extra [][]byte) (*family, error) {
	load := loader{}
	regular := load.face("liberationsans", liberationsansregular.TTF)
	bold := load.face("liberationsansbold", liberationsansbold.TTF)
	italic := load.face("liberationsansitalic", liberationsansitalic.TTF)
	boldItalic := load.face("liberationsansbolditalic", liberationsansbolditalic.TTF)
	mono := load.face("liberationmono", liberationmonoregular.TTF)
	monoBold := load.face("liberationmonobold", liberationmonobold.TTF)
	wide := load.face("dejavusans", dejavusans.TTF)
	wideBold := load.face("dejavusansbold", dejavusansbold.TTF)
	wideMono := load.face("dejavusansmono", dejavusansmono.TTF)
	wideMonoBold := load.face("dejavusansmonobold", dejavusansmonobold.TTF)
	last := []*face{wide}
	for i, b := range extra {
		f, err := newFace(fmt.Sprintf("extra%d", i+1), firstFont(b))
		if err == nil {
			err = tryEmbedding(f)
		}
		if err != nil && load.err == nil {
			load.err = &FontError{i, err}
		}
		last = append(last, f)
	}
	if load.err != nil {
		return nil, load.err
	}
	chain := func(first ...*face) []*face { return append(first, last...) }
	forms := map[*face][4]*face{}
	for _, f := range append([]*face{wideBold}, last...) {
		if f.has(firstForm) {
			forms[f] = formFaces(f)
		}
	}
	return &family{
		forms: forms,
		sans:  [4][]*face{chain(regular), chain(bold, wideBold), chain(italic), chain(boldItalic, wideBold)},
		mono:  [2][]*face{chain(mono, wideMono), chain(monoBold, wideMonoBold)},
	}, nil
}

// A FontError says which font of Options cannot be used.
type FontError struct {
	Index int // in Options.Fonts
	Err   error
}

func (e *FontError) Error() string { return fmt.Sprintf("font %d: %v", e.Index+1, e.Err) }
func (e *FontError) Unwrap() error { return e.Err }

// loader keeps the first error, so that a list of fonts reads as a list.
type loader struct{ err error }

func (l *loader) face(name string, ttf []byte) *face {
	f, err := newFace(name, ttf)
	if err != nil && l.err == nil {
		l.err = fmt.Errorf("font %s: %w", name, err)
	}
	return f
}

// tryEmbedding draws a few characters with a font that came from outside: fpdf indexes into font
// tables without looking at their length, and a font that breaks it must be refused at the start.
func tryEmbedding(f *face) error {
	sample := &sheet{}
	for ch, n := rune(' '), 0; ch <= lastDrawable && n < 256; ch++ {
		if f.has(ch) {
			sample.add(textOp{text: string(ch), face: f, size: 10})
			n++
		}
	}
	if _, err := newPainter(100, 100, properties{created: epoch}).paint([]*sheet{sample}); err != nil {
		return fmt.Errorf("cannot be embedded: %w", err)
	}
	return nil
}

// chain is which fonts are asked for a character, in order.
func (m *family) chain(s style) []*face {
	if s.mono {
		return m.mono[b2i(s.bold)]
	}
	return m.sans[b2i(s.bold)+2*b2i(s.italic)]
}

// pick returns the first font that has a character; nil if none has. Letters that join never stand in a font of
// fixed width: there they would not.
func (m *family) pick(ch rune, s style) *face {
	if _, forms := presentation(ch); forms > 0 || ch == tatweel {
		s.mono = false
	}
	for _, f := range m.chain(s) {
		if f.has(ch) {
			return f
		}
	}
	return nil
}

// draws reports whether a font has a character. The one that stands for damaged text has a glyph that says nothing.
func (m *family) draws(ch rune, s style) bool {
	return ch != unicode.ReplacementChar && m.pick(ch, s) != nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
