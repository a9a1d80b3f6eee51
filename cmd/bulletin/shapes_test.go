package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/queue/natstest"
)

// A shape is a way to run the pipeline over a working directory. What holds in one must hold in all: write a
// test with inEachShape, against the server's URL and the files of the directory.
type shape struct {
	name  string
	start func(t *testing.T, dir string) *running
}

// running is the pipeline as it runs in some shape.
type running struct {
	url     string
	stop    func() (printed string, err error) // as ctrl-c does
	disturb func()                             // takes away what the shape can do without; may do nothing
}

func shapes() []shape {
	return []shape{
		{"one process", func(t *testing.T, dir string) *running {
			url, stop := startServe(t, dir)
			return &running{url, stop, func() {}}
		}},
		{"several processes", func(t *testing.T, dir string) *running {
			server := natstest.Start(t, natsConfig(t, dir))
			url, stop := startParts(t, dir, server.URL())
			return &running{url, stop, func() {}}
		}},
		{"a cluster", func(t *testing.T, dir string) *running {
			nodes := natstest.Cluster(t, natsConfig(t, dir))
			var urls []string
			for _, n := range nodes {
				urls = append(urls, n.URL())
			}
			setReplicas(t, dir, 3)
			url, stop := startParts(t, dir, strings.Join(urls, ","))
			leads := max(0, slices.IndexFunc(nodes, (*natstest.Server).Leads))
			return &running{url, stop, sync.OnceFunc(nodes[leads].Stop)} // the worst one to lose
		}},
	}
}

// inEachShape runs a test in every shape, as a subtest.
func inEachShape(t *testing.T, test func(t *testing.T, start func(t *testing.T, dir string) *running)) {
	t.Helper()
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) { test(t, s.start) })
	}
}

// natsConfig is what nats-config prints.
func natsConfig(t *testing.T, dir string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"nats-config", "--dir", dir}, &stdout, &stderr); code != 0 {
		t.Fatalf("nats-config: %s", &stderr)
	}
	return stdout.String()
}

func setReplicas(t *testing.T, dir string, n int) {
	t.Helper()
	file := filepath.Join(dir, "configs", "bulletin.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), "replicas: 1 ", fmt.Sprintf("replicas: %d ", n), 1)
	if text == string(data) {
		t.Fatalf("%s sets no replicas", file)
	}
	if err := configs.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startParts runs the pipeline as five processes at an external server. The desk and the record work in dir; the
// others have directories of their own with what they need and nothing else. All mail goes to dir/outbox.
func startParts(t *testing.T, dir, nats string) (url string, stop func() (string, error)) {
	t.Helper()
	desk := startPart(t, dir, nats, "--roles", "desk") // makes the streams
	parts := []*process{desk}
	inner := partDir(t, dir, queue.RoleTally, queue.RoleMark, queue.RoleRender)
	parts = append(parts, startPart(t, inner, nats, "--roles", "tally,mark,render"))
	for _, nations := range [][]pipeline.Nation{{pipeline.NZL}, {pipeline.AUS, pipeline.CAN, pipeline.GBR, pipeline.USA}} {
		abroad := nationDir(t, dir, nations...)
		parts = append(parts, startPart(t, abroad, nats, "--roles", "plan,deliver", "--nation", pipeline.JoinNations(nations, ",")))
	}
	parts = append(parts, startPart(t, dir, nats, "--roles", "record")) // ends last: it has everything then
	stop = sync.OnceValues(func() (string, error) {
		var printed strings.Builder
		var errs []error
		for _, p := range parts {
			errs = append(errs, p.end())
			printed.WriteString(p.printed.String())
		}
		return printed.String(), errors.Join(errs...)
	})
	return nats, stop
}

// partDir is a directory for a process with these roles: its configuration and their credentials.
func partDir(t *testing.T, dir string, roles ...queue.Role) string {
	t.Helper()
	part := filepath.Join(t.TempDir(), "part")
	copyFiles(t, dir, part, "configs/bulletin.yaml")
	for _, r := range roles {
		copyFiles(t, dir, part, roleKeyFile(queue.Worker{Role: r}))
	}
	return part
}

// nationDir is a directory for a process that plans and delivers for some nations: their lists and keys, their
// credentials, and what mail is signed with.
func nationDir(t *testing.T, dir string, nations ...pipeline.Nation) string {
	t.Helper()
	part := partDir(t, dir)
	copyFiles(t, dir, part, signingKeyFile, messageIDKeyFile)
	for _, n := range nations {
		copyFiles(t, dir, part, fmt.Sprintf("configs/recipients/%s.yaml", n), roleKeyFile(queue.Worker{Role: queue.RolePlan, Nation: n}), roleKeyFile(queue.Worker{Role: queue.RoleDeliver, Nation: n}))
		keys, err := filepath.Glob(filepath.Join(dir, "configs/recipients/keys", string(n)+"-*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range keys {
			copyFiles(t, dir, part, filepath.Join("configs/recipients/keys", filepath.Base(k)))
		}
	}
	outbox := filepath.Join(dir, "outbox")
	if err := errors.Join(os.MkdirAll(outbox, 0o700), os.Symlink(outbox, filepath.Join(part, "outbox"))); err != nil {
		t.Fatal(err)
	}
	return part
}

func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = configs.WriteFile(filepath.Join(to, name), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// process is a bulletin serve of its own.
type process struct {
	command *exec.Cmd
	printed lockedBuffer
	gone    chan struct{} // closed when it has ended, with
	err     error
}

// startPart runs a part as a process, and waits until it has connected and says what it does.
func startPart(t *testing.T, dir, nats string, args ...string) *process {
	t.Helper()
	p := &process{gone: make(chan struct{})}
	p.command = exec.Command("bulletin", append([]string{"serve", "--dir", dir, "--nats", nats}, args...)...)
	p.command.Stdout, p.command.Stderr = &p.printed, &p.printed
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.command.Wait()
		close(p.gone)
	}()
	t.Cleanup(func() {
		if p.end(); t.Failed() {
			t.Logf("serve %v printed:\n%s", args, p.printed.String())
		}
	})
	eventually(t, func() (struct{}, error) {
		select {
		case <-p.gone:
			t.Fatalf("serve %v ended: %v\n%s", args, p.err, p.printed.String())
		default:
		}
		if !strings.Contains(p.printed.String(), "on the way") {
			return struct{}{}, errors.New("serve does not say that it runs")
		}
		return struct{}{}, nil
	})
	return p
}

// end ends the process as ctrl-c does.
func (p *process) end() error {
	_ = p.command.Process.Signal(os.Interrupt) // it may have ended already
	<-p.gone
	if p.err != nil {
		return fmt.Errorf("%w: %s", p.err, p.printed.String())
	}
	return nil
}
