package draft

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Marks are read in HTML where they are in Markdown.
func TestMarksInHTML(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"paragraph":       {"<p>(U//NF) a</p>", "(U//NF)"},
		"on its own line": {"<p>\n  (U//NF)\n  a\n</p>", "(U//NF)"},
		"in spans":        {"<p><span><font color=red>(U//NF) a</font></span></p>", "(U//NF)"},
		"division":        {"<div class=x>(U//NF) a</div>", "(U//NF)"},
		"heading":         {"<h1>(U//NF) a</h1>", "(U//NF)"},
		"item":            {"<ul><li>(U//NF) a<p>b</ul>", "(U//NF) (U//NF)"},
		"items":           {"<ul><li>(U//NF) a<li>(U) b</ul>", "(U//NF) (U)"},
		"quotation":       {"<blockquote>(U//NF) a<p>b<table><tr><td>c<td>d</table></blockquote>", "(U//NF) (U//NF) (U//NF)[]"},
		"quoted item":     {"<blockquote>(U//NF) a<ul><li>(U) b<table><tr><td>c</table></ul></blockquote>", "(U//NF) (U) (U)[]"},
		"table":           {"<table><tr><td>(U//NF) a<td>b<tr><td>c</table>", "(U//NF)[]"},
		"paragraph in it": {"<table><tr><td><p>(U//NF)</p><p>a</p><td>b</table>", "(U//NF)[]"},
		"row":             {"<table><tr><th>(U) a<tr><td>(U//NF) b<tr><td>c</table>", "(U)[(U//NF) ]"},
		"alone in a cell": {"<table><tr><th>(U)<th>a<tr><td>(U//NF)<td>b</table>", "(U)[(U//NF)]"},
		"caption":         {"<table><caption>(U//NF) a</caption><tr><td>b</table>", "(U//NF) (U//NF)[]"},
		"under a caption": {"<table><caption>a</caption><tr><td>(U//NF) b</table>", "(U//NF) (U//NF)[]"},
		"code":            {"<pre>(U//NF)\na</pre>", "(U//NF)"},
		"picture":         {"<img src=p.png alt='(U//NF) a'>", "(U//NF)"},
		"before one":      {"<p>(U//NF) <img src=p.png alt=a></p>", "(U//NF)"},
		"figure":          {"<figure><img src=p.png alt=a><figcaption>(U//NF) b</figcaption></figure>", "(U//NF)"},
		"TLP before":      {"<p>(TLP:AMBER)(U//NF) a", "(TLP:AMBER)(U//NF)"},
		"in an item":      {"- (U//NF) a\n\n  <table><tr><td>b</table>\n\n  <p>c</p>\n", "(U//NF) (U//NF)[] (U//NF)"},
		"behind a style":  {"<style>a</style>(U//NF) a", "(U//NF)"},
		"in a note":       {"(U) a[^1]\n\n[^1]: <p>(U//NF) b\n", "(U)"},
	} {
		doc, problems := parseText(strings.Replace(usa(c.text+"\n"), "marking", "", 1))
		if doc == nil {
			t.Errorf("%s: %v", name, problems.Err())
			continue
		}
		var got []string
		for _, p := range doc.Portions {
			s := p.Label.Print()
			if p.Block.Table != nil {
				s += "["
				for i, r := range p.Block.Table.Rows {
					if i > 0 && p.Block.Table.Head[0] != nil {
						s += " "
					}
					s += r.Label.Print()
				}
				s += "]"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: got %s, want %s\n%s", name, s, c.want, dump(doc))
		}
	}
}

