package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"math"
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
	"github.com/go-pdf/fpdf"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// lastDrawable is the last character that fpdf can write: it addresses glyphs by two bytes.
const lastDrawable = 0xFFFF

// face is one font program with what layout asks of it: which characters it has, and how wide
// they are. It is never written to after New.
type face struct {
	name      string
	ttf       []byte
	widths    []uint16 // by character, in 1/1000 em, plus one; 0: no glyph
	capHeight float64  // of its capitals, in em
	parsed    *sfnt.Font
}

func (f *face) has(ch rune) bool { return ch >= 0 && ch <= lastDrawable && f.widths[ch] > 0 }

// width is the width of s in points at the given size. Every character of s is in the face.
func (f *face) width(s string, size float64) float64 {
	w := 0
	for _, ch := range s {
		w += f.advance(ch)
	}
	return float64(w) * size / 1000
}

func (f *face) advance(ch rune) int {
	if !f.has(ch) {
		return 0
	}
	return int(f.widths[ch]) - 1
}

// newFace reads which glyphs a TrueType font has and how wide they are. fpdf prints a bad font
// to standard output and draws on, so whatever it could stumble over is refused here.
func newFace(name string, ttf []byte) (*face, error) {
	if err := embeddable(ttf); err != nil {
		return nil, err
	}
	parsed, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("not a font that can be read: %w", err)
	}
	f := &face{name: name, ttf: ttf, widths: make([]uint16, lastDrawable+1), parsed: parsed}
	var buf sfnt.Buffer
	em := fixed.I(int(parsed.UnitsPerEm()))
	for ch := rune(' '); ch <= lastDrawable; ch++ {
		glyph, err := parsed.GlyphIndex(&buf, ch)
		if err != nil {
			return nil, fmt.Errorf("character U+%04X: %w", ch, err)
		}
		if glyph == 0 {
			continue
		}
		adv, err := parsed.GlyphAdvance(&buf, glyph, em, font.HintingNone)
		if err != nil {
			return nil, fmt.Errorf("width of U+%04X: %w", ch, err)
		}
		f.widths[ch] = uint16(math.Round(float64(adv)*1000/float64(em))) + 1
	}
	metrics, err := parsed.Metrics(&buf, em, font.HintingNone)
	if err != nil {
		return nil, fmt.Errorf("height of its letters: %w", err)
	}
	f.capHeight = float64(metrics.CapHeight) / float64(em)
	return f, nil
}

// glyphIndexes returns, for each key, the glyph of its value.
func glyphIndexes(ttf []byte, chars map[rune]rune) (map[rune]uint16, error) {
	parsed, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, fmt.Errorf("not a font that can be read: %w", err)
	}
	var buf sfnt.Buffer
	out := map[rune]uint16{}
	for key, ch := range chars {
		glyph, err := parsed.GlyphIndex(&buf, ch)
		if err != nil {
			return nil, fmt.Errorf("character U+%04X: %w", ch, err)
		}
		out[key] = uint16(glyph)
	}
	return out, nil
}

// embeddable reports why fpdf could not embed a font: it takes TrueType outlines with a
// character map of format 4, and nothing else.
func embeddable(ttf []byte) error {
	switch {
	case bytes.HasPrefix(ttf, []byte("OTTO")):
		return errors.New("an OpenType font with PostScript outlines: give a TrueType (.ttf) font")
	case bytes.HasPrefix(ttf, []byte("ttcf")):
		return errors.New("a collection of fonts that is cut short")
	case !bytes.HasPrefix(ttf, []byte{0, 1, 0, 0}) && !bytes.HasPrefix(ttf, []byte("true")):
		return errors.New("not a TrueType font")
	}
	tables, err := fontTables(ttf)
	if err != nil {
		return err
	}
	for _, need := range []string{"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post", "OS/2"} {
		if len(tables[need]) == 0 {
			return fmt.Errorf("table %q is missing", need)
		}
	}
	if os2 := tables["OS/2"]; len(os2) < 10 || be16(os2, 8) == 2 || be16(os2, 8)&0x0300 != 0 {
		return errors.New("its licence bits (OS/2 fsType) forbid embedding a subset")
	}
	return hasFormat4(tables["cmap"])
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

func hasFormat4(cmap []byte) error {
	for i := 0; len(cmap) >= 4 && i < be16(cmap, 2) && 12+8*i <= len(cmap); i++ {
		rec := 4 + 8*i
		platform, encoding, at := be16(cmap, rec), be16(cmap, rec+2), be32(cmap, rec+4)
		unicode := platform == 0 || platform == 3 && encoding == 1
		if unicode && at+2 <= len(cmap) && be16(cmap, at) == 4 {
			return nil
		}
	}
	return errors.New("no Unicode character map of format 4")
}

func be16(b []byte, at int) int { return int(b[at])<<8 | int(b[at+1]) }
func be32(b []byte, at int) int { return be16(b, at)<<16 | be16(b, at+2) }

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
		f := load.face(fmt.Sprintf("extra%d", i+1), firstFont(b))
		if load.err == nil {
			load.err = tryEmbedding(f)
		}
		last = append(last, f)
	}
	if load.err != nil {
		return nil, load.err
	}
	chain := func(first ...*face) []*face { return append(first, last...) }
	forms := map[*face][4]*face{}
	for _, f := range append([]*face{wideBold}, last...) {
		if !f.has(firstForm) {
			continue
		}
		faces, err := formFaces(f)
		if err != nil {
			return nil, fmt.Errorf("font %s: forms of Arabic letters: %w", f.name, err)
		}
		forms[f] = faces
	}
	return &family{
		forms: forms,
		sans:  [4][]*face{chain(regular), chain(bold, wideBold), chain(italic), chain(boldItalic, wideBold)},
		mono:  [2][]*face{chain(mono, wideMono), chain(monoBold, wideMonoBold)},
	}, nil
}

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
func tryEmbedding(f *face) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("font %s: cannot be embedded: %v", f.name, p)
		}
	}()
	doc := fpdf.New("P", "pt", "A4", "")
	doc.AddUTF8FontFromBytes(f.name, "", bytes.Clone(f.ttf))
	doc.AddPage()
	doc.SetFont(f.name, "", 10)
	for ch, n := rune(' '), 0; ch <= lastDrawable && n < 256; ch++ {
		if f.has(ch) {
			doc.Text(10, 10, string(ch))
			n++
		}
	}
	if err := doc.Output(&bytes.Buffer{}); err != nil {
		return fmt.Errorf("font %s: cannot be embedded: %w", f.name, err)
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
