package advisory

import (
	"fmt"
	"mime"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

func itoa(n int) string { return strconv.Itoa(n) }

func decodedHeader(s string) string {
	if out, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return out
	}
	return s
}

// maxForeign is the longest front matter of another system that is read, in bytes.
const maxForeign = 16 << 10

// splitForeign takes off the front matter of another system, between lines of three hyphens.
func splitForeign(s string) (front, body string, ok bool) {
	rest, found := strings.CutPrefix(strings.TrimLeft(s, "\n"), "---\n")
	if !found {
		return "", s, false
	}
	front, body, ok = strings.Cut("\n"+rest, "\n---\n")
	if !ok || len(front) > maxForeign || !strings.Contains(front, ":") {
		return "", s, false
	}
	return front + "\n", body, true
}

// readMarkdown keeps Markdown as it is, but for what only the system that published it understands.
func readMarkdown(p *proposal, s string) {
	front, body, _ := splitForeign(s)
	p.foreign(front)
	p.plain = body
	lines := cleaned(strings.Split(body, "\n"), p)
	if at, title := firstHeading(lines); at >= 0 && (p.title == "" || sameTitle(p.title, title)) {
		p.title = title
		lines[at] = ""
		if at+1 < len(lines) && setextLine.MatchString(lines[at+1]) {
			lines[at+1] = ""
		}
	}
	if p.title == "" {
		p.title = firstText(lines)
	}
	p.body = strings.Trim(strings.Join(p.markdownReferences(lines), "\n"), "\n") + "\n"
}

// foreign takes title, date and language from another system's front matter; its other keys go into a comment.
func (p *proposal) foreign(front string) {
	if strings.TrimSpace(front) == "" {
		return
	}
	var keys yaml.MapSlice
	if strings.Count(front, "{")+strings.Count(front, "[") > 100 || yaml.Unmarshal([]byte(front), &keys) != nil {
		for line := range strings.Lines(front) {
			p.kept = append(p.kept, oneLine(line))
		}
		return
	}
	for _, item := range keys {
		name, value := fmt.Sprint(item.Key), oneLine(fmt.Sprint(item.Value))
		switch name {
		case "title":
			p.title = value
		case "date":
			p.date = value
		case "lang", "language":
			p.language = languageTag(value)
		default:
			p.kept = append(p.kept, name+": "+value)
		}
	}
}

var tagForm = regexp.MustCompile(`^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$`)

// languageTag returns a tag of BCP 47, or nothing; English is what a draft is in anyway.
func languageTag(s string) string {
	if !tagForm.MatchString(s) || strings.EqualFold(s, "en") || strings.HasPrefix(strings.ToLower(s), "en-") {
		return ""
	}
	return s
}

