package pdf

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

var (
	update = flag.Bool("update", false, "rewrite the golden digests")
	dump   = flag.String("dump", "", "directory to leave the rendered samples in, to look at them")
)

var shared = sync.OnceValues(func() (*Renderer, error) { return New(Options{}) })

func renderer(t testing.TB) *Renderer {
	t.Helper()
	r, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func render(t testing.TB, r *Renderer, e edition.Edition) []byte {
	t.Helper()
	b, err := r.Render(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tool runs a program on a PDF and returns what it prints.
func tool(t testing.TB, pdf []byte, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s is not installed: `make test` installs it", name)
	}
	file := filepath.Join(t.TempDir(), "edition.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "FILE", file)
	}
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func text(t testing.TB, pdf []byte) string { return tool(t, pdf, "pdftotext", "-raw", "FILE", "-") }

func squash(s string) string { return strings.Join(strings.Fields(s), "") }

func TestGoldenDigests(t *testing.T) {
	const golden = "testdata/digests.txt"
	r := wideRenderer(t)
	var out strings.Builder
	fmt.Fprintln(&out, "# SHA-256 of each sample's PDF; go test ./pipeline/pdf -update rewrites it (a new Go release may compress differently)")
	all := everything(t)
	for _, name := range sortedNames(all) {
		b := render(t, r, all[name])
		fmt.Fprintf(&out, "%s  %s\n", pipeline.DigestOf(b), name)
		if *dump != "" {
			if err := os.WriteFile(filepath.Join(*dump, name+".pdf"), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

func sortedNames(m map[string]edition.Edition) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func TestSameEditionSameBytesInParallel(t *testing.T) {
	r, e := renderer(t), full()
	want := pipeline.DigestOf(render(t, r, e))
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			b, err := r.Render(e)
			if err != nil || pipeline.DigestOf(b) != want {
				t.Errorf("another digest, or %v", err)
			}
		})
	}
	wg.Wait()
	other, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if b := render(t, other, e); pipeline.DigestOf(b) != want {
		t.Error("another renderer draws other bytes")
	}
}

func TestMachinesZoneAndOtherPicturesDoNotShow(t *testing.T) {
	r, e := renderer(t), full()
	want := render(t, r, e)
	e.Released = e.Released.In(time.FixedZone("elsewhere", -3*3600))
	for i := range e.History {
		e.History[i].At = e.History[i].At.In(time.FixedZone("elsewhere", 5*3600))
	}
	withheld := samplePNG(20, 20)
	e.Images[pipeline.DigestOf(withheld)] = withheld // no block names it
	if !bytes.Equal(render(t, r, e), want) {
		t.Error("the bytes changed")
	}
}

// Nothing of the process shows in the bytes: not how many processors it has, nor the order of its maps.
func TestSameBytesInEveryProcess(t *testing.T) {
	const child = "BULLETIN_TEST_DIGESTS"
	if os.Getenv(child) != "" {
		for _, e := range []edition.Edition{full(), scripts(), lists()} {
			fmt.Println("digest", pipeline.DigestOf(render(t, renderer(t), e)))
		}
		return
	}
	digests := func(processors string) string {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestSameBytesInEveryProcess$", "-test.v")
		cmd.Env = append(os.Environ(), child+"=1", "GOMAXPROCS="+processors, "TZ=Pacific/Auckland", "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.Join(regexp.MustCompile(`digest [0-9a-f]{64}`).FindAllString(string(out), -1), "\n")
	}
	want := ""
	for _, e := range []edition.Edition{full(), scripts(), lists()} {
		want += "digest " + string(pipeline.DigestOf(render(t, renderer(t), e))) + "\n"
	}
	for _, processors := range []string{"1", "7"} {
		if got := digests(processors); got != strings.TrimSpace(want) {
			t.Errorf("with %s processors\n%s\nhere\n%s", processors, got, want)
		}
	}
}

// Every page of every sample: what pdf readers and the marking rules ask for.
func TestEveryPage(t *testing.T) {
	r := renderer(t)
	for name, e := range samples() {
		t.Run(name, func(t *testing.T) {
			b := render(t, r, e)
			tool(t, b, "qpdf", "--check", "FILE")
			checkFonts(t, tool(t, b, "pdffonts", "FILE"))
			checkGlyphs(t, tool(t, b, "mutool", "trace", "FILE"))
			checkBanners(t, tool(t, b, "pdftotext", "-bbox", "FILE", "-"), e)
		})
	}
}

func checkFonts(t *testing.T, list string) {
	t.Helper()
	for _, l := range strings.Split(strings.TrimSpace(list), "\n")[2:] {
		f := strings.Fields(l) // name … emb sub uni object generation
		if emb, uni := f[len(f)-5], f[len(f)-3]; emb != "yes" || uni != "yes" {
			t.Errorf("font without program or character map: %s", l)
		}
	}
}

// fpdf paints glyph 0 for what a font lacks, while the text still extracts: only a trace shows it.
func checkGlyphs(t *testing.T, trace string) {
	t.Helper()
	glyphs := regexp.MustCompile(`<g unicode="(.*?)" glyph="(.*?)"`).FindAllStringSubmatch(trace, -1)
	if len(glyphs) == 0 {
		t.Error("no glyphs in the trace")
	}
	for _, g := range glyphs {
		if g[2] == "0" || g[2] == ".notdef" {
			t.Errorf("%q is painted as .notdef", g[1])
		}
	}
}

type bboxWord struct {
	x, y, bottom float64
	text         string
}

func checkBanners(t *testing.T, bbox string, e edition.Edition) {
	t.Helper()
	pages := regexp.MustCompile(`(?s)<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>`).FindAllStringSubmatch(bbox, -1)
	for i, p := range pages {
		var w, h float64
		fmt.Sscan(p[1], &w)
		fmt.Sscan(p[2], &h)
		words := pageWords(p[3])
		head := joined(words, func(b bboxWord) bool { return b.bottom <= h*0.12 })
		foot := joined(words, func(b bboxWord) bool { return b.y >= h*0.88 })
		for _, want := range []string{squash(e.Banner), e.TLP.String()} {
			if !strings.Contains(head, want) || !strings.Contains(foot, want) {
				t.Errorf("page %d: %q is not at head and foot: %q … %q", i+1, want, head, foot)
			}
		}
		number := e.Number
		if number == "" {
			number = squash(draftNotice)
		}
		want := fmt.Sprintf("Page%dof%d·%s", i+1, len(pages), number)
		if len(e.Banner) < 160 {
			want += "·" + squash(e.Banner)
		}
		if !strings.Contains(foot, want) {
			t.Errorf("page %d: %q is not in the footer %q", i+1, want, foot)
		}
		for _, b := range words {
			if b.x < sideMargin-0.5 || b.y < 0 || b.bottom > h {
				t.Errorf("page %d: %q stands in the margin at %.0f, %.0f", i+1, b.text, b.x, b.y)
			}
		}
	}
}

func pageWords(page string) []bboxWord {
	var out []bboxWord
	entity := strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`)
	for _, m := range regexp.MustCompile(`<word xMin="(.*?)" yMin="(.*?)" xMax=".*?" yMax="(.*?)">(.*?)</word>`).FindAllStringSubmatch(page, -1) {
		var w bboxWord
		fmt.Sscan(m[1], &w.x)
		fmt.Sscan(m[2], &w.y)
		fmt.Sscan(m[3], &w.bottom)
		w.text = entity.Replace(m[4])
		out = append(out, w)
	}
	return out
}

func joined(words []bboxWord, in func(bboxWord) bool) string {
	var s strings.Builder
	for _, w := range words {
		if in(w) {
			s.WriteString(w.text)
		}
	}
	return s.String()
}

func TestFirstPageSaysWhatItMust(t *testing.T) {
	r := renderer(t)
	e := full()
	page1 := squash(tool(t, render(t, r, e), "pdftotext", "-raw", "-l", "1", "FILE", "-"))
	for _, want := range []string{"CYBERBULLETIN", e.Number, e.Title.Text, "22 November 2026 14:00 UTC · version 1.1 · from the United States · edition for USA",
		"The bulletin is for AUS CAN GBR NZL USA, each in an edition of its own; this copy is for the United States.",
		"23 Nov 01:00 +11:00", "22 Nov 09:00 -05:00", "22 Nov 14:00 +00:00", "23 Nov 03:00 +13:00",
		e.TLP.Meaning(), e.Statements[0], "Actions to take today", e.Actions[3].Text, "At a glance", e.Glance[1].Text} {
		if !strings.Contains(page1, squash(want)) {
			t.Errorf("page 1 lacks %q", want)
		}
	}
	e = longBanner()
	if page1 = squash(text(t, render(t, r, e))); !strings.Contains(page1, squash("Embargo: ended 24 November 2026 14:00 UTC")) || !strings.Contains(page1, squash("FLASH")) {
		t.Error("embargo or precedence is missing")
	}
}

func TestDraftIsNeitherNumberedNorDated(t *testing.T) {
	e := full()
	e.Number = ""
	s := text(t, render(t, renderer(t), e))
	if !strings.Contains(s, draftNotice) || strings.Contains(s, "22 November 2026 14:00 UTC · version") || strings.Contains(s, "As of") {
		t.Error("a draft must say that it is one, and have no date")
	}
}

func TestPaperIsTheNations(t *testing.T) {
	r := renderer(t)
	for _, n := range pipeline.Nations() {
		e := unnumbered()
		e.Nation = n
		want := "(A4)"
		if n == pipeline.USA || n == pipeline.CAN {
			want = "(letter)"
		}
		if info := tool(t, render(t, r, e), "pdfinfo", "FILE"); !strings.Contains(info, want) {
			t.Errorf("%s: not on %s paper:\n%s", n, want, info)
		}
	}
}

func TestMetadataIsTheEditionsAlone(t *testing.T) {
	info := tool(t, render(t, renderer(t), full()), "pdfinfo", "-isodates", "FILE")
	for _, want := range []string{"Peer-to-peer clients expose case files", "Bulletin desk, United States", "SA26-326A", "2026-11-22T14:00:00"} {
		if !strings.Contains(info, want) {
			t.Errorf("metadata lacks %q:\n%s", want, info)
		}
	}
	if info = tool(t, render(t, renderer(t), unnumbered()), "pdfinfo", "-isodates", "FILE"); !strings.Contains(info, "2000-01-01T00:00:00") {
		t.Errorf("a draft's date is not the epoch:\n%s", info)
	}
}

func TestNothingOfATableIsLost(t *testing.T) {
	b := render(t, renderer(t), hashes())
	s := text(t, b)
	flat := squash(s)
	for i := range 200 {
		if h := string(pipeline.DigestOf([]byte{byte(i)})); strings.Count(flat, h) != 1 {
			t.Errorf("hash %d stands %d times in the text", i, strings.Count(flat, h))
		}
	}
	heads, pages := strings.Count(s, "SHA-256"), strings.Count(s, "Page ")
	if heads != pages || pages < 5 {
		t.Errorf("%d header rows on %d pages", heads, pages)
	}
}

func TestIndicatorsAreDefanged(t *testing.T) {
	s := squash(text(t, render(t, renderer(t), full())))
	for _, want := range []string{"files[.]example[.]net", "192[.]0[.]2[.]17", "hxxps://"} {
		if !strings.Contains(s, want) {
			t.Errorf("text lacks %q", want)
		}
	}
	if strings.Contains(s, "files.example.net") || strings.Contains(s, "192.0.2.17") {
		t.Error("an indicator stands raw where people read")
	}
}

func TestLinksWorkAndScriptsDoNot(t *testing.T) {
	e := base("Links")
	for _, u := range []string{"https://example.org/a", "javascript:alert(1)", "file:///etc/passwd", "https://example.org/é"} {
		e.Blocks = append(e.Blocks, draft.Block{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Link, URL: u, Children: txt("here")}}})
	}
	b := render(t, renderer(t), e)
	if n := bytes.Count(b, []byte("/URI (")); n != 1 || !bytes.Contains(b, []byte("/URI (https://example.org/a)")) {
		t.Errorf("%d links", n)
	}
}

func TestBannerTooLongIsAnError(t *testing.T) {
	e := base("Banner")
	e.Banner = strings.Repeat("SECRET//REL TO USA, AUS ", 100)
	if _, err := renderer(t).Render(e); err == nil || !strings.Contains(err.Error(), "shorten the marking") {
		t.Errorf("Render: %v", err)
	}
}

func TestOutlineFollowsHeadings(t *testing.T) {
	e := base("Outline")
	for _, level := range []int{3, 1, 4, 2, 6, 1} {
		e.Blocks = append(e.Blocks, heading(level, "", fmt.Sprintf("Level %d", level)), para("", "x"))
	}
	c := renderer(t).compose(e)
	var got []int
	for _, s := range c.sheets() {
		for _, o := range s.ops {
			if b, ok := o.(bookmarkOp); ok {
				got = append(got, b.level)
			}
		}
	}
	if want := []int{0, 1, 1, 2, 2, 3, 1, 1}; !slices.Equal(got, want) {
		t.Errorf("levels %v, want %v", got, want)
	}
}

func BenchmarkRender(b *testing.B) {
	for _, name := range []string{"draft", "full", "hashes"} {
		r, e := renderer(b), samples()[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Render(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
