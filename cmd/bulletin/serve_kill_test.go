package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/workers/desk"
)

// TestServeSurvivesKills is promise 2 on the real process: kill -9 the server at random instants while it delivers.
// Afterwards every recipient has every bulletin, whoever has one twice has it with the same Message-ID and on
// record as in doubt, and the record holds.
func TestServeSurvivesKills(t *testing.T) {
	const recipients, bulletins, kills = 12, 3, 8
	binary := filepath.Join(t.TempDir(), "bulletin")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	dir, sign, seeds := deskDir(t, recipients)
	inbox := filepath.Join(t.TempDir(), "inbox")
	sink, err := mail.NewSink(mail.SinkConfig{Dir: inbox})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  chunk: 4\n  retry_after: 200ms\n", sink.Addr())
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}

	server := spawnServe(t, binary, dir)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var ids []pipeline.ID
	for i := range bulletins {
		text := fmt.Sprintf("---\ntitle: Bulletin %d\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n", i)
		submitted, err := as(t, dir, seeds, sign, "moana").Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, submitted.Ref.ID)
		approve(ctx, t, as(t, dir, seeds, sign, "aroha"), submitted.Ref.ID)
	}
	for _, id := range ids {
		approve(ctx, t, as(t, dir, seeds, sign, "tom"), id)
	}
	for i := range kills {
		pause := time.NewTimer(time.Duration(rand.IntN(400)) * time.Millisecond) // the instant of the kill
		<-pause.C
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		server.Wait()
		if _, err := verify(dir); err != nil {
			t.Fatalf("after kill %d: %v", i+1, err)
		}
		server = spawnServe(t, binary, dir)
	}
	for _, id := range ids {
		eventually(t, func() (desk.Status, error) {
			s, err := as(t, dir, seeds, sign, "moana").Status(ctx, id)
			if err == nil && s.State != "delivered" {
				err = fmt.Errorf("%s: %+v", s.State, s.Parked)
			}
			return s, err
		})
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Fatalf("the server's end: %v", err)
	}
	if v, err := verify(dir); err != nil || v.Sent != 2*recipients*bulletins || len(v.Open) > 0 {
		t.Fatalf("verify: %v\n%+v", err, v)
	}
	compareWithInbox(t, dir, inbox)
}

// spawnServe starts the server as a process of its own, and waits until it can be reached.
func spawnServe(t *testing.T, binary, dir string) *exec.Cmd {
	t.Helper()
	endpoint := filepath.Join(dir, endpointFile)
	if err := os.Remove(endpoint); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	server := exec.Command(binary, "serve", "--dir", dir)
	var printed lockedBuffer
	server.Stdout, server.Stderr = &printed, &printed
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	eventually(t, func() (struct{}, error) {
		_, err := os.Stat(endpoint)
		if err != nil && server.ProcessState != nil {
			t.Fatalf("serve ended: %s", printed.String())
		}
		return struct{}{}, err
	})
	return server
}

// as connects a person to the server that runs now.
func as(t *testing.T, dir string, seeds map[string]string, sign map[string]func([]byte) ([]byte, error), name string) *desk.Client {
	t.Helper()
	client := eventually(t, func() (*queue.Client, error) {
		var endpoint struct{ URL string }
		data, err := os.ReadFile(filepath.Join(dir, endpointFile))
		if err == nil {
			err = json.Unmarshal(data, &endpoint)
		}
		if err != nil {
			return nil, err
		}
		connection, err := queue.Dial(endpoint.URL, name, []byte(seeds[name]))
		if err != nil {
			return nil, err
		}
		asked, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := connection.Request(asked, "queue", []byte("{}")); err != nil {
			connection.Close()
			return nil, err
		}
		return connection, nil
	})
	t.Cleanup(client.Close)
	return &desk.Client{Connection: client, Sign: sign[name]}
}

// compareWithInbox holds the ledger against what the receiving server has, mail by mail.
func compareWithInbox(t *testing.T, dir, inbox string) {
	t.Helper()
	received := map[string]int{} // by address and Message-ID
	files, err := filepath.Glob(filepath.Join(inbox, "*", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(string(data), "\nMessage-ID: ")
		id, _, _ := strings.Cut(after, "\r\n")
		received[filepath.Base(filepath.Dir(file))+" "+id]++
	}
	record, err := os.Open(filepath.Join(dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	repeats := 0
	_, err = audit.Entries(record, func(e audit.Entry) error {
		var fact pipeline.Fact
		if err := json.Unmarshal(e.Data, &fact); err != nil || fact.Name != pipeline.Settled {
			return err
		}
		var body pipeline.SettledBody
		if err := fact.Decode(&body); err != nil {
			return err
		}
		for _, o := range body.Outcomes {
			key := o.Address + " " + o.MessageID
			n := received[key]
			delete(received, key)
			repeats += max(0, n-1)
			if n < 1 || n > 1+o.InDoubt {
				t.Errorf("%s: received %d times; the ledger says %d attempts, %d in doubt", key, n, o.Attempts, o.InDoubt)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, n := range received {
		t.Errorf("%s was received %d times and is not in the ledger", key, n)
	}
	t.Logf("%d mails, %d of them repeats", len(files), repeats)
}
