package marking

import (
	"fmt"
	"slices"
	"strings"
)

// cuiParser reads one mark from left to right. What it reads it takes with its bounds in the
// input, so that errors can say where.
type cuiParser struct {
	form    cuiForm
	in      string
	said    cuiSaid
	release releaseList
	display releaseList
}

// parseCUI parses strictly: one spelling, one order. Its error has no suggestion.
func parseCUI(form cuiForm, in string) (cuiSaid, *SyntaxError) {
	if err := checkText("cui", in, cuiSyntax); err != nil {
		return cuiSaid{}, err
	}
	p := cuiParser{form: form, in: in}
	pos, err := p.readLevel()
	if err != nil {
		return cuiSaid{}, err
	}
	for before := cuiNothing; pos < len(in); {
		if !strings.HasPrefix(in[pos:], "//") {
			return cuiSaid{}, p.fail(pos, cuiSyntax, "two slashes follow CUI, and stand between categories and limited dissemination controls")
		}
		start, end := pos+len("//"), len(in)
		if i := strings.Index(in[start:], "//"); i >= 0 {
			end = start + i
		}
		if before, err = p.readGroup(start, end, before); err != nil {
			return cuiSaid{}, err
		}
		pos = end
	}
	return p.finish()
}

// cuiGroup is what stands between two pairs of slashes.
type cuiGroup int

const (
	cuiNothing cuiGroup = iota
	cuiCategoryGroup
	cuiControlGroup
)

