package marking

import (
	"math/bits"
	"slices"
	"strings"
	"time"
)

// nzlScheme is New Zealand's classification system (Protective Security Requirements, Classification
// Handbook and Overview, June 2022).
type nzlScheme struct{}

func (nzlScheme) Name() string    { return "nzl" }
func (nzlScheme) Profile() string { return "PSR-2022" }
func (nzlScheme) Owner() string   { return "NZL" }

func (s nzlScheme) Forms() []Form { return bannerAndPortion(s) }
func (nzlScheme) Lowest() Mark    { return &nzlMark{} }

func (nzlScheme) ParsePortion(s string) (Mark, error) { return nzlParse(nzlPortion, s) }
func (nzlScheme) ParseBanner(s string) (Mark, error)  { return nzlParse(nzlBanner, s) }

func nzlParse(form nzlForm, s string) (Mark, error) {
	m, err := parseNZL(form, s)
	if err != nil {
		err.Suggestion = suggestNZL(form, s)
		return nil, err
	}
	return m, nil
}

// Releasable returns the levels above UNCLASSIFIED, the endorsements that policy may release, and
// ACCOUNTABLE MATERIAL, which is a matter of custody.
func (nzlScheme) Releasable() []string {
	names := []string{nzlAccountable}
	for _, l := range nzlLevels[nzlInConfidence:] {
		names = append(names, l.banner)
	}
	for _, e := range nzlEndorsements {
		if !nzlStaysHome(e) {
			names = append(names, e)
		}
	}
	slices.Sort(names)
	return names
}

// nzlMark is a mark of the nzl scheme, parsed or rolled up: all that its portions said.
type nzlMark struct {
	levels       uint8    // the levels that were said, a bit each; none is UNCLASSIFIED
	endorsements []string // sorted; of a parsed mark at most one
	accountable  bool
	codewords    []string // sorted
	eyesOnly     bool     // NZEO
	orcon        bool
	released     bool        // some portion has REL TO
	release      releaseList // common to all that have
	unreleased   bool        // some portion is above UNCLASSIFIED and says nothing of nations
}

func (m *nzlMark) has(l nzlLevel) bool { return m.levels&(1<<l) != 0 }

// top is the highest level. Of SENSITIVE and RESTRICTED, which are as high, it is RESTRICTED.
func (m *nzlMark) top() nzlLevel { return nzlLevel(max(bits.Len8(m.levels)-1, 0)) }

// staysHome reports whether nobody but New Zealand may have it: NZEO, an endorsement that names
// people at home, or lists of nations that have nobody else in common with the other portions.
func (m *nzlMark) staysHome() bool {
	return m.eyesOnly || slices.ContainsFunc(m.endorsements, nzlStaysHome) ||
		m.released && (m.unreleased || len(m.release.countries) <= 1 && len(m.release.opaque) == 0)
}

func (m *nzlMark) Scheme() string          { return "nzl" }
func (m *nzlMark) Banner() string          { return m.print(nzlBanner) }
func (m *nzlMark) Portion() string         { return "(" + m.print(nzlPortion) + ")" }
func (m *nzlMark) BannerFor(string) string { return m.Banner() }

func (m *nzlMark) Audience() Audience {
	switch {
	case m.staysHome():
		return Listed("NZL")
	case m.released:
		return Audience{kind: listed, countries: m.release.countries}
	case m.levels == 0:
		return Unlimited()
	}
	return Originator()
}

// DomesticControls are every level above UNCLASSIFIED that a portion has, the endorsements and
// ACCOUNTABLE MATERIAL, which policy may release; and ORCON and codewords, which it never may.
func (m *nzlMark) DomesticControls() []string {
	var names []string
	for l := nzlInConfidence; l <= nzlTopSecret; l++ {
		if m.has(l) {
			names = append(names, nzlLevels[l].banner)
		}
	}
	names = append(names, m.endorsements...)
	if m.accountable {
		names = append(names, nzlAccountable)
	}
	if m.orcon {
		names = append(names, "ORCON")
	}
	return append(names, m.codewords...)
}

// Levels is the highest level; two names where SENSITIVE and RESTRICTED, which are as high, are
// both in it.
func (m *nzlMark) Levels() []string {
	top := m.top()
	if top == nzlRestricted && m.has(nzlSensitive) {
		return []string{nzlLevels[nzlRestricted].banner, nzlLevels[nzlSensitive].banner}
	}
	return []string{nzlLevels[top].banner}
}

func (m *nzlMark) rungs() [2]int { return [2]int{nzlLevels[m.top()].rung} }

// Statements says until when EMBARGOED FOR RELEASE holds (PSR-2022, Policy and privacy endorsement
// markings: "before a designated time").
func (m *nzlMark) Statements(p Page) (statements, missing []string) {
	if !slices.Contains(m.endorsements, nzlEmbargoed) {
		return nil, nil
	}
	if p.Embargo.IsZero() {
		return nil, []string{"embargo"}
	}
	return []string{"EMBARGOED FOR RELEASE until " + embargoTime(p.Embargo) + "."}, nil
}

// embargoTime writes a time as a reader in any of the five nations must understand it.
func embargoTime(t time.Time) string { return t.UTC().Format("15:04 UTC on 2 January 2006") }

// print writes the mark in canonical form.
func (m *nzlMark) print(form nzlForm) string {
	top := m.top()
	var b strings.Builder
	if top < nzlRestricted {
		if e := m.printedEndorsement(); e != "" {
			b.WriteString(e)
			b.WriteByte(' ')
		}
		b.WriteString(form.level(top))
		return b.String()
	}
	b.WriteString(form.level(top))
	sep := "//"
	word := func(s string) { b.WriteString(sep); b.WriteString(s); sep = "/" }
	if m.accountable {
		word(nzlAccountable)
	}
	for _, w := range m.codewords {
		word(w)
	}
	sep = "//"
	home := m.staysHome()
	if home {
		word("NZEO")
	}
	if m.orcon {
		word("ORCON")
	}
	if m.released && !home {
		word("REL TO ")
		nzlAppendList(&b, m.release)
	}
	return b.String()
}

// printedEndorsement is the one endorsement for which a mark has room: one that stays at home before
// all others, else the first of the alphabet. The value keeps them all.
func (m *nzlMark) printedEndorsement() string {
	if i := slices.IndexFunc(m.endorsements, nzlStaysHome); i >= 0 {
		return m.endorsements[i]
	}
	if len(m.endorsements) > 0 {
		return m.endorsements[0]
	}
	return ""
}

// nzlAppendList writes the list: NZL first, the remainder in alphabetical order (PSR-2022 RELEASABLE
// TO). FVEY stands only where the set equals FVEY.
func nzlAppendList(b *strings.Builder, l releaseList) {
	b.WriteString("NZL")
	if len(l.opaque) == 0 && len(l.countries) == 5 && !slices.ContainsFunc(l.countries, notFiveEyes) {
		b.WriteString(", FVEY")
		return
	}
	codes := l.countries
	if len(l.opaque) > 0 {
		codes = slices.Concat(l.countries, l.opaque)
		slices.Sort(codes)
	}
	for _, code := range codes {
		if code != "NZL" {
			b.WriteString(", ")
			b.WriteString(code)
		}
	}
}
