package marking

import (
	"errors"
	"fmt"
)

// errNoOwners: owners that nobody names can't be kept in FGI.
var errNoOwners = errors.New("roll up: a JOINT portion stands without its owners, and no JOINT banner names them: write them out, as in //JOINT S GBR USA (CAPCO-2016 H.3)")

// errNoList: REL stands for exactly the list of the document's banner, which the other portions do not tell: any list
// within theirs would do (CAPCO-2016 H.8, notional example 5). The widest would be a guess.
func errNoList(i int) error {
	return fmt.Errorf("roll up: portion %d says REL (or EYES) without a list, and only the document's banner says to whom: write the list out, as in REL TO USA, and the codes (CAPCO-2016 H.8)", i+1)
}

// RollUp follows CAPCO-2016 D.2 with its Table 3, and the precedence rules of H.3 to H.9. Reasons cite the manual, and
// these rules by the numbers that they have here:
//
//	 1  the highest level
//	 2  every SCI, SAP and AEA marking; a parent is absorbed by its child
//	 3  FGI: bare if a portion conceals its source, else every source
//	 4  portions of several origins: the United States' own; one source, or one set of owners, stays
//	 5  a NOFORN portion: NOFORN
//	 6  REL TO: what all lists have in common; nothing but USA: NOFORN
//	 7  RELIDO only if all are; beside REL TO without RELIDO, or DISPLAY ONLY: NOFORN
//	 8  REL TO beside a classified portion without a foreign-disclosure mark: NOFORN
//	 9  DISPLAY ONLY: what all lists, those of REL TO too, have in common, else NOFORN
//	10  classified and without such a mark: counts as RELIDO; caveated, foreign or old, as NOFORN
//	11  no portion has such a mark: nor has the banner
//	12  a bare U takes no part; U with a control of the intelligence community counts as RELIDO
//	13  U with SBU, LES or SSI and no such mark, among others that have one: NOFORN
//	14  SBU NOFORN, LES NOFORN beside classified or such a mark: NOFORN with SBU or LES
//	15  a classified banner drops FOUO, SBU and what else is for UNCLASSIFIED only, and keeps LES
//	16  FOUO drops out beside other controls
//	17  ORCON beats ORCON-USGOV; every other control of the intelligence community
//	18  FVEY stands only where the list is those five
func (s usaScheme) RollUp(portions []Mark) (Mark, error) {
	sum, err := s.sum(portions)
	if err != nil {
		return nil, err
	}
	return &sum.usaMark, nil
}

// usaSum is a roll-up, with the portions that decided.
type usaSum struct {
	usaMark
	highest int               // the first portion of the level
	first   [usaSaidCount]int // the first portion to say each member of usaSet
}

// sum gathers what the portions say, and decides.
func (s usaScheme) sum(portions []Mark) (*usaSum, error) {
	marks, err := marksOf[*usaMark]("usa", portions)
	if err != nil {
		return nil, err
	}
	sum := new(usaSum)
	for i, m := range marks {
		m = m.toOwners()
		if m.said&released != 0 && m.said&(saidList|saidToOwners) == 0 {
			return nil, errNoList(i)
		}
		sum.add(i, m, s.before(ruleOfRELIDO))
	}
	if sum.said&saidToOwners != 0 && sum.source.origin == usaJoint && sum.source.owners != nil {
		sum.narrow(sum.source.owners)
	}
	if sum.settled(); sum.said&saidOwnerless != 0 && sum.face(usaBanner) != usaJoint {
		return nil, errNoOwners
	}
	return sum, nil
}

// toOwners returns a JOINT mark that says REL without a list as released to its owners and nobody else, which is what
// that says where no banner is at hand (CAPCO-2016 H.3, notional examples 1 and 3).
func (m *usaMark) toOwners() *usaMark {
	if m.source.origin != usaJoint || m.source.owners == nil || m.said&released == 0 || m.said&saidList != 0 {
		return m
	}
	listed := *m
	listed.narrow(m.source.owners)
	return &listed
}

// narrow takes everybody but the United States and the owners from the list.
func (m *usaMark) narrow(owners []string) {
	list := listOf(append([]string{"USA"}, owners...))
	if m.said&saidList != 0 {
		list = m.release.intersect(list)
	}
	m.release, m.said = list, m.said|saidList
}

// add joins a portion to the sum and notes what it was the first to say.
func (s *usaSum) add(i int, m *usaMark, old bool) {
	said := m.said
	if old && said&countsRELIDO != 0 { // roll-up rule 10
		said = said&^countsRELIDO | countsNOFORN | notRELIDO
	}
	fresh := said &^ s.said
	for bit := 0; fresh>>bit != 0; bit++ {
		if fresh&(1<<bit) != 0 {
			s.first[bit] = i
		}
	}
	if i == 0 {
		s.usaMark = *m
		s.said = said
		return
	}
	if m.level > s.level {
		s.level, s.highest = m.level, i
	}
	s.join(m, said)
}

// join adds what another mark says. Lists of both are changed in neither.
func (s *usaMark) join(m *usaMark, said usaSet) {
	s.joinSource(m)
	s.sci = unionPaths(s.sci, m.sci)
	s.sap = unionPaths(s.sap, m.sap)
	s.sigma = s.sigma.unionOfCodes(m.sigma)
	s.fgi = unionOfCodes(s.fgi, m.fgi)
	s.joinShown(m, said)
	switch {
	case said&saidList == 0:
	case s.said&saidList == 0:
		s.release = m.release
	default:
		s.release = s.release.intersect(m.release)
	}
	s.said |= said
}

// joinSource makes the mark the United States' own as soon as origins differ (roll-up rule 4).
func (s *usaMark) joinSource(m *usaMark) {
	source, same := s.source.join(m.source)
	if same {
		s.source = source
		return
	}
	s.fgi = unionOfCodes(unionOfCodes(s.fgi, s.source.owners), m.source.owners)
	s.source = source
	s.said |= saidMixed
}

// joinShown narrows the countries that all portions show themselves to. What is released to a
// country may be shown to it (Table 3 rule 26).
func (s *usaMark) joinShown(m *usaMark, said usaSet) {
	a, okA := s.shows(s.said)
	b, okB := m.shows(said)
	switch {
	case !(s.said | said).has(displayOnly):
	case okA && okB:
		s.shown = a.intersect(b)
	case okA:
		s.shown = a
	case okB:
		s.shown = b
	}
}

// shows returns to whom the mark is shown, if it says so.
func (m *usaMark) shows(said usaSet) (releaseList, bool) {
	if said.has(displayOnly) {
		return m.shown, true
	}
	return m.release, said&saidList != 0
}
