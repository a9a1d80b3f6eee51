package marking

import "strings"

// print writes the mark in canonical form. Information management markers, EXPIRES and what only a
// header has stand in e-mail alone.
func (m *ausMark) print(f ausForm) string {
	if f.isText() && m.printed == 0 {
		return f.level(m.level)
	}
	var b strings.Builder
	switch f {
	case ausSubject:
		b.WriteString(m.before + "[")
		m.appendMail(&b)
		b.WriteString("]" + m.after)
	case ausHeader:
		m.appendHeader(&b)
	case ausMedium:
		m.appendMail(&b)
	default:
		b.WriteString(f.level(m.level))
		m.eachCaveat(func(c ausCaveat, text string) { m.appendCaveat(&b, f, "//"+ausCaveats[c].banner, c, text) })
	}
	return b.String()
}

func (m *ausMark) appendHeader(b *strings.Builder) {
	version := m.version
	if version == "" {
		version = ausVersion
	}
	b.WriteString("VER=" + version + ", NS=" + ausNamespace + ", ")
	m.appendMail(b)
	if m.note != "" {
		b.WriteString(", NOTE=")
		ausHeader.appendText(b, m.note)
	}
	if m.origin != "" {
		b.WriteString(", ORIGIN=" + m.origin)
	}
}

func (m *ausMark) appendMail(b *strings.Builder) {
	b.WriteString("SEC=" + ausMedium.level(m.level))
	m.eachCaveat(func(c ausCaveat, text string) { m.appendCaveat(b, ausMedium, ", CAVEAT="+ausCaveats[c].wire, c, text) })
	for i, name := range ausAccess {
		if m.access&(1<<i) != 0 {
			b.WriteString(", ACCESS=" + name)
		}
	}
	if m.expires != "" {
		b.WriteString(", EXPIRES=")
		ausMedium.appendText(b, m.expires)
		b.WriteString(", DOWNTO=" + ausMedium.level(m.downTo))
	}
}

// eachCaveat visits the caveats that the mark writes, in order; of foreign governments there may be
// several.
func (m *ausMark) eachCaveat(visit func(c ausCaveat, text string)) {
	for i := range ausCaveats {
		c := ausCaveat(i)
		switch {
		case !m.printed.has(c):
		case c == ausForeign:
			for _, text := range m.foreign {
				visit(c, text)
			}
		default:
			visit(c, m.textOf(c))
		}
	}
}

// textOf is the value of a caveat but FG.
func (m *ausMark) textOf(c ausCaveat) string {
	switch c {
	case ausCodeword:
		return m.codeword()
	case ausExclusiveFor:
		return m.exclusive
	case ausREL:
		return strings.Join(m.countries, "/")
	}
	return ""
}

// codeword is what stands for the codewords. A mark has at most one (PSPF-2024): of portions under
// several it names all as if they were one, in which nobody is briefed, rather than one of them, at
// which people who lack the others would read on.
func (m *ausMark) codeword() string {
	if joined := strings.Join(m.codewords, " AND "); len(joined) <= ausTextMax {
		return joined
	}
	return "MULTIPLE CODEWORDS"
}

// caveatName is the caveat as a banner says it.
func (m *ausMark) caveatName(c ausCaveat) string {
	if c == ausForeign {
		return "FG"
	}
	var b strings.Builder
	m.appendCaveat(&b, ausBanner, ausCaveats[c].banner, c, m.textOf(c))
	return b.String()
}

func (m *ausMark) appendCaveat(b *strings.Builder, f ausForm, name string, c ausCaveat, text string) {
	switch {
	case c == ausCodeword && f.isText() && isAusCodeword(text):
		name = strings.TrimSuffix(name, ausCaveats[c].banner)
	case c == ausExclusiveFor && !f.isText() && len(text) < ausTextMax:
		name += " "
	case c == ausREL: // its slashes are the list's
		b.WriteString(name + text)
		return
	}
	b.WriteString(name)
	f.appendText(b, text)
}
