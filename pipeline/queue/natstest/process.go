package natstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/nats-io/nats-server/v2/server"
)

// Node is a NATS server in a process of its own, which can be killed and started again over the same store.
type Node struct {
	Name     string
	Port     int // where clients connect
	Monitor  int // where /healthz and /jsz are
	Store    string
	Accounts string   // configuration, as nats-config prints it
	Cluster  int      // where the other servers connect; 0: it is alone
	Routes   []string // host:port of those
}

// Argument is what Main takes on its command line.
func (n Node) Argument() string {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(b)
}

// Main is the process: it runs the server until it is killed, or whoever started it has gone.
func Main(argument string) {
	var n Node
	err := json.Unmarshal([]byte(argument), &n)
	if err == nil {
		err = n.serve()
	}
	fmt.Fprintln(os.Stderr, "nats:", err)
	os.Exit(1)
}

func (n Node) serve() error {
	o := &server.Options{
		ServerName: n.Name, Host: "127.0.0.1", Port: n.Port, HTTPHost: "127.0.0.1", HTTPPort: n.Monitor, NoSigs: true,
		JetStream: true, StoreDir: n.Store, SyncAlways: true, // as the README tells operators to set it
		LogFile: n.Store + ".log", Logtime: true,
	}
	if err := o.ProcessConfigString(n.Accounts); err != nil {
		return err
	}
	if n.Cluster > 0 {
		// Clients and servers are told of no address: all go by the ways that the test can cut.
		o.Cluster = server.ClusterOpts{Name: "five", Host: "127.0.0.1", Port: n.Cluster, NoAdvertise: true, Advertise: "127.0.0.1:1"}
		for _, r := range n.Routes {
			o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: r})
		}
	}
	s, err := server.NewServer(o)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	s.Start()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
