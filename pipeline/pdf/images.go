package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	_ "image/jpeg" // decodes
	"image/png"
	"io"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// picture is an image as it goes into the document.
type picture struct {
	name          string
	kind          string // "png" or "jpeg"
	data          []byte
	width, height int // pixels
}

// preparePicture decodes a picture, which shows that it is whole, and takes out of it what is not
// picture: a photograph's place, camera and time, comments, profiles. Its data stay as they are where fpdf
// takes them; interlaced PNG, those with 16 bits a colour and transparent ones are written anew.
func preparePicture(name string, raw []byte) (*picture, error) {
	conf, format, err := image.DecodeConfig(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("cannot be read as PNG or JPEG: %w", err)
	}
	if conf.Width < 1 || conf.Height < 1 || conf.Width > draft.MaxSide || conf.Height > draft.MaxSide || conf.Width*conf.Height > draft.MaxPixels {
		return nil, fmt.Errorf("%d × %d pixels: too large, scale it down", conf.Width, conf.Height)
	}
	p := &picture{name: name, kind: "png", width: conf.Width, height: conf.Height}
	if bare, ok := barePNG(raw); ok {
		if _, err := png.Decode(bytes.NewReader(bare)); err == nil {
			p.data = bare
			return p, nil
		}
	}
	img, _, err := image.Decode(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("cannot be decoded: %w", err)
	}
	if format == "jpeg" && (conf.ColorModel == color.YCbCrModel || conf.ColorModel == color.GrayModel) {
		p.kind = "jpeg"
		p.data, err = bareJPEG(raw)
		return p, err
	}
	p.data, err = plainPNG(img)
	return p, err
}

// plainPNG writes an image on white, 8 bits a colour, without alpha.
func plainPNG(img image.Image) ([]byte, error) {
	b := img.Bounds()
	canvas := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(canvas, canvas.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(canvas, canvas.Bounds(), img, b.Min, draw.Over)
	var out bytes.Buffer
	if err := png.Encode(&out, canvas); err != nil {
		return nil, fmt.Errorf("write PNG: %w", err)
	}
	return out.Bytes(), nil
}

// barePNG keeps of a PNG what draws it (header, palette, pixels) if that is what fpdf takes: up to 8 bits a colour,
// without alpha, not interlaced. Nothing is kept of what may stand behind the pixels.
func barePNG(raw []byte) ([]byte, bool) {
	const signature, header = "\x89PNG\r\n\x1a\n", 13
	if !bytes.HasPrefix(raw, []byte(signature)) {
		return nil, false
	}
	var ihdr, plte, pixels []byte
	for at, kind := len(signature), ""; kind != "IEND"; {
		if at+12 > len(raw) || be32(raw, at) > len(raw)-at-12 {
			return nil, false
		}
		size := be32(raw, at)
		kind = string(raw[at+4 : at+8])
		data := raw[at+8 : at+8+size]
		switch kind {
		case "IHDR":
			if ihdr != nil { // the first has been looked at
				return nil, false
			}
			ihdr = data
		case "PLTE":
			plte = data
		case "IDAT":
			pixels = append(pixels, data...)
		case "tRNS":
			return nil, false
		}
		at += 12 + size
	}
	if len(ihdr) != header {
		return nil, false
	}
	depth, kind, interlaced := ihdr[8], ihdr[9], ihdr[12]
	pixels, whole := stream(pixels)
	if depth > 8 || kind >= 4 || interlaced != 0 || !whole {
		return nil, false
	}
	out := chunk([]byte(signature), "IHDR", ihdr)
	if kind == 3 { // of a picture in full colours a palette is but a proposal
		out = chunk(out, "PLTE", plte)
	}
	return chunk(chunk(out, "IDAT", pixels), "IEND", nil), true
}

// stream returns the zlib stream (RFC 1950) at the beginning of some data, if it is whole.
func stream(data []byte) ([]byte, bool) {
	r := bytes.NewReader(data) // read by the byte, and so never beyond the end
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, false
	}
	if n, err := io.CopyN(io.Discard, z, 8*draft.MaxPixels); err != io.EOF || n == 0 {
		return nil, false
	}
	return data[:len(data)-r.Len()], true
}

