package overview

import (
	"slices"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// mark returns the mark of something in the overview that a bulletin of the scheme marks with label, that is of the
// TLP, and that the nations may have. The label's own mark is kept, and narrowed where by itself it would let others
// in. It is not ok where that can't be written: a mark of another scheme is never translated.
func (c *compiler) mark(scheme string, label draft.Label, tlp marking.TLP, to []pipeline.Nation) (mark string, ok bool) {
	m := label.Mark
	if m != nil && scheme != c.Scheme.Name() || !slices.Contains(to, c.Nation) {
		return "", false
	}
	if m == nil {
		m = c.lowest(tlp)
	}
	marks := []marking.Mark{m}
	if c.Scheme.Name() == "tlp" { // its label may be below the TLP of what it stands for
		marks = append(marks, c.lowest(tlp))
	}
	if !c.within(m, to) {
		limit, ok := c.limit(tlp, to)
		if !ok {
			return "", false
		}
		marks = append(marks, limit)
	}
	if len(marks) > 1 {
		var err error
		if m, err = c.Scheme.RollUp(marks); err != nil { // it never widens
			return "", false
		}
	}
	// A roll-up that nobody may have has no form that parses.
	if _, err := c.Scheme.ParsePortion(strings.Trim(m.Portion(), "()")); err != nil || !c.within(m, to) {
		return "", false
	}
	return draft.Label{TLP: tlp, Mark: m}.Print(), true
}

// within reports whether the mark lets in nobody but the nations, and the editor's among them.
func (c *compiler) within(m marking.Mark, to []pipeline.Nation) bool {
	if !marking.MayHave(m, string(c.Nation), c.terms()) {
		return false
	}
	for _, n := range pipeline.Nations() {
		if marking.MayHave(m, string(n), c.terms()) && !slices.Contains(to, n) {
			return false
		}
	}
	return true
}

// terms are those of the overview, which begins as one for all five.
func (c *compiler) terms() marking.Terms {
	t := marking.Terms{Originator: string(c.Nation), Released: c.Policy}
	for _, n := range pipeline.Nations() {
		t.ReleasableTo = append(t.ReleasableTo, string(n))
	}
	return t
}

// lowest is the mark of what is marked with TLP alone.
func (c *compiler) lowest(tlp marking.TLP) marking.Mark {
	switch c.Scheme.Name() {
	case "tlp":
		return c.parsed(tlp.String())
	case "aus":
		return c.parsed("O") // an overview is official: UNOFFICIAL is what is no work of government
	}
	return c.Scheme.Lowest()
}

// limits are the marks of each national scheme that let in the owner alone, and the owner and others. They stand at
// the lowest level at which the scheme can say so, which may be above what the text by itself would need. Where a
// scheme has no lists, the owner is alone.
var limits = map[string]struct{ alone, list, separator string }{
	"usa": {"U//NF", "U//REL TO USA, ", ", "}, // REL TO begins with USA (CAPCO-2016 H.8)
	"cui": {"CUI//NF", "CUI//REL TO USA, ", ", "},
	"aus": {"P//AUSTEO", "P//REL AUS/", "/"}, // caveats need PROTECTED (PSPF-2024)
	"nzl": {"R//NZEO", "R//REL TO NZL, ", ", "},
	"gbr": {alone: "OFFICIAL - HMG USE ONLY"}, // lists need SECRET (GSCP-2024)
	"can": {alone: "PA - CANADIAN EYES ONLY"},
}

// limit is a mark that lets in none but the nations; in a national scheme its owner must be one of them.
func (c *compiler) limit(tlp marking.TLP, to []pipeline.Nation) (marking.Mark, bool) {
	if c.Scheme.Name() == "tlp" {
		return c.parsed(tlp.String() + "//REL TO " + pipeline.JoinNations(to, ", ")), true
	}
	owner := pipeline.Nation(c.Scheme.Owner())
	others := slices.DeleteFunc(slices.Clone(to), func(n pipeline.Nation) bool { return n == owner })
	marks, known := limits[c.Scheme.Name()]
	switch {
	case !known || len(others) == len(to):
		return nil, false
	case len(others) == 0 || marks.list == "":
		return c.parsed(marks.alone), true
	}
	return c.parsed(marks.list + pipeline.JoinNations(others, marks.separator)), true
}

// parsed reads a mark of our own making.
func (c *compiler) parsed(portion string) marking.Mark {
	m, err := c.Scheme.ParsePortion(portion)
	if err != nil {
		panic("overview: " + err.Error()) // from constants and the five nations: a bug
	}
	return m
}

// everybody is the mark of what is in every edition of the overview.
func (c *compiler) everybody() string {
	mark, _ := c.mark(c.Scheme.Name(), draft.Label{}, least, pipeline.Nations())
	return mark
}
