package mail

import (
	"errors"
	"fmt"
	netmail "net/mail"
	"regexp"
	"strings"
)

// maxAddress is the longest address that fits a path (RFC 5321 §4.5.3.1.3: 256 octets with the brackets).
const maxAddress = 254

// Only dot-atoms pass (RFC 5321 §4.1.2): a quoted local part may hold spaces and angle brackets,
// and net/mail hands it over without its quotes.
var (
	localForm  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$")
	domainForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
)

// ParseAddress accepts one bare mail address, such as officer@police.example.nz, and returns it as
// it goes into MAIL FROM and RCPT TO. It refuses whatever could become a second command or header
// field, and what needs SMTPUTF8 (RFC 6531), which relays do not offer reliably.
func ParseAddress(s string) (string, error) {
	if isBare(s) { // nearly always, and for every mail
		return s, nil
	}
	return examine(s)
}

// isBare reports in one pass what examine finds out with more words.
func isBare(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && len(s) <= maxAddress && dotted(local, atomChars, false) && dotted(domain, hostChars, true)
}

const (
	hostChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"
	atomChars = hostChars + "!#$%&'*+/=?^_`{|}~"
)

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

func examine(s string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", fmt.Errorf("mail address %.60q: %s", s, why)
	}
	if strings.ContainsAny(s, "\r\n\x00") {
		return refuse("has a line break or a NUL in it")
	}
	if len(s) > maxAddress {
		return refuse(fmt.Sprintf("is %d characters long; at most %d are allowed (RFC 5321 §4.5.3.1.3)", len(s), maxAddress))
	}
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return refuse("is not an address: " + strings.TrimPrefix(err.Error(), "mail: "))
	}
	local, domain, err := split(a.Address)
	if err != nil {
		return refuse(err.Error())
	}
	if a.Address != s {
		return refuse("write the address alone, without name, brackets, quotes or spaces")
	}
	if !localForm.MatchString(local) {
		return refuse("has characters before the @ that need quoting or SMTPUTF8; use an alias of plain letters and digits")
	}
	if !domainForm.MatchString(domain) {
		return refuse("has a domain that is not a plain host name; write an international domain in its xn-- form")
	}
	return s, nil
}

func split(address string) (local, domain string, err error) {
	i := strings.LastIndexByte(address, '@')
	if i < 1 || i == len(address)-1 {
		return "", "", errors.New("lacks a name before or a domain after the @")
	}
	return address[:i], address[i+1:], nil
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
