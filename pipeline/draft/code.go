package draft

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
)

// fencedCode flattens a fenced code block. Its mark stands first in the info string, or on a line by
// itself first in the code.
func (b *body) fencedCode(n *ast.FencedCodeBlock, s *scope) {
	info, at := "", n.Pos()
	if n.Info != nil {
		info, at = string(n.Info.Segment.Value(b.src)), n.Info.Segment.Start
	}
	m := b.marks.slip(info, b.marks.read(info, b.pos(at)))
	if !m.found && b.marks.disguised(info) {
		b.probs.errorf(b.pos(at), plainly, "the info string hides a mark behind other characters")
	}
	if !m.bad {
		info = info[len(m.text):]
	}
	if !m.bad {
		b.misplaced([]Inline{{Kind: Text, Text: info}}, b.pos(at))
	}
	if !b.fenceCloses(n) {
		b.openFence(n)
	}
	b.code(n, at, m, strings.TrimSpace(literal(info)), s)
}

// openFence looks at a code block that its fence does not end.
func (b *body) openFence(n *ast.FencedCodeBlock) {
	var lines []string
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		lines = append(lines, string(segment.Value(b.src)))
	}
	b.openCode(b.pos(n.Pos()), "end it with a line of its own, as it began", lines)
}

// openCode looks at a code block that takes in all that follows: what of it has a mark is no code.
func (b *body) openCode(at Pos, hint string, lines []string) {
	const msg = "the code block is not closed, and takes in all that follows"
	if slices.ContainsFunc(lines, b.marks.anywhere) {
		b.probs.errorf(at, hint, msg)
		return
	}
	b.doubt(at, hint, msg)
}

// fenceCloses reports whether a closing fence stands behind the last line of code. Markdown lets the
// end of the text close it, which here would put later portions under the mark of this one.
func (b *body) fenceCloses(n *ast.FencedCodeBlock) bool {
	end := max(0, n.Pos())
	if n.Info != nil {
		end = n.Info.Segment.Stop
	}
	end = b.nextLine(end)
	if lines := n.Lines(); lines.Len() > 0 {
		end = lines.At(lines.Len() - 1).Stop
	}
	line, _, _ := strings.Cut(string(b.src[min(end, len(b.src)):]), "\n")
	line = strings.TrimLeft(line, " \t>")
	return strings.HasPrefix(line, "```") || strings.HasPrefix(line, "~~~")
}

func (b *body) nextLine(offset int) int {
	return min(b.file.lineEnd(b.start+offset)-b.start+1, len(b.src))
}

// A lineOfCode is a line as it is printed, and where it stands.
type lineOfCode struct {
	text string
	at   Pos
}

// code flattens the lines of a code block, whose mark so far is m.
func (b *body) code(n ast.Node, at int, m mark, lang string, s *scope) {
	m.at = b.pos(at)
	var lines []lineOfCode
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		lines = append(lines, lineOfCode{strings.TrimSuffix(string(segment.Value(b.src)), "\n"), b.pos(segment.Start)})
	}
	if len(lines) > 0 && n.Kind() == ast.KindCodeBlock {
		m.at = lines[0].at
	}
	b.codeLines(lines, m, lang, s)
}

// codeLines adds a code block. Its mark, if it is not m, stands on its first line.
func (b *body) codeLines(in []lineOfCode, m mark, lang string, s *scope) {
	var lines []string
	for i, line := range in {
		rest := strings.TrimLeft(line.text, " \t")
		here := line.at.after(line.text, len(line.text)-len(rest))
		if i == 0 && !m.found {
			if first := b.firstCodeLine(rest, here); first.found {
				m = first
				continue
			}
		}
		b.codeLine(line.text, here)
		lines = append(lines, line.text)
	}
	if len(lines) == 0 && !m.bad {
		b.doubt(m.at, "delete it, or write the code", "the code block is empty, and is left out")
		return
	}
	b.add(s, Block{Kind: Code, Code: &CodeData{Lang: lang, Lines: lines}}, m, "code block")
}

func (b *body) firstCodeLine(line string, at Pos) mark {
	m := b.marks.read(line, at)
	if strings.HasPrefix(line, "(") && strings.HasSuffix(strings.TrimSpace(line), ")") {
		m = b.marks.slip(line, m)
	}
	if comment := strings.TrimLeft(line, "#/;-*%! \t"); !m.found && comment != line && b.marks.opens(comment) {
		b.probs.errorf(at, "put the mark behind the opening fence, or on a line by itself without the comment sign", "the first line of code hides a mark in a comment")
		m.bad = true
	}
	if m.found && !m.bad && strings.TrimSpace(line[len(m.text):]) != "" {
		b.probs.errorf(at, "put the mark on a line by itself, or behind the opening fence", "the mark of a code block shares its line with code")
		m.bad = true
	}
	return m
}

// codeLine refuses a mark that stands where code does: most likely a fence before it was
// forgotten, and the portion would go out under the mark of this one.
func (b *body) codeLine(line string, at Pos) {
	line = leadingTags.ReplaceAllString(quoteSigns.ReplaceAllString(line, ""), "")
	if !b.marks.opens(line) {
		return
	}
	silent := marker{scheme: b.marks.scheme, rule: b.marks.rule, probs: &problems{}}
	if m := silent.read(line, at); m.found && !m.bad {
		b.probs.errorf(at, "close the code block before it, or indent the line if it is code", "a mark stands at the start of a line of code")
	}
}

// quoteSigns are signs of Markdown that hardly begin a line of code.
var quoteSigns = regexp.MustCompile(`^(?:\s*(?:[->|]|\d{1,9}[.)])\s)+`)
