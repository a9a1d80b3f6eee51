package main

import (
	"context"
	"fmt"
	"math/rand/v2"
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
	"bulletin/pipeline/queue/natstest"
	"bulletin/workers/desk"
)

// TestJourney takes a bulletin from the draft to the outbox in every shape, and takes away meanwhile what the shape can
// do without.
func TestJourney(t *testing.T) {
	inEachShape(t, func(t *testing.T, deploy func(testing.TB, string) *running) {
		dir, sign, seeds := deskDir(t, 2)
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		r := deploy(t, dir)
		url := r.url()
		client := func(name string) *desk.Client {
			connection, err := queue.Dial(url, name, []byte(seeds[name]))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(connection.Close)
			return &desk.Client{Connection: connection, Sign: sign[name]}
		}
		text := "---\ntitle: He pūrongo\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"
		moana := client("moana")
		submitted := eventually(t, func() (desk.Submitted, error) {
			return moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
		})
		approve(ctx, t, client("aroha"), submitted.Ref.ID)
		r.disturb()
		tom := client("tom")
		shown := eventually(t, func() (desk.Shown, error) {
			return shortly(ctx, func(ctx context.Context) (desk.Shown, error) { return tom.Show(ctx, submitted.Ref.ID) })
		})
		eventually(t, func() (desk.Approved, error) {
			a, err := shortly(ctx, func(ctx context.Context) (desk.Approved, error) { return tom.Approve(ctx, shown) })
			if err != nil && strings.Contains(err.Error(), "already") { // an answer was lost with the server
				err = nil
			}
			return a, err
		})
		eventually(t, func() (desk.Status, error) {
			s, err := shortly(ctx, func(ctx context.Context) (desk.Status, error) { return moana.Status(ctx, submitted.Ref.ID) })
			if err == nil && s.State != "delivered" {
				err = fmt.Errorf("%s: %+v", s.State, s.Parked)
			}
			return s, err
		})
		printed, err := r.stop()
		if err != nil || strings.Contains(printed, "pūrongo") || strings.Contains(printed, "police.nzl") && !strings.Contains(printed, "warning") {
			t.Fatalf("stopping: %v\n%s", err, printed)
		}
		mails, err := filepath.Glob(filepath.Join(dir, "outbox", "*.eml"))
		if err != nil || len(mails) != 4 {
			t.Fatalf("the outbox has %v (%v), want a mail for each of four recipients", mails, err)
		}
		if v, err := verify(dir); err != nil || v.Sent != 4 || v.Parked != 0 || len(v.Open) > 0 {
			t.Fatalf("verify: %v\n%+v", err, v)
		}
		if _, err := os.Stat(filepath.Join(dir, endpointFile)); !os.IsNotExist(err) {
			t.Errorf("the endpoint is still there: %v", err)
		}
	})
}

// shortly asks with a short patience: the answer to a request may be lost with a server.
func shortly[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return ask(ctx)
}

