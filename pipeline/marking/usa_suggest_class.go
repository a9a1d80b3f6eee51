package marking

import "strings"

// readClass reads the classification in either form.
func (g *usaGuess) readClass(text string, foreign bool) bool {
	switch text {
	case "UNCLASS":
		text = "UNCLASSIFIED"
	case "TOPSECRET":
		text = "TOP SECRET"
	}
	for l := usaTopSecret; l >= usaUnclassified; l-- { // TOP SECRET before SECRET, which ends it
		g.level = l
		name := &usaLevelNames[l]
		to, nato := name.banner, name.nato
		if g.form == usaPortion {
			to, nato = name.portion, name.natoPortion
		}
		switch {
		case !foreign && l != usaRestricted && (text == name.banner || text == name.portion):
			g.class = to
			return true
		case foreign && (text == name.nato || text == name.natoPortion):
			g.class = "//" + nato
			return true
		case foreign && (g.readSources(text, name.banner, to) || g.readSources(text, name.portion, to)):
			return true
		}
	}
	return false
}

// readSources reads the sources before a foreign level, or the owners behind a JOINT one.
func (g *usaGuess) readSources(text, level, to string) bool {
	if owners, ok := strings.CutPrefix(text+" ", "JOINT "+level+" "); ok {
		codes := sortedCodes(codesOf(owners))
		g.class = strings.TrimSpace("//JOINT " + to + " " + strings.Join(codes, " "))
		return allCodes(codes)
	}
	sources, ok := strings.CutSuffix(text, " "+level)
	codes := sortedCodes(codesOf(sources))
	g.class = "//" + strings.Join(codes, " ") + " " + to
	if sources == "FGI" {
		g.class = "//FGI " + to
		return ok
	}
	return ok && allCodes(codes)
}
