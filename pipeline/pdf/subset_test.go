package pdf

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font/sfnt"
)

// Cutting must show nowhere: the same text, and the same picture of each page, as from the whole fonts.
func TestCutFontsDrawAsTheWholeOnes(t *testing.T) {
	r := renderer(t)
	for name, e := range samples() {
		t.Run(name, func(t *testing.T) {
			c := r.compose(e)
			sheets := c.sheets()
			want, err := fpdfAlone(sheets, c.paper.w, c.paper.h, whole(sheets))
			if err != nil {
				t.Fatal(err)
			}
			got := render(t, r, e)
			if text(t, got) != text(t, want) {
				t.Error("another text")
			}
			gotPages, wantPages := pagePictures(t, got), pagePictures(t, want)
			if len(gotPages) != len(sheets) || len(wantPages) != len(sheets) {
				t.Fatalf("%d and %d pictures of %d pages", len(gotPages), len(wantPages), len(sheets))
			}
			for i := range sheets {
				if !bytes.Equal(gotPages[i], wantPages[i]) {
					t.Errorf("page %d looks otherwise", i+1)
				}
			}
		})
	}
}

// pagePictures paints each page of a document.
func pagePictures(t *testing.T, pdf []byte) [][]byte {
	t.Helper()
	dir := t.TempDir()
	tool(t, pdf, "pdftoppm", "-r", "60", "FILE", filepath.Join(dir, "page"))
	files, err := filepath.Glob(filepath.Join(dir, "page-*.ppm")) // sorted, and numbered in digits of the same count
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

func TestCutFontHasTheseCharactersAlone(t *testing.T) {
	f, err := newFace("serif", liberationserifregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	var chars charSet
	chars.add("Tēnā koutou, ﬁ \u00a0 € 中\U0001f600") // the last two are not in the font
	cut := f.font.cut(f.glyphs(&chars))
	if len(cut) > len(liberationserifregular.TTF)/20 {
		t.Errorf("%d bytes of %d are left", len(cut), len(liberationserifregular.TTF))
	}
	if _, err := sfnt.Parse(cut); err != nil {
		t.Error(err)
	}
	g, err := newFace("cut", cut)
	if err != nil {
		t.Fatal(err)
	}
	for ch := rune(0); ch <= lastDrawable; ch++ {
		wanted := f.has(ch) && chars[ch/64]&(1<<(ch%64)) != 0
		if g.has(ch) != wanted {
			t.Errorf("%U: in the cut font %v, wanted %v", ch, g.has(ch), wanted)
		}
		if wanted && g.advance(ch) != f.advance(ch) {
			t.Errorf("%U: %d wide, not %d", ch, g.advance(ch), f.advance(ch))
		}
	}
	if again := f.font.cut(f.glyphs(&chars)); !bytes.Equal(cut, again) {
		t.Error("the same characters give other bytes")
	}
}

func TestFontsThatLieAreRefused(t *testing.T) {
	at := func(table string, offset int, v ...byte) func(ttf []byte) {
		return func(ttf []byte) {
			for rec := 12; rec < 12+16*be16(ttf, 4); rec += 16 {
				if string(ttf[rec:rec+4]) == table {
					copy(ttf[be32(ttf, rec+8)+offset:], v)
				}
			}
		}
	}
	f, err := newFace("serif", liberationserifregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	id := int(f.glyph('ā'))
	self := binary.BigEndian.AppendUint16(nil, uint16(id))
	tests := map[string]struct {
		spoil func([]byte)
		want  string
	}{
		"a glyph that is part of itself":     {at("glyf", f.font.places[id]+12, self...), "parts of themselves"},
		"a glyph of what is not in the font": {at("glyf", f.font.places[id]+12, 0xff, 0xfe), "not in the font"},
		"glyphs outside of their table":      {at("loca", 40, 0xff, 0xff, 0xff, 0xff), `outside of "glyf"`},
		"more glyphs than places":            {at("maxp", 4, 0xff, 0xff), "too short"},
		"no widths":                          {at("hhea", 34, 0, 0), `"hmtx"`},
		"an em of nothing":                   {at("head", 18, 0, 0), "em"},
		"a licence that forbids embedding":   {at("OS/2", 8, 0, 2), "forbid"},
		"a character map of another format":  {at("cmap", 0, 0, 0, 0, 0), "format 4"},
	}
	for name, tt := range tests {
		ttf := bytes.Clone(liberationserifregular.TTF)
		tt.spoil(ttf)
		if _, err := newFace("bad", ttf); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
