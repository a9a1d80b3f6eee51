package mail

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
	"bulletin/pipeline/edition"
)

// On a phone nothing must be pushed sideways, neither the page nor a table in it, and nothing asks for anything.
func TestNothingIsPushedSidewaysOnAPhone(t *testing.T) {
	editions := map[string]edition.Edition{"hard": hardEdition(), "right to left": turnedEdition(), "long words": longWords()}
	for _, r := range drafttest.All(t) {
		editions[r.Name], _ = realEdition(t, r)
	}
	pages := map[string]string{}
	for name, e := range editions {
		pages[name] = page1(t, e)
	}
	for name, got := range inChromium(t, pages) {
		if want := (measured{Width: phone, Tables: []int{}, Asked: []string{}}); got.Width != want.Width || len(got.Tables) > 0 || len(got.Asked) > 0 {
			t.Errorf("%s: the page is %d pixels wide, want %d; tables of %v reach out of it; it asks for %q", name, got.Width, phone, got.Tables, got.Asked)
		}
	}
}

const phone = 360 // CSS pixels, the narrowest phones in use

// measured is what a browser makes of a page.
type measured struct {
	Name   string
	Width  int
	Tables []int    // widths of those that are wider than the place they have
	Asked  []string // addresses that the page wanted something from
}

// inChromium shows each page in a frame as wide as a phone, and measures it there.
func inChromium(t *testing.T, pages map[string]string) map[string]measured {
	t.Helper()
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatal("chromium is missing: make test installs it")
	}
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><meta charset=utf-8>\n")
	for name, page := range pages {
		fmt.Fprintf(&b, "<iframe width=%d height=60000 style=border:0 title=\"%s\" srcdoc=\"%s\"></iframe>\n", phone, html.EscapeString(name), html.EscapeString(page))
	}
	b.WriteString(`<pre id=measured></pre><script>onload = () => {
  const out = [...document.querySelectorAll("iframe")].map(f => ({
    Name: f.title, Width: f.contentDocument.documentElement.scrollWidth,
    Tables: [...f.contentDocument.querySelectorAll(".wide")].filter(e => e.scrollWidth > e.clientWidth).map(e => e.scrollWidth),
    Asked: f.contentWindow.performance.getEntriesByType("resource").map(e => e.name)}));
  document.body.innerHTML = "<pre id=measured></pre>";
  document.getElementById("measured").textContent = JSON.stringify(out);
}</script>`)
	file := filepath.Join(t.TempDir(), "frames.html")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--disable-background-networking", "--user-data-dir="+t.TempDir(), "--dump-dom", "file://"+file)
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v", err)
	}
	_, after, _ := strings.Cut(string(dom), `<pre id="measured">`)
	list, _, _ := strings.Cut(after, "</pre>")
	var all []measured
	if err := json.Unmarshal([]byte(html.UnescapeString(list)), &all); err != nil || len(all) != len(pages) {
		t.Fatalf("chromium measured %d of %d pages: %v", len(all), len(pages), err)
	}
	out := map[string]measured{}
	for _, m := range all {
		out[m.Name] = m
	}
	return out
}

// turnedEdition is written from right to left, for the most part.
func turnedEdition() edition.Edition {
	e := hardEdition()
	for i := range e.Blocks {
		if b := &e.Blocks[i]; b.Item != nil || b.Quote > 0 {
			b.Text = run1("يجب عزل الخوادم فورا من الشبكة")
		}
	}
	return e
}

// longWords has words in other letters that are wider than a phone, in and outside of tables.
func longWords() edition.Edition {
	e := testEdition()
	word := strings.Repeat("ж", 200)
	address := draft.Inline{Kind: draft.Link, URL: "https://пример.example/" + strings.Repeat("путь-", 50), Children: run1("там")}
	e.Title.Text = strings.Repeat("x", 150)
	e.Indicators = append(e.Indicators, edition.Indicator{Type: "filename", Value: word, Note: word})
	e.Blocks = slices.Concat(e.Blocks, []draft.Block{
		{Kind: draft.Heading, Level: 2, Text: run1(word)},
		{Kind: draft.Paragraph, Text: append(run1(word), address)},
		{Kind: draft.Table, Table: &draft.TableData{Align: make([]string, 2), Head: runs("", ""), Rows: []draft.Row{
			{Cells: runs(word, "w"+strings.Repeat("é", 100))}, {Cells: [][]draft.Inline{run1("see"), {address}}},
		}}},
	})
	return e
}
