package marking

import (
	"fmt"
	"slices"
	"strings"
)

// tlpScheme is the Traffic Light Protocol 2.0. Its portion marks may be narrowed to some of the five
// nations; that is a form of Bulletin's drafts, not of TLP, which knows no nations.
type tlpScheme struct{}

func (tlpScheme) Name() string    { return "tlp" }
func (tlpScheme) Profile() string { return "TLP-2.0" }
func (tlpScheme) Owner() string   { return "" }

const (
	tlpNarrow     = "//REL TO "
	tlpNarrowRule = "Bulletin draft format, tlp portions"
)

// ParseBanner accepts exactly the five labels.
func (tlpScheme) ParseBanner(s string) (Mark, error) {
	label, err := ParseTLP(s)
	if err != nil {
		return nil, err
	}
	return &tlpMark{label: label}, nil
}

// ParsePortion accepts a label, alone or narrowed: "TLP:AMBER//REL TO CAN, NZL".
func (tlpScheme) ParsePortion(s string) (Mark, error) {
	m, err := parseTLPPortion(s)
	if err != nil {
		err.Suggestion = suggestTLPPortion(s)
		return nil, err
	}
	return m, nil
}

func parseTLPPortion(in string) (*tlpMark, *SyntaxError) {
	if err := checkText("tlp", in, "TLP-2.0 §2"); err != nil {
		return nil, err
	}
	end := strings.IndexByte(in, '/')
	if end < 0 {
		end = len(in)
	}
	label := labelOf(in[:end])
	if label == NoTLP {
		return nil, noLabel(in)
	}
	if end == len(in) {
		return &tlpMark{label: label}, nil
	}
	fail := func(offset int, msg string) *SyntaxError {
		return &SyntaxError{Scheme: "tlp", Input: in, Offset: offset, Rule: tlpNarrowRule, Msg: msg}
	}
	list, ok := strings.CutPrefix(in[end:], tlpNarrow)
	if !ok {
		return nil, fail(end, "after the label only //REL TO and a list of nations may stand")
	}
	m := &tlpMark{label: label, narrowed: true, nations: make([]string, 0, 5)}
	for pos, more := end+len(tlpNarrow), true; more; {
		var code string
		code, list, more = strings.Cut(list, ", ")
		switch {
		case !isFiveEyes(code):
			return nil, fail(pos, "the list holds AUS, CAN, GBR, NZL or USA, with a comma and one space between two")
		case len(m.nations) > 0 && m.nations[len(m.nations)-1] >= code:
			return nil, fail(pos, code+" stands too late: the list is alphabetical, each nation once")
		}
		m.nations = append(m.nations, code)
		pos += len(code) + len(", ")
	}
	return m, nil
}

func (s tlpScheme) Forms() []Form { return bannerAndPortion(s) }
func (tlpScheme) Lowest() Mark    { return &tlpMark{label: Clear} }

// Releasable is nothing: TLP has no domestic controls.
func (tlpScheme) Releasable() []string { return nil }

// Explain names the portions that decided on label and nations.
func (s tlpScheme) Explain(portions []Mark) []Reason {
	sum, err := s.RollUp(portions)
	if err != nil {
		return nil
	}
	m := sum.(*tlpMark)
	first := slices.IndexFunc(portions, func(p Mark) bool { return p.(*tlpMark).label == m.label })
	reasons := []Reason{{"TLP-2.0 §2", fmt.Sprintf("portion %d is %s, which no other exceeds: so is the banner", first+1, m.label)}}
	switch {
	case m.narrowed && len(m.nations) == 0:
		reasons = append(reasons, Reason{tlpNarrowRule, "no nation is on every list: nobody may have all of it"})
	case m.narrowed:
		reasons = append(reasons, Reason{tlpNarrowRule, "on every list stand " + strings.Join(m.nations, ", ")})
	}
	return reasons
}

// RollUp returns the highest label, for those nations that every portion allows.
func (tlpScheme) RollUp(portions []Mark) (Mark, error) {
	marks, err := marksOf[*tlpMark]("tlp", portions)
	if err != nil {
		return nil, err
	}
	sum := &tlpMark{}
	for _, m := range marks {
		sum.label = max(sum.label, m.label)
		switch {
		case m.narrowed && sum.narrowed:
			sum.nations = common(sum.nations, m.nations)
		case m.narrowed:
			sum.narrowed, sum.nations = true, m.nations
		}
	}
	return sum, nil
}

// suggestTLPPortion returns the mark that in was most likely meant to be, or nothing.
func suggestTLPPortion(in string) string {
	label, rest, _ := strings.Cut(plain(in), "/")
	m := &tlpMark{label: guessTLP(label)}
	rest = strings.Trim(rest, "/ ")
	list := strings.TrimPrefix(strings.TrimPrefix(rest, "REL"), " TO")
	m.nations = codesOf(strings.ReplaceAll(list, "/", " "))
	m.narrowed = rest != ""
	slices.Sort(m.nations)
	m.nations = slices.Compact(m.nations)
	if m.label == NoTLP || slices.ContainsFunc(m.nations, notFiveEyes) || m.print() == in {
		return ""
	}
	if m.narrowed && len(m.nations) == 0 {
		return "" // a list that is missing is no reason to suggest that there be none
	}
	return m.print()
}

// tlpMark is a label, with the nations that it is narrowed to.
type tlpMark struct {
	label    TLP
	narrowed bool
	nations  []string // sorted; if narrowed and empty, nobody may have it
}

func (m *tlpMark) Scheme() string { return "tlp" }

// Banner is the label alone: TLP has no list of nations (TLP 2.0 §2). Audience has it.
func (m *tlpMark) Banner() string { return m.label.String() }

func (m *tlpMark) Portion() string { return "(" + m.print() + ")" }

// print writes the mark in canonical form. A roll-up of portions that share no nation has no form
// that parses, and must not get one that widens it.
func (m *tlpMark) print() string {
	switch {
	case !m.narrowed:
		return m.label.String()
	case len(m.nations) == 0:
		return m.label.String() + tlpNarrow + "NOBODY"
	}
	return m.label.String() + tlpNarrow + strings.Join(m.nations, ", ")
}

func (m *tlpMark) Audience() Audience {
	if !m.narrowed {
		return Unlimited()
	}
	return Audience{kind: listed, countries: m.nations}
}

// BannerFor is the same for all: TLP is never translated (TLP 2.0 §2).
func (m *tlpMark) BannerFor(string) string { return m.Banner() }

// DomesticControls are none: TLP knows no nations.
func (m *tlpMark) DomesticControls() []string { return nil }

func (m *tlpMark) Levels() []string { return []string{m.label.String()} }

// Statements are none beside the label's sentence of meaning, which every product carries.
func (m *tlpMark) Statements(Page) (statements, missing []string) { return nil, nil }

func (m *tlpMark) rungs() [2]int { return [2]int{int(m.label)} }
