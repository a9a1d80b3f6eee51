package pdf

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"math"
	"time"

	"github.com/go-pdf/fpdf"
)

// Layout draws on sheets, which only remember; a painter then puts them on paper. So the number
// of pages is known before the first footer is drawn, and only the fonts that are used are
// loaded.

// A sheet is one page: what is drawn on it, in order. Coordinates are points from the top left.
type sheet struct {
	ops     []op
	grounds []int // those of ops that lie beneath text
}

func (s *sheet) add(o op) { s.ops = append(s.ops, o) }

// ground lays a colour beneath what is drawn after it. Where it continues one it becomes a part of that: between two
// that only touch, readers show a line.
func (s *sheet) ground(r rectOp) {
	for _, i := range s.grounds {
		g := s.ops[i].(rectOp)
		if g.x == r.x && g.w == r.w && g.fill == r.fill && math.Abs(g.y+g.h-r.y) < fuzz {
			g.h += r.h
			s.ops[i] = g
			return
		}
	}
	s.grounds = append(s.grounds, len(s.ops))
	s.add(r)
}

// An op is one thing drawn.
type op interface{ draw(p *painter) }

type textOp struct {
	x, y  float64 // start of the baseline
	text  string
	face  *face
	size  float64
	color rgb
}

// actualTextOp begins what is read as the given text, whatever is drawn; without a text it ends it.
type actualTextOp struct{ text string }

type rectOp struct {
	x, y, w, h float64
	fill       rgb
}

type lineOp struct {
	x1, y1, x2, y2, width float64
	color                 rgb
}

type imageOp struct {
	x, y, w, h float64
	pic        *picture
}

type linkOp struct {
	x, y, w, h  float64
	url, target string // one of them
}

type anchorOp struct {
	name string
	y    float64
}

type bookmarkOp struct {
	text  string
	level int
	y     float64
}

// painter turns sheets into a PDF document.
type painter struct {
	doc     *fpdf.Fpdf
	face    *face
	size    float64
	used    map[*face]*charSet
	loaded  map[string]bool
	widths  map[int]int    // how many pictures are so many pixels wide
	targets map[string]int // links inside the document, by anchor
}

// properties is the document's metadata. Nothing else may get there.
type properties struct {
	title, author, subject, keywords, language string
	created                                    time.Time
}

func newPainter(width, height float64, m properties) *painter {
	doc := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "pt", Size: fpdf.SizeType{Wd: width, Ht: height}})
	doc.SetCatalogSort(true) // without it fonts come in the random order of a map
	doc.SetCreationDate(m.created)
	doc.SetModificationDate(m.created)
	doc.SetProducer("bulletin", true)
	doc.SetTitle(m.title, true)
	doc.SetAuthor(m.author, true)
	doc.SetSubject(m.subject, true)
	doc.SetKeywords(m.keywords, true)
	doc.SetLang(m.language)
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	return &painter{doc: doc, loaded: map[string]bool{}, widths: map[int]int{}, targets: map[string]int{}}
}

// paint draws the sheets. A panic of fpdf is returned as an error: it indexes into fonts and
// pictures without looking at their length.
func (p *painter) paint(sheets []*sheet) (b []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			b, err = nil, fmt.Errorf("write PDF: a font or picture cannot be embedded: %v", v)
		}
	}()
	p.used = charsUsed(sheets)
	p.setTargets(sheets)
	for _, s := range sheets {
		p.doc.AddPage()
		p.face = nil // fpdf writes the font into each page anew
		for _, o := range s.ops {
			o.draw(p)
		}
		s.ops = nil // fpdf has it now, and an annex is long
	}
	var out bytes.Buffer
	if err := p.doc.Output(&out); err != nil { // fpdf's errors stick: the first of all is here
		return nil, fmt.Errorf("write PDF: %w", err)
	}
	return out.Bytes(), nil
}

// charsUsed are the characters that each face draws.
func charsUsed(sheets []*sheet) map[*face]*charSet {
	used := map[*face]*charSet{}
	for _, s := range sheets {
		for _, o := range s.ops {
			if o, ok := o.(textOp); ok {
				if used[o.face] == nil {
					used[o.face] = new(charSet)
				}
				used[o.face].add(o.text)
			}
		}
	}
	return used
}

