package pdf

import (
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// pagesWith are the pages on which a text stands, counted from 0.
func pagesWith(sheets []*sheet, text string) (pages []int) {
	for i, s := range sheets {
		if strings.Contains(textOf(s), squash(text)) {
			pages = append(pages, i)
		}
	}
	return pages
}

// pushed are blocks below paragraphs of one line that fill the page above them more and more.
func pushed(n int, blocks ...draft.Block) []draft.Block {
	var out []draft.Block
	for range n {
		out = append(out, para("", "Filler."))
	}
	return append(out, blocks...)
}

// The last row of a table of certificates stood alone on the last page, under a head of its own.
func TestAShortTableIsNotParted(t *testing.T) {
	table := tableOf([]string{"Name", "Value"}, rowOf("first", "a"), rowOf("second", "b"), rowOf("third", "c"), rowOf("fourth", "d"))
	parted := 0
	for n := range 40 {
		_, sheets := sheetsOf(t, pushed(n, heading(2, "", "Certificates"), table)...)
		at := pagesWith(sheets, "Certificates")
		if last := pagesWith(sheets, "fourth"); !slices.Equal(at, last) {
			t.Errorf("after %d lines the heading is on page %v, the last row on %v", n, at, last)
		}
		parted += at[0]
	}
	if parted == 0 || parted == 40 {
		t.Errorf("of 40 tables %d are on page 2: the test shows nothing", parted)
	}
}

func TestALongTableLeavesNoRowAlone(t *testing.T) {
	var rows []draft.Row
	for i := range 30 {
		rows = append(rows, rowOf("row", strings.Repeat("i", i+1)+"."))
	}
	for n := range 40 {
		_, sheets := sheetsOf(t, pushed(n, tableOf([]string{"Name", "Value"}, rows...))...)
		for i, s := range sheets {
			if c := strings.Count(textOf(s), "row"); c > 0 && c < 3 {
				t.Errorf("after %d lines page %d has %d rows", n, i+1, c)
			}
		}
	}
}

// The version history stood alone on the last page of every second bulletin of the demo.
func TestTheHistoryIsNotAlone(t *testing.T) {
	pages := map[int]bool{}
	for n := range 40 {
		e := base("History")
		e.Contacts = []edition.Line{{Text: "United States: cyber unit desk"}}
		e.Blocks = pushed(n)
		sheets := renderer(t).compose(e).sheets()
		contact, history := pagesWith(sheets, "Contact and reporting"), pagesWith(sheets, "Version history")
		if !slices.Equal(contact, history) {
			t.Errorf("after %d lines contacts are on page %v, the history on %v", n, contact, history)
		}
		pages[history[0]] = true
	}
	if len(pages) < 2 {
		t.Error("all on one page: the test shows nothing")
	}
}

// One row with four tactics had its column take the room of seven uses, which broke.
func TestRoomGoesWhereItSavesLines(t *testing.T) {
	c := composerFor(t)
	s := style{size: tableSize}
	g := grid{size: tableSize, head: textCells(s, "Tactic", "ID", "Name", "Use")}
	for range 7 {
		g.rows = append(g.rows, textCells(s, "Exfiltration", "T1048", "Unsecured Credentials: Credentials In Files", "All folders below the shared one"))
	}
	g.rows = append(g.rows, textCells(s, "(U//REL TO USA, GBR//LES) Initial Access, Persistence, Privilege Escalation, Defense Evasion", "T1078", "Valid Accounts", "July"))
	scale, widths := c.fit(g, 500)
	for i, text := range g.rows[0] {
		if n := len(c.lines(scaled(text, scale), widths[i]-2*cellPad*scale)); n > 1 {
			t.Errorf("column %d of the seven rows is broken into %d lines", i+1, n)
		}
	}
}

func TestTitlesHaveNoLastWordAlone(t *testing.T) {
	c := composerFor(t)
	s := style{bold: true, size: 24}
	title := []span{{text: "Threats and trends, 1 January to 30 June 2026", style: s}}
	lines := c.balanced(title, 500)
	if len(lines) != 2 || lines[1].width < lines[0].width/2 {
		t.Errorf("%d lines, of %.0f and %.0f points", len(lines), lines[0].width, lines[len(lines)-1].width)
	}
	if got, want := len(c.balanced(title, 300)), len(c.lines(title, 300)); got != want {
		t.Errorf("%d lines where %d do", got, want)
	}
}
