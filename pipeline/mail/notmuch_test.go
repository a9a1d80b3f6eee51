package mail

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mailReader is a person with GnuPG and notmuch, a mail reader that shows protected headers.
type mailReader struct {
	dir string
	env []string
}

// seen is what they see of one mail.
type seen struct {
	subject, outerSubject string
	decrypted             string   // notmuch's word: "full"
	signatures            []string // "good FINGERPRINT"
	text                  string
	pdf                   []byte
	files                 map[string][]byte // what else is attached, by name
}

// newMailReader makes a home with the given keys, the signer's trusted.
func newMailReader(t *testing.T, signer string, keys ...[]byte) *mailReader {
	t.Helper()
	for _, tool := range []string{"gpg", "gpgconf", "notmuch"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: make test installs it", tool)
		}
	}
	dir, err := os.MkdirTemp("", "mr") // short: the agent's socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	r := &mailReader{dir: dir, env: append(os.Environ(), "GNUPGHOME="+dir+"/gnupg", "NOTMUCH_CONFIG="+dir+"/config", "LC_ALL=C.UTF-8")}
	t.Cleanup(func() {
		r.run(t, nil, "gpgconf", "--kill", "all")
		os.RemoveAll(dir)
	})
	for _, d := range []string{"gnupg", "mail/cur", "mail/new", "mail/tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	config := fmt.Sprintf("[database]\npath=%s/mail\n[user]\nname=r\nprimary_email=r@example\n[new]\ntags=new\n[crypto]\ngpg_path=gpg\n", dir)
	if err := os.WriteFile(dir+"/config", []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		r.run(t, k, "gpg", "--batch", "--quiet", "--import")
	}
	r.run(t, []byte(signer+":6:\n"), "gpg", "--batch", "--quiet", "--import-ownertrust")
	return r
}

func (r *mailReader) run(t *testing.T, in []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env, cmd.Stdin = r.env, strings.NewReader(string(in))
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.String())
	}
	return out
}

// message and body are the parts of notmuch's JSON that matter here.
type message struct {
	Headers map[string]string `json:"headers"`
	Crypto  struct {
		Decrypted struct {
			Status string            `json:"status"`
			Mask   map[string]string `json:"header-mask"`
		} `json:"decrypted"`
		Signed struct {
			Status []struct{ Status, Fingerprint string } `json:"status"`
		} `json:"signed"`
	} `json:"crypto"`
	Body []body `json:"body"`
}

type body struct {
	ID      int             `json:"id"`
	Type    string          `json:"content-type"`
	Name    string          `json:"filename"`
	Content json.RawMessage `json:"content"`
}

// open reads one mail as a person would.
func (r *mailReader) open(t *testing.T, eml []byte) seen {
	t.Helper()
	if err := os.WriteFile(r.dir+"/mail/cur/1:2,S", eml, 0o600); err != nil {
		t.Fatal(err)
	}
	r.run(t, nil, "notmuch", "new", "--quiet")
	id := strings.TrimSpace(string(r.run(t, nil, "notmuch", "search", "--output=messages", "--limit=1", "*")))
	if id == "" {
		t.Fatal("notmuch does not take the mail for one")
	}
	var threads [][][]json.RawMessage
	var m message
	out := r.run(t, nil, "notmuch", "show", "--format=json", "--decrypt=true", "--verify", "--entire-thread=false", id)
	if err := json.Unmarshal(out, &threads); err != nil {
		t.Fatalf("notmuch's JSON: %v", err)
	}
	if err := json.Unmarshal(threads[0][0][0], &m); err != nil {
		t.Fatalf("notmuch's JSON: %v", err)
	}
	s := seen{subject: m.Headers["Subject"], outerSubject: m.Crypto.Decrypted.Mask["Subject"], decrypted: m.Crypto.Decrypted.Status}
	for _, sig := range m.Crypto.Signed.Status {
		s.signatures = append(s.signatures, sig.Status+" "+sig.Fingerprint)
	}
	s.files = map[string][]byte{}
	for _, b := range leaves(m.Body) {
		if b.Name != "" {
			s.files[b.Name] = r.run(t, nil, "notmuch", "show", "--format=raw", "--decrypt=true", fmt.Sprintf("--part=%d", b.ID), id)
		}
		switch b.Type {
		case "text/plain":
			if err := json.Unmarshal(b.Content, &s.text); err != nil {
				t.Fatal(err)
			}
		case "application/pdf":
			s.pdf = r.run(t, nil, "notmuch", "show", "--format=raw", "--decrypt=true", fmt.Sprintf("--part=%d", b.ID), id)
		}
	}
	return s
}

// leaves returns the parts that hold no parts.
func leaves(bodies []body) []body {
	var out []body
	for _, b := range bodies {
		var inner []body
		if json.Unmarshal(b.Content, &inner) == nil && len(inner) > 0 {
			out = append(out, leaves(inner)...)
		} else {
			out = append(out, b)
		}
	}
	return out
}
