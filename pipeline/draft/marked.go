package draft

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"bulletin/pipeline/marking"
)

// marked returns the mark that a block of text begins with, and its text without it. A mark that
// stands where it would not be read as one is a problem: none is ever printed as text.
func (b *body) marked(n ast.Node) (mark, []Inline) {
	raw := string(n.Lines().Value(b.src))
	at := b.pos(n.Lines().At(0).Start)
	m := b.marks.read(raw, at)
	if n.Kind() != extast.KindTableCell || n.PreviousSibling() == nil { // the first of its row
		m = b.marks.slip(raw, m)
	}
	in := trimmed(b.inlines(n, 0))
	return b.settled(m, in, n.Kind() == extast.KindTableCell, func() bool {
		return b.lateMarks(n) || b.lateLines(in, func(look string) Pos { return at.after(raw, max(0, strings.Index(raw, look))) })
	})
}

// settled returns a block of text without the mark m that was read at its start, after a look whether it is one,
// and whether it is the only one. Late looks at the lines but the first.
func (b *body) settled(m mark, in []Inline, cell bool, late func() bool) (mark, []Inline) {
	if m.bad {
		return m, in
	}
	if m.found {
		var ok bool
		if in, ok = withoutMark(in, m.text); !ok {
			b.probs.errorf(m.at, "write it plainly, as the first thing", "the mark is part of a link or of other formatting")
			return refused(m), in
		}
		if len(in) == 0 && !cell {
			b.probs.errorf(m.at, "write both in one paragraph", "a mark without text behind it")
			return refused(m), in
		}
	}
	figure := isFigure(in)
	if !figure && (b.marks.hidden(Plain(in)) || b.marks.hidden(withoutSigns(Plain(in))) || b.marks.disguised(Plain(in))) {
		b.probs.errorf(m.at, plainly, "formatting or an escape hides a mark")
		return refused(m), in
	}
	if !late() {
		b.misplaced(in, m.at)
	}
	b.pictureMarks(in, figure && !m.found)
	return m, in
}

func withoutMark(in []Inline, written string) ([]Inline, bool) {
	written = strings.TrimRight(written, " \t\n")
	if len(in) == 0 || in[0].Kind != Text {
		return in, false
	}
	rest, ok := strings.CutPrefix(in[0].Text, written)
	in[0].Text = rest
	return trimmed(in), ok
}

// lateMarks refuses a line inside a block that begins with a mark: its author forgot the blank
// line before it, and it would go out under the mark of this block. It reports whether it found one.
func (b *body) lateMarks(n ast.Node) (found bool) {
	for i := 1; i < n.Lines().Len(); i++ {
		segment := n.Lines().At(i)
		line := string(segment.Value(b.src))
		before := n.Lines().At(i - 1)
		if b.mentions(string(before.Value(b.src)), line) {
			continue
		}
		if b.marks.opens(line) || b.marks.disguised(line) || b.marks.late(line) {
			b.probs.errorf(b.pos(segment.Start), "put a blank line before it; if it is no mark, move it into the line",
				"a line inside a portion begins with a mark")
			found = true
		}
	}
	return found
}

// lateLines refuses a mark at the start of a line that HTML begins: behind a br, in an item of a list in a cell. It
// reports whether it found one; at says where what it looks like stands.
func (b *body) lateLines(in []Inline, at func(look string) Pos) bool {
	before := ""
	for i, line := range strings.Split(unbroken(in), "\n") {
		wrapped := b.mentions(before, strings.TrimLeft(line, " \t"))
		before = line
		text := signs.ReplaceAllString(line, "")
		if i == 0 && text == strings.TrimLeft(line, " \t") || wrapped {
			continue // its mark has been read; or a label in a sentence
		}
		if b.marks.hidden(text) || b.marks.hidden(withoutSigns(text)) || b.marks.disguised(text) || b.marks.late(text) {
			b.probs.errorf(at(firstRunes(text, "(TLP:")), "begin a portion of its own with it; if it is no mark, move it into the line",
				"a line inside a portion begins with a mark")
			return true
		}
	}
	return false
}

