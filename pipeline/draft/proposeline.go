package draft

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// What stands in a line of text. A hash is one wherever it stands, and so is an address that its author made harmless:
// nobody defangs a reference. A live address is proposed only where the text says that there are indicators, and it
// stands by itself there; the names of files, mutexes, keys and agents only where the text says that they are such.

var labelled = regexp.MustCompile(`^\s*([\p{L}\p{N}][\p{L}\p{N} /#().&-]{1,40}?)\s*:\s+(\S.*)$`)

// line reads a line of running text, of a list or of code.
func (p *place) line(l line, topic string) {
	if topic == quiet {
		return
	}
	if m := labelled.FindStringSubmatch(l.text); m != nil && topicOf(m[1]) != "" && !holdsValue(m[1]) {
		l.text = m[2]
		p.cell(l, topicOf(m[1]))
		return
	}
	p.named(l, topic, false)
	p.values(l.text, topic, false)
}

// cell reads a cell of a table, or what stands behind a label: it is short, and all of it is about its topic.
func (p *place) cell(l line, topic string) {
	if topic == quiet {
		return
	}
	if m := labelled.FindStringSubmatch(l.text); m != nil && topicOf(m[1]) != "" && !holdsValue(m[1]) {
		p.cell(line{text: m[2], codes: l.codes}, topicOf(m[1]))
		return
	}
	p.named(l, topic, true)
	p.values(l.text, topic, topic != "")
}

// named proposes what is recognised by what the text calls it: all of a cell, the lines of a list of such, and what is
// set as code behind the word in a sentence.
func (p *place) named(l line, topic string, cell bool) {
	switch topic {
	case "filename", "mutex", "user-agent", "registry-key":
		for _, value := range namesIn(l) {
			sure := len(l.codes) > 0 || (cell || l.code) && (topic != "filename" || !strings.Contains(value, " "))
			if looksNamed(topic, value, sure) {
				p.name(topic, value, value, "")
			}
		}
		return
	}
	if !cell {
		p.called(l)
	}
	if topic == "" {
		return
	}
	for _, code := range append(l.codes, strings.Trim(strings.TrimSpace(l.text), `"'`)) { // these are like nothing else
		if registryForm.MatchString(code) {
			p.name("registry-key", code, code, "")
		}
		if strings.HasPrefix(code, "Mozilla/") {
			p.name("user-agent", code, code, "")
		}
	}
}

// called proposes code that a sentence calls something: "the mutex `one`, or `two`".
func (p *place) called(l line) {
	typ, rest := "", l.text
	for _, code := range l.codes {
		before, after, _ := strings.Cut(rest, code)
		rest = after
		if !slices.Contains([]string{"", "and", "or", "et", "ou"}, strings.Trim(before, " ,;/")) {
			typ = topicOf(before)
		}
		if slices.Contains([]string{"filename", "mutex", "user-agent", "registry-key"}, typ) && looksNamed(typ, code, true) {
			p.name(typ, code, code, "")
		}
	}
}

// namesIn are the names that a line lists: its code spans, else all of it where it is a list of such.
func namesIn(l line) []string {
	if len(l.codes) > 0 {
		return l.codes
	}
	text := pathBegins.ReplaceAllString(strings.TrimSpace(l.text), "\n$1") // lines that Markdown joined
	for _, between := range []string{" / ", "; ", ", "} {
		parts := strings.Split(text, between)
		if !slices.ContainsFunc(parts, func(s string) bool { return !fileEnds(strings.TrimSpace(s)) }) {
			text = strings.Join(parts, "\n")
		}
	}
	var out []string
	for s := range strings.SplitSeq(text, "\n") {
		out = append(out, strings.Trim(strings.TrimSpace(s), `"“”`))
	}
	return out
}

// looksNamed reports whether a value may be what the text says it is. sure says that nothing else stands beside it.
func looksNamed(typ, value string, sure bool) bool {
	if strings.Contains(value, linkMark) || nothing.MatchString(value) || len(value) > 512 {
		return false
	}
	switch typ {
	case "filename":
		return fileEnds(value) || sure && !strings.Contains(value, " ") && !strings.HasSuffix(value, ".")
	case "registry-key":
		return registryForm.MatchString(value)
	case "user-agent":
		return agentForm.MatchString(value)
	}
	return sure
}

