package draft

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCharProblems is how many bad characters of one file are named one by one: a binary file
// would give millions.
const maxCharProblems = 20

// Limits of one line, in bytes. The Markdown parser takes quadratic time for some lines; in code, where it looks for
// nothing, encoded scripts and configurations without line ends are longer.
const (
	maxLine     = 64 << 10
	maxCodeLine = 1 << 20
)

// textFile is a file of text that knows where each byte stands. Its text has no byte order mark
// and ends lines with \n alone.
type textFile struct {
	name   string // as problems print it
	text   []byte
	starts []int   // offset of each line
	shifts []shift // where the text is not the file's, in order
}

// shift is a place where one character of the file was written otherwise, or left out.
type shift struct {
	offset  int // in the text, behind it
	written string
}

// newTextFile reads content as UTF-8 text. What is not text is reported and replaced by question
// marks, so that reading can go on and find the other problems.
func newTextFile(name string, content []byte, p *problems) *textFile {
	f := &textFile{name: name, text: bytes.Clone(plainLines(content))}
	f.check(p, forbidden, "delete it")
	f.lines(p)
	return f
}

// plainLines is content without a byte order mark, its lines ended by \n alone (CommonMark 2.1).
func plainLines(content []byte) []byte {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(content, []byte("\r"), []byte("\n"))
}

// standIn is a harmless character of each length in bytes.
var standIn = [...]string{"", "?", "¿", "\ufffd", "\U0001f7a5"}

// check reports bytes that are no UTF-8, and characters that are refused.
func (f *textFile) check(p *problems, refused func(rune) bool, hint string) {
	f.findLines()
	bad := 0
	for i := 0; i < len(f.text); {
		r, size := utf8.DecodeRune(f.text[i:])
		msg, what := "", hint
		switch {
		case r == utf8.RuneError && size == 1:
			msg, what = fmt.Sprintf("byte 0x%02X is not valid UTF-8", f.text[i]), "save the file as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"
		case refused(r):
			msg = fmt.Sprintf("character %U (%s) is not allowed", r, describe(r))
		}
		if msg != "" {
			if bad++; bad <= maxCharProblems {
				p.errorf(f.pos(i), what, "%s", msg)
			}
			copy(f.text[i:i+size], standIn[size]) // as long, so that every position stays
		}
		i += size
	}
	if bad > maxCharProblems {
		p.errorf(f.pos(0), "is it a text file? save it as UTF-8", "%d characters are not text; the first %d are named", bad, maxCharProblems)
	}
}

func (f *textFile) findLines() {
	f.starts = []int{0}
	for i, c := range f.text {
		if c == '\n' {
			f.starts = append(f.starts, i+1)
		}
	}
}

// lines finds where lines start, and refuses those that are too long.
func (f *textFile) lines(p *problems) {
	f.findLines()
	for i := range f.starts {
		f.within(i, maxLine, p)
	}
}

// within refuses line i if it has more than most bytes.
func (f *textFile) within(i, most int, p *problems) bool {
	n := len(f.line(i))
	if n > most {
		p.errorf(f.pos(f.starts[i]), "break it", "the line is %d bytes long; at most %d are read", n, most)
	}
	return n <= most
}

// line returns line i, counted from 0, without its end.
func (f *textFile) line(i int) []byte {
	end := len(f.text)
	if i+1 < len(f.starts) {
		end = f.starts[i+1] - 1
	}
	return f.text[f.starts[i]:end]
}

// pos returns the place of the byte at offset.
func (f *textFile) pos(offset int) Pos {
	offset = max(0, min(offset, len(f.text)))
	line := f.lineOf(offset)
	return Pos{File: f.name, Line: line + 1, Col: utf8.RuneCount(f.text[f.starts[line]:offset]) + 1 + f.shifted(f.starts[line], offset)}
}

// shifted is how many characters more the file has between two offsets of the text.
func (f *textFile) shifted(from, to int) (by int) {
	for _, s := range f.shifts[sort.Search(len(f.shifts), func(i int) bool { return f.shifts[i].offset >= from }):] {
		if s.offset > to {
			break
		}
		by += 1 - utf8.RuneCountInString(s.written)
	}
	return by
}

// lineOf returns which line the byte at offset stands in, counted from 0.
func (f *textFile) lineOf(offset int) int { return sort.SearchInts(f.starts, offset+1) - 1 }

// lineEnd returns the offset of the end of the line that offset is in.
func (f *textFile) lineEnd(offset int) int {
	if i := bytes.IndexByte(f.text[offset:], '\n'); i >= 0 {
		return offset + i
	}
	return len(f.text)
}

// after returns the place n bytes after p, where s is the text that stands at p.
func (p Pos) after(s string, n int) Pos {
	s = s[:min(n, len(s))]
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		p.Line += strings.Count(s, "\n")
		p.Col, s = 1, s[i+1:]
	}
	p.Col += utf8.RuneCountInString(s)
	return p
}

// forbidden reports whether r may not stand in a draft: a reader would not see it, or would see
// something else than what a machine reads (Unicode TR 36; CVE-2021-42574).
func forbidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r):
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069: // bidirectional embeddings, overrides and isolates
		return true
	case r == 0x2028 || r == 0x2029: // line ends that no parser here knows
		return true
	case r >= 0xE0000 && r <= 0xE007F: // tags: invisible letters
		return true
	case r >= 0xFFF9 && r <= 0xFFFB, r == 0xFEFF:
		return true
	}
	return false
}

func describe(r rune) string {
	switch {
	case r == 0:
		return "NUL"
	case unicode.IsControl(r):
		return "control character"
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
		return "bidirectional control"
	case r == 0x2028 || r == 0x2029:
		return "line separator"
	}
	return "invisible character"
}

// firstForbidden returns the first forbidden character of s, which came out of an escape.
func firstForbidden(s string) (rune, bool) {
	for len(s) > 0 {
		r, size := asSeen(s)
		if forbidden(r) {
			return r, true
		}
		s = s[size:]
	}
	return 0, false
}

// partsOfBritain are the flags that Unicode spells with tags (UTS #51, RGI_Emoji_Tag_Sequence): the only invisible
// letters that hide nothing.
var partsOfBritain = []string{tagged("gbeng"), tagged("gbsct"), tagged("gbwls")}

func tagged(name string) string {
	flag := "\U0001f3f4"
	for _, c := range name {
		flag += string(0xE0000 + c)
	}
	return flag + "\U000e007f"
}

// asSeen decodes what a reader sees as one character: a flag, or the first character of s.
func asSeen(s string) (r rune, size int) {
	r, size = utf8.DecodeRuneInString(s)
	if r == '\U0001f3f4' {
		for _, flag := range partsOfBritain {
			if strings.HasPrefix(s, flag) {
				return r, len(flag)
			}
		}
	}
	return r, size
}
