package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/mail"
)

// canaries stand in everything that people wrote. None of them may be in a log or a metric.
var canaries = regexp.MustCompile(`(?i)canary|@police|police\.\w+\.example|198\.51\.100\.77`)

func TestLogIsDiscreet(t *testing.T) {
	var b bytes.Buffer
	log := newLog(&b, configs.Log{Format: "json", Level: "debug"})
	refused := &mail.DeliveryError{Stage: mail.StageRcpt, Code: 550, Enhanced: "5.1.1", Line: "550 5.1.1 <canary@police.nzl.example>: canary has no mailbox"}
	mistake := &configs.Error{File: "NZL.yaml", Line: 2, Col: 14, Msg: "name Canary is no list"}
	_, problems := draft.Parse(draft.Source{Name: "canary.md", Files: map[string][]byte{"canary.md": []byte("---\ntitel: Canary\n---\n")}}, draft.Options{})
	log.With("who", "canary@police.nzl.example").WithGroup("g").Debug("mail to canary@police.nzl.example",
		"error", fmt.Errorf("try: %w", errors.Join(refused, mistake, problems.Err())),
		slog.Group("inner", "to", []string{"canary@police.nzl.example"}),
		"pattern", fmt.Errorf("%q is not an address range", "canary \" 198.51.100.77"), "n", 3)
	got := b.String()
	if canaries.MatchString(got) {
		t.Errorf("the log holds %q:\n%s", canaries.FindString(got), got)
	}
	for _, kept := range []string{"550 5.1.1", "NZL.yaml:2:14", "mail not delivered at rcpt", "is not an address range", `"n":3`} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is not in it:\n%s", kept, got)
		}
	}
}

// canaryDraft has a canary wherever an author writes something.
func canaryDraft(summary string) draft.Source {
	text := "---\ntitle: Canarytitle\nkind: bulletin\nprecedence: flash\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n" +
		"actions:\n  - Canaryaction\nindicators: canary-indicators.csv\ncontacts: [Canarycontact]\nreferences: [\"Canaryreference\"]\n---\n\n# Canaryheading\n\n" +
		summary + " [1]\n\n![Canaryfigure](canary.png)\n"
	return draft.Source{Name: "canary-draft.md", Files: map[string][]byte{
		"canary-draft.md":       []byte(text),
		"canary-indicators.csv": []byte("type,value,first_seen,last_seen,confidence,note\nipv4,198.51.100.77,2026-01-01,,high,canarynote\n"),
		"canary.png":            samplePNG(),
	}}
}

// TestLogOfAWholeLife takes bulletins through everything that people do and that fails, with the log at its most
// talkative, on the built binary: nothing that anybody wrote is in it, nor any address, nor in the metrics.
func TestLogOfAWholeLife(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) { logOfAWholeLife(t, format) })
	}
}

func logOfAWholeLife(t *testing.T, format string) {
	binary := filepath.Join(t.TempDir(), "bulletin")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	dir, sign, seeds := deskDir(t, 3)
	sink, err := mail.NewSink(mail.SinkConfig{Faults: map[string]mail.Fault{
		"duty0@police.nzl.example": {Permanent: true}, "duty1@police.nzl.example": {Temporary: 2},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  retry_after: 200ms\nlog:\n  format: %s\n  level: debug\n", sink.Addr(), format)
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	server := spawnLogged(t, binary, dir, log)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	moana, aroha, tom := as(t, dir, seeds, sign, "moana"), as(t, dir, seeds, sign, "aroha"), as(t, dir, seeds, sign, "tom")

	bad := canaryDraft("(U//CANARY) Canarybody")
	bad.Files[bad.Name] = bytes.Replace(bad.Files[bad.Name], []byte("tlp: TLP:AMBER"), []byte("tlp: TLP:CANARY"), 1)
	if _, err := moana.Submit(ctx, "", bad); err == nil {
		t.Fatal("a draft with a mistake was taken")
	}
	submitted, err := moana.Submit(ctx, "", canaryDraft("Canarybody, first"))
	if err != nil {
		t.Fatal(err)
	}
	if err := aroha.Return(ctx, submitted.Ref, "Canarycomment"); err != nil {
		t.Fatal(err)
	}
	if submitted, err = moana.Submit(ctx, submitted.Ref.ID, canaryDraft("Canarybody, second")); err != nil {
		t.Fatal(err)
	}
	approve(ctx, t, aroha, submitted.Ref.ID)
	approve(ctx, t, tom, submitted.Ref.ID)
	reaches(ctx, t, moana, submitted.Ref.ID, delivered)

	// A list with a mistake: the next plan waits for it, and says so.
	list := filepath.Join(dir, "configs", "recipients", "GBR.yaml")
	good, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(list, []byte("recipients:\n  - address: \"canary police\"\n    name: Canaryname\n    max_tlp: TLP:CANARY\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := moana.Submit(ctx, "", canaryDraft("Canarybody, third"))
	if err != nil {
		t.Fatal(err)
	}
	approve(ctx, t, aroha, again.Ref.ID)
	approve(ctx, t, tom, again.Ref.ID)
	printed := eventually(t, func() (string, error) {
		b, err := os.ReadFile(log)
		if err == nil && !strings.Contains(string(b), "the list of GBR can't be read") {
			err = errors.New("nothing was said of the list")
		}
		return string(b), err
	})
	metrics := fetch(t, dir, "/metrics")
	if err := os.WriteFile(list, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("the server's end: %v", err)
	}
	if b, err := os.ReadFile(log); err != nil || canaries.Match(b) {
		t.Errorf("the log holds %q (%v):\n%s", canaries.Find(b), err, b)
	}
	if canaries.MatchString(metrics) || !strings.Contains(metrics, `bulletin_deliveries{nation="NZL",outcome="parked"} 1`) {
		t.Errorf("the metrics hold %q, or not the parked recipient:\n%s", canaries.FindString(metrics), metrics)
	}
	if !strings.Contains(printed, "deferred") {
		t.Errorf("the deferral is not in the log:\n%s", printed)
	}
}

// fetch reads a page of the running server's health.
func fetch(t *testing.T, dir, page string) string {
	t.Helper()
	return eventually(t, func() (string, error) {
		answer, err := http.Get(healthOf(t, dir) + page)
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		b, err := io.ReadAll(answer.Body)
		return string(b), err
	})
}

// spawnLogged starts the server with its log in a file of its own.
func spawnLogged(t *testing.T, binary, dir, log string) *exec.Cmd {
	t.Helper()
	out, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	server := exec.Command(binary, "serve", "--dir", dir)
	server.Stderr = out
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	return server
}
