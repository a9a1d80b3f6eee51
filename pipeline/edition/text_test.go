package edition

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

var update = flag.Bool("update", false, "write the goldens anew")

func TestTextGolden(t *testing.T) {
	for name, e := range map[string]Edition{"01-whole": textSample(), "02-least": leastSample()} {
		got, path := Text(e), "testdata/text/"+name+".txt"
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from what Text gives (run with -update and look at the difference):\n%s", path, got)
		}
	}
}

func TestTextBannerIsFirstAndLast(t *testing.T) {
	for _, e := range []Edition{textSample(), leastSample()} {
		lines := strings.Split(strings.TrimSuffix(Text(e), "\n"), "\n")
		if lines[0] != e.Banner || lines[len(lines)-1] != e.Banner {
			t.Errorf("first line %q, last line %q, want %q", lines[0], lines[len(lines)-1], e.Banner)
		}
	}
}

// TLP 2.0 §2: in messages the label stands directly before the text; the banner alone precedes it.
func TestTextLabelStandsBeforeTheText(t *testing.T) {
	lines := strings.Split(Text(textSample()), "\n")
	if lines[1] != "" || lines[2] != "TLP:AMBER" || !strings.HasPrefix(lines[3], "Limited disclosure") {
		t.Errorf("the text begins %q", lines[:4])
	}
}

