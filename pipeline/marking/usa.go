package marking

import (
	"fmt"
	"slices"
	"strings"
)

// usaScheme is the system of the US intelligence community (CAPCO Register and Manual, 2016), of
// it what unclassified documents need.
type usaScheme struct{}

func (usaScheme) Name() string    { return "usa" }
func (usaScheme) Profile() string { return "CAPCO-2016" }
func (usaScheme) Owner() string   { return "USA" }

func (s usaScheme) Forms() []Form { return bannerAndPortion(s) }
func (usaScheme) Lowest() Mark    { return newUSAMark(usaUnclassified, 0, releaseList{}) }

// Releasable returns the domestic controls.
func (usaScheme) Releasable() []string {
	var names []string
	for _, row := range usaControls {
		if row.domestic != "" {
			names = append(names, row.domestic)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Explain names the rules of the roll-up.
func (s usaScheme) Explain(portions []Mark) []Reason {
	sum, err := s.RollUp(portions)
	if err != nil {
		return nil
	}
	return []Reason{{"CAPCO-2016 D.2", "the portions roll up to " + sum.Banner()}}
}

func (usaScheme) ParsePortion(s string) (Mark, error) { return usaParse(usaPortion, s) }

func (usaScheme) ParseBanner(s string) (Mark, error) { return usaParse(usaBanner, s) }

func usaParse(form usaForm, s string) (Mark, error) {
	m, err := parseUSA(form, s)
	if err != nil {
		err.Suggestion = suggestUSA(form, s)
		return nil, err
	}
	return m, nil
}

// usaForm is where a mark stands.
type usaForm int

const (
	usaBanner usaForm = iota
	usaPortion
)

// name is the control as the form prints it.
func (f usaForm) name(c usaControl) string {
	if f == usaPortion {
		return usaControls[c].portion
	}
	return usaControls[c].banner
}

// level is the level as the form prints it.
func (f usaForm) level(l usaLevel) string {
	if f == usaPortion {
		return usaLevels[l].portion
	}
	return usaLevels[l].banner
}

// usaMark is a mark of the usa scheme.
type usaMark struct {
	level    usaLevel
	controls usaSet // as said, FOUO included where others supersede it
	release  releaseList
	audience Audience
	domestic []string
}

func newUSAMark(level usaLevel, controls usaSet, release releaseList) *usaMark {
	m := &usaMark{level: level, controls: controls, release: release}
	for c := range usaControls {
		name := usaControls[c].domestic
		if !controls.has(usaControl(c)) || name == "" {
			continue
		}
		m.domestic = append(m.domestic, name)
	}
	switch {
	case controls.has(relTo):
		// With REL TO the mark itself releases: LES with REL TO is LES that its originator
		// has released to the list (CAPCO-2016 H.9, LES).
		m.audience = Audience{kind: listed, countries: release.countries}
	case controls&disclosure != 0:
		m.audience = Listed("USA")
	case len(m.domestic) > 0:
		m.audience = Originator()
	default:
		m.audience = Unlimited()
	}
	return m
}

func (m *usaMark) Scheme() string     { return "usa" }
func (m *usaMark) Banner() string     { return m.print(usaBanner) }
func (m *usaMark) Portion() string    { return "(" + m.print(usaPortion) + ")" }
func (m *usaMark) Audience() Audience { return m.audience }

// DomesticControls returns the controls that keep information with its originator's nation until
// policy releases every one of them ("FOUO", "LES", "SBU", "SSI", "DOD UCNI", "DOE UCNI"). The
// caller must not change the slice.
func (m *usaMark) DomesticControls() []string { return m.domestic }

// BannerFor is the same for all.
func (m *usaMark) BannerFor(string) string { return m.Banner() }

// Levels is the level; an unclassified mark with a domestic control counts as one of its own, which
// is written UNCLASSIFIED//CONTROLLED here and is no banner.
func (m *usaMark) Levels() []string {
	if m.level == usaUnclassified && len(m.domestic) > 0 {
		return []string{"UNCLASSIFIED//CONTROLLED"}
	}
	return []string{usaLevels[m.level].banner}
}

// rungs is the row of the table of equivalence: base, domestic, then the classified levels.
func (m *usaMark) rungs() [2]int {
	if m.level == usaUnclassified && len(m.domestic) == 0 {
		return [2]int{0}
	}
	return [2]int{1 + int(m.level)}
}

// Statements returns the LES warning (CAPCO-2016 H.9).
func (m *usaMark) Statements(p Page) (statements, missing []string) {
	agency := p.Agency
	if agency == "" {
		agency = "originating agency"
	}
	switch {
	case m.controls.has(lesNF):
		return []string{lesWarning("LES NOFORN", "LAW ENFORCEMENT SENSITIVE NOFORN", "(U//LES-NF)", agency)}, nil
	case m.controls.has(les):
		return []string{lesWarning("LES", "LAW ENFORCEMENT SENSITIVE", "(U//LES)", agency)}, nil
	}
	return nil, nil
}

// lesWarning is the warning statement of CAPCO-2016 H.9 (LES, Warnings and Notices). Where the manual
// leaves a blank for the agency's name it says "the originating agency", which the document names.
func lesWarning(control, title, portion, agency string) string {
	return fmt.Sprintf("(U) %[2]s: The information marked %[3]s in this document is the property of the "+
		"%[4]s and may be distributed within the Federal Government (and its contractors), US "+
		"intelligence, law enforcement, public safety or protection officials and individuals with a need "+
		"to know. Distribution beyond these entities without the originating agency's authorization is "+
		"prohibited. Precautions should be taken to ensure this information is stored and/or destroyed in a "+
		"manner that precludes unauthorized access. Information bearing the %[1]s caveat may not be used in "+
		"legal proceedings without first receiving authorization from the originating agency. Recipients are "+
		"prohibited from subsequently posting the information marked %[1]s on a website or an unclassified "+
		"network.", control, title, portion, agency)
}

// print writes the mark in canonical form.
func (m *usaMark) print(form usaForm) string {
	var b strings.Builder
	b.WriteString(form.level(m.level))
	category, printed := usaLevelOnly, m.controls.printed()
	for i, row := range usaControls {
		c := usaControl(i)
		if !printed.has(c) {
			continue
		}
		b.WriteByte('/')
		if row.category != category {
			b.WriteByte('/')
			category = row.category
		}
		b.WriteString(form.name(c))
		if row.list {
			b.WriteByte(' ')
			m.release.appendTo(&b)
		}
	}
	return b.String()
}