var (
	kramdownLine  = regexp.MustCompile(`^\s*\{:.*\}\s*$`)
	kramdownTail  = regexp.MustCompile(`\s*\{(?::[^{}]*|#[\w-]+)\}\s*$`)
	tocLine       = regexp.MustCompile(`^\s*(?:[*+-]|\d+\.)\s+TOC\s*$`)
	liquid        = regexp.MustCompile(`\{%[^%]*%\}|\{\{[^{}]*\}\}`)
	wrapper       = regexp.MustCompile(`(?i)</?(?:div|section|article|main|center|span|font)\b[^<>]*>`)
	wrapperLine   = regexp.MustCompile(`(?i)^\s*</?(?:div|section|article|main|center)\b[^<>]*>\s*$`)
	htmlPicture   = regexp.MustCompile(`(?i)<img\b[^<>]*>`)
	pictureSource = regexp.MustCompile(`(?i)\bsrc\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	pictureText   = regexp.MustCompile(`(?i)\balt\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	remotePicture = regexp.MustCompile(`!\[([^\]\n]*)\]\(\s*<?((?:https?|data|ftp):[^)\s>]*)>?(?:\s+"[^"\n]*")?\s*\)`)
	heading       = regexp.MustCompile(`^ {0,3}(#{1,6})\s+(.*?)(?:\s+#+)?\s*$`)
)

// cleaned drops what only another system understands: attribute lists and tables of contents of kramdown, tags of
// Liquid, styles and scripts, comments, wrappers. Of a picture elsewhere, which nobody fetches, text and address stay.
func cleaned(lines []string, p *proposal) []string {
	code, open := inCode(lines)
	table := 0
	unseen := skipper{map[string]bool{}}
	var out []string
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if code[i] {
			out = append(out, line)
			continue
		}
		table = max(0, table+strings.Count(strings.ToLower(line), "<table")-strings.Count(strings.ToLower(line), "</table"))
		if last, rest, ok := unseen.skip(lines, i); ok {
			i, line = last, rest
		}
		if strings.HasPrefix(strings.TrimSpace(line), "<!--") { // it never ends, and would hide all that follows
			line = strings.Replace(line, "<!--", `\<!--`, 1)
		}
		switch {
		case kramdownLine.MatchString(line):
			if last := len(out) - 1; last >= 0 && tocLine.MatchString(out[last]) {
				out[last] = ""
			}
			continue
		case wrapperLine.MatchString(line):
			out = append(out, "")
			continue
		}
		line = liquid.ReplaceAllString(kramdownTail.ReplaceAllString(line, ""), "")
		if table == 0 {
			line = outsideCode(line, func(s string) string { return wrapper.ReplaceAllString(s, "") })
		}
		line = outsideCode(line, func(s string) string { return p.pictures(s) })
		out = append(out, line)
	}
	if open != "" {
		for len(out) > 0 && strings.TrimSpace(out[len(out)-1]) == "" {
			out = out[:len(out)-1]
		}
		out = append(out, open)
		p.note("the last block of code was not closed, and is now")
	}
	return out
}

// unseenBlock is a style, a script or a comment that a line begins.
var unseenBlock = regexp.MustCompile(`(?i)^\s*<(?:(style|script)\b|!--)`)

// skipper finds the ends of what no reader sees. What has none is looked for once.
type skipper struct{ endless map[string]bool }

// skip returns the line in which the block that begins in line i ends, and what stands behind it there.
func (s skipper) skip(lines []string, i int) (last int, rest string, ok bool) {
	m := unseenBlock.FindStringSubmatch(lines[i])
	if m == nil {
		return i, "", false
	}
	end := "-->"
	if m[1] != "" {
		end = "</" + strings.ToLower(m[1])
	}
	for last = i; last < len(lines) && !s.endless[end]; last++ {
		if at := strings.Index(strings.ToLower(lines[last]), end); at >= 0 {
			_, rest, _ = strings.Cut(lines[last][at+len(end)-1:], ">")
			return last, rest, true
		}
	}
	s.endless[end] = true
	return i, "", false
}

var codeSpan = regexp.MustCompile("`+[^`\n]*`+")

// outsideCode changes a line but for its code spans.
func outsideCode(line string, change func(string) string) string {
	var b strings.Builder
	last := 0
	for _, at := range codeSpan.FindAllStringIndex(line, -1) {
		b.WriteString(change(line[last:at[0]]))
		b.WriteString(line[at[0]:at[1]])
		last = at[1]
	}
	b.WriteString(change(line[last:]))
	return b.String()
}

// pictures turns pictures that lie elsewhere into their text with a link to it.
func (p *proposal) pictures(line string) string {
	line = htmlPicture.ReplaceAllStringFunc(line, func(tag string) string {
		return p.picture(attribute(pictureSource, tag), attribute(pictureText, tag))
	})
	return remotePicture.ReplaceAllStringFunc(line, func(md string) string {
		m := remotePicture.FindStringSubmatch(md)
		return p.picture(m[2], m[1])
	})
}

func attribute(form *regexp.Regexp, tag string) string {
	m := form.FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return m[1] + m[2]
}

