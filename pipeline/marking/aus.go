package marking

import "slices"

// ausScheme is Australia's system: the Protective Security Policy Framework of 2024, and for
// e-mail its Email Protective Marking Standard. One value has five spellings: banner, portion, and
// the standard's header, subject and medium.
type ausScheme struct{}

func (ausScheme) Name() string    { return "aus" }
func (ausScheme) Profile() string { return "PSPF-2024/EPMS-2024.1" }
func (ausScheme) Owner() string   { return "AUS" }
func (ausScheme) Lowest() Mark    { return newAusMark(ausUnofficial).settle(nil) }

func (s ausScheme) ParsePortion(in string) (Mark, error) { return ausResult(ausPortion, in) }
func (s ausScheme) ParseBanner(in string) (Mark, error)  { return ausResult(ausBanner, in) }

// Forms are the five. A mark that was read in another form has no origin, and so prints no header
// that parses: ProtectiveMarking writes one.
func (s ausScheme) Forms() []Form {
	forms := bannerAndPortion(s)
	for _, f := range []ausForm{ausSubject, ausHeader, ausMedium} {
		forms = append(forms, Form{
			Name:  f.String(),
			Parse: func(in string) (Mark, error) { return ausResult(f, in) },
			Print: func(m Mark) string { return printAusMail(f, m) },
		})
	}
	return forms
}

func printAusMail(f ausForm, m Mark) string {
	a, ok := m.(*ausMark)
	if !ok {
		return ""
	}
	return a.print(f)
}

// ausResult parses, and suggests where that fails.
func ausResult(f ausForm, in string) (Mark, error) {
	m, err := parseAus(f, in)
	if err != nil {
		err.Suggestion = suggestAus(f, in)
		return nil, err
	}
	return m, nil
}

// Releasable returns the levels that need a release, the caveats and the markers that a policy may
// release.
func (ausScheme) Releasable() []string {
	var names []string
	for _, l := range ausLevels[ausOfficialSensitive:] {
		names = append(names, l.banner)
	}
	for _, c := range ausCaveats {
		if c.releasable {
			names = append(names, c.banner)
		}
	}
	names = append(names, ausAccess[:]...)
	slices.Sort(names)
	return names
}

// ausMark is a mark, or what the marks of several portions said together: everything that any of
// them said, of which the banner prints what decided (settle).
type ausMark struct {
	level     ausLevel
	levels    uint8    // every level from OFFICIAL: Sensitive up that a portion has, as bits
	said      ausSet   // every caveat that a portion has
	countries []string // what all REL lists have in common; sorted
	unmarked  bool     // some portion needs a release and has no releasability indicator
	codewords []string // sorted
	foreign   []string // foreign-government caveats, sorted
	exclusive string   // the person, or ausNobody
	access    uint8    // information management markers, as bits
	expires   string   // a date, a time or an event; empty if the marking stands until someone changes it
	downTo    ausLevel // what it becomes then

	version, note, origin string // of a header
	before, after         string // what stands around the mark in a Subject

	printed  ausSet // the caveats that the mark writes
	audience Audience
	domestic []string
}

// ausNobody is for whom portions are that are exclusively for different people.
const ausNobody = "NOBODY"

func newAusMark(level ausLevel) *ausMark {
	m := &ausMark{level: level}
	if level >= ausOfficialSensitive {
		m.levels = 1 << level
	}
	return m
}

// settle decides what the mark prints and who may have it, and must come last. It notes the rules
// that decided.
func (m *ausMark) settle(trail *why) *ausMark {
	m.printed = m.said &^ ausRelease
	if len(m.codewords) > 1 {
		trail.note(epmsRule, "a marking has at most one codeword: the banner names all as one")
	}
	if m.access != 0 || m.expires != "" {
		trail.note(ausAccessRule, "information management markers and EXPIRES stand in e-mail, not in the banner")
	}
	if c, ok := m.decideRelease(trail); ok {
		m.printed |= 1 << c
	}
	m.audience = m.decideAudience(trail)
	m.domestic = m.controls()
	return m
}

// decideAudience: what names people inside the Australian government goes to no other, even beside
// REL: of two limits the narrower holds.
func (m *ausMark) decideAudience(trail *why) Audience {
	for c := range ausCaveats {
		if m.printed.has(ausCaveat(c)) && ausCaveats[c].atHome {
			if trail != nil {
				trail.note(ausCaveatRule, "%s keeps it in Australia", m.caveatName(ausCaveat(c)))
			}
			return ausAlone
		}
	}
	switch {
	case m.printed.has(ausREL):
		return Audience{kind: listed, countries: m.countries}
	case m.levels == 0:
		return Unlimited()
	}
	return Originator()
}

var ausAlone = Listed("AUS")

// ausLevelControls spares most marks a slice of their own.
var ausLevelControls = [...][]string{
	ausOfficialSensitive: {ausLevels[ausOfficialSensitive].banner},
	ausProtected:         {ausLevels[ausProtected].banner},
	ausSecret:            {ausLevels[ausSecret].banner},
	ausTopSecret:         {ausLevels[ausTopSecret].banner},
}

// controls names what keeps it at home. Codewords, foreign-government caveats and what else no
// policy releases are among them.
func (m *ausMark) controls() []string {
	held := m.said &^ ausRelease
	switch {
	case m.levels == 0:
		return nil
	case held == 0 && m.access == 0 && m.levels == 1<<m.level:
		return ausLevelControls[m.level]
	}
	var names []string
	for l := range ausLevels {
		if m.levels&(1<<l) != 0 {
			names = append(names, ausLevels[l].banner)
		}
	}
	for c, row := range ausCaveats {
		if held.has(ausCaveat(c)) && !row.value {
			names = append(names, row.banner)
		}
	}
	for _, word := range m.codewords {
		names = append(names, "C "+word)
	}
	for _, text := range m.foreign {
		names = append(names, "FG "+text)
	}
	if m.exclusive != "" {
		names = append(names, "EXCLUSIVE FOR "+m.exclusive)
	}
	for i, name := range ausAccess {
		if m.access&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

func (m *ausMark) Scheme() string             { return "aus" }
func (m *ausMark) Banner() string             { return m.print(ausBanner) }
func (m *ausMark) Portion() string            { return "(" + m.print(ausPortion) + ")" }
func (m *ausMark) BannerFor(string) string    { return m.Banner() }
func (m *ausMark) Audience() Audience         { return m.audience }
func (m *ausMark) DomesticControls() []string { return m.domestic }
func (m *ausMark) Levels() []string           { return []string{ausLevels[m.level].banner} }
func (m *ausMark) rungs() [2]int              { return [2]int{int(m.level)} }

// Statements are none: PSPF requires the marking itself, and no sentence beside it.
func (m *ausMark) Statements(Page) (statements, missing []string) { return nil, nil }