// withoutSigns is a text without the signs of Markdown, or of a tag that is none, that it begins with: a tag before them made
// text of them.
func withoutSigns(text string) string { return markdownSigns.ReplaceAllString(text, "") }

var markdownSigns = regexp.MustCompile(`^\s*(?:(?:[-*+>#|?!/~=_]+|\d{1,9}[.)])\s*)+`)

// signs is what HTML puts before a line.
var signs = regexp.MustCompile(`^(?:\s|[•–|“]|\d+\. )+`)

// unbroken is the text of in, with its line breaks as such.
func unbroken(in []Inline) string {
	var s strings.Builder
	for _, i := range in {
		switch i.Kind {
		case Break:
			s.WriteString("\n\n") // no line that a sentence wraps onto
		case Footnote, Picture:
			s.WriteByte(' ')
		default:
			s.WriteString(i.Text)
			s.WriteString(unbroken(i.Children))
		}
	}
	return s.String()
}

// mention is a label of TLP in a sentence: "Subject to standard copyright rules, TLP:WHITE information may be …".
var mention = regexp.MustCompile(`^TLP:?\s?(WHITE|CLEAR|GREEN|AMBER|RED) [a-z]`)

// mentions reports whether a line begins with a label only because a sentence wrapped there, and it is none that would
// hold the text from anybody: not above the document's, and without a list.
func (b *body) mentions(before, line string) bool {
	m := mention.FindStringSubmatch(line)
	before = strings.TrimRight(before, " \t\n")
	if m == nil || b.marks.scheme == nil || b.marks.scheme.Name() != "tlp" || strings.Contains(line, "//") ||
		before == "" || !strings.ContainsAny(before[len(before)-1:], "abcdefghijklmnopqrstuvwxyz,") {
		return false
	}
	label, err := marking.ParseTLP("TLP:" + strings.Replace(m[1], "WHITE", "CLEAR", 1)) // as TLP 1.0 called it
	return err == nil && label <= b.doc.TLP
}

// pictureMarks refuses a mark in the alternative text of a picture that is no figure, or of a
// figure that has a mark already.
func (b *body) pictureMarks(in []Inline, allowed bool) {
	for _, i := range in {
		alt := Plain(i.Children)
		if i.Kind == Picture && !allowed && (b.marks.hidden(alt) || b.marks.within(alt) != "") {
			for _, p := range b.pictures {
				if p.image == i.Image {
					b.probs.errorf(p.at, "mark the paragraph, or make the picture a paragraph of its own", "a mark stands in the alternative text of a picture inside a portion")
				}
			}
		}
		if i.Kind != Picture && i.Kind != Footnote {
			b.pictureMarks(i.Children, false)
		}
	}
}

// captionMark returns the mark that the alternative text of the figure begins with, and takes
// it out.
func (b *body) captionMark(paragraph ast.Node, figure *Inline) mark {
	m := mark{at: b.pos(paragraph.Lines().At(0).Start)}
	var image ast.Node
	for c := paragraph.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Kind() == ast.KindImage {
			image = c
		}
	}
	if image == nil { // an img of HTML
		return b.altMark(figure, m.at)
	}
	if first, ok := image.FirstChild().(*ast.Text); ok {
		at := first.Segment.Start
		raw := string(first.Segment.Value(b.src))
		if last, ok := image.LastChild().(*ast.Text); ok && last.Segment.Stop > at {
			raw = string(b.src[at:last.Segment.Stop])
		}
		m = b.marks.slip(raw, b.marks.read(raw, b.pos(at)))
	}
	if m.bad {
		return m
	}
	if m.found {
		var ok bool
		if figure.Children, ok = withoutMark(figure.Children, m.text); !ok {
			b.probs.errorf(m.at, "write it plainly, as the first thing", "the mark is part of a link or of other formatting")
			return refused(m)
		}
	} else {
		m.at = b.pos(paragraph.Lines().At(0).Start)
	}
	if b.marks.hidden(Plain(figure.Children)) {
		b.probs.errorf(m.at, plainly, "formatting or an escape hides a mark")
		return refused(m)
	}
	b.misplaced(figure.Children, m.at)
	return m
}
