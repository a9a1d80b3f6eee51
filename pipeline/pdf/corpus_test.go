package pdf

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
	"bulletin/pipeline/edition"
)

// Real bulletins, with front matter put before them and nothing else done: parsed, projected, drawn on both papers.

// papers are a nation for each size of paper.
var papers = []pipeline.Nation{pipeline.AUS, pipeline.USA}

// wide is a renderer that has the Chinese and Japanese characters of the real bulletins.
var wide = sync.OnceValues(func() (*Renderer, error) {
	font, err := os.ReadFile("testdata/cjk.ttf")
	if err != nil {
		return nil, err
	}
	return New(Options{Fonts: [][]byte{font}})
})

func wideRenderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := wide()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// project reads a draft and returns the edition of it for a nation.
func project(t testing.TB, src draft.Source, nation pipeline.Nation) edition.Edition {
	t.Helper()
	doc, problems := draft.Parse(src, draft.Options{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	e, err := edition.Project(doc, nation, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Number, e.Released = "SA26-326A", released
	e.History = []edition.Version{{Version: "1.0", At: released, Change: edition.ChangeRelease, Summary: "First release"}}
	return e
}

func realSource(t testing.TB, r drafttest.Real) draft.Source {
	t.Helper()
	name := r.Name + ".md"
	src := draft.Source{Name: name, Files: map[string][]byte{
		name:                    r.Draft(),
		"P4_signals.png":        drafttest.Picture(t, "P4_signals.png"),
		"PEP_and_Policy_p4.png": drafttest.Picture(t, "PEP_and_Policy_p4.png"),
	}}
	markEmptyHeadings(t, src)
	return src
}

var opensHeading = regexp.MustCompile(`^#{1,6} `)

// markEmptyHeadings marks headings with nothing under them. Without a mark they fall away, since they must look as those
// whose text the nation may not have.
func markEmptyHeadings(t testing.TB, src draft.Source) {
	t.Helper()
	doc, problems := draft.Parse(src, draft.Options{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	kept := edition.Places(doc, papers[0], nil)
	lines := strings.Split(string(src.Files[src.Name]), "\n")
	for i, p := range doc.Portions {
		if !slices.Contains(kept, i+1) {
			lines[p.Pos.Line-1] = opensHeading.ReplaceAllString(lines[p.Pos.Line-1], "$0(TLP:GREEN) ")
		}
	}
	src.Files[src.Name] = []byte(strings.Join(lines, "\n"))
}

func TestRealBulletinsAreDrawnWhole(t *testing.T) {
	for _, real := range drafttest.All(t) {
		for _, nation := range papers {
			t.Run(real.Name+"/"+string(nation), func(t *testing.T) {
				r := wideRenderer(t)
				e := project(t, realSource(t, real), nation)
				b := render(t, r, e)
				c := r.compose(e)
				for i, s := range c.sheets() {
					checkSheet(t, i+1, c.paper, s)
				}
				checkBanners(t, tool(t, b, "pdftotext", "-bbox", "FILE", "-"), e)
				if real.Name == rightToLeft {
					checkWords(t, columnText(t, b, c.paper), wordsOf(t, real))
				} else {
					checkReadingOrder(t, columnText(t, b, c.paper), wordsOf(t, real))
				}
				if nation == papers[0] {
					tool(t, b, "qpdf", "--check", "FILE")
					checkGlyphs(t, tool(t, b, "mutool", "trace", "FILE"))
				}
			})
		}
	}
}

// rightToLeft is a real bulletin in Arabic. In a text layer words stand as on the paper, each line the other way round.
const rightToLeft = "io06-microsoft-security-arabic"

// checkWords reports the words that are not in the text, letters and digits being asked for.
func checkWords(t *testing.T, text string, words []string) {
	t.Helper()
	letters := func(s string) string {
		return strings.Map(func(ch rune) rune {
			if unicode.In(ch, unicode.L, unicode.N) {
				return ch
			}
			return -1
		}, s)
	}
	text = letters(text)
	for _, word := range words {
		for _, part := range strings.FieldsFunc(word, func(ch rune) bool { return !unicode.In(ch, unicode.L, unicode.M, unicode.N) }) {
			if !strings.Contains(text, letters(part)) {
				t.Errorf("%q is not in the text", part)
			}
		}
	}
}

// columnText is the text layer in the order in which it is drawn, without what stands at the head and foot of pages.
func columnText(t testing.TB, pdf []byte, p paper) string {
	t.Helper()
	at := func(v float64) string { return fmt.Sprint(int(math.Round(v))) }
	return squash(tool(t, pdf, "pdftotext", "-raw", "-x", "0", "-y", at(p.top-6), "-W", at(p.w), "-H", at(p.bottom-p.top+12), "FILE", "-"))
}

// wordsOf are a bulletin's, without the numbers of notes, which an edition gives anew.
func wordsOf(t testing.TB, real drafttest.Real) []string {
	words := real.Words(t)
	if bytes.Contains(real.Text, []byte("[^")) {
		words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 3 && strings.Trim(w, "0123456789") == "" })
	}
	return words
}

// window is how much may stand between two words of the source, in octets: a table's head on a new page, a placeholder.
// Where there is more (notes that nobody refers to, which a plain renderer drops), the next words must follow too.
const window = 600

// checkReadingOrder reports the words of the source that are not in the text, each soon after the one before it.
func checkReadingOrder(t *testing.T, text string, words []string) {
	t.Helper()
	var parts []string
	for _, w := range words {
		parts = append(parts, drawable(w)...)
	}
	// Notes stand in the order in which the text refers to them; a plain renderer counts the references in notes first.
	notes := text[max(0, strings.LastIndex(text, "Notes")):]
	lost := 0
	for i, part := range parts {
		phrase := strings.Join(parts[i:min(i+4, len(parts))], "")
		at := strings.Index(text[:min(len(text), window+len(part))], part)
		if at < 0 {
			at = strings.Index(text, phrase)
		}
		if at < 0 && strings.Contains(notes, phrase) {
			continue
		}
		if at < 0 {
			if lost++; lost <= 5 {
				t.Errorf("%q is not in the text, or not in its place: before %.60q", strings.Join(parts[i:min(i+4, len(parts))], " "), text)
			}
			continue
		}
		text = text[at+len(part):]
	}
	if lost > 5 {
		t.Errorf("%d words are lost", lost)
	}
}

// drawable is a word as it can be found in a text layer: composed, without what draws nothing, and in parts around
// characters for which a name stands. A plain renderer's arrow back from a note is none of the source.
func drawable(word string) []string {
	word = strings.TrimSuffix(clean(word), "↩")
	return strings.FieldsFunc(word, func(ch rune) bool {
		return ch > lastDrawable || ch == '\u200b' || unicode.IsSpace(ch) || unicode.Is(unicode.Co, ch)
	})
}

// checkSheet reports what leaves its room on a page, and letters that stand on others.
func checkSheet(t *testing.T, page int, p paper, s *sheet) {
	t.Helper()
	var runs []drawn
	for _, o := range s.ops {
		switch o := o.(type) {
		case textOp:
			d := drawn{text: o.text, x: o.x, y: o.y, size: o.size, width: o.face.width(o.text, o.size)}
			if d.width > 0 { // else a mark, or the half of a ligature that is not seen
				runs = append(runs, d)
			}
			if d.x < sideMargin-0.5 || d.right() > p.w-sideMargin+0.5 || d.y-0.7*d.size < p.edge-0.5 || d.y > p.h-p.edge+0.5 {
				t.Errorf("page %d: %q stands in the margin, at %.0f to %.0f, %.0f", page, d.text, d.x, d.right(), d.y)
			}
		case imageOp:
			if o.x < sideMargin-0.5 || o.x+o.w > p.w-sideMargin+0.5 || o.y < p.top-0.5 || o.y+o.h > p.bottom+0.5 {
				t.Errorf("page %d: a picture stands in the margin: %.0f, %.0f, %.0f × %.0f", page, o.x, o.y, o.w, o.h)
			}
		}
	}
	checkApart(t, tracedPage{w: p.w, h: p.h, runs: runs})
}

// demoDrafts are the sources of the demo, by the name of their folder.
func demoDrafts(t testing.TB) map[string]draft.Source {
	t.Helper()
	files, err := filepath.Glob("../../templates/demo/*/*.md")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d demo drafts, %v", len(files), err)
	}
	out := map[string]draft.Source{}
	for _, f := range files {
		dir := filepath.Dir(f)
		src := draft.Source{Name: filepath.Base(f), Files: map[string][]byte{}}
		all, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if src.Files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
				t.Fatal(err)
			}
		}
		out[filepath.Base(dir)+"-"+strings.TrimSuffix(src.Name, ".md")] = src
	}
	return out
}

// everything is all that there is to draw, by name: samples, demo drafts, and real bulletins on both papers.
func everything(t testing.TB) map[string]edition.Edition {
	t.Helper()
	all := samples()
	for name, e := range national() {
		all[name] = e
	}
	for name, src := range demoDrafts(t) {
		for _, nation := range papers {
			doc, problems := draft.Parse(src, draft.Options{})
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(edition.Nations(doc, edition.Terms(doc, nil)), nation) {
				continue
			}
			all["demo-"+name+"-"+string(nation)] = project(t, src, nation)
		}
	}
	for _, real := range drafttest.All(t) {
		for _, nation := range papers {
			all["real-"+real.Name+"-"+string(nation)] = project(t, realSource(t, real), nation)
		}
	}
	return all
}
