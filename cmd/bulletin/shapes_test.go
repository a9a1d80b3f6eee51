package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/queue/natstest"
)

// A shape is a way to run the pipeline over a working directory. What holds in one must hold in all: write a script
// in testdata/shapes, or a test with inEachShape, against the files of the directory.
type shape struct {
	name   string
	deploy func(t testing.TB, dir string) *running
}

func shapes() []shape {
	return []shape{
		{"one process", func(t testing.TB, dir string) *running {
			return deploy(t, dir, "", func() {}, []site{{dir: dir}})
		}},
		{"several processes", func(t testing.TB, dir string) *running {
			url := natstest.Start(t, natsConfig(t, dir)).URL()
			return deploy(t, dir, url, func() {}, sites(t, dir))
		}},
		{"a cluster", func(t testing.TB, dir string) *running {
			nodes := natstest.Cluster(t, natsConfig(t, dir))
			var urls []string
			for _, n := range nodes {
				urls = append(urls, n.URL())
			}
			setReplicas(t, dir, 3)
			leads := max(0, slices.IndexFunc(nodes, (*natstest.Server).Leads))
			return deploy(t, dir, strings.Join(urls, ","), sync.OnceFunc(nodes[leads].Stop), sites(t, dir)) // the worst one to lose
		}},
	}
}

// inEachShape runs a test in every shape, as a subtest.
func inEachShape(t *testing.T, test func(t *testing.T, deploy func(t testing.TB, dir string) *running)) {
	t.Helper()
	for _, s := range shapes() {
		t.Run(s.name, func(t *testing.T) { test(t, s.deploy) })
	}
}

// site is where a process works, and what it does there.
type site struct {
	dir  string
	args []string
}

// sites spread the pipeline over processes. The desk, the notices and the record work in dir; the others have
// directories of their own with what they need and nothing else. All mail goes to dir/outbox.
func sites(t testing.TB, dir string) []site {
	out := []site{
		{dir, []string{"--roles", "desk"}}, // makes the streams
		{partDir(t, dir, queue.RoleTally, queue.RoleMark, queue.RoleRender), []string{"--roles", "tally,mark,render"}},
	}
	for _, nations := range [][]pipeline.Nation{{pipeline.NZL}, {pipeline.AUS, pipeline.CAN, pipeline.GBR, pipeline.USA}} {
		out = append(out, site{nationDir(t, dir, nations...), []string{"--roles", "plan,deliver,receive", "--nation", pipeline.JoinNations(nations, ",")}})
	}
	return append(out, site{dir, []string{"--roles", "notify,record"}}) // ends last: it has everything then
}

// running is the pipeline as it runs in some shape.
type running struct {
	t         testing.TB
	dir, nats string // nats is empty for the embedded server
	sites     []site
	processes []*process
	disturb   func() // takes away what the shape can do without; may do nothing
}

func deploy(t testing.TB, dir, nats string, disturb func(), at []site) *running {
	r := &running{t: t, dir: dir, nats: nats, sites: at, disturb: disturb}
	r.start()
	return r
}

func (r *running) start() {
	for _, p := range r.sites {
		r.processes = append(r.processes, startPart(r.t, p.dir, r.nats, p.args...))
	}
}

// stop ends every process as ctrl-c does, and returns what they printed.
func (r *running) stop() (string, error) {
	var printed strings.Builder
	var errs []error
	for _, p := range r.processes {
		errs = append(errs, p.end())
		printed.WriteString(p.printed.String())
	}
	r.processes = nil
	return printed.String(), errors.Join(errs...)
}

// url is where people's programs connect.
func (r *running) url() string {
	return eventually(r.t, func() (string, error) { return (&deskFlags{dir: r.dir}).endpoint() })
}

// abode is the working directory that has a nation's list, and its inbox.
func (r *running) abode(n pipeline.Nation) string {
	for _, p := range r.sites {
		if i := slices.Index(p.args, "--nation"); i >= 0 && strings.Contains(p.args[i+1], string(n)) {
			return p.dir
		}
	}
	return r.dir
}

// natsConfig is what nats-config prints.
func natsConfig(t testing.TB, dir string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := run([]string{"nats-config", "--dir", dir}, &stdout, &stderr); code != 0 {
		t.Fatalf("nats-config: %s", &stderr)
	}
	return stdout.String()
}

func setReplicas(t testing.TB, dir string, n int) {
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

// partDir is a directory for a process with these roles: its configuration and their credentials.
func partDir(t testing.TB, dir string, roles ...queue.Role) string {
	t.Helper()
	part := filepath.Join(t.TempDir(), "part")
	copyFiles(t, dir, part, "configs/bulletin.yaml")
	for _, r := range roles {
		copyFiles(t, dir, part, roleKeyFile(queue.Worker{Role: r}))
	}
	return part
}

// nationDir is a directory for a process that plans, delivers and receives for some nations: their lists and keys,
// their credentials, and what mail is signed with.
func nationDir(t testing.TB, dir string, nations ...pipeline.Nation) string {
	t.Helper()
	part := partDir(t, dir)
	copyFiles(t, dir, part, signingKeyFile, messageIDKeyFile)
	for _, n := range nations {
		copyFiles(t, dir, part, fmt.Sprintf("configs/recipients/%s.yaml", n))
		for _, role := range []queue.Role{queue.RolePlan, queue.RoleDeliver, queue.RoleReceive} {
			copyFiles(t, dir, part, roleKeyFile(queue.Worker{Role: role, Nation: n}))
		}
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

func copyFiles(t testing.TB, from, to string, names ...string) {
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

// startPart runs serve as a process, at an external server if one is named, and waits until it is connected.
func startPart(t testing.TB, dir, nats string, args ...string) *process {
	t.Helper()
	args = append([]string{"serve", "--dir", dir}, args...)
	if nats != "" {
		args = append(args, "--nats", nats)
	}
	p := &process{command: exec.Command("bulletin", args...), gone: make(chan struct{})}
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
			t.Logf("%v printed:\n%s", args, p.printed.String())
		}
	})
	p.says(t, regexp.MustCompile("(?m)^  at rest "))
	return p
}

// says waits until the process has printed something, and returns it.
func (p *process) says(t testing.TB, what *regexp.Regexp) string {
	t.Helper()
	return eventually(t, func() (string, error) {
		select {
		case <-p.gone:
			t.Fatalf("%v ended: %v\n%s", p.command.Args, p.err, p.printed.String())
		default:
		}
		if found := what.FindString(p.printed.String()); found != "" {
			return found, nil
		}
		return "", fmt.Errorf("%v does not say %s", p.command.Args, what)
	})
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
