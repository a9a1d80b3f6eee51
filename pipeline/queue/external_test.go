package queue

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"bulletin/pipeline"
	"bulletin/pipeline/queue/natstest"
)

// silent accepts connections and says nothing.
func silent(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go io.Copy(io.Discard, c)
		}
	}()
	return "nats://" + l.Addr().String()
}

// A server that could not carry the work is refused within seconds, with what to do, and nothing is made there.
func TestExternalServerIsChecked(t *testing.T) {
	e, stranger := newEstate(t), newEstate(t)
	good := natstest.Start(t, e.text)
	open := natstest.Start(t, fmt.Sprintf("max_payload: %d", MaxPayload))
	small := natstest.Start(t, strings.Replace(e.text, "max_payload", "#", 1))
	bare := natstest.Start(t, strings.Replace(e.text, "jetstream: enabled", "", 1), func(o *server.Options) { o.JetStream = false })
	desk := Worker{Role: RoleDesk}
	for name, tc := range map[string]struct {
		url    string
		worker Worker
		seed   []byte
		change func(*Config)
		want   string
	}{
		"nobody there":         {"nats://127.0.0.1:1", desk, e.seeds["desk"], nil, "no NATS server answers at"},
		"a name of nobody":     {"nats://nats.invalid:4222", desk, e.seeds["desk"], nil, "no NATS server answers at"},
		"silence":              {silent(t), desk, e.seeds["desk"], nil, "no NATS server answers at"},
		"another's key":        {good.URL(), desk, stranger.seeds["desk"], nil, "does not accept the credentials of desk"},
		"no key":               {good.URL(), desk, nil, nil, "no credentials"},
		"not a key":            {good.URL(), desk, []byte("SUNONSENSE"), nil, "no user nkey seed"},
		"open to anybody":      {open.URL(), desk, e.seeds["desk"], nil, "asks for no credentials"},
		"small messages":       {small.URL(), desk, e.seeds["desk"], nil, "max_payload"},
		"no JetStream":         {bare.URL(), desk, e.seeds["desk"], nil, "JetStream is not enabled"},
		"no streams yet":       {good.URL(), Worker{Role: RoleMark}, e.seeds["mark"], nil, "start the process with the role desk first"},
		"copies of one server": {good.URL(), desk, e.seeds["desk"], func(c *Config) { c.Replicas = 3 }, "replicas"},
	} {
		c := settings("")
		c.StoreKey, c.URL, c.Worker, c.Seed = nil, tc.url, tc.worker, tc.seed
		if tc.change != nil {
			tc.change(&c)
		}
		q, err := Open(context.Background(), c)
		if err == nil || !strings.Contains(err.Error(), tc.want) || len(tc.seed) > 0 && strings.Contains(err.Error(), string(tc.seed)) {
			t.Errorf("%s: %v, %v", name, q, err)
		}
	}
	made := e.open(t, good.URL(), desk)
	c := settings("")
	c.StoreKey, c.URL, c.Worker, c.Seed, c.Replicas = nil, good.URL(), Worker{Role: RoleMark}, e.seeds["mark"], 3
	if q, err := Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "kept 1 times, and the configuration says 3") {
		t.Errorf("other replicas than configured: %v, %v", q, err)
	}
	if info, err := made.stream[StreamFacts].Info(context.Background()); err != nil || info.Config.Replicas != 1 {
		t.Errorf("the stream was changed: %v", err)
	}
}

func TestReplicasNeedACluster(t *testing.T) {
	c := settings(t.TempDir())
	c.Replicas = 3
	if q, err := Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "external NATS cluster") {
		t.Errorf("%v, %v", q, err)
	}
}

func TestListenAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	c := settings(t.TempDir())
	c.Listen = l.Addr().String()
	if q, err := Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("%v, %v", q, err)
	}
}

func TestOlder(t *testing.T) {
	for version, want := range map[string]bool{
		"2.10.29": true, "1.4.1": true, "": true, "2": true, "x.y.z": true, "2.11.0": false, "2.15.2": false, "2.11.0-RC.1": false, "3.0.0": false,
	} {
		if got := older(version, oldestServer); got != want {
			t.Errorf("%q is older: %v", version, got)
		}
	}
}

func TestOnTheWay(t *testing.T) {
	for urls, want := range map[string]string{
		"nats://127.0.0.1:4222": "this machine", "nats://localhost:4222": "this machine", "tls://a.example:4222,wss://b.example": "encrypted (TLS)",
		"nats://a.example:4222": "NOT", "tls://a.example, nats://b.example": "NOT", "nats://[::1]:4222,tls://a.example": "encrypted (TLS)", "nats://10.0.0.1": "NOT",
	} {
		if got := onTheWay(urls); !strings.Contains(got, want) {
			t.Errorf("%s: %s", urls, got)
		}
	}
}

// Credentials taken away end the work: an open connection does not outlive the right to it.
func TestRevokedWorkerIsCutOff(t *testing.T) {
	e := newEstate(t)
	server := natstest.Start(t, e.text)
	e.open(t, server.URL(), Worker{Role: RoleDesk})
	render := e.open(t, server.URL(), Worker{Role: RoleRender})
	mark := e.open(t, server.URL(), Worker{Role: RoleMark})
	delete(e.accounts.Workers, Worker{Role: RoleRender})
	text, err := e.accounts.Config()
	must(t, err)
	server.Reload(fmt.Sprintf("max_payload: %d\n%s", MaxPayload, text))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := render.Lost(ctx); err == nil || !strings.Contains(err.Error(), "ended the connection of render") {
		t.Errorf("render: %v", err)
	}
	must(t, mark.nc.Flush())
	if !mark.nc.IsConnected() {
		t.Error("mark was cut off too")
	}
}

// Whatever copy answers, a read has all that was there before it: a tally that misses the approval that it
// was called for would never count it.
func TestReadsOfAClusterAreWhole(t *testing.T) {
	e := newEstate(t)
	nodes := natstest.Cluster(t, e.text)
	three := func(c *Config) { c.Replicas = 3 }
	writer := e.open(t, nodes[0].URL(), Worker{Role: RoleDesk}, three)
	readers := []*Queue{writer}
	for _, n := range nodes[1:] {
		readers = append(readers, e.open(t, n.URL(), Worker{Role: RoleTally}, three))
	}
	ctx := context.Background()
	for i := range 150 {
		f := fact(t, pipeline.Submitted, newRef(), i)
		must(t, writer.Publish(ctx, f))
		digest, err := writer.Put(ctx, fmt.Appendf(nil, "document %d %s", i, strings.Repeat("x", 200_000)))
		must(t, err)
		for _, r := range readers {
			if got := factsOf(t, r, fmt.Sprintf("bulletin.%s.>", f.Ref.ID)); len(got) != 1 {
				t.Fatalf("round %d: %d facts", i, len(got))
			}
			if _, err := r.Get(ctx, digest); err != nil {
				t.Fatalf("round %d: %v", i, err)
			}
		}
	}
}
