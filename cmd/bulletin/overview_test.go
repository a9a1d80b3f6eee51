package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// period is a desk that has released bulletins of different audiences.
type period struct {
	t      *testing.T
	ctx    context.Context
	dir    string
	secret []byte // of one recipient in NZL
	sign   map[string]func([]byte) ([]byte, error)
	desk   map[string]*desk.Client
	stop   func() (string, error)
}

const keptAddress = "kept@police.nzl.example"

func newPeriod(t *testing.T) *period {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	p := &period{t: t, ctx: ctx, desk: map[string]*desk.Client{}}
	var seeds map[string]string
	p.dir, p.sign, seeds = deskDir(t, 1)
	secret, public, err := seal.GenerateKey("Kept", keptAddress, time.Now().Add(-time.Minute), 0)
	p.must(err)
	p.secret = secret
	key := filepath.Join(t.TempDir(), "kept.asc")
	p.must(os.WriteFile(key, public, 0o600))
	_, err = addRecipient(p.dir, pipeline.Recipient{Nation: pipeline.NZL, Address: keptAddress, KeyFile: key, MaxTLP: "TLP:AMBER"})
	p.must(err)
	p.addReviewer("hone", seeds) // what goes to NZL alone needs two of theirs
	var url string
	url, p.stop = startServe(t, p.dir)
	for name, seed := range seeds {
		connection, err := queue.Dial(url, name, []byte(seed))
		p.must(err)
		t.Cleanup(connection.Close)
		p.desk[name] = &desk.Client{Connection: connection, Sign: p.sign[name]}
		p.must(os.MkdirAll(filepath.Join(p.dir, "people"), 0o700))
		p.must(os.WriteFile(filepath.Join(p.dir, "people", name+".creds"), queue.EncodeCreds(name, seed), 0o600))
	}
	return p
}

func (p *period) addReviewer(name string, seeds map[string]string) {
	seed, public, err := queue.NewUserKey()
	p.must(err)
	secret, certificate, err := seal.GenerateKey(name, name+"@bulletin.example", time.Now().Add(-time.Minute), 0)
	p.must(err)
	p.must(configs.AddPerson(p.dir, review.Person{Name: name, Nation: pipeline.NZL, Roles: []review.Role{review.Reviewer}, NKey: public, Certificate: string(certificate)}))
	seeds[name] = seed
	p.sign[name] = func(b []byte) ([]byte, error) { return seal.SignDetached(secret, nil, b, time.Now()) }
}

func (p *period) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// release hands a draft in as moana, has everybody who may approve it, and waits until it is delivered.
func (p *period) release(src draft.Source, reviewers ...string) pipeline.ID {
	p.t.Helper()
	submitted := eventually(p.t, func() (desk.Submitted, error) { return p.desk["moana"].Submit(p.ctx, "", src) })
	for _, r := range reviewers {
		approve(p.ctx, p.t, p.desk[r], submitted.Ref.ID)
	}
	eventually(p.t, func() (desk.Status, error) {
		s, err := p.desk["moana"].Status(p.ctx, submitted.Ref.ID)
		if err == nil && s.State != "delivered" {

			err = fmt.Errorf("%+v", s)
		}
		return s, err
	})
	return submitted.Ref.ID
}

// run is a verb as moana, or as whom args say.
func (p *period) run(args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return out.String(), errs.String(), code
}

func (p *period) number(id pipeline.ID) string {
	s, err := p.desk["moana"].Status(p.ctx, id)
	p.must(err)
	return s.Number
}

// editionFor is a bulletin as one person's nation reads it.
func (p *period) editionFor(person string, id pipeline.ID) (edition.Edition, string) {
	p.t.Helper()
	shown, err := p.desk[person].Show(p.ctx, id)
	p.must(err)
	e, err := edition.Parse(shown.Edition)
	p.must(err)
	return e, strings.Join(strings.Fields(edition.Text(e)), " ")
}

