package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

const benchDraft = `---
title: A bulletin to measure by
kind: %s
precedence: %s
scheme: tlp
tlp: TLP:GREEN
releasable_to: [NZL]
%s---

What is measured is the way of the mail, not what it says.
`

// benchBulletin is what goes to whom, and how fast.
type benchBulletin struct {
	kind       pipeline.Kind
	precedence pipeline.Precedence
}

var (
	routineBulletin = benchBulletin{"notice", pipeline.Routine}
	flashBulletin   = benchBulletin{"flash", pipeline.Flash}
)

// source is a bulletin with so much noise attached.
func (b *bench) source(as benchBulletin) draft.Source {
	src := draft.Source{Name: "draft.md", Files: map[string][]byte{}}
	attached := ""
	if len(b.noise) > 0 {
		attached = "attachments: [noise.bin]\n"
		src.Files["noise.bin"] = b.noise
	}
	src.Files["draft.md"] = []byte(fmt.Sprintf(benchDraft, as.kind, as.precedence, attached))
	return src
}

func (b *bench) workingDir() (string, error) {
	dir, err := os.MkdirTemp(b.dir, "dir-*")
	if err != nil {
		return "", err
	}
	return dir, initDir(dir, time.Now())
}

func benchConfig(dir, relay string) (configs.Config, error) {
	config, err := configs.Load(dir)
	config.Relay.Address, config.Relay.Hello = relay, "localhost"
	config.Health.Listen = ""
	return config, err
}

// benchServer is a server with a list, an author and a reviewer, and where its mails go.
type benchServer struct {
	bench   *bench
	to      *benchSink
	server  *server
	clients map[string]*desk.Client

	listRead []float64 // see readList
}

// readList is how long the list takes: the first time, when each key is judged, and when a process starts again.
func readList(dir string) (seconds []float64, err error) {
	for range 2 {
		began := time.Now()
		if _, err := configs.NewLists(dir).Recipients(benchNation); err != nil {
			return nil, err
		}
		seconds = append(seconds, time.Since(began).Seconds())
	}
	return seconds, nil
}

// serving runs a server of its own for as long as use takes.
func (b *bench) serving(ctx context.Context, smtp string, list benchList, use func(context.Context, *benchServer) error) error {
	to, err := openBenchSink(smtp)
	if err != nil {
		return err
	}
	defer to.close()
	dir, err := b.workingDir()
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := list.write(dir); err != nil {
		return err
	}
	read, err := readList(dir)
	if err != nil {
		return err
	}
	people := map[string]personKeys{}
	for name, role := range map[string]review.Role{"author": review.Author, "reviewer": review.Reviewer} {
		person := review.Person{Name: name, Nation: benchNation, Roles: []review.Role{role}}
		if people[name], err = addPersonHere(dir, person, time.Now()); err != nil {
			return err
		}
	}
	config, err := benchConfig(dir, to.addr)
	if err != nil {
		return err
	}
	if list.connections > 0 {
		config.Relay.Connections = list.connections
	}
	debug.FreeOSMemory() // what was measured before is no part of this
	s, err := newServer(ctx, dir, config, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	g, inner := errgroup.WithContext(running)
	g.Go(func() error { return s.run(inner) })
	g.Go(func() error {
		defer stop()
		bs := &benchServer{bench: b, to: to, server: s, listRead: read, clients: map[string]*desk.Client{}}
		disconnect, err := bs.connect(people)
		defer disconnect()
		if err != nil {
			return err
		}
		return use(inner, bs)
	})
	return errors.Join(g.Wait(), s.close())
}

// connect connects people, and returns what ends their connections.
func (s *benchServer) connect(people map[string]personKeys) (disconnect func(), err error) {
	var ends []func()
	disconnect = func() {
		for _, end := range ends {
			end()
		}
	}
	for name, keys := range people {
		connection, err := s.server.queue.Connect(name, keys.seed)
		if err != nil {
			return disconnect, err
		}
		ends = append(ends, func() { connection.Close() })
		s.clients[name] = &desk.Client{Connection: connection, Sign: func(data []byte) ([]byte, error) {
			return seal.SignDetached(keys.secret, nil, data, time.Now())
		}}
	}
	return disconnect, nil
}
