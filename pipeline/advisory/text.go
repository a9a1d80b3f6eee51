package advisory

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	signedStart    = "-----BEGIN PGP SIGNED MESSAGE-----"
	signatureStart = "-----BEGIN PGP SIGNATURE-----"
)

// readText reads a plain text advisory: paragraphs, bullets, underlined and short headings, code that is set in columns,
// and numbered references at its end.
func readText(p *proposal, s string) {
	s = p.mailHeaders(s)
	s = p.unsigned(s)
	p.plain = s
	blocks := textBlocks(s)
	if p.title == "" {
		p.title, blocks = textTitle(blocks)
	}
	blocks = p.textReferences(blocks)
	p.body = writeBlocks(blocks)
}

// textTitle takes the lines that a text is headed with: its series and its title, most often.
func textTitle(blocks []block) (string, []block) {
	var title []string
	at := 0
	for at < len(blocks) && isBanner(blocks[at]) {
		at++
	}
	rest := blocks[at:]
	for len(rest) > 1 && len(title) < 3 {
		b := rest[0]
		if b.bullet != "" || b.code || isBanner(b) || len(title)+len(b.lines) > 3 || !(b.heading || len(title) == 0 && shortLines(b.lines)) {
			break
		}
		for _, l := range b.lines {
			title = append(title, oneLine(l))
		}
		rest = rest[1:]
	}
	if len(title) == 0 && len(rest) > 0 {
		return oneLine(rest[0].lines[0]), blocks
	}
	return strings.Join(title, ": "), append(blocks[:at:at], rest...)
}

// isBanner reports whether a block is a marking and nothing else.
func isBanner(b block) bool {
	tlp, national := banner(b.lines[0])
	return len(b.lines) == 1 && b.bullet == "" && (tlp != 0 || national != "")
}

func shortLines(lines []string) bool {
	for _, l := range lines {
		if utf8.RuneCountInString(strings.TrimSpace(l)) > 70 {
			return false
		}
	}
	return true
}

// mailHeaders takes the subject of a saved mail for the title, and keeps its other headers for a comment.
func (p *proposal) mailHeaders(s string) string {
	if !mailStart.MatchString(s) {
		return s
	}
	m, err := mail.ReadMessage(strings.NewReader(s))
	if err != nil || m.Header.Get("Subject") == "" {
		return s
	}
	if strings.HasPrefix(strings.ToLower(m.Header.Get("Content-Type")), "multipart/") || m.Header.Get("Content-Transfer-Encoding") == "base64" {
		p.note("the source is a mail of several parts: save its text or its HTML, and import that, for a better draft")
	}
	p.title, p.date = decodedHeader(m.Header.Get("Subject")), m.Header.Get("Date")
	p.kept = append(p.kept, "mail from "+decodedHeader(m.Header.Get("From")))
	_, body, _ := strings.Cut(s, "\n\n")
	return body
}

var mailStart = regexp.MustCompile(`^(?:[A-Za-z][A-Za-z0-9-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\n`)

// unsigned takes a text out of its cleartext signature (RFC 9580 §7). What was signed is what is read; whether the
// signature is good is not for import to say.
func (p *proposal) unsigned(s string) string {
	before, signed, found := strings.Cut(s, signedStart+"\n")
	if !found || strings.TrimSpace(before) != "" {
		return s
	}
	if headers, text, ok := strings.Cut(signed, "\n\n"); ok && armorHeaders.MatchString(headers+"\n") {
		signed = text
	}
	signed, _, _ = strings.Cut("\n"+signed, "\n"+signatureStart)
	lines := strings.Split(signed, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimPrefix(l, "- ") // dash-escaped, where the signer's program did it
		if !strings.HasPrefix(lines[i], "-") {
			lines[i] = l
		}
	}
	p.note("the source is signed with PGP; its signature was not checked: gpg --verify does")
	return strings.Join(lines, "\n")
}

var armorHeaders = regexp.MustCompile(`^(?:[A-Za-z]+: [^\n]*\n)+$`)

// A block is what stands between blank lines of a plain text, or one bullet of it.
type block struct {
	lines   []string
	indent  int
	heading bool
	code    bool
	bullet  string // "-" or "3."; empty for what is no item of a list
	depth   int    // of the list
	more    bool   // it goes on with the item before it
}

var (
	bulletLine = regexp.MustCompile(`^(\s*)([*•·‣▪◦–+-]|o|\d{1,3}[.)]|\(\d{1,3}\))\s+(\S.*)$`)
	underline  = regexp.MustCompile(`^\s*(?:={3,}|-{3,}|~{3,}|\*{3,})\s*$`)
	columns    = regexp.MustCompile(`\S(?: {3,}|\t+)\S`)
	reference  = regexp.MustCompile(`^\[(\d{1,3})\][:.]?\s+(\S.*)$`)
)

// textBlocks splits a text.
func textBlocks(s string) []block {
	var out []block
	lines := strings.Split(s, "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimRight(expanded(lines[i]), " ")
		switch last := len(out) - 1; {
		case strings.TrimSpace(line) == "":
			if last >= 0 && len(out[last].lines) > 0 {
				out = append(out, block{})
			}
		case underline.MatchString(line):
			if last >= 0 && len(out[last].lines) == 1 && out[last].bullet == "" {
				out[last].heading = true
			}
			out = append(out, block{})
		case bulletLine.MatchString(line):
			m := bulletLine.FindStringSubmatch(line)
			out = append(out, block{lines: []string{m[3]}, indent: len(m[1]), bullet: marker(m[2])})
		case last < 0:
			out = append(out, block{lines: []string{line}, indent: indentOf(line)})
		case reference.MatchString(strings.TrimSpace(line)) && len(out[last].lines) > 0:
			out = append(out, block{lines: []string{line}, indent: indentOf(line)})
		case len(out[last].lines) == 0:
			out[last] = block{lines: []string{line}, indent: indentOf(line)}
		case out[last].bullet != "" && indentOf(line) <= out[last].indent:
			out = append(out, block{lines: []string{line}, indent: indentOf(line)})
		default:
			out[last].lines = append(out[last].lines, line)
		}
	}
	kept := out[:0]
	for _, b := range out {
		if len(b.lines) > 0 {
			kept = append(kept, b)
		}
	}
	shape(kept)
	return kept
}