// None of these goes out under another mark than its author wrote, or without it.
func TestMarksThatHTMLHidesAreRefused(t *testing.T) {
	const m = "(TLP:RED//REL TO CAN)"
	for name, body := range map[string]string{
		"split by a tag":               "(TLP:<b>RED</b>//REL TO CAN) a",
		"split by a placeholder":       "(TLP:<id>RED//REL TO CAN) a",
		"behind a placeholder":         "<id>" + m + " a",
		"a placeholder in HTML":        "<p><id>" + m + " a",
		"a placeholder by itself":      "<id>\n" + m + " a",
		"in a placeholder":             "<id " + m + "> a",
		"split in a paragraph":         "<p>(TLP:<b>RED</b>//REL TO CAN) a",
		"split by a comment":           "<p>(TLP<!-- -->:RED//REL TO CAN) a",
		"an entity":                    "<p>&#40;TLP:RED//REL TO CAN) a",
		"bold":                         "<p><b>" + m + "</b> a",
		"quoted":                       "<p><q>" + m + " a</q>",
		"behind a break":               "a<br>" + m + " b",
		"behind a break in HTML":       "<p>a<br>TLP:RED b",
		"a line":                       "<p>a\n" + m + " b",
		"an item in a cell":            "| a |\n|---|\n| <ul><li>TLP:RED b</li></ul> |",
		"an item in an HTML cell":      "<table><tr><td>x<td>a<ul><li>" + m + " b</ul></table>",
		"a paragraph in a cell":        "<table><tr><td>x<td><p>a<p>" + m + " b</table>",
		"a nested table":               "<table><tr><td>x<td>a<table><tr><td>" + m + " b</table></table>",
		"a later cell":                 "<table><tr><td>a<td>" + m + " b</table>",
		"a style":                      "<style>" + m + "</style>\n\na",
		"a script":                     "a <script>" + m + "</script>",
		"a comment":                    "<p>a<!-- " + m + " -->",
		"an attribute":                 "<p title='" + m + "'>a",
		"an attribute in Markdown":     "<span title='TLP:RED'>a</span>",
		"a class":                      "<p class='" + m + "'>a",
		"a template":                   "<template><p>" + m + " b</template>\n\na",
		"alt inside a paragraph":       "<p>a <img src=p.png alt='" + m + "'>",
		"alt of what is not there":     "<p>a <img alt='" + m + "'>",
		"a picture and its caption":    "<figure><img src=p.png alt='" + m + " b'><figcaption>(TLP:AMBER) a</figcaption></figure>",
		"text behind a paragraph":      "<p>" + m + " a</p> b",
		"text behind a division":       "<p>" + m + " a<div>b</div>c",
		"text behind a list":           "<ul><li>" + m + " a</ul>b",
		"a paragraph behind a list":    "<ul>\n<li>" + m + " a\n\nb\n\n</li>\n</ul>",
		"Markdown in a quotation":      "<blockquote>\n\n" + m + " a\n\nb\n\n</blockquote>",
		"a quotation cut in two":       "<blockquote>" + m + " a\n\nb</blockquote>",
		"a definition":                 "<dl><dt>" + m + " a<dd>b</dl>",
		"a table that does not end":    "<table><tr><td>a<tr><td>" + m + " b\n\n<tr><td>c",
		"a row below":                  "<table><tr><td>a<td>b<tr><td rowspan=2>" + m + " c<td>d<tr><td>e</table>",
		"a tag that does not end":      "<p title=\"a>b</p><p title=\"c>" + m + " d</p>",
		"a style that does not end":    "<style>a\n\nb",
		"a script that does not end":   "a <script>b",
		"an svg that does not end":     "<svg>\n\na",
		"escaped in code":              "<pre>&#40;TLP:RED//REL TO CAN)\na</pre>",
		"two lines of code":            "<pre>a\n" + m + "\nb</pre>",
		"a second mark":                "<p>(TLP:AMBER) <b>" + m + "</b> a",
		"a name and text":              "<p>(TLP:AMBER)<b>//REL TO CAN</b>) a",
		"a list in code":               "<p><code>- " + m + " a</code>",
		"code that does not end":       "a <code>b " + m + " c",
		"code that another tag ends":   "(TLP:AMBER) a<table> b\n<code>- " + m + " c</table> d",
		"behind the end of no tag":     "<tr><p>(TLP:AMBER) a<table> b</p>\n?>" + m + " c",
		"pre that does not end":        "<pre>a\n\n- " + m + " b",
		"a quotation in code":          "<pre>a\n> " + m + " b\n</pre>\n c",
		"text behind a pre":            "<pre>\n" + m + "\na</pre>\nb",
		"text behind a stray tag":      m + " a\n</table> b",
		"text behind a marked row":     "<table><tr><th>a<tr><td>" + m + " b</table> c",
		"text behind a row in an item": "<li>(TLP:AMBER) a <table><tr><th>b<tr><td>" + m + " c</table> d",
		"text in a list and no item":   "<p>" + m + " a<ul> b</ul>",
		"text of the item around":      "<li><table><ul><li>" + m + " a</ul></table> b</li>",
		"text in a table and no row":   "<table><tr><th>a<tr><td>" + m + " b</tr> c</table>",
		"a cell in no row":             "<table><tr><th>a<tr><td>" + m + " b</tr><td>c</table>",
		"a caption of no table":        "<p>" + m + " a<caption> b</p><tr><td>(TLP:AMBER) c",
		"a field that does not end":    "<p>(TLP:AMBER) a<textarea> b</p>\n<table>" + m + " c",
		"a tag before a late mark":     "(TLP:AMBER) a\n<a id=x>TLP:RED b",
		"half a tag before a mark":     "- (TLP:AMBER) a\n<img alt='" + m + " b",
		"a row that widens its table":  "<table><tr><th>a<tr><td>" + m + " b<td>c</table>",
		"a row that widens Markdown":   "| a |\n|---|\n| " + m + " b | c |",
		"a row below of others":        "<table><tr><th>a<th>b<tr><td rowspan=2>" + m + " c<td>d<tr><td>(TLP:AMBER) e</table>",
		"two captions":                 "<table><caption>" + m + " a</caption><caption>(TLP:AMBER) b</caption><tr><td>c</table>",
	} {
		if doc, problems := parseText(tlpRed("(TLP:RED) x\n\n" + body + "\n")); problems.Err() == nil {
			t.Errorf("%s is accepted: %s\n%s", name, body, dump(doc))
		}
	}
}

