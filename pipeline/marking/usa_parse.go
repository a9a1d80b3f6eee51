package marking

import (
	"fmt"
	"strings"
)

// usaParser reads one mark from left to right. Every method that reads a piece takes its bounds in
// the input, so that errors can say where.
type usaParser struct {
	form     usaForm
	in       string
	controls usaSet
	release  releaseList
	category usaCategory // of the last control
	control  usaControl  // the last control; meaningful once category is not usaLevelOnly
}

// parseUSA parses strictly: one spelling, one order (CAPCO-2016 A.6). Its error has no suggestion.
func parseUSA(form usaForm, in string) (*usaMark, *SyntaxError) {
	if err := checkText("usa", in, usaSyntax); err != nil {
		return nil, err
	}
	p := usaParser{form: form, in: in}
	pos, err := p.readLevel()
	if err != nil {
		return nil, err
	}
	for pos < len(in) {
		if !strings.HasPrefix(in[pos:], "//") {
			return nil, p.fail(pos, usaSyntax, "two slashes stand between the level and its controls, and between categories")
		}
		pos += len("//")
		end := len(in)
		if i := strings.Index(in[pos:], "//"); i >= 0 {
			end = pos + i
		}
		if err := p.readCategory(pos, end); err != nil {
			return nil, err
		}
		pos = end
	}
	return newUSAMark(usaUnclassified, p.controls, p.release), nil
}

const usaSyntax = "CAPCO-2016 A.6"

