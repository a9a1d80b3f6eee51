package marking

import (
	"errors"
	"fmt"
)

var errNoPortions = errors.New("roll up: no portions")

// RollUp follows CAPCO-2016 D.2 Table 3 and, for controls, the precedence rules of H.6 to H.9.
func (usaScheme) RollUp(portions []Mark) (Mark, error) {
	if len(portions) == 0 {
		return nil, errNoPortions
	}
	var sum usaSum
	for i, p := range portions {
		m, ok := p.(*usaMark)
		if !ok {
			return nil, wrongScheme(i, p, "usa")
		}
		sum.add(m)
	}
	return sum.banner(), nil
}

func wrongScheme(i int, m Mark, want string) error {
	if m == nil {
		return fmt.Errorf("roll up: portion %d has no mark", i+1)
	}
	return fmt.Errorf("roll up: portion %d is marked in scheme %s, the document in %s", i+1, m.Scheme(), want)
}

// usaSum gathers what the portions say.
type usaSum struct {
	level      usaLevel
	controls   usaSet
	release    releaseList // common to all portions with REL TO
	unreleased bool        // some portion has controls but none on foreign disclosure
}

func (s *usaSum) add(m *usaMark) {
	s.level = max(s.level, m.level)
	switch {
	case m.controls.has(relTo) && s.controls.has(relTo):
		s.release = s.release.intersect(m.release)
	case m.controls.has(relTo):
		s.release = m.release
	case len(m.domestic) > 0 && m.controls&disclosure == 0:
		s.unreleased = true // a bare U takes no part (D.2)
	}
	s.controls |= m.controls
}

func (s *usaSum) banner() *usaMark {
	c := s.controls
	if !s.isNoforn() {
		// In a plain unclassified document LES NOFORN stays as it is, and supersedes LES (H.9).
		if c.has(sbuNF) {
			c &^= 1 << sbu
		}
		if c.has(lesNF) {
			c &^= 1 << les
		}
		return newUSAMark(s.level, c, s.release)
	}
	// Rules 3 to 8, 14, 15: SBU-NF and LES-NF become NOFORN with SBU and LES.
	if c.has(sbuNF) {
		c |= 1 << sbu
	}
	if c.has(lesNF) {
		c |= 1 << les
	}
	c &^= implicitNF | 1<<relTo
	return newUSAMark(s.level, c|1<<noforn, releaseList{})
}

// isNoforn decides on foreign disclosure.
func (s *usaSum) isNoforn() bool {
	implicit := s.controls & implicitNF
	switch {
	case s.controls.has(noforn): // rules 1 and 2
		return true
	case implicit == implicitNF: // two kinds of NOFORN in one mark (H.9, commingling)
		return true
	case !s.controls.has(relTo): // no portion decides on foreign disclosure: neither does the banner
		return false
	}
	// Rules 9, 14, 15 and 16. Of portions without such a mark only a bare U passes.
	return implicit != 0 || s.unreleased || s.release.onlyUSA()
}
