package marking

import (
	"fmt"
	"math/bits"
	"strings"
)

// Explain reads out what RollUp decided, and by which portions.
func (s usaScheme) Explain(portions []Mark) []Reason {
	sum, err := s.sum(portions)
	switch {
	case err != nil && len(portions) == 1 && portions[0] != nil && portions[0].Scheme() == s.Name():
		return []Reason{{"CAPCO-2016 H.3 and H.8", "what it does not repeat stands in the banner of its document: by itself it is released to nobody"}}
	case err != nil:
		return nil
	}
	reasons := []Reason{sum.explainLevel()}
	reasons = append(reasons, sum.explainUnions()...)
	reasons = append(reasons, sum.explainOrigin()...)
	reasons = append(reasons, sum.explainDisclosure()...)
	sum.precede(sum.said, func(p *usaPrecedence, dropped usaSet) {
		said := fmt.Sprintf("portion %d: %s", sum.firstOf(dropped), p.said)
		reasons = append(reasons, Reason{p.rule, said})
	})
	if sum.ruling.outcome == outcomeREL && sum.release.isFVEY() {
		reasons = append(reasons, Reason{"CAPCO-2016 D.2, roll-up rule 18", "the countries of the list are those of FVEY, which stands for them"})
	}
	return append(reasons, sum.explainAudience(s)...)
}

// explainAudience speaks of what the banner doesn't print and yet keeps at home.
func (s *usaSum) explainAudience(scheme usaScheme) []Reason {
	switch {
	case s.ruling.outcome == outcomeNone && s.said&countsNOFORN != 0:
		return []Reason{{ruledOld.rule, fmt.Sprintf("portion %d has no foreign-disclosure mark and is foreign, caveated or of before 28 June 2010: "+
			"it counts as NOFORN", s.firstOf(countsNOFORN))}}
	case s.Audience().kind == originator:
		return []Reason{{"CAPCO-2016 B.3", stays(scheme, "the United States", s)}}
	}
	return nil
}

// firstOf numbers, from 1, the first portion that said one of these.
func (s *usaSum) firstOf(said usaSet) int {
	first := -1
	for ; said != 0; said &= said - 1 {
		bit := bits.TrailingZeros64(uint64(said))
		if s.said&(1<<bit) != 0 && (first < 0 || s.first[bit] < first) {
			first = s.first[bit]
		}
	}
	return first + 1
}

func (s *usaSum) explainLevel() Reason {
	return Reason{"CAPCO-2016 D.2, roll-up rule 1", fmt.Sprintf("portion %d is %s, which no other exceeds: so is the banner",
		s.highest+1, usaLevelNames[s.level].banner)}
}

// explainUnions speaks of what stands in the banner because some portion has it.
func (s *usaSum) explainUnions() []Reason {
	var reasons []Reason
	for _, x := range [...]struct {
		name  string
		paths []usaPath
	}{{"SCI", s.sci}, {"SAP", s.sap}} {
		if len(x.paths) > 0 {
			var b strings.Builder
			appendPaths(&b, x.paths)
			reasons = append(reasons, Reason{"CAPCO-2016 D.2, roll-up rule 2", "the banner has the " + x.name + " of all portions: " + b.String()})
		}
	}
	for c := usaControl(0); c < usaControlCount; c++ {
		row := &usaControls[c]
		rule := row.rule
		switch {
		case !s.said.has(c) || (disclosure | 1<<fgi).has(c):
			continue
		case row.category < usaFGI:
			rule = "CAPCO-2016 D.2, roll-up rule 2"
		case c >= rsen && c <= fisa && c != fouo:
			rule = "CAPCO-2016 D.2, roll-up rule 17"
		}
		reasons = append(reasons, Reason{rule, fmt.Sprintf("portion %d has %s", s.first[c]+1, row.banner)})
	}
	return reasons
}

// explainOrigin speaks of whose classification the banner has.
func (s *usaSum) explainOrigin() []Reason {
	const rule = "CAPCO-2016 D.2, roll-up rule 4"
	var reasons []Reason
	face := s.face(usaBanner)
	switch {
	case s.said&saidMixed != 0:
		reasons = append(reasons, Reason{rule, "the portions are of several origins: the banner is of the United States"})
	case face == usaForeign:
		reasons = append(reasons, Reason{rule, "all portions are of one foreign source: the banner keeps it"})
	case face == usaJoint:
		reasons = append(reasons, Reason{rule, "all portions are JOINT and of the same owners: so is the banner"})
	case s.source.origin != usaOwn:
		reasons = append(reasons, Reason{rule, "a foreign or JOINT mark can't carry what the banner must say: it is of the United States"})
	}
	switch {
	case !s.printsFGI(face):
	case s.said&saidConcealed != 0:
		reasons = append(reasons, Reason{"CAPCO-2016 D.2, roll-up rule 3", fmt.Sprintf("portion %d conceals its source: FGI is bare", s.firstOf(saidConcealed))})
	default:
		reasons = append(reasons, Reason{"CAPCO-2016 D.2, roll-up rule 3", "FGI names the foreign sources of all portions"})
	}
	return reasons
}

// explainDisclosure reads out the ruling.
func (s *usaSum) explainDisclosure() []Reason {
	r := s.ruling
	if first := s.firstOf(r.by); first > 0 {
		return []Reason{{r.rule, fmt.Sprintf("portion %d %s", first, r.said)}}
	}
	return []Reason{{r.rule, r.said}}
}
