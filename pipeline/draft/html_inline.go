package draft

import (
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// inlineKinds are the elements that are more than their text. Headings and their like are so where they stand in a
// line of something else.
var inlineKinds = map[string]InlineKind{
	"b": Strong, "strong": Strong, "i": Emph, "em": Emph, "cite": Emph, "dfn": Emph, "var": Emph,
	"s": Strike, "strike": Strike, "del": Strike, "sup": Super, "sub": Sub, "a": Link,
	"code": CodeSpan, "kbd": CodeSpan, "samp": CodeSpan, "tt": CodeSpan, "pre": CodeSpan, "listing": CodeSpan, "xmp": CodeSpan,
	"th": Strong, "dt": Strong, "summary": Strong, "h1": Strong, "h2": Strong, "h3": Strong, "h4": Strong, "h5": Strong, "h6": Strong,
}

// dropped are the elements that are taken out with what stands in them, which is not for readers.
var dropped = []string{"style", "script", "head", "template", "noscript", "iframe", "object", "svg"}

// A tag is the start tag of an element.
type tag struct {
	name  string
	attrs []html.Attribute
	at    Pos
	cut   bool // nothing ends it but the end of what it is in: what was to be code is text, for it reaches further than its author saw
}

// inliner makes inlines of text and tags as they come, of a paragraph of Markdown as of a piece of HTML. What HTML puts
// into lines of its own, it tells apart by line breaks: lists, paragraphs and tables inside a cell.
type inliner struct {
	b     *body
	depth int // how deep its inlines stand in others
	open  []frame
	kinds []int          // which of them have inlines of their own
	count map[string]int // how many of each name are open
	items []int          // numbers of the items so far in the lists that are open; of what is not numbered -1

	newLine bool   // what comes next begins a line
	sign    string // what comes next has this before it: the sign of a list's item, or of a cell of a table in a cell
	cell    bool   // a cell has begun in the row
	started bool   // something stands there
	broken  bool   // the last thing was a line break

	drop    string // the element that is being dropped
	dropAt  Pos
	dropped strings.Builder
}

// A frame is an open element. One that changes nothing writes into the frame around it.
type frame struct {
	tag
	kind InlineKind
	out  []Inline
}

func newInliner(b *body, depth int) *inliner {
	return &inliner{b: b, depth: depth, open: make([]frame, 1), count: map[string]int{}}
}

// level is how deep the next inline stands.
func (in *inliner) level() int { return in.depth + len(in.kinds) }

func (in *inliner) add(i Inline) {
	if in.drop != "" {
		in.dropped.WriteString(i.Text + Plain(i.Children))
		return
	}
	if i.Kind == Break {
		in.push(i)
		in.broken = true
		return
	}
	if i.Kind != Text || strings.TrimSpace(i.Text) != "" {
		if in.newLine && in.started && !in.broken {
			in.push(Inline{Kind: Break})
		}
		if in.sign != "" {
			in.push(Inline{Kind: Text, Text: in.sign})
		}
		in.newLine, in.started, in.broken, in.sign = false, true, false, ""
	}
	in.push(i)
}

func (in *inliner) push(i Inline) {
	f := &in.open[0]
	if last := len(in.kinds) - 1; last >= 0 {
		f = &in.open[in.kinds[last]]
	}
	f.out = append(f.out, i)
}

// text adds the text of HTML. That of a pre keeps its lines.
func (in *inliner) text(s string) {
	if in.count["pre"]+in.count["listing"]+in.count["xmp"] == 0 {
		in.add(Inline{Kind: Text, Text: s})
		return
	}
	for i, line := range strings.Split(strings.Trim(s, "\n"), "\n") {
		if i > 0 {
			in.add(Inline{Kind: Break})
		}
		in.add(Inline{Kind: Text, Text: line})
	}
}

// start takes a start tag.
func (in *inliner) start(t tag) {
	switch {
	case in.drop != "":
		return
	case slices.Contains(dropped, t.name):
		in.drop, in.dropAt = t.name, t.at
		return
	case t.name == "a":
		in.end("a") // HTML has no link in a link
	}
	in.line(t.name)
	in.b.anchor(t)
	switch t.name {
	case "br":
		in.add(Inline{Kind: Break})
	case "img":
		for _, i := range in.b.htmlImage(t) {
			in.add(i)
		}
	case "input":
		if kind, _ := attr(t.attrs, "type"); kind != "hidden" {
			value, _ := attr(t.attrs, "value")
			in.add(Inline{Kind: Text, Text: value})
		}
	case "q":
		in.add(Inline{Kind: Text, Text: "“"})
	case "ul", "menu", "dir":
		in.items = append(in.items, -1)
	case "ol":
		in.items = append(in.items, listStart(t)-1)
	case "li":
		in.sign = in.item()
	case "table", "tr":
		in.cell = false
	case "td", "th":
		if in.cell {
			in.newLine, in.sign = false, " | "
		}
		in.cell = true
	}
	if slices.Contains(void, t.name) {
		return
	}
	f := frame{tag: t, kind: inlineKinds[t.name]}
	if href, _ := attr(t.attrs, "href"); t.name == "a" && href == "" || in.level() >= maxInline || t.cut && f.kind == CodeSpan {
		f.kind = ""
	}
	if f.kind != "" {
		in.kinds = append(in.kinds, len(in.open))
	}
	in.open = append(in.open, f)
	in.count[t.name]++
}

// line begins a new line at a tag of a block, but not behind the sign of an item.
func (in *inliner) line(name string) {
	if isBlock(name) && in.sign == "" && name != "td" && name != "th" {
		in.newLine = true
	}
}

// item returns the sign of the next item of the innermost list.
func (in *inliner) item() string {
	last := len(in.items) - 1
	switch {
	case last >= 0 && in.items[last] >= 0:
		in.items[last]++
		return strconv.Itoa(in.items[last]) + ". "
	case last > 0:
		return "– "
	}
	return "• "
}

// end takes an end tag: it ends the innermost such element and all in it. One without an element has no effect.
func (in *inliner) end(name string) {
	if in.drop != "" {
		if name == in.drop {
			in.b.drop(name, in.dropped.String(), in.dropAt)
			in.drop = ""
			in.dropped.Reset()
		}
		return
	}
	if name == "br" {
		in.add(Inline{Kind: Break})
		return
	}
	in.line(name)
	for found := in.count[name] == 0; !found; {
		last := &in.open[len(in.open)-1]
		found = last.name == name
		last.cut = last.cut || !found
		in.pop()
	}
}

func (in *inliner) pop() {
	if in.open[len(in.open)-1].name == "q" {
		in.add(Inline{Kind: Text, Text: "”"})
	}
	f := in.open[len(in.open)-1]
	in.open = in.open[:len(in.open)-1]
	in.count[f.name]--
	if f.kind != "" {
		in.kinds = in.kinds[:len(in.kinds)-1]
	}
	if slices.Contains([]string{"ul", "ol", "menu", "dir"}, f.name) && len(in.items) > 0 {
		in.items = in.items[:len(in.items)-1]
		in.sign = ""
	}
	switch {
	case f.kind == "" || len(f.out) == 0:
	case f.kind == CodeSpan && f.cut:
		for _, i := range f.out {
			in.push(i)
		}
	case f.kind == CodeSpan:
		for _, i := range codeOf(joined(f.out)) {
			in.push(i)
		}
	case f.kind == Link:
		href, _ := attr(f.attrs, "href")
		href = strings.TrimSpace(href)
		for _, i := range in.b.linkTo(plainText(href), joined(f.out), f.at) {
			in.push(i)
		}
	default:
		in.push(Inline{Kind: f.kind, Children: joined(f.out)})
	}
}

// done ends what is still open, as the end of a paragraph does.
func (in *inliner) done() []Inline {
	if in.drop != "" {
		in.b.unclosed(in.drop, in.dropAt)
		in.drop = ""
	}
	for len(in.open) > 1 {
		in.open[len(in.open)-1].cut = true
		in.pop()
	}
	return joined(in.open[0].out)
}

// codeOf makes code of all text.
func codeOf(in []Inline) []Inline {
	for i := range in {
		if in[i].Kind == Text {
			in[i].Kind = CodeSpan
		}
		in[i].Children = codeOf(in[i].Children)
	}
	return in
}

// listStart is the first number of a numbered list.
func listStart(t tag) int {
	s, _ := attr(t.attrs, "start")
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < 1_000_000_000 { // as many digits as in Markdown
		return n
	}
	return 1
}

// rawHTML takes a tag or a comment inside a paragraph of Markdown.
func (in *inliner) rawHTML(n *ast.RawHTML) {
	var s strings.Builder
	for i := range n.Segments.Len() {
		segment := n.Segments.At(i)
		s.Write(segment.Value(in.b.src))
	}
	raw, at := s.String(), in.b.pos(startOf(n))
	z := html.NewTokenizer(strings.NewReader(raw))
	kind := z.Next()
	if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
		in.b.comment(raw, at)
		return
	}
	token := z.Token()
	in.b.checkTag(raw, token.Attr, at)
	if placeholder(raw, token) {
		in.add(Inline{Kind: Text, Text: plainText(raw)})
		return
	}
	if kind == html.EndTagToken {
		in.end(token.Data)
		return
	}
	in.start(tag{name: token.Data, attrs: token.Attr, at: at})
}

