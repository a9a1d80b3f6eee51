package marking

import (
	"slices"
	"strings"
)

// cuiScheme is Controlled Unclassified Information of the United States: 32 CFR part 2002 of 2016,
// with the marks that the registry of the National Archives (NARA) lists, and the order of the CUI
// Marking Handbook 1.1.
type cuiScheme struct{}

func (cuiScheme) Name() string    { return "cui" }
func (cuiScheme) Profile() string { return "CUI-2016" }
func (cuiScheme) Owner() string   { return "USA" }

const (
	cuiSyntax   = "32 CFR 2002.20(b)"
	cuiRegistry = "CUI registry, categories"
	cuiLDC      = "CUI registry, limited dissemination controls"
)

func (s cuiScheme) Forms() []Form { return bannerAndPortion(s) }
func (cuiScheme) Lowest() Mark    { return decideCUI(cuiSaid{}, nil) }

// Releasable returns "CUI", the categories, and RELIDO: what keeps information at home until its
// originator lets it go. The other controls are the designating agency's to lift (32 CFR 2002.16).
func (cuiScheme) Releasable() []string {
	names := []string{"CUI", "RELIDO"}
	for _, c := range cuiCategories {
		names = append(names, c.name)
	}
	slices.Sort(names)
	return names
}

// ParseBanner accepts a portion mark in its parentheses too: where a whole message is one portion,
// as an e-mail's first line, its portion mark is all the banner that it has.
func (cuiScheme) ParseBanner(s string) (Mark, error) {
	if len(s) > 2 && s[0] == '(' && s[len(s)-1] == ')' {
		return parseInParentheses(cuiScheme{}, s)
	}
	return cuiParse(cuiBanner, s)
}

func (cuiScheme) ParsePortion(s string) (Mark, error) { return cuiParse(cuiPortion, s) }

func cuiParse(form cuiForm, s string) (Mark, error) {
	said, err := parseCUI(form, s)
	if err != nil {
		err.Suggestion = suggestCUI(form, s)
		return nil, err
	}
	return decideCUI(said, nil), nil
}

// cuiForm is where a mark stands.
type cuiForm int

const (
	cuiBanner cuiForm = iota
	cuiPortion
)

// level is the level as the form prints it.
func (f cuiForm) level(l cuiLevel) string {
	if f == cuiPortion {
		return cuiLevels[l].portion
	}
	return cuiLevels[l].banner
}

// name is the control as the form prints it.
func (f cuiForm) name(c cuiControl) string {
	if f == cuiPortion {
		return cuiControls[c].portion
	}
	return cuiControls[c].banner
}

// at returns the control that stands at a place of the form's alphabet.
func (f cuiForm) at(place int) cuiControl {
	if f == cuiPortion {
		return cuiPortionOrder[place]
	}
	return cuiControl(place)
}

// cuiMark is a mark of the cui scheme: what was said, and what follows from it.
type cuiMark struct {
	said     cuiSaid
	controls cuiControlSet
	release  releaseList // for REL TO
	display  releaseList // for DISPLAY ONLY
}

func (m *cuiMark) Scheme() string  { return "cui" }
func (m *cuiMark) Banner() string  { return m.print(cuiBanner) }
func (m *cuiMark) Portion() string { return "(" + m.print(cuiPortion) + ")" }

// BannerFor is the same for all.
func (m *cuiMark) BannerFor(string) string { return m.Banner() }

// Audience: a control that names people of one government, NOFORN, and DISPLAY ONLY, which hands
// nothing over, keep the information in the United States.
func (m *cuiMark) Audience() Audience {
	switch {
	case m.said.level == cuiUncontrolled:
		return Unlimited()
	case m.controls&cuiPeople != 0 || m.controls.has(cuiNoforn):
		return Audience{kind: listed, countries: unitedStates}
	case m.controls.has(cuiRelTo):
		return Audience{kind: listed, countries: m.release.countries}
	case m.controls.has(cuiDisplayOnly):
		return Audience{kind: listed, countries: unitedStates}
	}
	return Originator()
}

// DomesticControls are "CUI", the categories (whether specified or not), and RELIDO. NOCON and
// CLASSIFIED are never in a policy: the former is the designating agency's to lift, and of what is
// classified this scheme knows only that it is.
func (m *cuiMark) DomesticControls() []string {
	var names []string
	if m.said.level >= cuiConfidential {
		names = append(names, "CLASSIFIED")
	}
	if m.said.controlled {
		names = append(names, "CUI")
	}
	all := m.said.specified.union(m.said.basic)
	for i := range cuiCategories {
		if all.has(cuiCategory(i)) {
			names = append(names, cuiCategories[i].name)
		}
	}
	for _, c := range []cuiControl{cuiNoCon, cuiRelido} {
		if m.controls.has(c) {
			names = append(names, cuiControls[c].banner)
		}
	}
	return names
}

func (m *cuiMark) Levels() []string { return []string{cuiLevels[m.said.level].banner} }

func (m *cuiMark) rungs() [2]int { return [2]int{int(m.said.level)} }

// Statements are the designation indicator (32 CFR 2002.20(c)), and for what is classified the
// classification authority block before it (32 CFR 2001.21 and 2001.22).
func (m *cuiMark) Statements(p Page) (statements, missing []string) {
	if m.said.level >= cuiConfidential {
		statements, missing = authorityBlock(p, p.DeclassifyOn)
	}
	if !m.said.controlled {
		return statements, missing
	}
	for _, line := range []struct{ label, text, field string }{
		{"Controlled by: ", p.Agency, "agency"},
		{"CUI Category: ", m.categories(", "), ""},
		{"Limited Dissemination Control: ", m.limits(cuiBanner, "; "), ""},
		{"POC: ", p.Contact, "contact"},
	} {
		switch {
		case line.text != "":
			statements = append(statements, line.label+line.text)
		case line.field != "":
			missing = append(missing, line.field)
		}
	}
	return statements, missing
}

// print writes the mark in canonical form: CUI, not CONTROLLED, which means the same.
func (m *cuiMark) print(form cuiForm) string {
	mark := form.level(m.said.level)
	if m.said.level >= cuiConfidential && m.said.controlled {
		mark += "//CUI"
	}
	if categories := m.categories("/"); categories != "" {
		mark += "//" + categories
	}
	if limits := m.limits(form, "/"); limits != "" {
		mark += "//" + limits
	}
	return mark
}

// categories lists the specified categories first, each group in alphabetical order. What is
// specified is not named as basic again.
func (m *cuiMark) categories(separator string) string {
	var b strings.Builder
	write := func(set cuiSet, prefix string) {
		if set == (cuiSet{}) {
			return
		}
		for i := range cuiCategories {
			if !set.has(cuiCategory(i)) {
				continue
			}
			if b.Len() > 0 {
				b.WriteString(separator)
			}
			b.WriteString(prefix)
			b.WriteString(cuiCategories[i].name)
		}
	}
	write(m.said.specified, "SP-")
	write(m.said.basic.without(m.said.specified), "")
	return b.String()
}

// limits lists the limited dissemination controls, in alphabetical order.
func (m *cuiMark) limits(form cuiForm, separator string) string {
	if m.controls == 0 {
		return ""
	}
	var b strings.Builder
	for place := range cuiControls {
		c := form.at(place)
		if !m.controls.has(c) {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(separator)
		}
		b.WriteString(form.name(c))
		switch c {
		case cuiRelTo:
			b.WriteByte(' ')
			m.release.appendTo(&b)
		case cuiDisplayOnly:
			b.WriteByte(' ')
			m.display.appendTo(&b)
		}
	}
	return b.String()
}
