package marking

import (
	"strings"
	"time"
)

// readPart reads the value of one part of a marking in e-mail.
func (p *ausParser) readPart(pos int, tag ausTag, value string) *SyntaxError {
	var w *ausProblem
	switch tag {
	case tagVER:
		p.version, w = value, checkVersion(value)
	case tagNS:
		if !strings.EqualFold(value, ausNamespace) { // the one value whose case does not matter (§7.1)
			w = ausWrong(epmsRule, "the namespace is %s", ausNamespace)
		}
	case tagSEC:
		return p.readLevel(pos, value)
	case tagCAVEAT:
		w = p.addMailCaveat(value)
	case tagACCESS:
		w = p.mark.addAccess(value)
	case tagEXPIRES:
		p.mark.expires, w = p.form.readExpiry(value)
	case tagDOWNTO:
		w = p.mark.addDownTo(p.form, value)
	case tagNOTE:
		p.mark.note, w = p.form.readText(value)
	case tagORIGIN:
		p.mark.origin, w = value, checkAddress(value)
	}
	if w != nil {
		return p.wrong(pos, w)
	}
	return nil
}

// The namespace, and the version that we write.
const (
	ausNamespace = "gov.au"
	ausVersion   = "2024.1"
)

// checkVersion: four digits, a dot, digits. Earlier versions are read as this one.
func checkVersion(v string) *ausProblem {
	for i := range len(v) {
		if (i == 4) != (v[i] == '.') || i != 4 && (v[i] < '0' || v[i] > '9') {
			return ausWrong(epmsRule, "a version is a year, a dot and a number: %s", ausVersion)
		}
	}
	if len(v) < len("2024.1") {
		return ausWrong(epmsRule, "a version is a year, a dot and a number: %s", ausVersion)
	}
	return nil
}

// addMailCaveat reads the value of a CAVEAT. The grammar has REL/AUS/NZL; the standard's prose has
// REL AUS/NZL, which is read from systems, not from people, and never written.
func (p *ausParser) addMailCaveat(value string) *ausProblem {
	if list, ok := strings.CutPrefix(value, "RI:REL "); ok && p.form != ausSubject {
		return p.mark.add(p.form, ausREL, list)
	}
	for i := range ausCaveats {
		row := &ausCaveats[i]
		if !row.value && value == row.wire {
			return p.mark.add(p.form, ausCaveat(i), "")
		}
		if row.value && strings.HasPrefix(value, row.wire) {
			return p.mark.add(p.form, ausCaveat(i), value[len(row.wire):])
		}
	}
	return ausWrong(epmsRule, "%q is no caveat; it starts with C:, FG:, RI: or SH:, and is in capitals", value)
}

// readExpiry reads a date, a time or an event. What looks like a date must be one, and a time needs
// its zone (RFC 3339): read as an event it would say something else than it shows.
func (f ausForm) readExpiry(value string) (string, *ausProblem) {
	text, w := f.readText(value)
	if w != nil || !looksLikeDate(text) {
		return text, w
	}
	_, err := time.Parse(time.DateOnly, text)
	if err != nil && len(text) > len("2006-01-02T15:") && text[13] == ':' {
		_, err = time.Parse(time.RFC3339, text)
	}
	if err != nil {
		return "", ausWrong(epmsRule, "%q is no date, 2030-01-31, nor a time with its zone, 2030-01-31T10:00:00+10:00", text)
	}
	return text, nil
}

func looksLikeDate(text string) bool {
	if len(text) < len(time.DateOnly) || len(text) > len(time.DateOnly) && text[10] != 'T' {
		return false
	}
	for i := range len(time.DateOnly) {
		if dash := i == 4 || i == 7; dash != (text[i] == '-') || !dash && (text[i] < '0' || text[i] > '9') {
			return false
		}
	}
	return true
}

func (m *ausMark) addDownTo(f ausForm, value string) *ausProblem {
	for l := range ausLevels {
		if value != f.level(ausLevel(l)) {
			continue
		}
		if ausLevel(l) >= m.level {
			return ausWrong(epmsUseRule, "DOWNTO must be below SEC, which is %s", f.level(m.level))
		}
		m.downTo = ausLevel(l)
		return nil
	}
	return ausWrong(epmsRule, "%q is not a level", value)
}

// checkAddress accepts a plain address: dot-atoms on both sides (RFC 5322 §3.4.1).
func checkAddress(address string) *ausProblem {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || len(address) > 254 || !isDotAtom(local, "!#$%&'*+-/=?^_`{|}~") || !isDotAtom(domain, "-") {
		return ausWrong(epmsRule, "ORIGIN is the address of who sent it first: name@agency.gov.au")
	}
	return nil
}

func isDotAtom(s, special string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
	}
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '.' && strings.IndexByte(special, c) < 0 {
			return false
		}
	}
	return true
}
