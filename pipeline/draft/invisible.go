package draft

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A draft may hold characters that a reader does not see, or that make a reader see something else than what a machine
// reads (Unicode TR 36; CVE-2021-42574): page breaks of old mails, byte order marks of files put together, controls of
// word processors. They are taken out before anything is parsed, so that reviewers, who read what is printed, and the
// author's machine agree; only where a mark stands on the same line, they are refused.

// newDraftFile is newTextFile for a draft: what can be made harmless is, with a warning.
func newDraftFile(name string, content []byte, p *problems) *textFile {
	f := &textFile{name: name, text: bytes.Clone(plainLines(content))}
	f.check(p, func(r rune) bool { return r == 0 }, "it is no text: delete it")
	f.neutralise(p)
	f.findLines() // how long they are, body says: of code they may be longer
	return f
}

// neutralise takes the forbidden characters out of the text.
func (f *textFile) neutralise(p *problems) {
	text := string(f.text)
	var out []byte
	var shifts []shift
	for i := 0; i < len(f.text); {
		r, size := asSeen(text[i:])
		if !forbidden(r) {
			out = append(out, f.text[i:i+size]...)
			i += size
			continue
		}
		if len(shifts) < maxCharProblems {
			p.warnf(f.pos(i), "delete it", "character %U (%s) is %s", r, describe(r), whatBecomes(r))
		}
		out = append(out, neutral(r)...)
		shifts = append(shifts, shift{len(out), neutral(r)})
		i += size
	}
	if n := len(shifts); n > maxCharProblems {
		p.warnf(f.pos(0), "look at what made the file", "%d characters are none that a reader sees; the first %d are named", n, maxCharProblems)
	}
	if len(shifts) > 0 {
		f.text, f.shifts = out, shifts
	}
}

// neutral is what is read instead of a forbidden character.
func neutral(r rune) string {
	switch {
	case r == '\f' || r == '\v' || r == 0x2028 || r == 0x2029:
		return " "
	case r >= 0x80 && r <= 0x9F: // a file of Windows-1252 that was taken for Latin-1 (HTML 13.2.5.80 reads them so too)
		if meant := charmap.Windows1252.DecodeByte(byte(r)); !forbidden(meant) && meant != utf8.RuneError {
			return string(meant)
		}
	case r == 0x202D || r == 0x202E: // names of files that deceive are content here
		return fmt.Sprintf("‹%U›", r)
	}
	return ""
}

func whatBecomes(r rune) string {
	switch written := neutral(r); written {
	case "":
		return "left out"
	case " ":
		return "read as a space"
	default:
		return "read as " + written
	}
}

// plainText is s without forbidden characters, as neutralise makes it.
func plainText(s string) string {
	if !strings.ContainsFunc(s, forbidden) {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		r, size := asSeen(s)
		if forbidden(r) {
			out.WriteString(neutral(r))
		} else {
			out.WriteString(s[:size])
		}
		s = s[size:]
	}
	return out.String()
}

// honest refuses what was neutralised on a line with a mark: its author may have seen another mark than the one that is
// read, or one where none is read.
func (m *marker) honest(f *textFile) {
	for i := 0; i < len(f.shifts); {
		first, number := f.shifts[i], f.lineOf(f.shifts[i].offset)
		line, bare := string(f.line(number)), []byte(nil)
		from := f.starts[number]
		for ; i < len(f.shifts) && f.lineOf(f.shifts[i].offset) == number; i++ {
			bare = append(bare, f.text[from:f.shifts[i].offset-len(f.shifts[i].written)]...)
			from = f.shifts[i].offset
		}
		bare = append(bare, f.text[from:f.starts[number]+len(line)]...)
		if m.anywhere(line) || m.anywhere(string(bare)) {
			at := f.pos(first.offset)
			at.Col--
			m.probs.errorf(at, "delete it", "a character that nobody sees stands on the line of a mark")
		}
	}
}

// anywhere reports whether a mark, or what looks like one, stands on a line, whatever stands before it.
func (m *marker) anywhere(line string) bool {
	const most = 200 // bytes: no mark is longer
	if m.scheme == nil {
		return false
	}
	if m.holds(strings.TrimLeft(line, " \t>-*+#|.)0123456789")) {
		return true
	}
	for i, r := range line {
		if strings.ContainsRune("([{（【〔", r) && m.opens(line[i:min(i+most, len(line))]) {
			return true
		}
	}
	return false
}
