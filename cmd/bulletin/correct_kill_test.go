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

// correctionsUnderFire is the real server, which is killed again and again while people correct, resend and withdraw.
type correctionsUnderFire struct {
	*testing.T
	dir, binary string
	sign        map[string]func([]byte) ([]byte, error)
	seeds       map[string]string
	server      *exec.Cmd
	kills       int
}

func (f *correctionsUnderFire) kill(within time.Duration) {
	f.Helper()
	pause := time.NewTimer(rand.N(within)) // the instant of the kill
	<-pause.C
	if err := f.server.Process.Kill(); err != nil {
		f.Fatal(err)
	}
	f.server.Wait()
	f.kills++
	if _, err := verify(f.dir); err != nil {
		f.Fatalf("after kill %d: %v", f.kills, err)
	}
	f.server = spawnServe(f.T, f.binary, f.dir)
}

func (f *correctionsUnderFire) as(name string) *desk.Client {
	return as(f.T, f.dir, f.seeds, f.sign, name)
}

func (f *correctionsUnderFire) approved(ctx context.Context, id pipeline.ID) {
	approve(ctx, f.T, f.as("aroha"), id)
	approve(ctx, f.T, f.as("tom"), id)
}

// version waits until a version is released, or in whole delivered.
func (f *correctionsUnderFire) version(ctx context.Context, id pipeline.ID, version string, done bool) {
	f.Helper()
	reaches(ctx, f.T, f.as("moana"), id, func(s desk.Status) bool {
		return s.Version == version && (!done || s.State == "delivered")
	})
}

