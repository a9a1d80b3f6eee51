package draft

import (
	"regexp"
	"strings"
)

var defanging = regexp.MustCompile(`(?i)\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\}|\[:\]|\[:?//\]|\[@\]|\[at\]|\(at\)|\{at\}`)

// Refang undoes the ways in which people make addresses harmless to click, edition.Defang's among them.
func Refang(s string) string {
	return defanging.ReplaceAllStringFunc(unschemed(s), func(m string) string {
		switch {
		case strings.ContainsAny(m, "@tT") && !strings.ContainsAny(m, "oO"): // [@], [at]; not [dot]
			return "@"
		case strings.Contains(m, "//"):
			return strings.Trim(m, "[]")
		case strings.Contains(m, ":"):
			return ":"
		}
		return "."
	})
}

var deadScheme = regexp.MustCompile(`(?i)\bhxxps?(?::|\[:)`)

// unschemed writes hxxp as http, each letter as it was: HXXP is HTTP.
func unschemed(s string) string {
	return deadScheme.ReplaceAllStringFunc(s, func(m string) string {
		return m[:1] + strings.NewReplacer("x", "t", "X", "T").Replace(m[1:3]) + m[3:]
	})
}