func (o textOp) draw(p *painter) {
	if p.face != o.face || p.size != o.size {
		if !p.loaded[o.face.name] {
			p.loaded[o.face.name] = true
			p.doc.AddUTF8FontFromBytes(o.face.name, "", o.face.font.cut(o.face.glyphs(p.used[o.face])))
		}
		p.doc.SetFont(o.face.name, "", o.size)
		p.face, p.size = o.face, o.size
	}
	p.doc.SetTextColor(o.color.split())
	p.doc.Text(o.x, o.y, o.text)
}

func (o actualTextOp) draw(p *painter) {
	if o.text == "" {
		p.doc.RawWriteStr("EMC")
		return
	}
	p.doc.RawWriteStr(fmt.Sprintf("/Span <</ActualText <FEFF%X>>> BDC", utf16BE(o.text)))
}

// utf16BE is for characters up to U+FFFF; there are no others in a text that is drawn.
func utf16BE(text string) []byte {
	var out []byte
	for _, ch := range text {
		out = binary.BigEndian.AppendUint16(out, uint16(ch))
	}
	return out
}

func (o rectOp) draw(p *painter) {
	p.doc.SetFillColor(o.fill.split())
	p.doc.Rect(o.x, o.y, o.w, o.h, "F")
}

func (o lineOp) draw(p *painter) {
	p.doc.SetDrawColor(o.color.split())
	p.doc.SetLineWidth(o.width)
	p.doc.Line(o.x1, o.y1, o.x2, o.y2)
}

func (o imageOp) draw(p *painter) {
	opt := fpdf.ImageOptions{ImageType: o.pic.kind}
	if !p.loaded[o.pic.name] {
		p.loaded[o.pic.name] = true
		info := p.doc.RegisterImageOptionsReader(o.pic.name, opt, bytes.NewReader(o.pic.data))
		if err := setApart(info, p.widths[o.pic.width]); err != nil {
			p.doc.SetError(err)
		}
		p.widths[o.pic.width]++
	}
	p.doc.ImageOptions(o.pic.name, o.x, o.y, o.w, o.h, false, opt, 0, "")
}

// setApart makes the nth picture of some width wider by less than a pixel, which is not written. fpdf orders pictures
// by their widths alone: two of the same width would change places from one run to the next.
func setApart(info *fpdf.ImageInfoType, n int) error {
	if n == 0 || info == nil {
		return nil
	}
	stored, err := info.GobEncode()
	if err != nil {
		return fmt.Errorf("set a picture apart: %w", err)
	}
	var (
		data, mask, palette   []byte
		number, bits          int
		w, h, scale, dpi      float64
		space, filter, params string
		transparent           []int
		out                   bytes.Buffer
	)
	in, again := gob.NewDecoder(bytes.NewReader(stored)), gob.NewEncoder(&out)
	fields := []any{&data, &mask, &number, &w, &h, &space, &palette, &bits, &filter, &params, &transparent, &scale, &dpi}
	for _, f := range fields {
		if err := in.Decode(f); err != nil {
			return fmt.Errorf("set a picture apart: %w", err)
		}
		if f == &w {
			w += float64(n) / 1024
		}
		if err := again.Encode(f); err != nil {
			return fmt.Errorf("set a picture apart: %w", err)
		}
	}
	return info.GobDecode(out.Bytes())
}

func (o linkOp) draw(p *painter) {
	if o.url != "" {
		p.doc.LinkString(o.x, o.y, o.w, o.h, o.url)
		return
	}
	if id, ok := p.targets[o.target]; ok { // a link to what the edition has not got leads nowhere
		p.doc.Link(o.x, o.y, o.w, o.h, id)
	}
}

func (o anchorOp) draw(*painter) {} // its place is known before anything is drawn: setTargets

func (o bookmarkOp) draw(p *painter) { p.doc.Bookmark(o.text, o.level, o.y) }

// setTargets gives each anchor its place. Of several of one name the first counts, as in HTML.
func (p *painter) setTargets(sheets []*sheet) {
	for i, s := range sheets {
		for _, o := range s.ops {
			a, ok := o.(anchorOp)
			if !ok || p.targets[a.name] != 0 {
				continue
			}
			p.targets[a.name] = p.doc.AddLink() // from 1
			p.doc.SetLink(p.targets[a.name], a.y, i+1)
		}
	}
}
