package stix

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"bulletin/pipeline/edition"
)

// patternOf returns the detection pattern of a row and its language (STIX 2.1 §4.7, §9). Comparisons are of strings, case
// and all, so the value is written as sensors write it: hashes and names of hosts in small letters, international names
// in A-labels. The row's own spelling is the indicator's name.
func patternOf(row edition.Indicator) (pattern, language string, err error) {
	switch row.Type {
	case "yara":
		return row.Value, "yara", nil
	case "cidr":
		pattern, err = subset(row.Value)
	case "asn":
		pattern, err = autonomousSystem(row.Value)
	case "filename":
		pattern = file(row.Value)
	default:
		path, ok := objectPath(row.Type)
		if !ok {
			return "", "", fmt.Errorf("no STIX pattern is known for indicators of type %q", row.Type)
		}
		pattern = observed(equal(path, wire(row.Type, row.Value)))
	}
	return pattern, "stix", err
}

// objectPath is what a value of the type is compared with (STIX 2.1 §6).
func objectPath(indicatorType string) (string, bool) {
	path, ok := map[string]string{
		"ipv4":         "ipv4-addr:value",
		"ipv6":         "ipv6-addr:value",
		"domain":       "domain-name:value",
		"url":          "url:value",
		"email":        "email-addr:value",
		"md5":          "file:hashes.MD5",
		"sha1":         "file:hashes.'SHA-1'",
		"sha256":       "file:hashes.'SHA-256'",
		"sha512":       "file:hashes.'SHA-512'",
		"ssdeep":       "file:hashes.SSDEEP",
		"registry-key": "windows-registry-key:key",
		"mutex":        "mutex:name",
		// A header may be repeated, so that its value is a list (STIX 2.1 §6.12.4), and [*] any of it (§9.7.2).
		"user-agent": "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'[*]",
	}[indicatorType]
	return path, ok
}

func observed(comparison string) string { return "[" + comparison + "]" }

func equal(path, value string) string { return path + " = " + quote(value) }

// quote escapes backslashes and quotes, as string literals of a pattern must (STIX 2.1 §9.3).
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}

// wire is a value as it is seen where it is looked for.
func wire(indicatorType, value string) string {
	switch indicatorType {
	case "md5", "sha1", "sha256", "sha512":
		return strings.ToLower(value)
	case "ipv6":
		if a, err := netip.ParseAddr(value); err == nil {
			return a.String() // RFC 5952, as most write it
		}
	case "domain":
		return host(value)
	case "email":
		if at := strings.LastIndexByte(value, '@'); at >= 0 {
			return value[:at+1] + host(value[at+1:])
		}
	case "url":
		return uri(value)
	case "registry-key":
		return wholeHive(value)
	}
	return value
}

// host is a name in A-labels (STIX 2.1 §6.4 wants RFC 1034 and RFC 5890), in small letters. Names that are no names of
// hosts, such as _dmarc.example.org, are domains too.
func host(name string) string {
	ascii, err := idna.New(idna.MapForLookup(), idna.StrictDomainName(false)).ToASCII(name)
	if err != nil {
		return strings.ToLower(name)
	}
	return ascii
}

// uri is an address as it is sent: the host in A-labels, other characters beyond ASCII as their bytes in percent signs
// (RFC 3987 §3.1). All that is ASCII stays as it is, but for the scheme and the host in small letters.
func uri(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return s
	}
	before, after, ok := strings.Cut(s, u.Host)
	if !ok { // percent signs in the host
		return s
	}
	name := strings.ToLower(u.Host)
	if !strings.HasPrefix(name, "[") {
		name = host(u.Hostname())
		if port := u.Port(); port != "" {
			name += ":" + port
		}
	}
	scheme, user, _ := strings.Cut(before, ":")
	return strings.ToLower(scheme) + ":" + percent(user) + name + percent(after)
}

func percent(s string) string {
	var out strings.Builder
	for _, b := range []byte(s) {
		if b < 0x80 {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

func subset(cidr string) (string, error) {
	p, err := netip.ParsePrefix(cidr)
	if err != nil {
		return "", fmt.Errorf("%q is not an address range such as 192.0.2.0/24", cidr)
	}
	object := "ipv4-addr"
	if p.Addr().Is6() {
		object = "ipv6-addr"
	}
	return observed(object + ":value ISSUBSET " + quote(p.String())), nil
}

func autonomousSystem(asn string) (string, error) {
	digits := asn
	if len(asn) > 2 && strings.EqualFold(asn[:2], "AS") {
		digits = asn[2:]
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return "", fmt.Errorf("%q is not an autonomous system such as AS64496", asn)
	}
	return observed(fmt.Sprintf("autonomous-system:number = %d", n)), nil
}

// file compares a name, and the folder too where the row has one: file:name is the name alone (STIX 2.1 §6.7).
func file(path string) string {
	cut := strings.LastIndexByte(path, '\\')
	if cut < 0 {
		cut = strings.LastIndexByte(path, '/')
	}
	folder, name := path[:max(cut, 0)], path[cut+1:]
	switch {
	case cut < 0 || name == "":
		return observed(equal("file:name", path))
	case folder == "" || strings.HasSuffix(folder, ":"):
		folder += path[cut : cut+1] // the root
	}
	return observed(equal("file:name", name) + " AND " + equal("file:parent_directory_ref.path", folder))
}

// wholeHive writes out the hive: STIX does not allow HKLM (STIX 2.1 §6.17, property key).
func wholeHive(key string) string {
	hive, rest, _ := strings.Cut(key, `\`)
	hive = strings.ToUpper(hive)
	long, ok := map[string]string{
		"HKLM": "HKEY_LOCAL_MACHINE",
		"HKCU": "HKEY_CURRENT_USER",
		"HKCR": "HKEY_CLASSES_ROOT",
		"HKU":  "HKEY_USERS",
		"HKCC": "HKEY_CURRENT_CONFIG",
	}[hive]
	switch {
	case ok:
		hive = long
	case !strings.HasPrefix(hive, "HKEY_"):
		return key
	}
	return strings.TrimSuffix(hive+`\`+rest, `\`)
}
