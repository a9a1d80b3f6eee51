// Package natstest runs NATS servers for tests, configured as an operator configures those that Bulletin connects to.
package natstest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// readyTime bounds how long a server, or a cluster's first election, may take.
const readyTime = 30 * time.Second

// Server is one NATS server on loopback, with JetStream.
type Server struct {
	t       testing.TB
	server  *server.Server
	options func(accounts string) *server.Options
}

// Change alters a server's options before it starts.
type Change func(*server.Options)

// Start runs a server with these accounts until the test ends.
func Start(t testing.TB, accounts string, changes ...Change) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{t: t, options: func(accounts string) *server.Options {
		return options(t, "alone", dir, accounts, changes...)
	}}
	s.start(accounts)
	s.ready()
	return s
}

// Cluster runs three servers that keep the streams together until the test ends.
func Cluster(t testing.TB, accounts string, changes ...Change) []*Server {
	t.Helper()
	ports := FreePorts(t, 3)
	var routes []*url.URL
	for _, p := range ports {
		routes = append(routes, &url.URL{Scheme: "nats", Host: fmt.Sprintf("127.0.0.1:%d", p)})
	}
	var nodes []*Server
	for i, port := range ports {
		name, dir := fmt.Sprintf("node%d", i+1), t.TempDir()
		s := &Server{t: t, options: func(accounts string) *server.Options {
			o := options(t, name, dir, accounts, changes...)
			o.Cluster = server.ClusterOpts{Name: "five", Host: "127.0.0.1", Port: port}
			o.Routes = routes
			return o
		}}
		s.start(accounts)
		nodes = append(nodes, s)
	}
	for _, s := range nodes {
		s.ready()
	}
	return nodes
}

func options(t testing.TB, name, dir, accounts string, changes ...Change) *server.Options {
	t.Helper()
	o := &server.Options{
		ServerName: name, Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: filepath.Join(dir, "store"),
	}
	if err := o.ProcessConfigString(accounts); err != nil {
		t.Fatalf("the server's configuration: %v\n%s", err, accounts)
	}
	for _, c := range changes {
		c(o)
	}
	return o
}

func (s *Server) start(accounts string) {
	s.t.Helper()
	var err error
	if s.server, err = server.NewServer(s.options(accounts)); err != nil {
		s.t.Fatal(err)
	}
	s.server.Start()
	s.t.Cleanup(s.Stop)
}

// ready waits until the server takes part: where it is one of several, until they have a leader and it
// is up to date.
func (s *Server) ready() {
	s.t.Helper()
	if !s.server.ReadyForConnections(readyTime) {
		s.t.Fatal("a NATS server did not start")
	}
	deadline := time.After(readyTime)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s.server.JetStreamIsClustered() && !s.server.JetStreamIsCurrent() {
		select {
		case <-tick.C:
		case <-deadline:
			s.t.Fatal("the NATS servers found no leader")
		}
	}
}

// URL is where clients connect.
func (s *Server) URL() string { return s.server.ClientURL() }

// Leads reports whether the server leads the cluster.
func (s *Server) Leads() bool { return s.server.JetStreamIsLeader() }

// Reload gives the server other accounts while it runs.
func (s *Server) Reload(accounts string) {
	s.t.Helper()
	o := s.options(accounts)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL(), "nats://"))
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Sscan(port, &o.Port); err != nil {
		s.t.Fatal(err)
	}
	if err := s.server.ReloadOptions(o); err != nil {
		s.t.Fatal(err)
	}
}

// Stop ends the server.
func (s *Server) Stop() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// FreePorts finds ports that nobody listens on: the servers of a cluster must know each other's before they listen.
// They lie below those that systems give to whoever asks for any (from 32768 on), so that nobody takes one meanwhile.
func FreePorts(t testing.TB, n int) []int {
	t.Helper()
	var ports []int
	for tries := 0; len(ports) < n; tries++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(22_000)))
		if err != nil {
			if tries > 100 {
				t.Fatal(err)
			}
			continue
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}
