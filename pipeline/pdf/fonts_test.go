package pdf

import (
	"bytes"
	"encoding/binary"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationsansregular"
	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/go-pdf/fpdf"
)

func TestBadFontsAreRefusedQuietly(t *testing.T) {
	good := liberationserifregular.TTF
	noMap := bytes.Replace(good, []byte("cmap"), []byte("cmax"), 1)
	tests := map[string]struct {
		font []byte
		want string
	}{
		"nothing":    {nil, "not a TrueType font"},
		"text":       {[]byte("hello, I am no font at all"), "not a TrueType font"},
		"postscript": {append([]byte("OTTO"), good[4:]...), "PostScript outlines"},
		"collection": {append([]byte("ttcf"), good[4:]...), "collection"},
		"no fonts":   {[]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff"), "collection"},
		"cut short":  {good[:len(good)/2], "cut short"},
		"no cmap":    {noMap, `"cmap" is missing`},
	}
	stdout := os.Stdout
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = w
	for name, tt := range tests {
		if _, err := New(Options{Fonts: [][]byte{tt.font}}); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "font 1: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	os.Stdout = stdout
	w.Close()
	var printed bytes.Buffer
	if _, err := printed.ReadFrom(r); err != nil || printed.Len() > 0 {
		t.Errorf("printed %q, %v", &printed, err)
	}
}

func TestExtraFontIsAskedLast(t *testing.T) {
	r, err := New(Options{Fonts: [][]byte{liberationserifregular.TTF}})
	if err != nil {
		t.Fatal(err)
	}
	chain := r.fonts.sans[0]
	if last := chain[len(chain)-1]; last.name != "extra1" || !last.has('a') {
		t.Errorf("the last font is %s", last.name)
	}
	if !bytes.Equal(render(t, r, scripts()), render(t, renderer(t), scripts())) {
		t.Error("a font that is not used changes the bytes")
	}
}

// Layout measures by itself; fpdf must come to the same widths, or text would overlap.
func TestWidthsAreThoseOfFpdf(t *testing.T) {
	f, err := newFace("sans", liberationsansregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	doc := fpdf.New("P", "pt", "A4", "")
	doc.AddUTF8FontFromBytes("sans", "", bytes.Clone(liberationsansregular.TTF))
	doc.SetFont("sans", "", 10)
	for ch := rune(' '); ch <= lastDrawable; ch++ {
		if f.has(ch) && doc.GetStringSymbolWidth(string(ch)) != f.advance(ch) {
			t.Errorf("%U: %d, fpdf says %d", ch, f.advance(ch), doc.GetStringSymbolWidth(string(ch)))
		}
	}
}

// Renderers share the embedded fonts, and fpdf writes into what it is given.
func TestEmbeddedFontsStayAsTheyAre(t *testing.T) {
	before := bytes.Clone(liberationsansregular.TTF)
	render(t, renderer(t), full())
	if !bytes.Equal(before, liberationsansregular.TTF) {
		t.Error("the font was written into")
	}
}

func TestFirstFontOfACollection(t *testing.T) {
	font := liberationserifregular.TTF
	n := be16(font, 4)
	head := append([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10"), font...)
	for rec := 16 + 12; rec < 16+12+16*n; rec += 16 { // a collection's tables are found from its own beginning
		binary.BigEndian.PutUint32(head[rec+8:], uint32(be32(head, rec+8)+16))
	}
	want, err := fontTables(font)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fontTables(firstFont(head))
	if err != nil || !maps.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("other tables, or %v", err)
	}
	if _, err := New(Options{Fonts: [][]byte{head}}); err != nil {
		t.Error(err)
	}
}

func FuzzFont(f *testing.F) {
	f.Add([]byte("OTTO"))
	f.Add(liberationserifregular.TTF[:4096])
	whole, err := newFace("whole", liberationserifregular.TTF)
	if err != nil {
		f.Fatal(err)
	}
	var chars charSet
	chars.add("a ā")
	f.Add(whole.font.cut(whole.glyphs(&chars)))
	f.Add(append([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x10"), liberationserifregular.TTF[:4096]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		face, err := newFace("fuzz", firstFont(b))
		if err == nil {
			_ = tryEmbedding(face) // an error, but no panic
		}
	})
}
