package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/mail/relaytest"
	"bulletin/workers/desk"
)

// configure adds lines to the configuration of a directory that init made: a key that stands twice is refused, so the
// section's default is replaced.
func configure(t *testing.T, dir string, lines map[string]string) {
	t.Helper()
	file := filepath.Join(dir, "configs", "bulletin.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for was, is := range lines {
		if !strings.Contains(text, was) {
			t.Fatalf("the configuration has no %q", was)
		}
		text = strings.Replace(text, was, is, 1)
	}
	if err := configs.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestServeDeliversThroughPostfix: a bulletin reaches its recipients through a real relay with a private authority, by
// STARTTLS and with a password, and they open it with GnuPG; the record has the relay's answers. Signing key and
// password come as a service's credentials.
func TestServeDeliversThroughPostfix(t *testing.T) {
	p := relaytest.Start(t)
	h := newHousehold(t)
	for address := range h.secrets { // its own are on no relay
		h.bulletin(exitDone, "recipients", "remove", "--nation", strings.ToUpper(strings.Split(address, ".")[1]), "--address", address)
	}
	// Of each nation one who gets it; and one who does not exist, whom the relay refuses.
	for _, address := range []string{"duty@x.nzl." + relaytest.Domain, "duty@x.gbr." + relaytest.Domain, "reject@x.gbr." + relaytest.Domain} {
		h.recipient(address)
	}
	configure(t, h.dir, map[string]string{
		`  address: "" `: "  address: " + p.Addr(relaytest.Good) + " ", `  user: "" `: "  user: " + relaytest.User + " ",
		`  ca: "" `: "  ca: " + p.CA + " ", `  hello: "" `: "  hello: localhost ",
	})
	credentials := t.TempDir()
	h.must(os.WriteFile(filepath.Join(credentials, passphraseCredential), []byte("an open sesame\n"), 0o600))
	h.must(os.WriteFile(filepath.Join(credentials, relayPasswordCredential), []byte(relaytest.Password+"\n"), 0o600))
	h.bulletin(exitDone, "signing-key", "lock", "--passphrase-file", filepath.Join(credentials, passphraseCredential))
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)

	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	_, stop := startServe(t, h.dir)
	id := h.submit(ctx, "---\ntitle: Through a relay\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nThe text of it.\n")
	approve(ctx, t, h.as("aroha"), id)
	approve(ctx, t, h.as("tom"), id)
	h.reaches(ctx, id, func(s desk.Status) bool { return s.State == "delivered" })

	deskKey, err := os.ReadFile(filepath.Join(h.dir, deskKeyFile))
	h.must(err)
	seen := map[string]bool{}
	for _, m := range p.Wait(t, 2) {
		if seen[m.To] || strings.Contains(string(m.Bytes), "Through a relay") {
			t.Errorf("%s got it twice, or in clear", m.To)
		}
		seen[m.To] = true
		armored, err := armoredPart(m.Bytes)
		h.must(err)
		reader := newGnuPG(t, h.secrets[m.To], deskKey)
		if opened := reader.run(t, string(armored), "--decrypt"); !strings.Contains(opened, "Subject: [TLP:AMBER]") || !strings.Contains(opened, "The text of it.") {
			t.Errorf("%s opens\n%.500s", m.To, opened)
		}
	}
	if len(seen) != 2 || seen["reject@x.gbr."+relaytest.Domain] {
		t.Errorf("delivered to %v", seen)
	}
	if right, wrong := p.Logins(); right == 0 || wrong > 0 {
		t.Errorf("%d right and %d wrong logins", right, wrong)
	}
	printed, err := stop()
	h.must(err)
	for _, secret := range []string{relaytest.Password, "sesame", relaytest.Domain, "Through a relay"} {
		if strings.Contains(printed, secret) {
			t.Errorf("the log holds %q:\n%s", secret, printed)
		}
	}
	v, err := verify(h.dir)
	if err != nil || v.Sent != 2 || v.Parked != 1 || len(v.Open) > 0 {
		t.Errorf("verify: %v\n%+v", err, v)
	}
}

// TestDoctorSaysWhyARelayIsNotTrusted: what is wrong with the relay shows before a bulletin waits for it.
func TestDoctorSaysWhyARelayIsNotTrusted(t *testing.T) {
	p := relaytest.Start(t)
	for _, tt := range []struct {
		name, relay, want string
	}{
		{"as it should be", fmt.Sprintf("address: %s, ca: %s", p.Addr(relaytest.Good), p.CA), "ok    relay .* answers, with TLS"},
		{"no authority", fmt.Sprintf("address: %s, tls: always", p.Addr(relaytest.Good)), "fail  relay .*unknown authority"},
		{"expired", fmt.Sprintf("address: %s, ca: %s", p.Addr(relaytest.Expired), p.CA), "fail  relay .*expired"},
		{"no STARTTLS", fmt.Sprintf("address: %s, ca: %s", p.Addr(relaytest.Clear), p.CA), "fail  relay .*does not offer STARTTLS"},
		{"no such file", fmt.Sprintf("address: %s, ca: gone.pem", p.Addr(relaytest.Good)), "fail  relay .*gone.pem"},
		{"no certificate", fmt.Sprintf("address: %s, ca: configs/people.yaml", p.Addr(relaytest.Good)), "fail  relay .*holds no certificate in PEM"},
		{"the password is elsewhere", fmt.Sprintf("address: %s, ca: %s, user: desk", p.Addr(relaytest.Good), p.CA), "ok    relay .*its password is not here"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "desk")
			if err := initDir(dir, time.Now()); err != nil {
				t.Fatal(err)
			}
			text := "relay: {hello: localhost, " + tt.relay + "}\n"
			if err := configs.WriteFile(filepath.Join(dir, "configs/bulletin.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out, errs strings.Builder
			run([]string{"doctor", "--dir", dir}, &out, &errs)
			if !regexp.MustCompile(tt.want).MatchString(out.String()) {
				t.Errorf("want %s\n%s%s", tt.want, &out, &errs)
			}
		})
	}
}
