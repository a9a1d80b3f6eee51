package stix

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/edition"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct{ typ, value, want string }{
		{"ipv4", "192.0.2.1", `[ipv4-addr:value = '192.0.2.1']`},
		{"ipv6", "2001:db8::1", `[ipv6-addr:value = '2001:db8::1']`},
		{"cidr", "198.51.100.0/24", `[ipv4-addr:value ISSUBSET '198.51.100.0/24']`},
		{"cidr", "2001:db8::/32", `[ipv6-addr:value ISSUBSET '2001:db8::/32']`},
		{"domain", "example.net", `[domain-name:value = 'example.net']`},
		{"url", "http://example.net/it's", `[url:value = 'http://example.net/it\'s']`},
		{"email", "clerk@example.org", `[email-addr:value = 'clerk@example.org']`},
		{"md5", "00", `[file:hashes.MD5 = '00']`},
		{"sha1", "00", `[file:hashes.'SHA-1' = '00']`},
		{"sha256", "00", `[file:hashes.'SHA-256' = '00']`},
		{"sha512", "00", `[file:hashes.'SHA-512' = '00']`},
		{"ssdeep", "3:a:b", `[file:hashes.SSDEEP = '3:a:b']`},
		{"ipv6", "2001:DB8:0:0::1", `[ipv6-addr:value = '2001:db8::1']`},
		{"domain", "Bücher.Example", `[domain-name:value = 'xn--bcher-kva.example']`},
		{"domain", "_dmarc.example.org", `[domain-name:value = '_dmarc.example.org']`},
		{"url", "HTTPS://user@Bücher.example:8443/ä?q='1'", `[url:value = 'https://user@xn--bcher-kva.example:8443/%C3%A4?q=\'1\'']`},
		{"url", "http://[2001:DB8::1]:80/A", `[url:value = 'http://[2001:db8::1]:80/A']`},
		{"email", "Clerk.A@Bücher.example", `[email-addr:value = 'Clerk.A@xn--bcher-kva.example']`},
		{"md5", "0A", `[file:hashes.MD5 = '0a']`},
		{"filename", `b'c.exe`, `[file:name = 'b\'c.exe']`},
		{"filename", `%TEMP%\a'b\c.exe`, `[file:name = 'c.exe' AND file:parent_directory_ref.path = '%TEMP%\\a\'b']`},
		{"filename", `C:\c.exe`, `[file:name = 'c.exe' AND file:parent_directory_ref.path = 'C:\\']`},
		{"filename", `/tmp/c`, `[file:name = 'c' AND file:parent_directory_ref.path = '/tmp']`},
		{"filename", `/c`, `[file:name = 'c' AND file:parent_directory_ref.path = '/']`},
		{"registry-key", `hklm\Software\X`, `[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\Software\\X']`},
		{"registry-key", `HKCU\Software\X`, `[windows-registry-key:key = 'HKEY_CURRENT_USER\\Software\\X']`},
		{"registry-key", `HKEY_USERS\X`, `[windows-registry-key:key = 'HKEY_USERS\\X']`},
		{"mutex", "one", `[mutex:name = 'one']`},
		{"user-agent", "X/1", `[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'[*] = 'X/1']`},
		{"asn", "AS64496", `[autonomous-system:number = 64496]`},
		{"asn", "64496", `[autonomous-system:number = 64496]`},
		{"yara", "rule a { condition: true }", "rule a { condition: true }"},
	} {
		got, language, err := patternOf(edition.Indicator{Type: c.typ, Value: c.value})
		if err != nil || got != c.want || (language == "yara") != (c.typ == "yara") {
			t.Errorf("%s %s: %s (%s), %v; want %s", c.typ, c.value, got, language, err, c.want)
		}
	}
}

func TestBundleRefuses(t *testing.T) {
	for _, c := range []struct {
		row  edition.Indicator
		want string
	}{
		{edition.Indicator{Type: "carrier-pigeon", Value: "x"}, "no STIX pattern is known"},
		{edition.Indicator{Type: "cidr", Value: "192.0.2.1"}, "not an address range"},
		{edition.Indicator{Type: "asn", Value: "AS"}, "not an autonomous system"},
		{edition.Indicator{Type: "asn", Value: "AS99999999999"}, "not an autonomous system"},
		{edition.Indicator{Type: "domain", Value: "x", FirstSeen: "yesterday"}, "not a date or time"},
		{edition.Indicator{Type: "domain", Value: "x", Confidence: "101"}, "confidence"},
		{edition.Indicator{Type: "domain", Value: "x", Confidence: "sure"}, "confidence"},
	} {
		e := sample()
		e.Indicators = []edition.Indicator{c.row}
		if _, err := Bundle(e, nil); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "indicator 1") {
			t.Errorf("%+v: %v, want %q", c.row, err, c.want)
		}
	}
}

// Whatever the value, the pattern is one string literal that reads back as the value.
func TestQuoteReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringMatching(`[\\'a]{0,20}`)).Draw(t, "s")
		q := quote(s)
		var back strings.Builder
		inner := []rune(q[1 : len(q)-1])
		for i := 0; i < len(inner); i++ {
			if inner[i] == '\'' {
				t.Fatalf("%s ends early", q)
			}
			if inner[i] == '\\' {
				i++
			}
			back.WriteRune(inner[i])
		}
		if back.String() != strings.ToValidUTF8(s, "\uFFFD") && back.String() != s {
			t.Fatalf("%q reads back as %q", s, back.String())
		}
	})
}
