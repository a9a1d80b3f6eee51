package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/queue/natstest"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// deskKeyOf puts a key of the desk into a file of a working directory, and publishes what there is then.
func deskKeyOf(t *testing.T, dir, file string, lifetime time.Duration, passphrase string) (fingerprint string) {
	t.Helper()
	secret, public, err := seal.GenerateKey("Bulletin desk", "desk@bulletin.example", time.Now().Add(-time.Hour), lifetime)
	if err == nil && passphrase != "" {
		secret, err = seal.Protect(secret, []byte(passphrase))
	}
	if err == nil {
		err = configs.WriteFile(filepath.Join(dir, file), secret, 0o600)
	}
	if err == nil {
		fingerprint, err = seal.Fingerprint(public)
	}
	if err == nil {
		err = publishDeskKeys(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fingerprint
}

// TestDeskKeysAreUnlocked: by a file or a credential, one passphrase a line; what is missing or wrong is said with a hint,
// and no passphrase is.
func TestDeskKeysAreUnlocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	if err := initDir(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	present := deskKeyOf(t, dir, signingKeyFile, 0, "first phrase")
	deskKeyOf(t, dir, nextKeyFile, 0, "second phrase")
	for _, tt := range []struct {
		name, file, credential string // what they hold; - for no such file
		fault, hint            string
	}{
		{"both in a file", "first phrase\nsecond phrase\n", "-", "", ""},
		{"both in a credential", "", "second phrase\r\nfirst phrase", "", ""},
		{"the file comes first", "first phrase\nsecond phrase\n", "nonsense\n", "", ""},
		{"one is missing", "first phrase\n", "-", "desk-next.sec.asc: signing key: cannot be unlocked: the passphrase is missing or wrong", "one a line"},
		{"none", "", "-", "desk.sec.asc: signing key: cannot be unlocked: the passphrase is missing or wrong", "desk.passphrase_file"},
		{"wrong", "third phrase\n", "-", "desk.sec.asc: signing key: cannot be unlocked", "desk.passphrase_file"},
		{"no such file", "-", "-", "passphrase of the signing key", "credential desk.passphrase"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			credentials, config := t.TempDir(), configs.Desk{}
			t.Setenv("CREDENTIALS_DIRECTORY", credentials)
			if tt.credential != "-" {
				writeText(t, filepath.Join(credentials, passphraseCredential), tt.credential)
			}
			if tt.file != "" {
				config.PassphraseFile = filepath.Join(t.TempDir(), "phrase")
			}
			if tt.file != "" && tt.file != "-" {
				writeText(t, config.PassphraseFile, tt.file)
			}
			keys, err := openDeskKeys(dir, config, slog.New(slog.DiscardHandler))
			if tt.fault == "" {
				if err != nil {
					t.Fatal(err)
				}
				if signer, err := keys.At(time.Now()); err != nil || signer.Fingerprint() != present {
					t.Errorf("signs with %v, %v", signer, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.fault) || !strings.Contains(hintOf(err), tt.hint) {
				t.Fatalf("got %v (hint: %s)\nwant %s (hint: … %s …)", err, hintOf(err), tt.fault, tt.hint)
			}
			if strings.Contains(err.Error()+hintOf(err), "phrase\n") || strings.Contains(err.Error(), "third") {
				t.Errorf("a passphrase stands in %q", err)
			}
		})
	}
}

func writeText(t *testing.T, file, text string) {
	t.Helper()
	if err := configs.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDeskKeysAreFollowed: a next key counts as soon as it is there, a switch too; replies to each of them are opened; and
// a file that does not hold changes nothing.
func TestDeskKeysAreFollowed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	if err := initDir(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	first := deskKeyOf(t, dir, signingKeyFile, 20*24*time.Hour, "")
	var log lockedBuffer
	keys, err := openDeskKeys(dir, configs.Desk{}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	signs := func(want string) {
		t.Helper()
		keys.look()
		if signer, err := keys.At(time.Now()); err != nil || signer.Fingerprint() != want {
			t.Fatalf("signs with %v (%v), want %s\n%s", signer, err, want, log.String())
		}
	}
	opens := func(certificate string, want bool) {
		t.Helper()
		g := newGnuPG(t, []byte(certificate))
		if _, err := keys.Open([]byte(g.run(t, "hello", "--armor", "--recipient", "desk@bulletin.example", "--encrypt")), 1<<20); (err == nil) != want {
			t.Errorf("opens: %v, want %v", err, want)
		}
	}
	certificate := func() string { s, _ := keys.At(time.Now()); return s.PublicKey() }
	signs(first)
	firstCert := certificate()
	writeText(t, filepath.Join(dir, nextKeyFile), "no key")
	signs(first)
	if !strings.Contains(log.String(), "do not hold") {
		t.Errorf("nobody is told:\n%s", log.String())
	}
	second := deskKeyOf(t, dir, nextKeyFile, 400*24*time.Hour, "")
	signs(second) // the present one ends within the margin
	opens(firstCert, true)
	opens(certificate(), true)
	if err := switchSigningKey(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	signs(second)
	opens(firstCert, true) // a former one
	if err := os.Remove(filepath.Join(dir, formerKeysDir, first+".sec.asc")); err != nil {
		t.Fatal(err)
	}
	signs(second)
	opens(firstCert, false)
	if strings.Contains(log.String(), "PRIVATE") {
		t.Error("a key is in the log")
	}
}

// TestBulletinWaitsForASigningKey: the desk's key has ended. Nothing is sent and nothing parked, and the server says so;
// once there is a next key, everybody gets the bulletin, signed by it.
func TestBulletinWaitsForASigningKey(t *testing.T) {
	h := newHousehold(t)
	deskKeyOf(t, h.dir, signingKeyFile, time.Minute, "")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	_, stop := startServe(t, h.dir)
	id := h.submit(ctx, "---\ntitle: Waits\nkind: notice\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [GBR, NZL]\n---\n\nThe text of it.\n")
	approve(ctx, t, h.as("tom"), id)
	h.reaches(ctx, id, func(s desk.Status) bool {
		planned := 0
		for _, n := range s.Nations {
			planned += n.Planned
		}
		return planned == 4
	})
	endpoint := healthOf(t, h.dir)
	code, body := get(t, endpoint+"/readyz", "")
	if code != 503 || !strings.Contains(body, "signing key failed no signing key is in force") {
		t.Errorf("/readyz says %d\n%s", code, body)
	}
	if sent, _ := filepath.Glob(filepath.Join(h.dir, "outbox", "*.eml")); len(sent) > 0 {
		t.Fatalf("sent: %v", sent)
	}
	h.bulletin(exitDone, "signing-key", "next", "--days", "800")
	h.reaches(ctx, id, func(s desk.Status) bool { return s.State == "delivered" })
	if code, body := get(t, endpoint+"/readyz", ""); code != 200 {
		t.Errorf("/readyz says %d\n%s", code, body)
	}
	_, err := stop()
	h.must(err)
	v, err := verify(h.dir)
	if err != nil || v.Sent != 4 || v.Parked != 0 {
		t.Errorf("verify: %v\n%+v", err, v)
	}
	next, err := os.ReadFile(filepath.Join(h.dir, nextKeyFile))
	h.must(err)
	certificate, err := seal.PublicHalf(next)
	h.must(err)
	sent, _ := filepath.Glob(filepath.Join(h.dir, "outbox", "one@police.nzl*.eml"))
	data, err := os.ReadFile(sent[0])
	h.must(err)
	armored, err := armoredPart(data)
	h.must(err)
	if _, _, err := seal.Open(armored, h.secrets["one@police.nzl.example"], nil, string(certificate), time.Now()); err != nil {
		t.Errorf("it is not signed by the next key: %v", err)
	}
}

// A directory's name may hold what means something else in a pattern.
func TestFormerKeysAreFoundInAnyDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk [1]")
	want := filepath.Join(formerKeysDir, "0123.sec.asc")
	if err := configs.WriteFile(filepath.Join(dir, want), []byte("a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := formerKeyFiles(dir); len(got) != 1 || got[0] != want {
		t.Errorf("found %q", got)
	}
}

// TestRolesThatNeedNoSecretsReadNone: but for those that sign or open mail, no role wants the desk's keys or the relay's
// password, nor opens the files if they are there.
func TestRolesThatNeedNoSecretsReadNone(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	alone := wiring(t, dir)
	for _, file := range []string{signingKeyFile, messageIDKeyFile} {
		if err := os.Remove(filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	needs := map[queue.Role]bool{queue.RoleDeliver: true, queue.RoleNotify: true, queue.RoleReceive: true}
	for _, r := range queue.Roles() {
		s, err := alone(r)
		if needs[r] {
			if !errors.Is(err, fs.ErrNotExist) || hintOf(err) == "" {
				t.Errorf("%s without keys: %v", r, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", r, err)
			continue
		}
		if s.keys != nil || s.sender != nil {
			t.Errorf("%s has the desk's keys", r)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}

// TestNoticesOfTheirOwnKey: with it notify needs the desk's key no more, and signs with its own; bulletins stay with the
// desk's.
func TestNoticesOfTheirOwnKey(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	var out, errs strings.Builder
	if code := run([]string{"signing-key", "notices", "--dir", dir}, &out, &errs); code != exitDone {
		t.Fatal(errs.String())
	}
	config, err := configs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := os.ReadFile(filepath.Join(dir, noticesCertificateFile))
	if err != nil {
		t.Fatal(err)
	}
	own, err := seal.Fingerprint(certificate)
	if err != nil {
		t.Fatal(err)
	}
	config.Queue.URL = natstest.Start(t, natsConfig(t, dir)).URL()
	for _, roles := range [][]queue.Role{queue.Roles(), {queue.RoleNotify}} {
		s := &server{dir: dir, config: config, part: part{roles: roles, nations: pipeline.Nations()}, now: time.Now, log: slog.New(slog.DiscardHandler)}
		m, err := s.load()
		if err != nil {
			t.Fatalf("%v: %v", roles, err)
		}
		if signer, err := m.notices.Signer.At(time.Now()); err != nil || signer.Fingerprint() != own {
			t.Errorf("%v: notices are signed by %v, %v", roles, signer, err)
		}
		switch {
		case len(roles) == 1 && (m.keys != nil || !m.keys.ends(time.Now()).IsZero()):
			t.Error("notify has the desk's keys")
		case len(roles) > 1:
			if signer, err := m.post.Signer.At(time.Now()); err != nil || signer.Fingerprint() == own {
				t.Errorf("bulletins are signed by %v, %v", signer, err)
			}
			if err := os.Remove(filepath.Join(dir, signingKeyFile)); err != nil { // notify alone does without
				t.Fatal(err)
			}
		}
	}
}

// TestReceiveNeedsNoSigningSecret: replies are opened with a copy of the key that holds the secret of its encryption
// subkey alone, as `gpg --export-secret-subkeys` writes it.
func TestReceiveNeedsNoSigningSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	if err := initDir(dir, time.Now()); err != nil {
		t.Fatal(err)
	}
	secret, err := os.ReadFile(filepath.Join(dir, signingKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	g := newGnuPG(t, secret)
	writeText(t, filepath.Join(dir, signingKeyFile), g.run(t, "", "--armor", "--export-secret-subkeys"))
	keys, err := openDeskKeys(dir, configs.Desk{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	reply := g.run(t, "hello", "--armor", "--recipient", "desk@bulletin.example", "--encrypt")
	if opened, err := keys.Open([]byte(reply), 1<<20); err != nil || string(opened.Content) != "hello" {
		t.Errorf("%q, %v", opened.Content, err)
	}
	if _, err := keys.At(time.Now()); !errors.Is(err, seal.ErrNoSigner) {
		t.Errorf("it signs: %v", err)
	}
}
