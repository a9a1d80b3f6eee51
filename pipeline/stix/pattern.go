package stix

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"bulletin/pipeline/edition"
)

// patternOf returns the detection pattern of a row and its language (STIX 2.1 §4.7, §9).
func patternOf(row edition.Indicator) (pattern, language string, err error) {
	switch row.Type {
	case "yara":
		return row.Value, "yara", nil
	case "cidr":
		pattern, err = subset(row.Value)
	case "asn":
		pattern, err = autonomousSystem(row.Value)
	case "registry-key":
		pattern = equal("windows-registry-key:key", wholeHive(row.Value))
	default:
		path, ok := objectPath(row.Type)
		if !ok {
			return "", "", fmt.Errorf("no STIX pattern is known for indicators of type %q", row.Type)
		}
		pattern = equal(path, row.Value)
	}
	return pattern, "stix", err
}

// objectPath is what a value of the type is compared with (STIX 2.1 §6).
func objectPath(indicatorType string) (string, bool) {
	path, ok := map[string]string{
		"ipv4":       "ipv4-addr:value",
		"ipv6":       "ipv6-addr:value",
		"domain":     "domain-name:value",
		"url":        "url:value",
		"email":      "email-addr:value",
		"md5":        "file:hashes.MD5",
		"sha1":       "file:hashes.'SHA-1'",
		"sha256":     "file:hashes.'SHA-256'",
		"sha512":     "file:hashes.'SHA-512'",
		"ssdeep":     "file:hashes.SSDEEP",
		"filename":   "file:name",
		"mutex":      "mutex:name",
		"user-agent": "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
	}[indicatorType]
	return path, ok
}

func equal(path, value string) string { return "[" + path + " = " + quote(value) + "]" }

// quote escapes backslashes and quotes, as string literals of a pattern must (STIX 2.1 §9.3).
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
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
	return "[" + object + ":value ISSUBSET " + quote(cidr) + "]", nil
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
	return fmt.Sprintf("[autonomous-system:number = %d]", n), nil
}

// wholeHive writes out the hive: STIX does not allow HKLM (STIX 2.1 §6.17, property key).
func wholeHive(key string) string {
	hive, rest, _ := strings.Cut(key, `\`)
	long, ok := map[string]string{
		"HKLM": "HKEY_LOCAL_MACHINE",
		"HKCU": "HKEY_CURRENT_USER",
		"HKCR": "HKEY_CLASSES_ROOT",
		"HKU":  "HKEY_USERS",
		"HKCC": "HKEY_CURRENT_CONFIG",
	}[strings.ToUpper(hive)]
	if !ok {
		return key
	}
	return strings.TrimSuffix(long+`\`+rest, `\`)
}
