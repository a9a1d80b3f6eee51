package draft

import (
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// indicatorTypes are the types that an indicator may have.
var indicatorTypes = []string{
	"ipv4", "ipv6", "cidr", "domain", "url", "email", "md5", "sha1", "sha256", "sha512", "ssdeep",
	"filename", "registry-key", "mutex", "user-agent", "asn", "yara",
}

// hashLength returns how many hexadecimal digits a hash has; 0 for what is no hash.
func hashLength(typ string) int {
	switch typ {
	case "md5":
		return 32
	case "sha1":
		return 40
	case "sha256":
		return 64
	case "sha512":
		return 128
	}
	return 0
}

// checkIndicator says what is wrong with a value of a type, and at which byte; an empty message
// if nothing is.
func checkIndicator(typ, value string) (msg, hint string, offset int) {
	if !slices.Contains(indicatorTypes, typ) {
		return fmt.Sprintf("unknown indicator type %q", typ), suggest(typ, indicatorTypes), 0
	}
	if value == "" {
		return typ + " without a value", "write the value, or delete the row", 0
	}
	if n := hashLength(typ); n > 0 {
		return checkHash(typ, value, n)
	}
	if raw := Refang(value); raw != value && canBeDefanged(typ) {
		return fmt.Sprintf("%s %q is defanged: the file holds raw values", typ, value), "write " + raw, 0
	}
	if wrong, hint := checkValue(typ, value); wrong != "" {
		return fmt.Sprintf("%s %.200q %s", typ, value, wrong), hint, 0
	}
	return "", "", 0
}

func checkHash(typ, value string, want int) (msg, hint string, offset int) {
	for i, r := range value {
		if !strings.ContainsRune("0123456789abcdefABCDEF", r) {
			return fmt.Sprintf("%s holds %q, which is no hexadecimal digit", typ, r), "copy the hash again", i
		}
	}
	got := utf8.RuneCountInString(value)
	if got == want {
		return "", "", 0
	}
	hint = "copy the hash again"
	for _, other := range indicatorTypes {
		if hashLength(other) == got {
			hint = "it is as long as a " + other
		}
	}
	return fmt.Sprintf("%s has %d hexadecimal digits, must be %d", typ, got, want), hint, 0
}

func canBeDefanged(typ string) bool {
	return slices.Contains([]string{"ipv4", "ipv6", "cidr", "domain", "url", "email"}, typ)
}

var (
	domainForm   = regexp.MustCompile(`^([\p{L}\p{N}_]([\p{L}\p{N}\p{M}_-]{0,61}[\p{L}\p{N}\p{M}_])?\.)+[\p{L}][\p{L}\p{N}\p{M}-]*[\p{L}\p{N}\p{M}]$`)
	ssdeepForm   = regexp.MustCompile(`^[1-9]\d*:[A-Za-z0-9+/]+:[A-Za-z0-9+/]*$`)
	registryForm = regexp.MustCompile(`(?i)^(HKEY_(LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG|PERFORMANCE_DATA)|HK(LM|CU|CR|U|CC))\\.`)
)

// checkValue says what is wrong with a value that is no hash.
func checkValue(typ, value string) (wrong, hint string) {
	switch typ {
	case "ipv4", "ipv6":
		a, err := netip.ParseAddr(value)
		if err != nil || a.Zone() != "" {
			return "is not an address", "write one address; a network is of type cidr"
		}
		if a.Is4() != (typ == "ipv4") {
			return "is of the other kind", "change its type"
		}
	case "cidr":
		p, err := netip.ParsePrefix(value)
		if err != nil {
			return "is not a network", "write it like 192.0.2.0/24"
		}
		if p.Masked() != p {
			return "has bits set behind its length", "write " + p.Masked().String()
		}
	case "domain":
		if bare := strings.TrimSuffix(value, "."); bare != value && domainForm.MatchString(bare) {
			return "ends in a dot", "write " + bare // the root, which no log of names shows (RFC 1034 §3.1)
		}
		if len(value) > 253 || !domainForm.MatchString(value) {
			return "is not the name of a domain", "write the name alone, like host.example.org"
		}
	case "url":
		u, err := url.Parse(value)
		if err != nil || u.Scheme == "" || u.Hostname() == "" || strings.ContainsFunc(value, unicode.IsSpace) {
			return "is not an absolute URL", "write it with its scheme, like https://host.example.org/path"
		}
		if port, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || port > 65535) {
			return "has a port that there is not", "a port is a number up to 65535"
		}
	case "email":
		a, err := mail.ParseAddress(value)
		if err != nil || a.Address != value {
			return "is not a mail address", "write the address alone"
		}
	case "ssdeep":
		if !ssdeepForm.MatchString(value) {
			return "is not an ssdeep hash", "write blocksize:hash:hash"
		}
	case "registry-key":
		if !registryForm.MatchString(value) {
			return "is not a registry key", `begin it with a hive and a backslash, like HKEY_LOCAL_MACHINE\ or HKLM\`
		}
	case "filename":
		if strings.HasSuffix(value, `\`) || strings.HasSuffix(value, "/") {
			return "is a folder", "write the name of a file, its folder before it if that matters"
		}
	case "yara":
		if !yaraForm.MatchString(value) {
			return "is not a YARA rule", "write the whole rule: rule NAME { condition: … }"
		}
	case "asn":
		n, err := strconv.ParseUint(strings.TrimPrefix(value, "AS"), 10, 32)
		if err != nil || n == 0 {
			return "is not the number of an autonomous system", "write it like AS64500"
		}
	}
	return "", ""
}
