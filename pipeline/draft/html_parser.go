package draft

import (
	"bytes"
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// htmlParser is goldmark's parser of HTML blocks, but that a block goes on as long as some of its elements do.
// CommonMark (4.6, kinds 6 and 7) ends it at the next blank line, and so takes a table with blank lines inside for
// pieces of HTML, paragraphs, and what is indented for code.
type htmlParser struct {
	parser.BlockParser
	ends  map[int]int // where an element that has to be read as a whole ends, by where it begins
	until int         // how far the elements reach that began in the block so far
}

func newHTMLParser(src []byte) *htmlParser {
	return &htmlParser{BlockParser: parser.NewHTMLBlockParser(), ends: wholeElements(src)}
}

func (p *htmlParser) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	node, state := p.BlockParser.Open(parent, reader, pc)
	if node != nil {
		p.until = 0
		p.reach(line, segment.Start)
	}
	return node, state
}

func (p *htmlParser) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	line, segment := reader.PeekLine()
	if segment.Start < p.until && util.IsBlank(line) {
		node.Lines().Append(segment)
		reader.AdvanceToEOL()
		return parser.Continue | parser.NoChildren
	}
	p.reach(line, segment.Start)
	return p.BlockParser.Continue(node, reader, pc)
}

// reach notes how far the elements reach that begin in the line at start.
func (p *htmlParser) reach(line []byte, start int) {
	for i := bytes.IndexByte(line, '<'); i >= 0; {
		p.until = max(p.until, p.ends[start+i])
		next := bytes.IndexByte(line[i+1:], '<')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

// whole are the elements that blank lines do not end. The lists among them are read as a whole where no paragraph of
// Markdown stands in them.
var (
	whole      = []string{"table", "pre", "style", "script", "svg", "template", "noscript", "object", "iframe", "head", "textarea", "ul", "ol", "dl"}
	wholeLists = []string{"ul", "ol", "dl"}
)

const comment = "!--"

// wholeElements returns where in src each of those elements, and each comment, ends by where it begins. What is not
// closed is not among them.
func wholeElements(src []byte) map[int]int {
	ends := map[int]int{}
	paragraphs := markdownAfterBlank(src)
	open := map[string][]int{}
	noComment := false
	for i := 0; i < len(src); {
		next := bytes.IndexByte(src[i:], '<')
		if next < 0 {
			break
		}
		i += next
		name, closes := tagName(src[i:])
		switch {
		case name == comment && !noComment:
			end := bytes.Index(src[i:], []byte("-->"))
			if noComment = end < 0; noComment {
				break
			}
			ends[i] = i + end
			i += end
		case closes && len(open[name]) > 0:
			last := len(open[name]) - 1
			start := open[name][last]
			open[name] = open[name][:last]
			at := sort.SearchInts(paragraphs, start)
			if !slices.Contains(wholeLists, name) || at == len(paragraphs) || paragraphs[at] > i {
				ends[start] = i
			}
		case !closes && slices.Contains(whole, name):
			open[name] = append(open[name], i)
		}
		i++
	}
	return ends
}

// tagName returns the name of the tag that s begins with.
func tagName(s []byte) (name string, closes bool) {
	if bytes.HasPrefix(s, []byte("<"+comment)) {
		return comment, false
	}
	s = s[1:]
	if closes = len(s) > 0 && s[0] == '/'; closes {
		s = s[1:]
	}
	n := 0
	for n < len(s) && n < len("template")+1 && isLetter(s[n]) {
		n++
	}
	return strings.ToLower(string(s[:n])), closes
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// markdownAfterBlank returns where lines begin that follow a blank one, and are no HTML.
func markdownAfterBlank(src []byte) (out []int) {
	offset, blank := 0, true
	for line := range bytes.Lines(src) {
		rest := bytes.TrimLeft(line, " \t>\n")
		if blank && len(rest) > 0 && rest[0] != '<' {
			out = append(out, offset)
		}
		blank = len(rest) == 0
		offset += len(line)
	}
	return out
}
