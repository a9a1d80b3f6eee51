package draft

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"bulletin/pipeline/marking"
)

// visible drops what a reader does not see before the first letter.
func visible(s string) string {
	return strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
}

// marker reads the marks of one draft.
type marker struct {
	scheme    marking.Scheme // nil if the draft names none that is known
	rule      rule
	banner    marking.Mark // as front matter states it; nil if it does not, or not in words of the scheme
	bannerBad bool         // it is stated, and does not parse
	first     Pos          // of the first mark of the scheme in the draft, good or bad; the zero Pos: none so far
	probs     *problems
}

// mark is what stands at the start of some text.
type mark struct {
	found bool
	bad   bool   // found and refused; the problem is on the list
	label Label  // if found and not bad
	text  string // as written, with the white space after it
	at    Pos
}

// unmarked reports whether the draft is of the scheme in which marks are the exception, and has none so far.
func (m *marker) unmarked() bool {
	return m.scheme != nil && m.scheme.Name() == "tlp" && m.first == Pos{}
}

// known reports whether text begins as a mark does, TLP's under every scheme.
func (m *marker) known(text string) bool {
	return m.scheme != nil && (opensTLP(text) || m.rule.opens(text))
}

// opens reports whether text begins as a mark does, or as something that could be taken for one.
func (m *marker) opens(text string) bool {
	if m.scheme == nil {
		return false
	}
	_, alike := m.alike(text)
	return alike || m.known(text)
}

// copyright is no mark of the scheme in which marks are the exception: (C) 2020 Contoso.
var copyright = regexp.MustCompile(`^\([Cc]\)\s*(?:Copyright\b|(?:19|20)\d\d\b)`)

// alike returns what text begins with, as written, if that looks like a mark of any scheme; of the draft's own in
// other brackets too.
func (m *marker) alike(text string) (string, bool) {
	if m.scheme.Name() == "tlp" && copyright.MatchString(text) {
		return "", false
	}
	look, ok := lookalike(text)
	if inside := bracketed.FindStringSubmatch(fold(text)); !ok && inside != nil && !linked.MatchString(fold(text)) {
		return firstRunes(text, inside[0]), m.rule.opens("(" + inside[1] + ")")
	}
	return look, ok
}

// plainly is the hint where a mark hides.
const plainly = "write the mark plainly, as the first thing; what is none stands behind another word"

// hidden reports whether s, which is no mark, would look like one to a reader.
func (m *marker) hidden(s string) bool { return m.opens(visible(s)) }

// read reads the mark at the start of s: the scheme's, or TLP before it under a national scheme.
func (m *marker) read(s string, at Pos) mark {
	if !m.opens(s) {
		return mark{at: at}
	}
	out := mark{found: true, at: at}
	if !m.known(s) {
		look, _ := m.alike(s)
		m.probs.errorf(at, m.meant(look), "%.60q looks like a mark, and is none of scheme %s", look, m.scheme.Name())
		return refused(out)
	}
	n := 0
	if m.scheme.Name() != "tlp" && opensTLP(s) {
		inner, ok := m.inner(s, at)
		if !ok {
			return refused(out)
		}
		tlp, err := marking.ParseTLP(inner)
		if err != nil {
			m.refuse(err, inner, at.after(s, 1))
			return refused(out)
		}
		out.label.TLP = tlp
		n = len(inner) + 2
		n += len(s[n:]) - len(strings.TrimLeft(s[n:], " "))
	}
	if m.rule.opens(s[n:]) && (n == 0 || !opensTLP(s[n:])) {
		if m.first == (Pos{}) {
			m.first = at
		}
		inner, ok := m.inner(s[n:], at.after(s, n))
		if !ok {
			return refused(out)
		}
		parsed, err := m.scheme.ParsePortion(inner)
		if err != nil {
			m.refuse(err, inner, at.after(s, n+1))
			return refused(out)
		}
		if parsed, ok = m.completed(parsed, inner, at.after(s, n+1)); !ok {
			return refused(out)
		}
		out.label.Mark = parsed
		out.label.TLP = max(out.label.TLP, tlpOf(parsed))
		n += len(inner) + 2
	}
	return m.end(s, n, out)
}

// slip refuses what reads as no mark, but begins with a level: in a small letter, or without parentheses. Behind a mark it
// is text: (U) (c) third.
func (m *marker) slip(s string, none mark) mark {
	if none.found || !m.slipped(s) || m.disguised(s) { // disguise has a message of its own
		return none
	}
	m.probs.errorf(none.at, "write it as "+m.rule.example+"; what is no mark begins with another word, and a list is numbered c)",
		"%.20q looks like a mark, and is not written as one", s)
	none.found = true
	return refused(none)
}

