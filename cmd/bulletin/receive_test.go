package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// gnupg is somebody's GnuPG, with a home of its own.
type gnupg struct{ home string }

func newGnuPG(t *testing.T, keys ...[]byte) gnupg {
	t.Helper()
	home, err := os.MkdirTemp("/tmp", "gh") // short: the agent's socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("gpgconf", "--homedir", home, "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("gpgconf: %v %s", err, out)
		}
		os.RemoveAll(home)
	})
	g := gnupg{home}
	for _, k := range keys {
		g.run(t, string(k), "--import")
	}
	return g
}

func (g gnupg) run(t *testing.T, in string, args ...string) string {
	t.Helper()
	c := exec.Command("gpg", append([]string{"--homedir", g.home, "--batch", "--quiet", "--trust-model", "always"}, args...)...)
	c.Stdin = strings.NewReader(in)
	var stderr bytes.Buffer
	c.Stderr = &stderr
	out, err := c.Output()
	if err != nil {
		t.Fatalf("gpg %v: %v\n%s", args, err, &stderr)
	}
	return string(out)
}

// listed puts a recipient on a list, and returns their secret key.
func listed(t *testing.T, dir string, n pipeline.Nation, address string) []byte {
	t.Helper()
	secret, public, err := seal.GenerateKey("Duty", address, time.Now().Add(-time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key.asc")
	if err := os.WriteFile(key, public, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := addRecipient(dir, pipeline.Recipient{Nation: n, Address: address, KeyFile: key, MaxTLP: "TLP:AMBER"}); err != nil {
		t.Fatal(err)
	}
	return secret
}

// TestReceiveFromGnuPG: recipients reply in each form that their programs write, by pipe and by hand, before and
// while the server runs, and stand on the board and in the record as having it.
func TestReceiveFromGnuPG(t *testing.T) {
	dir, sign, seeds := deskDir(t, 0)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	deskCert, err := os.ReadFile(filepath.Join(dir, deskKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	var people []gnupg
	for _, a := range []string{"clear@x.example", "mime@x.example", "sealed@x.example", "silent@x.example"} {
		people = append(people, newGnuPG(t, listed(t, dir, pipeline.NZL, a), deskCert))
	}
	listed(t, dir, pipeline.GBR, "abroad@x.example")
	url, stop := startServe(t, dir)
	client := func(name string) *desk.Client {
		connection, err := queue.Dial(url, name, []byte(seeds[name]))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(connection.Close)
		return &desk.Client{Connection: connection, Sign: sign[name]}
	}
	moana := client("moana")
	text := "---\ntitle: Report\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"
	submitted := eventually(t, func() (desk.Submitted, error) {
		return moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
	})
	id := submitted.Ref.ID
	approve(ctx, t, client("aroha"), id)
	approve(ctx, t, client("tom"), id)
	status := func(until func(desk.Status) bool) desk.Status {
		return eventually(t, func() (desk.Status, error) {
			s, err := moana.Ledger(ctx, id)
			if err == nil && !until(s) {
				err = os.ErrDeadlineExceeded
			}
			return s, err
		})
	}
	number := status(func(s desk.Status) bool { return s.State == "delivered" }).Number

	clear := people[0].run(t, "We have "+number+".\n", "--clearsign")
	if code := run([]string{"receive", "--dir", dir, writeTemp(t, "From: x@y.example\nSubject: SA26-001X\n\n"+clear)}, &bytes.Buffer{}, &bytes.Buffer{}); code != 0 {
		t.Fatalf("receive: exit %d", code)
	}
	entity := "Content-Type: text/plain; charset=utf-8\r\nSubject: Re: " + number + "\r\n\r\nThank you.\r\n"
	signature := people[1].run(t, entity, "--armor", "--detach-sign", "--textmode")
	drop(t, dir, "mime.eml", "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=x\n\n--x\n"+
		strings.ReplaceAll(entity, "\r", "")+"\n--x\nContent-Type: application/pgp-signature\n\n"+signature+"\n--x--\n")
	sealed := people[2].run(t, entity, "--armor", "--sign", "--encrypt", "-r", "desk@bulletin.example")
	drop(t, dir, "sealed.eml", "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=x\n\n--x\n"+
		"Content-Type: application/pgp-encrypted\n\nVersion: 1\n\n--x\nContent-Type: application/octet-stream\n\n"+sealed+"\n--x--\n")
	drop(t, dir, "unsigned.eml", "From: silent@x.example\nSubject: Re: "+number+"\n\nWe have "+number+".\n")

	s := status(func(s desk.Status) bool { return s.Nations[1].Acknowledged == 3 })
	for _, o := range s.Nations[1].Deliveries {
		if o.Acknowledged.IsZero() != (o.Address == "silent@x.example") {
			t.Errorf("%s has acknowledged at %v", o.Address, o.Acknowledged)
		}
	}
	if s.Nations[0].Nation != pipeline.GBR || s.Nations[0].Acknowledged != 0 {
		t.Errorf("GBR: %+v", s.Nations[0])
	}
	reason := eventually(t, func() ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, inboxDir, "refused/unsigned.eml.reason"))
	})
	if string(reason) != "it is not signed\n" {
		t.Errorf("the reason is %q", reason)
	}
	printed, err := stop()
	if err != nil || strings.Contains(printed, "x.example\"") {
		t.Fatalf("stopping: %v\n%s", err, printed)
	}
	if v, err := verify(dir); err != nil || len(v.Open) > 0 {
		t.Fatalf("verify: %v %+v", err, v)
	}
	record, err := os.ReadFile(filepath.Join(dir, recordFile))
	if err != nil || strings.Count(string(record), ".acknowledged.NZL.") != 3 {
		t.Errorf("the record has %d acknowledgements, %v", strings.Count(string(record), ".acknowledged.NZL."), err)
	}
	if out, err := json.Marshal(s.Nations[1].Deliveries[3]); err != nil || strings.Contains(string(out), "acknowledged") {
		t.Errorf("who has not acknowledged prints as %s, %v", out, err)
	}
}

func writeTemp(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mail")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// drop puts a file into the inbox, as a person with a memory stick does.
func drop(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, inboxDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, inboxDir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
