package marking

import (
	"slices"
	"strings"
)

// suggestAus returns the mark that in was most likely meant to be, in canonical form, or nothing if
// that is not evident. It respells, reorders and separates what is there, drops none of it, and
// guesses at no name or codeword; what contradicts itself is left to its author.
func suggestAus(f ausForm, in string) string {
	var out string
	switch f {
	case ausSubject:
		start := ausMarkStart(in)
		length := strings.IndexByte(in[max(start, 0):], ']')
		if start < 0 || length < 0 {
			return ""
		}
		medium := guessAusMail(in[start+1 : start+length])
		out = in[:start] + "[" + medium + "]" + in[start+length+1:]
	case ausHeader, ausMedium:
		out = guessAusMail(in)
	default:
		out = guessAusText(f, in)
	}
	if _, err := parseAus(f, out); err != nil || out == in {
		return ""
	}
	return out
}

// guessAusText guesses at a banner or a portion. REL AUS alone becomes AUSTEO.
func guessAusText(f ausForm, in string) string {
	words := strings.FieldsFunc(plain(in), func(r rune) bool { return r == '/' })
	if len(words) == 0 || strings.ContainsAny(in, `\`) || strings.HasSuffix(strings.TrimRight(in, " )"), "/") {
		return "" // a caveat that is missing is no reason to suggest that there be none
	}
	level, ok := guessAusLevel(words[0])
	m := newAusMark(level)
	for _, word := range words[1:] {
		ok = ok && m.guess(strings.TrimSpace(word))
	}
	if release := m.said & ausRelease; !ok || release&(release-1) != 0 {
		return ""
	}
	slices.Sort(m.countries)
	if m.countries = slices.Compact(m.countries); m.said.has(ausREL) && !slices.Contains(m.countries, "AUS") {
		return ""
	}
	return m.settle(nil).print(f)
}

// guess takes one word of a mark in capitals: a caveat, or one more code of a list.
func (m *ausMark) guess(word string) bool {
	switch word = strings.ReplaceAll(word, "-", " "); word {
	case "AUSTRALIAN EYES ONLY", "AUST EYES ONLY":
		word = ausCaveats[ausAUSTEO].banner
	case "AUSTRALIAN GOVERNMENT ACCESS ONLY":
		word = ausCaveats[ausAGAO].banner
	default:
		if meant := reservedWord(word); meant != "" {
			word = meant
		}
	}
	for c, row := range ausCaveats {
		if !row.value && word == row.banner {
			m.said |= 1 << c
			return true
		}
	}
	list, rel := strings.CutPrefix(word, "REL ")
	if list = strings.TrimPrefix(list, "TO "); rel {
		m.said |= 1 << ausREL
	} else if !m.said.has(ausREL) {
		return false
	}
	for _, code := range codesOf(list) {
		switch {
		case isCountry(code):
			m.countries = append(m.countries, code)
		case code == "FVEY":
			m.countries = append(m.countries, strings.Fields(fiveEyes)...)
		default:
			return false
		}
	}
	return true
}

// ausSeparators are what people put between the words of a level.
var ausSeparators = strings.NewReplacer(" ", "", "-", "", ":", "", "_", "")

// guessAusLevel reads a level however its words are written and separated, in any form.
func guessAusLevel(word string) (ausLevel, bool) {
	squeeze := func(s string) string {
		return strings.ToUpper(ausSeparators.Replace(s))
	}
	word = squeeze(word)
	switch word {
	case "FOUO", "FOROFFICIALUSEONLY", "SENSITIVE":
		return ausOfficialSensitive, true
	}
	for l, names := range ausLevels {
		if word == squeeze(names.banner) || word == squeeze(names.portion) {
			return ausLevel(l), true
		}
	}
	return 0, false
}

// guessAusMail respells the level, the case of tags, and the white space of a marking in e-mail.
func guessAusMail(in string) string {
	var parts []string
	for pos := 0; pos <= len(in); {
		stop := ausPartEnd(in, pos, len(in))
		name, value, ok := strings.Cut(in[pos:stop], "=")
		if pos = stop + 1; !ok {
			return ""
		}
		name, value = strings.ToUpper(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch name {
		case "SEC", "DOWNTO":
			level, known := guessAusLevel(value)
			if !known {
				return ""
			}
			value = ausLevels[level].wire
		case "CAVEAT":
			value = guessAusMailCaveat(value)
		case "ACCESS":
			value = guessAusAccess(value)
		}
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, ", ")
}

func guessAusMailCaveat(value string) string {
	upper := strings.ToUpper(value)
	for _, row := range ausCaveats {
		_, short, _ := strings.Cut(row.wire, ":")
		if !row.value && (upper == row.wire || upper == short || upper == row.banner) {
			return row.wire
		}
	}
	list, ok := strings.CutPrefix(strings.TrimPrefix(upper, "RI:"), "REL")
	if !ok {
		return value
	}
	codes := strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune("/ :,", r) })
	slices.Sort(codes)
	codes = slices.Compact(codes)
	if len(codes) == 1 && codes[0] == "AUS" {
		return ausCaveats[ausAUSTEO].wire
	}
	return ausCaveats[ausREL].wire + strings.Join(codes, "/")
}

func guessAusAccess(value string) string {
	for _, name := range ausAccess {
		if strings.EqualFold(strings.ReplaceAll(value, " ", "-"), name) {
			return name
		}
	}
	return value
}
