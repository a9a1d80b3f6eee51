package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/queue/natstest"
)

func TestParsePart(t *testing.T) {
	if p, err := parsePart(nil, nil); err != nil || !p.isWhole() {
		t.Errorf("nothing asked for: %v, %v", p, err)
	}
	p, err := parsePart([]string{"record", "mark", "desk", "mark"}, nil)
	if err != nil || !slices.Equal(p.roles, []queue.Role{queue.RoleDesk, queue.RoleMark, queue.RoleRecord}) || p.isWhole() || p.national() {
		t.Errorf("roles come along the flow, once each: %v, %v", p, err)
	}
	p, err = parsePart(nil, []string{"NZL", "GBR", "NZL"})
	if err != nil || len(p.roles) != len(queue.Roles()) || p.isWhole() {
		t.Errorf("every role for two nations: %v, %v", p, err)
	}
	if w := p.workers(queue.RoleDeliver); len(w) != 2 || !slices.Equal(w[queue.Worker{Role: queue.RoleDeliver, Nation: pipeline.GBR}], []pipeline.Nation{pipeline.GBR}) {
		t.Errorf("deliver for two nations: %v", w)
	}
	if w := p.workers(queue.RoleMark); len(w) != 1 || !slices.Equal(w[queue.Worker{Role: queue.RoleMark}], p.nations) {
		t.Errorf("mark is no nation's: %v", w)
	}
	if w := whole().workers(queue.RoleDeliver); len(w) != 1 || len(w[queue.Worker{Role: queue.RoleDeliver}]) != len(pipeline.Nations()) {
		t.Errorf("deliver for all: %v", w)
	}
}

// A port that another program has is named at once, and nothing is started.
func TestServeRefusesAPortInUse(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	config := fmt.Sprintf("queue:\n  listen: %s\n", l.Addr())
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	code := run([]string{"serve", "--dir", dir}, &stdout, &stderr)
	if code != 1 || !strings.Contains(stderr.String(), "address already in use") || !strings.Contains(stderr.String(), "hint: another program listens there") {
		t.Errorf("exit %d: %s", code, &stderr)
	}
	for _, name := range []string{endpointFile, recordFile, "store/jetstream"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !os.IsNotExist(err) {
			t.Errorf("%s was made", name)
		}
	}
}

// wiring is how a role gets wired alone, in the working directory and at a NATS server.
func wiring(t *testing.T, dir string) func(queue.Role) (*server, error) {
	t.Helper()
	config, err := configs.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	config.Queue.URL = natstest.Start(t, natsConfig(t, dir)).URL()
	return func(r queue.Role) (*server, error) {
		p := part{roles: []queue.Role{r}, nations: pipeline.Nations()}
		return newPart(context.Background(), dir, config, p, time.Now, slog.New(slog.DiscardHandler))
	}
}

// Every role that there is gets wired, alone: what a process says that it runs it runs. A second process with the same
// directory does not run it too.
func TestEveryRoleIsWired(t *testing.T) {
	dir, _, _ := deskDir(t, 1)
	alone := wiring(t, dir)
	for _, r := range queue.Roles() {
		s, err := alone(r)
		if err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		defer s.close()
		if len(s.running) < 2 { // one watches the connection
			t.Errorf("%s runs nothing", r)
		}
		if _, err := alone(r); err == nil || !strings.Contains(err.Error(), "is run by another process") {
			t.Errorf("%s is run a second time: %v", r, err)
		}
	}
}
