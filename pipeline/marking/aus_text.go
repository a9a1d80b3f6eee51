package marking

import (
	"fmt"
	"strings"
)

// An ausProblem is what is wrong with a piece of a mark; its place is the parser's to add.
type ausProblem struct{ rule, msg string }

func ausWrong(rule, format string, args ...any) *ausProblem {
	return &ausProblem{rule, fmt.Sprintf(format, args...)}
}

// ausTextMax is how long a text may be; an escaped character counts once (EPMS-2024.1 Tables 3-16).
const ausTextMax = 128

// checkAusText judges a text that someone chose: a codeword, a foreign caveat, a name, an event, a
// note. The standard allows any printable ASCII but the bracket that would end a Subject's mark. Odd
// spaces are refused besides, so that two marks that look the same are the same bytes.
func checkAusText(text string) *ausProblem {
	switch {
	case text == "":
		return ausWrong(epmsRule, "a text is missing here")
	case len(text) > ausTextMax:
		return ausWrong(epmsRule, "a text has at most %d characters", ausTextMax)
	case text[0] == ' ' || text[len(text)-1] == ' ' || strings.Contains(text, "  "):
		return ausWrong(epmsRule, "a text neither begins nor ends with a space, nor has two in a row")
	case text[len(text)-1] == '/':
		return ausWrong(epmsRule, "a text does not end in a slash: it looks cut off")
	}
	for i := range len(text) {
		if text[i] < 0x20 || text[i] >= 0x7f || text[i] == ']' {
			return ausWrong(epmsRule, "a text holds printable ASCII characters only, and no closing bracket")
		}
	}
	return nil
}

// escaped are the characters that a backslash precedes: in e-mail the comma, which ends a value
// (EPMS-2024.1 Tables 3-16); in a banner and a portion the slash, which ends a caveat, and
// parentheses, which end a portion mark (no rule says how; EPMS's way is taken).
func (f ausForm) escaped() string {
	if f == ausBanner || f == ausPortion {
		return `\/()`
	}
	return `\,`
}

func (f ausForm) appendText(b *strings.Builder, text string) {
	for i := range len(text) {
		if strings.IndexByte(f.escaped(), text[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(text[i])
	}
}

// readText undoes appendText, strictly: what must be escaped is, and nothing else.
func (f ausForm) readText(in string) (string, *ausProblem) {
	special := f.escaped()
	if !strings.ContainsAny(in, special) {
		return in, checkAusText(in)
	}
	var b strings.Builder
	for i := 0; i < len(in); i++ {
		if strings.IndexByte(special, in[i]) >= 0 {
			if in[i] != '\\' {
				return "", ausWrong(epmsRule, `in a text %c is written \%c`, in[i], in[i])
			}
			if i++; i == len(in) || strings.IndexByte(special, in[i]) < 0 {
				return "", ausWrong(epmsRule, `a backslash stands only before one of %s`, strings.Join(strings.Split(special, ""), " "))
			}
		}
		b.WriteByte(in[i])
	}
	return b.String(), checkAusText(b.String())
}

// isAusCodeword reports whether a codeword needs no C before it in a banner.
func isAusCodeword(word string) bool { return len(word) <= ausTextMax && isCodeWord(word) }
