package mail

import (
	"fmt"
	netmail "net/mail"
	"strings"
)

// maxAddress is the longest address that fits a path (RFC 5321 §4.5.3.1.3: 256 octets with the brackets).
const maxAddress = 254

// ParseAddress accepts one bare mail address, such as officer@police.example.nz, and returns it as
// it goes into MAIL FROM and RCPT TO. It refuses whatever could become a second command or header
// field, and what needs SMTPUTF8 (RFC 6531), which relays do not offer reliably.
func ParseAddress(s string) (string, error) {
	local, domain, ok := strings.Cut(s, "@")
	if ok && len(s) <= maxAddress && isLocal(local) && isHost(domain) {
		return s, nil
	}
	return "", fmt.Errorf("mail address %.60q: %s", s, wrongWith(s))
}

const (
	hostChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	atomChars = hostChars + "!#$%&'*+/=?^_`{|}~"
)

// isLocal reports whether s is a dot-atom: only those pass (RFC 5321 §4.1.2), since a quoted local part may hold spaces
// and angle brackets, and net/mail hands it over without its quotes.
func isLocal(s string) bool { return dotted(s, atomChars, false) }

// isHost reports whether s is a plain host name.
func isHost(s string) bool { return dotted(s, hostChars, true) }

// dotted reports whether s is parts of those characters with single dots between them; a host's parts neither begin nor
// end with a hyphen.
func dotted(s, chars string, host bool) bool {
	before := byte('.')
	for i := range len(s) {
		c := s[i]
		if c == '.' && before == '.' || c != '.' && strings.IndexByte(chars, c) < 0 {
			return false
		}
		if host && (c == '-' && before == '.' || c == '.' && before == '-') {
			return false
		}
		before = c
	}
	return before != '.' && !(host && before == '-')
}

// wrongWith says why s is not an address that passes.
func wrongWith(s string) string {
	if strings.ContainsAny(s, "\r\n\x00") {
		return "has a line break or a NUL in it"
	}
	if len(s) > maxAddress {
		return fmt.Sprintf("is %d characters long; at most %d are allowed (RFC 5321 §4.5.3.1.3)", len(s), maxAddress)
	}
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return "is not an address: " + strings.TrimPrefix(err.Error(), "mail: ")
	}
	at := strings.LastIndexByte(a.Address, '@')
	if at < 1 || at == len(a.Address)-1 {
		return "lacks a name before or a domain after the @"
	}
	if a.Address != s {
		return "write the address alone, without name, brackets, quotes or spaces"
	}
	if !isLocal(a.Address[:at]) {
		return "has characters before the @ that need quoting or SMTPUTF8; use an alias of plain letters and digits"
	}
	return "has a domain that is not a plain host name; write an international domain in its xn-- form"
}

// fileName turns an address into the name of a file or folder, and no two addresses into the same:
// whatever is not a letter, a digit or one of @ . _ + - = is written as %XX, a leading dot too.
func fileName(address string) string {
	var b strings.Builder
	for i := range len(address) {
		c := address[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("@._+-=", c) >= 0
		if plain && (c != '.' || i > 0) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
