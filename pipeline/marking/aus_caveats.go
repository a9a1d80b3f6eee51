package marking

import (
	"slices"
	"strings"
)

// add puts a caveat into a mark that is being parsed, and is where the rules on caveats hold for all
// forms. A bare word that is repeated says nothing new, and EPMS-2024.1 (Tables 3-16, *(cFWS caveat))
// lets it stand; what carries a value stands once, for two codewords, two people or two lists
// contradict each other. Foreign governments may be several.
func (m *ausMark) add(f ausForm, c ausCaveat, value string) *ausProblem {
	row := &ausCaveats[c]
	switch {
	case m.level < row.floor:
		return ausWrong(ausCaveatRule, "%s needs %s or above", strings.TrimSpace(row.banner), ausLevels[row.floor].banner)
	case ausRelease.has(c) && m.said&ausRelease&^(1<<c) != 0:
		return ausWrong(ausCaveatRule, "AUSTEO, AGAO and REL exclude one another")
	case row.value && m.said.has(c) && c != ausForeign:
		return ausWrong(epmsRule, "%s stands twice: a mark has at most one", strings.TrimSpace(row.banner))
	}
	var wrong *ausProblem
	switch c {
	case ausCodeword:
		wrong = m.addCodeword(f, value)
	case ausForeign:
		wrong = m.addForeign(f, value)
	case ausExclusiveFor:
		m.exclusive, wrong = f.readName(value)
	case ausREL:
		wrong = m.addList(value)
	}
	m.said |= 1 << c
	return wrong
}

func (m *ausMark) addCodeword(f ausForm, value string) *ausProblem {
	word, wrong := f.readText(value)
	m.codewords = []string{word}
	return wrong
}

func (m *ausMark) addForeign(f ausForm, value string) *ausProblem {
	text, wrong := f.readText(value)
	i, twice := slices.BinarySearch(m.foreign, text)
	switch {
	case wrong != nil:
		return wrong
	case twice:
		return ausWrong(epmsRule, "this foreign-government caveat stands twice")
	case f.isText() && i < len(m.foreign):
		return ausWrong(ausBannerRule, "foreign-government caveats stand in alphabetical order")
	}
	m.foreign = slices.Insert(m.foreign, i, text)
	return nil
}

// readName reads whom EXCLUSIVE FOR names. In e-mail the standard's grammar has nothing between the
// words and the name, and its prose a space, which then is part of the text; both are read.
func (f ausForm) readName(value string) (string, *ausProblem) {
	spaced := false
	if !f.isText() {
		value, spaced = strings.CutPrefix(value, " ")
	}
	name, wrong := f.readText(value)
	if wrong == nil && spaced && len(name) == ausTextMax {
		wrong = ausWrong(epmsRule, "a text has at most %d characters, the space before the name included", ausTextMax)
	}
	return name, wrong
}

// addList reads the codes of a REL list: AUS and at least one other, alphabetical.
func (m *ausMark) addList(list string) *ausProblem {
	m.countries = make([]string, 0, 5)
	for more := true; more; {
		var code string
		code, list, more = strings.Cut(list, "/")
		n := len(m.countries)
		switch {
		case !isCountry(code):
			return ausWrong(ausCaveatRule, "%q is no country of ISO 3166-1; a slash stands between two", code)
		case n > 0 && m.countries[n-1] >= code:
			return ausWrong(ausCaveatRule, "%s stands too late: the list is alphabetical, each country once", code)
		}
		m.countries = append(m.countries, code)
	}
	switch {
	case !slices.Contains(m.countries, "AUS"):
		return ausWrong(ausCaveatRule, "the list of REL holds AUS")
	case len(m.countries) == 1:
		return ausWrong(ausCaveatRule, "REL AUS alone is not allowed: name at least one more country, or use AUSTEO")
	}
	return nil
}

// addAccess puts an information management marker in.
func (m *ausMark) addAccess(name string) *ausProblem {
	i := slices.Index(ausAccess[:], name)
	switch {
	case i < 0:
		return ausWrong(epmsRule, "%q is no information management marker; they are %s", name, strings.Join(ausAccess[:], ", "))
	case m.level < ausOfficialSensitive:
		return ausWrong(ausAccessRule, "an information management marker needs OFFICIAL: Sensitive or above")
	}
	m.access |= 1 << i
	return nil
}
