package edition

import (
	"fmt"
	"strings"
	"time"

	"bulletin/pipeline/attack"
	"bulletin/pipeline/marking"
)

// Text returns the whole edition as plain text: UTF-8, lines of at most 74 columns that end in LF
// (what must be copied whole, such as a hash or a line of code, is never broken). It is the text
// companion and the plain body of the mail, so it says everything that the PDF says. The banner is
// its first line and its last; no line begins with "From " or ends in white space. Indicators are
// defanged: people read this.
func Text(e Edition) string {
	p := &page{width: textWidth}
	p.head(e)
	p.actions(e)
	p.glance(e)
	p.statements(e)
	p.blank()
	p.blocks(e.Blocks)
	p.after(e)
	return clean(strings.Join(p.lines, "\n")) + "\n"
}

// after writes what follows the body. What a reader acts on comes before what explains it.
func (p *page) after(e Edition) {
	p.notes(e)
	p.indicators(e)
	p.techniques(e)
	p.attachments(e)
	p.references(e)
	p.section("Contacts and reporting", e.Contacts, func(int) string { return "-  " })
	p.history(e)
	p.foot(e)
}

func (p *page) head(e Edition) {
	p.fill("", "", e.Banner)
	p.handledAs(e)
	p.blank()
	if e.TLP != marking.NoTLP {
		if e.TLP.String() != e.Banner {
			p.fill("", "", e.TLP.String())
		} else {
			p.lines = p.lines[:len(p.lines)-1] // the banner is the label
		}
		p.fill("", "", e.TLP.Meaning())
		p.blank()
	}
	number := e.Number
	if number == "" {
		number = "(not numbered yet)"
	}
	if n := e.NoticeLine(); n != "" {
		p.fill("", "", n)
	}
	p.fill("", "", fmt.Sprintf("CYBER %s %s", strings.ToUpper(string(e.Kind)), number))
	p.fill("", "", marked(e.Title.Mark, e.Title.Text))
	p.blank()
	p.field("Released", e.moment(e.Released))
	if len(e.History) > 0 {
		p.field("Version", e.History[len(e.History)-1].Version)
	}
	if e.Originator != "" {
		p.field("Originator", e.Originator.Name())
	}
	p.field("Edition", "for "+string(e.Nation))
	p.field("Precedence", strings.ToUpper(string(e.Precedence)))
	if e.Correction.Text != "" {
		p.field("Correction", e.CorrectionLine())
	}
	if !e.Embargo.IsZero() {
		p.field("Embargo", e.EmbargoHolds()+" "+e.moment(e.Embargo))
	}
}

// foot is the last that people read: the banner, and before it the nation's own mark.
func (p *page) foot(e Edition) {
	p.blank()
	p.handledAs(e)
	p.fill("", "", e.Banner)
}

func (p *page) handledAs(e Edition) {
	if as := e.HandledAs(); as != "" {
		p.fill("", "", as)
	}
}

// field writes "Name:  value", the values aligned.
func (p *page) field(name, value string) {
	p.fill(fmt.Sprintf("%-12s", name+":"), strings.Repeat(" ", 12), value)
}

// moment prints a time in UTC, on the reader's own clock, and on those of the other four capitals.
func (e Edition) moment(t time.Time) string {
	if t.IsZero() {
		return "(not released yet)"
	}
	var others []string
	for _, l := range LocalTimes(t) {
		if l.Nation != e.Nation {
			others = append(others, l.Place+" "+l.Time.Format("2 Jan 15:04 -07:00"))
		}
	}
	return Stamp(t) + "\n" + e.Local(t).String() + "\n" + strings.Join(others, ", ")
}

func (p *page) actions(e Edition) {
	p.section("Actions to take today", e.Actions, func(i int) string { return fmt.Sprintf("%d. ", i+1) })
}

// section writes lines of front matter under a heading, if there are any.
func (p *page) section(title string, lines []Line, bullet func(i int) string) {
	if len(lines) == 0 {
		return
	}
	p.heading(title, 2)
	for i, l := range lines {
		p.item(bullet(i), marked(l.Mark, l.Text))
	}
}

// item writes text after a bullet, its further lines aligned to the first.
func (p *page) item(bullet, text string) {
	p.fill(bullet, strings.Repeat(" ", len(bullet)), text)
}

func (p *page) glance(e Edition) {
	if len(e.Glance) == 0 {
		return
	}
	p.heading("At a glance", 2)
	for _, g := range e.Glance {
		p.field(g.Name, marked(g.Mark, g.Text))
	}
}

// statements says who has the bulletin, and what its marking requires to be said.
func (p *page) statements(e Edition) {
	p.heading("Handling", 2)
	p.fill("", "", e.Circulation())
	for _, s := range e.Statements {
		p.blank()
		p.fill("", "", s)
	}
}

func (p *page) notes(e Edition) {
	all := e.Notes()
	if len(all) == 0 {
		return
	}
	p.heading("Notes", 2)
	for _, n := range all {
		p.item(fmt.Sprintf("[note %d] ", n.Number), marked(n.Mark, plain(n.Children)))
	}
}

func (p *page) techniques(e Edition) {
	if len(e.Attack) == 0 {
		return
	}
	p.heading("MITRE ATT&CK (Enterprise, version "+attack.Version+")", 2)
	for _, t := range e.Attack {
		text := t.ID
		if name := attack.Title(t.ID); name != "" {
			text += " " + name
		}
		if known, _ := attack.Lookup(t.ID); len(known.Tactics) > 0 {
			text += " (" + strings.Join(known.Tactics, ", ") + ")"
		}
		if t.Use != "" {
			text += ": " + t.Use
		}
		p.item("-  ", marked(t.Mark, text))
	}
}

func (p *page) indicators(e Edition) {
	if len(e.Indicators) == 0 {
		return
	}
	p.heading("Indicators", 2)
	intro := "Defanged: write hxxp as http, [.] as a dot, [:] as a colon and [@] as @ before use. The attached CSV and STIX files hold the raw values; in the CSV a leading ' guards spreadsheets and is no part of the value."
	if !e.Released.IsZero() {
		intro = "As of " + Stamp(e.Released) + ". " + intro
	}
	p.fill("", "", intro)
	for _, i := range e.Indicators {
		p.blank()
		p.item("-  ", marked(i.Mark, i.about()))
		p.verbatim("   ", strings.Split(Defang(i.Type, i.Value), "\n"))
		if i.Note != "" {
			p.fill("   ", "   ", i.Note)
		}
	}
}

// about says of an indicator what is not its value: "domain, confidence high, seen 2026-10-01".
func (i Indicator) about() string {
	parts := []string{i.Type}
	if i.Confidence != "" {
		parts = append(parts, "confidence "+i.Confidence)
	}
	switch {
	case i.FirstSeen != "" && i.LastSeen != "":
		parts = append(parts, "seen "+i.FirstSeen+" to "+i.LastSeen)
	case i.FirstSeen != "":
		parts = append(parts, "seen since "+i.FirstSeen)
	case i.LastSeen != "":
		parts = append(parts, "last seen "+i.LastSeen)
	}
	return strings.Join(parts, ", ")
}

func (p *page) references(e Edition) {
	p.section("References", e.References, func(i int) string { return fmt.Sprintf("[%d] ", i+1) })
}

func (p *page) history(e Edition) {
	if len(e.History) == 0 {
		return
	}
	p.heading("Version history", 2)
	for _, v := range e.History {
		p.item("-  ", fmt.Sprintf("%s, %s, %s: %s", v.Version, Stamp(v.At), v.Change, v.Summary))
		p.fill("   ", "   ", e.Local(v.At).String())
	}
}
