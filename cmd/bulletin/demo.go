package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
)

// demoMarker is the file by which a directory is known to be a demo's, and may be made anew.
const demoMarker = ".bulletin-demo"

func demoCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "demo [--dir DIR]",
		Short: "Run the whole pipeline on this machine, start to finish, with throwaway keys",
		Long: `demo makes a working directory with people and recipients of five nations, starts the server with
all stages and an SMTP server on loopback, lets authors submit and reviewers decide, and leaves the
mails, the editions, the keys and result.json in DIR.`,
		Example: "  bulletin demo --dir demo",
		RunE: func(c *cobra.Command, _ []string) error {
			if dir == "" {
				return &usageError{c.CommandPath(), errors.New("--dir is empty: name the directory to leave everything in")}
			}
			ctx, cancel := context.WithTimeout(c.Context(), 5*time.Minute)
			defer cancel()
			return runDemo(ctx, dir, c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&dir, "dir", "demo", "where to leave everything; made anew if it is an earlier demo's")
	return c
}

// demo is one run of the demo.
type demo struct {
	dir        string
	out        *progress
	people     []*demoPerson
	recipients []demoRecipient
	server     *server
	lock       *os.File
}

// runDemo sets up, runs the pipeline under the server that serve runs, and reports.
func runDemo(ctx context.Context, dir string, out io.Writer) error {
	d := &demo{dir: dir, out: newProgress(out)}
	defer func() {
		if d.lock != nil {
			d.lock.Close()
		}
	}()
	if err := d.prepare(time.Now()); err != nil {
		return err
	}
	sink, err := mail.NewSink(mail.SinkConfig{Dir: filepath.Join(dir, "mail"), Faults: d.faults()})
	if err != nil {
		return err
	}
	defer sink.Close()
	if err := d.start(ctx, sink.Addr()); err != nil {
		return err
	}
	g, running := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(running)
	defer stop()
	g.Go(func() error { return d.server.run(running) })
	g.Go(func() error {
		defer stop()
		return d.play(running)
	})
	err = errors.Join(g.Wait(), d.server.close())
	if ctx.Err() != nil {
		return hint(fmt.Errorf("interrupted: %s holds a part of a demo", dir), "run it again: it starts over")
	}
	if err != nil {
		return err
	}
	d.out.say("\nThe record, verified offline as `bulletin verify %s` does:", dir)
	v, err := verify(dir)
	if err != nil {
		return err
	}
	v.print(out)
	return nil
}

// prepare makes the working directory with its people and lists. The demo has the directory to itself.
func (d *demo) prepare(now time.Time) error {
	if err := mayUse(d.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return err
	}
	var err error
	if d.lock, err = queue.Lock(filepath.Join(d.dir, demoMarker)); err != nil {
		return hint(err, "let the other demo end, or name another directory with --dir")
	}
	for name := range demoMakes {
		if err := os.RemoveAll(filepath.Join(d.dir, name)); err != nil {
			return err
		}
	}
	if err := initDir(d.dir, now); err != nil {
		return err
	}
	if err := d.makePolicy(); err != nil {
		return err
	}
	if err := d.makePeople(now); err != nil {
		return err
	}
	return d.makeRecipients(now)
}

// demoMakes is what a demo leaves in its directory, and removes when it is run again: these and no others.
var demoMakes = map[string]bool{
	"configs": true, "people": true, "secrets": true, "keys": true, "drafts": true, "store": true, "run": true,
	"record": true, "mail": true, "editions": true, "result.json": true,
}

// mayUse refuses a directory that is not empty and not an earlier demo's.
func mayUse(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, notMarked := os.Stat(filepath.Join(dir, demoMarker))
	for _, e := range entries {
		if notMarked != nil || e.Name() != demoMarker && !demoMakes[e.Name()] {
			return hint(fmt.Errorf("%s holds %s, which no demo left there: nothing was touched", dir, e.Name()), "name another directory with --dir")
		}
	}
	return nil
}

// start wires the server as serve does, with the relay on loopback and a pace that suits a demo.
func (d *demo) start(ctx context.Context, relay string) error {
	config, err := configs.Load(d.dir)
	if err != nil {
		return err
	}
	config.Relay.Address, config.Relay.Hello = relay, "localhost"
	config.Delivery.RetryAfter = 300 * time.Millisecond
	d.out.say("The server: embedded NATS JetStream (encrypted at rest), all stages, SMTP on loopback.")
	d.server, err = newServer(ctx, d.dir, config, time.Now, slog.New(slog.DiscardHandler))
	return err
}

// play is what the people do, and what comes of it.
func (d *demo) play(ctx context.Context) error {
	if err := d.connect(); err != nil {
		return err
	}
	submitted, err := d.submitAll(ctx)
	if err != nil {
		return err
	}
	if err := d.reviewAll(ctx, submitted); err != nil {
		return err
	}
	if err := d.awaitDelivery(ctx, submitted); err != nil {
		return err
	}
	return d.report(ctx)
}

// awaitDelivery shows progress until every bulletin is delivered.
func (d *demo) awaitDelivery(ctx context.Context, ids []pipeline.ID) error {
	d.out.say("\nMarking, rendering, planning and delivering:")
	for {
		changed := d.server.board.Changed()
		all, done := d.server.board.All(ctx), 0
		d.out.deliveries(all)
		for _, s := range all {
			if len(s.Parked) > 0 {
				return fmt.Errorf("%s stands still at %s: %s", s.Number, s.Parked[0].Worker, s.Parked[0].Reason)
			}
			if s.State == "delivered" {
				done++
			}
		}
		if done == len(ids) {
			d.out.clear()
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