// htmlImage is the picture of an img, by the rules of those of Markdown.
func (b *body) htmlImage(t tag) []Inline {
	alt, _ := attr(t.attrs, "alt")
	var text []Inline
	if alt = strings.Join(strings.Fields(alt), " "); alt != "" {
		text = []Inline{{Kind: Text, Text: alt}}
	}
	src, _ := attr(t.attrs, "src")
	if src = strings.TrimSpace(src); src == "" {
		return text
	}
	return b.pictureOf(src, text, t.at)
}

// unspaced returns in as HTML prints its white space: as one space, and as none beside a line break.
func unspaced(in []Inline) []Inline {
	var last *Inline // the text before, whose space at the end may have to go
	start := true
	var each func(in []Inline)
	each = func(in []Inline) {
		for i := range in {
			c := &in[i]
			switch c.Kind {
			case Text, CodeSpan:
				c.Text = oneSpace(c.Text)
				if start {
					c.Text = strings.TrimPrefix(c.Text, " ")
				}
				if c.Text == "" {
					continue
				}
				start, last = strings.HasSuffix(c.Text, " "), c
			case Break:
				if last != nil {
					last.Text = strings.TrimSuffix(last.Text, " ")
				}
				start, last = true, nil
			case Footnote, Picture: // a note's text is its own
				start, last = false, nil
			default:
				each(c.Children)
			}
		}
	}
	each(in)
	return pruned(in)
}

