package draft

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// HTML in a draft becomes what Markdown has for it: paragraphs, headings, lists, tables, pictures, links. Styles and
// scripts are dropped; of everything else the text stays. Marks stand where they would in Markdown.

// htmlBlock flattens a block of HTML. The tags of one that only opens or closes fall away, and what stands between
// such blocks is Markdown (CommonMark 4.6). It returns how many quotations, lists and the like it leaves open.
func (b *body) htmlBlock(n *ast.HTMLBlock, s *scope) int {
	f := b.fragmentOf(n)
	f.flow(f.tree().kids, s)
	return f.left
}

// A wrapping is a stretch of blocks that tags of HTML before and behind them make one quotation or list.
type wrapping struct{ first, depth int }

// pass takes a block of HTML: where the portions before it end, and what it leaves open.
func (w *wrapping) pass(b *body, before, left int) {
	open := w.depth > 0
	if !open {
		w.first = before
	}
	if w.depth = max(0, w.depth+left); open && w.depth == 0 {
		b.together(b.doc.Portions[w.first:])
	}
}

func (w *wrapping) end(b *body) {
	if w.depth > 0 {
		b.together(b.doc.Portions[w.first:])
	}
}

// together refuses what has no mark, and is neither heading nor item, behind something in the same piece of HTML that is
// for fewer nations: where one ends and the other begins is a matter of tags, which nobody sees.
func (b *body) together(portions []Portion) { b.togetherIn(portions, 0) }

// togetherIn is together in an item of a list of some depth: no item of that depth begins in it.
func (b *body) togetherIn(portions []Portion, depth int) {
	var narrow, last Label // what was for fewer, and what was marked last
	for _, p := range portions {
		inherits := p.Block.Continues && p.Block.Mark == "" && p.Label.Mark != nil
		switch unmarked := p.Label.Mark == nil || p.Label.Implied; {
		case inherits && b.narrows(last) && p.Label.Print() != last.Print(),
			unmarked && b.narrows(narrow) && p.Block.Kind != Rule && p.Block.Kind != Heading && (p.Block.Item == nil || p.Block.Continues || p.Block.Item.Depth <= depth):
			b.probs.errorf(p.Pos, "mark it too, or put a blank line and what is no HTML between them",
				"%s without its mark stands in the same HTML as what is marked %s", p.Block.Kind, narrow.Print())
			return
		}
		if !inherits || p.Block.Table != nil {
			last = b.narrowest(p)
		}
		if b.narrows(last) {
			narrow = last
		}
	}
}

// narrowest is the label of a portion, or of a row of it that is for fewer nations.
func (b *body) narrowest(p Portion) Label {
	if p.Block.Table != nil && !b.narrows(p.Label) {
		for _, r := range p.Block.Table.Rows {
			if b.narrows(r.Label) {
				return r.Label
			}
		}
	}
	return p.Label
}

// flow flattens what stands in an element: inlines next to each other are a paragraph.
func (f *fragment) flow(kids []*element, s *scope) {
	for i := 0; i < len(kids); {
		n := i
		for n < len(kids) && !kids[n].ownLine() {
			n++
		}
		if n > i {
			f.paragraph(kids[i:n], s)
			i = n
			continue
		}
		n = i + 1
		for of := partOf(kids[i]); of != "" && n < len(kids) && (kids[n].blank() || partOf(kids[n]) == of); {
			n++
		}
		f.block(kids[i:n], s)
		i = n
	}
}

// ownLine reports whether an element is more than a part of a paragraph.
func (e *element) ownLine() bool {
	return isBlock(e.name) || e.blocks && !slices.Contains(dropped, e.name)
}

// partOf returns what an element is a part of that stands by itself, because blank lines have cut up what it was in.
func partOf(e *element) string {
	switch {
	case e.is("li"):
		return "ul"
	case e.is("caption"): // of no table
		return ""
	case slices.Contains(tableTags, e.name):
		return "table"
	}
	return ""
}

// block flattens a block element, or several that are parts of one.
func (f *fragment) block(kids []*element, s *scope) {
	e := kids[0]
	if of := partOf(e); of != "" {
		e = &element{name: of, kids: kids, start: e.start, end: kids[len(kids)-1].end}
	}
	f.b.anchor(tag{attrs: e.attrs, at: f.pos(e.start)})
	switch e.name {
	case "h1", "h2", "h3", "h4", "h5", "h6":
		f.heading(e, s)
	case "ul", "ol", "menu", "dir":
		f.list(e, s)
	case "blockquote":
		f.quote(e, s)
	case "pre", "listing", "xmp", "plaintext":
		f.code(e, s)
	case "table":
		f.table(e, s)
	case "figure":
		f.figure(e, s)
	case "summary", "dt":
		f.strong(e, s)
	case "hr":
		f.b.rule(f.pos(e.start), s)
	default:
		f.flow(e.kids, s)
	}
}

