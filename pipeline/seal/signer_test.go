package seal

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

func TestLoadSigner(t *testing.T) {
	desk := generated(t, "Desk", "desk@police.example")
	locked := lock(t, desk.secret, "correct horse")
	tests := []struct {
		name, secret, passphrase, fault string
	}{
		{"open", string(desk.secret), "", ""},
		{"open, with a passphrase", string(desk.secret), "not needed", ""},
		{"locked", locked, "correct horse", ""},
		{"wrong passphrase", locked, "battery staple", "passphrase is missing or wrong"},
		{"no passphrase", locked, "", "passphrase is missing or wrong"},
		{"a certificate", string(desk.public), "", "the secret key is needed"},
		{"nothing", "", "", "cannot be read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := LoadSigner([]byte(tt.secret), []byte(tt.passphrase))
			if tt.fault != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("got %v, want %q", err, tt.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if f := Examine([]byte(s.PublicKey()), "desk@police.example", now); f.State != Fit || f.Key.Fingerprint != s.Fingerprint() {
				t.Errorf("its certificate: %s %q", f.State, f.Reasons)
			}
			if strings.Contains(s.PublicKey(), "PRIVATE") {
				t.Error("the certificate holds the secret")
			}
			if _, err := s.Seal([]byte("x"), now); err != nil {
				t.Error(err)
			}
		})
	}
}

func lock(t *testing.T, secret []byte, passphrase string) string {
	t.Helper()
	key, err := pgp.NewKeyFromArmored(string(secret))
	if err != nil {
		t.Fatal(err)
	}
	if key, err = key.Lock([]byte(passphrase)); err != nil {
		t.Fatal(err)
	}
	armored, err := key.Armor()
	if err != nil {
		t.Fatal(err)
	}
	return armored
}

func TestSealWithExpiredSigner(t *testing.T) {
	secret, _, err := GenerateKey("Desk", "desk@police.example", now.Add(-2*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s, err := LoadSigner(secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Seal([]byte("x"), now); err == nil {
		t.Error("an expired key signed")
	}
}

func TestGenerateKey(t *testing.T) {
	_, public, err := GenerateKey("Reader", "reader@police.example", now.AddDate(-2, 0, 0), 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	f := Examine(public, "reader@police.example", now)
	if f.State != Unfit || strings.Join(f.Reasons, ";") != "expired on 2024-11-24" {
		t.Errorf("a key of two years ago: %s %q", f.State, f.Reasons)
	}
	for name, lifetime := range map[string]time.Duration{"a (b)": 0, "a <b>": 0, "negative": -1, "below a second": 1, "too long": 200 * 365 * 24 * time.Hour} {
		if _, _, err := GenerateKey(name, "r@police.example", now, lifetime); err == nil {
			t.Errorf("%s: made", name)
		}
	}
}

func TestOpenRequiresTheSigner(t *testing.T) {
	desk, other, reader := generated(t, "Desk", "desk@police.example"), generated(t, "Other", "desk@police.example"), generated(t, "Reader", "r@police.example")
	sealed, err := signerOf(t, desk).Seal(letter(100), now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := sealed.For(reader.key(t))
	if err != nil {
		t.Fatal(err)
	}
	unsigned := encryptedBy(t, reader, nil)
	bySelf := encryptedBy(t, reader, &reader)
	tests := []struct {
		name    string
		message []byte
		secret  []byte
		signer  []byte
	}{
		{"another with the same name", a.bytes(), reader.secret, other.public},
		{"the reader as signer", a.bytes(), reader.secret, reader.public},
		{"a secret key for the signer's", a.bytes(), reader.secret, desk.secret},
		{"no signer", a.bytes(), reader.secret, nil},
		{"another reader", a.bytes(), other.secret, desk.public},
		{"a certificate for the secret key", a.bytes(), reader.public, desk.public},
		{"not signed", unsigned, reader.secret, desk.public},
		{"signed by the reader", bySelf, reader.secret, desk.public},
		{"not a message", []byte("hello"), reader.secret, desk.public},
		{"a head without its body", a.Head, reader.secret, desk.public},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			message, by, err := Open(tt.message, tt.secret, nil, string(tt.signer), now)
			if err == nil || message != nil || by != "" {
				t.Errorf("opened, by %q", by)
			}
		})
	}
	if got, _, err := Open(a.bytes(), reader.secret, nil, string(desk.public), now); err != nil || !bytes.Equal(got, letter(100)) {
		t.Errorf("as it is: %v", err)
	}
}

// encryptedBy makes a message with the vendor's own encryption, signed or not.
func encryptedBy(t testing.TB, reader pair, signer *pair) []byte {
	t.Helper()
	var signing *openpgp.Entity
	if signer != nil {
		signing = entity(t, signer.secret)
	}
	var out bytes.Buffer
	config := &packet.Config{Time: func() time.Time { return now }}
	w, err := openpgp.Encrypt(&out, []*openpgp.Entity{entity(t, reader.public)}, signing, nil, config)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(letter(100)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return armoredAs(t, "PGP MESSAGE", out.Bytes())
}

func entity(t testing.TB, key []byte) *openpgp.Entity {
	t.Helper()
	k, err := pgp.NewKeyFromArmored(string(key))
	if err != nil {
		t.Fatal(err)
	}
	return k.GetEntity()
}
