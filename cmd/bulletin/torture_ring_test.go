package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
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

// In the suite each kind of fault comes once. `make torture` gives a time, and says from which seed it draws.
var (
	tortureFor  = flag.Duration("torture.for", 0, "how long each torture test goes on drawing faults")
	tortureSeed = flag.Uint64("torture.seed", rand.Uint64(), "what faults are drawn from")
)

// ringChunk is how many recipients an attempt is for.
const ringChunk = 2

// ring is the pipeline as processes, with everything around it that can be spoiled: the NATS servers, the relay, and
// the ways to both. All are processes of their own, so that a kill is a kill.
type ring struct {
	*testing.T
	random *rand.Rand
	dir    string
	sign   map[string]func([]byte) ([]byte, error)
	seeds  map[string]string
	nodes  []*child // NATS servers; none where the server is embedded
	links  []*wire  // between them
	relay  *child
	book   string

	unanswered bool // the relay has been of the kind that leaves mails without an answer
	members    []*member
	attached   []byte // a file that goes with each bulletin
	ids        []pipeline.ID
	faults     int // that may leave attempts in doubt
	log        []string
}

// member is a bulletin serve, with its own ways to the NATS servers and to the relay.
type member struct {
	name string
	site site
	nats []*wire
	smtp *wire
	*process
}

// newRing has a working directory with so many recipients in each of two nations, and a relay. Nothing runs yet.
func newRing(t *testing.T, recipients int) *ring {
	r := &ring{T: t, random: rand.New(rand.NewPCG(*tortureSeed, 6)), book: filepath.Join(t.TempDir(), "book.jsonl")}
	r.dir, r.sign, r.seeds = deskDir(t, recipients)
	r.relay = newChild(t, "relay")
	r.relay.port = natstest.FreePorts(t, 1)[0]
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("-torture.seed=%d did:\n  %s", *tortureSeed, strings.Join(r.log, "\n  "))
		}
	})
	r.behave(conduct{})
	return r
}

// did notes what was done, for whoever reads why it failed.
func (r *ring) did(format string, args ...any) {
	r.log = append(r.log, time.Now().Format("05.000 ")+fmt.Sprintf(format, args...))
}

// behave starts the relay anew, with this conduct.
func (r *ring) behave(c conduct) {
	r.Helper()
	r.relay.kill()
	r.unanswered = r.unanswered || c.DropInData+c.DropAtDot+c.DropAfter+c.Die > 0
	r.relay.argument = r.conducted(c)
	r.relay.start()
}

// conducted is the relay's argument.
func (r *ring) conducted(c conduct) string {
	argument, err := json.Marshal(&relay{Port: r.relay.port, Book: r.book, Conduct: c})
	if err != nil {
		r.Fatal(err)
	}
	return string(argument)
}

// alone is one process with the embedded server.
func oneProcess(t *testing.T, recipients int) *ring {
	r := newRing(t, recipients)
	r.join("server", site{dir: r.dir})
	return r
}

// spread is two processes that deliver, and one with everything else, at NATS servers of their own.
func spread(t *testing.T, recipients, nodes int) *ring {
	r := newRing(t, recipients)
	if nodes > 1 {
		setReplicas(t, r.dir, nodes)
	}
	r.cluster(nodes)
	r.join("rest", site{r.dir, []string{"--roles", "desk,tally,mark,render,plan,record"}})
	for _, name := range []string{"one", "two"} {
		r.join(name, site{nationDir(t, r.dir, pipeline.NZL, pipeline.GBR), []string{"--roles", "deliver", "--nation", "NZL,GBR"}})
	}
	return r
}

