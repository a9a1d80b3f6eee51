package pdf

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

func withPicture(name string, raw []byte) edition.Edition {
	e := base("A picture")
	d := pipeline.DigestOf(raw)
	e.Images = map[pipeline.Digest][]byte{d: raw}
	e.Blocks = []draft.Block{{Kind: draft.Figure, Mark: "(U)", Image: &draft.Image{Name: name, Digest: d}, Text: txt("Its caption")}}
	return e
}

// withEXIF adds a segment such as cameras write, with the place in it.
func withEXIF(jpg []byte) []byte {
	const exif = "Exif\x00\x00 GPS 38.8977 N 77.0365 W"
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return append(append(bytes.Clone(jpg[:2]), segment...), jpg[2:]...)
}

func TestPhotographsDoNotTellWhereTheyWereTaken(t *testing.T) {
	b := render(t, renderer(t), withPicture("a.jpg", withEXIF(sampleJPEG(64, 48))))
	if bytes.Contains(b, []byte("GPS")) || bytes.Contains(b, []byte("Exif")) {
		t.Error("the camera's data is in the document")
	}
	if list := tool(t, b, "pdfimages", "-list", "FILE"); !strings.Contains(list, "jpeg") {
		t.Errorf("the picture is not in the document:\n%s", list)
	}
}

func TestPicturesThatCannotBeDrawnAreVisible(t *testing.T) {
	bomb := samplePNG(4, 4)
	binary.BigEndian.PutUint32(bomb[16:], 200_000) // IHDR: width
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	whole := samplePNG(300, 300)
	tests := map[string]struct {
		raw  []byte
		want string
	}{
		"notes.png": {[]byte("this is no picture"), "cannot be read as PNG or JPEG"},
		"cut.png":   {whole[:len(whole)/2], "cannot be decoded"},
		"bomb.png":  {bomb, "too large"},
	}
	for name, tt := range tests {
		s := text(t, render(t, renderer(t), withPicture(name, tt.raw)))
		if !strings.Contains(s, name) || !strings.Contains(s, tt.want) || !strings.Contains(s, "Its caption") {
			t.Errorf("%s: not shown as missing:\n%s", name, s)
		}
	}
}

func TestPicturesOfOneWidthAreTold(t *testing.T) {
	a, b := samplePNG(80, 40), samplePNG(80, 41)
	for _, second := range [][]byte{b, sampleJPEG(80, 40)} {
		e := withPicture("a.png", a)
		other := withPicture("b.png", second)
		e.Blocks = append(e.Blocks, other.Blocks...)
		e.Images[pipeline.DigestOf(second)] = second
		want := pipeline.DigestOf(render(t, renderer(t), e))
		for range 8 {
			if pipeline.DigestOf(render(t, renderer(t), e)) != want {
				t.Fatal("the pictures change places from run to run")
			}
		}
		list := tool(t, render(t, renderer(t), e), "pdfimages", "-list", "FILE")
		if n := strings.Count(list, " 80 "); n != 2 { // pixels wide, as it was
			t.Errorf("%d pictures, not two:\n%s", n, list)
		}
	}
}

func FuzzPicture(f *testing.F) {
	f.Add(samplePNG(3, 3))
	f.Add(withEXIF(sampleJPEG(3, 3)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := preparePicture("fuzz", raw)
		if err != nil {
			return
		}
		if _, _, err := image.Decode(bytes.NewReader(p.data)); err != nil {
			t.Errorf("what was accepted does not decode: %v", err)
		}
	})
}

// A PNG keeps its pixels as they are, and nothing but these: no text, nothing behind the pixels or the end.
func TestNothingHidesInPNG(t *testing.T) {
	raw := samplePNG(40, 30)
	p, err := preparePicture("a", raw)
	if err != nil || !bytes.Contains(p.data, raw[41:len(raw)-16]) { // from the pixels' data to their check sum
		t.Fatalf("the pixels are written anew, %v", err)
	}
	end := len(raw) - 12
	for name, spoilt := range map[string][]byte{
		"text":                slices.Concat(chunk(bytes.Clone(raw[:33]), "tEXt", []byte("GPS 38.8977 N")), raw[33:]),
		"behind the end":      append(bytes.Clone(raw), "GPS 38.8977 N"...),
		"behind the pixels":   slices.Concat(chunk(bytes.Clone(raw[:end]), "IDAT", []byte("GPS 38.8977 N")), raw[end:]),
		"pixels after IEND":   chunk(bytes.Clone(raw), "IDAT", []byte("GPS 38.8977 N")),
		"a palette of no use": slices.Concat(chunk(bytes.Clone(raw[:33]), "PLTE", []byte("GPS 38.8977 N  ")), raw[33:]),
	} {
		q, err := preparePicture("b", spoilt)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if bytes.Contains(q.data, []byte("GPS")) || !bytes.Equal(q.data, p.data) {
			t.Errorf("%s: it is still there, or the picture is another", name)
		}
	}
	var twice []byte
	twice = chunk(append(twice, raw[:33]...), "IHDR", slices.Concat([]byte{0, 1, 0, 0, 0, 1, 0, 0}, raw[24:29]))
	if _, err := preparePicture("c", append(twice, raw[33:]...)); err == nil {
		t.Error("a second header, of another size, is taken")
	}
}

// fpdf refuses or garbles PNG of 16 bits and with some kinds of transparency: all become plain.
func TestEveryKindOfPNG(t *testing.T) {
	b := image.Rect(0, 0, 9, 7)
	for name, img := range map[string]image.Image{
		"16 bit": image.NewNRGBA64(b), "grey": image.NewGray(b), "grey 16": image.NewGray16(b), "alpha": image.NewNRGBA(b),
		"palette": image.NewPaletted(b, color.Palette{color.Transparent, color.Black}),
	} {
		var raw bytes.Buffer
		if err := png.Encode(&raw, img); err != nil {
			t.Fatal(err)
		}
		list := tool(t, render(t, renderer(t), withPicture("a.png", raw.Bytes())), "pdfimages", "-list", "FILE")
		if strings.Count(list, "image") < 2 || strings.Contains(list, "smask") { // the heading, and one picture
			t.Errorf("%s:\n%s", name, list)
		}
	}
}