// What stands in angle brackets and is no element is to be filled in. A browser shows none of it: from a FLASH on
// RagnarLocker the extension .RGNR_<ID> went, and half of a formula.
func TestPlaceholdersStay(t *testing.T) {
	for text, want := range map[string]string{
		".RGNR_<ID>,” where <ID> is a hash":               ".RGNR_<ID>,” where <ID> is a hash",
		"<Guid>-<Name>-<Hash>":                            "<Guid>-<Name>-<Hash>",
		"run `x` as <user name> on <your-server>":         "run x as <user name> on <your-server>",
		"[<time>]|[<date>]|[<num>]":                       "[<time>]|[<date>]|[<num>]",
		"<time datetime='2022'>now</time>":                "now",
		"<PATH>":                                          "<PATH>",
		"<div><PATH>/x <b>bold</b></div>":                 "<PATH>/x bold",
		"**<key>value</key>**":                            "<key>value</key>",
		"| a |\n|---|\n| \\\\<host>\\share |":             "",
		"<b>a</b> <my-icon class='x'>b</my-icon> <Tab/>c": "a b c",
		"<math><mi>x</mi></math> <u>y</u>":                "x y",
	} {
		doc, problems := parseText(tlpRed(text + "\n"))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		block := doc.Portions[0].Block
		if got := Plain(block.Text); got != want {
			t.Errorf("%q is read as %q, want %q", text, got, want)
		}
		if block.Table != nil {
			if got, want := Plain(block.Table.Rows[0].Cells[0]), `\<host>\share`; got != want {
				t.Errorf("the cell is %q, want %q", got, want)
			}
		}
	}
}

// What has a mark of its own, or none near it, is no reason to refuse HTML.
func TestHTMLThatIsFine(t *testing.T) {
	for _, body := range []string{
		"<ul><li>(TLP:RED//REL TO CAN) a<li>b</ul>",
		"<p>(TLP:RED//REL TO CAN) a</p>\n\nb",
		"<p>(TLP:RED//REL TO CAN) a</p><p>(TLP:RED) b</p>",
		"<p class='tlp-amber'>a</p>",
		"<blockquote>\n\na\n\nb\n\n</blockquote>",
		"<p>a<br>b <code>(TLP:RED)</code>",
		"</div></td></table></p></li>\n\ntext",
	} {
		if _, problems := parseText(tlpRed("(TLP:RED) x\n\n" + body + "\n")); problems.Err() != nil {
			t.Errorf("%s: %v", body, problems.Err())
		}
	}
	if doc, problems := parseText(tlp("<table><tr><td>a<td>b\n\n<tr><td>c<td>d")); doc == nil || len(doc.Portions) != 2 {
		t.Errorf("a table that does not end: %v", problems)
	}
}

