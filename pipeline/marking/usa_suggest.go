package marking

import "strings"

// suggestUSA returns the mark that in was most likely meant to be, in canonical form, or nothing
// if that is not evident. It only ever reorders, respells and separates what is there (and puts USA
// in front of a list); what contradicts itself is left to its author.
func suggestUSA(form usaForm, in string) string {
	level, rest, _ := strings.Cut(plain(in), "/")
	switch strings.TrimSpace(level) {
	case "U", "UNCLASS", "UNCLASSIFIED":
	default:
		return ""
	}
	var controls usaSet
	codes := []string{"USA"}
	for word := range strings.SplitSeq(rest, "/") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		c, list, ok := guessControl(word)
		switch {
		case !ok && controls.has(relTo): // REL TO USA/AUS
			list = word
		case !ok || usaControls[c].later:
			return ""
		default:
			controls |= 1 << c
		}
		for _, code := range codesOf(list) {
			if !isCountry(code) && !isTetragraph(code) {
				return ""
			}
			codes = append(codes, code)
		}
	}
	var release releaseList
	if controls.has(relTo) {
		release = listOf(codes)
	}
	out := newUSAMark(usaUnclassified, controls, release).print(form)
	if _, err := parseUSA(form, out); err != nil || out == in {
		return ""
	}
	return out
}

// guessControl reads a control in any of its forms.
func guessControl(word string) (c usaControl, list string, ok bool) {
	for _, form := range []usaForm{usaPortion, usaBanner} {
		if c, list, ok = form.lookUp(word); ok {
			return c, list, ok
		}
	}
	if list, ok = strings.CutPrefix(word, "REL "); ok {
		return relTo, list, true
	}
	return 0, "", false
}
