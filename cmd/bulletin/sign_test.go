package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline/seal"
)

// keyOf makes a key that lies beside somebody's credentials.
func keyOf(t *testing.T, home, name string) (file string, certificate []byte) {
	t.Helper()
	secret, certificate, err := seal.GenerateKey(name, name+"@bulletin.example", time.Now().Add(-time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(home, name+".sec.asc")
	if err := os.WriteFile(file, secret, 0o600); err != nil {
		t.Fatal(err)
	}
	return file, certificate
}

func TestSignerSigns(t *testing.T) {
	home := t.TempDir()
	file, certificate := keyOf(t, home, "tom")
	for name, f := range map[string]signFlags{
		"the key beside the credentials": {},
		"a key file":                     {key: file},
	} {
		t.Run(name, func(t *testing.T) {
			sign, err := f.signer(&session{person: "tom", home: home})
			if err != nil {
				t.Fatal(err)
			}
			signature, err := sign([]byte("statement\n"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := seal.VerifyDetached(certificate, []byte("statement\n"), signature, time.Now()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSignerRefuses(t *testing.T) {
	home := t.TempDir()
	_, certificate := keyOf(t, home, "tom")
	public := filepath.Join(home, "public.asc")
	if err := os.WriteFile(public, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		flags signFlags
		says  string
	}{
		"no key":                  {signFlags{key: filepath.Join(home, "nobody.asc")}, "no secret key"},
		"a certificate":           {signFlags{key: public}, "is a certificate"},
		"no passphrase file":      {signFlags{passphrase: filepath.Join(home, "nothing")}, "passphrase"},
		"a short id":              {signFlags{gpg: "DEADBEEF"}, "not a whole fingerprint"},
		"a flag as a fingerprint": {signFlags{gpg: "--output"}, "not a whole fingerprint"},
		"an unknown key of gpg":   {signFlags{gpg: strings.Repeat("AB", 20)}, "gpg did not sign"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("GNUPGHOME", t.TempDir())
			sign, err := c.flags.signer(&session{person: "tom", home: home})
			if err == nil {
				_, err = sign([]byte("x"))
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || hintOf(err) == "" {
				t.Errorf("got %v (hint %q), want %q", err, hintOf(err), c.says)
			}
		})
	}
	t.Run("no gpg", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := gpgSigner(strings.Repeat("AB", 20)); err == nil || !strings.Contains(err.Error(), "no gpg") {
			t.Errorf("got %v", err)
		}
	})
}

// A person's gpg signs what the desk takes, even where its configuration says textmode; a key with a passphrase
// is unlocked from a file.
func TestSignerAsksGnuPG(t *testing.T) {
	home, err := os.MkdirTemp("", "gpg") // short: the agent's socket has room for 108 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GNUPGHOME", home)
	gpg := func(args ...string) string {
		t.Helper()
		out, err := exec.Command("gpg", append([]string{"--batch", "--pinentry-mode", "loopback"}, args...)...).Output()
		if err != nil {
			t.Fatalf("gpg %v: %v", args, err)
		}
		return string(out)
	}
	t.Cleanup(func() {
		exec.Command("gpgconf", "--kill", "all").Run() // the agent that gpg started in this home
		os.RemoveAll(home)
	})
	if err := os.WriteFile(filepath.Join(home, "gpg.conf"), []byte("textmode\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	gpg("--passphrase", "", "--quick-generate-key", "tom <tom@bulletin.example>", "ed25519", "sign", "0")
	gpg("--passphrase", "open sesame", "--quick-generate-key", "locked <locked@bulletin.example>", "ed25519", "sign", "0")
	certificate := gpg("--armor", "--export", "tom@bulletin.example")
	fpr, err := seal.Fingerprint([]byte(certificate))
	if err != nil {
		t.Fatal(err)
	}
	sign, err := gpgSigner(fpr)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := sign([]byte("statement\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.VerifyDetached([]byte(certificate), []byte("statement\n"), signature, time.Now()); err != nil {
		t.Error(err)
	}

	locked, word := filepath.Join(home, "locked.asc"), filepath.Join(home, "word")
	secret := gpg("--passphrase", "open sesame", "--armor", "--export-secret-keys", "locked@bulletin.example")
	for file, text := range map[string]string{locked: secret, word: "open sesame\r\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	told := signFlags{key: locked, passphrase: word}
	if sign, err = told.signer(&session{}); err != nil {
		t.Fatal(err)
	}
	if signature, err = sign([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.VerifyDetached([]byte(gpg("--armor", "--export", "locked@bulletin.example")), []byte("x"), signature, time.Now()); err != nil {
		t.Error(err)
	}
	untold := signFlags{key: locked}
	if sign, err = untold.signer(&session{}); err != nil {
		t.Fatal(err)
	}
	if _, err := sign([]byte("x")); err == nil || !strings.Contains(err.Error()+hintOf(err), "--passphrase-file") {
		t.Errorf("without a terminal: %v", err)
	}
}
