package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// household is a working directory whose people have their credentials and keys in it, and whose recipients can open
// what they are sent.
type household struct {
	t       *testing.T
	dir     string
	secrets map[string][]byte // by address
	sign    map[string]func([]byte) ([]byte, error)
}

// newHousehold has two recipients each in NZL and GBR beside the people of deskDir.
func newHousehold(t *testing.T) *household {
	dir, sign, seeds := deskDir(t, 0)
	h := &household{t: t, dir: dir, secrets: map[string][]byte{}, sign: sign}
	for name, seed := range seeds {
		h.must(configs.WriteFile(filepath.Join(dir, "people", name+".creds"), queue.EncodeCreds(name, seed), 0o600))
	}
	for _, address := range []string{"one@police.nzl.example", "two@police.nzl.example", "one@police.gbr.example", "two@police.gbr.example"} {
		h.recipient(address)
	}
	return h
}

func (h *household) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *household) recipient(address string) {
	h.t.Helper()
	h.recipientUpTo(address, "TLP:AMBER")
}

func (h *household) recipientUpTo(address, tlp string) {
	h.t.Helper()
	secret, public, err := seal.GenerateKey("Duty", address, time.Now().Add(-time.Minute), 0)
	h.must(err)
	h.secrets[address] = secret
	key := filepath.Join(h.t.TempDir(), "duty.asc")
	h.must(os.WriteFile(key, public, 0o600))
	n := pipeline.Nation(strings.ToUpper(strings.Split(address, ".")[1]))
	_, err = addRecipient(h.dir, pipeline.Recipient{Nation: n, Address: address, KeyFile: key, MaxTLP: tlp})
	h.must(err)
}

// leaves takes the recipient out of the list, as their nation would.
func (h *household) leaves(address string) {
	h.t.Helper()
	file := filepath.Join(h.dir, "configs", "recipients", strings.ToUpper(strings.Split(address, ".")[1])+".yaml")
	data, err := os.ReadFile(file)
	h.must(err)
	var out []string
	gone := false
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(strings.TrimSpace(line), "- ") {
			gone = strings.Contains(line, address)
		}
		if !gone {
			out = append(out, line)
		}
	}
	h.must(configs.WriteFile(file, []byte(strings.Join(out, "")), 0o600))
}

// bulletin runs a verb as one of the people, and wants that exit code.
func (h *household) bulletin(want int, args ...string) (stdout, stderr string) {
	h.t.Helper()
	var out, errs bytes.Buffer
	if got := run(append(args, "--dir", h.dir), &out, &errs); got != want {
		h.t.Fatalf("bulletin %v: exit %d, want %d\n%s%s", args, got, want, &out, &errs)
	}
	return out.String(), errs.String()
}

func (h *household) as(name string) *desk.Client {
	h.t.Helper()
	var flags = deskFlags{dir: h.dir, as: name}
	s, err := flags.open()
	h.must(err)
	h.t.Cleanup(s.close)
	s.Sign = h.sign[name]
	return s.Client
}

func (h *household) reaches(ctx context.Context, id pipeline.ID, want func(desk.Status) bool) desk.Status {
	h.t.Helper()
	moana := h.as("moana")
	return eventually(h.t, func() (desk.Status, error) {
		s, err := moana.Status(ctx, id)
		if err == nil && !want(s) {
			err = fmt.Errorf("%s: %+v", s.State, s)
		}
		return s, err
	})
}

// letter is one mail as its recipient reads it.
type letter struct {
	file, subject, messageID, text, stix, csv string
}

// letters opens everything in the outbox that somebody can open.
func (h *household) letters(address string) []letter {
	h.t.Helper()
	files, err := filepath.Glob(filepath.Join(h.dir, "outbox", "*.eml"))
	h.must(err)
	deskKey, err := os.ReadFile(filepath.Join(h.dir, deskKeyFile))
	h.must(err)
	var out []letter
	for _, file := range files {
		sent, err := os.ReadFile(file)
		h.must(err)
		armored, err := armoredPart(sent)
		h.must(err)
		inner, _, err := seal.Open(armored, h.secrets[address], nil, string(deskKey), time.Now())
		if err != nil {
			continue // somebody else's
		}
		out = append(out, readLetter(h.t, file, inner))
	}
	return out
}

func readLetter(t testing.TB, file string, inner []byte) letter {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(inner))
	if err != nil {
		t.Fatal(err)
	}
	l := letter{file: file, messageID: m.Header.Get("Message-ID")}
	if l.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		t.Fatal(err)
	}
	err = walkParts(m.Header.Get("Content-Type"), m.Body, func(p *multipart.Part, body []byte) {
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if p.Header.Get("Content-Transfer-Encoding") == "base64" {
			decoded, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(body), "\r\n", ""))
			if err != nil {
				t.Fatal(err)
			}
			body = decoded
		}
		switch kind {
		case "text/plain":
			if p.FileName() == "" { // not an attached file
				l.text = string(body)
			}
		case "application/stix+json":
			l.stix = string(body)
		case "text/csv":
			l.csv = string(body)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (h *household) submit(ctx context.Context, text string) pipeline.ID {
	h.t.Helper()
	moana := h.as("moana")
	submitted := eventually(h.t, func() (desk.Submitted, error) { return moana.Submit(ctx, "", h.source(text)) })
	return submitted.Ref.ID
}

func (h *household) source(text string) draft.Source {
	return draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text), "indicators.csv": []byte("type,value,first_seen,last_seen,confidence,note\ndomain,bad.example,,,high,\n")}}
}

