package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/mail"
	"bulletin/workers/desk"
)

// TestWithdrawalAfterRestore takes a backup in the middle of a delivery, lets the old server finish, and withdraws the
// bulletin where the backup was restored: every mailbox that has it is told, and the record says of whom it is in doubt.
func TestWithdrawalAfterRestore(t *testing.T) {
	const recipients, chunk = 24, 4
	dir, sign, seeds := deskDir(t, recipients/2)
	inbox := filepath.Join(t.TempDir(), "inbox")
	sink, err := mail.NewSink(mail.SinkConfig{Dir: inbox})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  chunk: %d\n  parallel: 2\n  retry_after: 200ms\n",
		slowLink(t, sink.Addr(), 40*time.Millisecond), chunk)
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	_, stop := startServe(t, dir)
	client := as(t, dir, seeds, sign, "moana")
	ref := released(ctx, t, dir, seeds, sign, "First")
	eventually(t, func() (struct{}, error) {
		if n := total(sink.Received()); n < 6 {
			return struct{}{}, fmt.Errorf("%d mails", n)
		}
		return struct{}{}, nil
	})
	away := t.TempDir()
	file, copied := filepath.Join(away, "desk.backup"), filepath.Join(away, "desk")
	if _, err := backup(ctx, dir, file, nil); err != nil {
		t.Fatal(err)
	}
	reaches(ctx, t, client, ref.ID, delivered)
	if printed, err := stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, printed)
	}
	if n := total(sink.Received()); n != recipients {
		t.Fatalf("%d mails before the restore", n)
	}

	from, err := (&restoring{file: file, dir: copied, secrets: filepath.Join(dir, "secrets")}).restore(ctx)
	if err != nil || len(from.Open) == 0 {
		t.Fatalf("the backup was to be taken in the middle: %v, %+v", err, from)
	}
	_, stop = startServe(t, copied)
	demand(ctx, t, as(t, copied, seeds, sign, "aroha"), ref.ID)
	demand(ctx, t, as(t, copied, seeds, sign, "tom"), ref.ID)
	reaches(ctx, t, as(t, copied, seeds, sign, "moana"), ref.ID, func(s desk.Status) bool { return s.State == "withdrawn" && s.Recall != "delivering" })
	if printed, err := stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, printed)
	}
	if got := sink.Received(); len(got) != recipients || total(got) != 2*recipients {
		t.Errorf("each of %d was to get the bulletin and the word, once: %v", recipients, got)
	}
	v, err := verify(copied)
	if err != nil || len(v.Open) > 0 || v.Withdrawn != 1 {
		t.Errorf("verify: %v\n%+v", err, v)
	}
}
