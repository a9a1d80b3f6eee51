package marking

// What a portion says of foreign disclosure without a word of its own, as further members of usaSet:
// so they are joined as its controls are.
const (
	// A portion states the list of those that it is released to. REL alone (H.8) states none.
	saidList usaSet = 1 << (usaControlCount + iota)
	// A portion that takes part is not released by name, is not even shown by name, or is
	// not RELIDO. A bare U takes no part (roll-up rule 12).
	notReleased
	notShown
	notRELIDO
	// A portion has no foreign-disclosure mark. It counts as RELIDO: classified and uncaveated.
	countsRELIDO
	// It counts as RELIDO: unclassified, with a control of the intelligence community (H.1).
	countsIC
	// It counts as NOFORN: classified and caveated, or old, or foreign.
	countsNOFORN
	// It counts as NOFORN: unclassified, with a control of another agency.
	countsNonIC

	saidConcealed // a portion conceals its foreign source
	saidMixed     // portions are of several origins
	saidOwnerless // a portion is JOINT, and its owners are the banner's (H.3)
	saidToOwners  // it is, and says REL without a list: released to its owners alone
	saidCNWDI     // RD-CNWDI

	usaSaidCount = int(usaControlCount) + 13
)

// implied returns what the mark of one portion says without words; old says that the information
// is older than the rule that lets it count as RELIDO (CAPCO-2016 B.3, Table 2).
func (m *usaMark) implied(old bool) usaSet {
	caveats := m.said &^ (1 << fgi) & allControls
	var said usaSet
	switch {
	case m.said&disclosure != 0:
	case m.source.origin != usaOwn || m.said.has(fgi):
		said = countsNOFORN
	case m.level > usaUnclassified && (old || caveats != 0 || len(m.sap) > 0):
		said = countsNOFORN
	case m.level > usaUnclassified:
		said = countsRELIDO
	case m.said&nonIC != 0:
		said = countsNonIC
	case caveats != 0:
		said = countsIC
	default:
		return 0
	}
	if m.said&released != 0 && m.said&saidList == 0 && m.said&saidOwnerless != 0 {
		said |= saidToOwners
	}
	if m.said&released == 0 {
		said |= notReleased
		if !m.said.has(displayOnly) {
			said |= notShown
		}
	}
	if !m.said.has(relido) && said&(countsRELIDO|countsIC) == 0 {
		said |= notRELIDO
	}
	return said
}

// usaOutcome is what a mark says of foreign disclosure and release in the end.
type usaOutcome uint8

const (
	outcomeNone       usaOutcome = iota // nothing
	outcomeImplicitNF                   // SBU NOFORN or LES NOFORN stands
	outcomeNOFORN
	outcomeREL      // REL TO or EYES ONLY, perhaps with RELIDO or DISPLAY ONLY
	outcomeUnlisted // REL, with the list that the banner states
	outcomeRELIDO   // RELIDO
	outcomeDISPLAY  // DISPLAY ONLY
)

// usaRuling is a decision on foreign disclosure: the rule that made it, and the portions that
// caused it, by what they said.
type usaRuling struct {
	outcome usaOutcome
	rule    string
	by      usaSet
	said    string
}

