package marking

import (
	"slices"
	"time"
)

// usaScheme is the system of the US intelligence community (CAPCO Register and Manual, 2016), all nine
// categories.
type usaScheme struct {
	created time.Time // of the information; zero if not known, and then today's rules hold
}

func (usaScheme) Name() string    { return "usa" }
func (usaScheme) Profile() string { return "CAPCO-2016" }
func (usaScheme) Owner() string   { return "USA" }

func (s usaScheme) Forms() []Form { return bannerAndPortion(s) }
func (usaScheme) Lowest() Mark    { return new(usaMark).settled() }

func (s usaScheme) asOf(created time.Time) Scheme { return usaScheme{created} }

var (
	ruleOfRELIDO  = time.Date(2010, time.June, 28, 0, 0, 0, 0, time.UTC)   // CAPCO-2016 B.3
	endOfEyesOnly = time.Date(2017, time.October, 1, 0, 0, 0, 0, time.UTC) // CAPCO-2016 H.8
)

// before reports whether the information is known to have been created before a day.
func (s usaScheme) before(day time.Time) bool { return !s.created.IsZero() && s.created.Before(day) }

// Releasable returns the domestic controls that a policy may release. Codewords, ORCON, and what else
// only its originator can release, are not among them.
func (usaScheme) Releasable() []string {
	names := []string{"RELIDO"}
	for _, row := range usaControls {
		if row.release {
			names = append(names, row.domestic)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (s usaScheme) ParsePortion(in string) (Mark, error) { return s.parse(usaPortion, in) }

func (s usaScheme) ParseBanner(in string) (Mark, error) { return s.parse(usaBanner, in) }

func (s usaScheme) parse(form usaForm, in string) (Mark, error) {
	m, err := s.parseStrictly(form, in)
	if err != nil {
		err.Suggestion = s.suggest(form, in)
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

func (f usaForm) String() string {
	if f == usaPortion {
		return "portion mark"
	}
	return "banner"
}

// usaMark is a mark of the usa scheme: of one portion, of a banner, or of all portions together. It
// holds all that they said; what is printed of it is decided once, when it is made.
type usaMark struct {
	level   usaLevel
	source  usaSource
	said    usaSet // controls, FOUO included where others supersede it, and what was said without words
	sci     []usaPath
	sap     []usaPath
	sigma   usaSigma
	fgi     []string    // the list of the FGI category; of a roll-up of several origins also the sources
	release releaseList // of those who said saidList: common to all
	shown   releaseList // of those who are DISPLAY ONLY or released: common to all; kept once one is DISPLAY ONLY

	ruling   *usaRuling
	domestic []string
}

func (m *usaMark) Scheme() string  { return "usa" }
func (m *usaMark) Banner() string  { return m.print(usaBanner) }
func (m *usaMark) Portion() string { return "(" + m.print(usaPortion) + ")" }

// DomesticControls returns the controls that keep information with its originator's nation until
// policy releases every one of them; of some (Releasable) it can.
func (m *usaMark) DomesticControls() []string { return m.domestic }

// BannerFor is the same for all.
func (m *usaMark) BannerFor(string) string { return m.Banner() }

// controlled reports whether the mark is unclassified and has a domestic control. Marks of foreign disclosure
// (RELIDO, NOFORN) are of who, not of how high.
func (m *usaMark) controlled() bool {
	return m.level == usaUnclassified && m.said&domesticOnly != 0
}

// Levels is the level; an unclassified mark with a domestic control counts as one of its own, which
// is written UNCLASSIFIED//CONTROLLED here and is no banner. Nor is RESTRICTED, which is foreign.
func (m *usaMark) Levels() []string {
	if m.controlled() {
		return []string{"UNCLASSIFIED//CONTROLLED"}
	}
	return []string{usaLevelNames[m.faceLevel(usaBanner)].banner}
}

// rungs is the row of the table of equivalence: base, domestic, then the classified levels.
func (m *usaMark) rungs() [2]int {
	if m.level == usaUnclassified && !m.controlled() {
		return [2]int{0}
	}
	return [2]int{1 + int(m.faceLevel(usaBanner))}
}

// completed returns the portion with the list and the owners that its document's banner states
// (CAPCO-2016 H.3, H.8).
func (m *usaMark) completed(banner Mark) Mark {
	b, ok := banner.(*usaMark)
	if !ok || b.said&saidList == 0 || b.ruling.outcome != outcomeREL || m.said&released == 0 || m.said&saidList != 0 {
		return m
	}
	full := *m
	full.release = b.release
	full.said |= saidList
	if full.source.origin == usaJoint && full.source.owners == nil {
		if b.source.origin != usaJoint {
			return m
		}
		full.source.owners = b.source.owners
		full.said &^= saidOwnerless | saidToOwners
	}
	return full.settled()
}
