package seal

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// encryptOnly is a certificate whose primary key certifies and whose subkey encrypts: nobody can sign with it.
func encryptOnly(t *testing.T) []byte {
	t.Helper()
	entity, err := openpgp.NewEntity("Reader", "", "reader@police.example", &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519, Time: func() time.Time { return now.AddDate(-1, 0, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range entity.Identities {
		id.SelfSignature.FlagSign = false
		if err := id.SelfSignature.SignUserId(id.UserId.Id, entity.PrimaryKey, entity.PrivateKey, signing(now.AddDate(-1, 0, 0))); err != nil {
			t.Fatal(err)
		}
	}
	var public bytes.Buffer
	if err := entity.Serialize(&public); err != nil {
		t.Fatal(err)
	}
	return public.Bytes()
}

func TestExamineSigner(t *testing.T) {
	made := now.AddDate(0, -1, 0)
	key := func(lifetime time.Duration) []byte {
		_, public, err := GenerateKey("Reader", "reader@police.example", made, lifetime)
		if err != nil {
			t.Fatal(err)
		}
		return public
	}
	secret, _, err := GenerateKey("Reader", "", made, 0)
	if err != nil {
		t.Fatal(err)
	}
	toNow := now.Sub(made)
	for name, tt := range map[string]struct {
		cert   []byte
		state  string
		reason string
	}{
		"for ever":           {key(0), Fit, ""},
		"another year":       {key(toNow + 365*24*time.Hour), Fit, ""},
		"six days":           {key(toNow + 6*24*time.Hour), Warning, "expires on 2026-11-29, in 6 days"},
		"expired":            {key(toNow - time.Hour), Unfit, "expired on"},
		"private":            {secret, Unfit, "is a private key"},
		"a PDF":              {[]byte("%PDF-1.7"), Unfit, "is not an OpenPGP certificate"},
		"nothing":            {nil, Unfit, "is not an OpenPGP certificate"},
		"encryption alone":   {encryptOnly(t), Unfit, "has no key that may sign"},
		"with a signing key": {file(t, "keys", "good-01-alice-ed25519.asc"), Fit, ""},
	} {
		got := ExamineSigner(tt.cert, now)
		if got.State != tt.state || !strings.Contains(strings.Join(got.Reasons, ";"), tt.reason) || (got.State == Fit) != (len(got.Reasons) == 0) {
			t.Errorf("%s: got %+v, want %s %q", name, got, tt.state, tt.reason)
		}
	}
}

// What ExamineSigner calls fit can sign, and what can't verify is unfit: for every key of the published cases.
func TestExamineSignerTakesAnyFile(t *testing.T) {
	entries, err := os.ReadDir("testdata/keys")
	if err != nil || len(entries) < 10 {
		t.Fatalf("%d keys, %v", len(entries), err)
	}
	for _, e := range entries {
		cert := file(t, "keys", e.Name())
		s := ExamineSigner(cert, now)
		if _, err := signerCertificate(cert, now); err != nil && s.State != Unfit {
			t.Errorf("%s: %+v, but its signatures are refused: %v", e.Name(), s, err)
		}
	}
}

func TestProtect(t *testing.T) {
	secret, public, err := GenerateKey("Moana", "", now.AddDate(-1, 0, 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	locked, err := Protect(secret, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "correct horsf"} {
		if _, err := SignDetached(locked, []byte(wrong), []byte("text"), now); err == nil {
			t.Errorf("passphrase %q opens it", wrong)
		}
	}
	sig, err := SignDetached(locked, []byte("correct horse"), []byte("text"), now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyDetached(public, []byte("text"), sig, now); err != nil {
		t.Error(err)
	}
	if _, err := Protect(secret, nil); err == nil {
		t.Error("an empty passphrase protects nothing")
	}
}
