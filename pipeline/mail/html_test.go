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
		"22 November 2026 14:00 UTC · version 1.0 · from the United States · edition for NZL",
		"The bulletin is for GBR NZL USA, each in an edition of its own; this copy is for New Zealand.", "23 November 03:00 (UTC&#43;13:00) in Wellington",
		"(U//LES)", "Ngā pirihimana", "read this (https://example.net/x)", "[note 1]", "A note.", "3. ",
		"<span class=\"mark\">(U)</span> one</td><td style=\"text-align: right\" data-name=\"B\">two</td>", "As of 22 November 2026", "hxxp://evil[.]example[.]net/a.exe",
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
	order := []string{"Actions to take today", "At a glance", `<h2>Handling</h2>
<p>LAW ENFORCEMENT SENSITIVE</p>`, "Summary"}
	for i := 1; i < len(order); i++ {
		if before, after := strings.Index(got, order[i-1]), strings.Index(got, order[i]); before < 0 || after < before {
			t.Errorf("%q at %d, %q at %d", order[i-1], before, order[i], after)
		}
	}
	if tables, cards := strings.Count(got, "<table>"), strings.Count(got, `<div class="wide cards`); tables != cards || tables != 4 {
		t.Errorf("%d tables, %d of them become cards", tables, cards)
	}
	if !strings.Contains(got, "@media (max-width: 640px)") {
		t.Error("nothing is made for narrow screens")
	}
}

func TestHTMLOfADraftHasNoVersion(t *testing.T) {
	e := testEdition()
	e.History, e.Originator = nil, ""
	if got := page1(t, e); !strings.Contains(got, "14:00 UTC · edition for NZL<br>") {
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

// Nothing loads, runs or can be clicked, whatever the edition holds.
func TestHTMLIsInert(t *testing.T) {
	e := testEdition()
	hostile := `"><img src=http://evil.example/x><script>alert(1)</script><a href="http://evil.example">`
	e.Title.Text, e.Banner, e.Statements = hostile, hostile, []string{hostile}
	e.Contacts = []edition.Line{{Mark: hostile, Text: hostile}}
	e.Indicators = []edition.Indicator{{Type: "url", Value: "javascript:alert(1)", Note: hostile}}
	link := draft.Inline{Kind: draft.Link, URL: "http://evil.example/", Children: []draft.Inline{{Kind: draft.Text, Text: hostile}}}
	picture := draft.Inline{Kind: draft.Picture, Image: &draft.Image{Name: hostile}, Children: []draft.Inline{link}}
	name := [][]draft.Inline{{link}, {{Kind: draft.Text, Text: hostile}}}
	e.Blocks = []draft.Block{{Kind: draft.Paragraph, Mark: hostile, Text: []draft.Inline{link, picture}},
		{Kind: draft.Table, Table: &draft.TableData{Head: name, Rows: []draft.Row{{Mark: hostile, Cells: name}}}}}
	got := strings.ToLower(page1(t, e))
	names := regexp.MustCompile(` data-name="[^"]*"`) // escaped text, which a style sheet shows as text
	for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(got, -1) {
		tag = names.ReplaceAllString(tag, "")
		if regexp.MustCompile(`^<(script|img|iframe|object|embed|link|a|form|svg|video|base)\b|http|src=|href=|url\(|@import|\son[a-z]+=`).MatchString(tag) {
			t.Errorf("HTML holds %s", tag)
		}
	}
	if style := regexp.MustCompile(`(?s)<style>.*</style>`).FindString(got); strings.Contains(style, "url(") || strings.Contains(style, "@import") {
		t.Error("the style sheet loads something")
	}
}

func TestHTMLShowsTheReadersClock(t *testing.T) {
	for nation, want := range map[pipeline.Nation]string{
		pipeline.AUS: "23 November 01:00 (UTC&#43;11:00)", pipeline.CAN: "22 November 09:00 (UTC-05:00)",
		pipeline.GBR: "22 November 14:00 (UTC&#43;00:00)", pipeline.USA: "22 November 09:00 (UTC-05:00)",
	} {
		e := testEdition()
		e.Nation = nation
		if got := page1(t, e); !strings.Contains(got, want) {
			t.Errorf("%s: HTML lacks %q", nation, want)
		}
	}
}