// A table too wide for columns is listed cell by cell: nothing of it is cut off.
func TestTextListsWideTables(t *testing.T) {
	long := strings.Repeat("f", 64)
	e := leastSample()
	e.Blocks = []draft.Block{{Kind: draft.Table, Table: &draft.TableData{
		Align: []string{"", "", ""},
		Head:  cells("Client", "Installer", "Archive"),
		Rows:  []draft.Row{{Mark: "(U//LES)", Cells: cells("Alpha", long, long)}},
	}}}
	for _, want := range []string{"* Mark: (U//LES)\n", "  Client: Alpha\n", "    " + long + "\n", "  Archive:\n"} {
		if got := Text(e); !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

// What a duty officer looks for at three in the morning stands in this order.
func TestTextIsInTheOrderOfUse(t *testing.T) {
	e := textSample()
	e.Correction = Line{Mark: "(U)", Text: "The port of Beta is 6881."}
	e.History = append(e.History, Version{Version: "1.1", At: e.Released.Add(time.Hour), Change: ChangeContent, Summary: "The port of Beta is 6881."})
	rest := Text(e)
	for _, want := range []string{
		e.Banner + "\n", "TLP:AMBER\nLimited disclosure", "CORRECTION: replaces version 1.0\n", "CYBER BULLETIN SA26-326A\n", "(U) Peer-to-peer clients expose case files\n",
		"Released:   22 November 2026 14:00 UTC\n            23 November 2026 03:00 NZDT (UTC+13:00, Wellington)\n            Canberra 23 Nov 01:00 +11:00, Ottawa",
		"Version:    1.1\n", "Correction: (U) The port of Beta is 6881.\n", "Embargo:    ended 23 November 2026 14:00 UTC\n            24 November 2026 03:00 NZDT",
		"\nActions to take today\n", "\nAt a glance\n", "\nHandling\n", "The bulletin is for AUS CAN GBR NZL USA", "LAW ENFORCEMENT SENSITIVE", "\n(U) Summary\n",
		"\nNotes\n", "\nIndicators\n", "\nMITRE ATT&CK", "\nReferences\n", "\nContacts and reporting\n",
		"\nVersion history\n", "-  1.1, 22 November 2026 15:00 UTC, content: The port of Beta is 6881.\n   23 November 2026 04:00 NZDT (UTC+13:00, Wellington)\n", e.Banner + "\n",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("%q is not there, or not in its place", want)
			continue
		}
		rest = after
	}
	if rest != "" {
		t.Errorf("after the last banner stands %q", rest)
	}
}

func TestTextOfAWithdrawalSaysWhatToDo(t *testing.T) {
	e := Withdrawal([]Edition{textSample()}, nil, "1.1", textSample().Released.Add(time.Hour), "A source was wrong.")
	if got := Text(e); !strings.Contains(got, "WITHDRAWN: delete every copy, and act on nothing that it said\nCYBER BULLETIN") {
		t.Errorf("the head does not say what to do:\n%s", got)
	}
}

func TestTextOfWhatStandsAboveAndBelowTheLine(t *testing.T) {
	up := func(s string) []draft.Inline {
		return []draft.Inline{{Kind: draft.Text, Text: "x"}, {Kind: draft.Super, Children: run(s)}, {Kind: draft.Sub, Children: run(s)}}
	}
	for in, want := range map[string]string{"2": "x^2_2", "st": "xstst", "n+1": "x^(n+1)_(n+1)", "[3]": "x[3][3]", "": "x", "*": "x^(*)_(*)"} {
		if got := plain(up(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestTextOfLinksWithinTheDocument(t *testing.T) {
	in := []draft.Inline{{Kind: draft.Link, URL: "#files", Children: run("the files")}, {Kind: draft.Text, Text: ", "}, {Kind: draft.Link, URL: "https://a.example/#b", Children: run("there")}}
	if got, want := plain(in), "the files, there <https://a.example/#b>"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Hundreds of rows of eight columns: no line is wider than the page, whatever the script, and nothing is cut off.
func TestTextOfLargeTables(t *testing.T) {
	for name, last := range map[string]string{"in columns": "dll", "in records": strings.Repeat("0a", 32), "Chinese": "恶意软件的下载程序，会加载其他组件", "Arabic": "برنامج خبيث"} {
		table := &draft.TableData{Align: make([]string, 8), Head: cells("Name", "Size", "Type", "Path", "First", "Last", "By", "Remark")}
		for i := range 229 {
			table.Rows = append(table.Rows, draft.Row{Cells: cells(fmt.Sprintf("f%03d.exe", i), fmt.Sprint(i*977), "PE", `C:\Temp`, "05-01", "11-01", "警察庁", last)})
		}
		e := leastSample()
		e.Blocks = []draft.Block{{Kind: draft.Table, Table: table}}
		got := Text(e)
		for _, line := range strings.Split(got, "\n") {
			if columns(line) > textWidth {
				t.Fatalf("%s: %d columns: %q", name, columns(line), line)
			}
		}
		for i := range 229 {
			if !strings.Contains(got, fmt.Sprintf("f%03d.exe", i)) {
				t.Errorf("%s: row %d is lost", name, i)
			}
		}
		if n := strings.Count(got, "警察庁"); n != 229 {
			t.Errorf("%s: %d rows say who", name, n)
		}
		if inRecords := strings.Contains(got, "  Size: 977\n"); inRecords != (name == "in records") {
			t.Errorf("%s: in records: %v\n%.2000s", name, inRecords, got)
		}
	}
}

func TestTextOfTablesWithoutHeadAndWithRowsOverAllColumns(t *testing.T) {
	long := strings.Repeat("f", 64)
	for want, table := range map[string]*draft.TableData{
		"a  1\n\nAll of them\n\nb  2\n": {Head: cells("", " "), Rows: []draft.Row{{Cells: cells("a", "1")}, {Span: true, Cells: cells("All of them", "")}, {Cells: cells("b", "2")}}},
		"* " + long + "\n  " + long + "\n\n(U) All of them\n\n* b\n": {Head: cells("", ""),
			Rows: []draft.Row{{Cells: cells(long, long)}, {Mark: "(U)", Span: true, Cells: cells("All of them", "")}, {Cells: cells("b", "")}}},
	} {
		table.Align = make([]string, 2)
		e := leastSample()
		e.Blocks = []draft.Block{{Kind: draft.Table, Table: table}}
		if got := Text(e); !strings.Contains(got, "New Zealand.\n\n"+want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
}

func TestColumnsOfATerminal(t *testing.T) {
	for s, want := range map[string]int{"abc": 3, "ā": 1, "a\u0304": 1, "警察": 4, "ﾃｽﾄ": 3, "Ｔ": 2, "برنامج": 6, "😀": 2, "한": 2, "—": 1} {
		if got := columns(s); got != want {
			t.Errorf("%q takes %d columns, want %d", s, got, want)
		}
	}
}

func TestTextShowsCharactersThatTurnDirection(t *testing.T) {
	e := leastSample()
	e.Indicators = []Indicator{{Type: "filename", Value: "invoice\u202efdp.exe"}}
	if got := Text(e); !strings.Contains(got, "invoice<U+202E>fdp.exe") {
		t.Errorf("the file name hides its end:\n%s", got)
	}
}

// Whatever a draft holds, the text is safe in the body of a signed mail (RFC 3156 §5).
func TestTextIsSafeInASignedBody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.OneOf(rapid.String(), rapid.StringMatching(`(From |[a-z ]{0,30}\n|漢字。|\t| ){0,8}`))
		text := func(label string) []draft.Inline {
			return []draft.Inline{{Kind: draft.Text, Text: some.Draw(t, label)}, {Kind: draft.Break}, {Kind: draft.CodeSpan, Text: some.Draw(t, label)}}
		}
		e := leastSample()
		e.Title.Text = some.Draw(t, "title")
		e.Actions = []Line{{Text: some.Draw(t, "action")}}
		e.Blocks = []draft.Block{
			{Kind: draft.Heading, Level: 2, Text: text("heading")},
			{Kind: draft.Paragraph, Quote: 1, Text: text("quote")},
			{Kind: draft.Paragraph, Item: &draft.Item{Depth: 2, Ordered: true, Number: 12}, Text: text("item")},
			{Kind: draft.Code, Code: &draft.CodeData{Lines: []string{some.Draw(t, "code")}}},
			{Kind: draft.Table, Table: &draft.TableData{Align: []string{"", "right"}, Head: cells("a", some.Draw(t, "head")),
				Rows: []draft.Row{{Cells: [][]draft.Inline{text("cell"), text("cell")}}}}},
		}
		e.Indicators = []Indicator{{Type: "user-agent", Value: some.Draw(t, "value"), Note: some.Draw(t, "note")}}
		got := Text(e)
		for _, line := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
			if strings.HasPrefix(line, "From ") || line != strings.TrimRightFunc(line, unicode.IsSpace) {
				t.Fatalf("line %q breaks a signature", line)
			}
		}
		if strings.ContainsAny(got, "\r\x00\x1b\t") || !strings.HasSuffix(got, "\n") {
			t.Fatalf("control characters, or no end of line: %q", got)
		}
	})
}

func TestWrapKeepsNotesWhole(t *testing.T) {
	text := plain([]draft.Inline{{Kind: draft.Text, Text: "One day"}, {Kind: draft.Footnote, Number: 1}})
	if got := strings.Join(wrap(text, 14), "|"); got != "One day|[note\u00a01]" {
		t.Errorf("wrap gives %q", got)
	}
}

func TestWrapKeepsEveryWord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([a-zā漢字。]{1,40} ?){0,12}`).Draw(t, "s")
		width := rapid.IntRange(8, 90).Draw(t, "width")
		lines := wrap(s, width)
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(s, " ", "") {
			t.Fatalf("%q became %q", s, lines)
		}
		for _, l := range lines {
			if columns(l) > width && len(words(l)) > 1 {
				t.Fatalf("%q is wider than %d", l, width)
			}
		}
	})
}

func TestLocalTimesKnowDaylightSaving(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-22T14:00:00Z": "Canberra 23 01:00 Ottawa 22 09:00 London 22 14:00 Wellington 23 03:00 Washington 22 09:00",
		"2026-07-01T14:00:00Z": "Canberra 02 00:00 Ottawa 01 10:00 London 01 15:00 Wellington 02 02:00 Washington 01 10:00",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range LocalTimes(moment) {
			got = append(got, l.Place+" "+l.Time.Format("02 15:04"))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: %s, want %s", at, s, want)
		}
	}
}

func cells(text ...string) [][]draft.Inline {
	var out [][]draft.Inline
	for _, s := range text {
		out = append(out, run(s))
	}
	return out
}

func run(s string) []draft.Inline { return []draft.Inline{{Kind: draft.Text, Text: s}} }

// leastSample has nothing that an edition may lack.
func leastSample() Edition {
	return Edition{
		Nation: pipeline.NZL, Kind: "notice", Precedence: pipeline.Routine, Scheme: "tlp",
		Banner: "TLP:GREEN", TLP: marking.Green, ReleasableTo: []pipeline.Nation{pipeline.NZL},
		Title:  Line{Text: "A notice"},
		Blocks: []draft.Block{{Kind: draft.Paragraph, Mark: "(TLP:GREEN)", Text: run("From here on, nothing.")}},
	}
}

// textSample has something of everything.
func textSample() Edition {
	at := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	note := draft.Inline{Kind: draft.Footnote, Number: 1, Mark: "(U)", Children: run("Counted by the five units from 1 May to 31 October 2026.")}
	return Edition{
		Number: "SA26-326A", Released: at,
		History: []Version{{Version: "1.0", At: at, Change: "release", Summary: "first release"}},
		Nation:  pipeline.NZL, Kind: "bulletin", Precedence: pipeline.Priority, Scheme: "usa",
		Banner: "UNCLASSIFIED//REL TO USA, AUS, NZL//LES", TLP: marking.Amber,
		ReleasableTo: pipeline.Nations(), Originator: pipeline.USA,
		Statements: []string{"LAW ENFORCEMENT SENSITIVE: not for use in legal proceedings without authorisation."},
		Embargo:    at.Add(24 * time.Hour),
		Title:      Line{Mark: "(U)", Text: "Peer-to-peer clients expose case files"},
		Actions:    []Line{{Text: "Search your estate for the client names in the table, those of contractors and of seconded staff included."}, {Mark: "(U)", Text: "Block them."}},
		Glance:     []GlanceLine{{"Who", Line{Text: "Insiders, by mistake"}}, {"Confidence", Line{Text: "High"}}},
		Blocks: []draft.Block{
			{Kind: draft.Heading, Level: 2, Mark: "(U)", Text: run("Summary")},
			{Kind: draft.Paragraph, Mark: "(U)", Text: []draft.Inline{
				{Kind: draft.Text, Text: "Police staff in Ōtautahi and elsewhere shared "},
				{Kind: draft.Strong, Children: run("case files")},
				{Kind: draft.Text, Text: " with the world"}, note, {Kind: draft.Text, Text: "; see "},
				{Kind: draft.Link, URL: "https://example.org/p2p", Children: run("the earlier study")},
				{Kind: draft.Text, Text: " and 警察。"}}},
			{Kind: draft.Paragraph, Quote: 1, Mark: "(U)", Text: run("It was on my own laptop. I never knew that the whole profile was in the shared folder until you called.")},
			{Kind: draft.Heading, Level: 3, Mark: "(U)", Text: run("What to look for")},
			{Kind: draft.Paragraph, Item: &draft.Item{Depth: 1, Ordered: true, List: 1, Number: 1}, Mark: "(U)", Text: run("Look at running processes:")},
			{Kind: draft.Paragraph, Item: &draft.Item{Depth: 2, List: 2}, Mark: "(U)", Text: run("on Windows, those in the table below, whatever the name of the folder that they were started from;")},
			{Kind: draft.Paragraph, Item: &draft.Item{Depth: 2, List: 2}, Mark: "(U)", Text: run("on a Mac likewise.")},
			{Kind: draft.Paragraph, Item: &draft.Item{Depth: 1, Ordered: true, List: 1, Number: 2}, Mark: "(U)", Text: run("Look at the firewall.")},
			{Kind: draft.Paragraph, Item: &draft.Item{Depth: 1, Ordered: true, List: 1}, Continues: true, Text: run("Its log keeps ninety days.")},
			{Kind: draft.Table, Mark: "(U)", Table: &draft.TableData{Align: []string{"", "right", ""}, Head: cells("Client", "Port", "What it shares"),
				Rows: []draft.Row{
					{Cells: cells("Alpha", "4662", "The folder of downloads, and everything beneath it that a person has put there since.")},
					{Mark: "(U//LES)", Cells: cells("Beta", "6881", "The whole profile.")}}}},
			{Kind: draft.Code, Mark: "(U//LES)", Code: &draft.CodeData{Lang: "powershell", Lines: []string{"Get-Process |", "\tWhere-Object Name -in $clients"}}},
			{Kind: draft.Figure, Mark: "(U)", Text: run("How a search finds the folder"), Image: &draft.Image{Name: "search.png"}},
			{Kind: draft.Rule},
		},
		Attack: []Technique{{ID: "T1048.003", Use: "the client's own protocol"}, {Mark: "(U)", ID: "T9999"}},
		Indicators: []Indicator{
			{TLP: marking.Amber, Type: "sha256", Value: strings.Repeat("0a", 32), Confidence: "high", FirstSeen: "2026-05-01", LastSeen: "2026-10-31", Note: "Installer of Alpha"},
			{Mark: "(U//LES)", TLP: marking.Amber, Type: "url", Value: "http://files.example.net/a.exe", FirstSeen: "2026-05-01"}},
		References: []Line{{Text: "Peer-to-peer file sharing, https://example.org/p2p"}},
		Contacts:   []Line{{Text: "Your own unit's desk, at any hour."}},
	}
}

func TestReaderIsToldWhoseCopyItIs(t *testing.T) {
	for _, c := range []struct {
		reader, originator pipeline.Nation
		releasable         []pipeline.Nation
		whose, circulation string
	}{
		{pipeline.GBR, pipeline.USA, pipeline.Nations(), "from the United States · edition for GBR",
			"The bulletin is for AUS CAN GBR NZL USA, each in an edition of its own; this copy is for the United Kingdom."},
		{pipeline.NZL, pipeline.NZL, []pipeline.Nation{pipeline.AUS, pipeline.NZL}, "from New Zealand · edition for NZL",
			"The bulletin is for AUS NZL, each in an edition of its own; this copy is for New Zealand."},
		{pipeline.CAN, "", []pipeline.Nation{pipeline.CAN}, "edition for CAN", "This copy is for Canada."},
	} {
		e := Edition{Nation: c.reader, Originator: c.originator, ReleasableTo: c.releasable}
		if got := e.Whose(); got != c.whose {
			t.Errorf("%s: %q", c.reader, got)
		}
		if got := e.Circulation(); got != c.circulation {
			t.Errorf("%s: %q", c.reader, got)
		}
	}
}
