// Package pdf draws editions: the same edition gives the same bytes, at any time and on any
// machine that runs the same build, and nothing but the edition influences them.
//
// Text becomes lines (text.go, lines.go), lines become boxes of a column (flow.go), boxes are put
// on sheets, and a painter writes the sheets with fpdf (canvas.go), which nothing else here uses.
//
// Texts are set in Liberation (SIL Open Font License 1.1), with DejaVu (Bitstream Vera licence)
// for what that lacks; both allow embedding.
package pdf

import (
	"regexp"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// Options changes how editions are drawn.
type Options struct {
	// Fonts are further TrueType fonts, asked in this order for what the built-in ones lack.
	Fonts [][]byte
}

// Renderer draws editions. Its fonts are prepared once; it is safe for concurrent use.
type Renderer struct {
	fonts *family
}

// New prepares the fonts. It fails if one of opts.Fonts cannot be embedded.
func New(opts Options) (*Renderer, error) {
	fonts, err := newFamily(opts.Fonts)
	if err != nil {
		return nil, err
	}
	return &Renderer{fonts: fonts}, nil
}

// Missing returns the characters of the edition that no font has, each once for every place.
// If it returns none, Render does not fail for a glyph.
func (r *Renderer) Missing(e edition.Edition) []MissingGlyph {
	c := r.compose(e)
	c.sheets()
	return c.missing
}

// Render draws the edition. It returns a *MissingGlyphError if a character cannot be drawn.
func (r *Renderer) Render(e edition.Edition) ([]byte, error) {
	c := r.compose(e)
	sheets := c.sheets()
	if len(c.missing) > 0 {
		return nil, &MissingGlyphError{Missing: c.missing}
	}
	if err := c.fits(); err != nil {
		return nil, err
	}
	return newPainter(c.paper.w, c.paper.h, c.properties()).paint(sheets)
}

// composer lays out one edition. It is used once.
type composer struct {
	fonts *family
	e     edition.Edition
	paper paper

	place   string // where the text that is being laid out stands
	missing []MissingGlyph
	known   map[MissingGlyph]bool

	outline []int // levels of the headings above, outermost first
	notes   []draft.Inline
	noted   map[int]bool
	album
	pictures []draft.Image // of lines, to be drawn below their block
	anchors  []string      // of blocks that have nothing to draw
}

func (r *Renderer) compose(e edition.Edition) *composer {
	c := &composer{fonts: r.fonts, e: e, known: map[MissingGlyph]bool{}, noted: map[int]bool{}, album: newAlbum()}
	c.paper = c.measurePaper()
	return c
}

// sheets lays the edition out.
func (c *composer) sheets() []*sheet {
	boxes, foot := c.front()
	boxes = append(boxes, c.body()...)
	boxes = append(boxes, c.back()...)
	sheets := paginate(boxes, frame{top: c.paper.top, bottom: c.paper.bottom, foot: height(foot)})
	if len(foot) > 0 {
		sheets[0].stack(foot, c.paper.bottom-height(foot)+foot[0].gap)
	}
	for i, s := range sheets {
		c.furnish(s, i+1, len(sheets))
	}
	return sheets
}

// epoch stands in for the release date of what is not released: a PDF has a date, and the moment
// of drawing must not show.
var epoch = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)

func (c *composer) properties() properties {
	p := properties{
		title:    clean(c.e.Title.Text),
		author:   c.author(),
		subject:  strings.TrimSpace(c.number() + " · " + c.e.Banner),
		language: c.language(),
		created:  c.e.Released.UTC(),
	}
	p.keywords = strings.Join([]string{string(c.e.Kind), c.e.TLP.String(), c.e.Banner}, ", ")
	if c.e.Released.IsZero() {
		p.created = epoch
	}
	return p
}

// tag is the form of a language's name (BCP 47); fpdf writes it as it is.
var tag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// language is that of the text, for those who have it read to them: where the draft does not say, the originator's English.
func (c *composer) language() string {
	if tag.MatchString(c.e.Language) {
		return c.e.Language
	}
	country := map[pipeline.Nation]string{pipeline.AUS: "AU", pipeline.CAN: "CA", pipeline.GBR: "GB", pipeline.NZL: "NZ", pipeline.USA: "US"}
	if land, ok := country[c.e.Originator]; ok {
		return "en-" + land
	}
	return "en"
}

// author is who answers for the edition.
func (c *composer) author() string {
	if c.e.Originator == "" {
		return "Bulletin desk"
	}
	return "Bulletin desk, " + c.e.Originator.Name()
}

// number is the edition's, or says that it has none yet.
func (c *composer) number() string {
	if c.e.Number == "" {
		return draftNotice
	}
	return c.e.Number
}

// letterPaper reports whether a nation prints on Letter rather than on A4.
func letterPaper(n pipeline.Nation) bool { return n == pipeline.USA || n == pipeline.CAN }
