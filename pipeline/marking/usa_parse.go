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
	eyes     bool // EYES ONLY is allowed
	m        usaMark
	category usaCategory          // of the last control
	control  usaControl           // the last control; meaningful past the categories SCI and SAP
	at       [usaControlCount]int // where each control stands
	sciAt    int                  // where the SCI category starts
	systems  map[string]bool      // of the category that is being read, once they are many
}

const usaSyntax = "CAPCO-2016 A.6"

// parseStrictly parses one spelling, one order (CAPCO-2016 A.6). Its error has no suggestion.
func (s usaScheme) parseStrictly(form usaForm, in string) (*usaMark, *SyntaxError) {
	if err := checkText("usa", in, usaSyntax); err != nil {
		return nil, err
	}
	p := usaParser{form: form, in: in, eyes: s.before(endOfEyesOnly)}
	pos, err := p.readClass()
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
	if err := p.check(); err != nil {
		return nil, err
	}
	m := new(usaMark)
	*m = p.m
	m.sci, m.sap = sortPaths(m.sci), sortPaths(m.sap)
	m.said |= m.implied(s.before(ruleOfRELIDO))
	return m.settled(), nil
}

func (p *usaParser) fail(offset int, rule, format string, args ...any) *SyntaxError {
	return &SyntaxError{Scheme: "usa", Input: p.in, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

// readCategory reads the controls of one category, which single slashes separate.
func (p *usaParser) readCategory(pos, end int) *SyntaxError {
	before := p.category
	for start := pos; ; {
		stop := end
		if i := strings.IndexByte(p.in[start:end], '/'); i >= 0 {
			stop = start + i
		}
		if strings.HasPrefix(p.in[start:end], "USA/") { // EYES ONLY has slashes within
			if i := strings.Index(p.in[start:end], " EYES ONLY"); i >= 0 {
				stop = start + i + len(" EYES ONLY")
			}
		}
		if err := p.readPiece(start, stop, start == pos, before); err != nil {
			return err
		}
		switch {
		case stop == end:
			return nil
		case p.in[stop] != '/':
			return p.fail(stop, usaSyntax, "a slash stands between two controls")
		}
		start = stop + 1
	}
}

// readPiece reads what stands between two slashes; first says that it opens its category, which
// before precedes.
func (p *usaParser) readPiece(start, stop int, first bool, before usaCategory) *SyntaxError {
	word := p.in[start:stop]
	if word == "" {
		return p.fail(start, usaSyntax, "a control is missing here; a mark does not end in slashes, nor has more than two in a row")
	}
	if c, ok := usaWords[p.form][word]; ok {
		return p.readControl(c, start, stop, stop, first, before)
	}
	if c, rest, ok := p.form.opening(word); ok {
		return p.readControl(c, start, stop, stop-len(rest), first, before)
	}
	if program, ok := sapProgram(word); ok {
		return p.readProgram(start, stop, stop-len(program), first, before)
	}
	if p.category == usaSAP && !first {
		return p.readProgram(start, stop, start, first, before)
	}
	return p.readSystem(start, stop, first, before)
}

// usaOpenings are the words that open a list, or that a hyphen follows, in each form.
var usaOpenings = [...][]struct {
	words   string
	control usaControl
}{
	usaBanner: {
		{"REL TO ", relTo}, {"DISPLAY ONLY ", displayOnly}, {"FGI ", fgi}, {"USA/", eyesOnly}, {"RD-", rd}, {"FRD-", frd},
		{"AUTHORIZED FOR RELEASE TO ", relTo}, {"FOREIGN GOVERNMENT INFORMATION ", fgi},
		{"RESTRICTED DATA-", rd}, {"FORMERLY RESTRICTED DATA-", frd},
	},
	usaPortion: {
		{"REL TO ", relTo}, {"DISPLAY ONLY ", displayOnly}, {"FGI ", fgi}, {"USA/", eyesOnly}, {"RD-", rd}, {"FRD-", frd},
	},
}

// opening finds the control that opens with a word, and what follows: the list, or the hyphen and the rest.
func (f usaForm) opening(word string) (c usaControl, rest string, ok bool) {
	if f == usaPortion && word == "REL" {
		return relTo, "", true
	}
	for i := range usaOpenings[f] {
		o := &usaOpenings[f][i]
		if !strings.HasPrefix(word, o.words) {
			continue
		}
		n := len(o.words)
		if o.words[n-1] == '-' { // the rest shows the hyphen
			n--
		}
		return o.control, word[n:], true
	}
	return 0, "", false
}

// enter checks that a control may stand where it does in its category.
func (p *usaParser) enter(start int, name string, category usaCategory, first bool, before usaCategory) *SyntaxError {
	switch {
	case first && before == category:
		return p.fail(start, usaSyntax, "%s belongs to the category before it; one slash separates controls of a category", name)
	case first && before > category:
		return p.fail(start, usaSyntax, "%s stands too late; categories stand in the order SCI, SAP, AEA, FGI, dissemination, non-IC dissemination", name)
	case !first && category != p.category:
		return p.fail(start, usaSyntax, "%s is of another category; two slashes separate categories", name)
	}
	p.category = category
	return nil
}

// readControl reads a control of the table; what belongs to it starts at rest.
func (p *usaParser) readControl(c usaControl, start, stop, rest int, first bool, before usaCategory) *SyntaxError {
	row, name := &usaControls[c], p.form.name(c)
	same := !first && p.category == row.category
	if err := p.enter(start, name, row.category, first, before); err != nil {
		return err
	}
	switch {
	case p.m.said.has(c):
		return p.fail(start, usaSyntax, "%s stands twice", name)
	case same && p.m.said&allControls != 0 && c < p.control:
		return p.fail(start, usaSyntax, "%s stands before %s", name, p.form.name(p.control))
	case usaClashes[c]&p.m.said != 0:
		return p.clash(start, c)
	case !row.levels.has(p.m.level):
		return p.fail(start, row.rule, "%s stands with %s only", name, row.levels)
	}
	p.control, p.at[c] = c, start
	p.m.said |= 1 << c
	return p.readRest(c, start, rest, stop)
}

// clash says which rule keeps a control from what stands already.
func (p *usaParser) clash(start int, c usaControl) *SyntaxError {
	for _, x := range usaConflicts {
		if x.control == c && x.with&p.m.said != 0 || x.with.has(c) && p.m.said.has(x.control) {
			return p.fail(start, x.rule, "%s", x.msg)
		}
	}
	return nil
}

// readRest reads the list, or what else belongs to a control.
func (p *usaParser) readRest(c usaControl, start, rest, stop int) *SyntaxError {
	switch c {
	case rd, frd:
		return p.readWeapons(c, rest, stop)
	case fgi:
		return p.readFGI(rest, stop)
	case relTo:
		if p.form == usaPortion && p.in[start:stop] == "REL" {
			return nil // the list is the banner's (H.8)
		}
		return p.readRelease(rest, stop)
	case displayOnly:
		return p.readDisplay(rest, stop)
	case eyesOnly:
		return p.readEyes(start, stop)
	}
	return nil
}

func (p *usaParser) unknown(start int, word string) *SyntaxError {
	if word == "REL" || strings.HasPrefix(word, "REL ") {
		return p.fail(start, usaH8, "%q is not a control of a %s: write REL TO USA, and the codes", word, p.form)
	}
	return p.fail(start, usaSyntax, "%q is not a control of the Register in a %s, nor has it the shape of an SCI control system here", word, p.form)
}
