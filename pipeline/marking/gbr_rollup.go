package marking

import "strings"

// RollUp joins the portions: the highest tier, every additional marking, and no list of nations that
// is wider than a portion's.
func (gbrScheme) RollUp(portions []Mark) (Mark, error) { return rollUpGBR(portions, nil) }

// Explain is RollUp with its reasons written down.
func (gbrScheme) Explain(portions []Mark) []Reason {
	var w why
	if _, err := rollUpGBR(portions, &w); err != nil {
		return nil
	}
	return w
}

func rollUpGBR(portions []Mark, w *why) (Mark, error) {
	marks, err := marksOf[*gbrMark]("gbr", portions)
	if err != nil {
		return nil, err
	}
	sum := &gbrMark{}
	for i, m := range marks {
		if i == 0 {
			*sum = *m
		} else {
			sum.add(m)
		}
	}
	sum.explain(w)
	return sum, nil
}

// add joins p to the sum.
func (m *gbrMark) add(p *gbrMark) {
	public := m.parts & p.parts & (1 << gbrPublic)
	m.prefix = m.prefix || p.prefix
	m.tiers |= p.tiers
	m.parts = (m.parts|p.parts)&^(1<<gbrPublic) | public
	m.organisations = sortedUnion(m.organisations, p.organisations)
	m.codewords = sortedUnion(m.codewords, p.codewords)
	m.bare = m.bare || p.bare
	switch {
	case m.caveat && p.caveat:
		both := m.eyes & p.eyes
		m.exact = m.exact && both == m.eyes || p.exact && both == p.eyes
		m.eyes = both
	case p.caveat:
		m.caveat, m.eyes, m.exact = true, p.eyes, p.exact
	}
}

// explain says which rules made the mark what it prints.
func (m *gbrMark) explain(w *why) {
	if w == nil {
		return
	}
	t := m.tier()
	w.note(gbrTierRule, "the highest tier is %s", gbrTiers[t])
	if t > gbrSensitive && m.tiers&(1<<gbrSensitive) != 0 {
		w.note(gbrSensitiveRule, "-SENSITIVE is a marking on OFFICIAL: %s has none", gbrTiers[t])
	}
	for p := range gbrParts {
		if m.parts.has(gbrPart(p)) && !gbrPart(p).allows(t) {
			w.note(gbrParts[p].rule, "%s does not stand with %s: it is not printed, and still restricts", gbrParts[p].name, gbrTiers[t])
		}
	}
	m.explainNations(w)
}

func (m *gbrMark) explainNations(w *why) {
	printed := m.printedEyes()
	switch {
	case m.caveat && m.bare:
		w.note(gbrCaveatRule, "a portion names no nations and is more than OFFICIAL: beside it a list of nations becomes %v", gbrUK)
	case m.caveat && !m.exact:
		w.note(gbrCaveatRule, "the lists of nations differ and must not merge: the banner is %v", gbrUK)
	case m.caveat:
		w.note(gbrCaveatRule, "the narrowest list is that of %v", m.eyes)
	case printed == gbrUK:
		w.note(gbrCaveatRule, "HMG USE ONLY can't be printed: the banner is %v", gbrUK)
	case m.staysHome():
		w.note(gbrHandlingRule, "it names people or organisations of the United Kingdom: it does not go abroad")
	case m.bare:
		w.note(gbrCaveatRule, "no portion names nations: it stays in the United Kingdom until policy releases %s", strings.Join(m.DomesticControls(), ", "))
	case m.parts.has(gbrPublic):
		w.note(gbrHandlingRule, "every portion is FOR PUBLIC RELEASE: so is the banner")
	}
}
