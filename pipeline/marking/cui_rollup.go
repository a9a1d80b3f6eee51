package marking

import "fmt"

// cuiSaid is what the marks of some portions said, put together. The zero value is what portions
// without control or classification say. To put together is associative, commutative and
// idempotent: maximum, union and intersection only.
type cuiSaid struct {
	level            cuiLevel
	controlled       bool // some portion is CUI
	specified, basic cuiSet
	controls         cuiControlSet
	// Of the portions above cuiUncontrolled:
	release releaseList // who may have all of them; the United States at least
	display releaseList // who may see all of them: release, and DISPLAY ONLY
	relido  bool        // all of them are RELIDO
}

// and puts together what two groups of portions said.
func (s cuiSaid) and(t cuiSaid) cuiSaid {
	if s.level == cuiUncontrolled {
		return t
	}
	if t.level == cuiUncontrolled {
		return s
	}
	return cuiSaid{
		level:      max(s.level, t.level),
		controlled: s.controlled || t.controlled,
		specified:  s.specified.union(t.specified),
		basic:      s.basic.union(t.basic),
		controls:   s.controls | t.controls,
		release:    s.release.intersect(t.release),
		display:    s.display.intersect(t.display),
		relido:     s.relido && t.relido,
	}
}

// RollUp follows 32 CFR 2002.20 and the CUI Marking Handbook: the banner has every category and
// control of the portions. Of controls that contradict each other the most restrictive stands, and
// lists are intersected, as on classified documents (CAPCO-2016 D.2).
func (s cuiScheme) RollUp(portions []Mark) (Mark, error) {
	said, err := sayCUI(portions)
	if err != nil {
		return nil, err
	}
	return decideCUI(said, nil), nil
}

// Explain notes the decisions of RollUp as it takes them.
func (s cuiScheme) Explain(portions []Mark) []Reason {
	said, err := sayCUI(portions)
	if err != nil {
		return nil
	}
	why := cuiReasons{portions: portions}
	m := decideCUI(said, &why)
	if m.Audience().kind == originator {
		why.note(cuiLDC, stays(s, "the United States", m))
	}
	return why.reasons
}

func sayCUI(portions []Mark) (said cuiSaid, err error) {
	marks, err := marksOf[*cuiMark]("cui", portions)
	if err != nil {
		return said, err
	}
	for _, m := range marks {
		said = said.and(m.said)
	}
	return said, nil
}

// decideCUI returns the mark of what was said, and notes why where somebody asks.
func decideCUI(said cuiSaid, why *cuiReasons) *cuiMark {
	m := &cuiMark{said: said}
	why.noteLevel(m)
	m.controls = said.controls &^ cuiDisclosure
	if m.controls.has(cuiFedCon) && (m.controls.has(cuiFedOnly) || m.controls.has(cuiNoCon)) {
		m.controls = m.controls&^(1<<cuiFedCon) | 1<<cuiFedOnly
		why.note(cuiLDC, "FEDCON beside FED ONLY or NOCON leaves federal employees alone: FED ONLY")
	}
	why.noteControls(m.controls)
	if said.controls&cuiDisclosure != 0 {
		m.disclose(why)
	} else if said.level > cuiUncontrolled {
		why.note("CAPCO-2016 D.2, roll-up rule 11", "no portion says to whom it may be disclosed abroad: neither does the banner")
	}
	return m
}

// disclose decides on foreign disclosure, which some portion has spoken of.
func (m *cuiMark) disclose(why *cuiReasons) {
	said := m.said
	const lists = 1<<cuiRelTo | 1<<cuiDisplayOnly
	switch {
	case said.controls.has(cuiNoforn):
		m.controls |= 1 << cuiNoforn
		why.noteWhose("CAPCO-2016 D.2, roll-up rule 5", cuiNoforn, "the banner is NOFORN")
		return
	case said.controls&lists == 0 && said.relido:
		m.controls |= 1 << cuiRelido
		why.note("CAPCO-2016 D.2, roll-up rule 7", "every portion is RELIDO: so is the banner")
		return
	}
	if !said.release.onlyUSA() {
		m.controls, m.release = m.controls|1<<cuiRelTo, said.release
		why.note("CAPCO-2016 D.2, roll-up rule 6", "on every list stand "+m.release.String())
		if said.relido {
			m.controls |= 1 << cuiRelido
			why.note("CAPCO-2016 D.2, roll-up rule 7", "every portion is RELIDO: so is the banner")
		}
	}
	if shown := said.display.without(said.release); !shown.onlyUSA() {
		m.controls, m.display = m.controls|1<<cuiDisplayOnly, shown
		why.note("CAPCO-2016 D.2, roll-up rule 9", "every portion may be shown to "+m.display.String())
	}
	if m.controls&lists == 0 {
		m.controls |= 1 << cuiNoforn
		why.note("CAPCO-2016 D.2, roll-up rules 6 to 9", "some portion is for other nations, and none is for all of it: the banner is NOFORN")
	}
}

// cuiReasons gathers why a banner is what it is; nil where nobody asks.
type cuiReasons struct {
	portions []Mark
	reasons  []Reason
}

func (w *cuiReasons) note(rule, said string) {
	if w != nil {
		w.reasons = append(w.reasons, Reason{rule, said})
	}
}

// noteWhose names the first portion that said a control.
func (w *cuiReasons) noteWhose(rule string, c cuiControl, then string) {
	if w == nil {
		return
	}
	for i, p := range w.portions {
		if m := p.(*cuiMark); m.said.controls.has(c) {
			w.note(rule, fmt.Sprintf("portion %d is %s: %s", i+1, cuiControls[c].banner, then))
			return
		}
	}
}

func (w *cuiReasons) noteLevel(m *cuiMark) {
	if w == nil {
		return
	}
	w.note(cuiSyntax, "the highest level of the portions is "+cuiLevels[m.said.level].banner)
	if m.said.level >= cuiConfidential && m.said.controlled {
		w.note("32 CFR 2002.20(g)", "CUI is commingled with what is classified: CUI follows the classification")
	}
	if categories := m.categories(", "); categories != "" {
		w.note("32 CFR 2002.20(b)(2)", "the categories of the portions, specified before basic: "+categories)
	}
}

// noteControls says where those controls come from that do not decide on foreign disclosure.
func (w *cuiReasons) noteControls(controls cuiControlSet) {
	for c := range cuiControls {
		if controls.has(cuiControl(c)) {
			w.noteWhose(cuiLDC, cuiControl(c), "so is the banner")
		}
	}
}