var (
	// pathBegins is where a further path begins, behind one that ended.
	pathBegins = regexp.MustCompile(`\s+([A-Za-z]:\\|\\\w|%\w+%\\)`)
	nothing    = regexp.MustCompile(`(?i)^(n/?a\.?|none|unknown|various|multiple|-+|–|—|\?+|\.+)?$`)
	agentForm  = regexp.MustCompile(`^[A-Za-z][\w .-]*/\d`)
	fileForm   = regexp.MustCompile(`(?i)[^.\\/:*?"<>|]\.(exe|dll|sys|scr|bat|cmd|ps1|psm1|vbs|vbe|jse?|wsf|hta|lnk|zip|rar|7z|iso|img|vhdx?|cab|msi|msix|jar|war|apk|elf|so|dylib|bin|dat|db|tmp|docx?|docm|xlsx?|xlsm|xlsb|xll|pptx?|pptm|rtf|pdf|html?|php|aspx?|jspx?|sh|py|pl|class|cpl|ocx|drv|com|pif|chm|one|gz|tgz|tar|bz2|ini|cfg|conf|log|txt|xml|json|png|jpe?g|gif|ico|key|url|eml|stub|stubbin)$`)
)

func fileEnds(s string) bool {
	return fileForm.MatchString(s) && len(s) <= 255 && !strings.Contains(s, "://")
}

// values proposes what is recognised by its form. listed says that the line is nothing but values.
func (p *place) values(text, topic string, listed bool) {
	secret := notHashes.MatchString(text)
	for _, m := range ssdeepIn.FindAllString(text, -1) {
		if isSsdeep(m) {
			p.name("ssdeep", m, m, "")
			text = strings.Replace(text, m, " ", 1)
		}
	}
	alone := topic == anyType || topic == "network" || topic == "asn"
	live := listed && alone
	rest := text
	for rest != "" {
		word, after := nextWord(rest)
		rest = after
		switch {
		case word == "":
		case !secret && p.hash(word):
			p.besideHash(rest)
		case p.address(word, alone && (live || separated(after))):
		case alone && asnForm.MatchString(word):
			p.name("asn", word, word, "")
		case !listed:
			alone = false // prose has begun
		}
	}
}

// separated reports whether what follows a value in a list is no sentence about it: the end, a separator, or a further value.
func separated(after string) bool {
	after = strings.TrimLeft(after, " \t")
	if after == "" || strings.ContainsRune(",;–—-(|/", []rune(after)[0]) {
		return true
	}
	word, _ := nextWord(after)
	_, _, _, ok := classify(Refang(word))
	return ok
}

var (
	notHashes = regexp.MustCompile(`(?i)thumb ?print|finger ?print|\bcommit\b|serial number`)
	hashForm  = regexp.MustCompile(`^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})$`)
	ssdeepIn  = regexp.MustCompile(`\b\d{1,9}:[A-Za-z0-9/+]{6,}:[A-Za-z0-9/+]{3,}`)
	asnForm   = regexp.MustCompile(`^AS\d{1,10}$`)
	hashNote  = regexp.MustCompile(`^ ?\(([^()]{1,200})\)\s*$`)
)

// hash proposes a hash by its length. Digits alone are a number.
func (p *place) hash(word string) bool {
	if !hashForm.MatchString(word) || !strings.ContainsAny(word, "0123456789") || !strings.ContainsAny(word, "abcdefABCDEF") {
		return false
	}
	for _, typ := range indicatorTypes {
		if hashLength(typ) == len(word) {
			p.name(typ, word, word, "")
		}
	}
	return true
}

// besideHash proposes the name of a file in parentheses behind its hash, as malware analysis reports write it.
func (p *place) besideHash(rest string) {
	if m := hashNote.FindStringSubmatch(rest); m != nil && fileEnds(m[1]) {
		p.name("filename", m[1], m[1], "")
	}
}

// isSsdeep checks the block size, which is 3 times a power of two.
func isSsdeep(s string) bool {
	size, _, _ := strings.Cut(s, ":")
	n, err := strconv.Atoi(size)
	return err == nil && n >= 3 && n%3 == 0 && (n/3)&(n/3-1) == 0
}

// address proposes a word that is an address. live says that it may stand as it is: elsewhere only what is defanged
// is proposed.
func (p *place) address(word string, live bool) bool {
	raw := Refang(respelled(word))
	typ, value, note, ok := classify(raw)
	if !ok {
		return false
	}
	if raw == word && (!live || governmental(value) || endsAsFile(value)) || private(value) {
		return live
	}
	p.name(typ, value, word, note)
	return true
}

var oddScheme = regexp.MustCompile(`(?i)^h(?:xx|x|tt|t|\*\*)p(s?)(\[?:\]?(?:\[?//\]?))`)

// respelled writes a scheme as Refang knows it: hxp, hxxp, h**p.
func respelled(word string) string {
	return oddScheme.ReplaceAllString(word, "http$1$2")
}

var port = regexp.MustCompile(`:(\d{1,5})$`)