func (f *fragment) paragraph(kids []*element, s *scope) {
	m, in := f.marked(kids, true)
	if !m.found && isFigure(in) {
		m = f.b.altMark(&in[0], m.at)
	}
	f.b.textBlock(m, in, s)
}

func (f *fragment) heading(e *element, s *scope) {
	m, in := f.marked(e.kids, true)
	if len(in) > 0 || m.found {
		f.b.add(s, Block{Kind: Heading, Level: int(e.name[1] - '0'), Text: in}, m, "heading")
	}
}

// strong flattens what is a heading for a few lines, and none of the document.
func (f *fragment) strong(e *element, s *scope) {
	m, in := f.marked(e.kids, true)
	if len(in) > 0 {
		in = []Inline{{Kind: Strong, Children: in}}
	}
	f.b.textBlock(m, in, s)
}

func (f *fragment) list(e *element, s *scope) {
	f.b.lists++
	item := Item{Depth: 1, Ordered: e.name == "ol", List: f.b.lists}
	if item.Ordered {
		item.Start = listStart(tag{attrs: e.attrs})
	}
	if s.item != nil {
		item.Depth = s.item.Depth + 1
	}
	if item.Depth > maxNesting {
		f.deep(e)
		return
	}
	for i := 0; i < len(e.kids); i++ {
		kids := e.kids[i : i+1]
		switch k := e.kids[i]; {
		case k.is("li"):
			f.b.anchor(tag{attrs: k.attrs, at: f.pos(k.start)})
			kids = k.kids
		case k.blank():
			continue
		case !k.is("ul", "ol", "menu", "dir"): // in no item, and none
			f.flow(kids, s)
			continue
		}
		begun := len(f.b.doc.Portions)
		f.flow(kids, &scope{item: &item, quote: s.quote, name: "list item", around: s.held(), inQuote: s.quote > 0})
		f.b.togetherIn(f.b.doc.Portions[begun:], item.Depth)
	}
}

func (f *fragment) quote(e *element, s *scope) {
	switch {
	case s.quote >= maxNesting:
		f.deep(e)
	case s.holds():
		s.quote++
		f.flow(e.kids, s)
		s.quote--
	default:
		f.flow(e.kids, &scope{quote: 1, name: "quotation"})
	}
}

func (f *fragment) deep(e *element) {
	f.b.probs.errorf(f.pos(e.start), "nest less deeply", "more than %d lists and quotations stand in each other", maxNesting)
}

// code flattens a pre.
func (f *fragment) code(e *element, s *scope) {
	start := e.start
	if len(e.kids) > 0 {
		start = e.kids[0].start
	}
	text := lines(e.kids)
	if strings.TrimSpace(text) == "" {
		return
	}
	var out []lineOfCode
	at := f.pos(start)
	for line := range strings.SplitSeq(strings.TrimRight(text, " \t\n"), "\n") {
		if len(out) > 0 || strings.TrimSpace(line) != "" {
			out = append(out, lineOfCode{line, at})
		}
		at = Pos{File: at.File, Line: at.Line + 1, Col: 1}
	}
	if first := strings.TrimSpace(out[0].text); f.b.marks.hidden(first) && !strings.Contains(f.text[start:e.end], first) {
		f.b.probs.errorf(out[0].at, plainly, "formatting or an escape hides a mark")
	}
	f.b.codeLines(out, mark{at: out[0].at}, "", s)
}

// lines is the text of elements with its lines.
func lines(kids []*element) string {
	var s strings.Builder
	for _, k := range kids {
		switch {
		case k.is("!") || slices.Contains(dropped, k.name):
		case k.is("br"):
			s.WriteByte('\n')
		default:
			s.WriteString(k.text)
			s.WriteString(lines(k.kids))
		}
	}
	return s.String()
}

