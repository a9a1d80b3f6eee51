package advisory

import (
	"regexp"
	"strings"
)

// escaped writes plain text as Markdown that reads the same, putting a backslash only where Markdown would see more
// than text: what an author has to work on stays readable.
func escaped(text string) string {
	var b strings.Builder
	rest := text
	for {
		at := address.FindStringIndex(rest)
		if at == nil {
			break
		}
		b.WriteString(escapedWords(rest[:at[0]]))
		b.WriteString(bare(rest[at[0]:at[1]]))
		rest = rest[at[1]:]
	}
	b.WriteString(escapedWords(rest))
	return lineStart(b.String())
}

// bare writes an address: Markdown links it as it stands, where a backslash would become a part of it. What could end it
// or be read as more stands in pointed brackets, in which nothing is escaped (CommonMark 6.5).
func bare(url string) string {
	if !strings.HasPrefix(strings.ToLower(url), "http") {
		return escapedWords(url)
	}
	tail := url[len(strings.TrimRight(url, ".,;:!?)]}'\"")):]
	url = url[:len(url)-len(tail)]
	if strings.ContainsAny(url, "*[]|~\\`_") || strings.Contains(url, "&") {
		url = "<" + url + ">"
	}
	return url + escapedWords(tail)
}

var (
	entity   = regexp.MustCompile(`^&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
	citation = regexp.MustCompile(`^\[\d{1,3}(?:, ?\d{1,3})*\](?:[^(\[:]|$)`)
	numbered = regexp.MustCompile(`^(\s*\d{1,9})([.)])(\s|$)`)
)

func escapedWords(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c, next, last := s[i], byteAt(s, i+1), byteAt(s, i-1)
		special := false
		switch c {
		case '*':
			special = !isBlank(last) || !isBlank(next)
		case '_':
			special = !isWord(last) || !isWord(next)
		case '<':
			special = next != ' ' && next != '='
		case '&':
			special = entity.MatchString(s[i:])
		case '[':
			special = !citation.MatchString(s[i:])
		case '\\', '`', '~', '|':
			special = true
		}
		if special {
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

func byteAt(s string, i int) byte {
	if i < 0 || i >= len(s) {
		return ' '
	}
	return s[i]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' }

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// lineStart escapes what would open a block at the start of a line.
func lineStart(s string) string {
	trimmed := strings.TrimLeft(s, " \t")
	indent := s[:len(s)-len(trimmed)]
	switch {
	case trimmed == "":
		return s
	case strings.ContainsRune("#>=", rune(trimmed[0])), strings.ContainsRune("+-*", rune(trimmed[0])):
		return indent + `\` + trimmed
	case numbered.MatchString(trimmed):
		return indent + numbered.ReplaceAllString(trimmed, `$1\$2$3`)
	}
	return s
}

// codeBlock writes lines of code between fences longer than any in it.
func codeBlock(lang string, lines []string) string {
	fence := "```"
	for strings.Contains(strings.Join(lines, "\n"), fence) {
		fence += "`"
	}
	return fence + lang + "\n" + strings.Join(lines, "\n") + "\n" + fence
}
