package advisory

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/table"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// readHTML takes the text of a page: its main part, without what surrounds it on a web site.
func readHTML(p *proposal, s string) error {
	root, err := html.Parse(strings.NewReader(s))
	if err != nil { // its elements stand too deep in each other
		return refuse("save it as plain text, and import that", "the HTML cannot be read: %v", err)
	}
	page := page{p: p}
	page.head(root)
	main := mainPart(root)
	page.tidy(main)
	p.plain = plainText(root)
	md, err := markdownOf(main)
	if err != nil {
		return refuse("save it as plain text, and import that", "the HTML cannot be written as Markdown: %v", err)
	}
	lines := strings.Split(md, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" {
			lines[i] = ""
		}
	}
	if at, title := firstHeading(lines); at >= 0 {
		p.title = title
		lines[at] = ""
	}
	if p.title == "" {
		p.title = firstText(lines)
	}
	p.body = strings.Trim(strings.Join(p.markdownReferences(lines), "\n"), "\n") + "\n"
	return nil
}

// page is a web page on its way to a draft.
type page struct {
	p    *proposal
	base *url.URL // where it was published, if it says so
}

// head reads what a page says of itself.
func (g *page) head(root *html.Node) {
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.DataAtom == atom.Html:
			g.p.language = languageTag(attr(n, "lang"))
		case n.DataAtom == atom.Title && g.p.title == "":
			g.p.title = oneLine(plainText(n))
		case n.DataAtom == atom.Base, n.DataAtom == atom.Link && strings.EqualFold(attr(n, "rel"), "canonical"):
			if u, err := url.Parse(attr(n, "href")); err == nil && u.IsAbs() && g.base == nil {
				g.base = u
			}
		case n.DataAtom == atom.Meta && (attr(n, "property") == "article:published_time" || strings.EqualFold(attr(n, "name"), "date")):
			g.p.date = attr(n, "content")
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// mainPart is the part of a page that holds its text: article or main, if there is one, else the body.
func mainPart(root *html.Node) *html.Node {
	var body *html.Node
	var articles, mains []*html.Node
	for n := range root.Descendants() {
		switch {
		case n.Type != html.ElementNode:
		case n.DataAtom == atom.Body:
			body = n
		case n.DataAtom == atom.Main || attr(n, "role") == "main":
			mains = append(mains, n)
		case n.DataAtom == atom.Article:
			articles = append(articles, n)
		}
	}
	switch {
	case len(mains) == 1:
		return mains[0]
	case len(articles) == 1:
		return articles[0]
	case body != nil:
		return body
	}
	return root
}

// unread are the elements that hold no text of an advisory.
var unread = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Noscript: true, atom.Template: true, atom.Iframe: true, atom.Object: true, atom.Embed: true,
	atom.Nav: true, atom.Footer: true, atom.Form: true, atom.Button: true, atom.Input: true, atom.Textarea: true, atom.Select: true,
	atom.Svg: true, atom.Audio: true, atom.Video: true, atom.Canvas: true, atom.Head: true,
}

// plainText is the text below a node, a line for each block.
func plainText(root *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) { // as deep as the parser lets elements stand in each other: 512
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode && (n.DataAtom == atom.Script || n.DataAtom == atom.Style):
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		if n.Type == html.ElementNode && !inlineElement[n.DataAtom] {
			b.WriteByte('\n')
		}
	}
	walk(root)
	return b.String()
}

var inlineElement = map[atom.Atom]bool{
	atom.A: true, atom.B: true, atom.Strong: true, atom.I: true, atom.Em: true, atom.Span: true, atom.Code: true, atom.U: true,
	atom.Sup: true, atom.Sub: true, atom.Small: true, atom.Font: true, atom.Abbr: true, atom.Mark: true,
}

// tidy takes out what no reader reads, and makes text of what nobody fetches.
func (g *page) tidy(root *html.Node) {
	var elements []*html.Node
	for n := range root.Descendants() {
		elements = append(elements, n)
	}
	relative := 0
	for _, n := range elements {
		switch {
		case n.Type == html.CommentNode || n.Type == html.ElementNode && unread[n.DataAtom]:
			remove(n)
		case n.Type != html.ElementNode:
		case n.DataAtom == atom.Img:
			g.picture(n)
		case n.DataAtom == atom.A:
			relative += g.link(n)
		}
	}
	if relative > 0 {
		g.p.note("%d links lead to places in the page or beside it: their text was kept, their addresses were not", relative)
	}
}

func remove(n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
}

