package pdf

import (
	"bytes"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-pdf/fpdf"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// What fpdf itself takes for the same pages is the measure of what this package adds:
//
//	go test -run '^$' -bench . -benchmem ./pipeline/pdf

// fourPages is an everyday bulletin in Latin letters: styles, lists, a code block, a table, a picture, indicators.
func fourPages() edition.Edition {
	e := full()
	return e
}

// annex is a bulletin with a table of thousands of rows, on about 300 pages.
func annex() edition.Edition {
	e := base("Annex")
	t := &draft.TableData{Align: []string{"", "", "", ""}, Head: [][]draft.Inline{txt("SHA-256"), txt("File"), txt("First seen"), txt("Remark")}}
	for i := range 7000 {
		hash := pipeline.DigestOf([]byte(fmt.Sprint(i)))
		t.Rows = append(t.Rows, draft.Row{Cells: [][]draft.Inline{{styled(draft.CodeSpan, string(hash))}, txt(fmt.Sprintf("sample-%04d.exe", i)), txt("2026-03-01"), txt("Packed; seen in two nations, with the installer beside it")}})
	}
	e.Blocks = []draft.Block{heading(1, "(U)", "Samples"), {Kind: draft.Table, Mark: "(U)", Table: t}}
	for i := range 40 {
		e.Blocks = append(e.Blocks, heading(2, "(U)", fmt.Sprintf("Campaign %d", i+1)))
		for range 8 {
			e.Blocks = append(e.Blocks, para("(U)", strings.Repeat(lorem+" ", 2)))
		}
	}
	return e
}

// fpdfAlone has fpdf draw the same pages with the same fonts, as whoever uses fpdf alone would: the fonts given whole, then
// one call for each thing drawn.
func fpdfAlone(sheets []*sheet, w, h float64, fonts map[*face][]byte) ([]byte, error) {
	doc := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "pt", Size: fpdf.SizeType{Wd: w, Ht: h}})
	doc.SetCatalogSort(true)
	doc.SetMargins(0, 0, 0)
	doc.SetAutoPageBreak(false, 0)
	links := map[string]int{}
	link := func(name string) int {
		if links[name] == 0 {
			links[name] = doc.AddLink()
		}
		return links[name]
	}
	added := map[*face]bool{}
	for _, s := range sheets {
		doc.AddPage()
		for _, o := range s.ops {
			switch o := o.(type) {
			case textOp:
				if !added[o.face] {
					added[o.face] = true
					doc.AddUTF8FontFromBytes(o.face.name, "", bytes.Clone(fonts[o.face]))
				}
				doc.SetFont(o.face.name, "", o.size)
				doc.SetTextColor(o.color.split())
				doc.Text(o.x, o.y, o.text)
			case rectOp:
				doc.SetFillColor(o.fill.split())
				doc.Rect(o.x, o.y, o.w, o.h, "F")
			case lineOp:
				doc.SetDrawColor(o.color.split())
				doc.SetLineWidth(o.width)
				doc.Line(o.x1, o.y1, o.x2, o.y2)
			case imageOp:
				opt := fpdf.ImageOptions{ImageType: o.pic.kind}
				doc.RegisterImageOptionsReader(o.pic.name, opt, bytes.NewReader(o.pic.data))
				doc.ImageOptions(o.pic.name, o.x, o.y, o.w, o.h, false, opt, 0, "")
			case linkOp:
				if o.url != "" {
					doc.LinkString(o.x, o.y, o.w, o.h, o.url)
				} else {
					doc.Link(o.x, o.y, o.w, o.h, link(o.target))
				}
			case anchorOp:
				doc.SetLink(link(o.name), o.y, doc.PageNo())
			case bookmarkOp:
				doc.Bookmark(o.text, o.level, o.y)
			default:
				return nil, fmt.Errorf("a thing drawn that is unknown here: %T", o)
			}
		}
	}
	var out bytes.Buffer
	err := doc.Output(&out)
	return out.Bytes(), err
}

// whole are the fonts of the pages with all that they have.
func whole(sheets []*sheet) map[*face][]byte {
	fonts := map[*face][]byte{}
	for f := range charsUsed(sheets) {
		tables := maps.Clone(f.font.tables)
		if strings.HasSuffix(f.name, "initial") || strings.HasSuffix(f.name, "medial") || strings.HasSuffix(f.name, "final") || strings.HasSuffix(f.name, "other") {
			var all charSet
			for ch := range rune(lastDrawable) {
				all.add(string(ch))
			}
			tables["cmap"] = format4(f.glyphs(&all))
		}
		fonts[f] = assemble(tables)
	}
	return fonts
}

// BenchmarkBulletin draws the same pages in turn with this package and with fpdf alone, and reports the median of each,
// in milliseconds of processor time (which other programs do not lengthen as they do the clock's), and their ratio.
func BenchmarkBulletin(b *testing.B) {
	r, e := renderer(b), fourPages()
	c := r.compose(e)
	sheets := c.sheets()
	fonts := whole(sheets)
	var ours, theirs []time.Duration
	for b.Loop() {
		ours = append(ours, processorTime(b, func() error {
			_, err := r.Render(e)
			return err
		}))
		theirs = append(theirs, processorTime(b, func() error {
			_, err := fpdfAlone(sheets, c.paper.w, c.paper.h, fonts)
			return err
		}))
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	b.ReportMetric(float64(len(sheets)), "pages")
	render, bare := float64(ours[len(ours)/2])/1e6, float64(theirs[len(theirs)/2])/1e6
	b.ReportMetric(render, "ms-render")
	b.ReportMetric(bare, "ms-bare")
	b.ReportMetric(render/bare, "render/bare")
}

// processorTime is what a piece of work takes, its own collecting of garbage with it.
func processorTime(b *testing.B, work func() error) time.Duration {
	b.Helper()
	runtime.GC()
	spent := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	start := spent()
	if err := work(); err != nil {
		b.Fatal(err)
	}
	return spent() - start
}

func BenchmarkParallel(b *testing.B) {
	r, e := renderer(b), fourPages()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := r.Render(e); err != nil {
				b.Error(err)
			}
		}
	})
}

func BenchmarkAnnex(b *testing.B) {
	r, e := renderer(b), annex()
	b.ReportAllocs()
	for b.Loop() {
		render(b, r, e)
	}
}
