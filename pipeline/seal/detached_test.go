package seal

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestDetached(t *testing.T) {
	statement := []byte("bulletin-approval-v1\r\nb234567abcdef\r\n")
	alice, bob := published(t, "good-01-alice-ed25519"), published(t, "good-02-bob-rsa3072")
	sig, err := SignDetached(alice.secret, nil, statement, now)
	if err != nil {
		t.Fatal(err)
	}
	fpr, err := VerifyDetached(alice.public, statement, sig, now)
	if err != nil || fpr != "EB85BB5FA33A75E15E944E63F231550C4F47E38E" {
		t.Errorf("good signature: %q, %v", fpr, err)
	}
	if _, err := VerifyDetached(alice.public, statement, sig, now.Add(-clockSkew)); err != nil {
		t.Errorf("made with a clock that is a little ahead: %v", err)
	}
	cut := bytes.Clone(sig[:len(sig)/2])
	tests := []struct {
		name                 string
		publicKey, data, sig []byte
		at                   time.Time
	}{
		{"other data", alice.public, append(bytes.Clone(statement), '\n'), sig, now},
		{"other line ends", alice.public, bytes.ReplaceAll(statement, []byte("\r\n"), []byte("\n")), sig, now},
		{"no data", alice.public, nil, sig, now},
		{"other signer", bob.public, statement, sig, now},
		{"a secret key for the certificate", alice.secret, statement, sig, now},
		{"two certificates", append(bytes.Clone(alice.public), bob.public...), statement, sig, now},
		{"cut signature", alice.public, statement, cut, now},
		{"no signature", alice.public, statement, nil, now},
		{"not a signature", alice.public, statement, alice.public, now},
		{"from the future", alice.public, statement, sig, now.Add(-clockSkew - time.Second)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if fpr, err := VerifyDetached(tt.publicKey, tt.data, tt.sig, tt.at); err == nil || fpr != "" {
				t.Errorf("verified as %q", fpr)
			}
		})
	}
}

// A signature by a key that has ended since was good, and is not now.
func TestDetachedByExpiredKey(t *testing.T) {
	secret, public, err := GenerateKey("Reviewer", "r@police.example", now.Add(-time.Hour), 2*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := SignDetached(secret, nil, []byte("x"), now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyDetached(public, []byte("x"), sig, now); err != nil {
		t.Error(err)
	}
	_, err = VerifyDetached(public, []byte("x"), sig, now.Add(2*time.Hour))
	if err == nil || !strings.Contains(err.Error(), "the signer's key expired on 2026-11-23") {
		t.Errorf("after its end: %v", err)
	}
	if _, err := SignDetached(secret, nil, []byte("x"), now.Add(2*time.Hour)); err == nil {
		t.Error("an expired key signed")
	}
}

// Certificates that nothing may rest on, and some on which the vendor library panics.
func TestVerifyRefusesUnfitSigners(t *testing.T) {
	alice := published(t, "good-01-alice-ed25519")
	sig, err := SignDetached(alice.secret, nil, []byte("x"), now)
	if err != nil {
		t.Fatal(err)
	}
	for name, reason := range map[string]string{
		"modern-03-v6-ed25519-x25519":    "no user id",
		"huge-02-rsa32k":                 "too large",
		"revoked-01-p256-key":            "revoked",
		"weak-02-dsa1024-elg1024":        "too weak",
		"malformed-01-pubring-malf-key0": "several certificates",
		"uid-01-uidless-openpgpjs":       "no user id",
	} {
		_, err := VerifyDetached(file(t, "keys", name+".asc"), []byte("x"), sig, now)
		if err == nil || !strings.Contains(err.Error(), "the signer's key") || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