var (
	ruledNone     = &usaRuling{outcomeNone, "CAPCO-2016 D.2, roll-up rule 11", 0, "no portion has a foreign-disclosure mark: the banner has none"}
	ruledUFGI     = &usaRuling{outcomeNOFORN, "CAPCO-2016 B.3 Table 2, roll-up rule 10", countsNOFORN, "is foreign and without a foreign-disclosure mark, and UNCLASSIFIED has no FGI to say so: the banner is NOFORN"}
	ruledNF       = &usaRuling{outcomeNOFORN, "CAPCO-2016 D.2 Table 3 rules 1 and 2, roll-up rule 5", 1 << noforn, "is NOFORN: the banner is NOFORN"}
	ruledImplicit = &usaRuling{outcomeNOFORN, "CAPCO-2016 D.2 Table 3 rules 3 to 8, 14 and 15, roll-up rule 14", implicitNF, "is SBU NOFORN or LES NOFORN beside classified or foreign-disclosure marks: the banner is NOFORN with SBU or LES"}
	ruledPlainNF  = &usaRuling{outcomeImplicitNF, "CAPCO-2016 H.9, roll-up rule 14", implicitNF, "is SBU NOFORN or LES NOFORN, and so is the plain unclassified banner"}
	ruledOld      = &usaRuling{outcomeNOFORN, "CAPCO-2016 B.3 Table 2, roll-up rule 10", countsNOFORN, "has no foreign-disclosure mark and is foreign, caveated or of before 28 June 2010, which counts as NOFORN: the banner is NOFORN"}
	ruledNonIC    = &usaRuling{outcomeNOFORN, "CAPCO-2016 D.2 Table 3 rule 16, roll-up rule 13", countsNonIC, "is of another agency and its originator has not approved a release: the banner is NOFORN"}
	ruledUnmarked = &usaRuling{outcomeNOFORN, "CAPCO-2016 D.2 Table 3 rules 16 and 19, roll-up rule 8", countsRELIDO, "is classified and without a foreign-disclosure mark beside REL TO or DISPLAY ONLY: the banner is NOFORN"}
	ruledIC       = &usaRuling{outcomeNOFORN, "CAPCO-2016 H.1 and D.2 Table 3 rule 10, roll-up rule 12", countsIC, "counts as RELIDO beside REL TO or DISPLAY ONLY: the banner is NOFORN"}
	ruledREL      = &usaRuling{outcomeREL, "CAPCO-2016 D.2 Table 3 rules 21 to 23, roll-up rule 6", saidList, "and every other that takes part names the countries of the banner"}
	ruledUnlisted = &usaRuling{outcomeUnlisted, "CAPCO-2016 H.8", released, "is released to the list that the banner states"}
	ruledBoth     = &usaRuling{outcomeREL, "CAPCO-2016 H.8, roll-up rule 7", 1 << relido, "and every other is RELIDO and names the countries of the banner"}
	ruledRELIDO   = &usaRuling{outcomeRELIDO, "CAPCO-2016 D.2 Table 3 rule 24, roll-up rule 7", 1 << relido, "is RELIDO, and no portion is or counts as anything else: the banner is RELIDO"}
	ruledSome     = &usaRuling{outcomeNOFORN, "CAPCO-2016 D.2 Table 3 rules 10, 17 and 18, roll-up rule 7", 1 << relido, "is RELIDO, which others are not: the banner is NOFORN"}
	ruledDISPLAY  = &usaRuling{outcomeDISPLAY, "CAPCO-2016 D.2 Table 3 rules 25 to 27, roll-up rule 9", 1 << displayOnly, "is DISPLAY ONLY: the banner shows it to the countries that all portions name"}
	ruledNobody   = &usaRuling{outcomeNOFORN, "CAPCO-2016 D.2 Table 3 rule 9, roll-up rule 6", saidList, "and the others name no country in common but the United States: the banner is NOFORN"}
	ruledNotShown = &usaRuling{outcomeNOFORN, "CAPCO-2016 D.2 Table 3 rules 11 and 20, roll-up rule 9", 1 << displayOnly, "and the others name no country in common: the banner is NOFORN"}
)

// rule decides on foreign disclosure, by what all portions of the mark said (CAPCO-2016 D.2, Table 3).
func (m *usaMark) rule() *usaRuling {
	s, implicit := m.said, m.said&implicitNF
	named := s&(released|1<<displayOnly) != 0
	switch {
	case s&disclosure == 0:
		return ruledNone
	case s.has(noforn):
		return ruledNF
	case implicit == implicitNF, implicit != 0 && (m.level > usaUnclassified || s&disclosure&^implicitNF != 0):
		return ruledImplicit
	case implicit != 0:
		return ruledPlainNF
	case s&countsNOFORN != 0:
		return ruledOld
	case s&countsNonIC != 0:
		return ruledNonIC
	case s&countsRELIDO != 0 && named:
		return ruledUnmarked
	case s&countsIC != 0 && named:
		return ruledIC
	case s&notRELIDO == 0:
		return m.ruleRELIDO()
	case s&notShown != 0:
		return ruledSome
	}
	return m.ruleLists()
}

// ruleRELIDO: every portion that takes part is RELIDO, or counts as it.
func (m *usaMark) ruleRELIDO() *usaRuling {
	switch {
	case m.said&notReleased == 0 && m.said&saidList == 0:
		return ruledUnlisted
	case m.said&notReleased == 0 && !m.release.onlyUSA():
		return ruledBoth
	}
	return ruledRELIDO
}

// ruleLists: every portion that takes part names countries.
func (m *usaMark) ruleLists() *usaRuling {
	display := m.said.has(displayOnly)
	switch {
	case m.said&notReleased == 0 && m.said&saidList == 0 && !display:
		return ruledUnlisted
	case m.said&notReleased == 0 && m.said&saidList != 0 && !m.release.onlyUSA():
		return ruledREL
	case display && !m.shown.onlyUSA():
		return ruledDISPLAY
	case display:
		return ruledNotShown
	}
	return ruledNobody
}
