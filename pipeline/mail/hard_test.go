package mail

import (
	"fmt"
	"strings"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

func run1(s string) []draft.Inline { return []draft.Inline{{Kind: draft.Text, Text: s}} }

func runs(texts ...string) (cells [][]draft.Inline) {
	for _, s := range texts {
		cells = append(cells, run1(s))
	}
	return cells
}

// hardEdition has what is hard to read on a phone, and what real bulletins are full of.
func hardEdition() edition.Edition {
	const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	e := testEdition()
	e.Language = "fr-CA"
	address := "https://portal.police.example.nz/cases/2026/" + strings.Repeat("very-long-path/", 20) + "?q=" + hash
	note := func(n int, text string) draft.Inline {
		return draft.Inline{Kind: draft.Footnote, Number: n, Children: run1(text)}
	}
	item := func(depth, list, number int, text ...draft.Inline) draft.Block {
		return draft.Block{Kind: draft.Paragraph, Item: &draft.Item{Depth: depth, List: list, Ordered: number > 0, Number: number}, Text: text}
	}
	text := func(s string) draft.Inline { return draft.Inline{Kind: draft.Text, Text: s} }
	more := item(1, 1, 0, text("A further paragraph of the second item."))
	more.Continues, more.Item.Ordered = true, true
	inside := more
	inside.Quote, inside.Text = 1, run1("A quotation inside an item.")
	code := draft.Block{Kind: draft.Code, Continues: true, Item: &draft.Item{Depth: 1, List: 1, Ordered: true},
		Code: &draft.CodeData{Lines: []string{"", "Get-ChildItem -Recurse " + strings.Repeat("-Filter *.dll ", 20), "", "\tlast"}}}
	quoted := item(1, 4, 0, text("A list inside a quotation."))
	quoted.Quote = 1
	e.Blocks = []draft.Block{
		{Kind: draft.Heading, Level: 2, Mark: "(U)", Anchors: []string{"summary", "Résumé <x>"}, Text: run1("Summary")},
		{Kind: draft.Paragraph, Mark: "(U)", Text: []draft.Inline{
			text("About 10"), {Kind: draft.Super, Children: run1("6")}, text(" hosts breathe CO"), {Kind: draft.Sub, Children: run1("2")},
			text(" on the 1"), {Kind: draft.Super, Children: run1("st")}, text(" of May"), note(1, "Counted by the five units."), text("; see "),
			{Kind: draft.Link, URL: "#indicators-by-file", Children: run1("the files")}, text(", "),
			{Kind: draft.Link, URL: "#nowhere", Children: run1("a place that is withheld")}, text(" and "),
			{Kind: draft.Link, URL: address, Children: run1("the portal")}, text(". Its hash is " + hash + ".")}},
		{Kind: draft.Paragraph, Text: []draft.Inline{text("Again"), note(1, "Counted by the five units."), text(", and "), {Kind: draft.Strike, Children: run1("not")}, text(" 😀 "), {Kind: draft.CodeSpan, Text: hash}}},
		{Kind: draft.Paragraph, Mark: "(U)", Text: run1("تم اختراق الخوادم بواسطة برنامج خبيث، ويجب عزلها فورا من الشبكة (CVE-2026-1234).")},
		{Kind: draft.Paragraph, Mark: "(U)", Text: run1("警察は本日、複数の組織を標的とする新たなマルウェアについて注意を喚起しました。直ちに対象の端末をネットワークから切り離してください。")},
		item(1, 1, 1, text("First")), item(2, 2, 0, text("below it, a long one that takes more than a line on a phone and on a desk too, perhaps")),
		item(3, 3, 1, text("and lower")), item(1, 1, 2, text("Second"), note(2, "A second note.")), more, inside, code, item(1, 1, 120, text("A hundred and twentieth")),
		quoted,
		{Kind: draft.Paragraph, Quote: 2, Text: run1("A quotation of a quotation.")},
		{Kind: draft.Rule},
		{Kind: draft.Heading, Level: 3, Anchors: []string{"indicators-by-file"}, Text: run1("Indicators by file")},
		{Kind: draft.Table, Mark: "(U)", Table: &draft.TableData{Align: []string{"", "right"}, Head: runs("", ""),
			Rows: []draft.Row{{Cells: runs("No head", "1")}, {Span: true, Cells: runs("All columns", "")}, {Mark: "(U//LES)", Cells: runs(hash, "2")}}}},
		{Kind: draft.Table, Table: eightColumns(5, hash)},
		{Kind: draft.Table, Table: eightColumns(229, "dll")},
		{Kind: draft.Figure, Anchors: []string{"fig"}, Image: &draft.Image{Name: "map.png"}},
	}
	return e
}

func eightColumns(rows int, last string) *draft.TableData {
	t := &draft.TableData{Align: make([]string, 8), Head: runs("Name", "Size", "Type", "Path", "First seen", "Last seen", "Source", "Remark")}
	for i := range rows {
		cells := runs(fmt.Sprintf("file%03d.exe", i), fmt.Sprint(i*977), "PE32", `C:\Windows\Temp`, "2026-05-01", "2026-11-01", "警察庁", last)
		cells[3] = append(cells[3], draft.Inline{Kind: draft.Break}, draft.Inline{Kind: draft.Text, Text: "or elsewhere"})
		t.Rows = append(t.Rows, draft.Row{Cells: cells})
		if i%100 == 50 {
			t.Rows = append(t.Rows, draft.Row{Span: true, Mark: "(U)", Cells: append(runs("Second stage"), make([][]draft.Inline, 7)...)})
		}
	}
	return t
}
