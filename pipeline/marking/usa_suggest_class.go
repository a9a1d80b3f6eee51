package marking

import "strings"

// readClass reads the classification in either form.
func (g *usaGuess) readClass(text string, foreign bool) bool {
	names := strings.Fields(text)
	for l, name := range usaLevelNames {
		short := name.portion
		if l == int(usaUnclassified) {
			text = strings.TrimSpace(strings.ReplaceAll(text+" ", "UNCLASS ", "UNCLASSIFIED "))
		}
		to := name.banner
		if g.form == usaPortion {
			to = short
		}
		switch {
		case !foreign && l != int(usaRestricted) && (text == short || text == name.banner):
			g.class = to
			return true
		case foreign && (text == name.nato || text == name.natoPortion):
			g.class = "//" + name.nato
			if g.form == usaPortion {
				g.class = "//" + name.natoPortion
			}
			return true
		case foreign && text == "FGI "+short, foreign && text == "FGI "+name.banner:
			g.class = "//FGI " + to
			return true
		}
		for _, tail := range [...]string{" " + name.banner, " " + short} {
			if owners, ok := strings.CutSuffix(text, tail); ok && foreign && len(names) > 1 && allCodes(codesOf(owners)) && tail != " SECRET" {
				g.class = "//" + strings.Join(sortedCodes(codesOf(owners)), " ") + " " + to
				return true
			}
		}
	}
	return foreign && g.readSecret(text)
}

// readSecret reads what ends in SECRET or starts with JOINT, which the levels' names make ambiguous.
func (g *usaGuess) readSecret(text string) bool {
	list, joint := strings.CutPrefix(text, "JOINT ")
	for l := usaTopSecret; l >= usaUnclassified; l-- {
		name := usaLevelNames[l]
		to := name.banner
		if g.form == usaPortion {
			to = name.portion
		}
		for _, level := range [...]string{name.banner, name.portion} {
			if owners, ok := strings.CutPrefix(list+" ", level+" "); joint && ok && allCodes(codesOf(owners)) {
				g.class = strings.TrimSpace("//JOINT " + to + " " + strings.Join(sortedCodes(codesOf(owners)), " "))
				return true
			}
			if owners, ok := strings.CutSuffix(text, " "+level); !joint && ok && allCodes(codesOf(owners)) {
				g.class = "//" + strings.Join(sortedCodes(codesOf(owners)), " ") + " " + to
				return true
			}
		}
	}
	return false
}
