package edition

import (
	"fmt"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// Unit is a piece of an edition that is compared as one: a line of front matter, a portion, an indicator.
type Unit struct {
	Part string // which part of the edition: "title", "action", "portion", "indicator" …
	Text string // its mark and text, unwrapped; its lines are those of a table or of code
}

// Units cuts an edition into everything that its reader sees of it, so that two revisions can be compared.
func Units(e Edition) []Unit {
	var out []Unit
	add := func(part, mark, text string) {
		if text = clean(marked(mark, text)); text != "" {
			out = append(out, Unit{part, text})
		}
	}
	add("banner", "", e.Banner)
	add("equivalent", "", e.HandledAs())
	if e.TLP != marking.NoTLP {
		add("TLP", "", e.TLP.String())
	}
	add("title", e.Title.Mark, e.Title.Text)
	add("correction", e.Correction.Mark, e.Correction.Text)
	add("kind", "", string(e.Kind))
	add("precedence", "", string(e.Precedence))
	add("for", "", pipeline.JoinNations(e.ReleasableTo, " "))
	if !e.Embargo.IsZero() {
		add("embargo", "", Stamp(e.Embargo))
	}
	for _, g := range e.Glance {
		add(strings.ToLower(g.Name), g.Mark, g.Text)
	}
	lines := func(part string, in []Line) {
		for _, l := range in {
			add(part, l.Mark, l.Text)
		}
	}
	lines("action", e.Actions)
	for _, s := range e.Statements {
		add("handling", "", s)
	}
	for _, b := range e.Blocks {
		add("portion", b.Mark, unitText(b))
	}
	for _, n := range e.Notes() {
		add("note", n.Mark, plain(n.Children))
	}
	for _, t := range e.Attack {
		add("technique", t.Mark, strings.TrimSpace(t.ID+" "+t.Use))
	}
	for _, i := range e.Indicators {
		add("indicator", i.Mark, strings.TrimSpace(Defang(i.Type, i.Value)+"\n"+i.about()+"\n"+i.Note))
	}
	for _, a := range e.Attachments {
		add("attachment", a.Mark, strings.TrimSpace(a.Name+", "+a.Count()+"\n"+a.About+"\n"+string(a.Digest)))
	}
	lines("reference", e.References)
	lines("contact", e.Contacts)
	return out
}

// unitText is what a block says, without layout that would change with what stands around it.
func unitText(b draft.Block) string {
	switch b.Kind {
	case draft.Table:
		rows := []string{row("", b.Table.Head)}
		for _, r := range b.Table.Rows {
			rows = append(rows, row(r.Mark, r.Cells))
		}
		return strings.Join(rows, "\n")
	case draft.Code:
		return strings.Join(b.Code.Lines, "\n")
	case draft.Figure:
		text := figure(b)
		if b.Image != nil && b.Image.Digest != "" { // another picture under the same name is a change
			text += fmt.Sprintf(" (picture %.12s)", b.Image.Digest)
		}
		return text
	case draft.Rule:
		return "- - -"
	}
	text := plain(b.Text)
	if b.Kind == draft.Heading {
		return strings.Repeat("#", b.Level) + " " + text
	}
	return text
}

func row(mark string, cells [][]draft.Inline) string {
	texts := make([]string, len(cells))
	for i, c := range cells {
		texts[i] = plain(c)
	}
	return marked(mark, strings.Join(texts, " | "))
}
