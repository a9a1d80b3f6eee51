package marking

import (
	"math/bits"
	"slices"
)

// settled decides what the mark prints, and returns it.
func (m *usaMark) settled() *usaMark {
	m.ruling = m.rule()
	if m.ruling == ruledNone && m.level == usaUnclassified && m.said&countsNOFORN != 0 && m.face(usaBanner) == usaOwn {
		m.ruling = ruledUFGI
	}
	m.domestic = m.domesticControls()
	return m
}

// domesticControls names every control that keeps information at home: SCI and SAP by their category, and REL
// while nobody knows its list, which is the banner's and no policy's.
func (m *usaMark) domesticControls() []string {
	controls := m.said & domesticOnly
	unlisted := m.ruling.outcome == outcomeUnlisted
	relido := m.ruling.outcome == outcomeRELIDO || m.ruling.outcome == outcomeNone && m.said&countsRELIDO != 0
	if controls == 0 && !relido && !unlisted && len(m.sci) == 0 && len(m.sap) == 0 {
		return nil
	}
	names := make([]string, 0, 4)
	if len(m.sci) > 0 {
		names = append(names, "SCI")
	}
	if len(m.sap) > 0 {
		names = append(names, "SAP")
	}
	for ; controls != 0; controls &= controls - 1 {
		name := usaControls[bits.TrailingZeros64(uint64(controls))].domestic
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if relido {
		names = append(names, "RELIDO")
	}
	if unlisted {
		names = append(names, "REL")
	}
	return names
}

// domesticOnly are the controls that DomesticControls names.
var domesticOnly = func() (s usaSet) {
	for c, row := range usaControls {
		if row.domestic != "" {
			s |= 1 << c
		}
	}
	return s
}()

var unitedStates = []string{"USA"}

// Audience is the list of REL TO and EYES ONLY; DISPLAY ONLY hands nothing over. RELIDO leaves it to
// policy, and so does a classified mark that counts as RELIDO. The rest is the United States'.
func (m *usaMark) Audience() Audience {
	usa := Audience{kind: listed, countries: unitedStates}
	switch m.ruling.outcome {
	case outcomeREL:
		// With REL TO the mark itself releases: LES with REL TO is LES that its originator
		// has released to the list (CAPCO-2016 H.9, LES).
		return Audience{kind: listed, countries: m.release.countries}
	case outcomeUnlisted: // the mark does not say to whom
		return Originator()
	case outcomeNone:
		switch {
		case m.said&countsNOFORN != 0: // roll-up rule 10
			return usa
		case len(m.domestic) > 0:
			return Originator()
		}
		return Unlimited()
	case outcomeRELIDO:
		if m.said&saidList == 0 {
			return Originator()
		}
		// Some portions name their countries, others leave it to policy: nobody abroad is let in by both.
		return usa
	}
	return usa
}
