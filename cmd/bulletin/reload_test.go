package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

const noticeDraft = "---\ntitle: Notice\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\n\nSummary.\n"

// ask asks for the queue of reviews, and returns the desk's no or the connection's error.
func ask(c *queue.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	_, err := c.Request(ctx, "queue", []byte("{}"))
	return err
}

func dial(t *testing.T, url, name, seed string) *queue.Client {
	t.Helper()
	c := eventually(t, func() (*queue.Client, error) {
		c, err := queue.Dial(url, name, []byte(seed))
		if err != nil {
			return nil, err
		}
		if err := ask(c); err != nil {
			c.Close()
			return nil, err
		}
		return c, nil
	})
	t.Cleanup(c.Close)
	return c
}

// A person who is disabled while connected is refused at their very next request, then disconnected, and let in again
// when enabled. Somebody added meanwhile works at once. None of it takes a restart.
func TestPeopleChangeWhileServing(t *testing.T) {
	dir, sign, seeds := deskDir(t, 1)
	url, stop := startServe(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	moana := &desk.Client{Connection: dial(t, url, "moana", seeds["moana"])}
	submitted, err := moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(noticeDraft)}})
	if err != nil {
		t.Fatal(err)
	}
	id := submitted.Ref.ID
	connection := dial(t, url, "tom", seeds["tom"])
	tom := &desk.Client{Connection: connection, Sign: sign["tom"]}
	shown, err := tom.Show(ctx, id)
	if err != nil {
		t.Fatal(err)
	}

	execute(t, "people", "disable", "tom", "--dir", dir)
	var refused *queue.Refused
	if _, err := tom.Approve(ctx, shown); !errors.As(err, &refused) || !strings.Contains(refused.Msg, "tom may not work here") {
		t.Fatalf("the next request of a disabled person: %v", err)
	}
	eventually(t, func() (struct{}, error) { // an answer that only takes long does not count as cut off
		if err := ask(connection); err == nil || errors.As(err, &refused) || errors.Is(err, context.DeadlineExceeded) {
			return struct{}{}, fmt.Errorf("still connected: %v", err)
		}
		c, err := queue.Dial(url, "tom", []byte(seeds["tom"]))
		if err == nil {
			c.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "does not accept") {
			return struct{}{}, fmt.Errorf("a disabled person connects: %v", err)
		}
		return struct{}{}, nil
	})
	execute(t, "people", "enable", "tom", "--dir", dir)
	tom.Connection = dial(t, url, "tom", seeds["tom"])
	if _, err := tom.Approve(ctx, shown); err != nil {
		t.Fatalf("enabled again: %v", err)
	}

	keys, err := addPersonHere(dir, review.Person{Name: "kiri", Nation: pipeline.NZL, Roles: []review.Role{review.Reviewer}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	kiri := &desk.Client{
		Connection: dial(t, url, "kiri", string(keys.seed)),
		Sign:       func(b []byte) ([]byte, error) { return seal.SignDetached(keys.secret, nil, b, time.Now()) },
	}
	// What tom approved while they might counts, also after they are gone.
	execute(t, "people", "disable", "tom", "--dir", dir)
	approve(ctx, t, kiri, id)
	eventually(t, func() (desk.Status, error) {
		s, err := moana.Status(ctx, id)
		if err == nil && s.State != "delivered" {
			err = fmt.Errorf("%s: %+v", s.State, s.Parked)
		}
		return s, err
	})
	printed, err := stop()
	if err != nil || !strings.Contains(printed, "who may connect has changed") {
		t.Errorf("%v\n%s", err, printed)
	}
}

// execute runs a verb that must succeed.
func execute(t *testing.T, args ...string) string {
	t.Helper()
	var printed lockedBuffer
	if code := run(args, &printed, &printed); code != 0 {
		t.Fatalf("bulletin %v: exit %d\n%s", args, code, printed.String())
	}
	return printed.String()
}

// A recipient who is removed, or whose key is replaced, while their mail waits for the relay gets nothing more.
func TestRecipientsChangeWhileMailIsDeferred(t *testing.T) {
	dir, sign, seeds := deskDir(t, 3)
	addresses := []string{"duty0@police.nzl.example", "duty1@police.nzl.example", "duty2@police.nzl.example"}
	sink, err := mail.NewSink(mail.SinkConfig{Dir: t.TempDir(), Faults: map[string]mail.Fault{addresses[1]: {Temporary: 1 << 20}, addresses[2]: {Temporary: 1 << 20}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sink.Close() })
	config := fmt.Sprintf("relay:\n  address: %s\n  hello: localhost\ndelivery:\n  retry_after: 200ms\n", sink.Addr())
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	url, stop := startServe(t, dir)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	moana := &desk.Client{Connection: dial(t, url, "moana", seeds["moana"])}
	submitted, err := moana.Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(noticeDraft)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"aroha", "tom"} {
		approve(ctx, t, &desk.Client{Connection: dial(t, url, name, seeds[name]), Sign: sign[name]}, submitted.Ref.ID)
	}
	eventually(t, func() (struct{}, error) {
		if got := sink.Refused(); got[addresses[1]] == 0 || got[addresses[2]] == 0 {
			return struct{}{}, fmt.Errorf("not deferred yet: %v", got)
		}
		return struct{}{}, nil
	})
	key := filepath.Join(t.TempDir(), "new.asc")
	_, public, err := seal.GenerateKey("Duty", addresses[2], time.Now().Add(-time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, public, 0o600); err != nil {
		t.Fatal(err)
	}
	execute(t, "recipients", "remove", "--dir", dir, "--nation", "NZL", "--address", addresses[1])
	execute(t, "recipients", "add", "--dir", dir, "--nation", "NZL", "--address", addresses[2], "--key", key, "--replace")
	status := eventually(t, func() (desk.Status, error) {
		s, err := moana.Ledger(ctx, submitted.Ref.ID)
		if err == nil && s.State != "delivered" {
			err = fmt.Errorf("%s", s.State)
		}
		return s, err
	})
	want := map[string]string{
		addresses[0]: "sent ", addresses[1]: "parked no longer on the list",
		addresses[2]: "parked the key on the list is not the one that was planned for",
	}
	got := map[string]string{}
	for _, n := range status.Nations {
		for _, o := range n.Deliveries {
			if n.Nation == pipeline.NZL {
				got[o.Address] = string(o.State) + " " + o.Reason
			}
		}
	}
	for address, outcome := range want {
		if got[address] != outcome {
			t.Errorf("%s: got %q, want %q", address, got[address], outcome)
		}
	}
	if received := sink.Received(); received[addresses[1]]+received[addresses[2]] != 0 {
		t.Errorf("they got mail: %v", received)
	}
	if printed, err := stop(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}

// SIGHUP says what is wrong in every file, stops nothing, and names what takes a restart.
func TestServeOnSIGHUP(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "bulletin")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	dir, _, seeds := deskDir(t, 1)
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
	logged := func(after int, want string) {
		t.Helper()
		eventually(t, func() (struct{}, error) {
			if text := printed.String()[after:]; !strings.Contains(text, want) {
				return struct{}{}, fmt.Errorf("%q is not in the log:\n%s", want, text)
			}
			return struct{}{}, nil
		})
	}
	logged(0, "serving ")
	as(t, dir, seeds, nil, "moana") // from here on it follows its files
	write := func(name, text string) {
		t.Helper()
		if err := configs.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hangUp := func() int {
		t.Helper()
		after := len(printed.String())
		if err := server.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		return after
	}
	logged(hangUp(), "reloaded: the configuration holds")

	people, err := os.ReadFile(filepath.Join(dir, "configs", "people.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write("configs/people.yaml", strings.Replace(string(people), "[author]", "[boss]", 1))
	write("configs/policy.yaml", "quorum:\n  default: {approvals: 0, nations: 0}\n")
	write("configs/recipients/USA.yaml", "recipients:\n- address: nobody-at-all\n- address: hone@police.example,x\n")
	write("configs/bulletin.yaml", "relay:\n  user: x\n  adress: y\n")
	after := hangUp()
	for _, want := range []string{"people.yaml:", "policy.yaml:2:", "USA.yaml:2:12", "bulletin.yaml:3:3", "reloaded in part"} {
		logged(after, want)
	}
	as(t, dir, seeds, nil, "moana") // who worked before still does
	if text := printed.String()[after:]; strings.Contains(text, "nobody-at-all") || strings.Contains(text, "hone") {
		t.Errorf("an address is in the log:\n%s", text)
	}

	write("configs/people.yaml", string(people))
	write("configs/policy.yaml", string(configs.Example("policy")))
	write("configs/recipients/USA.yaml", "recipients: []\n")
	write("configs/bulletin.yaml", "relay:\n  connections: 3\ndelivery:\n  chunk: 9\n")
	after = hangUp()
	for _, want := range []string{"a change takes a restart before it counts\" parts=[relay]", "the pace of delivery has changed\" chunk=9", "reloaded: the configuration holds"} {
		logged(after, want)
	}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		t.Errorf("its end: %v\n%s", err, printed.String())
	}
}
