package mail

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// mayStand are the elements of the HTML part and their attributes. Nothing in it loads, runs, posts or leads elsewhere.
var mayStand = map[string][]string{
	"html": {"lang"}, "head": nil, "meta": {"charset", "name", "content"}, "title": nil, "style": nil, "body": nil, "main": nil,
	"p": {"class", "style", "id", "dir"}, "h1": {"dir"}, "h2": {"id", "dir"}, "h3": {"id", "dir"}, "h4": {"id", "dir"},
	"div": {"class", "id", "dir"}, "ul": nil, "ol": {"class"}, "li": {"class", "value", "id", "dir"}, "blockquote": {"dir"}, "pre": {"dir"},
	"table": nil, "thead": nil, "tbody": nil, "tr": nil, "th": {"scope", "style", "dir"}, "td": {"class", "style", "dir", "data-name", "colspan"},
	"a": {"href", "id"}, "span": {"class"}, "bdi": {"class"}, "strong": {"style"}, "em": nil, "s": nil, "code": nil, "sup": nil, "sub": nil, "br": nil, "hr": {"id", "dir"},
}

// checkInert reads the page as a browser would.
func checkInert(t rapid.TB, page []byte) {
	root, err := html.Parse(strings.NewReader(string(page)))
	if err != nil {
		t.Fatal(err)
	}
	ids, led := map[string]bool{}, map[string]bool{}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			t.Fatalf("a comment: %q", n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		attributes, may := mayStand[n.Data]
		if !may {
			t.Fatalf("element %s must not stand in a mail", n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(attributes, a.Key) {
				t.Fatalf("attribute %s of %s must not stand in a mail", a.Key, n.Data)
			}
			switch a.Key {
			case "id":
				if ids[a.Val] || !ownID(a.Val) {
					t.Fatalf("id %q stands twice, or is not ours", a.Val)
				}
				ids[a.Val] = true
			case "href":
				led[strings.TrimPrefix(a.Val, "#")] = true
			case "style":
				if !ownStyle(a.Val) {
					t.Fatalf("style %q is not ours", a.Val)
				}
			case "class", "scope", "dir", "lang":
				if strings.Trim(a.Val, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789- ") != "" {
					t.Fatalf("%s=%q", a.Key, a.Val)
				}
			}
		}
	}
	for id := range led {
		if !ids[id] {
			t.Fatalf("a link leads to %q, which is not there", id)
		}
	}
}

func ownID(id string) bool {
	var kind rune
	var n int
	_, err := fmt.Sscanf(id, "b-%c%d", &kind, &n)
	return err == nil && strings.ContainsRune("pnr", kind) && id == fmt.Sprintf("b-%c%d", kind, n)
}

func ownStyle(style string) bool {
	for part := range strings.SplitSeq(style, "; ") {
		name, value, _ := strings.Cut(part, ": ")
		if !slices.Contains([]string{"color", "text-align", "font-size"}, name) || strings.ContainsAny(value, `(\/"'<`) {
			return false
		}
	}
	return true
}

// The style sheet is the template's own, whatever the edition holds, and loads nothing.
func TestStyleSheetIsOfTheTemplateAlone(t *testing.T) {
	sheet := func(e edition.Edition) string {
		_, after, _ := strings.Cut(page1(t, e), "<style>")
		style, _, _ := strings.Cut(after, "</style>")
		return style
	}
	style := sheet(testEdition())
	if style != sheet(hardEdition()) || len(style) < 1000 {
		t.Error("the style sheet depends on the edition")
	}
	for _, loads := range []string{"url(", "@import", "@font-face", "expression", "http", "src:", "image("} {
		if strings.Contains(style, loads) {
			t.Errorf("the style sheet holds %s", loads)
		}
	}
}

func TestHardEditionIsInert(t *testing.T) { checkInert(t, []byte(page1(t, hardEdition()))) }

// Whatever stands in any field of an edition, the page has the template's elements and attributes and no others; no
// character turns the direction of what follows it unseen.
func TestHTMLIsInertProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawnEdition(t)
		page, err := renderHTML(e)
		if err != nil {
			t.Fatal(err)
		}
		checkInert(t, page)
		if strings.ContainsAny(string(page), "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
			t.Fatal("a character turns the direction of what follows")
		}
	})
}

// hostile is what somebody might write who wants a mail reader to do something.
var hostile = rapid.OneOf(rapid.SampledFrom([]string{
	`"><img src=http://evil.example/x>`, `<script>alert(1)</script>`, `</style><script>x</script>`, `<a href="http://evil.example">`,
	`' onmouseover='alert(1)`, `" style="background:url(http://evil.example)`, `javascript:alert(1)`, `expression(alert(1))`, `</pre></td></table><iframe>`,
	`<!-- -->`, `--><svg onload=alert(1)>`, `]]>`, "&#60;b&#62;", `{{.}}`, "#b-p1", "#summary", "summary", "b-n1", "http://evil.example/", "data:text/html,x",
	"invoice\u202efdp.exe", "عاجل \u2067", "", "a b", "<U+202E>", "red; } * { color: red", "1", strings.Repeat("f", 70),
}), rapid.String())

