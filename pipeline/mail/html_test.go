package mail

import (
	"regexp"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

func page1(t *testing.T, e edition.Edition) string {
	t.Helper()
	b, err := renderHTML(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestHTMLSaysWhatTheEditionSays(t *testing.T) {
	got := page1(t, testEdition())
	for _, want := range []string{
		"TLP:AMBER", "color: #FFC000", "SA26-326A", "Peer-to-peer clients expose case files",
		"Released 22 November 2026 14:00 UTC<br>23 November 2026 03:00 NZDT (UTC&#43;13:00, Wellington)<br>version 1.0 · from the United States · edition for NZL</p>",
		"The bulletin is for GBR NZL USA, each in an edition of its own; this copy is for New Zealand.",
		"(U//LES)", "Ngā pirihimana", "read this (https://example.net/x)", "[note&nbsp;1]", "A note.", "<ol>\n<li value=\"3\">third</li>\n</ol>",
		"<bdi class=\"mark\">(U)</bdi> one</td><td style=\"text-align: right\" data-name=\"B\">two</td>", "As of 22 November 2026", "hxxp://evil[.]example[.]net/a.exe",
		"T1048 Exfiltration Over Alternative Protocol", "How it spreads", "LAW ENFORCEMENT SENSITIVE",
		"&lt;the client&gt;", "&lt;/pre&gt;&lt;script&gt;", "desk@police.example.nz", "first release",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("HTML lacks %q", want)
		}
	}
}

// A duty officer opens the mail on a phone: what to do comes before the notices of the marking, and a
// row of a table becomes a card in which each cell says what it is.
func TestHTMLIsForPhonesToo(t *testing.T) {
	got := page1(t, testEdition())
	order := []string{"Actions to take today", "At a glance", "LAW ENFORCEMENT SENSITIVE", "Summary"}
	for i := 1; i < len(order); i++ {
		if before, after := strings.Index(got, order[i-1]), strings.Index(got, order[i]); before < 0 || after < before {
			t.Errorf("%q at %d, %q at %d", order[i-1], before, order[i], after)
		}
	}
	if tables, cards := strings.Count(got, "<table>"), strings.Count(got, `<div class="wide cards`); tables != 4 || cards != 3 {
		t.Errorf("%d tables, %d of them become cards; one has two columns, which a phone has room for", tables, cards)
	}
	if !strings.Contains(got, "@media (max-width: 640px)") {
		t.Error("nothing is made for narrow screens")
	}
}

func TestHTMLOfADraftHasNoVersion(t *testing.T) {
	e := testEdition()
	e.History, e.Originator = nil, ""
	if got := page1(t, e); !strings.Contains(got, "Wellington)<br>edition for NZL</p>") {
		t.Error("the line under the title is not what is known of a draft")
	}
}

func TestHTMLBannerIsFirstAndLast(t *testing.T) {
	e := testEdition()
	visible := regexp.MustCompile(`(?s)<head>.*</head>|<[^>]*>`).ReplaceAllString(page1(t, e), "")
	visible = strings.TrimSpace(visible)
	if !strings.HasPrefix(visible, e.Banner) || !strings.HasSuffix(visible, e.Banner) {
		t.Errorf("HTML begins %.60q and ends %q", visible, visible[max(0, len(visible)-60):])
	}
}

func TestHTMLDoesNotRepeatALabelThatIsTheBanner(t *testing.T) {
	e := testEdition()
	e.Scheme, e.Banner = "tlp", "TLP:AMBER"
	got := page1(t, e)
	if n := strings.Count(got, ">TLP:AMBER<"); n != 2 {
		t.Errorf("the label stands %d times, want first and last", n)
	}
	if strings.Contains(got, `<p class="banner"`) {
		t.Error("a banner stands beside the label that it is")
	}
}

func TestHTMLShowsTheReadersClock(t *testing.T) {
	for nation, want := range map[pipeline.Nation]string{
		pipeline.AUS: "23 November 2026 01:00 AEDT (UTC&#43;11:00, Canberra)", pipeline.CAN: "22 November 2026 09:00 EST (UTC-05:00, Ottawa)",
		pipeline.GBR: "22 November 2026 14:00 GMT (UTC&#43;00:00, London)", pipeline.USA: "22 November 2026 09:00 EST (UTC-05:00, Washington)",
	} {
		e := testEdition()
		e.Nation = nation
		// The release, and the line of the history.
		if got := page1(t, e); strings.Count(got, want) != 2 {
			t.Errorf("%s: %q stands %d times", nation, want, strings.Count(got, want))
		}
	}
}

func TestHTMLOfHardContent(t *testing.T) {
	got := page1(t, hardEdition())
	for _, want := range []string{
		`<html lang="fr-CA">`, `10<sup>6</sup>`, `CO<sub>2</sub>`, `<h2 id="b-p1"><bdi class="mark">(U)</bdi> Summary</h2>`,
		`<h3 id="b-p17" dir="ltr">Indicators by file</h3>`, `<a href="#b-p17">the files</a>`, `, a place that is withheld and the portal <span class="long">(https://portal.police`,
		`<sup><a href="#b-n1" id="b-r1">[note&nbsp;1]</a></sup>`, `<sup><a href="#b-n1">[note&nbsp;1]</a></sup>`, `<p class="item" id="b-n1" dir="ltr"><a href="#b-r1">`,
		`<p dir="rtl"><bdi class="mark">(U)</bdi> تم`, `<table><tbody>`, `<td class="span" colspan="8" dir="ltr">`, `<span class="long">e3b0c442`,
		`<li value="120" dir="ltr">A hundred`, "<pre dir=\"ltr\">\n\nGet-ChildItem", "map.png",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("HTML lacks %s", want)
		}
	}
}

// What runs from left to right within an item that runs the other way says so, and a quotation has its bar where its
// lines begin; a mail in which nothing turns needs no word about it.
func TestHTMLDirections(t *testing.T) {
	e := plainEdition()
	item := func(depth, list int, text string) draft.Block {
		return draft.Block{Kind: draft.Paragraph, Item: &draft.Item{Depth: depth, List: list}, Text: run1(text)}
	}
	e.Blocks = []draft.Block{item(1, 1, "Isolate it"), item(2, 2, "now")}
	if got := page1(t, e); strings.Contains(got, `dir="ltr"`) {
		t.Error("what nothing has turned says that it runs from left to right")
	}
	e.Blocks = []draft.Block{item(1, 1, "عزل"), item(2, 2, "Isolate it (now)."), item(2, 2, "2026"), {Kind: draft.Paragraph, Quote: 1, Text: run1("عزل")}}
	got := page1(t, e)
	for _, want := range []string{"<ul>\n<li dir=\"rtl\">عزل\n<ul>\n<li dir=\"ltr\">Isolate it (now).</li>\n<li>2026</li>", "<blockquote dir=\"rtl\">\n<p dir=\"rtl\">"} {
		if !strings.Contains(got, want) {
			t.Errorf("HTML lacks %s", want)
		}
	}
}
