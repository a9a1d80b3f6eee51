package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/queue"
	"bulletin/workers/desk"
)

// TestJourney takes a bulletin from the draft to the outbox in every shape, and takes away meanwhile what the shape can
// do without.
func TestJourney(t *testing.T) {
	inEachShape(t, func(t *testing.T, start func(*testing.T, string) *running) {
		dir, sign, seeds := deskDir(t, 2)
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		r := start(t, dir)
		client := func(name string) *desk.Client {
			connection, err := queue.Dial(r.url, name, []byte(seeds[name]))
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
