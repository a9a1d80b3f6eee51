package seal

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

func TestExamineVerdicts(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(string(file(t, "verdicts.tsv"))), "\n")[1:]
	seen := map[string]bool{}
	for _, row := range rows {
		field := strings.Split(row, "\t")
		name, verdict, reason := field[0], field[1], field[2]
		seen[name] = true
		t.Run(name, func(t *testing.T) {
			f := Examine(file(t, "keys", name), "", now)
			if accepted := f.State != Unfit; accepted != (verdict == "accept") {
				t.Fatalf("%s (%v), want %s", f.State, f.Reasons, verdict)
			}
			if (f.Key != nil) != (verdict == "accept") {
				t.Errorf("state %s with key %v", f.State, f.Key)
			}
			if verdict == "reject" && !strings.Contains(strings.Join(f.Reasons, "; "), reason) {
				t.Errorf("reasons %q, want one with %q", f.Reasons, reason)
			}
		})
	}
	files, err := os.ReadDir("testdata/keys")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !seen[f.Name()] {
			t.Errorf("no verdict for %s", f.Name())
		}
	}
}

func TestExamineNotCertificates(t *testing.T) {
	alice := published(t, "good-01-alice-ed25519")
	other := published(t, "good-02-bob-rsa3072")
	armored := string(alice.public)
	tests := []struct{ name, file, reason string }{
		{"empty", "", "not an OpenPGP certificate"},
		{"white space", strings.Repeat(" \r\n", 20000), "not an OpenPGP certificate"},
		{"PDF", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "not an OpenPGP certificate"},
		{"JPEG", "\xff\xd8\xff\xe0\x00\x10JFIF", "not OpenPGP"},
		{"message", "-----BEGIN PGP MESSAGE-----\n\nhF4D\n-----END PGP MESSAGE-----\n", "not an OpenPGP certificate"},
		{"private key", string(alice.secret), "is a private key"},
		{"private beside public", armored + string(alice.secret), "is a private key"},
		{"binary private key", string(unarmored(t, alice.secret)), "is a private key"},
		{"two blocks", armored + string(other.public), "several certificates"},
		{"two binary", string(unarmored(t, alice.public)) + string(unarmored(t, other.public)), "several certificates"},
		{"cut off", armored[:len(armored)-60], "cut off"},
		{"too large", armored + strings.Repeat("\n", maxCertificate), "too large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Examine([]byte(tt.file), "", now)
			if f.State != Unfit || f.Key != nil || !strings.Contains(strings.Join(f.Reasons, ";"), tt.reason) {
				t.Errorf("got %s %q, want unfit with %q", f.State, f.Reasons, tt.reason)
			}
		})
	}
}

func TestExamineForms(t *testing.T) {
	alice := published(t, "good-01-alice-ed25519")
	armored := string(alice.public)
	forms := map[string]string{
		"armored":          armored,
		"binary":           string(unarmored(t, alice.public)),
		"CRLF":             strings.ReplaceAll(armored, "\n", "\r\n"),
		"byte order mark":  "\xef\xbb\xbf" + armored,
		"notes around it":  "Alice's key, by courier on 3 March\n\n" + armored + "\nchecked by telephone\n",
		"marker packet":    "\xca\x03PGP" + string(unarmored(t, alice.public)),
		"unknown packet":   string(unarmored(t, alice.public)) + "\xfc\x01x",
		"trailing newline": armored + "\n\n\n",
	}
	for name, form := range forms {
		f := Examine([]byte(form), "ALICE@openpgp.example", now)
		if f.State != Fit || f.Key.Fingerprint != "EB85BB5FA33A75E15E944E63F231550C4F47E38E" {
			t.Errorf("%s: %s %q", name, f.State, f.Reasons)
		}
	}
}

func TestExamineWarnings(t *testing.T) {
	made := now.AddDate(0, -1, 0)
	key := func(lifetime time.Duration) []byte {
		_, public, err := GenerateKey("Reader", "reader@police.example", made, lifetime)
		if err != nil {
			t.Fatal(err)
		}
		return public
	}
	toNow := now.Sub(made)
	tests := []struct {
		name    string
		file    []byte
		address string
		state   string
		reason  string
	}{
		{"fit", key(0), "reader@police.example", Fit, ""},
		{"letter case", key(0), "Reader@Police.Example", Fit, ""},
		{"address not asked for", key(0), "", Fit, ""},
		{"other address", key(0), "other@police.example", Warning, "does not name the address other@police.example"},
		{"no address on it", file(t, "keys", "weak-07-rsa-2001.asc"), "r@example.org", Warning, "does not name"},
		{"31 days left", key(toNow + 31*24*time.Hour), "reader@police.example", Fit, ""},
		{"29 days left", key(toNow + 29*24*time.Hour), "reader@police.example", Warning, "expires on 2026-12-22, in 29 days"},
		{"a second left", key(toNow + time.Second), "reader@police.example", Warning, "expires on 2026-11-23, in less than a day"},
		{"a day left", key(toNow + 25*time.Hour), "reader@police.example", Warning, "expires on 2026-11-24, in 1 day"},
		{"over this second", key(toNow), "reader@police.example", Unfit, "expired on 2026-11-23"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Examine(tt.file, tt.address, now)
			if f.State != tt.state || !strings.Contains(strings.Join(f.Reasons, ";"), tt.reason) {
				t.Errorf("got %s %q, want %s %q", f.State, f.Reasons, tt.state, tt.reason)
			}
		})
	}
}

