package desk

import (
	"maps"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// book gathers pages into lines by recipient: the newest mail's state, and the attempts at all of them.
type book struct {
	lines    map[string]*Line
	notMeant []pipeline.Unreachable
}

// read takes in one page after another, and says whose they are.
func (b *book) read(next func(from place) (Page, error)) (pipeline.Nation, error) {
	b.lines = map[string]*Line{}
	var ref pipeline.Ref
	for from := (place{}); ; {
		page, err := next(from)
		if err != nil {
			return page.Nation, err
		}
		if from != (place{}) && page.Ref != ref { // a new version was released between two pages
			return page.Nation, pipeline.ErrMoved
		}
		for _, line := range page.Lines {
			b.take(line)
		}
		if ref, from = page.Ref, page.Next; page.Last {
			return page.Nation, nil
		}
	}
}

func (b *book) take(l Line) {
	old := b.lines[l.Address]
	switch {
	case l.NotMeant:
		b.notMeant = append(b.notMeant, pipeline.Unreachable{Address: l.Address, Reason: l.Reason})
	case old == nil:
		b.lines[l.Address] = &l
	case l.State == "":
		old.Acknowledged = l.Acknowledged
	default: // pages come in the order of the chunks
		l.Attempts, l.InDoubt = l.Attempts+old.Attempts, l.InDoubt+old.InDoubt
		*old = l
	}
}

func (b *book) sorted() (all []pipeline.Outcome, notMeant []pipeline.Unreachable) {
	for _, address := range slices.Sorted(maps.Keys(b.lines)) {
		all = append(all, b.lines[address].Outcome)
	}
	slices.SortFunc(b.notMeant, func(x, y pipeline.Unreachable) int { return strings.Compare(x.Address, y.Address) })
	return all, b.notMeant
}
