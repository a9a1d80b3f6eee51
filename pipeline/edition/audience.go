package edition

import (
	"errors"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// ErrNothing reports that a nation may have nothing of a document but headings, so that there is
// no edition for it.
var ErrNothing = errors.New("nothing in the document may go to this nation")

// Terms returns what doc and the policy add to the marks of its portions.
func Terms(doc *draft.Document, released map[string][]string) marking.Terms {
	t := marking.Terms{Originator: string(doc.Originator), Released: released}
	for _, n := range doc.ReleasableTo {
		t.ReleasableTo = append(t.ReleasableTo, string(n))
	}
	return t
}

// May reports whether nation may have what label marks: unmarked content goes to all that the
// document is releasable to.
func May(label draft.Label, nation pipeline.Nation, t marking.Terms) bool {
	if label.Mark == nil {
		return slices.Contains(t.ReleasableTo, string(nation))
	}
	return marking.MayHave(label.Mark, string(nation), t)
}

// MayPortion reports whether nation may have the portion at i. An unmarked heading goes where anything
// under it goes, and falls away with it; where its part ends is told by headings that the nation may have. Where nothing
// is marked, nothing is withheld, and a heading with nothing under it stays too.
func MayPortion(doc *draft.Document, i int, nation pipeline.Nation, t marking.Terms) bool {
	heading := doc.Portions[i]
	if !unmarkedHeading(heading) || doc.Unmarked {
		return May(heading.Label, nation, t)
	}
	for _, below := range doc.Portions[i+1:] {
		if below.Block.Kind == draft.Heading && below.Block.Level <= heading.Block.Level && May(below.Label, nation, t) {
			return false
		}
		if isContent(below.Block) && May(below.Label, nation, t) {
			return true
		}
	}
	return false
}

// Places says, for each block of the nation's edition, which portion of the document it comes from, counted from
// 1. Each nation counts what it has; this is how they speak of the same portion.
func Places(doc *draft.Document, nation pipeline.Nation, released map[string][]string) []int {
	terms := Terms(doc, released)
	var out []int
	for i := range doc.Portions {
		if MayPortion(doc, i, nation, terms) {
			out = append(out, i+1)
		}
	}
	return out
}

// Nations returns the nations that get an edition: those that may have something beside headings.
func Nations(doc *draft.Document, t marking.Terms) []pipeline.Nation {
	var out []pipeline.Nation
	for _, n := range doc.ReleasableTo {
		if slices.ContainsFunc(doc.Portions, func(p draft.Portion) bool { return isContent(p.Block) && May(p.Label, n, t) }) {
			out = append(out, n)
		}
	}
	return out
}

func unmarkedHeading(p draft.Portion) bool {
	return p.Block.Kind == draft.Heading && p.Label.Mark == nil
}

// isContent reports whether a block says something: headings and rules alone make no edition.
func isContent(b draft.Block) bool { return b.Kind != draft.Heading && b.Kind != draft.Rule }