func TestNamesInHTMLAreAnchors(t *testing.T) {
	doc, problems := parseText(tlp("<a id=\"one\"></a>\n\n# Heading <a name=\"two\"></a>\n\n<table id=t><tr id=r><td>x</table>\n\n<a name='a b'></a>y\n"))
	if doc == nil {
		t.Fatal(problems.Err())
	}
	var got []string
	for _, p := range doc.Portions {
		got = append(got, strings.Join(p.Block.Anchors, ","))
	}
	if s := strings.Join(got, " "); s != "one,two t,r " {
		t.Errorf("got %q", s)
	}
}

// However large or odd: no panic, no stack that overflows, and no work that grows faster than the text.
func TestHugeHTML(t *testing.T) {
	lines := func(s string, n int) string { return strings.Repeat(s+"\n", n) }
	for name, text := range map[string]string{
		"nested divisions":   lines(strings.Repeat("<div>", 10), 4_000),
		"nested, closed":     lines(strings.Repeat("<div>", 10), 2_000) + "x" + lines(strings.Repeat("</div>", 10), 2_000),
		"nested tables":      lines(strings.Repeat("<table><tr><td>", 5), 5_000),
		"nested lists":       lines(strings.Repeat("<ul><li>", 5), 5_000),
		"unclosed tables":    strings.Repeat("<table>\n\n", 10_000),
		"unclosed comments":  strings.Repeat("<!-- <table>\n\n", 10_000),
		"cells":              lines(strings.Repeat("<td>", 10), 10_000),
		"rows":               "<table>" + lines(strings.Repeat("<tr><td>a", 10), 4_000) + "</table>",
		"wide cells":         "<table>" + lines("<tr><td colspan=1000000 rowspan=1000000>a<td>b", 5_000) + "</table>",
		"full and narrow":    "<table><tr>" + strings.Repeat("<td>a", 64) + lines("<tr><td>b", 20_000) + "</table>",
		"inline, unclosed":   "x " + lines(strings.Repeat("<b>", 20), 2_500),
		"inline, stray ends": "x " + lines(strings.Repeat("<span>a", 10)+"</b>", 5_000),
		"text and tags":      "<p>" + lines(strings.Repeat("a<i>b</i>", 10), 4_000),
		"attributes":         "<p " + lines("a=b", 20_000) + ">x",
	} {
		doc, problems := parseText(tlp(text + "\n"))
		if doc == nil && problems.Err() == nil {
			t.Errorf("%s: no document and no error", name)
		}
	}
}

