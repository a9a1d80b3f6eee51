package advisory

import (
	"net/netip"
	"strings"
)

// A comparison is one test of a STIX pattern: path operator value.
type comparison struct {
	path, operator, value string
}

// alternatives reads a pattern of single comparisons that are joined by OR, in one observation or in several
// (STIX 2.1 §9). It is not ok for every other pattern: one with AND, with qualifiers, with regular expressions.
func alternatives(pattern string) (list []comparison, ok bool) {
	tokens, ok := tokens(pattern)
	if !ok {
		return nil, false
	}
	for {
		if len(tokens) == 0 || tokens[0].text != "[" {
			return nil, false
		}
		tokens = tokens[1:]
		for {
			one, n := compared(tokens)
			if n == 0 {
				return nil, false
			}
			list, tokens = append(list, one...), tokens[n:]
			if len(tokens) == 0 {
				return nil, false
			}
			next := tokens[0].text
			tokens = tokens[1:]
			if next == "]" {
				break
			}
			if !strings.EqualFold(next, "OR") {
				return nil, false
			}
		}
		if len(tokens) == 0 {
			return list, true
		}
		if !strings.EqualFold(tokens[0].text, "OR") {
			return nil, false
		}
		tokens = tokens[1:]
	}
}

// compared reads one comparison, or as many as a list behind IN has values, and how many tokens it took; 0 if none.
func compared(tokens []patternToken) ([]comparison, int) {
	if len(tokens) < 3 || tokens[0].literal || !strings.Contains(tokens[0].text, ":") {
		return nil, 0
	}
	path, operator := tokens[0].text, strings.ToUpper(tokens[1].text)
	switch {
	case (operator == "=" || operator == "ISSUBSET") && tokens[2].literal:
		return []comparison{{path, operator, tokens[2].text}}, 3
	case operator != "IN" || tokens[2].text != "(":
		return nil, 0
	}
	var out []comparison
	for i := 3; i+1 < len(tokens) && tokens[i].literal; i += 2 {
		out = append(out, comparison{path, "=", tokens[i].text})
		switch tokens[i+1].text {
		case ")":
			return out, i + 2
		case ",":
		default:
			return nil, 0
		}
	}
	return nil, 0
}

type patternToken struct {
	text    string
	literal bool // a string or a number
}

// tokens splits a pattern. A path keeps its quoted parts: file:hashes.'SHA-256'.
func tokens(pattern string) (out []patternToken, ok bool) {
	for i := 0; i < len(pattern); {
		switch c := pattern[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case strings.IndexByte("[](),=", c) >= 0:
			out = append(out, patternToken{text: string(c)})
			i++
		case c == '\'':
			s, n := literal(pattern[i:])
			if n == 0 {
				return nil, false
			}
			out = append(out, patternToken{s, true})
			i += n
		default:
			word, n := word(pattern[i:])
			if n == 0 {
				return nil, false
			}
			out = append(out, patternToken{word, word[0] >= '0' && word[0] <= '9'})
			i += n
		}
	}
	return out, true
}

// literal reads a string literal; a backslash stands before a quote and before itself (STIX 2.1 §9.3).
func literal(s string) (string, int) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i >= len(s) {
				return "", 0
			}
			b.WriteByte(s[i])
		case '\'':
			return b.String(), i + 1
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0
}

// word reads a path, an operator or a number.
func word(s string) (string, int) {
	i := 0
	for i < len(s) && strings.IndexByte(" \t\r\n=(),", s[i]) < 0 {
		switch s[i] {
		case '\'':
			_, n := literal(s[i:])
			if n == 0 {
				return "", 0
			}
			i += n
		case '[': // an index of a list: body_multipart[0]
			n := strings.IndexByte(s[i:], ']')
			if n < 0 {
				return "", 0
			}
			i += n + 1
		case ']':
			return s[:i], i
		default:
			i++
		}
	}
	return s[:i], i
}

// indicatorType returns the type and the value of an indicator that a comparison describes; no type if none does.
func (c comparison) indicatorType() (typ, value string) {
	path := strings.TrimSuffix(strings.ToLower(strings.ReplaceAll(c.path, "'", "")), "[*]") // any one of a list (STIX 2.1 §9.7.2)
	ip := addressType(c.value)
	switch {
	case c.operator == "ISSUBSET" && (path == "ipv4-addr:value" || path == "ipv6-addr:value"):
		return "cidr", c.value
	case c.operator != "=":
		return "", ""
	case path == "ipv4-addr:value" || path == "ipv6-addr:value" || path == "network-traffic:dst_ref.value" || path == "network-traffic:src_ref.value":
		return ip, c.value
	case path == "autonomous-system:number":
		return "asn", "AS" + c.value
	}
	return objectTypes[path], c.value
}

// addressType tells one address from a network, which some write behind an equals sign.
func addressType(value string) string {
	if strings.Contains(value, "/") {
		return "cidr"
	}
	a, err := netip.ParseAddr(value)
	switch {
	case err != nil:
		return ""
	case a.Is4():
		return "ipv4"
	}
	return "ipv6"
}

// objectTypes are the paths of STIX that a type of indicator is compared with (STIX 2.1 §6).
var objectTypes = map[string]string{
	"domain-name:value":              "domain",
	"url:value":                      "url",
	"email-addr:value":               "email",
	"email-message:from_ref.value":   "email",
	"email-message:sender_ref.value": "email",
	"file:hashes.md5":                "md5",
	"file:hashes.sha-1":              "sha1",
	"file:hashes.sha1":               "sha1",
	"file:hashes.sha-256":            "sha256",
	"file:hashes.sha256":             "sha256",
	"file:hashes.sha-512":            "sha512",
	"file:hashes.sha512":             "sha512",
	"file:hashes.ssdeep":             "ssdeep",
	"file:name":                      "filename",
	"windows-registry-key:key":       "registry-key",
	"mutex:name":                     "mutex",
	"network-traffic:extensions.http-request-ext.request_header.user-agent": "user-agent",
}