// figure flattens a picture with a caption of its own, which prints with its alternative text; and anything else
// that stands in a figure as if it stood there without.
func (f *fragment) figure(e *element, s *scope) {
	var caption, rest []*element
	for _, k := range e.kids {
		switch {
		case k.is("figcaption"):
			caption = append(caption, k)
		case !k.blank():
			rest = append(rest, k)
		}
	}
	if len(caption) != 1 || len(rest) != 1 || !rest[0].is("img") {
		f.flow(e.kids, s)
		return
	}
	picture := f.b.htmlImage(tag{name: "img", attrs: rest[0].attrs, at: f.pos(rest[0].start)})
	m, in := f.marked(caption[0].kids, true)
	if !isFigure(picture) {
		f.b.textBlock(m, joined(append(append(in, Inline{Kind: Break}), picture...)), s)
		return
	}
	image := &picture[0]
	alt := f.b.altMark(image, f.pos(rest[0].start))
	switch {
	case alt.found && m.found:
		f.b.probs.errorf(m.at, "keep one", "a picture has a mark in its alternative text and in its caption")
	case alt.found:
		m = alt
	}
	if text := Plain(image.Children); text != "" && text != Plain(in) {
		in = append(append(in, Inline{Kind: Break}), image.Children...)
	}
	f.b.add(s, Block{Kind: Figure, Text: in, Image: image.Image}, m, "figure")
}

// altMark returns the mark that the alternative text of a picture begins with, and takes it out.
func (b *body) altMark(picture *Inline, at Pos) mark {
	alt := Plain(picture.Children)
	m := b.marks.slip(alt, b.marks.read(alt, at))
	if m.bad {
		return m
	}
	if m.found {
		picture.Children, _ = withoutMark(slices.Clone(picture.Children), m.text)
	}
	if b.marks.hidden(Plain(picture.Children)) {
		b.probs.errorf(m.at, plainly, "formatting or an escape hides a mark")
		return refused(m)
	}
	b.misplaced(picture.Children, m.at)
	return m
}

// marked returns the mark that elements begin with, and their text without it. First says that a mark may stand
// there: it does not in a row but in its first cell.
func (f *fragment) marked(kids []*element, first bool) (mark, []Inline) {
	return f.settled(kids, first, false)
}

func (f *fragment) settled(kids []*element, first, cell bool) (mark, []Inline) {
	start, ok := lead(kids)
	if !ok {
		f.inlines(kids) // comments and what is dropped; names
		return mark{}, nil
	}
	raw := f.text[start:kids[len(kids)-1].end]
	if end := lineTags.FindStringIndex(raw); end != nil {
		raw = raw[:end[0]]
	}
	start += len(raw) - len(strings.TrimLeft(raw, " \t\n"))
	raw = strings.TrimLeft(raw, " \t\n")
	m := f.b.marks.read(raw, f.pos(start))
	if first {
		m = f.b.marks.slip(raw, m)
	}
	in := trimmed(f.inlines(kids))
	m, in = f.b.settled(m, in, cell, func() bool {
		return f.lateTags(kids, start) || f.b.lateLines(in, func(look string) Pos { return f.pos(start + max(0, strings.Index(f.text[start:], look))) })
	})
	return m, ended(trimmed(unspaced(in)))
}

// lateTags refuses a mark behind a tag in the middle of a text, whatever the tag was to do. It reports whether it found one.
func (f *fragment) lateTags(kids []*element, start int) bool {
	for _, k := range kids {
		text := strings.TrimLeft(k.text, " \t\n")
		at := k.start + len(k.text) - len(text)
		if k.name == "" && at > start && f.b.marks.known(visible(text)) {
			f.b.probs.errorf(f.pos(at), "begin a portion of its own with it; if it is no mark, move it behind a word", "a mark stands behind a tag inside a portion")
			return true
		}
		if !k.is("code", "kbd", "samp", "tt", "pre") && f.lateTags(k.kids, start) {
			return true
		}
	}
	return false
}

// ended drops line breaks at the end, in bold and the like too: HTML prints none.
func ended(in []Inline) []Inline {
	for in = trimmed(in); len(in) > 0; in = trimmed(in[:len(in)-1]) {
		last := &in[len(in)-1]
		if len(last.Children) == 0 || last.Kind == Picture || last.Kind == Footnote {
			return in
		}
		if last.Children = ended(last.Children); len(last.Children) > 0 {
			return in
		}
	}
	return nil
}

// lead returns where the text of elements begins.
func lead(kids []*element) (int, bool) {
	for _, k := range kids {
		switch {
		case k.blank() || slices.Contains(dropped, k.name):
		case k.is("p", "div", "span", "font", "center", "section", "article", "a") && len(k.kids) == 0:
		case k.is("p", "div", "span", "font", "center", "section", "article"):
			if at, ok := lead(k.kids); ok {
				return at, true
			}
		default:
			return k.start, true
		}
	}
	return 0, false
}