// cluster starts NATS servers, each with a way of its own to each other one.
func (r *ring) cluster(n int) {
	ports := natstest.FreePorts(r, 3*n)
	for i := range n {
		node := natstest.Node{Name: fmt.Sprintf("node%d", i+1), Port: ports[3*i], Monitor: ports[3*i+1],
			Store: filepath.Join(r.TempDir(), "store"), Accounts: natsConfig(r, r.dir)}
		if n > 1 {
			node.Cluster = ports[3*i+2]
		}
		for j := range n {
			if i != j {
				link := newWire(r, fmt.Sprintf("127.0.0.1:%d", ports[3*j+2]), octets)
				link.name = fmt.Sprintf("%d-%d", i, j)
				r.links = append(r.links, link)
				node.Routes = append(node.Routes, link.addr())
			}
		}
		c := newChild(r, "nats")
		c.argument, c.port, c.monitor, c.node = node.Argument(), node.Port, node.Monitor, node.Name
		r.nodes = append(r.nodes, c)
		c.launch()
	}
	for _, c := range r.nodes {
		c.await()
	}
}

// join starts a process of the pipeline.
func (r *ring) join(name string, at site) *member {
	r.Helper()
	m := &member{name: name, site: at, smtp: newWire(r, r.relay.address(), smtpFrames)}
	for _, n := range r.nodes {
		m.nats = append(m.nats, newWire(r, n.address(), natsFrames))
	}
	r.configure(at.dir, m.smtp.addr(), max(1, len(r.nodes)))
	r.members = append(r.members, m)
	r.start(m)
	return m
}

// configure has a process deliver in small chunks, and come back soon.
func (r *ring) configure(dir, relay string, replicas int) {
	r.Helper()
	config := fmt.Sprintf("queue:\n  replicas: %d\nrelay:\n  address: %s\n  hello: localhost\n  timeout: 2s\ndelivery:\n  chunk: %d\n  retry_after: 50ms\n",
		replicas, relay, ringChunk)
	if err := configs.WriteFile(filepath.Join(dir, "configs", "bulletin.yaml"), []byte(config), 0o600); err != nil {
		r.Fatal(err)
	}
}

func (r *ring) start(m *member) {
	r.Helper()
	var urls []string
	for _, w := range m.nats {
		urls = append(urls, "nats://"+w.addr())
	}
	m.process = startPart(r.T, m.site.dir, strings.Join(urls, ","), m.site.args...)
}

// kill kills a member with SIGKILL and starts it anew.
func (r *ring) kill(m *member) {
	r.Helper()
	if err := m.command.Process.Kill(); err != nil {
		r.Fatal(err)
	}
	<-m.gone
	r.mend()
	r.start(m)
}

// wires are the ways that a member has.
func (m *member) wires() []*wire { return append(m.nats[:len(m.nats):len(m.nats)], m.smtp) }

// supervise starts a member anew that has ended by itself, as an operator's systemd does.
func (r *ring) supervise() {
	r.Helper()
	for _, m := range r.members {
		select {
		case <-m.gone:
			lines := strings.Split(strings.TrimSpace(m.printed.String()), "\n")
			r.did("%s ended by itself: %s", m.name, lines[len(lines)-1])
			r.Logf("%s ended by itself, and is started again: %s", m.name, lines[len(lines)-1])
			r.start(m)
		default:
		}
	}
}

// deliverers are the members that send mail.
func (r *ring) deliverers() []*member {
	if len(r.members) < 2 {
		return r.members
	}
	return r.members[1:]
}

// as connects a person, past the wires.
func (r *ring) as(name string) *desk.Client {
	r.Helper()
	url := r.url()
	var c *queue.Client
	r.until("the desk answers "+name, func() (err error) {
		if len(r.nodes) == 0 {
			url = r.url()
		}
		if c, err = queue.Dial(url, name, []byte(r.seeds[name])); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err = c.Request(ctx, "queue", []byte("{}")); err != nil {
			c.Close()
		}
		return err
	})
	r.Cleanup(c.Close)
	return &desk.Client{Connection: c, Sign: r.sign[name]}
}

// url is that of the NATS servers; of an embedded one as its process says.
func (r *ring) url() string {
	var urls []string
	for _, n := range r.nodes {
		urls = append(urls, "nats://"+n.address())
	}
	if len(urls) > 0 {
		return strings.Join(urls, ",")
	}
	url, _ := (&deskFlags{dir: r.dir}).endpoint() // empty while the server comes up: Dial says so
	return url
}

