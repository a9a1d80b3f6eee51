package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// Hand-made editions: invented text, reserved names and addresses (RFC 2606, RFC 5737).

func txt(s string) []draft.Inline { return []draft.Inline{{Kind: draft.Text, Text: s}} }

func para(mark, s string) draft.Block {
	return draft.Block{Kind: draft.Paragraph, Mark: mark, Text: txt(s)}
}

func heading(level int, mark, s string) draft.Block {
	return draft.Block{Kind: draft.Heading, Level: level, Mark: mark, Text: txt(s)}
}

func item(depth, number, list int, s string) draft.Block {
	b := para("", s)
	b.Item = &draft.Item{Depth: depth, Ordered: number > 0, Number: number, List: list}
	return b
}

func styled(kind draft.InlineKind, s string) draft.Inline {
	if kind == draft.CodeSpan {
		return draft.Inline{Kind: kind, Text: s}
	}
	return draft.Inline{Kind: kind, Children: txt(s)}
}

func samplePNG(w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), 160, 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func sampleJPEG(w, h int) []byte {
	img, _, err := image.Decode(bytes.NewReader(samplePNG(w, h)))
	if err != nil {
		panic(err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

var released = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)

func base(title string) edition.Edition {
	return edition.Edition{
		Number: "SA26-326A", Released: released, Nation: pipeline.AUS, Kind: "bulletin", Precedence: pipeline.Routine,
		Scheme: "usa", Banner: "UNCLASSIFIED//REL TO USA, GBR//LES", TLP: marking.Amber,
		ReleasableTo: pipeline.Nations(), Originator: pipeline.USA,
		Title:   edition.Line{Text: title},
		History: []edition.Version{{Version: "1.0", At: released, Change: "release", Summary: "First release"}},
	}
}

const lorem = "Between March and October the units of two nations saw case files of four agencies offered on public " +
	"file-sharing networks. In each case a client installed by a member of staff on a machine at home shared the whole " +
	"profile, the folder of synchronised work documents with it. Confidence is high that no intrusion took place."

func full() edition.Edition {
	e := base("Peer-to-peer clients expose case files")
	e.Title.Mark = "(U)"
	e.Nation = pipeline.USA
	e.Statements = []string{"LAW ENFORCEMENT SENSITIVE: The information marked (U//LES) in this document is the property of the originating agency and may be distributed within the Federal Government (and its contractors), US intelligence, law enforcement, and public safety or protection officials and individuals with a need to know. Distribution beyond these entities without the originating agency's authorization is prohibited. Precautions should be taken to ensure this information is stored and destroyed in a manner that precludes unauthorized access."}
	e.Glance = []edition.GlanceLine{
		{Name: "Who", Line: edition.Line{Text: "Staff of police agencies who work at home"}},
		{Name: "What", Line: edition.Line{Text: "Clients share work documents with the world"}},
		{Name: "Since", Line: edition.Line{Text: "March 2026"}},
		{Name: "Confidence", Line: edition.Line{Text: "High"}},
	}
	e.Actions = []edition.Line{
		{Text: "Search your estate for the client names in the table of indicators."},
		{Mark: "(U//LES)", Text: "Block the ports and hosts named below at the border of your network."},
		{Text: "Ask staff who work at home to look for these programs on shared machines."},
		{Text: "Report what you find to the desk within two working days."},
	}
	img1, img2 := samplePNG(640, 300), sampleJPEG(640, 220)
	e.Images = map[pipeline.Digest][]byte{pipeline.DigestOf(img1): img1, pipeline.DigestOf(img2): img2}
	note := func(n int, s string) draft.Inline {
		return draft.Inline{Kind: draft.Footnote, Number: n, Mark: "(U)", Children: txt(s)}
	}
	e.Blocks = []draft.Block{
		heading(1, "(U)", "Summary"),
		{Kind: draft.Paragraph, Mark: "(U)", Text: append(txt(lorem+" "), note(1, "Counted by the reporting units; duplicates removed."))},
		{Kind: draft.Paragraph, Mark: "(U//REL TO USA, GBR//LES)", Text: []draft.Inline{
			{Kind: draft.Text, Text: "A paragraph with "}, styled(draft.Strong, "bold"), {Kind: draft.Text, Text: ", "}, styled(draft.Emph, "italic"),
			{Kind: draft.Text, Text: ", "}, styled(draft.Strike, "struck out"), {Kind: draft.Text, Text: " words, "}, styled(draft.CodeSpan, "code.exe /quiet"),
			{Kind: draft.Text, Text: " and "}, {Kind: draft.Link, URL: "https://www.example.org/advice", Children: txt("a link that works")},
			{Kind: draft.Text, Text: ". In mid-word: con"}, styled(draft.Strong, "fid"), {Kind: draft.Text, Text: "ence."},
		}},
		heading(2, "", "Technical details"),
		para("(U)", lorem),
		item(1, 1, 1, "First, the client is installed beside a video codec; the installer asks for a folder and takes the profile if none is given."),
		item(2, 0, 2, "It starts with the machine"),
		item(3, 0, 3, "A run key is written"),
		item(2, 0, 2, "It opens ports at the router by UPnP"),
		item(1, 2, 1, "Then it announces its files."),
		item(1, 3, 1, "At last, others fetch them."),
		{Kind: draft.Paragraph, Continues: true, Item: &draft.Item{Depth: 1, Ordered: true, Number: 3, List: 1}, Text: txt("A further paragraph of the same item, indented like it, that says when it was seen.")},
		{Kind: draft.Paragraph, Mark: "(U)", Quote: 1, Text: txt("“I only wanted to watch a film,” said one of those concerned. " + lorem)},
		{Kind: draft.Paragraph, Quote: 2, Text: txt("A quotation in the quotation.")},
		heading(2, "(U)", "Detection"),
		{Kind: draft.Code, Mark: "(U)", Code: &draft.CodeData{Lang: "powershell", Lines: []string{
			"Get-ChildItem -Path C:\\Users -Recurse -Include *.torrent,*.part |",
			"\tWhere-Object { $_.LastWriteTime -gt (Get-Date).AddDays(-90) } | Select-Object FullName, Length, LastWriteTime | Export-Csv found.csv",
			"",
			"# (parentheses) and \\backslashes\\ are kept",
		}}},
		{Kind: draft.Figure, Mark: "(U)", Image: &draft.Image{Name: "spread.png", Digest: pipeline.DigestOf(img1)}, Text: txt("Clients seen, by month")},
		{Kind: draft.Figure, Image: &draft.Image{Name: "map.jpg", Digest: pipeline.DigestOf(img2)}, Text: txt("The same width in pixels as the one above")},
		{Kind: draft.Figure, Image: &draft.Image{Name: "missing.png"}, Text: txt("This one was not handed in")},
		heading(2, "(U)", "Clients"),
		{Kind: draft.Table, Mark: "(U//LES)", Table: &draft.TableData{Align: []string{"", "center", "right", ""},
			Head: [][]draft.Inline{txt("Name"), txt("Platform"), txt("Seen"), txt("What it shares by default")},
			Rows: []draft.Row{
				{Cells: [][]draft.Inline{txt("ShareAll"), txt("Windows"), txt("41"), txt("The profile of whoever installs it, with everything that other programs keep there.")}},
				{Mark: "(U)", Cells: [][]draft.Inline{txt("OpenFolder"), txt("macOS"), txt("7"), txt("A folder that it makes.")}},
			}}},
		{Kind: draft.Rule},
		heading(1, "", "Mitigations"),
		{Kind: draft.Paragraph, Mark: "(U)", Text: append(txt("Separate work from home. Further advice stands in the note."), note(2, "See reference 1; a second look at https://www.example.org is worth it."))},
	}
	e.Attack = []edition.Technique{{ID: "T1048", Use: "Files leave by the client's own protocol"}, {Mark: "(U//LES)", ID: "T1020", Use: "All that is in the folder"}, {ID: "TA0010"}}
	e.Indicators = []edition.Indicator{
		{Type: "sha256", Value: strings.Repeat("9f86d081884c7d65", 4), FirstSeen: "2026-03-01", LastSeen: "2026-10-30", Confidence: "high", Note: "ShareAll 2.1 installer"},
		{Type: "domain", Value: "files.example.net", FirstSeen: "2026-03-01", Confidence: "medium"},
		{Type: "url", Value: "https://files.example.net/get/" + strings.Repeat("a-long-path/", 12) + "end.exe", Mark: "(U//LES)", Confidence: "low", Note: "Redirects"},
		{Type: "ipv4", Value: "192.0.2.17", LastSeen: "2026-10-30", Confidence: "high"},
	}
	e.References = []edition.Line{{Text: "Advice on file sharing, https://www.example.org/st05-007, read 20 November 2026."}, {Mark: "(U//LES)", Text: "Report 17 of the desk."}}
	e.Contacts = []edition.Line{{Text: "USA: +1 555 0100, desk@example.org"}}
	e.History = append(e.History, edition.Version{Version: "1.1", At: released.Add(26 * time.Hour), Change: "editorial", Summary: "A name corrected"})
	return e
}

func hashes() edition.Edition {
	e := base("Two hundred hashes")
	e.Blocks = []draft.Block{heading(1, "(U)", "Samples"), para("(U)", lorem)}
	t := &draft.TableData{Align: []string{"", "", ""}, Head: [][]draft.Inline{txt("SHA-256"), txt("File"), txt("Remark")}}
	for i := range 200 {
		t.Rows = append(t.Rows, draft.Row{Cells: [][]draft.Inline{{styled(draft.CodeSpan, string(pipeline.DigestOf([]byte{byte(i)})))}, txt(fmt.Sprintf("sample-%03d.exe", i)), txt("Packed; seen in two nations")}})
	}
	e.Blocks = append(e.Blocks, draft.Block{Kind: draft.Table, Mark: "(U)", Table: t}, para("(U)", "After the table."))
	return e
}

func scripts() edition.Edition {
	e := base("Ngā kōrero mō te haumarutanga – Ελληνικά – Русский")
	e.Nation = pipeline.NZL
	e.Blocks = []draft.Block{
		para("(U)", "Māori: Tēnā koutou, ngā mihi nui ki a koutou katoa; āēīōū ĀĒĪŌŪ. Decomposed: a\u0304 e\u0304 i\u0304 o\u0304 u\u0304 and A\u0304."),
		para("(U)", "Français : « Où êtes-vous ? » Cœur, façade, NAÏVE, 50 %."),
		para("(U)", "Ελληνικά: Η γρήγορη αλεπού πηδά πάνω από το σκυλί."),
		para("(U)", "Русский: Съешь же ещё этих мягких французских булок, да выпей чаю."),
		para("(U)", "עברית: שלום עולם 123 (בדיקה). العربية: مرحبا بالعالم 2026."),
		para("(U)", "Symbols: → ⇒ ✓ ✗ ≤ ≥ ≠ € £ № … “quoted” ‘single’ – — • ⚠\ufe0f zero\u200bwidth."),
		{Kind: draft.Code, Code: &draft.CodeData{Lines: []string{"# комментарий → ελληνικά ā", "print('Tēnā koe')"}}},
	}
	return e
}

func longBanner() edition.Edition {
	e := base("A banner that needs two lines, and a title so long that twenty points would not hold it in two lines of this page: what then")
	e.Nation = pipeline.CAN
	e.Banner = "UNCLASSIFIED//DEA SENSITIVE//DISPLAY ONLY AUS, CAN, GBR, NZL, DEU, FRA, NLD, NOR, SWE//LIMDIS/SBU NOFORN/LES NOFORN/SSI AND SOME MORE WORDS TO FILL IT"
	e.TLP = marking.AmberStrict
	e.Precedence = pipeline.Flash
	e.Embargo = released.Add(48 * time.Hour)
	for i := range 12 {
		e.Blocks = append(e.Blocks, heading(2, "(U)", fmt.Sprintf("Section %d", i+1)), para("(U)", lorem), para("(U)", lorem))
	}
	return e
}

func unnumbered() edition.Edition {
	e := base("A draft that nobody has released")
	e.Number, e.Released, e.History = "", time.Time{}, nil
	e.Banner, e.Scheme, e.TLP = "TLP:GREEN", "tlp", marking.Green
	e.Blocks = []draft.Block{para("(TLP:GREEN)", lorem)}
	return e
}

func extremes() edition.Edition {
	e := base("Extremes")
	long := strings.Repeat(lorem+" ", 30)
	wide := &draft.TableData{}
	var row [][]draft.Inline
	for i := range 14 {
		wide.Head = append(wide.Head, txt(fmt.Sprintf("Column%d", i)))
		row = append(row, txt("value-of-"+strings.Repeat("x", i)))
	}
	wide.Rows = []draft.Row{{Cells: row}, {Cells: row}}
	e.Blocks = []draft.Block{
		heading(3, "", "A heading of level three first"),
		{Kind: draft.Table, Table: &draft.TableData{Head: [][]draft.Inline{txt("A cell longer than a page"), txt("Short")}, Rows: []draft.Row{{Cells: [][]draft.Inline{txt(long), txt("x")}}, {Cells: [][]draft.Inline{txt("y"), txt("z")}}}}},
		heading(1, "", "Wide"),
		{Kind: draft.Table, Table: wide},
		para("", "https://example.org/"+strings.Repeat("very/long/path-", 70)),
		para("", strings.Repeat("0123456789abcdef", 8)),
		{Kind: draft.Code, Code: &draft.CodeData{Lines: []string{strings.Repeat("QUJD", 900)}}},
		{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Picture, Image: &draft.Image{Name: "inline.png"}, Children: txt("a small picture")}, {Kind: draft.Break}, {Kind: draft.Text, Text: "after a hard break"}}},
	}
	e.Actions = []edition.Line{{Text: long}, {Text: "Second"}}
	e.Glance = []edition.GlanceLine{{Name: "Who", Line: edition.Line{Text: "x"}}}
	return e
}

func samples() map[string]edition.Edition {
	return map[string]edition.Edition{
		"full": full(), "hashes": hashes(), "scripts": scripts(), "long-banner": longBanner(), "draft": unnumbered(), "extremes": extremes(),
		"tables": tables(), "lists": lists(), "bare": bare(),
	}
}
