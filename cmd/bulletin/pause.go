package main

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bulletin/configs"
)

// A backup is taken of a server that stands still: it finishes what is in hand, closes its store, lets the
// copy be made, and goes on. A copy of a closed store is what a server that was stopped leaves behind, so that
// nothing needs to be believed about files that change while they are read. Whoever may read the working
// directory may ask for it: run/operator.json, readable by the server's user alone, holds where and with which
// token. The pause lasts as long as the connection that asked for it.
const operatorFile = "run/operator.json"

const (
	operatorGreeting = "bulletin-pause-v1 "
	greetingTime     = 5 * time.Second // for one line, either way
	finishingTime    = 5 * time.Minute // for the server to finish what is in hand
)

// operatorDoor is where a running server is asked to pause.
type operatorDoor struct {
	Address string `json:"address"`
	Token   string `json:"token"`

	file     string
	listener net.Listener
	asked    chan *pause
	closed   chan struct{}
}

// pause is one wish that the server stand still.
type pause struct {
	conn net.Conn
}

func openOperatorDoor(dir string) (*operatorDoor, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the operator: %w", err)
	}
	d := &operatorDoor{
		Address: listener.Addr().String(), Token: strings.TrimSpace(string(randomKey())),
		file: filepath.Join(dir, operatorFile), listener: listener, asked: make(chan *pause), closed: make(chan struct{}),
	}
	data, err := json.Marshal(d)
	if err == nil {
		err = configs.WriteFile(d.file, data, 0o600)
	}
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go d.answer()
	return d, nil
}

func (d *operatorDoor) close() error {
	close(d.closed)
	return errors.Join(d.listener.Close(), os.Remove(d.file))
}

// answer takes wishes one at a time, until the door is closed.
func (d *operatorDoor) answer() {
	for {
		conn, err := d.listener.Accept()
		if err != nil {
			return
		}
		conn.SetDeadline(time.Now().Add(greetingTime))
		line, err := bufio.NewReader(conn).ReadString('\n')
		want := operatorGreeting + d.Token + "\n"
		if err != nil || subtle.ConstantTimeCompare([]byte(line), []byte(want)) != 1 {
			conn.Close()
			continue
		}
		conn.SetDeadline(time.Time{})
		select {
		case d.asked <- &pause{conn}:
		case <-d.closed:
			conn.Close()
		}
	}
}

// say tells the one who asked how it stands: "paused", or why not.
func (p *pause) say(line string) error {
	_, err := p.conn.Write([]byte(strings.ReplaceAll(line, "\n", "; ") + "\n"))
	return err
}

// wait returns when the one who asked is done or has gone, or when ctx ends. A copy takes as long as it takes: a
// server that came up under it would find its store in use. One that stands still too long raises an alert.
func (p *pause) wait(ctx context.Context) {
	defer context.AfterFunc(ctx, func() { p.conn.Close() })()
	var b [1]byte
	_, _ = p.conn.Read(b[:]) // nothing is said any more: it ends
}

func (p *pause) end() { p.conn.Close() }

// errWontPause reports that the running server answers, and says why it does not.
var errWontPause = errors.New("the server does not pause")

// askPause asks the running server of dir to pause, and returns when it stands still. resume lets it go on.
func askPause(ctx context.Context, dir string) (resume func(), err error) {
	running := hint(fmt.Errorf("%s is in use by another process, which does not answer", dir),
		"is it a server of this version? stop it, then take the backup")
	data, err := os.ReadFile(filepath.Join(dir, operatorFile))
	if err != nil {
		return nil, errors.Join(running, err)
	}
	var d operatorDoor
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, running
	}
	conn, err := (&net.Dialer{Timeout: greetingTime}).DialContext(ctx, "tcp", d.Address)
	if err != nil {
		return nil, running
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetDeadline(time.Now().Add(finishingTime))
	if _, err := conn.Write([]byte(operatorGreeting + d.Token + "\n")); err != nil {
		return nil, errors.Join(running, conn.Close())
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && answer != "paused\n" {
		err = hint(fmt.Errorf("%w: %s", errWontPause, strings.TrimSpace(answer)), "mend that first; the server goes on meanwhile")
	} else if err != nil {
		err = running
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return func() { conn.Close() }, nil
}