// inlines makes inlines of elements; white space stays as it is written.
func (f *fragment) inlines(kids []*element) []Inline {
	in := newInliner(f.b, 0)
	f.each(kids, in)
	return in.done()
}

func (f *fragment) each(kids []*element, in *inliner) {
	for _, k := range kids {
		at := f.pos(k.start)
		switch {
		case k.name == "":
			in.text(k.text)
		case k.is("!"):
			f.b.comment(k.text, at)
		case slices.Contains(dropped, k.name):
			if k.cut {
				f.b.unclosed(k.name, at)
				continue
			}
			f.b.drop(k.name, lines(k.kids), at)
		default:
			in.start(tag{name: k.name, attrs: k.attrs, at: at, cut: k.cut})
			f.each(k.kids, in)
			if !slices.Contains(void, k.name) {
				in.end(k.name)
			}
		}
	}
}

// lineTags are the tags that begin a line.
var lineTags = regexp.MustCompile(`(?i)</?(?:br|` + strings.Join(blockNames, "|") + `)\b`)

// drop warns, once for each kind, of what is not printed; a mark in it marks nothing.
func (b *body) drop(name, text string, at Pos) {
	if b.marks.holds(strings.TrimSpace(text)) {
		b.probs.errorf(at, "begin the text with it, in parentheses", "a <%s> holds a mark, and marks nothing", name)
	}
	b.warnOnce(name, at, "it stays in the draft, which reviewers get", "a <"+name+"> is not printed")
}

func (b *body) warnOnce(kind string, at Pos, hint, msg string) {
	if b.warned[kind] {
		return
	}
	if b.warned == nil {
		b.warned = map[string]bool{}
	}
	b.warned[kind] = true
	b.probs.warnf(at, hint, "%s", msg)
}

func (b *body) unclosed(name string, at Pos) {
	b.probs.errorf(at, "end it with </"+name+">", "the <%s> is not closed, and would hide all that follows", name)
}

// comment drops a comment or another declaration.
func (b *body) comment(s string, at Pos) {
	s = strings.TrimSpace(s)
	inner, isComment := strings.CutPrefix(s, "<!--")
	switch end := strings.Index(inner, "-->"); {
	case isComment && end < 0 && s != "<!-->" && s != "<!--->":
		b.probs.errorf(at, "end it with -->", "the comment is not closed, and would hide all that follows")
	case b.marks.holds(strings.TrimSpace(strings.TrimSuffix(strings.TrimLeft(inner, "<!?"), "-->"))):
		b.probs.errorf(at, "begin the text with it, in parentheses", "a comment holds a mark, and marks nothing")
	default:
		b.probs.warnf(at, "it stays in the draft, which reviewers get", "a comment is not printed")
	}
}

// readable are the attributes that hold text.
var readable = []string{"title", "alt", "summary", "label", "placeholder", "content", "value", "abbr", "cite", "aria-label", "aria-description"}

// checkTag looks for what a tag would hide.
func (b *body) checkTag(raw string, attrs []html.Attribute, at Pos) {
	if strings.Contains(raw[1:], "<") {
		b.probs.errorf(at, "end the tag with >, and each quote in it", "a tag takes in what follows it: %.40q", raw)
		return
	}
	for _, a := range attrs {
		text := slices.Contains(readable, a.Key)
		switch {
		case a.Key == "alt" && strings.HasPrefix(strings.ToLower(raw), "<img"): // it is printed
		case text && b.marks.holds(strings.TrimSpace(a.Val)), b.marks.within(a.Key+" "+a.Val) != "":
			b.probs.errorf(at, "begin the text with it, in parentheses", "the attribute %s holds a mark, and marks nothing", a.Key)
		case a.Key == "title" && strings.TrimSpace(a.Val) != "":
			b.warnOnce("title=", at, "write it in the text", "the title of an element of HTML is not printed")
		}
	}
}

// anchor takes the name by which links lead to an element.
func (b *body) anchor(t tag) {
	for _, key := range []string{"id", "name"} {
		name, ok := attr(t.attrs, key)
		if !ok || key == "name" && t.name != "a" {
			continue
		}
		if _, bad := firstForbidden(name); bad || name == "" || strings.ContainsAny(name, " \t\n") || slices.Contains(b.anchors, name) || len(b.anchors) >= maxAnchors {
			continue
		}
		b.anchors = append(b.anchors, name)
	}
}

// maxAnchors is how many names one block may have.
const maxAnchors = 100
