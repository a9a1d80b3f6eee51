package advisory

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
)

// source is what was read, as text.
type source struct {
	s     string
	notes []string
}

// decoded turns bytes into text that a draft may hold: UTF-8, lines that end in \n, nothing that a reader cannot see.
func decoded(content []byte) (source, error) {
	switch {
	case bytes.HasPrefix(content, []byte("%PDF-")):
		return source{}, refuse("save its text, for example with pdftotext -layout, and import that", "it is a PDF")
	case bytes.HasPrefix(content, []byte("PK\x03\x04")) || bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return source{}, refuse("save it as HTML or plain text, and import that", "it is an archive or an office document")
	}
	var out source
	if !utf8.Valid(content) || bytes.HasPrefix(content, []byte("\xff\xfe")) || bytes.HasPrefix(content, []byte("\xfe\xff")) {
		encoding, name, _ := charset.DetermineEncoding(content, "text/html") // byte order mark, <meta charset>, else windows-1252
		text, err := encoding.NewDecoder().Bytes(content)
		if err != nil {
			return source{}, refuse("save it as UTF-8", "it is not text: %v", err)
		}
		content = text
		out.notes = append(out.notes, "the source is not UTF-8, and was read as "+name+": look at its accents")
	}
	if bytes.IndexByte(content, 0) >= 0 {
		return source{}, refuse("save it as UTF-8 text", "it is not text: it holds NUL bytes")
	}
	s := strings.ReplaceAll(strings.TrimPrefix(string(content), "\ufeff"), "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	dropped := 0
	out.s = strings.Map(func(r rune) rune {
		switch {
		case r == '\f' || r == '\v' || r == 0x85 || r == 0x2028 || r == 0x2029: // they end a line or a page
			return '\n'
		case unseen(r):
			dropped++
			return -1
		}
		return r
	}, s)
	if dropped > 0 {
		out.notes = append(out.notes, fmt.Sprintf("%d characters that nobody sees (controls, bidirectional overrides) were left out", dropped))
	}
	return out, nil
}

// shown takes out what nobody sees, where it came out of an escape or an entity of the source.
func shown(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0x85 || r == 0x2028 || r == 0x2029:
			return ' '
		case unseen(r):
			return -1
		}
		return r
	}, s)
}

// unseen are the characters that a draft may not hold: a reader would not see them, or would see something else than
// what a machine reads (Unicode TR 36).
func unseen(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r), r == 0xFEFF:
		return true
	}
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 ||
		r >= 0xE0000 && r <= 0xE007F || r >= 0xFFF9 && r <= 0xFFFB
}

var (
	htmlStart   = regexp.MustCompile(`(?i)^(?:<\?xml[^>]*>\s*)?(?:<!--[^>]*-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta)\b`)
	htmlTag     = regexp.MustCompile(`(?i)^<(?:article|main|section|div|header|h[1-6]|p|table|ul|ol)\b`)
	markdownish = regexp.MustCompile("(?m)^#{1,6} \\S|^ {0,3}(?:```|~~~)|\\]\\((?:https?://|#|mailto:)|^ *\\|?(?: *:?-{3,}:? *\\|)+|\\*\\*\\S[^*\n]*\\*\\*|^\\{: ?[.#]")
)

var (
	armored   = regexp.MustCompile(`^-----BEGIN PGP (MESSAGE|PUBLIC KEY BLOCK|PRIVATE KEY BLOCK|SIGNATURE)-----`) // RFC 9580 §6.2
	encrypted = regexp.MustCompile(`(?im)^Content-Type:\s*multipart/encrypted\b`)                                 // RFC 3156 §4
	ownKey    = regexp.MustCompile(`(?m)^(?:scheme|tlp|releasable_to):`)
)

// notAdvisory refuses what could be read as text and is none: what is encrypted, keys, and what is a draft already, whose
// marks import would not keep.
func notAdvisory(s string) error {
	head, body, _ := strings.Cut(s, "\n\n")
	of := armored.FindStringSubmatch(strings.TrimSpace(s))
	switch front, _, _ := splitForeign(s); {
	case of != nil && of[1] != "MESSAGE":
		return refuse("name the advisory itself", "it is a PGP %s", strings.ToLower(of[1]))
	case of != nil, encrypted.MatchString(head), strings.HasPrefix(strings.TrimSpace(body), "-----BEGIN PGP MESSAGE-----"):
		return refuse("decrypt it in your mail reader or with gpg --decrypt, save its text, and import that", "it is encrypted")
	case len(ownKey.FindAllString(front, -1)) == 3:
		return refuse("go on with it as it is: bulletin check", "it is a draft already")
	}
	return nil
}

// detect finds out from the content what a source is written in.
func detect(s string) (Format, error) {
	trimmed := strings.TrimLeftFunc(s, unicode.IsSpace)
	switch {
	case trimmed == "":
		return "", refuse("look at the file", "it is empty")
	case strings.HasPrefix(trimmed, "{") && looksLikeJSON(trimmed):
		return STIX, nil
	case htmlStart.MatchString(trimmed):
		return HTML, nil
	}
	_, _, foreign := splitForeign(s)
	switch {
	case foreign || markdownish.MatchString(s):
		return Markdown, nil
	case htmlTag.MatchString(trimmed):
		return HTML, nil
	}
	return Text, nil
}

// looksLikeJSON tells an object of JSON from a text that begins with a brace.
func looksLikeJSON(s string) bool {
	rest := strings.TrimLeftFunc(s[1:], unicode.IsSpace)
	return strings.HasPrefix(rest, `"`) || json.Valid([]byte(s))
}
