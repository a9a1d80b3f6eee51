package marking

import (
	"cmp"
	"fmt"
	"strings"
)

// Statements returns the warnings of the controls (CAPCO-2016 H.6, H.9), then the lines of the
// classification authority block (E), which classified documents carry and unclassified ones don't.
func (m *usaMark) Statements(p Page) (statements, missing []string) {
	agency := cmp.Or(p.Agency, "originating agency")
	switch {
	case m.said.has(rd):
		statements = append(statements, rdWarning)
	case m.said.has(frd):
		statements = append(statements, frdWarning)
	}
	if m.said&saidCNWDI != 0 {
		statements = append(statements, "Critical Nuclear Weapons Design Information. DoD Instruction 5210.02 Applies.")
	}
	switch {
	case m.said.has(lesNF):
		statements = append(statements, lesWarning("LES NOFORN", "LAW ENFORCEMENT SENSITIVE NOFORN", "(U//LES-NF)", agency))
	case m.said.has(les):
		statements = append(statements, lesWarning("LES", "LAW ENFORCEMENT SENSITIVE", "(U//LES)", agency))
	}
	if m.level == usaUnclassified || m.face(usaBanner) == usaForeign {
		return statements, nil
	}
	block, missing := authorityBlock(p, cmp.Or(m.declassifyOn(), p.DeclassifyOn))
	return append(statements, block...), missing
}

const (
	rdWarning = "(U) RESTRICTED DATA: This document contains Restricted Data as defined in the Atomic Energy Act of 1954, as amended. " +
		"Unauthorized disclosure is subject to Administrative and Criminal Sanctions."
	frdWarning = "(U) FORMERLY RESTRICTED DATA: Unauthorized disclosure is subject to administrative and criminal sanctions. " +
		"Handle as RESTRICTED DATA in foreign dissemination. Section 144b, Atomic Energy Act of 1954."
)

// authorityBlock returns the lines of the classification authority block (CAPCO-2016 E.1, E.2), which
// the schemes usa and cui share.
func authorityBlock(p Page, declassifyOn string) (lines, missing []string) {
	line := func(name, value, field string) {
		if value == "" {
			missing = append(missing, field)
			return
		}
		lines = append(lines, name+": "+value)
	}
	line("Classified By", p.ClassifiedBy, "classified_by")
	if p.DerivedFrom != "" {
		line("Derived From", p.DerivedFrom, "")
	} else {
		line("Reason", p.Reason, "reason or derived_from")
	}
	line("Declassify On", declassifyOn, "declassify_on")
	return lines, missing
}

// declassifyOn is what stands instead of a date where information of the Atomic Energy Act or of NATO is
// in the document (CAPCO-2016 E.4, E.5).
func (m *usaMark) declassifyOn() string {
	var names []string
	for _, c := range [...]usaControl{rd, frd, tfni} {
		if m.printed(usaBanner).has(c) {
			names = append(names, usaControls[c].banner)
		}
	}
	for _, code := range union(m.fgi, m.source.owners) {
		if code == "NATO" && m.said&saidConcealed == 0 {
			names = append(names, code)
		}
	}
	if names == nil {
		return ""
	}
	return "N/A to " + strings.Join(names, " and ") + " portions. See source list for NSI portions."
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