// TestCorrectionsSurviveKills corrects bulletins twice in a row, before the former version is out to everyone, has some
// sent again, and withdraws some in the end, on the real process, which is killed at random instants, over a relay that
// defers some and refuses one. Whoever got a version has the newest one or the word that it is withdrawn; no mailbox has
// more of one mail than the ledger says; and the record holds at every kill.
func TestCorrectionsSurviveKills(t *testing.T) {
	const recipients, bulletins = 6, 3
	f := &correctionsUnderFire{T: t, binary: filepath.Join(t.TempDir(), "bulletin")}
	if out, err := exec.Command("go", "build", "-o", f.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	f.dir, f.sign, f.seeds = deskDir(t, recipients)
	inbox := filepath.Join(t.TempDir(), "inbox")
	sink, err := mail.NewSink(mail.SinkConfig{Dir: inbox, Faults: map[string]mail.Fault{
		"duty0@police.nzl.example": {Temporary: 5}, "duty1@police.gbr.example": {Temporary: 3}, "duty2@police.gbr.example": {Permanent: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  chunk: 2\n  retry_after: 200ms\n", slowLink(t, sink.Addr(), 2*time.Millisecond))
	if err := configs.WriteFile(filepath.Join(f.dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	f.server = spawnServe(t, f.binary, f.dir)
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	text := func(i int, correction string) draft.Source {
		text := fmt.Sprintf("---\ntitle: Bulletin %d\n%skind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n", i, correction)
		return draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}
	}
	var ids []pipeline.ID
	for i := range bulletins {
		submitted, err := f.as("moana").Submit(ctx, "", text(i, ""))
		if err != nil {
			t.Fatal(err)
		}
		id := submitted.Ref.ID
		ids = append(ids, id)
		f.approved(ctx, id)
		f.kill(150 * time.Millisecond)
		f.version(ctx, id, "1.0", false)
		for _, version := range []string{"2.0", "3.0"} {
			eventually(t, func() (struct{}, error) { // the stages at work on the former version may come between
				_, err := f.as("moana").Correct(ctx, id, text(i, "correction: Version "+version+"\n"))
				return struct{}{}, err
			})
			f.approved(ctx, id)
			f.kill(120 * time.Millisecond)
			f.version(ctx, id, version, false)
			if rand.N(2) == 0 {
				f.kill(60 * time.Millisecond)
			}
		}
		if _, err := f.as("aroha").Resend(ctx, id, "duty3@police.nzl.example"); err != nil {
			t.Fatal(err)
		}
		f.kill(50 * time.Millisecond)
	}
	for _, id := range ids {
		f.version(ctx, id, "3.0", true)
	}
	if err := configs.RemoveRecipient(f.dir, pipeline.NZL, "duty4@police.nzl.example"); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[1:] { // goes to whoever has left the list too
		demand(ctx, t, f.as("aroha"), id)
		demand(ctx, t, f.as("tom"), id)
		f.kill(100 * time.Millisecond)
	}
	for i, id := range ids {
		if i == 0 {
			f.version(ctx, id, "3.0", true)
			continue
		}
		reaches(ctx, t, f.as("moana"), id, func(s desk.Status) bool { return s.State == "withdrawn" && s.Recall == "delivered" })
	}
	eventually(t, func() (struct{}, error) {
		if v, err := verify(f.dir); err != nil || len(v.Open) > 0 {
			return struct{}{}, fmt.Errorf("%v: %+v", err, v)
		}
		return struct{}{}, nil
	})
	if err := f.server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := f.server.Wait(); err != nil {
		t.Fatalf("the server's end: %v", err)
	}
	v, err := verify(f.dir)
	if err != nil || v.Released != bulletins || v.Corrected != 2*bulletins || v.Withdrawn != bulletins-1 || len(v.Open) > 0 {
		t.Fatalf("verify: %v\n%+v", err, v)
	}
	compareVersions(t, f.dir, inbox)
	t.Logf("%d kills", f.kills)
}

// compareVersions holds every mailbox against the ledger: how often it has each mail, and that the newest of each bulletin is
// the newest that there is.
func compareVersions(t *testing.T, dir, inbox string) {
	t.Helper()
	h := &household{t: t, dir: dir}
	of, newest := map[string]pipeline.Ref{}, map[pipeline.ID]int{}
	for _, f := range h.record(pipeline.Attempted) {
		var body pipeline.AttemptedBody
		h.must(f.Decode(&body))
		of[body.MessageID] = f.Ref
	}
	for _, f := range h.record(pipeline.Numbered) {
		newest[f.Ref.ID] = max(newest[f.Ref.ID], f.Ref.Revision)
	}
	least, most := map[string]int{}, map[string]int{} // by mailbox and revision
	for _, f := range h.record(pipeline.Settled) {
		var body pipeline.SettledBody
		h.must(f.Decode(&body))
		for _, o := range body.Outcomes {
			key := o.Address + " " + f.Ref.String()
			if most[key] += o.InDoubt; o.State == pipeline.StateSent {
				least[key], most[key] = least[key]+1, most[key]+1
			}
		}
	}
	got, has := map[string]int{}, map[string]int{} // the newest revision, by mailbox and bulletin
	files, err := filepath.Glob(filepath.Join(inbox, "*", "*.eml"))
	h.must(err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		h.must(err)
		_, after, _ := strings.Cut(string(data), "\nMessage-ID: ")
		id, _, _ := strings.Cut(after, "\r\n")
		ref, box := of[id], filepath.Base(filepath.Dir(file))
		got[box+" "+ref.String()]++
		has[box+" "+string(ref.ID)] = max(has[box+" "+string(ref.ID)], ref.Revision)
	}
	for key, n := range got {
		if n > most[key] {
			t.Errorf("%s: arrived %d times, the ledger has %d at most", key, n, most[key])
		}
	}
	for key, n := range least {
		if got[key] < n {
			t.Errorf("%s: arrived %d times, the ledger says %d", key, got[key], n)
		}
	}
	for key, revision := range has {
		if _, id, _ := strings.Cut(key, " "); revision != newest[pipeline.ID(id)] {
			t.Errorf("%s has revision %d, and the newest is %d", key, revision, newest[pipeline.ID(id)])
		}
	}
	t.Logf("%d mails in %d mailboxes and bulletins", len(files), len(has))
}
