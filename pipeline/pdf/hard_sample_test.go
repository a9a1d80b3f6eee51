package pdf

import (
	"fmt"
	"strings"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// Tables and lists as real bulletins have them, and worse.

func cellsOf(texts ...string) [][]draft.Inline {
	out := make([][]draft.Inline, len(texts))
	for i, s := range texts {
		out[i] = txt(s)
	}
	return out
}

func tableOf(head []string, rows ...draft.Row) draft.Block {
	return draft.Block{Kind: draft.Table, Table: &draft.TableData{Align: make([]string, len(head)), Head: cellsOf(head...), Rows: rows}}
}

func rowOf(texts ...string) draft.Row { return draft.Row{Cells: cellsOf(texts...)} }

// band is a row whose first cell stands over all columns.
func band(columns int, text string) draft.Row {
	r := draft.Row{Span: true, Cells: make([][]draft.Inline, columns)}
	r.Cells[0] = []draft.Inline{styled(draft.Strong, text)}
	return r
}

const sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

// flashTable is a table of an FBI FLASH: no head, two columns, and sections with a title over both.
func flashTable() draft.Block {
	t := tableOf(make([]string, 2), band(2, "Themed malware"))
	for i := range 9 {
		t.Table.Rows = append(t.Table.Rows, band(2, fmt.Sprintf("Sample %d", i+1)),
			rowOf("Filename:", "AWARENESS NOTICE DOCUMENT_zip.jar"), rowOf("MD5:", sha256[:32]), rowOf("SHA-256:", sha256),
			rowOf("Magic:", "Zip archive data"), rowOf("File Size:", "685140 bytes"))
		inner := draft.Row{Cells: [][]draft.Inline{txt("File Contents:"), nil}}
		for _, l := range []string{"Filename: NOTICE_pdf.exe", "MD5: " + sha256[32:], "File type: Win32 EXE"} {
			inner.Cells[1] = append(inner.Cells[1], draft.Inline{Kind: draft.Text, Text: l}, draft.Inline{Kind: draft.Break})
		}
		t.Table.Rows = append(t.Table.Rows, inner)
	}
	return t
}

func eightColumns() draft.Block {
	t := tableOf([]string{"Indicator", "Type", "First seen", "Last seen", "Confidence", "Infrastructure", "Attribution", "Recommendation"})
	for i := range 40 {
		t.Table.Rows = append(t.Table.Rows, rowOf(fmt.Sprintf("198.51.100.%d", i), "ipv4", "2026-03-01", "2026-10-30", "medium", "Bulletproof hosting",
			"uncertain", "Block at the border and look for it in the logs of three months"))
	}
	t.Table.Rows = append(t.Table.Rows, rowOf(sha256, "sha256", "", "", "high", "https://files.example.net/get/"+strings.Repeat("a-long-path/", 8), "", ""))
	return t
}

func tables() edition.Edition {
	e := base("Tables as they come")
	one := tableOf([]string{"One column"}, rowOf("alone"), rowOf(lorem))
	inItem := tableOf([]string{"In a list item", "Value"}, rowOf("one", "1"), rowOf("two", sha256))
	inItem.Item, inItem.Continues = &draft.Item{Depth: 2, List: 2}, true
	quoted := tableOf([]string{"In a quotation", "Value"}, rowOf("one", "1"), rowOf(strings.TrimSpace(strings.Repeat(lorem+" ", 16)), "long"), rowOf("three", "3"))
	quoted.Quote = 1
	empty := tableOf([]string{"Name", "", "Count"}, rowOf("a", "", "12"), rowOf("b", "", "7"))
	empty.Table.Align[2] = "right"
	rich := tableOf([]string{"What a cell holds", "Example"})
	rich.Table.Rows = []draft.Row{
		{Cells: [][]draft.Inline{txt("code"), {styled(draft.CodeSpan, "reg query HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run")}}},
		{Cells: [][]draft.Inline{txt("link"), {{Kind: draft.Link, URL: "#wide", Children: txt("to the wide table")}}}},
		{Cells: [][]draft.Inline{txt("lines"), {{Kind: draft.Text, Text: "• first"}, {Kind: draft.Break}, {Kind: draft.Text, Text: "• second"}}}},
		{Cells: [][]draft.Inline{txt("picture"), {{Kind: draft.Picture, Image: &draft.Image{Name: "gone.png"}, Children: txt("a map")}}}},
	}
	wide := eightColumns()
	wide.Anchors = []string{"wide"}
	twelve := tableOf(strings.Fields("Product Version Fixed Vendor Severity Exploited Published Updated Vector Complexity Privileges Interaction"))
	for range 3 {
		twelve.Table.Rows = append(twelve.Table.Rows, rowOf(strings.Fields("Gateway 9.1.0.14 9.1.0.15 Tarapunga critical yes 2026-03-01 2026-03-04 network low none none")...))
	}
	long := tableOf([]string{"Field", "Text"}, rowOf("before", "x"), rowOf("long", strings.Repeat("0123456789 ", 460)), rowOf("after", "y"))
	e.Blocks = []draft.Block{heading(1, "", "As in a FLASH"), flashTable(), heading(1, "", "Eight columns"), para("", lorem), wide,
		heading(2, "", "Twelve columns"), twelve, heading(2, "", "One column"), one, heading(2, "", "A column of nothing"), empty,
		heading(2, "", "Rich"), rich, item(1, 0, 1, "An item"), item(2, 0, 2, "with a table in the item under it"), inItem, quoted,
		heading(2, "", "A long cell"), long}
	return e
}

func lists() edition.Edition {
	e := base("Lists in lists")
	cont := func(b draft.Block, depth, list int) draft.Block {
		b.Item, b.Continues = &draft.Item{Depth: depth, List: list}, true
		return b
	}
	code := draft.Block{Kind: draft.Code, Code: &draft.CodeData{Lines: []string{"if ($found) {", "\tStop-Process -Force", "}"}}}
	img := samplePNG(200, 60)
	e.Images = withPicture("x.png", img).Images
	figure := withPicture("x.png", img).Blocks[0]
	e.Blocks = []draft.Block{
		heading(2, "", "What to do"),
		item(1, 7, 1, "The list starts at seven. "+lorem), item(2, 0, 2, "a bullet in it"), item(3, 1, 3, "a number in that"), item(4, 0, 4, "and a bullet"),
		item(5, 0, 5, "five deep"), item(6, 1, 6, "six deep, with a long text that has to be broken into lines. "+lorem),
		cont(code, 3, 3), cont(para("", lorem), 2, 2), cont(figure, 1, 1), item(1, 8, 1, "eight"), item(1, 9, 1, "nine"), item(1, 10, 1, "ten"),
		item(1, 0, 9, "[ ] a task to do"), item(1, 0, 9, "[x] a task that is done"),
		item(1, 998, 10, "nine hundred and ninety-eight"), item(1, 999, 10, strings.Repeat(lorem+" ", 14)), item(1, 1000, 10, "a thousand"),
		{Kind: draft.Paragraph, Quote: 1, Text: txt(lorem)}, {Kind: draft.Paragraph, Quote: 2, Continues: true, Text: txt(lorem)},
		{Kind: draft.Paragraph, Quote: 3, Continues: true, Text: txt("three deep")}, {Kind: draft.Code, Quote: 1, Continues: true, Code: code.Code},
		{Kind: draft.Paragraph, Quote: 1, Continues: true, Text: txt("and one again")},
	}
	script := &draft.CodeData{Lang: "yara"}
	for i := range 150 {
		script.Lines = append(script.Lines, fmt.Sprintf("rule sample_%03d {", i), "\tstrings: $a = \""+strings.Repeat("abc def ", i%30)+"\" $b = { 4D 5A 90 00 }")
	}
	e.Blocks = append(e.Blocks, heading(2, "", "Three hundred lines"), draft.Block{Kind: draft.Code, Code: script})
	return e
}

func bare() edition.Edition {
	e := base("Only a title and a text")
	e.Originator, e.Banner, e.Scheme = "", "TLP:AMBER", "tlp"
	e.Blocks = []draft.Block{para("", lorem)}
	return e
}
