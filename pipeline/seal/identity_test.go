package seal

import (
	"testing"
)

func TestFingerprint(t *testing.T) {
	tests := map[string]string{
		"good-01-alice-ed25519":          "EB85BB5FA33A75E15E944E63F231550C4F47E38E",
		"expired-02-enc-subkey-rnp-p256": "B54FDEBBB673423A5D0AA54423674F21B2441527",
		"huge-02-rsa32k":                 "517A2193F056A533D99083B956779F1BB455A17B",
		"multi-02-twoKeys-openpgpjs":     "", // which of them?
		"weak-09-v3-pgp263":              "",
		"malformed-01-pubring-malf-key0": "",
		"armor-06-too_short_header":      "",
	}
	for name, want := range tests {
		got, err := Fingerprint(file(t, "keys", name+".asc"))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	if fpr, err := Fingerprint(published(t, "good-01-alice-ed25519").secret); err == nil {
		t.Errorf("of a private key: %s", fpr)
	}
}
