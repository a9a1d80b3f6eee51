package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// employ makes somebody of the desk's people, with an address, and returns their secret key.
func employ(t *testing.T, dir, name string, n pipeline.Nation, roles ...review.Role) []byte {
	t.Helper()
	secret, certificate, err := seal.GenerateKey(name, name+"@desk.example", time.Now().Add(-time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	_, public, err := queue.NewUserKey()
	if err != nil {
		t.Fatal(err)
	}
	p := review.Person{Name: name, Nation: n, Roles: roles, Address: name + "@desk.example", NKey: public, Certificate: string(certificate)}
	if err := configs.AddPerson(dir, p); err != nil {
		t.Fatal(err)
	}
	return secret
}

// outbox returns the mails to somebody, oldest first.
func outbox(t *testing.T, dir, address string) [][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "outbox", address+".*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out
}

// TestNoticesFromServer: reviewers of nations that may know are told of a bulletin by mail that they alone can read,
// others are not, an administrator is told of keys, and nobody is told twice over a restart.
func TestNoticesFromServer(t *testing.T) {
	dir, sign, seeds := deskDir(t, 1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	secret := map[string][]byte{
		"ruth":  employ(t, dir, "ruth", pipeline.GBR, review.Reviewer),
		"luc":   employ(t, dir, "luc", pipeline.CAN, review.Reviewer, review.Admin),
		"admin": employ(t, dir, "admin", pipeline.NZL, review.Admin),
	}
	short, public, err := seal.GenerateKey("Short", "short@x.example", time.Now().Add(-time.Minute), 5*24*time.Hour)
	if err != nil || len(short) == 0 {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "short.asc")
	if err := os.WriteFile(key, public, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := addRecipient(dir, pipeline.Recipient{Nation: pipeline.NZL, Address: "short@x.example", KeyFile: key, MaxTLP: "TLP:GREEN"}); err != nil {
		t.Fatal(err)
	}
	deskCert, err := os.ReadFile(filepath.Join(dir, deskKeyFile))
	if err != nil {
		t.Fatal(err)
	}

	url, stop := startServe(t, dir)
	connection, err := queue.Dial(url, "moana", []byte(seeds["moana"]))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	moana := &desk.Client{Connection: connection, Sign: sign["moana"]}
	text := "---\ntitle: Secret title\nkind: flash\nprecedence: flash\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"
	submitted := eventually(t, func() (desk.Submitted, error) {
		return moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
	})
	read := func(name string) string {
		mail := eventually(t, func() ([]byte, error) {
			if mails := outbox(t, dir, name+"@desk.example"); len(mails) == 1 {
				return mails[0], nil
			}
			return nil, fmt.Errorf("no mail to %s", name)
		})
		for _, word := range []string{"Secret title", string(submitted.Ref.ID), "flash", "review", "short@"} {
			if bytes.Contains(mail, []byte(word)) {
				t.Errorf("the mail to %s holds %q in the clear:\n%.700s", name, word, mail)
			}
		}
		armored := mail[bytes.Index(mail, []byte("-----BEGIN PGP")):]
		opened := newGnuPG(t, secret[name], deskCert).run(t, string(armored), "--decrypt")
		if strings.Contains(opened, "Secret title") || strings.Contains(opened, "AMBER") {
			t.Errorf("the notice holds content:\n%s", opened)
		}
		return opened
	}
	if opened := read("ruth"); !strings.Contains(opened, "Subject: FLASH: a bulletin waits for your review") || !strings.Contains(opened, string(submitted.Ref.ID)) {
		t.Errorf("ruth reads\n%s", opened)
	}
	if opened := read("admin"); !strings.Contains(opened, "Subject: Keys of NZL are about to expire") || !strings.Contains(opened, "short@x.example") {
		t.Errorf("the administrator reads\n%s", opened)
	}
	if printed, err := stop(); err != nil || strings.Contains(printed, "@desk.example") {
		t.Fatalf("stopping: %v\n%s", err, printed)
	}

	before := outbox(t, dir, "ruth@desk.example")
	url, stop = startServe(t, dir)
	again, err := queue.Dial(url, "moana", []byte(seeds["moana"]))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	moana = &desk.Client{Connection: again, Sign: sign["moana"]}
	second := eventually(t, func() (desk.Submitted, error) {
		return moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
	})
	eventually(t, func() (int, error) { // the second bulletin's notice is behind whatever the first would repeat
		mails := outbox(t, dir, "ruth@desk.example")
		if len(mails) < 2 {
			return 0, os.ErrNotExist
		}
		return len(mails), nil
	})
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	after := outbox(t, dir, "ruth@desk.example")
	if len(after) != 2 || !bytes.Equal(after[0], before[0]) && !bytes.Equal(after[1], before[0]) {
		t.Errorf("ruth has %d mails, or the first was sent again", len(after))
	}
	if mails := outbox(t, dir, "luc@desk.example"); len(mails) != 0 {
		t.Errorf("CAN may not know of it, and was sent %d mails", len(mails))
	}
	record, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil || !strings.Contains(string(record), fmt.Sprintf(`"subject":"notice.%s.waiting.ruth"`, second.Ref)) || !strings.Contains(string(record), `"subject":"notice.keys-`) {
		t.Errorf("the notices are not on record: %v", err)
	}
	if _, err := verify(dir); err != nil {
		t.Errorf("verify: %v", err)
	}
}
