package draft

import (
	"html"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// maxInline is how deep emphasis and links may stand in each other.
const maxInline = 16

// inlines flattens the inline children of n. What stands too deep loses its formatting, and no word.
func (b *body) inlines(n ast.Node, depth int) []Inline {
	if depth == maxInline+1 {
		b.probs.warnf(b.pos(startOf(n)), "format it less", "emphasis and links stand more than %d deep in each other: the inner ones are not shown", maxInline)
	}
	in, tags := newInliner(b, depth), false
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if raw, ok := c.(*ast.RawHTML); ok {
			in.rawHTML(raw)
			tags = true
			continue
		}
		level := in.level()
		inner := b.inline(c, level)
		if level > maxInline && len(inner) == 1 && len(inner[0].Children) > 0 && inner[0].Kind != Link && inner[0].Kind != Footnote {
			inner = inner[0].Children
		}
		for _, i := range inner {
			in.add(i)
		}
	}
	out := in.done()
	if tags {
		out = unspaced(out)
	}
	return out
}

func (b *body) inline(n ast.Node, depth int) []Inline {
	switch n := n.(type) {
	case *ast.Text:
		return b.text(n)
	case *ast.String:
		return []Inline{{Kind: Text, Text: string(n.Value)}}
	case *ast.CodeSpan:
		return []Inline{{Kind: CodeSpan, Text: b.codeSpan(n)}}
	case *ast.Emphasis:
		kind := Emph
		if n.Level == 2 {
			kind = Strong
		}
		return []Inline{{Kind: kind, Children: b.inlines(n, depth+1)}}
	case *extast.Strikethrough:
		return []Inline{{Kind: Strike, Children: b.inlines(n, depth+1)}}
	case *ast.Link:
		return b.link(n, depth)
	case *ast.AutoLink:
		return b.autoLink(n)
	case *ast.Image:
		return b.image(n, depth)
	case *extast.FootnoteLink:
		return b.footnote(n)
	}
	b.probs.errorf(b.pos(startOf(n)), "", "%s cannot be used in a draft", n.Kind())
	return nil
}

// startOf returns the offset of a node, or of the nearest node around it that has one.
func startOf(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if p := n.Pos(); p >= 0 {
			return p
		}
	}
	return 0
}

func (b *body) text(n *ast.Text) []Inline {
	s := string(n.Segment.Value(b.src))
	if !n.IsRaw() {
		b.undefinedNotes(n)
		s = b.checkEntities(unescaped(s), b.pos(n.Segment.Start))
	}
	switch {
	case n.HardLineBreak():
		return []Inline{{Kind: Text, Text: s}, {Kind: Break}}
	case n.SoftLineBreak():
		s += " "
	}
	return []Inline{{Kind: Text, Text: s}}
}

// checkEntities warns of characters that nobody sees, and that an entity stands for; it returns the text as it is read.
func (b *body) checkEntities(text string, at Pos) string {
	if r, bad := firstForbidden(text); bad {
		b.probs.warnf(at, "delete it", "an entity stands for the character %U (%s), which is %s", r, describe(r), whatBecomes(r))
	}
	return plainText(text)
}

// Backticked writes a code span between more backticks than stand in it.
func Backticked(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") || strings.HasPrefix(text, " ") && strings.HasSuffix(text, " ") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// codeSpan returns the code of a span; its line ends become spaces (CommonMark 6.1).
func (b *body) codeSpan(n *ast.CodeSpan) string {
	var s strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			s.Write(t.Segment.Value(b.src))
		}
	}
	return strings.ReplaceAll(s.String(), "\n", " ")
}

func (b *body) image(n *ast.Image, depth int) []Inline {
	at := b.pos(startOf(n))
	alt := trimmed(b.inlines(n, depth+1))
	if len(n.Title) > 0 {
		b.probs.warnf(at, "write it in the alternative text, which is the caption", "the title of a picture is not printed")
	}
	return b.pictureOf(literal(string(n.Destination)), alt, at)
}

var entity = regexp.MustCompile(`\\[!-/:-@\[-` + "`" + `{-~]|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

// literal resolves backslash escapes and entities, once (CommonMark 2.4, 2.5), to what a reader may see.
func literal(s string) string { return plainText(unescaped(s)) }

func unescaped(s string) string {
	return entity.ReplaceAllStringFunc(s, func(m string) string {
		if m[0] == '\\' {
			return m[1:]
		}
		return html.UnescapeString(m)
	})
}

// appendInline appends i, joining neighbouring text.
func appendInline(out []Inline, i Inline) []Inline {
	if i.Kind == Text {
		if i.Text == "" {
			return out
		}
		if last := len(out) - 1; last >= 0 && out[last].Kind == Text {
			out[last].Text += i.Text
			return out
		}
	}
	return append(out, i)
}

// trimmed drops white space and line breaks from both ends.
func trimmed(in []Inline) []Inline {
	const white = " \t\n"
	for len(in) > 0 {
		first, last := &in[0], &in[len(in)-1]
		switch {
		case first.Kind == Break || first.Kind == Text && strings.Trim(first.Text, white) == "":
			in = in[1:]
		case last.Kind == Break || last.Kind == Text && strings.Trim(last.Text, white) == "":
			in = in[:len(in)-1]
		default:
			if first.Kind == Text {
				first.Text = strings.TrimLeft(first.Text, white)
			}
			if last.Kind == Text {
				last.Text = strings.TrimRight(last.Text, white)
			}
			return in
		}
	}
	return nil
}
