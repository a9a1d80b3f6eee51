package main

import (
	"context"
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
	"bulletin/pipeline/draft"
	"bulletin/pipeline/mail"
	"bulletin/workers/desk"
)

// TestWithdrawalSurvivesKills withdraws bulletins while they are delivered, on the real process, which is killed at
// random instants. At the end every mailbox that has a bulletin has the word that it is withdrawn, no mailbox has the
// word that is not at least in doubt of having the bulletin, and the record holds.
func TestWithdrawalSurvivesKills(t *testing.T) {
	const recipients, bulletins = 10, 4
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
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  chunk: 2\n  retry_after: 200ms\n", sink.Addr())
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	server := spawnServe(t, binary, dir)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	kill := func(within time.Duration) {
		pause := time.NewTimer(rand.N(within)) // the instant of the kill
		<-pause.C
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		server.Wait()
		if _, err := verify(dir); err != nil {
			t.Fatalf("after a kill: %v", err)
		}
		server = spawnServe(t, binary, dir)
	}
	var ids []pipeline.ID
	for i := range bulletins {
		text := fmt.Sprintf("---\ntitle: Bulletin %d\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n", i)
		submitted, err := as(t, dir, seeds, sign, "moana").Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		id := submitted.Ref.ID
		ids = append(ids, id)
		approve(ctx, t, as(t, dir, seeds, sign, "aroha"), id)
		demand(ctx, t, as(t, dir, seeds, sign, "aroha"), id)
		approve(ctx, t, as(t, dir, seeds, sign, "tom"), id) // it goes out now
		if i%2 == 0 {
			kill(100 * time.Millisecond)
		} else {
			pause := time.NewTimer(rand.N(60 * time.Millisecond)) // the instant of the withdrawal
			<-pause.C
		}
		demand(ctx, t, as(t, dir, seeds, sign, "tom"), id)
		kill(150 * time.Millisecond)
	}
	for _, id := range ids {
		eventually(t, func() (desk.Status, error) {
			s, err := as(t, dir, seeds, sign, "moana").Status(ctx, id)
			if err == nil && (s.State != "withdrawn" || s.Recall == "delivering") {
				err = fmt.Errorf("%s %s: %+v", s.State, s.Recall, s.Parked)
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
	v, err := verify(dir)
	if err != nil || v.Withdrawn != bulletins {
		t.Fatalf("verify: %v\n%+v", err, v)
	}
	compareWithdrawn(t, dir, inbox, v.Released)
}

// demand has one person demand, or confirm, that a bulletin be withdrawn.
func demand(ctx context.Context, t *testing.T, c *desk.Client, id pipeline.ID) {
	t.Helper()
	demands, err := c.Demands(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	ref, of := demands.Next, demands.Of
	if len(demands.Open) > 0 {
		ref, of = demands.Open[0].Ref, demands.Open[0].Of
	}
	if _, err := c.Withdraw(ctx, ref, of, "It was wrong."); err != nil {
		t.Fatal(err)
	}
}

// compareWithdrawn holds the mailboxes against each other: by Message-ID, which mail is of which revision.
func compareWithdrawn(t *testing.T, dir, inbox string, released int) {
	t.Helper()
	h := &household{t: t, dir: dir}
	of := map[string]pipeline.Ref{} // by Message-ID
	for _, f := range h.record(pipeline.Attempted) {
		var body pipeline.AttemptedBody
		h.must(f.Decode(&body))
		of[body.MessageID] = f.Ref
	}
	inDoubt := map[string]bool{} // bulletin and address
	for _, f := range h.record(pipeline.Settled) {
		var body pipeline.SettledBody
		h.must(f.Decode(&body))
		for _, o := range body.Outcomes {
			if f.Ref.Revision == 1 && (o.InDoubt > 0 || o.State == pipeline.StateSent) {
				inDoubt[string(f.Ref.ID)+" "+o.Address] = true
			}
		}
	}
	got, told := map[string]bool{}, map[string]bool{}
	files, err := filepath.Glob(filepath.Join(inbox, "*", "*.eml"))
	h.must(err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		h.must(err)
		_, after, _ := strings.Cut(string(data), "\nMessage-ID: ")
		id, _, _ := strings.Cut(after, "\r\n")
		ref := of[id]
		if box := string(ref.ID) + " " + filepath.Base(filepath.Dir(file)); ref.Revision == 1 {
			got[box] = true
		} else {
			told[box] = true
		}
	}
	for box := range got {
		if !told[box] {
			t.Errorf("%s has the bulletin and not its withdrawal", box)
		}
	}
	for box := range told {
		if !got[box] && !inDoubt[box] {
			t.Errorf("%s has the withdrawal and never had the bulletin", box)
		}
	}
	t.Logf("%d bulletins released before they were withdrawn; %d mailboxes got one, %d were told", released, len(got), len(told))
}
