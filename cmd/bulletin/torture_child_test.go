package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
)

// child is a process that is no bulletin: a NATS server, or the relay.
type child struct {
	testing.TB
	name, argument, node string
	port, monitor        int
	mu                   sync.Mutex // guards command: one that is revived may be killed for good in that moment
	over                 atomic.Bool
	command              *exec.Cmd
	stdin                io.Closer
	gone                 chan struct{}
	said                 lockedBuffer
}

func newChild(t testing.TB, name string) *child {
	c := &child{TB: t, name: name}
	t.Cleanup(func() { c.over.Store(true); c.kill() })
	return c
}

func (c *child) address() string { return fmt.Sprintf("127.0.0.1:%d", c.port) }

func (c *child) start() { c.launch(); c.await() }

func (c *child) launch() {
	c.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over.Load() {
		return
	}
	c.command = exec.Command(c.name, c.argument)
	c.command.Stdout, c.command.Stderr = &c.said, &c.said
	var err error
	if c.stdin, err = c.command.StdinPipe(); err == nil { // it ends when we do
		err = c.command.Start()
	}
	if err != nil {
		c.Fatal(err)
	}
	command, gone := c.command, make(chan struct{})
	c.gone = gone
	go func() { _ = command.Wait(); close(gone) }()
}

// await waits until the process answers.
func (c *child) await() {
	c.Helper()
	eventually(c, func() (struct{}, error) {
		if c.monitor > 0 {
			return struct{}{}, c.ask("/healthz", &struct{}{})
		}
		conn, err := net.Dial("tcp", c.address())
		if err == nil {
			conn.Close()
		}
		return struct{}{}, err
	})
}

func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.command != nil {
		_ = c.command.Process.Kill() // it may have died by itself
		<-c.gone
		c.command = nil
	}
}

// revive starts the process again whenever it has died by itself, until it is told to stop: a few times as it was, and
// then with another argument (see spell).
func (c *child) revive(better string) (stop func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for lives := 1; ; lives++ {
			select {
			case <-quit:
				return
			case <-c.gone:
				if lives == 4 {
					c.argument = better
				}
				if c.launch(); c.over.Load() {
					return
				}
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// ask asks a NATS server how it is.
func (c *child) ask(path string, into any) error {
	answer, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", c.monitor, path))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(answer.Body)
		return fmt.Errorf("%s: %s", answer.Status, text)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}

// jsz is what a NATS server says of its streams and consumers.
type jsz struct {
	Accounts []struct {
		Streams []struct {
			Name      string  `json:"name"`
			Cluster   leading `json:"cluster"`
			Consumers []struct {
				Name    string  `json:"name"`
				Pending int     `json:"num_pending"`
				InHand  int     `json:"num_ack_pending"`
				Cluster leading `json:"cluster"`
			} `json:"consumer_detail"`
		} `json:"stream_detail"`
	} `json:"account_details"`
}

type leading struct {
	Leader string `json:"leader"`
}

// leads finds the node that leads a stream, as it says itself.
func (r *ring) leads(stream string) (int, error) {
	for i, n := range r.nodes {
		var all jsz
		if err := n.ask("/jsz?accounts=1&streams=1", &all); err != nil {
			return 0, err
		}
		for _, a := range all.Accounts {
			for _, s := range a.Streams {
				if s.Name == stream && s.Cluster.Leader == n.node {
					return i, nil
				}
			}
		}
	}
	return 0, errors.New("nobody leads " + stream)
}

// idle says what the server still has to hand out: of the consumers that it leads, where it is one of several.
func (c *child) idle() error {
	var all jsz
	if err := c.ask("/jsz?accounts=1&streams=1&consumers=1", &all); err != nil {
		return err
	}
	var errs []error
	for _, a := range all.Accounts {
		for _, s := range a.Streams {
			for _, d := range s.Consumers {
				if leads := d.Cluster.Leader == "" || d.Cluster.Leader == c.node; leads && d.Pending+d.InHand > 0 {
					errs = append(errs, fmt.Errorf("%s: %d pending, %d in hand", d.Name, d.Pending, d.InHand))
				}
			}
		}
	}
	return errors.Join(errs...)
}