// A table or a list says the same in HTML as in Markdown.
func TestHTMLIsWhatMarkdownIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := anyScheme().Draw(t, "scheme")
		mark := func(what string) string { return rapid.SampledFrom(good[scheme]).Draw(t, what) }
		word := rapid.StringMatching(`[a-zéā中]{1,8}( \*[a-z]{1,4}\*)?`)
		space := func() string { return rapid.SampledFrom([]string{"", "\n", "\n\t\t", "\n\n      "}).Draw(t, "space") }
		var markdown, html strings.Builder
		if rapid.Bool().Draw(t, "table") {
			columns := rapid.IntRange(1, 4).Draw(t, "columns")
			html.WriteString("<table>")
			for i := range rapid.IntRange(1, 5).Draw(t, "rows") {
				html.WriteString(space() + "<tr>")
				for c := range columns {
					text := word.Draw(t, "cell")
					if c == 0 {
						text = strings.TrimSpace(mark("row") + " " + text)
					}
					tag := "td"
					if i == 0 {
						tag = "th"
					}
					markdown.WriteString("| " + text + " ")
					fmt.Fprintf(&html, "%s<%s>%s%s", space(), tag, inHTML(text), rapid.SampledFrom([]string{"", "</" + tag + ">", "\n<br>"}).Draw(t, "end"))
				}
				markdown.WriteString("|\n")
				if i == 0 {
					markdown.WriteString(strings.Repeat("|---", columns) + "|\n")
				}
			}
			html.WriteString("</table>")
		} else {
			html.WriteString("<ul>")
			for range rapid.IntRange(1, 5).Draw(t, "items") {
				text := strings.TrimSpace(mark("item") + " " + word.Draw(t, "text"))
				markdown.WriteString("- " + text + "\n")
				fmt.Fprintf(&html, "%s<li>%s%s", space(), space(), inHTML(text))
				if rapid.Bool().Draw(t, "inner") {
					text := strings.TrimSpace(mark("inner item") + " " + word.Draw(t, "inner text"))
					markdown.WriteString("  - " + text + "\n")
					fmt.Fprintf(&html, "<ul>%s<li>%s</ul>", space(), inHTML(text))
				}
			}
			html.WriteString("</ul>")
		}
		written := portionsOf(head(scheme) + markdown.String())
		if got := portionsOf(head(scheme) + html.String() + "\n"); got != written {
			t.Fatalf("HTML\n%s\nsays\n%s\nMarkdown\n%s\nsays\n%s", html.String(), got, markdown.String(), written)
		}
	})
}

func inHTML(s string) string {
	for strings.Contains(s, "*") {
		s = strings.Replace(strings.Replace(s, "*", "<i>", 1), "*", "</i>", 1)
	}
	return s
}

// portionsOf is what a draft says, without where; of a draft with errors only that.
func portionsOf(text string) string {
	doc, problems := parseText(text)
	if doc == nil {
		return "refused: " + fmt.Sprint(slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error }))
	}
	var out strings.Builder
	for _, p := range doc.Portions {
		out.WriteString(describeBlock(p) + dumpBlock(p.Block) + "\n")
	}
	return out.String()
}

// However tags stand around it, what follows a mark goes where the mark lets it, or nowhere. Code is left out: in it a mark that is not
// the first thing is none, as in Markdown.
func TestHTMLTakesNothingFromUnderItsMark(t *testing.T) {
	const secret = "(TLP:RED//REL TO CAN) secret"
	pieces := []string{secret, secret, "\n", "\n\n", "\n\n", " ", "word", "> ", "- ", "    ", "<p>", "</p>", "<div>", "</div>", "<br>", "<b>", "</b>", "<span>", "</span>",
		"<ul>", "<li>", "</ul>", "<ol>", "</ol>", "<blockquote>", "</blockquote>", "<table>", "<caption>", "</caption>", "<tr>", "<td>", "<td rowspan=2>", "<th colspan=2>", "</td>", "</tr>", "</table>",
		"<h2>", "</h2>", "<dl><dt>", "<dd>", "</dl>", "<details><summary>", "</summary>", "</details>", "<!-- c -->", "<style>", "</style>", "<svg>", "</svg>", "<q>", "</q>", "<a href=x>", "</a>", "&nbsp;",
		"<figure><figcaption>", "</figcaption></figure>", "<img src=p.png alt='a'>", "\n\n| a | b |\n|---|---|\n| c | ", " |\n\n"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 2, 25).Draw(t, "pieces"), "")
		doc, _ := parseText(tlpRed("(TLP:RED) first\n\n" + text + "\n"))
		if doc == nil {
			return
		}
		narrow := func(l Label) bool { return strings.Contains(l.Print(), "REL TO CAN") }
		for _, l := range doc.Labels() {
			if strings.Contains(l.Text, "secret") && !narrow(l.Label) && !narrow(l.Of) {
				t.Fatalf("%s %q has the label %q\n%s\n%s", l.What, l.Text, l.Label.Print(), text, dump(doc))
			}
		}
		for _, p := range doc.Portions {
			if tab := p.Block.Table; tab != nil && strings.Contains((Row{Cells: tab.Head}).text(), "secret") && !narrow(p.Label) {
				t.Fatalf("a head has the label %q\n%s\n%s", p.Label.Print(), text, dump(doc))
			}
		}
	})
}
