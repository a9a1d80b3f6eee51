package advisory

import (
	"strings"

	"bulletin/pipeline/marking"
)

// The objects that stand for the labels of TLP: 1.0 in STIX 2.1 §7.2.1.4, 2.0 as OASIS published them since.
var tlpObjects = map[string]marking.TLP{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": marking.Clear, // WHITE
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": marking.Green,
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": marking.Amber,
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": marking.Red,

	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": marking.Clear,
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": marking.Green,
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": marking.Amber,
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": marking.AmberStrict,
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": marking.Red,
}

// markings is what the marking-definitions of an object say.
type markings struct {
	labels     []marking.TLP
	statements []string // in words, that some scheme reads as a mark
	terms      []string // in other words: a copyright, terms of use
	unknown    []string // ids that nobody here knows
}

// highest is the strictest label; none if there is none.
func (m markings) highest() (t marking.TLP) {
	for _, l := range m.labels {
		t = max(t, l)
	}
	return t
}

// markingsOf reads the markings of an object, those of its parts included: a part is never taken more loosely than it
// is marked.
func (b *bundle) markingsOf(o object) (out markings) {
	refs := o.MarkingRefs
	for _, g := range o.Granular {
		if g.Ref != "" {
			refs = append(refs[:len(refs):len(refs)], g.Ref)
		}
	}
	for _, ref := range refs {
		if t, ok := tlpObjects[ref]; ok {
			out.labels = once(out.labels, t)
			continue
		}
		def, ok := b.byID[ref]
		said := said(def)
		switch m := tlpMention.FindStringSubmatch(said); {
		case !ok || said == "":
			out.unknown = once(out.unknown, ref)
		case m != nil && bareLabel.MatchString(said):
			out.labels = once(out.labels, label(m[1]))
		case isMark(said):
			out.statements = once(out.statements, said)
		default:
			out.terms = once(out.terms, said)
		}
	}
	return out
}

// said is what a marking-definition says, a label as "TLP:AMBER".
func said(def object) string {
	for _, e := range def.Extensions {
		if colour, ok := e["tlp_2_0"].(string); ok {
			return "TLP:" + colour
		}
	}
	switch def.DefinitionType {
	case "tlp":
		colour, _ := def.Definition["tlp"].(string)
		return "TLP:" + strings.TrimPrefix(strings.ToUpper(colour), "TLP:")
	case "statement":
		s, _ := def.Definition["statement"].(string)
		return oneLine(s)
	}
	return oneLine(def.Name)
}

// isMark reports whether some scheme reads a text as a banner or a portion's mark.
func isMark(s string) bool {
	for _, scheme := range marking.Schemes() {
		if _, err := scheme.ParseBanner(s); err == nil {
			return true
		}
	}
	return len(schemesOf(strings.Trim(s, "()"))) > 0
}

// reportMarking reads the marking of the report. Without one, what all objects have in common is the source's.
func (b *bundle) reportMarking() {
	whole := b.report
	whole.Granular = nil
	m := b.markingsOf(whole)
	for _, t := range b.markingsOf(b.report).labels {
		if t > m.highest() { // a part that is stricter than the whole: the author decides
			m.labels = append(m.labels, t)
		}
	}
	if b.report.ID == "" {
		m = b.common()
	}
	for _, t := range m.labels {
		b.p.said.labels = once(b.p.said.labels, t)
	}
	if len(m.labels) == 1 {
		b.tlp = m.labels[0]
	}
	b.statements = m.statements
	for _, s := range m.statements {
		b.p.quotes = append(b.p.quotes, "The source says of itself: "+s)
	}
	for _, s := range m.terms {
		b.p.quotes = append(b.p.quotes, "Its publisher states: "+s)
	}
	for _, id := range m.unknown {
		b.p.quotes = append(b.p.quotes, "It is marked by "+id+", which the bundle does not hold: ask its publisher.")
		b.p.note("a marking of the report is unknown: %s", id)
	}
}

// common is the markings of a bundle without a report: a label only where every object has the same.
func (b *bundle) common() (out markings) {
	for i, o := range b.objects {
		m := b.markingsOf(o)
		if i == 0 {
			out = m
		}
		if len(m.labels) != 1 || len(out.labels) != 1 || m.labels[0] != out.labels[0] {
			out.labels = nil
		}
	}
	return out
}

// textMarking reads what the report's own text says of its TLP.
func (b *bundle) textMarking() {
	found := statedTLP(b.report.Name + "\n\n" + b.report.Description)
	for _, t := range found.labels {
		b.p.said.labels = once(b.p.said.labels, t)
	}
	b.p.said.odd = append(b.p.said.odd, found.odd...)
	b.p.said.quotes = append(b.p.said.quotes, found.quotes...)
}

// mark returns the mark of an object that is marked otherwise than its report: what the source says, for the author to
// keep or to replace. What is no mark of the author's scheme fails check.
func (b *bundle) mark(o object) string {
	m := b.markingsOf(o)
	var own []string
	for _, s := range m.statements {
		if !contains(b.statements, s) {
			own = append(own, s)
		}
	}
	for _, s := range m.terms {
		b.p.quotes = once(b.p.quotes, "Its publisher states: "+s)
	}
	for _, id := range m.unknown {
		b.p.quotes = once(b.p.quotes, "Some of it is marked by "+id+", which the bundle does not hold: ask its publisher.")
	}
	t := m.highest()
	switch {
	case len(own) > 0 && strings.HasPrefix(strings.Trim(own[0], "("), "TLP:"): // narrowed, and says the label too
		return "(" + strings.Trim(own[0], "()") + ")"
	case len(own) > 0 && t != marking.NoTLP && t != b.tlp:
		return "(" + t.String() + ")(" + strings.Trim(own[0], "()") + ")"
	case len(own) > 0:
		return "(" + strings.Trim(own[0], "()") + ")"
	case t != marking.NoTLP && t != b.tlp:
		return "(" + t.String() + ")"
	}
	return ""
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}
