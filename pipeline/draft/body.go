package draft

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// maxNesting is how deep lists and quotations may stand in each other on one line. The Markdown
// parser takes quadratic time for more.
const maxNesting = 16

// body flattens the Markdown of a draft to portions.
type body struct {
	file  *textFile
	probs *problems
	marks *marker
	doc   *Document
	start int // offset of the body in the file; goldmark counts from there

	src      []byte
	lists    int             // how many lists there were so far
	anchors  []string        // names for links to the next block
	warned   map[string]bool // what of HTML has been warned of, once for each kind
	notes    notes
	pictures []picture
	doubts   []Problem // warnings where nothing is marked, errors where anything is
	part     struct {  // what stands under the last marked heading, as far as it reaches
		label Label
		level int
	}
}

// picture is a picture that the body names, still without its digest.
type picture struct {
	image *Image
	file  string // its path in the draft's folder; empty if it is elsewhere
	at    Pos
}

// A scope is one list item or quotation. What its first block says of its marking holds for the
// blocks after it.
type scope struct {
	item    *Item
	quote   int
	name    string // for messages
	started bool
	label   Label // of the first block
	own     bool  // a block after the first has a mark of its own
	around  Label // of the item or quotation that this one stands in
	inQuote bool  // around is a quotation, which is a portion as a whole
}

func (s *scope) holds() bool { return s.item != nil || s.quote > 0 }

func (b *body) read() {
	b.src = bytes.Clone(b.file.text[b.start:])
	if !b.bounded() {
		return
	}
	b.shallow()
	if !b.linesWithin() {
		return
	}
	b.secondFront()
	root, err := parseMarkdown(b.src)
	if err != nil {
		b.probs.errorf(b.pos(0), "", "%v", err)
		return
	}
	b.definitions(root)
	b.nestedDefinitions(root)
	b.collectNotes(root)
	b.blocks(root, &scope{})
	b.looseNotes(len(b.src))
	b.decide()
	if len(b.doc.Portions) == 0 {
		b.probs.errorf(b.pos(0), "write at least a paragraph below the front matter", "the draft has no text")
	}
}

// parseMarkdown parses CommonMark with tables, footnotes, strikethrough and bare links.
func parseMarkdown(src []byte) (root ast.Node, err error) {
	defer func() {
		if r := recover(); r != nil { // goldmark has had panics on odd input
			err = fmt.Errorf("the text cannot be read as Markdown: %v", r)
		}
	}()
	md := goldmark.New(
		goldmark.WithExtensions(
			extension.Table,
			extension.Strikethrough,
			extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})),
		),
		// The footnote parsers without their transformer, which drops notes that nobody refers to.
		goldmark.WithParserOptions(
			parser.WithParagraphTransformers(util.Prioritized(wideTables{}, 199)),
			parser.WithBlockParsers(ownBlocks(src)...),
			parser.WithInlineParsers(util.Prioritized(extension.NewFootnoteParser(), 101)),
		),
	)
	return md.Parser().Parse(text.NewReader(src)), nil
}

// ownBlocks are the parsers of blocks beside those of CommonMark.
func ownBlocks(src []byte) []util.PrioritizedValue {
	return []util.PrioritizedValue{
		util.Prioritized(flatNotes{extension.NewFootnoteBlockParser()}, 999),
		util.Prioritized(newHTMLParser(src), 899),
	}
}

// linesWithin refuses lines that are too long. Which of them are code, the blocks say, which take no long time to find.
func (b *body) linesWithin() bool {
	all := true
	var code map[int]bool
	for i := range b.file.starts {
		most := maxLine
		if len(b.file.line(i)) > maxLine {
			if code == nil {
				code = b.linesOfCode()
			}
			if code[i] {
				most = maxCodeLine
			}
		}
		all = b.file.within(i, most, b.probs) && all
	}
	return all
}

// linesOfCode returns which lines of the file are code, in blocks that do not stand in others.
func (b *body) linesOfCode() map[int]bool {
	lines := map[int]bool{}
	blocks := parser.NewParser(parser.WithBlockParsers(append(parser.DefaultBlockParsers(), ownBlocks(b.src)...)...))
	for n := blocks.Parse(text.NewReader(b.src)).FirstChild(); n != nil; n = n.NextSibling() {
		if n.Kind() == ast.KindFencedCodeBlock || n.Kind() == ast.KindCodeBlock {
			for i := range n.Lines().Len() {
				lines[b.file.lineOf(b.start+n.Lines().At(i).Start)] = true
			}
		}
	}
	return lines
}