// TestNationsAreSpread: a nation's edition waits for the nation's own process, parked by nobody, and is delivered from
// its own list, by its own outbox.
func TestNationsAreSpread(t *testing.T) {
	dir, sign, seeds := deskDir(t, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	url := natstest.Start(t, natsConfig(t, dir)).URL()
	startPart(t, dir, url, "--roles", "desk,tally,mark,render")
	abroad := func(n pipeline.Nation) (outbox string, start func()) {
		part := nationDir(t, dir, n)
		outbox = filepath.Join(part, "outbox")
		if err := os.Remove(outbox); err != nil { // the link to the desk's
			t.Fatal(err)
		}
		return outbox, func() { startPart(t, part, url, "--roles", "plan,deliver", "--nation", string(n)) }
	}
	nzl, startNZL := abroad(pipeline.NZL)
	gbr, startGBR := abroad(pipeline.GBR)
	startNZL()

	moana := as(t, dir, seeds, sign, "moana")
	text := "---\ntitle: Two lists\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"
	submitted, err := moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	approve(ctx, t, as(t, dir, seeds, sign, "aroha"), submitted.Ref.ID)
	approve(ctx, t, as(t, dir, seeds, sign, "tom"), submitted.Ref.ID)
	sent := func(outbox string) int {
		mails, err := filepath.Glob(filepath.Join(outbox, "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		return len(mails)
	}
	delivered := func(nations ...pipeline.Nation) {
		t.Helper()
		eventually(t, func() (desk.Status, error) {
			s, err := moana.Status(ctx, submitted.Ref.ID)
			for _, n := range s.Nations {
				if len(s.Parked) > 0 || slices.Contains(nations, n.Nation) != n.Complete {
					err = fmt.Errorf("%s: planned %d, sent %d, parked %v", n.Nation, n.Planned, n.Sent, s.Parked)
				}
			}
			if err == nil && len(s.Nations) != 2 {
				err = fmt.Errorf("%d nations", len(s.Nations))
			}
			return s, err
		})
	}
	delivered(pipeline.NZL)
	if sent(nzl) != 1 || sent(gbr) != 0 {
		t.Errorf("before GBR's process: NZL has %d mails, GBR %d", sent(nzl), sent(gbr))
	}
	startGBR()
	delivered(pipeline.NZL, pipeline.GBR)
	if sent(nzl) != 1 || sent(gbr) != 1 || sent(filepath.Join(dir, "outbox")) != 0 {
		t.Errorf("in the end: NZL has %d mails, GBR %d", sent(nzl), sent(gbr))
	}
}

// TestPartsSurviveKills is promise 2 where the work is spread: whichever process is killed, at whatever instant, the
// others and its successor bring every mail to every recipient.
func TestPartsSurviveKills(t *testing.T) {
	const recipients, kills = 6, 10
	dir, sign, seeds := deskDir(t, recipients)
	config := "relay:\n  outbox: outbox\ndelivery:\n  chunk: 2\n  retry_after: 200ms\n"
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	url := natstest.Start(t, natsConfig(t, dir)).URL()
	inner := partDir(t, dir, queue.RoleTally, queue.RoleMark, queue.RoleRender)
	nzl, gbr := nationDir(t, dir, pipeline.NZL), nationDir(t, dir, pipeline.GBR)
	at := []site{
		{dir, []string{"--roles", "desk"}}, {dir, []string{"--roles", "record"}}, {inner, []string{"--roles", "tally,mark,render"}},
		{nzl, []string{"--roles", "plan,deliver", "--nation", "NZL"}}, {gbr, []string{"--roles", "plan,deliver", "--nation", "GBR"}},
	}
	parts := make([]*process, len(at))
	for i, p := range at {
		parts[i] = startPart(t, p.dir, url, p.args...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	text := "---\ntitle: Kills\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"
	submitted, err := as(t, dir, seeds, sign, "moana").Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	approve(ctx, t, as(t, dir, seeds, sign, "aroha"), submitted.Ref.ID)
	approve(ctx, t, as(t, dir, seeds, sign, "tom"), submitted.Ref.ID)
	for range kills {
		pause := time.NewTimer(time.Duration(rand.IntN(150)) * time.Millisecond) // the instant of the kill
		<-pause.C
		i := rand.IntN(len(parts))
		if err := parts[i].command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-parts[i].gone
		parts[i] = startPart(t, at[i].dir, url, at[i].args...)
	}
	eventually(t, func() (desk.Status, error) {
		s, err := shortly(ctx, func(ctx context.Context) (desk.Status, error) {
			return as(t, dir, seeds, sign, "moana").Status(ctx, submitted.Ref.ID)
		})
		if err == nil && s.State != "delivered" {
			err = fmt.Errorf("%s: %+v", s.State, s.Parked)
		}
		return s, err
	})
	if err := parts[1].end(); err != nil { // the record, which gets what came last
		t.Fatal(err)
	}
	if v, err := verify(dir); err != nil || v.Sent != 2*recipients || len(v.Open) > 0 {
		t.Fatalf("verify: %v\n%+v", err, v)
	}
}
