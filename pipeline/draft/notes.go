package draft

import (
	"bytes"
	"regexp"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// note is a footnote: its text, and the mark that narrows the portions that refer to it.
type note struct {
	mark mark
	text []Inline
}

// collectNotes reads the footnotes of the draft. Each is printed where it is referred to.
func (b *body) collectNotes(root ast.Node) {
	b.notes = map[int]*note{}
	list := find(root, extast.KindFootnoteList)
	if list == nil {
		return
	}
	b.inNote = true
	defer func() { b.inNote = false }()
	seen := map[string]bool{}
	for n := list.FirstChild(); n != nil; n = n.NextSibling() {
		f := n.(*extast.Footnote)
		at, label := b.pos(f.Pos()), string(f.Ref)
		switch {
		case seen[label]:
			b.probs.errorf(at, "give it another name", "footnote [^%s] is defined twice", label)
			continue
		case f.Index < 0:
			b.probs.warnf(at, "refer to it with [^"+label+"], or delete it", "nothing refers to footnote [^%s], and it is not printed", label)
		}
		seen[label] = true
		b.notes[f.Index] = b.note(f, label)
	}
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

// note reads the paragraphs of a footnote, the first of which may begin with its mark.
func (b *body) note(f *extast.Footnote, label string) *note {
	out := &note{}
	for c := f.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Paragraph, *ast.TextBlock:
		case *ast.HTMLBlock:
			b.htmlBlock(c)
			continue
		case *ast.LinkReferenceDefinition, *extast.FootnoteList:
			continue
		default:
			b.probs.errorf(b.pos(startOf(c)), "write it as a paragraph, or outside the note", "footnote [^%s] holds more than paragraphs", label)
			continue
		}
		m, in := b.marked(c)
		if len(out.text) == 0 {
			out.mark = m
			b.complete(m)
		} else {
			if m.found && !m.bad {
				b.probs.errorf(m.at, "write two notes", "a mark stands inside footnote [^%s]", label)
			}
			out.text = append(out.text, Inline{Kind: Break})
		}
		out.text = append(out.text, in...)
	}
	if f.FirstChild() == nil {
		b.probs.errorf(b.pos(f.Pos()), "write its text", "footnote [^%s] is empty", label)
	}
	return out
}

func (b *body) footnote(n *extast.FootnoteLink) []Inline {
	if b.inNote {
		b.probs.errorf(b.pos(startOf(n)), "write the reference in the text", "a footnote refers to a footnote")
		return nil
	}
	f, ok := b.notes[n.Index]
	if !ok {
		return nil // defined twice or empty, which is on the list
	}
	in := Inline{Kind: Footnote, Label: f.mark.label, Children: f.text}
	if f.mark.found {
		in.Mark = f.mark.label.Print()
	}
	return []Inline{in}
}

var noteReference = regexp.MustCompile(`^\[\^[^\]\n]+\]`)

// undefinedNotes reports references to footnotes that are not there, which Markdown prints as text.
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
