package overview

import (
	"fmt"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// ended is the level of a section that is over.
const ended = -1

// inSummary reports whether a portion stands in the section Summary, by the headings that everybody who may have the
// portion may have too: what a reader gets must not depend on a heading that they do not have.
func (s source) inSummary(portion int) bool {
	to, level := s.audience(portion), 0
	for i, p := range s.Doc.Portions[:portion] {
		switch {
		case p.Block.Kind != draft.Heading || !containsAll(s.audience(i), to):
		case level == 0 && draft.IsSummary(p.Block):
			level = p.Block.Level
		case level > 0 && p.Block.Level <= level:
			level = ended
		}
	}
	return level > 0
}

// summary returns the portions to carry: the paragraphs of the section Summary that the editor may have. Where none of
// them goes as far as some other paragraph, the first that goes farthest stands for it.
func (s source) summary(editor pipeline.Nation) []int {
	var out, farthest []int
	var most []pipeline.Nation
	for i, p := range s.Doc.Portions {
		to := s.audience(i)
		if p.Block.Kind != draft.Paragraph || !slices.Contains(to, editor) {
			continue
		}
		if s.inSummary(i) {
			out = append(out, i)
		}
		if len(to) > len(most) {
			most, farthest = to, []int{i}
		}
	}
	if !slices.ContainsFunc(out, func(i int) bool { return containsAll(s.audience(i), most) }) {
		out = append(out, farthest...)
		slices.Sort(out)
	}
	return out
}

// summarise writes the paragraphs of one bulletin. Each says whose it is by itself, because others may fall away; one
// that goes to nobody who has not read an earlier one names the bulletin shortly.
func (c *compiler) summarise(s source, line *Carried) {
	var told [][]pipeline.Nation // whom the earlier paragraphs went to
	byHand := map[string]bool{}
	for _, i := range s.summary(c.Nation) {
		p, to := s.Doc.Portions[i], s.audience(i)
		tlp := s.portionTLP(p)
		lead := s.lead(slices.ContainsFunc(told, func(t []pipeline.Nation) bool { return containsAll(t, to) }))
		label := p.Label
		label.TLP = tlp
		mark, ok := c.mark(s.Doc.Scheme.Name(), label, tlp, to)
		if ok && s.Doc.Scheme.Name() == c.Scheme.Name() { // without a mark, too, it is marked as its document
			c.summaries = append(c.summaries, fmt.Sprintf("%s %s: %s", mark, lead, markdown(p.Block.Text, len(s.Doc.References))))
			c.tlp = max(c.tlp, tlp)
			line.Portions++
			told = append(told, to)
			continue
		}
		line.ByHand++
		if mark, ok = c.mark(c.Scheme.Name(), draft.Label{}, tlp, to); ok && !byHand[mark] { // of no content: only that there is something
			byHand[mark] = true
			told = append(told, to)
			c.tlp = max(c.tlp, tlp)
			c.summaries = append(c.summaries, fmt.Sprintf("%s %s: %s", mark, lead, toWrite("what may be carried over of this bulletin, which is marked in scheme "+
				s.Doc.Scheme.Name()+": read it, and mark what you write yourself")))
		}
	}
}

// lead names the bulletin: with its kind, day and title where the reader has not been told yet. A title
// with a mark of its own does not stand in a text of another mark.
func (s source) lead(told bool) string {
	lead := "**" + s.Number + "**"
	if told {
		return lead
	}
	lead += fmt.Sprintf(", %s of %s", s.Doc.Kind, day(s.Released))
	if s.Doc.Title.Label == (draft.Label{}) {
		lead += ", *" + escaped(s.Doc.Title.Text) + "*"
	}
	return lead
}
