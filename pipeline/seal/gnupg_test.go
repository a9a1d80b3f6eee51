package seal

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gnupg is a GnuPG home of its own for one test.
type gnupg struct {
	home string
}

// newGnuPG makes a home with a short path (the agent's socket must fit into 108 bytes), and ends
// its agent with the test.
func newGnuPG(t *testing.T) gnupg {
	t.Helper()
	for _, tool := range []string{"gpg", "gpgconf"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: make test installs it", tool)
		}
	}
	home, err := os.MkdirTemp("/tmp", "gh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("gpgconf", "--homedir", home, "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("gpgconf --kill: %v %s", err, out)
		}
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	return gnupg{home}
}

// run runs gpg and returns its standard output and its status lines.
func (g gnupg) run(t *testing.T, in []byte, args ...string) (out []byte, status string, err error) {
	t.Helper()
	statusFile := filepath.Join(g.home, "status")
	common := []string{"--homedir", g.home, "--batch", "--no-tty", "--yes",
		"--faked-system-time", now.Format("20060102T150405") + "!", "--status-file", statusFile}
	cmd := exec.Command("gpg", append(common, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	lines, readErr := os.ReadFile(statusFile)
	if readErr != nil {
		t.Fatalf("gpg %v: %v: %s", args, readErr, stderr.Bytes())
	}
	return stdout.Bytes(), string(lines) + stderr.String(), err
}

func (g gnupg) must(t *testing.T, in []byte, args ...string) []byte {
	t.Helper()
	out, status, err := g.run(t, in, args...)
	if err != nil {
		t.Fatalf("gpg %v: %v\n%s", args, err, status)
	}
	return out
}

// GnuPG opens what is sealed here, with a good signature, for each kind of key and in each of
// the three alignments. Marker packets, which readers ignore, shift the alignment.
func TestGnuPGReads(t *testing.T) {
	g := newGnuPG(t)
	desk := generated(t, "Desk", "desk@police.example")
	signer := signerOf(t, desk)
	g.must(t, desk.public, "--import")
	message := letter(20000)
	sealed, err := signer.Seal(message, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range recipients(t) {
		g.must(t, to.secret, "--import")
		seen := map[*byte]bool{}
		for markers := range 3 {
			keyPacket, err := to.key(t).keyPacket(sealed.sessionKey)
			if err != nil {
				t.Fatal(err)
			}
			a := sealed.behind(append([]byte(strings.Repeat("\xca\x03PGP", markers)), keyPacket...))
			seen[&a.Body[0]] = true
			out, status, err := g.run(t, a.bytes(), "--decrypt")
			if err != nil || !bytes.Equal(out, message) {
				t.Fatalf("%s, %d markers: %v, equal %v\n%s", to.name, markers, err, bytes.Equal(out, message), status)
			}
			for _, want := range []string{"VALIDSIG " + signer.Fingerprint(), "GOODMDC"} {
				if !strings.Contains(status, want) {
					t.Errorf("%s, %d markers: no %s in\n%s", to.name, markers, want, status)
				}
			}
			if strings.Contains(status, "CRC") {
				t.Errorf("%s, %d markers: the checksum is wrong\n%s", to.name, markers, status)
			}
		}
		if len(seen) != 3 {
			t.Errorf("%s: %d of 3 alignments tried", to.name, len(seen))
		}
	}
}

// Whatever kind of key is accepted, its owner can decrypt: with the library, and with GnuPG where
// that knows the kind.
func TestEveryAcceptedKindDecrypts(t *testing.T) {
	unknownToGnuPG := map[string]bool{"modern-04-v4-algo27-25": true, "modern-14-v6-with-uid-generated": true}
	g := newGnuPG(t)
	signer := signerOf(t, generated(t, "Desk", "desk@police.example"))
	sealed, err := signer.Seal(letter(300), now)
	if err != nil {
		t.Fatal(err)
	}
	secrets, err := os.ReadDir("testdata/secret")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		name := strings.TrimSuffix(s.Name(), ".sec.asc")
		t.Run(name, func(t *testing.T) {
			p := published(t, name)
			a, err := sealed.For(p.key(t))
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := Open(a.bytes(), p.secret, nil, signer.PublicKey(), now); err != nil || !bytes.Equal(got, letter(300)) {
				t.Fatalf("equal %v, %v", bytes.Equal(got, letter(300)), err)
			}
			if unknownToGnuPG[name] {
				return
			}
			g.must(t, p.secret, "--import")
			if out, status, err := g.run(t, a.bytes(), "--decrypt"); !bytes.Equal(out, letter(300)) {
				t.Errorf("%v\n%s", err, status)
			}
		})
	}
}

// What For makes, as it is, and many times: the length of an RSA key packet varies.
func TestGnuPGReadsManySizes(t *testing.T) {
	g := newGnuPG(t)
	desk := generated(t, "Desk", "desk@police.example")
	signer := signerOf(t, desk)
	reader := generated(t, "Reader", "reader@police.example")
	g.must(t, desk.public, "--import")
	g.must(t, reader.secret, "--import")
	for _, size := range []int{0, 1, 2, 47, 48, 49, 190, 191, 192, 8383, 8384, 70000} {
		sealed, err := signer.Seal(letter(size), now)
		if err != nil {
			t.Fatal(err)
		}
		a, err := sealed.For(reader.key(t))
		if err != nil {
			t.Fatal(err)
		}
		if out := g.must(t, a.bytes(), "--decrypt"); !bytes.Equal(out, letter(size)) {
			t.Errorf("%d bytes came back as %d", size, len(out))
		}
	}
}

// The keys that are made here are ones that GnuPG can use, and the other way round.
func TestGnuPGSignsAndVerifies(t *testing.T) {
	g := newGnuPG(t)
	reviewer := generated(t, "Reviewer", "reviewer@police.example")
	g.must(t, reviewer.secret, "--import")
	statement := []byte("bulletin-approval-v1\nb234\n")
	sig := g.must(t, statement, "--armor", "--detach-sign")
	if _, err := VerifyDetached(reviewer.public, statement, sig, now); err != nil {
		t.Errorf("GnuPG's signature: %v", err)
	}
	if text := g.must(t, statement, "--armor", "--textmode", "--detach-sign"); text != nil {
		if _, err := VerifyDetached(reviewer.public, statement, text, now); err == nil {
			t.Error("a signature over text was taken")
		}
	}
	ours, err := SignDetached(reviewer.secret, nil, statement, now)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"s": statement, "s.asc": ours} {
		if err := os.WriteFile(filepath.Join(g.home, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g.must(t, nil, "--verify", filepath.Join(g.home, "s.asc"), filepath.Join(g.home, "s"))
}

// A certificate that its owner has dealt with in GnuPG is judged as GnuPG's user would expect.
func TestExamineAfterGnuPG(t *testing.T) {
	g := newGnuPG(t)
	p := generated(t, "Reader", "reader@police.example")
	g.must(t, p.secret, "--import")
	fpr := p.key(t).Fingerprint
	export := func() []byte { return g.must(t, nil, "--armor", "--export", fpr) }
	g.must(t, nil, "--passphrase", "", "--quick-set-expire", fpr, "2026-12-01")
	if f := Examine(export(), "reader@police.example", now); f.State != Warning {
		t.Errorf("end set to next week: %s %q", f.State, f.Reasons)
	}
	g.must(t, nil, "--passphrase", "", "--quick-add-uid", fpr, "Reader <new@police.example>")
	if f := Examine(export(), "new@police.example", now); f.Key == nil || strings.Contains(strings.Join(f.Reasons, ""), "does not name") {
		t.Errorf("new address: %s %q", f.State, f.Reasons)
	}
	first := p.key(t).EncryptionFingerprint()
	g.must(t, nil, "--passphrase", "", "--quick-add-key", fpr, "cv25519", "encr")
	if f := Examine(export(), "", now); f.Key == nil || f.Key.EncryptionFingerprint() == first {
		t.Errorf("new encryption subkey: %s %q, not chosen", f.State, f.Reasons)
	}
	revocation := strings.ReplaceAll(string(g.revocationOf(t, fpr)), ":-----BEGIN", "-----BEGIN")
	g.must(t, []byte(revocation), "--import")
	f := Examine(export(), "reader@police.example", now)
	if f.State != Unfit || !strings.Contains(strings.Join(f.Reasons, ";"), "was revoked on 2026-11-23") {
		t.Errorf("revoked: %s %q", f.State, f.Reasons)
	}
}

// revocationOf returns a revocation certificate for an imported key.
func (g gnupg) revocationOf(t *testing.T, fpr string) []byte {
	t.Helper()
	answers := []byte("y\n0\n\ny\n")
	return g.must(t, answers, "--no-batch", "--command-fd", "0", "--armor", "--gen-revoke", fpr)
}