func (p *cuiParser) fail(offset int, rule, format string, args ...any) *SyntaxError {
	return &SyntaxError{Scheme: "cui", Input: p.in, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

// readLevel reads the level and CUI, and returns where they end.
func (p *cuiParser) readLevel() (int, *SyntaxError) {
	word, _, _ := strings.Cut(p.in, "/")
	end := len(word)
	switch level, ok := p.form.lookUpLevel(word); {
	case !ok && word == "":
		return 0, p.fail(0, cuiSyntax, "the mark is empty; CUI comes first")
	case !ok:
		return 0, p.fail(0, cuiSyntax, "%q is neither CUI nor a level; a mark starts with CUI, or with %s where nothing is controlled",
			word, p.form.level(cuiUncontrolled))
	case level == cuiUncontrolled && end < len(p.in):
		return 0, p.fail(end, cuiSyntax, "nothing follows %s: what is controlled is CUI", word)
	case level >= cuiConfidential && end < len(p.in):
		p.said.level = level
		return p.readCommingled(end)
	default:
		p.said.level, p.said.controlled = level, level == cuiControlled
		return end, nil
	}
}

// readCommingled reads CUI after a classified level (32 CFR 2002.20(g)).
func (p *cuiParser) readCommingled(pos int) (int, *SyntaxError) {
	rest, ok := strings.CutPrefix(p.in[pos:], "//")
	if !ok {
		return 0, p.fail(pos, cuiSyntax, "two slashes stand between the classification and CUI")
	}
	word, _, _ := strings.Cut(rest, "/")
	if level, ok := p.form.lookUpLevel(word); !ok || level != cuiControlled {
		return 0, p.fail(pos+len("//"), "32 CFR 2002.20(g)", "after the classification stands CUI; "+
			"classified marks with other controls are of scheme usa")
	}
	p.said.controlled = true
	return pos + len("//") + len(word), nil
}

// lookUpLevel finds the level that word spells in this form. CONTROLLED stands for CUI in banners
// alone (32 CFR 2002.20(b)(1)).
func (f cuiForm) lookUpLevel(word string) (cuiLevel, bool) {
	for l := range cuiLevels {
		if f.level(cuiLevel(l)) == word {
			return cuiLevel(l), true
		}
	}
	return cuiControlled, f == cuiBanner && word == "CONTROLLED"
}

// readGroup reads categories or controls, which single slashes separate, and returns which it was.
func (p *cuiParser) readGroup(start, end int, before cuiGroup) (cuiGroup, *SyntaxError) {
	word, _, _ := strings.Cut(p.in[start:end], "/")
	_, _, isControl := p.form.lookUpControl(word)
	group, read := cuiCategoryGroup, p.readCategory
	if isControl {
		group, read = cuiControlGroup, p.readControl
	}
	switch {
	case word != "" && group == cuiControlGroup && before == group:
		return 0, p.fail(start, cuiLDC, "one slash separates two limited dissemination controls")
	case word != "" && before == cuiControlGroup:
		return 0, p.fail(start, cuiSyntax, "%s stands too late: limited dissemination controls come last", word)
	case word != "" && group == before:
		return 0, p.fail(start, cuiSyntax, "one slash separates two categories")
	}
	for last := -1; ; {
		stop := end
		if i := strings.IndexByte(p.in[start:end], '/'); i >= 0 {
			stop = start + i
		}
		var err *SyntaxError
		if last, err = read(start, stop, last); err != nil {
			return 0, err
		}
		if stop == end {
			return group, nil
		}
		start = stop + 1
	}
}

// readCategory reads one category and returns its place: the specified come first, each group in
// alphabetical order (CUI Marking Handbook, category markings).
func (p *cuiParser) readCategory(start, stop, last int) (int, *SyntaxError) {
	word := p.in[start:stop]
	name, specified := strings.CutPrefix(word, "SP-")
	c, known := cuiByName[name]
	place := int(c)
	if !specified {
		place += len(cuiCategories)
	}
	switch {
	case word == "":
		return 0, p.fail(start, cuiSyntax, "a category or control is missing here; a mark does not end in slashes, nor has more than two in a row")
	case !known:
		return 0, p.unknown(start, word)
	case specified && cuiCategories[c].kind&cuiSpecified == 0:
		return 0, p.fail(start, cuiRegistry, "%s is basic only: no law prescribes how it is handled, so it is never SP-%[1]s", name)
	case !specified && cuiCategories[c].kind&cuiBasic == 0:
		return 0, p.fail(start, cuiRegistry, "%s is specified only: write SP-%[1]s", name)
	case place == last || !specified && p.said.specified.has(c):
		return 0, p.fail(start, cuiRegistry, "%s stands twice", name)
	case place < last:
		return 0, p.fail(start, "CUI Marking Handbook, category markings",
			"%s stands too late: SP- categories come first, each group in alphabetical order", word)
	case specified:
		p.said.specified.put(c)
	default:
		p.said.basic.put(c)
	}
	return place, nil
}

// unknown says what a word is that is no category.
func (p *cuiParser) unknown(start int, word string) *SyntaxError {
	if _, _, ok := p.form.lookUpControl(word); ok {
		return p.fail(start, cuiSyntax, "%s is a limited dissemination control: two slashes stand before the first of them", word)
	}
	switch word {
	case "LES", "FOUO", "SBU", "OUO":
		return p.fail(start, cuiRegistry, "%s is no CUI category: it is one of the markings that CUI replaced", word)
	}
	return p.fail(start, cuiRegistry, "%q is neither a category nor a limited dissemination control of a %s", word, p.form)
}

func (f cuiForm) String() string {
	if f == cuiPortion {
		return "portion mark"
	}
	return "banner"
}

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

// finish checks what only the whole mark shows, and says who may have it and who may see it.
func (p *cuiParser) finish() (cuiSaid, *SyntaxError) {
	privilege := cuiByName["PRIVILEGE"]
	if p.said.controls&cuiPrivileged != 0 && !p.said.basic.has(privilege) {
		return cuiSaid{}, p.fail(len(p.in), cuiLDC, "an attorney's controls stand with the category PRIVILEGE alone")
	}
	if p.said.level == cuiUncontrolled {
		return p.said, nil
	}
	p.said.release, p.said.display = p.release, p.display
	if len(p.release.countries) == 0 {
		p.said.release.countries = unitedStates
	}
	switch {
	case len(p.display.countries) == 0:
		p.said.display = p.said.release
	case p.said.controls.has(cuiRelTo):
		p.said.display = listOf(slices.Concat(p.release.countries, p.release.opaque, p.display.countries, p.display.opaque))
	}
	p.said.relido = p.said.controls.has(cuiRelido)
	return p.said, nil
}
