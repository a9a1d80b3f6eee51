package draft

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// notes are the footnotes of a draft. Each is printed where it is referred to. A definition that nothing refers to is a
// paragraph where it stands.
type notes struct {
	byIndex map[int]*note      // those that are referred to, by goldmark's index
	names   map[int]string     // what the draft calls each that something refers to
	loose   []*extast.Footnote // the others, in order of the text
	open    bool               // one is being read
}

// note is a footnote: its text, and the mark that narrows the portions that refer to it.
type note struct {
	ref  string // what the draft calls it
	mark mark
	text []Inline
}

// collectNotes reads the footnotes of the draft.
func (b *body) collectNotes(root ast.Node) {
	b.notes.byIndex, b.notes.names = map[int]*note{}, map[int]string{}
	list := find(root, extast.KindFootnoteList)
	if list == nil {
		return
	}
	printed := printedNotes(root, list)
	b.notes.open = true
	seen := map[string]bool{}
	for n := list.FirstChild(); n != nil; n = n.NextSibling() {
		f := n.(*extast.Footnote)
		at, ref := b.pos(f.Pos()), string(f.Ref)
		switch {
		case seen[ref]:
			b.doubt(at, "give it another name", "footnote [^%s] is defined twice, and printed as a paragraph here", ref)
		case !printed[f.Index]:
			b.doubt(at, "refer to it with [^"+ref+"], or delete it", "nothing refers to footnote [^%s]: it is printed as a paragraph", ref)
		}
		seen[ref] = true
		if f.Index >= 0 {
			b.notes.names[f.Index] = ref
		}
		if printed[f.Index] {
			n := b.note(f)
			b.complete(n.mark)
			b.notes.byIndex[f.Index] = n
		} else {
			b.notes.loose = append(b.notes.loose, f)
		}
	}
	b.notes.open = false
	b.anchors = nil // a note stands where it is referred to, and is no place that links lead to
}

// printedNotes tells which notes are printed because the text refers to them, or a note that is.
func printedNotes(root, list ast.Node) map[int]bool {
	printed := map[int]bool{}
	mark := func(n ast.Node) { eachReference(n, func(index int) { printed[index] = true }) }
	for n := root.FirstChild(); n != nil; n = n.NextSibling() {
		mark(n)
	}
	inText := map[int]bool{}
	for index := range printed {
		inText[index] = true
	}
	for n := list.FirstChild(); n != nil; n = n.NextSibling() {
		// One that nothing refers to is a paragraph, as good as any other.
		if f := n.(*extast.Footnote); f.Index < 0 || inText[f.Index] {
			mark(f)
		}
	}
	return printed
}

// eachReference visits the references to notes in n, those in the notes themselves left out.
func eachReference(n ast.Node, visit func(index int)) {
	_ = ast.Walk(n, func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		if link, ok := c.(*extast.FootnoteLink); ok && entering {
			visit(link.Index)
		}
		if c.Kind() == extast.KindFootnoteList {
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
}

func find(n ast.Node, kind ast.NodeKind) ast.Node {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Type() == ast.TypeInline {
			return nil
		}
		if c.Kind() == kind {
			return c
		}
		if found := find(c, kind); found != nil {
			return found
		}
	}
	return nil
}

// looseNotes prints, as paragraphs, the notes that nothing refers to and that stand before offset.
func (b *body) looseNotes(offset int) {
	for len(b.notes.loose) > 0 && b.notes.loose[0].Pos() < offset {
		f := b.notes.loose[0]
		b.notes.loose = b.notes.loose[1:]
		b.notes.open = true
		n := b.note(f)
		b.notes.open = false
		if n.mark.at == (Pos{}) {
			n.mark.at = b.pos(f.Pos())
		}
		name := Inline{Kind: Super, Children: []Inline{{Kind: Text, Text: n.ref}}}
		in := append([]Inline{name, {Kind: Text, Text: " "}}, b.withNotes(n.text, b.reference)...)
		b.add(&scope{}, Block{Kind: Paragraph, Text: in}, n.mark, "footnote")
	}
}

// note reads a footnote, the first paragraph of which may begin with its mark. All it holds becomes lines of text.
func (b *body) note(f *extast.Footnote) *note {
	out := &note{ref: string(f.Ref)}
	b.noteBlocks(f, out, "")
	if len(out.text) == 0 && !out.mark.bad {
		b.doubt(b.pos(f.Pos()), "write its text", "footnote [^%s] is empty", f.Ref)
	}
	return out
}

// noteBlocks appends what stands in a container of a note; lead stands before its first line.
func (b *body) noteBlocks(container ast.Node, out *note, lead string) {
	line := func(in []Inline) {
		if len(out.text) > 0 {
			out.text = append(out.text, Inline{Kind: Break})
		}
		if lead != "" {
			out.text = appendInline(out.text, Inline{Kind: Text, Text: lead})
			lead = ""
		}
		for _, i := range in {
			out.text = appendInline(out.text, i)
		}
	}
	for c := container.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Paragraph, *ast.TextBlock, *ast.Heading:
			line(b.noteLine(c, out))
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			for _, code := range b.noteCode(c, out) {
				line([]Inline{{Kind: CodeSpan, Text: code}})
			}
		case *extast.Table:
			for row := c.FirstChild(); row != nil; row = row.NextSibling() {
				line(b.noteRow(row, out))
			}
		case *ast.List:
			number := c.Start
			for item := c.FirstChild(); item != nil; item = item.NextSibling() {
				sign := "– "
				if c.IsOrdered() {
					sign = fmt.Sprintf("%d. ", number)
				}
				b.noteBlocks(item, out, lead+sign)
				lead, number = "", number+1
			}
		case *ast.Blockquote:
			b.noteBlocks(c, out, lead)
			lead = ""
		case *ast.HTMLBlock:
			f := b.fragmentOf(c)
			m, in := f.marked(f.tree().kids, true)
			if len(in) > 0 || m.found {
				line(b.noteText(m, in, out))
			}
		}
	}
}

