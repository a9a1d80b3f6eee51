package marking

import (
	"slices"
	"strings"
)

// face is whose classification stands in front. What a foreign or JOINT mark can't carry is printed
// as the United States' own, with FGI.
func (m *usaMark) face(form usaForm) usaOrigin {
	s := &m.source
	switch {
	case s.origin == usaForeign && s.isNATO() && m.ruling.outcome == outcomeNOFORN: // H.7
		return usaOwn
	case s.origin == usaJoint && form == usaBanner && (m.ruling.outcome != outcomeREL || s.owners == nil): // H.3
		return usaOwn
	case s.origin == usaJoint && m.ruling.outcome == outcomeNOFORN:
		return usaOwn
	}
	return s.origin
}

// faceLevel is the level as it stands in front. The United States have no RESTRICTED: rounded up.
func (m *usaMark) faceLevel(form usaForm) usaLevel {
	if m.level == usaRestricted && m.face(form) == usaOwn {
		return usaConfidential
	}
	return m.level
}

// print writes the mark in canonical form.
func (m *usaMark) print(form usaForm) string {
	var b strings.Builder
	b.Grow(48)
	face := m.face(form)
	m.printClass(&b, form, face)
	if len(m.sci) > 0 {
		b.WriteString("//")
		appendPaths(&b, m.sci)
	}
	category := usaClass
	if len(m.sap) > 0 {
		b.WriteString("//SAR-")
		appendPaths(&b, m.sap)
		category = usaSAP
	}
	fgiDue := m.printsFGI(face)
	printed := m.printed(form)
	for c := usaControl(0); printed>>c != 0; c++ {
		if !printed.has(c) {
			continue
		}
		row := &usaControls[c]
		if fgiDue && row.category > usaFGI {
			m.printFGI(&b, face)
			fgiDue = false
		}
		b.WriteByte('/')
		if row.category != category {
			b.WriteByte('/')
			category = row.category
		}
		m.printControl(&b, form, c)
	}
	if fgiDue {
		m.printFGI(&b, face)
	}
	return b.String()
}

// printClass writes the classification.
func (m *usaMark) printClass(b *strings.Builder, form usaForm, face usaOrigin) {
	names := usaLevelNames[m.faceLevel(form)]
	level, nato := names.banner, names.nato
	if form == usaPortion {
		level, nato = names.portion, names.natoPortion
	}
	switch {
	case face == usaOwn:
		b.WriteString(level)
	case m.source.isNATO():
		b.WriteString("//")
		b.WriteString(nato)
	case face == usaForeign && m.source.concealed:
		b.WriteString("//FGI ")
		b.WriteString(level)
	case face == usaForeign:
		b.WriteString("//")
		appendCodes(b, m.source.owners, " ")
		b.WriteByte(' ')
		b.WriteString(level)
	default:
		b.WriteString("//JOINT ")
		b.WriteString(level)
		if m.source.owners != nil {
			b.WriteByte(' ')
			appendCodes(b, coOwners(m.source.owners), " ")
		}
	}
}

// coOwners is the owners with USA among them, in the order of lists.
func coOwners(owners []string) []string { return unionOfCodes(owners, unitedStates) }

func appendCodes(b *strings.Builder, codes []string, between string) {
	for i, code := range codes {
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(code)
	}
}

// printsFGI reports whether the FGI category stands. UNCLASSIFIED has none.
func (m *usaMark) printsFGI(face usaOrigin) bool {
	foreign := m.said.has(fgi) || face == usaOwn && (m.source.origin != usaOwn || m.said&saidMixed != 0)
	return foreign && m.level > usaUnclassified
}

// printFGI writes the FGI category: bare if any source is concealed, else the union (roll-up rule 3).
func (m *usaMark) printFGI(b *strings.Builder, face usaOrigin) {
	b.WriteString("//FGI")
	if m.said&saidConcealed != 0 {
		return
	}
	codes := m.fgi
	if face == usaOwn {
		codes = unionOfCodes(codes, m.source.owners)
	}
	if len(codes) > 0 {
		b.WriteByte(' ')
		appendCodes(b, codes, " ")
	}
}

// printControl writes a control with what belongs to it.
func (m *usaMark) printControl(b *strings.Builder, form usaForm, c usaControl) {
	switch c {
	case rd, frd:
		b.WriteString(form.name(c))
		m.printWeapons(b, form)
	case relTo:
		if m.ruling.outcome == outcomeUnlisted {
			b.WriteString("REL")
			return
		}
		b.WriteString("REL TO ")
		m.release.appendTo(b)
	case eyesOnly:
		if m.ruling.outcome == outcomeUnlisted {
			b.WriteString("EYES")
			return
		}
		appendCodes(b, append([]string{"USA"}, without(m.release.countries, unitedStates)...), "/")
		b.WriteString(" EYES ONLY")
	case displayOnly:
		b.WriteString("DISPLAY ONLY ")
		given := releaseList{countries: unitedStates}
		if m.ruling.outcome == outcomeREL {
			given = m.release
		}
		appendCodes(b, slices.Concat(without(m.shown.countries, given.countries), without(m.shown.opaque, given.opaque)), ", ")
	default:
		b.WriteString(form.name(c))
	}
}
