package edition

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// textWidth is the longest line of the plain text, in columns. Only what must not be broken (an
// address, a hash, a line of code) is longer.
const textWidth = 74

// wrap fills lines of at most so many columns with s; newlines in s stay. A word longer than the
// width keeps a line to itself, so that it can be copied whole.
func wrap(s string, most int) []string {
	var lines []string
	for _, hard := range strings.Split(s, "\n") {
		var line string
		var column int
		for _, w := range words(hard) {
			if n := columns(w.text); column > 0 && column+w.space+n > most {
				lines = append(lines, line)
				line, column = "", 0
			}
			if column > 0 && w.space > 0 {
				line += " "
				column++
			}
			line += w.text
			column += columns(w.text)
		}
		lines = append(lines, line)
	}
	return lines
}

// A word is what a line is not broken inside of; space is 1 if white space stood before it.
type word struct {
	text  string
	space int
}

// words splits at white space that may be broken at, and before each wide character: Chinese and
// Japanese set no spaces.
func words(s string) []word {
	var out []word
	for _, field := range strings.FieldsFunc(s, breaks) {
		space := 1
		var text []rune
		for _, r := range field {
			if isWide(r) && len(text) > 0 && !unicode.IsPunct(r) && !unicode.Is(unicode.Ps, text[len(text)-1]) {
				out = append(out, word{string(text), space})
				text, space = nil, 0
			}
			text = append(text, r)
		}
		out = append(out, word{string(text), space})
	}
	return out
}

func breaks(r rune) bool { return unicode.IsSpace(r) && !isFixedSpace(r) }

// isFixedSpace reports whether r is a space that holds a line together: "[note 1]", "12 %".
func isFixedSpace(r rune) bool { return r == noBreak || r == 0x202f }

const noBreak = '\u00a0'

// columns is how many columns s takes on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case isWide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// isWide reports whether r takes two columns (Unicode TR 11).
func isWide(r rune) bool {
	if r < 0x1100 {
		return false
	}
	kind := width.LookupRune(r).Kind()
	return kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}

// pad fills s with spaces up to that many columns, as the column of a table is aligned.
func pad(s string, to int, align string) string {
	free := max(0, to-columns(s))
	switch align {
	case "right":
		return strings.Repeat(" ", free) + s
	case "center":
		return strings.Repeat(" ", free/2) + s + strings.Repeat(" ", free-free/2)
	}
	return s + strings.Repeat(" ", free)
}

// clean makes text safe for the body of a signed mail and for a terminal: no control characters,
// no characters that turn the direction of what follows (they are shown by their number), no
// trailing white space, and no line that begins with "From ", which mail stores change and so
// break the signature (RFC 3156 §5).
func clean(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		l = strings.TrimRightFunc(visible(l), unicode.IsSpace)
		if strings.HasPrefix(l, "From ") {
			l = " " + l
		}
		lines[i] = l
	}
	return strings.Join(lines, "\n")
}

func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteString("    ")
		case isFixedSpace(r): // it has done its work, and searches want a plain one
			b.WriteByte(' ')
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			fmt.Fprintf(&b, "<U+%04X>", r)
		case unicode.IsControl(r):
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
