package marking

import (
	"slices"
	"strings"
)

// suggest returns the mark that in was most likely meant to be, in canonical form, or nothing
// if that is not evident. It only ever reorders, respells and separates what is there (and puts USA
// in front of a list); what contradicts itself is left to its author.
func (s usaScheme) suggest(form usaForm, in string) string {
	g := usaGuess{form: form}
	if !g.read(plain(in)) {
		return ""
	}
	out := g.write()
	if _, err := s.parseStrictly(form, out); err != nil || out == in {
		return ""
	}
	return out
}

// usaGuess is a mark as its author may have meant it. Its pieces are put together again as text,
// so that the strict parser judges them.
type usaGuess struct {
	form  usaForm
	class string
	level usaLevel
	sci   []string
	sap   []string
	said  usaSet
	after [usaControlCount]string // what follows a control: a list, or numbers
	rel   []string
	open  usaControl // the list that a code behind a single slash would belong to: REL TO USA/AUS
}

// read takes the mark apart; false if a piece is not evident.
func (g *usaGuess) read(in string) bool {
	foreign := strings.HasPrefix(in, "//")
	level, rest, _ := strings.Cut(strings.TrimPrefix(in, "//"), "/")
	if !g.readClass(strings.TrimSpace(level), foreign) {
		return false
	}
	g.open = usaControlCount
	for word := range strings.SplitSeq(rest, "/") {
		word = strings.TrimSpace(word)
		switch {
		case word == "" && g.open != eyesOnly:
			g.open = usaControlCount // the next category
		case !g.readWord(word):
			return false
		}
	}
	return g.open != eyesOnly // whose list has no end
}

// readWord reads a control in any of its forms.
func (g *usaGuess) readWord(word string) bool {
	if list, ok := strings.CutSuffix(word, " EYES ONLY"); ok && g.open == eyesOnly && !g.said.has(relTo) && allCodes(codesOf(list)) { // retired: REL TO says the same
		g.rel = append(g.rel, codesOf(list)...)
		g.said |= 1 << relTo
		g.open = usaControlCount
		return true
	}
	for _, form := range [...]usaForm{usaPortion, usaBanner} {
		if c, ok := usaWords[form][word]; ok && c != eyesOnly {
			return !usaControls[c].list && g.add(c, "") // a list that is missing can't be guessed
		}
		if c, rest, ok := form.opening(word); ok && c != eyesOnly {
			return g.add(c, rest)
		}
	}
	if list, ok := strings.CutPrefix(word, "REL "); ok {
		return g.add(relTo, list)
	}
	name, rest, _ := strings.Cut(strings.Replace(word, "-ECI ", "-", 1), "-") // the type of a compartment (H.4)
	system, published := sciSystems[name]
	program, isSAP := sapProgram(word)
	switch {
	case isSAP:
		g.sap = append(g.sap, program)
		return true
	case published:
		g.sci = append(g.sci, strings.TrimSuffix(system+"-"+rest, "-"))
		return true
	case (g.open == relTo || g.open == displayOnly) && allCodes(codesOf(word)): // REL TO USA/AUS
		return g.append(g.open, codesOf(word))
	case word == "USA" && g.open == usaControlCount, g.open == eyesOnly && isFiveEyes(word):
		g.open = eyesOnly
		g.rel = append(g.rel, word)
		return true
	}
	return false
}

// add takes in a control with what follows it. Of two lists, or two sets of numbers, it is not evident
// which was meant.
func (g *usaGuess) add(c usaControl, rest string) bool {
	listed := usaControls[c].list || c == fgi || c == rd || c == frd
	if listed && g.said.has(c) {
		return false
	}
	g.said |= 1 << c
	g.open = usaControlCount
	switch c {
	case relTo, displayOnly, fgi:
		if !strings.Contains(rest, ",") {
			g.open = c
		}
		return g.append(c, codesOf(rest))
	case rd, frd:
		if c == rd && (rest == "-N" || strings.HasPrefix(rest, "-N-")) { // as the Department of Defense writes it (H.6)
			rest = "-CNWDI" + rest[len("-N"):]
		}
		g.after[c] = strings.NewReplacer("SIGMA", g.form.sigma(), "SG", g.form.sigma()).Replace(rest)
	}
	return true
}

// append adds codes to the list of a control.
func (g *usaGuess) append(c usaControl, codes []string) bool {
	if c == relTo {
		g.rel = append(g.rel, codes...)
	} else {
		g.after[c] = strings.Join(sortedCodes(append(codesOf(g.after[c]), codes...)), " ")
	}
	return allCodes(codes)
}

// write puts the pieces in order.
func (g *usaGuess) write() string {
	out := g.class
	if len(g.sci) > 0 {
		out += "//" + strings.Join(g.sci, "/")
	}
	category := usaClass
	if len(g.sap) > 0 {
		out += "//SAR-" + strings.Join(g.sap, "/")
		category = usaSAP
	}
	// FOUO is not written beside these, nor in a classified mark (rules 15, 16); what is NOFORN it keeps no closer.
	if g.said&supersedeFOUO != 0 || g.level > usaUnclassified && g.said.has(noforn) {
		g.said &^= 1 << fouo
	}
	for c := range usaControlCount {
		if !g.said.has(c) {
			continue
		}
		out += "/"
		if usaControls[c].category != category {
			category = usaControls[c].category
			out += "/"
		}
		out += g.control(c)
	}
	return out
}

func (g *usaGuess) control(c usaControl) string {
	name := g.form.name(c)
	switch {
	case c == relTo && len(g.rel) == 0 && g.form == usaPortion:
		return "REL"
	case c == relTo:
		var b strings.Builder
		listOf(append(slices.Clone(g.rel), "USA")).appendTo(&b)
		return name + " " + b.String()
	case c == displayOnly:
		return name + " " + strings.ReplaceAll(g.after[c], " ", ", ")
	case c == fgi && g.after[c] != "":
		return name + " " + g.after[c]
	}
	return name + g.after[c]
}

func allCodes(codes []string) bool {
	return !slices.ContainsFunc(codes, func(code string) bool { return !isCountry(code) && !isTetragraph(code) })
}

// sortedCodes returns the codes in the order of lists, each once.
func sortedCodes(codes []string) []string {
	out := slices.Clone(codes)
	slices.SortFunc(out, compareCodes)
	return slices.Compact(out)
}
