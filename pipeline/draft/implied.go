package draft

import (
	"regexp"

	"bulletin/pipeline/marking"
)

// What a mark leaves unsaid: a list that is the banner's, and the mark of what has none.

// implied returns the label of something without a mark of a national scheme, as what it counts as: in scheme gbr as
// OFFICIAL (GSCP-2024, "unmarked is OFFICIAL"). Headings count as nothing by themselves.
func (m *marker) implied(l Label, k BlockKind) Label {
	if l.Mark == nil && m.rule.portions == asLowest && k != Heading {
		l.Mark, l.Implied = m.scheme.Lowest(), true
	}
	return l
}

// bareRel is a mark with the word REL and without its list, which is the banner's (CAPCO-2016 H.8).
var bareRel = regexp.MustCompile(`/REL(?:/|$)`)

// completed returns the mark with what it leaves to the banner of the draft: the list where it says no more than REL,
// and the language of a Canadian banner. From there on it is a mark like others: an edition's banner may have another list.
func (m *marker) completed(portion marking.Mark, inner string, at Pos) (marking.Mark, bool) {
	if m.scheme.Name() != "usa" || !bareRel.MatchString(inner) {
		return marking.Completed(portion, m.banner), true
	}
	const hint = "write the list: (S//REL TO USA, GBR)"
	switch {
	case m.bannerBad:
		return nil, false // which is on the list
	case m.banner == nil:
		m.probs.errorf(at, hint, "mark %q has the release list of the banner, and front matter has no marking", inner)
		return nil, false
	}
	whole := marking.Completed(portion, m.banner)
	if bareRel.MatchString(whole.Portion()[:len(whole.Portion())-1]) {
		m.probs.errorf(at, hint, "mark %q has the release list of the banner, and %s has none", inner, m.banner.Banner())
		return nil, false
	}
	return whole, true
}

// allOrNone marks a draft whose scheme lets either all of it be marked or nothing (32 CFR 2002.20(f)): where nothing is,
// every portion is what the stated banner says.
func (r *reader) allOrNone() {
	if r.doc.Scheme == nil || r.marks.rule.portions != allOrNone {
		return
	}
	marked := r.marks.first != Pos{}
	if !marked && r.front.banner == nil && !r.marks.bannerBad {
		r.probs.errorf(r.front.at, "write marking: CUI, or begin every portion with its mark: "+r.marks.rule.example,
			"nothing is marked: in scheme %s front matter then says what the whole draft is", r.doc.Scheme.Name())
	}
	for i := range r.doc.Portions {
		p := &r.doc.Portions[i]
		switch {
		case p.Block.Kind == Rule || p.Block.Kind == Heading || p.Label.Mark != nil || p.Label.Implied:
		case !marked:
			p.Label.Mark, p.Label.Implied = r.front.banner, true
		case !p.Block.Continues:
			r.probs.errorf(p.Pos, "begin it with a mark, for example "+r.marks.rule.example,
				"%s without its mark: in scheme %s all portions have one or none has, and what stands at %s has one", p.Block.Kind, r.doc.Scheme.Name(), r.marks.first)
		}
	}
}
