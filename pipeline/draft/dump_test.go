package draft

import (
	"fmt"
	"strings"

	"bulletin/pipeline"
)

// dump writes a document as text that people can read and compare.
func dump(doc *Document) string {
	var s strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&s, format+"\n", args...) }
	p("%s %s scheme=%s tlp=%s banner=%q originator=%q", doc.Kind, doc.Precedence, doc.Scheme.Name(), doc.TLP, doc.Banner.Banner(), doc.Originator)
	p("releasable to %s", pipeline.JoinNations(doc.ReleasableTo, " "))
	if !doc.Embargo.IsZero() {
		p("embargo %s", doc.Embargo.Format("2006-01-02T15:04:05Z07:00"))
	}
	line := func(what string, l Line) { p("%s %s%s: %s", l.Pos, what, l.Label.Print(), l.Text) }
	line("title", doc.Title)
	for _, g := range doc.Glance {
		line("glance "+g.Name, g.Line)
	}
	for what, lines := range map[string][]Line{"action": doc.Actions} {
		for _, l := range lines {
			line(what, l)
		}
	}
	for _, l := range doc.References {
		line("reference", l)
	}
	for _, l := range doc.Contacts {
		line("contact", l)
	}
	for _, t := range doc.Attack {
		p("%s attack%s: %s %s", t.Pos, t.Label.Print(), t.ID, t.Use)
	}
	for _, b := range doc.Portions {
		p("%s %s%s", b.Pos, describeBlock(b), dumpBlock(b.Block))
	}
	for _, i := range doc.Indicators {
		p("%s indicator%s: %s", i.Pos, i.Label.Print(), strings.Join([]string{i.Type, i.Value, i.FirstSeen, i.LastSeen, i.Confidence, i.Note}, "|"))
	}
	for _, f := range doc.Files {
		p("file %s %d %.8s", f.Name, f.Size, f.Digest)
	}
	return s.String()
}

func describeBlock(p Portion) string {
	b := p.Block
	s := string(b.Kind)
	if b.Level > 0 {
		s += fmt.Sprint(b.Level)
	}
	if i := b.Item; i != nil {
		s += fmt.Sprintf(" item(depth %d list %d", i.Depth, i.List)
		if i.Ordered {
			s += fmt.Sprintf(" from %d", i.Start)
		}
		s += ")"
	}
	if b.Quote > 0 {
		s += fmt.Sprintf(" quote(%d)", b.Quote)
	}
	if b.Continues {
		s += " continues"
	}
	return s + fmt.Sprintf(" label=%q mark=%q", p.Label.Print(), b.Mark)
}

func dumpBlock(b Block) string {
	s := " "
	if b.Image != nil {
		s += fmt.Sprintf("<%s %.8s> ", b.Image.Name, b.Image.Digest)
	}
	s += dumpInlines(b.Text)
	if b.Code != nil {
		s += fmt.Sprintf("%s %q", b.Code.Lang, b.Code.Lines)
	}
	if b.Table != nil {
		s += fmt.Sprintf("%q", b.Table.Align)
		for _, r := range append([]Row{{Cells: b.Table.Head}}, b.Table.Rows...) {
			s += "\n   row" + r.Label.Print()
			for _, c := range r.Cells {
				s += " | " + dumpInlines(c)
			}
		}
	}
	return s
}

func dumpInlines(in []Inline) string {
	var s strings.Builder
	for _, i := range in {
		switch i.Kind {
		case Text:
			s.WriteString(i.Text)
		case Break:
			s.WriteString("⏎")
		case CodeSpan:
			fmt.Fprintf(&s, "code{%s}", i.Text)
		case Link:
			fmt.Fprintf(&s, "link{%s}(%s)", dumpInlines(i.Children), i.URL)
		case Picture:
			fmt.Fprintf(&s, "picture{%s}(%s %.8s)", dumpInlines(i.Children), i.Image.Name, i.Image.Digest)
		default:
			fmt.Fprintf(&s, "%s%s{%s}", i.Kind, i.Mark, dumpInlines(i.Children))
		}
	}
	return s.String()
}