func (p *usaParser) fail(offset int, rule, format string, args ...any) *SyntaxError {
	return &SyntaxError{Scheme: "usa", Input: p.in, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

// readLevel reads the level and returns where it ends.
func (p *usaParser) readLevel() (int, *SyntaxError) {
	if strings.HasPrefix(p.in, "//") {
		return 0, p.fail(0, "CAPCO-2016 H.2", "foreign, NATO and JOINT marks are not supported by this version; "+
			"it handles unclassified documents of the United States only")
	}
	level := p.in
	if i := strings.IndexByte(level, '/'); i >= 0 {
		level = level[:i]
	}
	want := p.form.level(usaUnclassified)
	if level == want {
		return len(level), nil
	}
	for _, l := range usaClassified {
		if strings.EqualFold(level, l) {
			return 0, p.fail(0, "CAPCO-2016 H.1", "classified marks are not supported by this version; "+
				"it handles unclassified documents only")
		}
	}
	if level == "" {
		return 0, p.fail(0, "CAPCO-2016 H.1", "the mark is empty; the level comes first: %s", want)
	}
	return 0, p.fail(0, "CAPCO-2016 H.1", "%q is not a level; an unclassified %s starts with %s", level, p.form, want)
}

func (f usaForm) String() string {
	if f == usaPortion {
		return "portion mark"
	}
	return "banner"
}

// readCategory reads the controls of one category, which single slashes separate.
func (p *usaParser) readCategory(pos, end int) *SyntaxError {
	before := p.category
	for start := pos; ; {
		stop := end
		if i := strings.IndexByte(p.in[start:end], '/'); i >= 0 {
			stop = start + i
		}
		if err := p.readControl(start, stop, start == pos, before); err != nil {
			return err
		}
		if stop == end {
			return nil
		}
		start = stop + 1
	}
}

// readControl reads one control; first says that it opens its category, which before precedes.
func (p *usaParser) readControl(start, stop int, first bool, before usaCategory) *SyntaxError {
	word := p.in[start:stop]
	if word == "" {
		return p.fail(start, usaSyntax, "a control is missing here; a mark does not end in slashes, nor has more than two in a row")
	}
	c, list, ok := p.form.lookUp(word)
	if !ok {
		return p.unknown(start, word)
	}
	row := &usaControls[c]
	switch name := p.form.name(c); {
	case row.later:
		return p.fail(start, row.rule, "%s is not supported by this version", name)
	case first && before == row.category:
		return p.fail(start, usaSyntax, "%s belongs to the category before it; one slash separates controls of a category", name)
	case first && before > row.category:
		return p.fail(start, usaSyntax, "%s stands too late; categories stand in the order AEA, dissemination, non-IC dissemination", name)
	case !first && row.category != p.category:
		return p.fail(start, usaSyntax, "%s is of another category; two slashes separate categories", name)
	case p.controls.has(c):
		return p.fail(start, usaSyntax, "%s stands twice", name)
	case !first && c < p.control:
		return p.fail(start, usaSyntax, "%s stands before %s", name, p.form.name(p.control))
	}
	for _, x := range usaConflicts {
		if x.control == c && x.with&p.controls != 0 || x.with.has(c) && p.controls.has(x.control) {
			return p.fail(start, x.rule, "%s", x.msg)
		}
	}
	p.category, p.control, p.controls = row.category, c, p.controls|1<<c
	if row.list {
		return p.readList(stop-len(list), list)
	}
	return nil
}

// lookUp finds the control that word spells in this form, and its list if it has one.
func (f usaForm) lookUp(word string) (c usaControl, list string, ok bool) {
	for i := range usaControls {
		row := &usaControls[i]
		names := [...]string{row.banner, row.title}
		if f == usaPortion {
			names = [...]string{row.portion, row.portion}
		}
		for _, name := range names {
			if word == name {
				return usaControl(i), "", true
			}
			if row.list && len(word) > len(name) && word[len(name)] == ' ' && word[:len(name)] == name {
				return usaControl(i), word[len(name)+1:], true
			}
		}
	}
	return 0, "", false
}

func (p *usaParser) unknown(start int, word string) *SyntaxError {
	if word == "REL" {
		return p.fail(start, "CAPCO-2016 H.8", "REL without a list is not supported by this version; "+
			"write the list of the banner out: REL TO USA, and the codes")
	}
	return p.fail(start, usaSyntax, "%q is not a control of an unclassified %s that this version knows", word, p.form)
}

// readList reads a REL TO list: USA, then at least one code, trigraphs before tetragraphs, each
// alphabetical, separated by a comma and a space (CAPCO-2016 H.8, REL TO).
func (p *usaParser) readList(pos int, list string) *SyntaxError {
	const rule = "CAPCO-2016 H.8"
	l := releaseList{countries: make([]string, 0, 5)}
	last := ""
	for n := 0; ; n++ {
		code, rest, more := strings.Cut(list, ", ")
		switch {
		case n == 0 && list == "":
			return p.fail(pos, rule, "REL TO needs a list: USA, and at least one more code")
		case !isCountry(code) && !isTetragraph(code):
			return p.badCode(pos, code)
		case n == 0 && code != "USA":
			return p.fail(pos, rule, "the list starts with USA")
		case n > 1 && !listOrder(last, code):
			return p.fail(pos, rule, "%s stands too late: trigraphs before tetragraphs, each in alphabetical order and once", code)
		case n > 0 && code == "USA":
			return p.fail(pos, rule, "USA stands twice")
		case n == 0 && !more:
			return p.fail(pos, rule, "REL TO USA alone is not allowed: name at least one more country, or use %s", p.form.name(noforn))
		}
		l.add(code)
		if !more {
			p.release = l.sorted()
			return nil
		}
		last, list, pos = code, rest, pos+len(code)+len(", ")
	}
}

// listOrder reports whether b may follow a.
func listOrder(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}

func (p *usaParser) badCode(pos int, code string) *SyntaxError {
	const rule = "CAPCO-2016 H.8"
	if i := strings.IndexAny(code, ", "); i >= 0 || code == "" {
		return p.fail(pos+max(i, 0), rule, "a comma and one space stand between two codes, and no other")
	}
	return p.fail(pos, rule, "%q is neither a country of ISO 3166-1 nor a known tetragraph", code)
}
