package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// slowLink leads to address and lets each answer wait.
func slowLink(t *testing.T, address string, wait time.Duration) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", address)
			if err != nil {
				near.Close()
				continue
			}
			go func() {
				io.Copy(far, near)
				far.Close()
			}()
			go func() {
				defer near.Close()
				b := make([]byte, 4096)
				for {
					n, err := far.Read(b)
					if err != nil {
						return
					}
					<-time.NewTimer(wait).C
					if _, err := near.Write(b[:n]); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

// released hands a bulletin in and has it approved, in a server that runs.
func released(ctx context.Context, t *testing.T, dir string, seeds map[string]string, sign map[string]func([]byte) ([]byte, error), title string) pipeline.Ref {
	t.Helper()
	text := fmt.Sprintf("---\ntitle: %s\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n", title)
	submitted, err := as(t, dir, seeds, sign, "moana").Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	approve(ctx, t, as(t, dir, seeds, sign, "aroha"), submitted.Ref.ID)
	approve(ctx, t, as(t, dir, seeds, sign, "tom"), submitted.Ref.ID)
	return submitted.Ref
}

// reaches waits until a bulletin's status is as wanted.
func reaches(ctx context.Context, t *testing.T, c *desk.Client, id pipeline.ID, want func(desk.Status) bool) desk.Status {
	t.Helper()
	return eventually(t, func() (desk.Status, error) {
		asked, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		s, err := c.Status(asked, id)
		if err == nil && !want(s) {
			err = fmt.Errorf("%s, %+v", s.State, s.Parked)
		}
		return s, err
	})
}

func delivered(s desk.Status) bool { return s.State == "delivered" }

func total(received map[string]int) (n int) {
	for _, r := range received {
		n += r
	}
	return n
}

// settledChunks counts in the record.
func settledChunks(t *testing.T, dir string) (n int) {
	t.Helper()
	record, err := os.Open(filepath.Join(dir, recordFile))
	if err != nil {
		t.Fatal(err)
	}
	defer record.Close()
	if _, err := audit.Entries(record, func(e audit.Entry) error {
		if strings.HasPrefix(e.Subject, "delivery.settled.") {
			n++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRestoreSendsNothingAgain takes a backup while a server delivers, lets that server finish, and serves the copy
// on another machine against the same relay: nobody gets a second mail without a person's word, and what a person
// sets going again arrives.
func TestRestoreSendsNothingAgain(t *testing.T) {
	const recipients, chunk = 40, 4
	dir, sign, seeds := deskDir(t, recipients/2)
	sink, err := mail.NewSink(mail.SinkConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  chunk: %d\n  parallel: 2\n  retry_after: 200ms\n",
		slowLink(t, sink.Addr(), 40*time.Millisecond), chunk)
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	secret, public, err := seal.GenerateKey("Operator", "operator@bulletin.example", time.Now().Add(-time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	away := t.TempDir()
	key, certificate := filepath.Join(away, "operator.sec.asc"), filepath.Join(away, "operator.asc")
	for name, data := range map[string][]byte{key: secret, certificate: public} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
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
	file := filepath.Join(away, "desk.backup")
	made, err := backup(ctx, dir, file, []string{certificate})
	if err != nil || made.Paused == 0 || !made.Encrypted || len(made.LeftOut) > 0 {
		t.Fatalf("backup: %v\n%+v", err, made)
	}
	// The same connection serves on: the server came back where it was.
	reaches(ctx, t, client, ref.ID, delivered)
	if printed, err := stop(); err != nil {
		t.Fatalf("stopping: %v\n%s", err, printed)
	}
	first := sink.Received()
	if len(first) != recipients || total(first) != recipients {
		t.Fatalf("the pause lost or repeated mail: %v", first)
	}

	copied := filepath.Join(away, "bare", "desk")
	from, err := (&restoring{file: file, dir: copied, key: key}).restore(ctx)
	if err != nil {
		t.Fatal(err)
	}
	settled := settledChunks(t, copied)
	if settled == recipients/chunk || from.Approvals != 2 || from.Released != 1 || len(from.Open) == 0 {
		t.Fatalf("the backup was to be taken in the middle: %d chunks settled, %+v", settled, from.verified)
	}
	_, stop = startServe(t, copied)
	status := reaches(ctx, t, as(t, copied, seeds, sign, "moana"), ref.ID, func(s desk.Status) bool { return len(s.Parked) == recipients/chunk-settled })
	for _, p := range status.Parked {
		if p.Worker != "deliver" || !strings.Contains(p.Reason, "restored from a copy of ") {
			t.Errorf("parked: %+v", p)
		}
	}
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	if again := sink.Received(); total(again) != recipients {
		t.Fatalf("sent again: %v", again)
	}

	retryChunk(ctx, t, copied, ref, status.Parked[0])
	_, stop = startServe(t, copied)
	reaches(ctx, t, as(t, copied, seeds, sign, "moana"), ref.ID, func(s desk.Status) bool { return len(s.Parked) == recipients/chunk-settled-1 })
	second := released(ctx, t, copied, seeds, sign, "Second")
	if s := reaches(ctx, t, as(t, copied, seeds, sign, "moana"), second.ID, delivered); !strings.HasSuffix(s.Number, "AA") {
		t.Errorf("the number %s may have been given out since the copy", s.Number)
	}
	eventually(t, func() (struct{}, error) {
		if n := settledChunks(t, copied); n != settled+1+recipients/chunk {
			return struct{}{}, fmt.Errorf("%d chunks settled", n)
		}
		return struct{}{}, nil
	})
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	if n := total(sink.Received()); n <= 2*recipients || n > 2*recipients+chunk {
		t.Errorf("%d mails in all: want one more for those of the one chunk that was set going again", n)
	}
	if _, err := verify(copied); err != nil {
		t.Error(err)
	}
}

// retryChunk is a person's word that parked work goes on, put on record while nothing serves.
func retryChunk(ctx context.Context, t *testing.T, dir string, ref pipeline.Ref, parked pipeline.ParkedBody) {
	t.Helper()
	storeKey, err := readKey(dir, storeKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.Open(ctx, queue.Config{Dir: filepath.Join(dir, "store"), StoreKey: storeKey})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	f, err := pipeline.NewFact(pipeline.Retried, ref, "aroha", pipeline.RetriedBody{Worker: parked.Worker, Subject: parked.Subject, Person: "aroha"})
	if err != nil {
		t.Fatal(err)
	}
	f.Ordinal = 1
	if err := q.Publish(ctx, f); err != nil {
		t.Fatal(err)
	}
}

// TestRestoreRefusesWhatDoesNotHold changes a backup in every way that its reader must notice, and finds nothing
// made of it.
func TestRestoreRefusesWhatDoesNotHold(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	// A backup in clear had replies that quote what they answer, and whatever people had left in the directory.
	for name, text := range map[string]string{"inbox/done/a.eml": "> quoted walrus", "draft.md": "a draft of the puffin", "out/SA26-001A-NZL.txt": "an edition of the auk"} {
		if err := configs.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, stop := startServe(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	away := t.TempDir()
	file := filepath.Join(away, "plain.backup")
	made, err := backup(ctx, dir, file, nil)
	if err != nil || made.Encrypted || len(made.LeftOut) < 6 || !slices.Contains(made.LeftOut, "inbox/done/a.eml") || !slices.Contains(made.LeftOut, signingKeyFile) {
		t.Fatalf("backup: %v\n%+v", err, made)
	}
	if _, err := stop(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range made.LeftOut {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || strings.Contains(string(whole), strings.TrimSpace(string(data))) {
			t.Errorf("%s lies in a backup that is not encrypted (%v)", name, err)
		}
	}
	other := filepath.Join(away, "other")
	if err := initDir(other, time.Now()); err != nil {
		t.Fatal(err)
	}
	secrets := filepath.Join(dir, "secrets")
	changed := func(old, new string) []byte { return []byte(strings.Replace(string(whole), old, new, 1)) }
	for name, c := range map[string]struct {
		data    []byte
		secrets string
		want    string
	}{
		"cut off":                {whole[:len(whole)/2], secrets, "cut off"},
		"cut off before its end": {whole[:len(whole)-4096], secrets, "cut off"},
		"a recipient exchanged":  {changed("duty0@police.nzl.example", "spy00@police.nzl.example"), secrets, "is not the file that was copied"},
		"the list exchanged too": {changed(`"left_out"`, `"LEFT_out"`), secrets, "the store key is not the one of this backup, or the backup was changed"},
		"another's secrets":      {whole, filepath.Join(other, "secrets"), "the store key is not the one of this backup"},
		"no secrets":             {whole, "", "holds no secrets"},
		"empty":                  {nil, secrets, "is empty"},
		"no backup":              {[]byte("hello\n"), secrets, "damaged or cut off"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			bad := filepath.Join(folder, "bad.backup")
			if err := os.WriteFile(bad, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := (&restoring{file: bad, dir: filepath.Join(folder, "desk"), secrets: c.secrets}).restore(ctx)
			if err == nil || !strings.Contains(err.Error(), c.want) || hintOf(err) == "" {
				t.Errorf("%v (hint: %s)", err, hintOf(err))
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
	if _, err := (&restoring{file: file, dir: filepath.Join(away, "desk"), secrets: secrets}).restore(ctx); err != nil {
		t.Errorf("the whole one: %v", err)
	}
}

// TestPauseIsRefused keeps a server running whose configuration would not load again, and one who has no token out.
func TestPauseIsRefused(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	startServe(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	people := filepath.Join(dir, "configs", "people.yaml")
	good, err := os.ReadFile(people)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(people, []byte("people: [half"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "desk.backup")
	if _, err := backup(ctx, dir, out, nil); err == nil || !strings.Contains(err.Error(), "the server does not pause") {
		t.Errorf("a server that would not come up again paused: %v", err)
	}
	if err := os.WriteFile(people, good, 0o600); err != nil {
		t.Fatal(err)
	}

	var door operatorDoor
	file := filepath.Join(dir, operatorFile)
	data, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(data, &door) != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	conn, err := net.Dial("tcp", door.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "%s%064d\n", operatorGreeting, 0)
	if answer, err := io.ReadAll(conn); err != nil || len(answer) > 0 {
		t.Errorf("without the token: %q, %v", answer, err)
	}
	if _, err := backup(ctx, dir, out, nil); err != nil {
		t.Errorf("the server does not pause after all that: %v", err)
	}
	if _, err := os.Stat(out); err != nil {
		t.Error(err)
	}
}

// TestTermFinishesWhatIsInHand ends the real server in the middle of a delivery: no mail is in doubt, and after the
// next start everybody has one.
func TestTermFinishesWhatIsInHand(t *testing.T) {
	const recipients = 16
	binary := filepath.Join(t.TempDir(), "bulletin")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	dir, sign, seeds := deskDir(t, recipients/2)
	sink, err := mail.NewSink(mail.SinkConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  parallel: 2\n", slowLink(t, sink.Addr(), 40*time.Millisecond))
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	server := spawnServe(t, binary, dir)
	ref := released(ctx, t, dir, seeds, sign, "One")
	eventually(t, func() (struct{}, error) {
		if n := total(sink.Received()); n < 3 {
			return struct{}{}, fmt.Errorf("%d mails", n)
		}
		return struct{}{}, nil
	})
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Fatalf("the server's end: %v", err)
	}
	if n := total(sink.Received()); n == recipients {
		t.Fatal("it was to end in the middle")
	}
	server = spawnServe(t, binary, dir)
	s := reaches(ctx, t, as(t, dir, seeds, sign, "moana"), ref.ID, delivered)
	for _, n := range s.Nations {
		if n.InDoubt > 0 {
			t.Errorf("%s: %d in doubt", n.Nation, n.InDoubt)
		}
	}
	if got := sink.Received(); len(got) != recipients || total(got) != recipients {
		t.Errorf("received: %v", got)
	}
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Error(err)
	}
}

// TestKilledBackupDoesNotKeepTheServer ends who asked for a pause, without a word and with the store's lock still
// held for a moment: the server comes up again.
func TestKilledBackupDoesNotKeepTheServer(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	startServe(t, dir)
	url := healthOf(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	resume, err := askPause(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	lock, err := queue.Lock(filepath.Join(dir, "store", "lock"))
	if err != nil {
		t.Fatalf("the server pauses, and keeps its store: %v", err)
	}
	resume()
	if code, _ := get(t, url+"/readyz", ""); code != 503 {
		t.Error("ready while another has the store")
	}
	lock.Close()
	eventually(t, func() (struct{}, error) {
		code, body := get(t, url+"/readyz", "")
		if code != 200 {
			return struct{}{}, fmt.Errorf("%d %s", code, body)
		}
		return struct{}{}, nil
	})
}

// A copy of a directory whose facts lie in an external NATS server can't be restored: nobody is to find out on the bare machine.
func TestBackupRefusesWhereTheFactsLieElsewhere(t *testing.T) {
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) {
			dir, _, _ := deskDir(t, 1)
			s.deploy(t, dir).url()
			var stdout, stderr bytes.Buffer
			code := run([]string{"backup", "--dir", dir, "-o", filepath.Join(t.TempDir(), "desk.backup")}, &stdout, &stderr)
			if embedded := s.name == "one process"; embedded != (code == exitDone) || !embedded && !strings.Contains(stderr.String(), "external NATS server") {
				t.Errorf("exit %d: %s", code, &stderr)
			}
		})
	}
}
