package draft

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"time"
)

// document reads every portion in turn. An unmarked heading goes where anything under it goes, so that nobody could say
// whom an indicator in it is for: headings say what stands below them, and are no place for indicators themselves.
func (p *proposer) document() {
	var under sections
	for i, portion := range p.doc.Portions {
		b := portion.Block
		at := &place{proposer: p, labels: []Label{portion.Label}, pos: portion.Pos}
		at.from = p.offset(portion.Pos)
		at.to = len(p.front.file.text)
		if i+1 < len(p.doc.Portions) {
			at.to = max(at.from, p.offset(p.doc.Portions[i+1].Pos))
		}
		switch {
		case b.Kind == Heading:
			under.heading(b.Level, Plain(b.Text))
		case b.Table != nil:
			at.table(b.Table, under.topic())
		case b.Code != nil:
			at.code(b.Code, under.topic())
		default:
			before := len(p.list)
			if text := Plain(b.Text); b.Item == nil && under.title(text) {
				at.lines(b.Text, "") // it may hold a hash even so
			} else if at.lines(b.Text, under.topic()); b.Item == nil && len(p.list) == before {
				under.lead = "" // prose, and what follows is about something else
			}
		}
	}
}

// offset is where the line of a place begins.
func (p *proposer) offset(at Pos) int {
	if at.Line < 1 || at.Line > len(p.front.file.starts) {
		return 0
	}
	return p.front.file.starts[at.Line-1]
}

// place is a portion, a row or a note that is being read.
type place struct {
	*proposer
	labels    []Label
	pos       Pos // where it begins
	from, to  int // its bytes in the draft
	firstSeen string
	lastSeen  string
}

// name proposes a value that stands here as written.
func (p *place) name(typ, value, written, note string) {
	i := Indicator{Type: typ, Value: value, FirstSeen: p.firstSeen, LastSeen: p.lastSeen, Note: note, Pos: p.find(written)}
	p.add(i, p.labels)
}

// find returns where written stands, and goes on behind it. What the draft spells otherwise, by entities or escapes, is
// at the beginning of the place.
func (p *place) find(written string) Pos {
	first, _, _ := strings.Cut(written, "\n")
	text := p.front.file.text[:p.to]
	if i := bytes.Index(text[min(p.from, p.to):], []byte(first)); i >= 0 && first != "" {
		at := p.front.file.pos(p.from + i)
		p.from += i + len(first)
		return at
	}
	return p.pos
}

// lines reads running text, line by line, then its notes: each has a label of its own within the portion's.
func (p *place) lines(in []Inline, topic string) {
	for _, l := range linesOf(in) {
		p.line(l, topic)
	}
	p.notes(in)
}

// notes reads the notes in a text. One in another has the label of that too.
func (p *place) notes(in []Inline) {
	for _, i := range in {
		if i.Kind != Footnote {
			p.notes(i.Children)
			continue
		}
		note := *p
		note.labels = slices.Concat(p.labels, []Label{i.Label})
		note.from, note.to = p.offset(p.pos), len(p.front.file.text) // it is written anywhere
		for _, l := range linesOf(i.Children) {
			note.line(l, "")
		}
		note.notes(i.Children)
	}
}

// line is a line of text; codes are the code spans in it, and code says that it is one as a whole.
type line struct {
	text  string
	codes []string
	code  bool
}

// linesOf cuts text at its line breaks. The target of a link is a reference; only its text is read.
func linesOf(in []Inline) []line {
	out := []line{{}}
	var read func([]Inline)
	read = func(in []Inline) {
		for _, i := range in {
			last := &out[len(out)-1]
			switch i.Kind {
			case Break:
				out = append(out, line{})
			case Footnote, Picture:
			case CodeSpan:
				last.codes = append(last.codes, i.Text)
				last.text += i.Text
			case Link:
				if text := Plain(i.Children); i.URL != text && i.URL != "mailto:"+text && i.URL != "http://"+text { // "[evil.example](https://…)": not by itself on its line
					last.text += linkMark + text + linkMark
					continue
				}
				read(i.Children)
			default:
				last.text += i.Text
				read(i.Children)
			}
		}
	}
	read(in)
	return out
}

// linkMark stands around the text of a link that leads elsewhere: an object replacement character, which is in no value.
const linkMark = "\ufffc"