func TestExamineUsesItsClock(t *testing.T) {
	renee := file(t, "keys", "expired-06-go-expiringKey.asc")
	if f := Examine(renee, "", now); f.State != Unfit {
		t.Errorf("today: %s", f.State)
	}
	_, public, err := GenerateKey("R", "r@police.example", now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for offset, want := range map[time.Duration]string{-time.Second: Unfit, time.Minute: Warning, 2 * time.Hour: Unfit} {
		if f := Examine(public, "", now.Add(offset)); f.State != want {
			t.Errorf("%v after it was made: %s %q, want %s", offset, f.State, f.Reasons, want)
		}
	}
}

// A certificate with more signatures of its own than anyone's has must not keep the desk busy.
func TestExamineManySignatures(t *testing.T) {
	packets, err := splitPackets(unarmored(t, file(t, "keys", "good-01-alice-ed25519.asc")))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, p := range packets {
		for n := range map[bool]int{true: maxVerified + 1, false: 1}[p.Tag == tagSignature] {
			p := packet.OpaquePacket{Tag: p.Tag, Contents: bytes.Clone(p.Contents)}
			p.Contents[len(p.Contents)-1] ^= byte(n) // the same one again would not be looked at again
			p.Contents[len(p.Contents)-2] ^= byte(n >> 8)
			if err := p.Serialize(&out); err != nil {
				t.Fatal(err)
			}
		}
	}
	f := Examine(out.Bytes(), "", now)
	if want := fmt.Sprintf("more than %d signatures", maxVerified); f.State != Unfit || !strings.Contains(f.Reasons[0], want) {
		t.Errorf("got %s %q", f.State, f.Reasons)
	}
}

func TestExamineBrokenRSA(t *testing.T) {
	packets, err := splitPackets(unarmored(t, file(t, "keys", "good-02-bob-rsa3072.asc")))
	if err != nil {
		t.Fatal(err)
	}
	body := packets[0].Contents
	withExponentOne := append(bytes.Clone(body[:len(body)-5]), 0, 1, 1)
	even := bytes.Clone(body)
	even[8+384-1] &^= 1
	for name, body := range map[string][]byte{"exponent 1": withExponentOne, "even modulus": even} {
		if err := checkMaterial(body); err == nil || !strings.Contains(err.Error(), "broken") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := range body {
		if err := checkMaterial(body[:n]); err == nil && n < len(body)-5 {
			t.Errorf("cut off at %d of %d: accepted", n, len(body))
		}
	}
	if err := checkMaterial(body); err != nil {
		t.Errorf("whole: %v", err)
	}
}

func TestKeyNames(t *testing.T) {
	k := published(t, "good-01-alice-ed25519").key(t)
	if k.Fingerprint != "EB85BB5FA33A75E15E944E63F231550C4F47E38E" {
		t.Errorf("fingerprint %s", k.Fingerprint)
	}
	if want := fmt.Sprintf("%016X", k.EncryptionKeyID()); !strings.HasSuffix(k.EncryptionFingerprint(), want) || len(k.EncryptionFingerprint()) != 40 {
		t.Errorf("encryption fingerprint %s, id %s", k.EncryptionFingerprint(), want)
	}
}

func FuzzExamine(f *testing.F) {
	files, err := os.ReadDir("testdata/keys")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range files {
		if b := file(f, "keys", e.Name()); len(b) < 3000 {
			f.Add(b)
			if binary, err := dearmor(b); err == nil {
				f.Add(binary)
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := Examine(b, "alice@openpgp.example", now)
		if (got.State == Unfit) != (got.Key == nil) {
			t.Errorf("state %s with key %v", got.State, got.Key)
		}
		if (got.State == Fit) != (len(got.Reasons) == 0) {
			t.Errorf("state %s with reasons %q", got.State, got.Reasons)
		}
		if strings.Contains(strings.Join(got.Reasons, ""), "library failed") {
			t.Logf("the library panicked: %q", got.Reasons)
		}
	})
}

// unarmored returns what stands in an armored block of any type.
func unarmored(t testing.TB, armored []byte) []byte {
	t.Helper()
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(block.Body); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
