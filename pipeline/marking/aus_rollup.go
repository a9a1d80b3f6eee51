package marking

import "strings"

// RollUp returns the highest level, every caveat and marker, and of the releasability indicators
// the narrowest; PSPF-2024 has no numbered rules for it, so the narrower reading is taken everywhere.
func (ausScheme) RollUp(portions []Mark) (Mark, error) {
	m, err := rollUpAus(portions, nil)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Explain says what decided, as RollUp decides it.
func (s ausScheme) Explain(portions []Mark) []Reason {
	var trail why
	m, err := rollUpAus(portions, &trail)
	if err != nil {
		return nil
	}
	if m.Audience().kind == originator {
		trail.note(ausCaveatRule, "%s", stays(s, "Australia", m))
	}
	return trail
}

func rollUpAus(portions []Mark, trail *why) (*ausMark, error) {
	marks, err := marksOf[*ausMark]("aus", portions)
	if err != nil {
		return nil, err
	}
	var sum *ausMark
	for i, m := range marks {
		switch {
		case sum == nil:
			sum = m.facts()
			trail.note(ausLevelRule, "portion 1 is %s", ausLevels[m.level].banner)
			m.sayCaveats(i, 0, trail)
		default:
			sum.join(i, m, trail)
		}
	}
	return sum.settle(trail), nil
}

// facts is what the mark says of the information, without what a message adds to it.
func (m *ausMark) facts() *ausMark {
	return &ausMark{level: m.level, levels: m.levels, said: m.said, countries: m.countries, unmarked: m.isUnmarked(),
		codewords: m.codewords, foreign: m.foreign, exclusive: m.exclusive, access: m.access, expires: m.expires, downTo: m.downTo}
}

// isUnmarked reports whether some portion keeps quiet on foreign release while it needs one.
func (m *ausMark) isUnmarked() bool {
	return m.unmarked || m.level >= ausOfficialSensitive && m.said&ausRelease == 0
}

// join adds what a portion says. Every field is a union, a maximum or an intersection, so that
// neither order nor grouping matters.
func (m *ausMark) join(i int, p *ausMark, trail *why) {
	if p.level > m.level {
		trail.note(ausLevelRule, "portion %d is %s, the highest so far", i+1, ausLevels[p.level].banner)
	}
	p.sayCaveats(i, m.said, trail)
	switch {
	case p.said.has(ausREL) && m.said.has(ausREL):
		m.countries = common(m.countries, p.countries)
		trail.note(ausCaveatRule, "with portion %d all lists of REL have in common: %s", i+1, strings.Join(m.countries, "/"))
	case p.said.has(ausREL):
		m.countries = p.countries
	}
	m.joinTexts(i, p, trail)
	if m.expires != p.expires || m.downTo != p.downTo {
		if m.expires != "" || p.expires != "" {
			trail.note(epmsUseRule, "not every portion expires at one time to one level: the marking does not expire")
		}
		m.expires, m.downTo = "", 0
	}
	m.level = max(m.level, p.level)
	m.levels |= p.levels
	m.unmarked = m.unmarked || p.isUnmarked()
	m.access |= p.access
	m.said |= p.said
}

// sayCaveats notes the caveats of portion i that none before it had.
func (m *ausMark) sayCaveats(i int, before ausSet, trail *why) {
	if trail == nil {
		return
	}
	for c := range ausCaveats {
		if c := ausCaveat(c); m.said.has(c) && !before.has(c) {
			trail.note(ausCaveatRule, "portion %d says %s", i+1, m.caveatName(c))
		}
	}
}

// joinTexts adds codewords, foreign governments' caveats, and whom EXCLUSIVE FOR names: what is for
// one person and what is for another is, taken together, for nobody.
func (m *ausMark) joinTexts(i int, p *ausMark, trail *why) {
	m.codewords = sortedUnion(m.codewords, p.codewords)
	m.foreign = sortedUnion(m.foreign, p.foreign)
	switch {
	case m.exclusive == "":
		m.exclusive = p.exclusive
	case p.exclusive != "" && p.exclusive != m.exclusive:
		m.exclusive = ausNobody
		trail.note(ausCaveatRule, "portion %d is exclusively for someone else: all of it is for nobody", i+1)
	}
}

// decideRelease returns the releasability indicator that the mark writes, if it has one. AUSTEO, for
// citizens alone, is narrower than AGAO, which lets in people of the Five Eyes who serve in some
// agencies; and AGAO narrower than a REL that has all five. Beside REL a portion that needs a release and has none can't be in the
// list; and to print no indicator would leave it to policy to release what REL keeps from others. So
// that is AUSTEO, as where the lists have nobody but Australia in common.
func (m *ausMark) decideRelease(trail *why) (ausCaveat, bool) {
	switch rel := m.said.has(ausREL); {
	case m.said.has(ausAUSTEO):
		trail.note(austeoRule, "AUSTEO is the narrowest: the marking is AUSTEO")
	case rel && m.unmarked:
		trail.note(ausCaveatRule, "REL stands beside a portion that needs a release and has none: the marking is AUSTEO")
	case rel && len(m.countries) == 1:
		trail.note(ausCaveatRule, "the lists of REL have nobody but Australia in common: the marking is AUSTEO, never REL AUS")
	case rel && m.said.has(ausAGAO) && !m.releasesToFive():
		trail.note(agaoRule, "AGAO lets in nations that the lists of REL do not: the marking is AUSTEO")
	case m.said.has(ausAGAO):
		trail.note(agaoRule, "AGAO is narrower than REL: the marking is AGAO")
		return ausAGAO, true
	case rel:
		trail.note(ausCaveatRule, "all that needs a release has one to %s", strings.Join(m.countries, "/"))
		return ausREL, true
	default:
		return 0, false
	}
	return ausAUSTEO, true
}

// releasesToFive reports whether all five nations are on every list of REL.
func (m *ausMark) releasesToFive() bool {
	n := 0
	for _, code := range m.countries {
		if isFiveEyes(code) {
			n++
		}
	}
	return n == 5
}