func (h *household) approves(ctx context.Context, id pipeline.ID) {
	h.t.Helper()
	approve(ctx, h.t, h.as("aroha"), id)
	approve(ctx, h.t, h.as("tom"), id)
}

const lifeDraft = `---
title: Peer-to-peer clients expose case files
kind: bulletin
scheme: tlp
tlp: TLP:AMBER
releasable_to: [GBR, NZL]
attack: [T1048]
indicators: indicators.csv
---

The first text.
`

func subjects(letters []letter) []string {
	var out []string
	for _, l := range letters {
		out = append(out, l.subject)
	}
	slices.Sort(out)
	return out
}

// TestLifeAfterRelease takes a bulletin through a running server from its embargo to its withdrawal, by the verbs, and
// reads what each recipient was sent.
func TestLifeAfterRelease(t *testing.T) {
	h := newHousehold(t)
	_, stop := startServe(t, h.dir)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()

	// Released when the time has come though the server was started anew. (What is held back shows in the script.)
	embargo := time.Now().Add(3 * time.Second).UTC()
	text := strings.Replace(lifeDraft, "tlp: TLP", "embargo: "+embargo.Format(time.RFC3339Nano)+"\ntlp: TLP", 1)
	id := h.submit(ctx, text)
	h.approves(ctx, id)
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	_, stop = startServe(t, h.dir)
	// Once the desk answers: who waits is patient with one that was there, not with one that never was.
	h.reaches(ctx, id, func(desk.Status) bool { return true })
	h.bulletin(0, "status", string(id), "--as", "moana", "--wait", "--timeout", "1m")
	s := h.reaches(ctx, id, func(s desk.Status) bool { return s.State == "delivered" })
	if letters := h.letters("one@police.nzl.example"); len(letters) != 1 || !strings.Contains(letters[0].text, "Embargo:    ended") {
		t.Fatalf("letters: %v", letters)
	}
	var numbered pipeline.NumberedBody
	for _, f := range h.record(pipeline.Numbered) {
		h.must(f.Decode(&numbered))
	}
	if numbered.Released.Before(embargo) || s.Number != numbered.Number {
		t.Errorf("released %s, the embargo ended %s", numbered.Released, embargo)
	}

	// One recipient has it sent again; nobody of another nation can.
	h.bulletin(0, "resend", string(id), "--recipient", "two@police.nzl.example", "--as", "moana")
	if _, errs := h.bulletin(1, "resend", string(id), "--recipient", "one@police.gbr.example", "--as", "moana"); !strings.Contains(errs, "not on the list of NZL") {
		t.Errorf("resend to another nation's says\n%s", errs)
	}
	h.recipientUpTo("low@police.nzl.example", "TLP:GREEN")
	h.bulletin(0, "resend", string(id), "--recipient", "low@police.nzl.example", "--as", "moana") // recorded, and refused by their limit
	h.reaches(ctx, id, func(s desk.Status) bool { return len(s.Parked) == 1 })
	shown, _ := h.bulletin(0, "status", string(id), "--recipients", "--as", "moana")
	if !strings.Contains(shown, "two@police.nzl.example, 2 attempt(s)") || strings.Contains(shown, "gbr.example") || len(h.letters("two@police.nzl.example")) != 1 {
		t.Errorf("sent again: %v\n%s", subjects(h.letters("two@police.nzl.example")), shown)
	}
	for who, want := range map[string]string{"moana": "may have TLP:GREEN at most", "tom": "2: NZL can see why"} {
		if parked, _ := h.bulletin(0, "parked", "--as", who); !strings.Contains(parked, want) || strings.Contains(parked, "one@police") {
			t.Errorf("parked says to %s\n%s", who, parked)
		}
	}
	h.bulletin(1, "retry", string(id), "--recipient", "one@police.nzl.example", "--as", "moana")

	// A correction goes to everyone who got it, and to one who has come to the list since.
	h.recipient("new@police.gbr.example")
	h.leaves("two@police.gbr.example")
	corrected := strings.Replace(lifeDraft, "The first text.", "The corrected text.", 1)
	file := filepath.Join(t.TempDir(), "draft.md")
	h.must(os.WriteFile(filepath.Join(filepath.Dir(file), "indicators.csv"), h.source("").Files["indicators.csv"], 0o600))
	h.must(os.WriteFile(file, []byte(corrected), 0o600))
	_, errs := h.bulletin(1, "correct", string(id), file, "--as", "moana")
	if !strings.Contains(errs, "does not say what it corrects") || !strings.Contains(errs, "correction:") {
		t.Errorf("correct says\n%s", errs)
	}
	h.must(os.WriteFile(file, []byte(strings.Replace(corrected, "tlp: TLP", "correction: The text was wrong\ntlp: TLP", 1)), 0o600))
	out, _ := h.bulletin(0, "correct", string(id), file, "--as", "moana")
	if strings.TrimSpace(out) != string(id) {
		t.Errorf("correct prints %q", out)
	}
	h.reaches(ctx, id, func(s desk.Status) bool {
		return s.State == "correcting" && s.Review == "in review" && s.Version == "1.0"
	})
	h.approves(ctx, id)
	h.reaches(ctx, id, func(s desk.Status) bool { return s.State == "delivered" && s.Version == "2.0" })
	for address, want := range map[string]int{
		"one@police.nzl.example": 2, "two@police.nzl.example": 2, "one@police.gbr.example": 2,
		"new@police.gbr.example": 1, "two@police.gbr.example": 1, // has left
	} {
		letters := h.letters(address)
		if len(letters) != want {
			t.Errorf("%s has %v, want %d mails", address, subjects(letters), want)
		}
		for _, l := range letters {
			if is := strings.Contains(l.subject, "CORRECTION "+numbered.Number); is != strings.Contains(l.text, "The corrected text.") || is != strings.Contains(l.text, "2.0, ") || is != strings.Contains(l.text, "content: The text was wrong") {
				t.Errorf("%s: %s\n%s", address, l.subject, l.text)
			}
		}
	}

	// Two people withdraw it; everyone who got any of it is told, whoever has left the list too.
	h.leaves("one@police.nzl.example")
	h.bulletin(1, "withdraw", string(id), "--as", "tom")
	h.bulletin(0, "withdraw", string(id), "-m", "A court's domain is\namong the indicators", "--as", "aroha", "--key", h.key("aroha"))
	h.bulletin(1, "withdraw", string(id), "--confirm", "--as", "aroha", "--key", h.key("aroha")) // by themselves
	shown, _ = h.bulletin(0, "withdraw", string(id), "--as", "tom")
	if !strings.Contains(shown, "A court's domain") || !strings.Contains(shown, "aroha (NZL)") {
		t.Errorf("the demand reads\n%s", shown)
	}
	_, errs = h.bulletin(0, "withdraw", string(id), "--confirm", "--as", "tom", "--key", h.key("tom"))
	if !strings.Contains(errs, "goes to everyone who got") {
		t.Errorf("withdraw does not say where the reason goes:\n%s", errs)
	}
	h.reaches(ctx, id, func(s desk.Status) bool { return s.State == "withdrawn" && s.Recall == "delivered" })
	for _, address := range []string{"one@police.nzl.example", "two@police.nzl.example", "one@police.gbr.example", "new@police.gbr.example", "two@police.gbr.example"} {
		var told []letter
		for _, l := range h.letters(address) {
			if strings.Contains(l.subject, "WITHDRAWN "+numbered.Number) {
				told = append(told, l)
			}
		}
		if len(told) != 1 {
			t.Errorf("%s was told %d times", address, len(told))
			continue
		}
		l := told[0]
		if !strings.Contains(l.text, "Delete every copy") || !strings.Contains(l.text, "A court's domain") || strings.Contains(l.text, "corrected text") || strings.Contains(l.text, "bad[.]example") || strings.Contains(l.csv, "bad.example") {
			t.Errorf("%s is told\n%s\n%s", address, l.text, l.csv)
		}
		if revoked := strings.Count(l.stix, `"revoked": true`); revoked < 3 || strings.Count(l.stix, `"type": "indicator"`) == 0 {
			t.Errorf("%s: %d objects are revoked\n%s", address, revoked, l.stix)
		}
	}
	_, errs = h.bulletin(1, "correct", string(id), file, "--as", "moana")
	if !strings.Contains(errs, "withdrawn") {
		t.Errorf("correct says\n%s", errs)
	}
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	v, err := verify(h.dir)
	if err != nil || v.Corrected != 1 || v.Withdrawn != 1 || v.Released != 1 || len(v.Open) != 1 { // the resend that was refused
		t.Errorf("verify: %v\n%+v", err, v)
	}
}

// key writes the person's signing key where a verb can read it.
func (h *household) key(name string) string {
	return filepath.Join(h.dir, "people", name+".sec.asc")
}

// record returns the facts of one name that the server has recorded so far.
func (h *household) record(name pipeline.Name) []pipeline.Fact {
	h.t.Helper()
	data, err := os.ReadFile(filepath.Join(h.dir, recordFile))
	h.must(err)
	var out []pipeline.Fact
	for line := range strings.Lines(string(data)) {
		var entry struct{ Data json.RawMessage }
		h.must(json.Unmarshal([]byte(line), &entry))
		var f pipeline.Fact
		if json.Unmarshal(entry.Data, &f) == nil && f.Name == name {
			out = append(out, f)
		}
	}
	return out
}