// table reads a table by its columns. A row that says what the rows below it hold ("MD5 hashes" over all columns, or a
// head where the table has none) is a head too.
func (p *place) table(t *TableData, topic string) {
	heads := make([]string, len(t.Head))
	for i, c := range t.Head {
		heads[i] = Plain(c)
	}
	topics := columnTopics(heads, topic)
	for _, r := range t.Rows {
		row := *p
		if r.Label != (Label{}) {
			row.labels = slices.Concat(p.labels, []Label{r.Label})
		}
		if r.Pos.Line > 0 {
			row.pos, row.from = r.Pos, p.offset(r.Pos)
		}
		if head := headRow(r); head != nil {
			heads = head
			topics = columnTopics(heads, topic)
		}
		row.dates(r, heads)
		row.row(r, topics)
		p.from = max(p.from, row.from)
	}
	for _, c := range t.Head {
		p.lines(c, "")
	}
}

// columnTopics returns what each column is about. Where no head says anything it is what the text around says.
func columnTopics(heads []string, around string) []string {
	out := make([]string, len(heads))
	said := false
	for i, h := range heads {
		out[i] = columnTopic(h)
		said = said || out[i] != ""
	}
	for i := range out {
		if !said {
			out[i] = around
		}
	}
	return out
}

// headRow returns the heads that a row gives to its columns; nil if it is none. A row over all columns heads all of them.
func headRow(r Row) []string {
	heads := make([]string, len(r.Cells))
	filled, said := 0, 0
	for i, c := range r.Cells {
		heads[i] = strings.TrimSpace(Plain(c))
		if heads[i] == "" {
			continue
		}
		filled++
		if columnTopic(heads[i]) != "" && !holdsValue(heads[i]) {
			said++
		}
	}
	switch {
	case said == 0 || said < filled && filled != 2:
		return nil
	case filled == 1 && heads[0] != "": // alone in its row, over all of it
		for i := range heads {
			heads[i] = heads[0]
		}
		return heads
	case said < filled: // "MD5 | 0a1b…" is a row that names its own value
		if holdsValue(heads[0]) || holdsValue(heads[1]) || columnTopic(heads[0]) != "" {
			return nil
		}
	}
	return heads
}

// holdsValue reports whether s holds something that could be an indicator, so that it is no title.
func holdsValue(s string) bool {
	return valueLike.MatchString(s)
}

var valueLike = regexp.MustCompile(`[0-9a-fA-F]{32}|\w\.\w|\[\.\]|\\|@|://`)

// dates takes over when the row says an indicator was seen, where that is a whole date.
func (p *place) dates(r Row, heads []string) {
	for i, c := range r.Cells {
		if i >= len(heads) {
			break
		}
		text := strings.TrimSpace(Plain(c))
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			continue
		}
		switch head := strings.ToLower(heads[i]); {
		case strings.Contains(head, "first seen"), strings.Contains(head, "first_seen"):
			p.firstSeen = text
		case strings.Contains(head, "last seen"), strings.Contains(head, "last_seen"):
			p.lastSeen = text
		}
	}
	if p.firstSeen != "" && p.lastSeen != "" && p.lastSeen < p.firstSeen {
		p.firstSeen, p.lastSeen = "", ""
	}
}

// row reads the cells of a row. Where its first cell says what the row holds ("SHA-256 | 0a1b…") that holds for the
// cells whose column says nothing narrower.
func (p *place) row(r Row, topics []string) {
	named := ""
	if len(r.Cells) > 1 {
		if first := Plain(r.Cells[0]); !holdsValue(first) {
			named = columnTopic(first)
		}
	}
	for i, c := range r.Cells {
		topic := ""
		if i < len(topics) {
			topic = topics[i]
		}
		if i > 0 && named != "" && (topic == "" || topic == anyType || named == quiet) {
			topic = named
		}
		for _, l := range linesOf(c) {
			p.cell(l, topic)
		}
		p.notes(c)
	}
}

// code reads a code block: a YARA rule whole, other code line by line.
func (p *place) code(c *CodeData, topic string) {
	whole := strings.TrimSpace(strings.Join(c.Lines, "\n"))
	if yaraForm.MatchString(whole) {
		p.name("yara", whole, whole, "")
		return
	}
	if c.Lang != "" && topic != quiet && c.Lang != "text" {
		topic = "" // a program: what stands in it is not a list
	}
	for _, l := range c.Lines {
		p.line(line{text: l, code: true}, topic)
	}
}

var yaraForm = regexp.MustCompile(`(?s)(?:^|\n)\s*(?:(?:private|global)\s+)*rule\s+[A-Za-z_]\w*\s*(?::[\w\s]+)?\{.*\bcondition\s*:.*\}`)