// drawnEdition has something hostile in each of its fields.
func drawnEdition(t *rapid.T) edition.Edition {
	s := func() string { return hostile.Draw(t, "s") }
	line := func() edition.Line { return edition.Line{Mark: s(), Text: s()} }
	e := testEdition()
	e.Nation = rapid.SampledFrom(pipeline.Nations()).Draw(t, "nation")
	e.Number, e.Kind, e.Precedence, e.Scheme, e.Banner = s(), pipeline.Kind(s()), pipeline.Precedence(s()), s(), s()
	e.Equivalent, e.Language, e.Title, e.Correction = s(), s(), line(), line()
	e.Originator = pipeline.Nation(s())
	e.Embargo = testDate
	e.History = append(e.History, edition.Version{Version: s(), At: testDate, Change: rapid.SampledFrom([]string{edition.ChangeContent, edition.ChangeWithdrawal, s()}).Draw(t, "change"), Summary: s()})
	e.Statements, e.Actions, e.References, e.Contacts = []string{s()}, []edition.Line{line()}, []edition.Line{line()}, []edition.Line{line()}
	e.Glance = []edition.GlanceLine{{Name: s(), Line: line()}}
	e.Attack = []edition.Technique{{Mark: s(), ID: s(), Use: s()}}
	e.Indicators = []edition.Indicator{{Mark: s(), Type: rapid.SampledFrom([]string{"url", "ipv4", "yara", s()}).Draw(t, "type"), Value: s(), FirstSeen: s(), LastSeen: s(), Confidence: s(), Note: s()}}
	e.Attachments = []edition.Attachment{{Mark: s(), Name: s(), About: s(), Digest: pipeline.Digest(s())}}
	e.Blocks = nil
	for range rapid.IntRange(0, 8).Draw(t, "blocks") {
		e.Blocks = append(e.Blocks, drawnBlock(t))
	}
	return e
}

func drawnBlock(t *rapid.T) draft.Block {
	s := func() string { return hostile.Draw(t, "s") }
	b := draft.Block{
		Kind: rapid.SampledFrom([]draft.BlockKind{draft.Heading, draft.Paragraph, draft.Table, draft.Code, draft.Figure, draft.Rule}).Draw(t, "kind"),
		Mark: s(), Continues: rapid.Bool().Draw(t, "continues"), Level: rapid.IntRange(1, 6).Draw(t, "level"),
		Quote: rapid.IntRange(0, 3).Draw(t, "quote"), Anchors: []string{s(), s()},
		Text: drawnInlines(t, 2), Code: &draft.CodeData{Lang: s(), Lines: []string{s(), s()}}, Image: &draft.Image{Name: s()},
		Table: &draft.TableData{Align: []string{s(), "center", "right"}, Head: [][]draft.Inline{drawnInlines(t, 1), drawnInlines(t, 1), nil},
			Rows: []draft.Row{{Mark: s(), Span: rapid.Bool().Draw(t, "span"), Cells: [][]draft.Inline{drawnInlines(t, 2), nil, drawnInlines(t, 1)}}}},
	}
	if rapid.Bool().Draw(t, "item") {
		b.Item = &draft.Item{Depth: rapid.IntRange(1, 4).Draw(t, "depth"), Ordered: rapid.Bool().Draw(t, "ordered"), List: rapid.IntRange(1, 3).Draw(t, "list"), Number: rapid.IntRange(0, 200).Draw(t, "number")}
	}
	return b
}

func drawnInlines(t *rapid.T, depth int) []draft.Inline {
	kinds := []draft.InlineKind{draft.Text, draft.CodeSpan, draft.Break}
	if depth > 0 {
		kinds = append(kinds, draft.Emph, draft.Strong, draft.Strike, draft.Super, draft.Sub, draft.Link, draft.Footnote, draft.Picture)
	}
	var out []draft.Inline
	for range rapid.IntRange(0, 3).Draw(t, "inlines") {
		i := draft.Inline{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		switch i.Kind {
		case draft.Text, draft.CodeSpan:
			i.Text = hostile.Draw(t, "text")
		case draft.Break:
		default:
			i.URL, i.Number, i.Mark = hostile.Draw(t, "url"), rapid.IntRange(1, 3).Draw(t, "number"), hostile.Draw(t, "mark")
			i.Image = &draft.Image{Name: hostile.Draw(t, "image")}
			i.Children = drawnInlines(t, depth-1)
		}
		out = append(out, i)
	}
	return out
}