// picture is what stands in place of a picture that import does not take over.
func (p *proposal) picture(address, alt string) string {
	text := "Picture"
	if alt = oneLine(alt); alt != "" {
		text += ": " + strings.NewReplacer("[", `\[`, "]", `\]`).Replace(strings.NewReplacer(`\[`, "[", `\]`, "]").Replace(alt))
	}
	p.note("picture not taken over: %s", firstCharacters(oneLine(address), 100))
	if !webAddress(address) {
		return text
	}
	return "[" + text + "](<" + address + ">)"
}

// webAddress reports whether a reader can follow an address, as it stands between pointed brackets.
func webAddress(s string) bool {
	lower := strings.ToLower(s)
	return (strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "mailto:")) &&
		!strings.ContainsAny(s, "<>\n\t \\")
}

// sameTitle reports whether a heading says what the front matter of the source gives as its title.
func sameTitle(front, heading string) bool {
	return heading != "" && strings.HasSuffix(strings.ToLower(oneLine(front)), strings.ToLower(oneLine(heading)))
}

// firstHeading returns where the first heading is, if nothing but blank lines and pictures stands before it.
func firstHeading(lines []string) (int, string) {
	for i, line := range lines {
		if m := heading.FindStringSubmatch(line); m != nil {
			return i, plainTitle(m[2])
		}
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "[Picture") {
			continue
		}
		if i+1 < len(lines) && setextLine.MatchString(lines[i+1]) && (i == 0 || strings.TrimSpace(lines[i-1]) == "") {
			return i, plainTitle(line)
		}
		if t, n := banner(line); t != 0 || n != "" {
			continue
		}
		return -1, ""
	}
	return -1, ""
}

var inlineLink = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)

// plainTitle takes the signs of Markdown off a heading.
func plainTitle(s string) string {
	s = inlineLink.ReplaceAllString(s, "$1")
	s = strings.NewReplacer("**", "", "__", "", "`", "", `\`, "").Replace(s)
	return strings.Trim(s, " *_#")
}

func firstText(lines []string) string {
	code, _ := inCode(lines)
	for i, line := range lines {
		if text := plainTitle(line); text != "" && !code[i] {
			return firstCharacters(text, maxTitle)
		}
	}
	return ""
}

var (
	listedReference = regexp.MustCompile(`^\s{0,3}(?:[-*+]|\d{1,3}[.)]|\\?\[\d{1,3}\\?\])\s+(\S.*)$`)
	markdownSigns   = regexp.MustCompile("[*_`\\\\<>\\[\\]]")
	linkAlone       = regexp.MustCompile(`^\[([^\]]+)\]\(<?(https?://[^)\s>]+)>?\)[.,;]?$`)
	autoLinkAlone   = regexp.MustCompile(`^<(https?://[^<>\s]+)>$`)
)

// markdownReferences makes front matter of a section of references at the end of the text, if each line of it is a
// reference that front matter can hold whole; else the section stays.
func (p *proposal) markdownReferences(lines []string) []string {
	at := -1
	for i, line := range lines {
		if m := heading.FindStringSubmatch(line); m != nil {
			at = -1
			if referencesHeading.MatchString(plainTitle(m[2])) {
				at = i
			}
		}
	}
	if at < 0 {
		return lines
	}
	var refs []string
	for _, line := range lines[at+1:] {
		if strings.TrimSpace(line) == "" {
			continue
		}
		m := listedReference.FindStringSubmatch(line)
		if m == nil {
			return lines
		}
		text, ok := plainReference(strings.TrimSpace(m[1]))
		if !ok {
			return lines
		}
		refs = append(refs, text)
	}
	if len(refs) == 0 {
		return lines
	}
	p.references = append(p.references, refs...)
	return lines[:at]
}

// plainReference writes a reference without Markdown, if it is a link alone or has no signs of it.
func plainReference(s string) (string, bool) {
	if m := linkAlone.FindStringSubmatch(s); m != nil && !markdownSigns.MatchString(m[1]) {
		if m[1] == m[2] {
			return m[2], true
		}
		return m[1] + ", " + m[2], true
	}
	if m := autoLinkAlone.FindStringSubmatch(s); m != nil {
		return m[1], true
	}
	return s, !markdownSigns.MatchString(address.ReplaceAllString(s, ""))
}
