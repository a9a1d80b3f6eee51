package marking

// A usaPrecedence is a control beside which others are not printed.
type usaPrecedence struct {
	when, drop usaSet
	classified bool // holds at classified levels, whatever stands there
	rule       string
	said       string
}

// usaPrecedences are the rules of D.2 and of the controls' own templates, foreign disclosure apart.
var usaPrecedences = [...]usaPrecedence{
	{classified: true, drop: 1<<fouo | 1<<sbu | 1<<sbuNF | 1<<limdis | 1<<dodUCNI | 1<<doeUCNI, rule: "CAPCO-2016 D.2, roll-up rule 15",
		said: "FOUO, SBU, LIMDIS and UCNI are not written in a classified banner"},
	{when: supersedeFOUO, drop: 1 << fouo, rule: "CAPCO-2016 D.2, roll-up rule 16", said: "FOUO is not written beside other controls"},
	{when: 1 << orcon, drop: 1 << orconUSGOV, rule: "CAPCO-2016 D.2, roll-up rule 17", said: "ORCON supersedes ORCON-USGOV"},
	{when: 1 << rd, drop: 1<<frd | 1<<tfni, rule: usaH6, said: "RD supersedes FRD and TFNI"},
	{when: 1 << frd, drop: 1 << tfni, rule: usaH6, said: "FRD supersedes TFNI"},
	{when: 1 << nodis, drop: 1 << exdis, rule: usaH9, said: "NODIS supersedes EXDIS"},
	{when: 1<<exdis | 1<<nodis, drop: 1<<sbu | 1<<sbuNF, rule: usaH9, said: "EXDIS and NODIS supersede SBU"},
}

// printed is what of the controls is printed.
func (m *usaMark) printed(form usaForm) usaSet {
	s := m.said & allControls &^ (disclosure&^implicitNF | 1<<fgi)
	if m.ruling.outcome == outcomeNOFORN {
		// SBU-NF and LES-NF become NOFORN with SBU and LES (rule 14).
		if s.has(sbuNF) {
			s |= 1 << sbu
		}
		if s.has(lesNF) {
			s |= 1 << les
		}
		s = s&^implicitNF | 1<<noforn
	} else {
		// SBU NOFORN supersedes SBU, and LES NOFORN LES (H.9).
		if s.has(sbuNF) {
			s &^= 1 << sbu
		}
		if s.has(lesNF) {
			s &^= 1 << les
		}
	}
	return m.precede(s, nil) | m.printedDisclosure(form)
}

// precede takes off what is not printed beside others, and tells of every rule that it takes something by.
func (m *usaMark) precede(s usaSet, tell func(p *usaPrecedence, dropped usaSet)) usaSet {
	for i := range usaPrecedences {
		p := &usaPrecedences[i]
		if s&p.drop == 0 || s&p.when == 0 && !(p.classified && m.level > usaUnclassified) {
			continue
		}
		if tell != nil {
			tell(p, s&p.drop)
		}
		s &^= p.drop
	}
	return s
}

// printedDisclosure is the foreign-disclosure marks of a mark that is not NOFORN.
func (m *usaMark) printedDisclosure(form usaForm) usaSet {
	var s usaSet
	switch m.ruling.outcome {
	case outcomeUnlisted:
		if form == usaBanner { // a banner has to say the list
			return 1 << noforn
		}
		fallthrough
	case outcomeREL:
		s = m.said & released
		if s.has(relTo) { // EYES ONLY beside REL TO becomes REL TO (Table 3 rule 22)
			s &^= 1 << eyesOnly
		}
		if m.said&notRELIDO == 0 {
			s |= 1 << relido
		}
		if m.said.has(displayOnly) && m.shown.more(m.release) {
			s |= 1 << displayOnly
		}
	case outcomeRELIDO:
		s = 1 << relido
	case outcomeDISPLAY:
		s = 1 << displayOnly
	}
	return s
}