// oneSpace makes one space of each run of white space, and keeps those that do not break.
func oneSpace(s string) string {
	var out strings.Builder
	white := false
	for _, r := range s {
		if strings.ContainsRune(" \t\n\f\r", r) {
			white = true
			continue
		}
		if white {
			out.WriteByte(' ')
			white = false
		}
		out.WriteRune(r)
	}
	if white {
		out.WriteByte(' ')
	}
	return out.String()
}

// pruned drops what has become empty.
func pruned(in []Inline) []Inline {
	var out []Inline
	for _, i := range in {
		i.Children = pruned(i.Children)
		switch i.Kind {
		case Text, CodeSpan:
			if i.Text == "" {
				continue
			}
		case Break, Picture, Footnote:
		default:
			if len(i.Children) == 0 {
				continue
			}
		}
		out = append(out, i)
	}
	return joined(out)
}

// joined makes one run of neighbouring text.
func joined(in []Inline) []Inline {
	var out []Inline
	for i := 0; i < len(in); i++ {
		if in[i].Kind != Text {
			out = append(out, in[i])
			continue
		}
		var s strings.Builder
		for ; i < len(in) && in[i].Kind == Text; i++ {
			s.WriteString(in[i].Text)
		}
		i--
		if s.Len() > 0 {
			out = append(out, Inline{Kind: Text, Text: s.String()})
		}
	}
	return out
}
