package marking

import (
	"slices"
	"strings"
)

// suggestNZL returns the mark that in was most likely meant to be, in canonical form, or nothing. It
// only reorders, respells and separates what is there, and puts NZL in front of a list.
func suggestNZL(form nzlForm, in string) string {
	head, rest, _ := strings.Cut(plain(in), "/")
	m := &nzlMark{}
	if !m.guessHead(strings.TrimSpace(head)) || !m.guessWords(rest) {
		return ""
	}
	if m.top() < nzlRestricted && strings.Trim(rest, "/ ") != "" {
		return "" // print would leave out what was written
	}
	m.unreleased = m.levels != 0 && !m.released && !m.eyesOnly
	out := m.print(form)
	if again, err := parseNZL(form, out); err != nil || out == in || again.staysHome() != m.staysHome() {
		return ""
	}
	return out
}

// guessHead reads a level in either form, with an endorsement on either side of it.
func (m *nzlMark) guessHead(head string) bool {
	head = strings.Replace(head, "IN CONFIDENCE", "IN-CONFIDENCE", 1)
	for l := nzlTopSecret; l >= nzlUnclassified; l-- {
		for _, name := range []string{nzlLevels[l].banner, strings.ToUpper(nzlLevels[l].portion)} {
			before, ok := strings.CutSuffix(" "+head, " "+name)
			if !ok {
				before, ok = strings.CutPrefix(head+" ", name+" ")
			}
			endorsement := strings.Trim(before, " -")
			if !ok || endorsement != "" && !isNZLEndorsement(endorsement) {
				continue
			}
			if endorsement != "" {
				m.endorsements = []string{endorsement}
			}
			if l > nzlUnclassified {
				m.levels = 1 << l
			}
			return endorsement == "" || l == nzlInConfidence || l == nzlSensitive
		}
	}
	return false
}

// guessWords reads what stands behind the level, however it is separated.
func (m *nzlMark) guessWords(rest string) bool {
	codes := []string{"NZL"}
	for word := range strings.SplitSeq(rest, "/") {
		word = strings.TrimSpace(word)
		for _, prefix := range []string{"RELEASEABLE TO ", "RELEASABLE TO ", "REL TO ", "REL "} {
			if list, ok := strings.CutPrefix(word, prefix); ok {
				m.released, word = true, list
				break
			}
		}
		if meant := reservedWord(word); meant != "" && !m.released {
			word = meant
		}
		_, place := nzlPlaceOf(word)
		switch {
		case word == "":
		case place == nzlAtAccountable:
			m.accountable = true
		case place == nzlAtEyesOnly, word == "NEW ZEALAND EYES ONLY":
			m.eyesOnly = true
		case place == nzlAtORCON:
			m.orcon = true
		case place == nzlAtCodeword && !m.released:
			m.codewords = sortedUnion(m.codewords, []string{word})
		case m.released:
			codes = append(codes, codesOf(word)...)
		default:
			return false
		}
	}
	if m.released {
		if slices.ContainsFunc(codes, func(c string) bool { return !isCountry(c) && !isTetragraph(c) }) {
			return false
		}
		m.release = listOf(codes)
	}
	return !m.released || !m.staysHome() && !m.eyesOnly
}
