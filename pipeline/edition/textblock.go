package edition

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"bulletin/pipeline/draft"
)

// A page collects the lines of the plain text.
type page struct {
	width int // of a line, in columns
	lines []string
}

// blank ends a group of lines; several blanks are one.
func (p *page) blank() {
	if n := len(p.lines); n > 0 && p.lines[n-1] != "" {
		p.lines = append(p.lines, "")
	}
}

// fill wraps text, the first line after first and the others after rest.
func (p *page) fill(first, rest, text string) {
	lead := first
	for _, l := range wrap(text, p.width-columns(rest)) {
		p.lines = append(p.lines, lead+l)
		lead = rest
	}
}

// verbatim adds lines that are never wrapped.
func (p *page) verbatim(indent string, lines []string) {
	for _, l := range lines {
		p.lines = append(p.lines, indent+l)
	}
}

// heading is underlined: doubly for a section, singly below it.
func (p *page) heading(text string, level int) {
	p.blank()
	under, width := "=", 0
	if level > 2 {
		under = "-"
	}
	for _, l := range wrap(text, p.width) {
		p.lines = append(p.lines, l)
		width = max(width, columns(l))
	}
	p.lines = append(p.lines, strings.Repeat(under, min(width, p.width)))
	p.blank()
}

func (p *page) blocks(blocks []draft.Block) {
	for i, b := range blocks {
		if startsGroup(blocks, i) {
			p.blank()
		}
		p.block(b)
	}
	p.blank()
}

// startsGroup reports whether air stands before the block at i: everywhere but between the short items
// of one list.
func startsGroup(blocks []draft.Block, i int) bool {
	b := blocks[i]
	if i == 0 || b.Item == nil || blocks[i-1].Item == nil || b.Continues || blocks[i-1].Continues {
		return true
	}
	return b.Item.Depth == 1 && b.Item.List != blocks[i-1].Item.List && blocks[i-1].Item.Depth == 1
}

func (p *page) block(b draft.Block) {
	first, rest := leads(b)
	switch b.Kind {
	case draft.Heading:
		p.heading(marked(b.Mark, plain(b.Text)), b.Level)
	case draft.Paragraph:
		p.fill(first, rest, marked(b.Mark, plain(b.Text)))
	case draft.Table:
		p.note(b.Mark, first, &rest)
		p.verbatim(rest, newGrid(b.Table).lines(p.width-columns(rest)))
	case draft.Code:
		p.note(b.Mark, first, &rest)
		p.verbatim(rest+"    ", b.Code.Lines)
	case draft.Figure:
		p.fill(first, rest, marked(b.Mark, figure(b)))
	case draft.Rule:
		p.fill(first, rest, "- - -")
	}
}

// note writes the mark of a block that has no running text on a line of its own.
func (p *page) note(mark, first string, rest *string) {
	if mark != "" || first != *rest {
		p.fill(first, *rest, mark)
	}
}

// leads returns what stands before a block's first line and before its others: the signs of
// quotation, the indent of the list, the bullet or number.
func leads(b draft.Block) (first, rest string) {
	quote := strings.Repeat("> ", b.Quote)
	if b.Item == nil {
		return quote, quote
	}
	bullet := "-  "
	if b.Item.Ordered {
		bullet = fmt.Sprintf("%-3s", fmt.Sprintf("%d.", b.Item.Number))
		if !strings.HasSuffix(bullet, " ") {
			bullet += " "
		}
	}
	indent := quote + strings.Repeat("   ", b.Item.Depth-1)
	rest = indent + strings.Repeat(" ", len(bullet))
	if b.Continues {
		return rest, rest
	}
	return indent + bullet, rest
}

func figure(b draft.Block) string {
	caption := plain(b.Text)
	if caption == "" && b.Image != nil {
		caption = b.Image.Name
	}
	return "[Figure: " + caption + "; see the PDF]"
}

// marked puts the mark before the text, as CAPCO-2016 and TLP 2.0 want it.
func marked(mark, text string) string {
	return strings.TrimSpace(mark + " " + text)
}

// plain writes inlines as text. A link shows its address, unless that is its text or it leads to another place of the
// same text.
func plain(in []draft.Inline) string {
	var b strings.Builder
	for _, i := range in {
		switch i.Kind {
		case draft.Text:
			b.WriteString(i.Text)
		case draft.CodeSpan:
			b.WriteString("`" + i.Text + "`")
		case draft.Strike:
			b.WriteString("~~" + plain(i.Children) + "~~")
		case draft.Link:
			b.WriteString(link(plain(i.Children), i.URL))
		case draft.Super:
			b.WriteString(raised("^", plain(i.Children)))
		case draft.Sub:
			b.WriteString(raised("_", plain(i.Children)))
		case draft.Break:
			b.WriteString("\n")
		case draft.Footnote:
			// Not "[1]": that is how drafts cite their references.
			fmt.Fprintf(&b, " [note%c%d]", noBreak, i.Number)
		case draft.Picture:
			b.WriteString("[picture: " + plain(i.Children) + "]")
		default:
			b.WriteString(plain(i.Children))
		}
	}
	return b.String()
}

// raised writes what stands above or below the line: 10^6, CO_2, x^(n+1). Letters need no sign (1st, Mme), nor
// does what stands in brackets already.
func raised(sign, text string) string {
	if text == "" || strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 || strings.ContainsAny(text[:1], "[( ") {
		return text
	}
	if strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) >= 0 {
		text = "(" + text + ")"
	}
	return sign + text
}

func link(text, url string) string {
	if text == url || "mailto:"+text == url || url == "" || strings.HasPrefix(url, "#") {
		return text
	}
	if text == "" {
		return "<" + url + ">"
	}
	return text + " <" + url + ">"
}

// Notes returns the edition's footnotes, each once however often it is referred to, in order of number.
func (e Edition) Notes() []draft.Inline {
	var out []draft.Inline
	for i := range e.Blocks {
		e.Blocks[i].EachInline(func(in *draft.Inline) {
			same := func(n draft.Inline) bool { return n.Number == in.Number }
			if in.Kind == draft.Footnote && !slices.ContainsFunc(out, same) {
				out = append(out, *in)
			}
		})
	}
	slices.SortStableFunc(out, func(a, b draft.Inline) int { return a.Number - b.Number })
	return out
}