// picture puts a picture's text in its place, as a link to it.
func (g *page) picture(n *html.Node) {
	if n.Parent == nil {
		return
	}
	source, text := g.absolute(attr(n, "src")), "Picture"
	if alt := oneLine(attr(n, "alt")); alt != "" {
		text += ": " + alt
	}
	g.p.note("picture not taken over: %s", firstCharacters(oneLine(source), 100))
	stand := &html.Node{Type: html.TextNode, Data: text}
	if webAddress(source) {
		link := &html.Node{Type: html.ElementNode, Data: "a", DataAtom: atom.A, Attr: []html.Attribute{{Key: "href", Val: source}}}
		link.AppendChild(stand)
		stand = link
	}
	for up := n.Parent; up != nil; up = up.Parent {
		if up.DataAtom == atom.A && stand.Type == html.ElementNode { // a link stands in no link
			stand = &html.Node{Type: html.TextNode, Data: text}
		}
	}
	n.Parent.InsertBefore(stand, n)
	n.Parent.RemoveChild(n)
}

// link keeps a link that a reader of a bulletin can follow, and of another its text. It returns how many lost their address.
func (g *page) link(n *html.Node) int {
	href := strings.TrimSpace(attr(n, "href"))
	n.Attr = nil
	if !strings.HasPrefix(href, "#") {
		if absolute := g.absolute(href); webAddress(absolute) {
			n.Attr = []html.Attribute{{Key: "href", Val: absolute}}
			return 0
		}
	}
	n.Data, n.DataAtom = "span", atom.Span
	if href == "" {
		return 0
	}
	return 1
}

// absolute completes an address by where the page was published; it stays as it is if the page does not say.
func (g *page) absolute(href string) string {
	u, err := url.Parse(href)
	if err != nil || g.base == nil {
		return href
	}
	return g.base.ResolveReference(u).String()
}

// markdownOf writes a part of a page as Markdown.
func markdownOf(n *html.Node) (string, error) {
	conv := converter.NewConverter(converter.WithPlugins(
		base.NewBasePlugin(),
		commonmark.NewCommonmarkPlugin(commonmark.WithListEndComment(false), commonmark.WithLinkEmptyContentBehavior("skip")),
		strikethrough.NewStrikethroughPlugin(),
		table.NewTablePlugin(table.WithCellPaddingBehavior(table.CellPaddingBehaviorMinimal)),
	))
	// A table of Markdown has no cells over several columns and no blocks in cells: the draft format takes it as HTML.
	conv.Register.RendererFor("table", converter.TagTypeBlock, htmlTable, converter.PriorityEarly)
	for _, name := range []string{"sup", "sub"} {
		conv.Register.RendererFor(name, converter.TagTypeInline, asTag, converter.PriorityStandard)
	}
	out, err := conv.ConvertNode(n)
	return string(out), err
}

func asTag(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	fmt.Fprintf(w, "<%s>", n.Data)
	ctx.RenderChildNodes(ctx, w, n)
	fmt.Fprintf(w, "</%s>", n.Data)
	return converter.RenderSuccess
}

// htmlTable writes a table that Markdown cannot as HTML, bare of everything but its structure.
func htmlTable(_ converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	if !needsHTML(n) {
		return converter.RenderTryNext
	}
	w.WriteString("\n\n")
	writeHTML(w, n)
	w.WriteString("\n\n")
	return converter.RenderSuccess
}

// needsHTML reports whether cells span others or hold blocks.
func needsHTML(tableNode *html.Node) bool {
	for n := range tableNode.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		cell := n.DataAtom == atom.Td || n.DataAtom == atom.Th
		if cell && (spans(attr(n, "colspan")) || spans(attr(n, "rowspan"))) {
			return true
		}
		switch n.DataAtom {
		case atom.Table, atom.Ul, atom.Ol, atom.Pre, atom.Blockquote, atom.Br:
			return true
		case atom.P, atom.Div:
			if n.PrevSibling != nil && n.PrevSibling.Type == html.ElementNode {
				return true
			}
		}
	}
	return false
}

var moreThanOne = regexp.MustCompile(`^\s*(?:[2-9]|[1-9]\d+)\s*$`)

func spans(value string) bool { return moreThanOne.MatchString(value) }

// writeHTML writes elements with the attributes that say something, and no blank line, which would end the HTML for
// Markdown (CommonMark 4.6).
func writeHTML(w converter.Writer, n *html.Node) {
	switch n.Type {
	case html.TextNode:
		text := html.EscapeString(n.Data)
		if n.Parent != nil && n.Parent.DataAtom == atom.Pre {
			text = strings.ReplaceAll(text, "\n", "<br>")
		}
		w.WriteString(blanks.ReplaceAllString(text, " "))
		return
	case html.ElementNode:
	default:
		return
	}
	w.WriteString("<" + n.Data)
	for _, a := range n.Attr {
		if a.Key == "href" || (a.Key == "colspan" || a.Key == "rowspan") && spans(a.Val) {
			fmt.Fprintf(w, ` %s="%s"`, a.Key, html.EscapeString(strings.TrimSpace(a.Val)))
		}
	}
	w.WriteString(">")
	if n.DataAtom == atom.Br || n.DataAtom == atom.Hr || n.DataAtom == atom.Wbr {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		writeHTML(w, c)
	}
	w.WriteString("</" + n.Data + ">")
	if n.DataAtom == atom.Tr {
		w.WriteString("\n")
	}
}

var blanks = regexp.MustCompile(`\s+`)