// shallow takes the signs of lists and quotations away from lines that open more of them in each other than any bulletin
// needs: old mails rule off with rows of >.
func (b *body) shallow() {
	offset := 0
	for line := range strings.Lines(string(b.src)) {
		// A row of hyphens or asterisks apart is a rule, and no lists.
		if from, to := tooDeepIn(line); from < to && strings.Trim(line, "-*_ \t\n") != "" {
			b.doubt(b.pos(offset), "nest less deeply", "more than %d lists and quotations stand in each other", maxNesting)
			text := strings.TrimRight(line[to:], "\n")
			filled := text + strings.Repeat(" ", to-from) // as long, so that every line stays where it is
			copy(b.src[offset+from:], filled)
		}
		offset += len(line)
	}
}

// tooDeepIn returns where the signs that a line begins with are more than those that are read.
func tooDeepIn(line string) (from, to int) {
	for depth := 1; ; depth++ {
		to += len(line[to:]) - len(strings.TrimLeft(line[to:], " \t"))
		if depth <= maxNesting+1 {
			from = to
		}
		sign := ">"
		if !strings.HasPrefix(line[to:], sign) {
			sign, _, _ = strings.Cut(line[to:], " ")
			sign, _, _ = strings.Cut(sign, ">")
			if sign = strings.TrimRight(sign, "\t\n"); !isContainerMarker(sign) {
				return from, to
			}
		}
		to += len(sign)
	}
}

func isContainerMarker(word string) bool {
	if slices.Contains([]string{">", "-", "*", "+"}, word) {
		return true
	}
	number, found := strings.CutSuffix(strings.ReplaceAll(word, ")", "."), ".")
	return found && number != "" && strings.Trim(number, "0123456789") == ""
}

// yamlLine is a line that front matter consists of: a key, an entry of a list, the rest of a value, a comment.
var yamlLine = regexp.MustCompile(`^(?:[\w-]+:(?:\s.*)?|\s.*|- .*|#.*|)$`)

// secondFront takes the front matter that a text had before it became a draft for what it is: lines of keys and values,
// which Markdown would make a heading of. Where anything is marked it is left to Markdown, which asks for its mark.
func (b *body) secondFront() {
	if !b.marks.unmarked() {
		return
	}
	first := len(b.src) - len(bytes.TrimLeft(b.src, "\n"))
	var lines []string
	offset := first
	for line := range strings.Lines(string(b.src[first:])) {
		offset += len(line)
		line = strings.TrimRight(line, " \t\n")
		switch {
		case len(lines) == 0 && line != "---", len(lines) == 1 && !strings.Contains(line, ":"), !yamlLine.MatchString(line) && line != "---", b.marks.anywhere(line):
			return
		case len(lines) < 2 || line != "---":
			lines = append(lines, line)
			continue
		}
		b.doc.Portions = append(b.doc.Portions, Portion{
			Label: Label{TLP: b.doc.TLP}, Pos: b.pos(first), Block: Block{Kind: Code, Code: &CodeData{Lang: "yaml", Lines: lines[1:]}},
		})
		b.probs.warnf(b.pos(first), "delete it, or keep what of it readers need", "the text has front matter of its own, which is printed as it is")
		for i := first; i < offset; i++ { // as long, so that every position stays
			if b.src[i] != '\n' {
				b.src[i] = ' '
			}
		}
		return
	}
}

// pos is where the byte at offset, as goldmark counts, stands in the file.
func (b *body) pos(offset int) Pos { return b.file.pos(b.start + max(0, offset)) }

// blocks flattens the children of a container.
func (b *body) blocks(parent ast.Node, s *scope) {
	var html wrapping
	defer html.end(b)
	begun, some := 0, false // where the portions begin that no blank line parts, and whether some of them are HTML
	run := func() {
		if some {
			b.together(b.doc.Portions[begun:])
		}
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		before := n.PreviousSibling()
		inHTML := isHTML(n) || before != nil && isHTML(before)
		if before == nil || b.parted(n) || !inHTML {
			run()
			begun, some = len(b.doc.Portions), false
		}
		some = some || inHTML
		if n.Parent().Kind() == ast.KindDocument {
			b.looseNotes(n.Pos())
		}
		switch n := n.(type) {
		case *ast.Heading:
			b.heading(n, s)
		case *ast.Paragraph, *ast.TextBlock:
			b.paragraph(n, s)
		case *ast.List:
			b.list(n, s)
		case *ast.Blockquote:
			b.quote(n, s)
		case *ast.FencedCodeBlock:
			b.fencedCode(n, s)
		case *ast.CodeBlock:
			b.code(n, n.Pos(), mark{}, "", s)
		case *extast.Table:
			b.table(n, s)
		case *ast.ThematicBreak:
			b.rule(b.pos(n.Pos()), s)
		case *ast.HTMLBlock:
			before := len(b.doc.Portions)
			html.pass(b, before, b.htmlBlock(n, s))
		case *ast.LinkReferenceDefinition, *extast.FootnoteList:
			// They print where they are referred to: definitions, collectNotes.
		default:
			b.probs.errorf(b.pos(n.Pos()), "", "%s cannot be used in a draft", n.Kind())
		}
	}
	run()
}

