package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/queue"
	"bulletin/workers/desk"
)

// startServe runs `bulletin serve` until stop is called, which returns what it printed and its error.
func startServe(t *testing.T, dir string) (url string, stop func() (string, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var printed lockedBuffer
	root := newRoot(&printed, &printed)
	root.SetArgs([]string{"serve", "--dir", dir})
	ended := make(chan struct{})
	var failed error
	go func() {
		failed = root.ExecuteContext(ctx)
		close(ended)
	}()
	stop = func() (string, error) {
		cancel()
		<-ended
		return printed.String(), failed
	}
	t.Cleanup(func() { stop() })
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		select {
		case <-ended:
			t.Fatalf("serve ended: %v\n%s", failed, printed.String())
		default:
		}
		var endpoint struct{ URL string }
		if data, err := os.ReadFile(filepath.Join(dir, endpointFile)); err == nil && json.Unmarshal(data, &endpoint) == nil {
			return endpoint.URL, stop
		}
	}
	panic("unreachable")
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// deskDir makes a working directory with an author, two reviewers and so many recipients each in NZL and GBR.
func deskDir(t *testing.T, recipients int) (dir string, sign map[string]func([]byte) ([]byte, error), seeds map[string]string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "desk")
	sign, seeds, err := makeDesk(dir, recipients)
	if err != nil {
		t.Fatal(err)
	}
	return dir, sign, seeds
}

// TestServeFromDraftToOutbox takes a bulletin through a server over its URL, restarts the server in the middle,
// and finds one mail for each recipient in the outbox.
func TestServeFromDraftToOutbox(t *testing.T) {
	dir, sign, seeds := deskDir(t, 1)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	client := func(url, name string) *desk.Client {
		connection, err := queue.Dial(url, name, []byte(seeds[name]))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(connection.Close)
		return &desk.Client{Connection: connection, Sign: sign[name]}
	}
	text := "---\ntitle: He pūrongo\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"
	url, stop := startServe(t, dir)
	moana := client(url, "moana")
	submitted := eventually(t, func() (desk.Submitted, error) {
		return moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
	})
	approve(ctx, t, client(url, "aroha"), submitted.Ref.ID)
	if printed, err := stop(); err != nil || strings.Contains(printed, "pūrongo") {
		t.Fatalf("stopping: %v\n%s", err, printed)
	}

	url, stop = startServe(t, dir)
	approve(ctx, t, client(url, "tom"), submitted.Ref.ID)
	moana = client(url, "moana")
	eventually(t, func() (desk.Status, error) {
		s, err := moana.Status(ctx, submitted.Ref.ID)
		if err == nil && s.State != "delivered" {
			err = os.ErrDeadlineExceeded
		}
		return s, err
	})
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	mails, err := filepath.Glob(filepath.Join(dir, "outbox", "*.eml"))
	if err != nil || len(mails) != 2 {
		t.Fatalf("the outbox has %v (%v), want a mail for each of two recipients", mails, err)
	}
	if v, err := verify(dir); err != nil || v.Sent != 2 || v.Parked != 0 || len(v.Open) > 0 {
		t.Fatalf("verify: %v\n%+v", err, v)
	}
}

func approve(ctx context.Context, t *testing.T, c *desk.Client, id pipeline.ID) {
	t.Helper()
	shown := eventually(t, func() (desk.Shown, error) { return c.Show(ctx, id) })
	if _, err := c.Approve(ctx, shown); err != nil {
		t.Fatal(err)
	}
}

// eventually asks until there is an answer: a server that has just started is not at its desk yet.
func eventually[T any](t testing.TB, ask func() (T, error)) T {
	t.Helper()
	deadline := time.After(90 * time.Second) // after a kill, a fact comes again when its AckWait is over
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := ask()
		if err == nil {
			return answer
		}
		select {
		case <-deadline:
			t.Fatalf("no answer: %v", err)
		case <-tick.C:
		}
	}
}

// TestServeRefusesASecondServer keeps two processes from one store.
func TestServeRefusesASecondServer(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	startServe(t, dir)
	var stdout, stderr bytes.Buffer
	if code := run([]string{"serve", "--dir", dir}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "in use") || !strings.Contains(stderr.String(), "hint: ") {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
}
