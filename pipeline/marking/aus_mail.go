package marking

import (
	"slices"
	"strings"
)

// ausMailMax is how long a protective marking may be (EPMS-2024.1 §7.1).
const ausMailMax = 998

const ausHeaderName = "X-Protective-Marking"

// ausTag is a part of a marking in e-mail, in the order of the standard's grammar.
type ausTag int

const (
	tagVER ausTag = iota
	tagNS
	tagSEC
	tagCAVEAT
	tagACCESS
	tagEXPIRES
	tagDOWNTO
	tagNOTE
	tagORIGIN
	noTag ausTag = -1
)

var ausTags = [...]string{"VER", "NS", "SEC", "CAVEAT", "ACCESS", "EXPIRES", "DOWNTO", "NOTE", "ORIGIN"}

// readSubject reads a whole Subject. Its leftmost mark counts, and where that is wrong no other does
// (EPMS-2024.1 §7.1).
func (p *ausParser) readSubject() *SyntaxError {
	start := ausMarkStart(p.in)
	if start < 0 {
		if err := checkText("aus", p.in, epmsUseRule); err != nil {
			return err
		}
		if i := strings.Index(p.in, "[DLM="); i >= 0 {
			return p.fail(i, epmsUseRule, "dissemination limiting markers were discontinued in 2018: it is SEC=OFFICIAL:Sensitive now")
		}
		return p.fail(len(p.in), epmsUseRule, "the Subject has no marking; it stands in brackets: [SEC=OFFICIAL]")
	}
	length := strings.IndexByte(p.in[start:], ']')
	if length < 0 {
		return p.fail(len(p.in), epmsRule, "the closing bracket of the marking is missing")
	}
	if err := p.readMail(start+len("["), start+length); err != nil {
		return err
	}
	after := start + length + len("]")
	// A value that held a bracket would end the mark too early, and lose what follows.
	if i := strings.IndexAny(p.in[after:], "[]"); i >= 0 && p.in[after+i] == ']' {
		return p.fail(after+i, epmsRule, "a bracket closes here that none has opened: no value holds one")
	}
	p.mark.before, p.mark.after = p.in[:start], p.in[after:]
	return nil
}

// ausMarkStart finds the leftmost bracket that opens a mark, however badly that is written.
func ausMarkStart(in string) int {
	for i := range len(in) {
		if in[i] != '[' {
			continue
		}
		word := strings.TrimLeft(in[i+1:], " \t")
		if len(word) > 3 && strings.EqualFold(word[:3], "SEC") && strings.HasPrefix(strings.TrimLeft(word[3:], " \t"), "=") {
			return i
		}
	}
	return -1
}

// readHeader reads the field X-Protective-Marking, whole or its value alone, folded or not.
func (p *ausParser) readHeader() *SyntaxError {
	start, end := 0, len(p.in)
	if named := strings.HasPrefix(p.in, ausHeaderName+":"); named {
		start = skipFWS(p.in, len(ausHeaderName)+len(":"), true)
		end = len(strings.TrimRight(strings.TrimSuffix(p.in, "\r\n"), " \t"))
	}
	return p.readMail(start, max(start, end))
}

// skipFWS skips the white space at pos; where the field may be folded, one line break in it too
// (RFC 5322 §3.2.2).
func skipFWS(in string, pos int, folded bool) int {
	skip := func(pos int) int {
		for pos < len(in) && (in[pos] == ' ' || folded && in[pos] == '\t') {
			pos++
		}
		return pos
	}
	pos = skip(pos)
	if folded && strings.HasPrefix(in[pos:], "\r\n") {
		if next := skip(pos + 2); next > pos+2 {
			return next
		}
	}
	return pos
}

// readMail reads the parts of a marking. Only a header may hold a line break or a tabulator, and
// there only in the white space after a comma: everywhere else a part's own rule refuses it.
func (p *ausParser) readMail(pos, end int) *SyntaxError {
	if len(p.in) > ausMailMax {
		return p.fail(ausMailMax, epmsUseRule, "a marking has at most %d characters", ausMailMax)
	}
	if p.form != ausHeader {
		if err := checkText("aus", p.in, epmsRule); err != nil {
			return err
		}
	}
	last := noTag
	for {
		stop := ausPartEnd(p.in, pos, end)
		tag, value, err := p.readTag(pos, stop)
		if err == nil {
			err = p.checkOrder(pos, last, tag)
		}
		if err == nil {
			err = p.readPart(pos+len(ausTags[max(tag, 0)])+1, tag, value)
		}
		if err != nil {
			return err
		}
		if last = tag; stop == end {
			return p.checkEnd(end, last)
		}
		pos = skipFWS(p.in[:end], stop+1, p.form == ausHeader)
		if pos == stop+1 {
			return p.fail(pos, epmsRule, "white space is required after a comma")
		}
	}
}

// ausPartEnd finds the comma that ends the part, or end. A backslash takes the next character with it.
func ausPartEnd(in string, pos, end int) int {
	for ; pos < end; pos++ {
		switch in[pos] {
		case '\\':
			pos++
		case ',':
			return pos
		}
	}
	return end
}

func (p *ausParser) readTag(pos, stop int) (ausTag, string, *SyntaxError) {
	name, value, ok := strings.Cut(p.in[pos:stop], "=")
	tag := ausTag(slices.Index(ausTags[:], name))
	if tag == noTag || !ok {
		return noTag, "", p.fail(pos, epmsRule, "%q is no part of a marking; parts are written %s=, in this order, with a comma between",
			p.in[pos:stop], strings.Join(ausTags[:], "=, "))
	}
	return tag, value, nil
}

// checkOrder holds the order of the grammar. Its prose has EXPIRES before ACCESS too: that is read
// from systems (header, medium), not from people (subject).
func (p *ausParser) checkOrder(pos int, last, tag ausTag) *SyntaxError {
	first := tagSEC
	if p.form == ausHeader {
		first = tagVER
	}
	late := tag == tagACCESS && last == tagDOWNTO && p.form != ausSubject && p.mark.access == 0
	switch {
	case p.form != ausHeader && (tag < tagSEC || tag > tagDOWNTO):
		return p.fail(pos, epmsRule, "%s belongs into the header alone", ausTags[tag])
	case last == noTag && tag != first:
		return p.fail(pos, epmsRule, "a %s starts with %s=", p.form, ausTags[first])
	case last != noTag && last < tagSEC && tag != last+1:
		return p.fail(pos, epmsRule, "%s= is expected here, after %s", ausTags[last+1], ausTags[last])
	case (last == tagEXPIRES) != (tag == tagDOWNTO):
		return p.fail(pos, epmsRule, "EXPIRES and DOWNTO stand together, in this order")
	case tag == last && tag != tagCAVEAT && tag != tagACCESS, tag < last && !late, tag == tagEXPIRES && p.mark.expires != "":
		return p.fail(pos, epmsRule, "%s stands too late or twice; the order is %s", ausTags[tag], strings.Join(ausTags[:], ", "))
	}
	return nil
}

func (p *ausParser) checkEnd(end int, last ausTag) *SyntaxError {
	switch {
	case last == tagEXPIRES:
		return p.fail(end, epmsRule, "EXPIRES needs DOWNTO after it")
	case p.form == ausHeader && last != tagORIGIN:
		return p.fail(end, epmsRule, "a header ends with ORIGIN= and the address of who sent it first")
	}
	p.mark.version = p.version
	return nil
}
