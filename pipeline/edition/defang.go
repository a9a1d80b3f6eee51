package edition

import (
	"net/netip"
	"regexp"
	"strings"
)

// Defang writes an indicator so that nobody follows it by accident: no mail reader makes a link of
// "hxxps://files[.]example[.]net/a.exe". It is for people; machines get the raw value. typ is an
// indicator's type; types that no program follows (hashes, file names, …) are unchanged.
func Defang(typ, value string) string {
	switch typ {
	case "ipv4", "ipv6", "cidr":
		return defangAddress(value)
	case "domain":
		return dots(value)
	case "email":
		return dots(strings.ReplaceAll(value, "@", "[@]"))
	case "url":
		return defangURL(value)
	case "user-agent": // robots name a page about themselves
		return deadSchemes(value)
	}
	return value
}

func dots(s string) string { return strings.ReplaceAll(s, ".", "[.]") }

// defangAddress breaks the dots of an IPv4 address and every colon of an IPv6 one.
func defangAddress(s string) string {
	return strings.ReplaceAll(dots(s), ":", "[:]")
}

// defangURL breaks the schemes (those inside a query too: mail readers make links of them) and the
// host. The path keeps its dots, so that file names in it can be read and searched for.
func defangURL(s string) string {
	s = deadSchemes(s)
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	} else {
		scheme += "://"
	}
	end := strings.IndexAny(rest, "/?#\\")
	if end < 0 {
		end = len(rest)
	}
	return scheme + defangAuthority(rest[:end]) + rest[end:]
}

func deadSchemes(s string) string {
	return liveScheme.ReplaceAllStringFunc(s, func(scheme string) string {
		return strings.NewReplacer("tt", "xx", "TT", "XX", "tT", "xX", "Tt", "Xx").Replace(scheme)
	})
}

var liveScheme = regexp.MustCompile(`(?i)https?://`)

// defangAuthority breaks user information and host; a port keeps its colon.
func defangAuthority(s string) string {
	if at := strings.LastIndex(s, "@"); at >= 0 {
		return dots(s[:at]) + "[@]" + defangAuthority(s[at+1:])
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if host, port, ok := strings.Cut(inner, "]"); ok && isIPv6(host) {
			return "[" + defangAddress(host) + "]" + port
		}
	}
	return dots(s)
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6()
}