// noteLine reads a block of text of a note. The mark of the first is the note's.
func (b *body) noteLine(n ast.Node, out *note) []Inline {
	if n.Lines().Len() == 0 {
		return nil
	}
	m, in := b.marked(n)
	return b.noteText(m, in, out)
}

func (b *body) noteText(m mark, in []Inline, out *note) []Inline {
	switch {
	case len(out.text) == 0 && out.mark.at == Pos{}:
		out.mark = m
	case m.found && !m.bad:
		b.probs.errorf(m.at, "write two notes", "a mark stands inside footnote [^%s]", out.ref)
	}
	return in
}

func (b *body) noteCode(n ast.Node, out *note) (lines []string) {
	if f, ok := n.(*ast.FencedCodeBlock); ok {
		if f.Info != nil && b.marks.anywhere(string(f.Info.Segment.Value(b.src))) {
			b.probs.errorf(b.pos(f.Pos()), "write two notes", "a mark stands inside footnote [^%s]", out.ref)
		}
		if !b.fenceCloses(f) {
			b.openFence(f)
		}
	}
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		code := strings.TrimSuffix(string(segment.Value(b.src)), "\n")
		if b.marks.hidden(code) || i == 0 && b.marks.holds(code) {
			b.probs.errorf(b.pos(segment.Start), "write two notes", "a mark stands inside footnote [^%s]", out.ref)
		}
		lines = append(lines, code)
	}
	return lines
}

func (b *body) noteRow(row ast.Node, out *note) (in []Inline) {
	for c := row.FirstChild(); c != nil; c = c.NextSibling() {
		if c != row.FirstChild() {
			in = appendInline(in, Inline{Kind: Text, Text: " | "})
		}
		for _, i := range b.noteLine(c, out) {
			in = appendInline(in, i)
		}
	}
	return in
}

func (b *body) footnote(n *extast.FootnoteLink) []Inline {
	if b.notes.open { // all of them are to be read first: withNotes
		return []Inline{{Kind: Footnote, Number: n.Index}}
	}
	return b.reference(n.Index)
}

// reference is a reference in the text to a note, in which other notes may be referred to.
func (b *body) reference(index int) []Inline {
	return b.noteWith(index, func(inner int) []Inline { return b.noteWith(inner, b.asText) })
}

// asText is a reference to a note that is not followed: in a note of a note, or to none.
func (b *body) asText(index int) []Inline {
	return []Inline{{Kind: Text, Text: "[^" + b.notes.names[index] + "]"}}
}

// noteWith is a reference to a note, whose own references become what inner makes of them.
func (b *body) noteWith(index int, inner func(int) []Inline) []Inline {
	n := b.notes.byIndex[index]
	if n == nil || len(n.text) == 0 { // printed as a paragraph, refused, or empty
		return b.asText(index)
	}
	in := Inline{Kind: Footnote, Label: n.mark.label, Children: b.withNotes(n.text, inner)}
	if n.mark.found {
		in.Mark = n.mark.label.Print()
	}
	return []Inline{in}
}

// withNotes is the text of a note with its references, which were noted by index as it was read.
func (b *body) withNotes(in []Inline, reference func(index int) []Inline) (out []Inline) {
	for _, i := range in {
		if i.Kind == Footnote {
			for _, r := range reference(i.Number) {
				out = appendInline(out, r)
			}
			continue
		}
		i.Children = b.withNotes(i.Children, reference)
		out = appendInline(out, i)
	}
	return out
}

// flatNotes parses footnotes as goldmark does, but none inside another, which would make goldmark lose both.
type flatNotes struct{ parser.BlockParser }

func (p flatNotes) Open(parent ast.Node, r text.Reader, pc parser.Context) (ast.Node, parser.State) {
	for n := parent; n != nil; n = n.Parent() {
		if n.Kind() == extast.KindFootnote {
			return nil, parser.NoChildren
		}
	}
	return p.BlockParser.Open(parent, r, pc)
}

var noteReference = regexp.MustCompile(`^\[\^[^\]\n]+\]`)

// undefinedNotes warns of references to footnotes that are not there, which Markdown prints as text.
func (b *body) undefinedNotes(t *ast.Text) {
	for i := t.Segment.Start; i < t.Segment.Stop; i++ {
		if b.src[i] != '[' || escaped(b.src, i) {
			continue
		}
		if ref := noteReference.Find(b.src[i:]); ref != nil {
			b.probs.warnf(b.pos(i), "define it with a line "+string(ref)+": text", "footnote %s is not defined, and stays in the text", ref)
		}
	}
}

// escaped reports whether an odd number of backslashes stands before src[i].
func escaped(src []byte, i int) bool {
	return (i-len(bytes.TrimRight(src[:i], `\`)))%2 == 1
}

// definitions reports link definitions that are not used: what stands in them is not printed.
func (b *body) definitions(root ast.Node) {
	used := map[string]bool{}
	var defined []*ast.LinkReferenceDefinition
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			if n.Reference != nil {
				used[string(n.Destination)] = true
			}
		case *ast.Image:
			if n.Reference != nil {
				used[string(n.Destination)] = true
			}
		case *ast.LinkReferenceDefinition:
			defined = append(defined, n)
		}
		return ast.WalkContinue, nil
	})
	for _, d := range defined {
		if !used[string(d.Destination)] {
			b.probs.warnf(b.pos(startOf(d)), "use it, or delete it", "link definition [%s] is not used, and is not printed", d.Label)
		}
	}
}