func expanded(line string) string { return strings.ReplaceAll(line, "\t", "    ") }

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// marker is how Markdown writes a bullet.
func marker(m string) string {
	m = strings.Trim(m, "()")
	if m[0] >= '0' && m[0] <= '9' {
		return strings.TrimRight(m, ".)") + "."
	}
	return "-"
}

// shape tells headings, code and lists apart.
func shape(blocks []block) {
	base := -1
	for _, b := range blocks {
		if b.bullet == "" && len(b.lines) > 1 && (base < 0 || b.indent < base) {
			base = b.indent
		}
	}
	var open []int // the indentations of the lists that are open
	for i := range blocks {
		b := &blocks[i]
		switch {
		case b.bullet != "":
			for len(open) > 0 && open[len(open)-1] > b.indent {
				open = open[:len(open)-1]
			}
			if len(open) == 0 || open[len(open)-1] < b.indent {
				open = append(open, b.indent)
			}
			b.depth = min(len(open), 6)
		case len(open) > 0 && b.indent > open[0]:
			b.more, b.depth = true, min(len(open), 6)
		default:
			open = nil
			b.code = !b.heading && isColumns(b.lines, max(base, 0))
			b.heading = b.heading || !b.code && i+1 < len(blocks) && isHeading(b.lines) && !isBanner(*b)
		}
	}
}

// isColumns reports whether the lines are set in columns or indented as code is: their line ends and blanks count.
func isColumns(lines []string, base int) bool {
	wide, deep := 0, 0
	for _, l := range lines {
		if columns.MatchString(l) {
			wide++
		}
		if indentOf(l) >= base+4 {
			deep++
		}
	}
	return len(lines) > 1 && (wide == len(lines) || deep == len(lines) && looksLikeCode(lines))
}

func looksLikeCode(lines []string) bool {
	return strings.ContainsAny(strings.Join(lines, "\n"), "{}=;$\\|<>")
}

// isHeading takes a short line by itself for a heading: one that is no sentence and no label with its value.
func isHeading(lines []string) bool {
	line := strings.TrimSpace(lines[0])
	if len(lines) != 1 || utf8.RuneCountInString(line) > 60 || strings.Contains(line, ": ") || strings.ContainsAny(line, "@") || address.MatchString(line) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(line)
	return !strings.ContainsAny(line[len(line)-1:], ".,;:") && (first >= 'A' && first <= 'Z' || first >= 0xC0) && !reference.MatchString(line)
}

// textReferences makes front matter of the references at the end of a text, where they are numbered from 1.
func (p *proposal) textReferences(blocks []block) []block {
	start := len(blocks)
	for start > 0 && blocks[start-1].bullet == "" && reference.MatchString(strings.TrimSpace(blocks[start-1].lines[0])) {
		start--
	}
	if start == 0 { // they are all there is
		return blocks
	}
	var refs []string
	for i, b := range blocks[start:] {
		m := reference.FindStringSubmatch(oneLine(strings.Join(b.lines, " ")))
		if m == nil || strings.TrimLeft(m[1], "0") != itoa(i+1) {
			return blocks
		}
		refs = append(refs, m[2])
	}
	p.references = append(p.references, refs...)
	if start < len(blocks) && referencesHeading.MatchString(oneLine(blocks[start-1].lines[0])) && len(blocks[start-1].lines) == 1 {
		start--
	}
	return blocks[:start]
}

var referencesHeading = regexp.MustCompile(`(?i)^(?:\d+\.?\s+)?(?:references?|sources?|endnotes|références|bibliography)\s*:?$`)

// writeBlocks writes them as Markdown.
func writeBlocks(blocks []block) string {
	var b strings.Builder
	for i, one := range blocks {
		indent := strings.Repeat("    ", max(0, one.depth-1))
		switch {
		case one.heading:
			b.WriteString("## " + strings.TrimRight(escaped(oneLine(strings.Join(one.lines, " "))), " #") + "\n\n")
		case one.code:
			b.WriteString(codeBlock("", dedented(one.lines)) + "\n\n")
		case one.bullet != "":
			b.WriteString(indent + one.bullet + strings.Repeat(" ", max(1, 4-len(one.bullet))) + paragraph(one.lines, indent+"    ") + "\n")
			if i+1 == len(blocks) || blocks[i+1].bullet == "" {
				b.WriteString("\n")
			}
		case one.more:
			b.WriteString(indent + "    " + paragraph(one.lines, indent+"    ") + "\n\n")
		default:
			b.WriteString(paragraph(one.lines, "") + "\n\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// paragraph writes lines of text. Where all are short, as in an address, each keeps its end.
func paragraph(lines []string, indent string) string {
	short := len(lines) > 1
	for _, l := range lines {
		short = short && utf8.RuneCountInString(strings.TrimSpace(l)) < 50
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = escaped(oneLine(l))
		if short && i+1 < len(lines) {
			out[i] += `\`
		}
	}
	return strings.Join(out, "\n"+indent)
}

func dedented(lines []string) []string {
	least := indentOf(lines[0])
	for _, l := range lines {
		least = min(least, indentOf(l))
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l[least:]
	}
	return out
}
