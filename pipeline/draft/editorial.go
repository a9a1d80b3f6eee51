package draft

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// editorial warns of what a bulletin should have and this one has not. It is for people to weigh;
// policy may make submit refuse it.
func editorial(doc *Document, f *front, p *problems) {
	at := f.at
	if f.actionsPos.Line > 0 {
		at = f.actionsPos
	}
	if n := len(doc.Actions); n < 3 || n > 7 {
		p.warnf(at, "give three to seven, the most urgent first", "the bulletin has %d actions to take", n)
	}
	if (doc.Kind == "bulletin" || doc.Kind == "flash") && !hasHeading(doc, mitigation) {
		p.warnf(f.at, "add a heading Mitigations and what to do", "a %s needs a section on mitigations", doc.Kind)
	}
	if len(doc.Portions) > 0 && doc.Portions[0].Block.Kind != Paragraph && !hasHeading(doc, summary) {
		p.warnf(doc.Portions[0].Pos, "begin with a paragraph that says who, what, when and how sure", "the draft has no summary")
	}
	for i, portion := range doc.Portions {
		if portion.Block.Kind == Heading && portion.Label.Mark == nil && !HeadsAnything(doc.Portions[i:]) {
			p.warnf(portion.Pos, "write text under it, or write it as a bold line", "nothing stands under this heading, and no edition has it")
		}
	}
	citations(doc, p)
	placeholders(doc, p)
}

// HeadsAnything reports whether something is said between a heading, the first of the portions, and the next of its level
// or above: an unmarked heading goes where what is under it goes.
func HeadsAnything(heading []Portion) bool {
	for _, below := range heading[1:] {
		switch b := below.Block; {
		case b.Kind == Heading && b.Level <= heading[0].Block.Level:
			return false
		case b.Kind != Heading && b.Kind != Rule:
			return true
		}
	}
	return false
}

// ToWrite begins a placeholder that an editor has to replace; a ] ends it.
const ToWrite = "[To write: "

// placeholders warns of what nobody has written yet.
func placeholders(doc *Document, p *problems) {
	for _, l := range doc.Labels() {
		if _, what, found := strings.Cut(l.Text, ToWrite); found {
			what, _, _ = strings.Cut(what, "]")
			p.warnf(l.Pos, "write it, or delete the place", "nobody has written this yet: %s", strings.TrimRight(what, "."))
		}
	}
}

var (
	mitigation = regexp.MustCompile(`(?i)mitigat|remediat|atténuation`)
	summary    = regexp.MustCompile(`(?i)summary|overview|résumé|sommaire`)
)

// IsSummary reports whether a block is the heading of a bulletin's summary.
func IsSummary(b Block) bool { return b.Kind == Heading && summary.MatchString(Plain(b.Text)) }

func hasHeading(doc *Document, about *regexp.Regexp) bool {
	return slices.ContainsFunc(doc.Portions, func(p Portion) bool {
		return p.Block.Kind == Heading && about.MatchString(Plain(p.Block.Text))
	})
}

// citations warns of references that nothing cites, and of citations without a reference.
func citations(doc *Document, p *problems) {
	cited := map[int]bool{}
	for _, portion := range doc.Portions {
		for _, n := range cites(portion.Block) {
			if cited[n] {
				continue
			}
			if (n < 1 || n > len(doc.References)) && len(doc.References) > 0 {
				p.warnf(portion.Pos, "add the reference, or correct the number", "[%d] is cited, and there are %d references", n, len(doc.References))
			}
			cited[n] = true
		}
	}
	for i, ref := range doc.References {
		if !cited[i+1] {
			p.warnf(ref.Pos, "cite it in the text as ["+strconv.Itoa(i+1)+"], or delete it", "reference %d is not cited", i+1)
		}
	}
}

func cites(b Block) []int {
	var text strings.Builder
	b.EachInline(func(i *Inline) {
		if i.Kind == Text {
			text.WriteString(i.Text)
		} else {
			text.WriteString(" ")
		}
	})
	return Citations(text.String())
}