// slipped looks behind bold and italics, where people put a mark that they write without parentheses.
func (m *marker) slipped(s string) bool {
	national, ok := m.rule.words.(nationalMarks)
	if !ok || m.scheme == nil {
		return false
	}
	s = strings.ReplaceAll(visible(literal(s)), "*", "")
	s = fold(strings.TrimLeft(s, "_~ "))
	return (anyMatches(national.slips, s) || almostLevel(s)) && !ordinary.MatchString(s)
}

// late reports whether a line begins with a level or a limit and a colon, in bold or not.
func (m *marker) late(line string) bool {
	national, ok := m.rule.words.(nationalMarks)
	return ok && national.late.MatchString(fold(strings.TrimLeft(strings.ReplaceAll(line, "*", ""), "_~ ")))
}

// both is how TLP and a mark of the scheme stand beside each other.
func (m *marker) both() string {
	first, _, _ := strings.Cut(m.rule.example, ")")
	return "(TLP:RED)" + first + ")"
}

// end looks at what follows the mark in s[:n].
func (m *marker) end(s string, n int, out mark) mark {
	rest := strings.TrimLeft(s[n:], " \t\n")
	switch {
	case m.hidden(rest) || m.late(rest):
		hint := "keep one"
		if look, _ := m.alike(visible(rest)); look != "" && !m.known(visible(rest)) {
			hint = "keep one; " + m.meant(look)
		}
		if opensTLP(visible(rest)) && m.scheme.Name() != "tlp" {
			hint = "TLP stands first: " + m.both()
		}
		m.probs.errorf(out.at.after(s, len(s)-len(rest)), hint, "a second mark follows the first")
		return refused(out)
	case out.label.Mark == nil && m.slipped(rest):
		return m.slip(rest, mark{at: out.at.after(s, len(s)-len(rest))})
	case rest != "" && len(rest) == len(s[n:]) && s[n-1] == ')':
		m.probs.errorf(out.at.after(s, n), "put a space between them", "no space between the mark and the text")
		return refused(out)
	}
	out.text = s[:len(s)-len(rest)]
	return out
}

func refused(m mark) mark { m.bad = true; return m }

// inner returns what stands in the parentheses that s begins with.
func (m *marker) inner(s string, at Pos) (string, bool) {
	line, _, _ := strings.Cut(s, "\n")
	end := strings.IndexByte(line, ')')
	switch {
	case s[0] != '(':
		m.probs.errorf(at, "for example "+m.rule.example, "a mark stands in round parentheses, written plainly")
		return "", false
	case end < 0:
		m.probs.errorf(at, "write the whole mark on one line, with its closing parenthesis", "the mark is not closed on its line")
		return "", false
	}
	return line[1:end], true
}

// refuse reports a mark that does not parse; at is the first character inside the parentheses.
func (m *marker) refuse(err error, inner string, at Pos) {
	var syntax *marking.SyntaxError
	if !errors.As(err, &syntax) {
		m.probs.errorf(at, "", "mark %q: %v", inner, err)
		return
	}
	hint := "a mark of scheme " + m.scheme.Name() + " reads like " + m.rule.example
	if s := syntax.Suggestion; s != "" {
		hint = fmt.Sprintf("did you mean (%s)?", strings.Trim(s, "()"))
	}
	m.probs.errorf(at.after(inner, syntax.Offset), hint, "mark %q does not parse: %s (%s)", inner, syntax.Msg, syntax.Rule)
}

// tlpOf returns the TLP that a mark of scheme tlp states.
func tlpOf(m marking.Mark) marking.TLP {
	if m.Scheme() != "tlp" {
		return marking.NoTLP
	}
	label, _, _ := strings.Cut(strings.Trim(m.Portion(), "()"), "//")
	tlp, err := marking.ParseTLP(label)
	if err != nil {
		return marking.Red // cannot be; and if it were, the strictest
	}
	return tlp
}

// disguised reports whether s begins with a mark that Markdown, an escape or an entity hides.
func (m *marker) disguised(s string) bool { return m.hidden(undressed(s)) }

// undressed is s without the tags and signs of Markdown that it begins with.
func undressed(s string) string {
	s = literal(s)
	for {
		bare := strings.TrimLeft(visible(leadingTags.ReplaceAllString(s, "")), "*_~`[]!<>\\\"'# ")
		if bare == s {
			return s
		}
		s = bare
	}
}

var leadingTags = regexp.MustCompile(`^(?:\s*(?:<!--.*?-->|</?[A-Za-z][^<>(]*>?))+`)