// chunk appends a chunk to a PNG.
func chunk(out []byte, kind string, data []byte) []byte {
	out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
	start := len(out)
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[start:]))
}

// bareJPEG leaves out the segments that say something about the picture rather than draw it
// (ITU T.81 §B.2.4): APP1 to APP13, APP15 and comments. APP0 and APP14 say how colours are coded.
func bareJPEG(raw []byte) ([]byte, error) {
	out := bytes.Clone(raw[:2])
	for at := 2; at+4 <= len(raw); {
		if raw[at] != 0xff {
			return nil, errors.New("damaged: a segment does not start with a marker")
		}
		marker := raw[at+1]
		if marker == 0xff { // fill byte
			at++
			continue
		}
		if marker == 0xda { // start of scan: the rest is picture
			return append(out, raw[at:]...), nil
		}
		end := at + 2 + be16(raw, at+2)
		if end > len(raw) {
			break
		}
		app := marker >= 0xe1 && marker <= 0xef && marker != 0xee
		if !app && marker != 0xfe {
			out = append(out, raw[at:end]...)
		}
		at = end
	}
	return nil, errors.New("damaged: no scan")
}

// picture returns the prepared picture of a digest; a reason if there is none.
func (c *composer) picture(ref *draft.Image) (*picture, string) {
	if ref == nil || ref.Digest == "" {
		return nil, "missing"
	}
	raw, ok := c.e.Images[ref.Digest]
	if !ok {
		return nil, "missing"
	}
	if p, ok := c.prepared[ref.Digest]; ok {
		return p.pic, p.problem
	}
	p, err := preparePicture(string(ref.Digest), raw)
	result := preparation{pic: p}
	if err != nil {
		result = preparation{problem: err.Error()}
	}
	c.prepared[ref.Digest] = result
	return result.pic, result.problem
}

type preparation struct {
	pic     *picture
	problem string
}

func captionStyle() style { return style{italic: true, size: 9, color: muted} }

// figure is a picture with its caption below. What cannot be drawn is a frame that says so.
func (c *composer) figure(ref *draft.Image, caption []span, at bounds) []box {
	at.w = c.paper.full().x + c.paper.full().w - at.x
	var fig box
	if pic, problem := c.picture(ref); pic != nil {
		fig = c.imageBox(pic, at)
	} else {
		fig = c.placeholder(ref, problem, at)
	}
	text := paragraph(c.lines(caption, min(at.w, c.paper.text().w)), at, 9, 4)
	fig.keep = len(text) > 0
	return append([]box{fig}, text...)
}

func (c *composer) imageBox(pic *picture, at bounds) box {
	const perPixel = 72.0 / 96
	w, h := float64(pic.width)*perPixel, float64(pic.height)*perPixel
	scale := min(1, at.w/w, (c.paper.bottom-c.paper.top)*0.55/h)
	w, h = w*scale, h*scale
	return box{height: h, draw: func(s *sheet, top, _ float64) {
		s.add(imageOp{x: at.x, y: top, w: w, h: h, pic: pic})
	}}
}

// placeholder says what is wrong, and with which picture.
func (c *composer) placeholder(ref *draft.Image, problem string, at bounds) box {
	w := min(at.w, c.paper.text().w)
	inner := bounds{x: at.x + panelPad, w: w - 2*panelPad}
	title := style{size: 9, color: noteInk, bold: true}
	boxes := paragraph(c.lines([]span{{text: "Picture " + problem, style: title}}, inner.w), inner, title.size, 0)
	if ref != nil {
		name := style{size: smallSize, color: noteInk}
		boxes = append(boxes, paragraph(c.lines([]span{{text: ref.Name, style: name}}, inner.w), inner, name.size, 1)...)
	}
	h := height(boxes) + 2*panelPad*0.7
	return box{height: h, draw: func(sh *sheet, top, _ float64) {
		sh.fillPanel(bounds{x: at.x, w: w}, top, h, noteBack, noteLine)
		sh.stack(boxes, top+panelPad*0.7)
	}}
}

// pictures that were prepared, by digest.
type album struct {
	prepared map[pipeline.Digest]preparation
}

func newAlbum() album { return album{prepared: map[pipeline.Digest]preparation{}} }