// parted reports whether a blank line stands before a block.
func (b *body) parted(n ast.Node) bool {
	before := b.src[:max(0, startOf(n))]
	before = before[:bytes.LastIndexByte(before, '\n')+1]
	if len(before) > 0 {
		before = before[:len(before)-1]
	}
	return len(bytes.Trim(before[bytes.LastIndexByte(before, '\n')+1:], " \t>")) == 0
}

func isHTML(n ast.Node) bool { return n.Kind() == ast.KindHTMLBlock }

func (b *body) heading(n *ast.Heading, s *scope) {
	if n.Lines().Len() == 0 {
		b.doubt(b.pos(n.Pos()), "delete it, or write its text", "the heading is empty, and is left out")
		return
	}
	m, in := b.marked(n)
	if len(in) == 0 && !m.found { // an image without its text, or a comment
		b.doubt(m.at, "delete it, or write its text", "the heading has no text, and is left out")
		return
	}
	b.add(s, Block{Kind: Heading, Level: n.Level, Text: in}, m, "heading")
}

func (b *body) paragraph(n ast.Node, s *scope) {
	if n.Lines().Len() == 0 {
		return
	}
	m, in := b.marked(n)
	if !m.found && isFigure(in) {
		m = b.captionMark(n, &in[0])
	}
	b.textBlock(m, in, s)
}

func isFigure(in []Inline) bool { return len(in) == 1 && in[0].Kind == Picture }

// textBlock adds a paragraph, or the figure that it consists of.
func (b *body) textBlock(m mark, in []Inline, s *scope) {
	if isFigure(in) {
		b.add(s, Block{Kind: Figure, Text: in[0].Children, Image: in[0].Image}, m, "figure")
		return
	}
	if len(in) == 0 && !m.found {
		return // a comment alone, which has been warned of
	}
	what := "paragraph"
	if s.item != nil && !s.started {
		what = "list item"
	}
	b.add(s, Block{Kind: Paragraph, Text: in}, m, what)
}

func (b *body) list(n *ast.List, s *scope) {
	b.lists++
	item := Item{Depth: 1, Ordered: n.IsOrdered(), List: b.lists, Start: n.Start}
	if s.item != nil {
		item.Depth = s.item.Depth + 1
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.FirstChild() == nil {
			b.probs.warnf(b.pos(c.Pos()), "delete it", "the list item is empty, and is left out")
			continue
		}
		b.blocks(c, &scope{
			item: &item, quote: s.quote, name: "list item",
			around: s.held(), inQuote: s.quote > 0,
		})
	}
}

// quote flattens a quotation. One inside a list item or another quotation belongs to it.
func (b *body) quote(n *ast.Blockquote, s *scope) {
	if !s.holds() {
		b.blocks(n, &scope{quote: 1, name: "quotation"})
		return
	}
	s.quote++
	b.blocks(n, s)
	s.quote--
}

func (b *body) rule(at Pos, s *scope) {
	if s.holds() {
		b.probs.warnf(at, "take the line out of it", "a rule inside a %s is left out", s.name)
		return
	}
	b.doc.Portions = append(b.doc.Portions, Portion{Block: Block{Kind: Rule}, Pos: at})
}

// doubt notes what is odd, and could make the mark of one portion reach over another, or let a portion go where its
// author did not want it: a warning where nothing is marked, and all of the draft goes to the same readers.
func (b *body) doubt(at Pos, hint, format string, args ...any) {
	b.doubts = append(b.doubts, Problem{Pos: at, Severity: Error, Hint: hint, Msg: fmt.Sprintf(format, args...)})
}

// decide says of what is in doubt whether it is an error.
func (b *body) decide() {
	for _, p := range b.doubts {
		if b.marks.unmarked() {
			p.Severity = Warning
		}
		b.probs.list = append(b.probs.list, p)
	}
}