// until asks until it is so, for as long as a cluster and a chunk's way back may take; after that the test has failed.
func (r *ring) until(what string, ask func() error) error {
	r.Helper()
	deadline := time.After(90 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ask()
		if err == nil {
			return nil
		}
		r.supervise()
		select {
		case <-deadline:
			r.Fatalf("%s: %v", what, err)
		case <-tick.C:
		}
	}
}

// release has a bulletin approved. What a person does is repeated until it is done: an answer may be lost.
func (r *ring) release() {
	r.Helper()
	if err := r.releaseBy(r.until); err != nil {
		r.Fatal(err)
	}
}

// tryRelease has people do it once.
func (r *ring) tryRelease() error {
	return r.releaseBy(func(what string, ask func() error) error {
		if err := ask(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		return nil
	})
}

func (r *ring) releaseBy(do func(what string, ask func() error) error) error {
	r.Helper()
	text := fmt.Sprintf("title: Bulletin %d\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n", len(r.ids))
	source := draft.Source{Name: "draft.md", Files: map[string][]byte{}}
	if r.attached != nil {
		text += "attachments: [figures.xlsx]\n"
		source.Files["figures.xlsx"] = r.attached
	}
	source.Files["draft.md"] = []byte("---\n" + text + "---\n\nSummary.\n")
	person := map[string]*desk.Client{}
	for _, name := range []string{"moana", "aroha", "tom"} {
		person[name] = r.as(name)
	}
	var id pipeline.ID
	err := do("submit", func() error {
		s, err := asked(func(ctx context.Context) (desk.Submitted, error) { return person["moana"].Submit(ctx, "", source) })
		id = s.Ref.ID
		return err
	})
	for _, name := range []string{"aroha", "tom"} {
		if err != nil {
			return err
		}
		err = do(name+" approves", func() error {
			shown, err := asked(func(ctx context.Context) (desk.Shown, error) { return person[name].Show(ctx, id) })
			if err != nil {
				return err
			}
			_, err = asked(func(ctx context.Context) (desk.Approved, error) { return person[name].Approve(ctx, shown) })
			if err != nil && strings.Contains(err.Error(), "already") {
				return nil
			}
			return err
		})
	}
	if err == nil {
		r.ids = append(r.ids, id)
		r.did("released %s", id)
	}
	return err
}

func asked[T any](ask func(context.Context) (T, error)) (T, error) {
	return shortly(context.Background(), ask)
}

// delivered waits until everything is with its recipients, or parked.
func (r *ring) delivered() {
	r.Helper()
	moana := r.as("moana")
	for _, id := range r.ids {
		r.until("delivery of "+string(id), func() error {
			s, err := asked(func(ctx context.Context) (desk.Status, error) { return moana.Status(ctx, id) })
			if err == nil && s.State != "delivered" {
				err = fmt.Errorf("%s: %+v, parked %+v", s.State, s.Nations, s.Parked)
			}
			return err
		})
	}
}

// quiet waits until the NATS servers have nothing more to hand out: no chunk comes again after that.
func (r *ring) quiet() {
	r.Helper()
	for _, n := range r.nodes {
		r.until("nothing is in hand", n.idle)
	}
}

// end ends every process of the pipeline as ctrl-c does.
func (r *ring) end() {
	r.Helper()
	for i := len(r.members) - 1; i >= 0; i-- { // the record last
		if err := r.members[i].end(); err != nil {
			r.Errorf("the end of %s: %v", r.members[i].name, err)
		}
	}
}

// bulletin runs a verb of the binary.
func (r *ring) bulletin(args ...string) []byte {
	r.Helper()
	out, err := exec.Command("bulletin", args...).Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		r.Fatalf("bulletin %v: %v", args, err)
	}
	return out
}

func pidOf(m *member) string { return fmt.Sprint(m.command.Process.Pid) }