// classify returns what a raw word is, if it is an address. A port or a path that the type has no place for is a note.
func classify(raw string) (typ, value, note string, ok bool) {
	if strings.Contains(raw, "://") {
		u, err := url.Parse(raw)
		if err != nil || !isHost(u.Hostname()) {
			return "", "", "", false
		}
		return "url", raw, "", true
	}
	if prefix, err := netip.ParsePrefix(raw); err == nil {
		return "cidr", raw, "", prefix.Masked() == prefix
	}
	if name, host, mail := strings.Cut(raw, "@"); mail {
		return "email", raw, "", name != "" && isDomain(host)
	}
	value = raw
	if before, path, has := strings.Cut(value, "/"); has {
		value, note = before, "with the path /"+path
		if path == "" {
			note = ""
		}
	}
	if m := port.FindStringSubmatch(value); m != nil && strings.Count(value, ":") == 1 {
		value, note = strings.TrimSuffix(value, m[0]), strings.TrimSpace("port "+m[1]+" "+note)
	}
	if a, err := netip.ParseAddr(value); err == nil {
		if a.Is4() {
			return "ipv4", value, note, true
		}
		return "ipv6", value, note, note == ""
	}
	return "domain", value, note, isDomain(value)
}

func isHost(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || isDomain(s)
}

// isDomain reports whether s is a name below a public suffix that exists.
func isDomain(s string) bool {
	if !domainForm.MatchString(s) {
		return false
	}
	s, err := idna.Punycode.ToASCII(strings.ToLower(s)) // as the list of suffixes has them
	if err != nil {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(s)
	return suffix != s && (icann || strings.Contains(suffix, ".") || suffix == "onion")
}

// endsAsFile reports whether a name ends in a top-level domain that ends the names of files more often.
func endsAsFile(s string) bool {
	return slices.Contains([]string{"zip", "md", "py", "sh", "pl", "rs", "so", "mov", "ps", "app"}, s[strings.LastIndex(s, ".")+1:])
}

// private reports whether an address is in everyone's network, or the machine itself: it tells another nation nothing.
func private(value string) bool {
	if p, err := netip.ParsePrefix(value); err == nil {
		value = p.Addr().String()
	}
	a, err := netip.ParseAddr(value)
	return err == nil && (a.IsPrivate() || a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}))
}

var governments = regexp.MustCompile(`(?i)(^|[.@])([\w-]+\.)*(gov|mil|gov\.[a-z]{2}|govt\.nz|gc\.ca|gouv\.[a-z]{2}|police\.uk|mil\.[a-z]{2}|mod\.uk)(:\d+)?$`)

// governmental reports whether a live address is an authority's: most likely where to report to.
func governmental(value string) bool {
	if u, err := url.Parse(value); err == nil && u.Host != "" {
		value = u.Host
	}
	return governments.MatchString(value)
}

// nextWord cuts a word off: a URL as far as it goes, else what stands between blanks and separators, without the
// punctuation around it.
func nextWord(s string) (word, rest string) {
	s = strings.TrimLeftFunc(s, parts)
	end := strings.IndexFunc(s, unicode.IsSpace)
	if end < 0 {
		end = len(s)
	}
	if stop := strings.IndexAny(s[:end], "\"<>`“”‘’「」【】（），、"+linkMark); stop >= 0 {
		end = stop
	}
	if !strings.Contains(s[:end], "//") {
		if stop := strings.IndexAny(s[:end], ",;|'="); stop >= 0 {
			end = stop
		}
	}
	return unpunctuated(s[:end]), s[end:]
}

func parts(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(",;|'=\"<>`“”‘’「」【】（），、"+linkMark, r)
}

// unescape does for code what Markdown does for text: in an indented block the backslashes before brackets stay.
var unescape = strings.NewReplacer(`\[`, "[", `\]`, "]", `\(`, "(", `\)`, ")")

// unpunctuated takes off what belongs to the sentence: a full stop behind, brackets around. The brackets of "[.]" stay.
func unpunctuated(s string) string {
	s = unescape.Replace(s)
	for {
		before := s
		s = strings.TrimRight(s, ".,:;!?*")
		for _, pair := range []string{"()", "[]", "{}"} {
			open, closed := pair[:1], pair[1:]
			if strings.HasSuffix(s, closed) && strings.Count(s, closed) > strings.Count(s, open) {
				s = strings.TrimSuffix(s, closed)
			}
			if strings.HasPrefix(s, open) && strings.Count(s, open) > strings.Count(s, closed) {
				s = strings.TrimPrefix(s, open)
			}
			if strings.HasPrefix(s, open) && strings.HasSuffix(s, closed) && len(s) > 1 && strings.Count(s, open) == strings.Count(s, closed) && !strings.HasPrefix(s, open+".") {
				if inner := s[1 : len(s)-1]; strings.Count(inner, open) == strings.Count(inner, closed) && !strings.HasPrefix(inner, ":") {
					s = inner
				}
			}
		}
		if s = strings.TrimLeft(s, "*"); s == before {
			return s
		}
	}
}