// TestOverviewOfReleasedBulletins releases bulletins of different audiences, compiles the overview with the verb, sends it
// through the same review, and looks at what each nation gets.
func TestOverviewOfReleasedBulletins(t *testing.T) {
	p := newPeriod(t)
	both := p.number(p.release(oneFile("---\ntitle: For both\nkind: notice\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [GBR, NZL]\nattack: [T1566, \"(TLP:GREEN//REL TO NZL) T1048\"]\n---\n"+
		"## Summary\n\n(TLP:GREEN) Both read this [1].\n\n(TLP:GREEN//REL TO NZL) Only the first reads this.\n\n## Details\n\nNot in the overview.\n"), "aroha"))
	alone := p.number(p.release(oneFile("---\ntitle: For one\nkind: flash\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [NZL]\nattack: [T1566]\n---\nA secret trend.\n"), "aroha"))

	file := filepath.Join(t.TempDir(), "overview.md")
	today := time.Now().UTC()
	args := []string{"overview", "--dir", p.dir, "--as", "moana", "--from", today.AddDate(0, 0, -1).Format(time.DateOnly), "--to", today.AddDate(0, 0, 1).Format(time.DateOnly), "-o", file}
	if _, stderr, code := p.run(args...); code != 0 || !strings.Contains(stderr, "2 bulletin(s) in "+file) {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if _, stderr, code := p.run(args...); code != 1 || !strings.Contains(stderr, "is there already") {
		t.Errorf("written over: exit %d: %s", code, stderr)
	}
	if _, stderr, code := p.run("check", file); code != 0 || !strings.Contains(stderr, "nobody has written this yet: what the unit does about these trends") {
		t.Errorf("check: exit %d: %s", code, stderr)
	}
	src, err := draft.Load(file)
	p.must(err)
	text := strings.Replace(string(src.Files["overview.md"]), "[AUS, CAN, GBR, NZL, USA]", "[GBR, NZL]", 1)
	id := p.release(oneFile(text), "aroha", "tom", "hone")

	e, whole := p.editionFor("aroha", id)
	for _, want := range []string{"For law enforcement only.", both, alone, "Both read this", "Only the first reads this", "A secret trend", "For one", "T1048"} {
		if !strings.Contains(whole, want) {
			t.Errorf("NZL does not read %q:\n%s", want, whole)
		}
	}
	if e.Kind != "overview" || strings.Contains(whole, "Not in the overview") {
		t.Errorf("kind %s:\n%s", e.Kind, whole)
	}
	_, whole = p.editionFor("tom", id)
	for _, not := range []string{alone, "Only the first", "secret trend", "For one", "T1048", "flash"} {
		if strings.Contains(whole, not) {
			t.Errorf("GBR reads %q:\n%s", not, whole)
		}
	}
	if !strings.Contains(whole, "Both read this") || !strings.Contains(whole, both) || !strings.Contains(whole, "For law enforcement only.") {
		t.Errorf("GBR lacks something:\n%s", whole)
	}
	if _, err := p.stop(); err != nil {
		t.Fatal(err)
	}
	if v, err := verify(p.dir); err != nil || v.Parked != 0 {
		t.Fatalf("verify: %v\n%+v", err, v)
	}
}

func oneFile(text string) draft.Source {
	return draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}
}

func TestOverviewRefuses(t *testing.T) {
	p := newPeriod(t)
	eventually(t, func() ([]desk.Waiting, error) { return p.desk["moana"].Queue(p.ctx) })
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"--as moana --from 2026-07-01", 2, "--from and --to are needed"},
		{"--as moana --from 2026-07-01 --to 2026-06-30", 1, "the period ends on 2026-06-30, before it begins on 2026-07-01"},
		{"--as moana --from 2026-13-01 --to 2026-12-31", 1, `"2026-13-01" is not a date`},
		{"--as moana --from 2001-01-01 --to 2001-12-31", 1, "no bulletin that you may have was released from 2001-01-01 to 2001-12-31"},
		{"--as moana --from 2026-07-01 --to 2026-12-31 --scheme usa", 1, "scheme usa belongs to USA, and you are of NZL"},
		{"--as moana --from 2026-07-01 --to 2026-12-31 --scheme tpl", 1, `unknown scheme "tpl"`},
		{"--as tom --from 2026-07-01 --to 2026-12-31", 1, "tom is not an author"},
	} {
		args := append([]string{"overview", "--dir", p.dir}, strings.Fields(c.args)...)
		if stdout, stderr, code := p.run(args...); code != c.code || !strings.Contains(stderr, c.says) || stdout != "" {
			t.Errorf("%s: exit %d: %s%s", c.args, code, stdout, stderr)
		}
	}
}

