package marking

import (
	"slices"
	"strings"
)

// suggestCUI returns the mark that in was most likely meant to be, in canonical form, or nothing if
// that is not evident. It only ever reorders, respells and separates what is there, puts CUI and
// USA where they are missing, and prefixes SP- as the registry wants it.
func suggestCUI(form cuiForm, in string) string {
	var p cuiParser
	var codes [len(cuiControls)][]string
	open := cuiControl(-1) // whose list a code that stands alone goes on
	for word := range strings.SplitSeq(plain(in), "/") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		c, list, ok := guessCUIControl(word)
		switch {
		case ok:
			p.said.controls |= 1 << c
			if open = -1; cuiControls[c].list {
				open = c
			}
		case open >= 0 && (isCountry(word) || isTetragraph(word)):
			list, c = word, open
		case !p.guess(word):
			return ""
		}
		for _, code := range codesOf(list) {
			if !isCountry(code) && !isTetragraph(code) {
				return ""
			}
			codes[c] = append(codes[c], code)
		}
	}
	if p.said.level == cuiUncontrolled && (p.said.controls != 0 || p.said.specified.union(p.said.basic) != (cuiSet{})) {
		p.said.level, p.said.controlled = cuiControlled, true
	}
	p.release, p.display = suggestedList(codes[cuiRelTo]), suggestedList(codes[cuiDisplayOnly])
	said, err := p.finish()
	if err != nil || in == "" {
		return ""
	}
	// What the roll-up would resolve by narrowing is for its author to resolve.
	m := decideCUI(said, nil)
	out := m.print(form)
	if _, err := parseCUI(form, out); err != nil || out == in || m.controls != said.controls {
		return ""
	}
	return out
}

func suggestedList(codes []string) releaseList {
	if len(codes) == 0 {
		return releaseList{}
	}
	return listOf(append(slices.Clone(codes), "USA"))
}

// guess reads a level, CUI or a category in any of its forms.
func (p *cuiParser) guess(word string) bool {
	for _, form := range []cuiForm{cuiPortion, cuiBanner} {
		if level, ok := form.lookUpLevel(word); ok {
			p.said.level = max(p.said.level, level)
			p.said.controlled = p.said.controlled || level == cuiControlled
			return true
		}
	}
	name, specified := strings.CutPrefix(word, "SP-")
	c, known := cuiByName[name]
	switch {
	case !known:
		return false
	case cuiCategories[c].kind == cuiSpecified, specified && cuiCategories[c].kind != cuiBasic:
		p.said.specified.put(c)
	default:
		p.said.basic.put(c)
	}
	if p.said.level >= cuiConfidential {
		p.said.controlled = true
	}
	return true
}

// guessCUIControl reads a control in either form.
func guessCUIControl(word string) (c cuiControl, list string, ok bool) {
	for _, form := range []cuiForm{cuiPortion, cuiBanner} {
		if place, list, ok := form.lookUpControl(word); ok {
			return form.at(place), list, true
		}
	}
	if list, ok = strings.CutPrefix(word, "REL "); ok {
		return cuiRelTo, list, true
	}
	return 0, "", false
}
