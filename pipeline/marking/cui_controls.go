package marking

import "strings"

// lookUpControl finds the control that word spells in this form, and the list after it.
func (f cuiForm) lookUpControl(word string) (place int, list string, ok bool) {
	for place := range cuiControls {
		c := f.at(place)
		name := f.name(c)
		switch {
		case !strings.HasPrefix(word, name):
		case len(word) == len(name):
			return place, "", true
		case cuiControls[c].list && word[len(name)] == ' ':
			return place, word[len(name)+1:], true
		}
	}
	return 0, "", false
}

// readControl reads one limited dissemination control and returns its place in the alphabet.
func (p *cuiParser) readControl(start, stop, last int) (int, *SyntaxError) {
	word := p.in[start:stop]
	place, list, known := p.form.lookUpControl(word)
	c := p.form.at(place)
	switch {
	case word == "":
		return 0, p.fail(start, cuiSyntax, "a control is missing here; a mark does not end in slashes, nor has more than two in a row")
	case !known:
		return 0, p.fail(start, cuiLDC, "%q is not a limited dissemination control of a %s", word, p.form)
	case place == last:
		return 0, p.fail(start, cuiLDC, "%s stands twice", p.form.name(c))
	case place < last:
		return 0, p.fail(start, cuiLDC, "%s stands too late: limited dissemination controls stand in alphabetical order", p.form.name(c))
	}
	p.said.controls |= 1 << c
	for _, x := range cuiConflicts {
		if p.said.controls.has(x.a) && p.said.controls.has(x.b) {
			return 0, p.fail(start, cuiLDC, "%s", x.msg)
		}
	}
	if cuiControls[c].list {
		return place, p.readList(c, stop-len(list), list)
	}
	return place, nil
}

// readList reads a list: USA, trigraphs, tetragraphs, each alphabetical, separated by a comma and
// a space. DISPLAY ONLY may leave USA out, as it does on classified documents.
func (p *cuiParser) readList(c cuiControl, pos int, list string) *SyntaxError {
	codes, last := []string{"USA"}, ""
	for more := true; more; {
		var code string
		code, list, more = strings.Cut(list, ", ")
		switch {
		case !isCountry(code) && !isTetragraph(code):
			return p.badCode(c, pos, code)
		case last == "" && code != "USA" && c == cuiRelTo:
			return p.fail(pos, cuiLDC, "the list starts with USA")
		case last != "" && code == "USA":
			return p.fail(pos, cuiLDC, "USA stands once, first")
		case last != "" && last != "USA" && compareCodes(last, code) >= 0:
			return p.fail(pos, cuiLDC, "%s stands too late: trigraphs before tetragraphs, each in alphabetical order and once", code)
		case code == "USA" && !more:
			return p.fail(pos, cuiLDC, "%s USA alone is not allowed: name at least one more country, or use %s",
				cuiControls[c].banner, p.form.name(cuiNoforn))
		}
		codes, last, pos = append(codes, code), code, pos+len(code)+len(", ")
	}
	if c == cuiRelTo {
		p.release = listOf(codes)
	} else {
		p.display = listOf(codes)
	}
	return nil
}

func (p *cuiParser) badCode(c cuiControl, pos int, code string) *SyntaxError {
	i := strings.IndexAny(code, ", ")
	switch {
	case code == "" && pos >= len(p.in):
		return p.fail(len(p.in), cuiLDC, "%s needs a list: USA, and at least one more code", cuiControls[c].banner)
	case i >= 0 || code == "":
		return p.fail(pos+max(i, 0), cuiLDC, "a comma and one space stand between two codes, and no other")
	}
	return p.fail(pos, cuiLDC, "%q is neither a country of ISO 3166-1 nor a known tetragraph", code)
}