// TestAttachmentsArriveWhole sends files out, to one nation and to both, and compares what a recipient finds in the mail with
// what was handed in; a reviewer could open them before.
func TestAttachmentsArriveWhole(t *testing.T) {
	p := newPeriod(t)
	large := bytes.Repeat([]byte("0123456789abcdef\x00\xff"), 100_000) // several parts on the way to the desk and back
	src := oneFile("---\ntitle: With files\nkind: notice\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [GBR, NZL]\nattachments:\n" +
		"  - {file: \"(TLP:GREEN//REL TO NZL) samples.zip\", about: Samples}\n  - figures.csv\n---\nText.\n")
	src.Files["samples.zip"], src.Files["figures.csv"] = large, []byte("month,cases\r\n1,2\r\n")
	incomplete := draft.Source{Name: src.Name, Files: map[string][]byte{"draft.md": src.Files["draft.md"], "figures.csv": src.Files["figures.csv"]}}
	eventually(t, func() ([]desk.Waiting, error) { return p.desk["moana"].Queue(p.ctx) })
	if _, err := p.desk["moana"].Submit(p.ctx, "", incomplete); err == nil || !strings.Contains(err.Error(), "the attachment samples.zip is missing") {
		t.Errorf("handed in without a file: %v", err)
	}
	submitted, err := p.desk["moana"].Submit(p.ctx, "", src)
	p.must(err)
	id := submitted.Ref.ID

	dir := t.TempDir()
	if out, stderr, code := p.run("attachments", string(id), "--dir", p.dir, "--as", "aroha", "-o", dir); code != 0 || !strings.Contains(out, "samples.zip  1,800,000 bytes") {
		t.Fatalf("exit %d: %s%s", code, out, stderr)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "samples.zip")); err != nil || !bytes.Equal(got, large) {
		t.Errorf("the reviewer gets %d bytes, %v", len(got), err)
	}
	out, stderr, code := p.run("attachments", string(id), "--dir", p.dir, "--as", "tom", "--json")
	var theirs []edition.Attachment
	if err := json.Unmarshal([]byte(out), &theirs); err != nil || code != 0 || len(theirs) != 1 || theirs[0].Name != "figures.csv" {
		t.Errorf("exit %d: %s%s", code, out, stderr)
	}
	if _, err := p.desk["tom"].Attachment(p.ctx, id, edition.Attachment{Digest: pipeline.DigestOf(large), Size: int64(len(large))}); err == nil {
		t.Error("another nation's attachment was given away")
	}

	approve(p.ctx, t, p.desk["aroha"], id)
	eventually(t, func() (desk.Status, error) {
		s, err := p.desk["moana"].Status(p.ctx, id)
		if err == nil && s.State != "delivered" {
			err = os.ErrDeadlineExceeded
		}
		return s, err
	})
	p.checkMails(map[string][]byte{"samples.zip": large, "figures.csv": src.Files["figures.csv"]})
	if _, err := p.stop(); err != nil {
		t.Fatal(err)
	}
	if v, err := verify(p.dir); err != nil || v.Parked != 0 {
		t.Fatalf("verify: %v\n%+v", err, v)
	}
}

// checkMails opens the mail to the recipient whose key is kept.
func (p *period) checkMails(want map[string][]byte) {
	p.t.Helper()
	signer, err := os.ReadFile(filepath.Join(p.dir, deskKeyFile))
	p.must(err)
	mails, err := filepath.Glob(filepath.Join(p.dir, "outbox", "*.eml"))
	p.must(err)
	opened := 0
	for _, m := range mails {
		eml, err := os.ReadFile(m)
		p.must(err)
		if strings.Contains(string(eml), "samples") {
			p.t.Errorf("%s: a name is in the clear", m)
		}
		const begin, end = "-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----"
		from, to := bytes.Index(eml, []byte(begin)), bytes.Index(eml, []byte(end))
		inner, _, err := seal.Open(eml[from:to+len(end)], p.secret, nil, string(signer), time.Now())
		if err != nil {
			continue // to somebody else
		}
		opened++
		got := attachmentsOf(p.t, inner)
		for name, data := range want {
			if !bytes.Equal(got[name], data) {
				p.t.Errorf("%s arrived with %d bytes, want %d", name, len(got[name]), len(data))
			}
		}
	}
	if opened != 1 {
		p.t.Errorf("%d mails of %d are for %s", opened, len(mails), keptAddress)
	}
}

// attachmentsOf reads the named parts of an inner message.
func attachmentsOf(t *testing.T, inner []byte) map[string][]byte {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(inner))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for r := multipart.NewReader(m.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if name := part.FileName(); name != "" {
			if out[name], err = io.ReadAll(base64.NewDecoder(base64.StdEncoding, part)); err != nil {
				t.Fatal(err)
			}
		}
	}
}
