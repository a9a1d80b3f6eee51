package marking

import (
	"slices"
	"strings"
)

// RollUp joins the portions: the highest level, every endorsement, the nations common to all. PSR
// has no table for it; the rules are those that never widen.
func (nzlScheme) RollUp(portions []Mark) (Mark, error) { return rollUpNZL(portions, nil) }

// Explain is RollUp with its reasons written down.
func (nzlScheme) Explain(portions []Mark) []Reason {
	var w why
	if _, err := rollUpNZL(portions, &w); err != nil {
		return nil
	}
	return w
}

func rollUpNZL(portions []Mark, w *why) (Mark, error) {
	marks, err := marksOf[*nzlMark]("nzl", portions)
	if err != nil {
		return nil, err
	}
	sum := &nzlMark{}
	for _, m := range marks {
		sum.add(m)
	}
	sum.explain(w)
	return sum, nil
}

// add joins m to the sum. Slices are shared until they differ, and never written to.
func (m *nzlMark) add(p *nzlMark) {
	m.levels |= p.levels
	m.endorsements = sortedUnion(m.endorsements, p.endorsements)
	m.codewords = sortedUnion(m.codewords, p.codewords)
	m.accountable = m.accountable || p.accountable
	m.eyesOnly = m.eyesOnly || p.eyesOnly
	m.orcon = m.orcon || p.orcon
	m.unreleased = m.unreleased || p.unreleased
	switch {
	case p.released && m.released:
		m.release = m.release.intersect(p.release)
	case p.released:
		m.released, m.release = true, p.release
	}
}

// sortedUnion returns the sorted elements of two sorted sets. Neither is changed; the result may be one
// of them.
func sortedUnion(a, b []string) []string {
	missing := func(s string) bool { return !slices.Contains(a, s) }
	switch {
	case !slices.ContainsFunc(b, missing):
		return a
	case len(a) == 0:
		return b
	}
	sum := slices.Concat(a, b)
	slices.Sort(sum)
	return slices.Compact(sum)
}

// explain says which rules made the mark what it prints.
func (m *nzlMark) explain(w *why) {
	if w == nil {
		return
	}
	top := m.top()
	w.note(nzlLevelRule, "the highest level is %s", nzlLevels[top].banner)
	if top == nzlRestricted && m.has(nzlSensitive) {
		w.note(nzlLevelRule, "SENSITIVE and RESTRICTED are as high: RESTRICTED, which is national security, is printed, and SENSITIVE still restricts")
	}
	switch {
	case len(m.endorsements) > 0 && top >= nzlRestricted:
		w.note(nzlEndorseRule, "a national security banner has no room for %s, which still restricts", strings.Join(m.endorsements, ", "))
	case len(m.endorsements) > 1:
		w.note(nzlEndorseRule, "a banner has room for one endorsement: %s is printed, and all of %s restrict", m.printedEndorsement(), strings.Join(m.endorsements, ", "))
	}
	m.explainNations(w)
}

func (m *nzlMark) explainNations(w *why) {
	switch {
	case m.eyesOnly:
		w.note(nzlEyesRule, "a portion is NZEO, which beats any list of nations")
	case slices.ContainsFunc(m.endorsements, nzlStaysHome):
		w.note(nzlEndorseRule, "%s names people in New Zealand's government: it does not go abroad", m.printedEndorsement())
	case m.released && m.unreleased:
		w.note(nzlReleaseRule, "a portion above UNCLASSIFIED is released to nobody: beside it a list of nations becomes NZEO")
	case m.staysHome():
		w.note(nzlReleaseRule, "no other nation is on every list: the banner is NZEO")
	case m.released:
		w.note(nzlReleaseRule, "on every list stand %s", strings.Join(slices.Concat(m.release.countries, m.release.opaque), ", "))
	case m.levels != 0:
		w.note(nzlReleaseRule, "no portion names nations: it stays in New Zealand until policy releases %s", strings.Join(m.DomesticControls(), ", "))
	}
}
