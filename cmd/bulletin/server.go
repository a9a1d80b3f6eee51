package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	bmail "bulletin/pipeline/mail"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers"
	"bulletin/workers/desk"
)

// Files that a server keeps below its working directory.
const (
	recordDir    = "record"
	recordFile   = "record/record.jsonl"
	snapshotsDir = "record/snapshots"
	endpointFile = "run/endpoint.json"
)

// server is the whole pipeline in one process, wired and ready to run.
type server struct {
	dir      string
	config   configs.Config
	queue    *queue.Queue
	board    *desk.Board
	desk     *desk.Desk
	deliver  *workers.Deliver
	stages   []pipeline.Worker
	recorder *workers.Record
	record   *audit.Log
	sender   workers.Sender
	health   string // URL of its health; empty for none
	log      *slog.Logger
}

// newServer wires everything: this is the one place where a part meets what it needs.
func newServer(ctx context.Context, dir string, config configs.Config, now pipeline.Clock, log *slog.Logger) (*server, error) {
	s := &server{dir: dir, config: config, log: log}
	people, err := configs.LoadPeople(dir)
	if err != nil {
		return nil, err
	}
	policy, err := configs.LoadPolicy(dir, config)
	if err != nil {
		return nil, err
	}
	renderer, err := newRenderer(config.Fonts)
	if err != nil {
		return nil, err
	}
	post, err := newPost(dir, config, now)
	if err != nil {
		return nil, err
	}
	s.sender = post.Sender
	storeKey, err := readKey(dir, storeKeyFile)
	if err != nil {
		return nil, err
	}
	q, err := queue.Open(ctx, queue.Config{
		Dir: filepath.Join(dir, config.Queue.Store), StoreKey: storeKey, URL: config.Queue.URL, Listen: config.Queue.Listen,
		People: connections(people), Log: log, Clock: now,
	})
	if err != nil {
		return nil, err
	}
	if s.record, err = openRecord(dir); err != nil { // under the store's lock: one process writes the record
		return nil, errors.Join(err, q.Close())
	}
	s.queue = q
	s.recorder = &workers.Record{Queue: q, Documents: q, Log: s.record, Dir: filepath.Join(dir, snapshotsDir)}
	if err := s.recorder.Check(ctx); err != nil {
		return nil, errors.Join(hint(err, "restore the whole working directory from one copy"), s.close())
	}
	restored, err := readRestored(dir)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	lists := configs.NewLists(dir)
	keys := func(r pipeline.Recipient) seal.Fitness { return workers.KeyOf(r, now()) }
	s.board = &desk.Board{Documents: q}
	s.desk = &desk.Desk{
		Store: q, Board: s.board, Verify: seal.VerifyDetached, Printable: renderer.printable, Clock: now, Log: log,
		People: func() review.People { return people }, Policy: func() review.Policy { return policy },
	}
	s.stages = []pipeline.Worker{
		&workers.Tally{Facts: q, Documents: q, Decider: q, Verify: seal.VerifyDetached, Log: log},
		&workers.Mark{Facts: q, Documents: q, Publisher: q, Verify: seal.VerifyDetached},
		&workers.Render{Documents: q, Renderer: renderer},
		&workers.Plan{Facts: q, Documents: q, Lists: lists, Keys: keys, ChunkSize: config.Delivery.Chunk, Nations: pipeline.Nations()},
		&workers.Dispatch{Documents: q},
	}
	s.deliver = &workers.Deliver{
		Facts: q, Documents: q, Publisher: q, Receipts: func() workers.Receipts { return q.Receipts() },
		Lists: lists, Keys: keys, Poster: post, Clock: now,
		Parallel: config.Delivery.Parallel, Backoff: backoff(config.Delivery.RetryAfter), GiveUp: config.Delivery.GiveUp,
		Restored: restored,
	}
	return s, nil
}

// chunksAtOnce is how many chunks are delivered side by side; one place is kept for what is urgent.
const chunksAtOnce = 3

// run runs every part until ctx ends, and finishes what is in hand.
func (s *server) run(ctx context.Context) error {
	if err := s.writeEndpoint(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	s.deliver.Stopping = ctx.Done()
	g.Go(func() error { return s.queue.Run(ctx, s.stages...) })
	g.Go(func() error { return s.queue.Drain(ctx, pipeline.Nations(), chunksAtOnce, "deliver", s.deliver.Work) })
	g.Go(func() error { return s.queue.Serve(ctx, s.desk.Handle) })
	g.Go(func() error { return s.recorder.Run(ctx) })
	g.Go(func() error {
		return s.queue.Follow(ctx, nil, func(e queue.Entry) error {
			if err := errors.Join(e.Err, s.board.Apply(ctx, e.Fact)); err != nil { // a projection must not stop the work
				s.log.Error("the board does not show a fact", "subject", e.Subject, "error", err)
			}
			return nil
		})
	})
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// finishTime bounds how long the record may take, at the end, to get what came last.
const finishTime = 20 * time.Second

// close ends what newServer opened. The record gets what came last.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), finishTime)
	defer cancel()
	err := errors.Join(s.recorder.Finish(ctx), s.queue.Close(), s.record.Close())
	if removed := os.Remove(filepath.Join(s.dir, endpointFile)); !errors.Is(removed, os.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	if relay, ok := s.sender.(*bmail.Relay); ok {
		err = errors.Join(err, relay.Close())
	}
	return err
}

// writeEndpoint tells people's programs where to connect.
func (s *server) writeEndpoint() error {
	endpoint := map[string]string{"url": s.queue.ClientURL()}
	if s.health != "" {
		endpoint["health"] = s.health
	}
	b, err := json.Marshal(endpoint)
	if err != nil {
		return err
	}
	return configs.WriteFile(filepath.Join(s.dir, endpointFile), b, 0o600)
}

func openRecord(dir string) (*audit.Log, error) {
	if err := os.MkdirAll(filepath.Join(dir, recordDir), 0o700); err != nil {
		return nil, err
	}
	return audit.OpenLog(filepath.Join(dir, recordFile))
}

// newPost gives deliver its keys and its way out: the relay, or the outbox where none is configured.
func newPost(dir string, config configs.Config, now pipeline.Clock) (*workers.Post, error) {
	secret, err := os.ReadFile(filepath.Join(dir, signingKeyFile))
	if err != nil {
		return nil, hint(fmt.Errorf("signing key: %w", err), "bulletin init makes it; restore it from your copy if it was lost")
	}
	signer, err := seal.LoadSigner(secret, nil)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", signingKeyFile, err)
	}
	messageKey, err := readKey(dir, messageIDKeyFile)
	if err != nil {
		return nil, err
	}
	from := mail.Address{Name: config.Desk.Name, Address: config.Desk.Address}
	post := &workers.Post{
		From: from, Domain: config.Desk.Domain, MessageKey: messageKey, Signer: signer,
		Gate: bmail.NewGate(from, seal.KeyPacketIDs), Clock: now,
	}
	if config.Relay.Address == "" {
		post.Sender = bmail.Outbox{Dir: filepath.Join(dir, config.Relay.Outbox)}
		return post, nil
	}
	post.Sender, err = newRelay(dir, config.Relay)
	return post, err
}

func newRelay(dir string, c configs.Relay) (*bmail.Relay, error) {
	relay := bmail.RelayConfig{Addr: c.Address, Hello: c.Hello, User: c.User, MaxConns: c.Connections,
		Deadlines: bmail.Deadlines{Command: c.Timeout, Dot: 2 * c.Timeout}}
	if relay.Hello == "" {
		relay.Hello, _ = os.Hostname()
	}
	if c.User != "" {
		password, err := os.ReadFile(filepath.Join(dir, relayPasswordFile))
		if err != nil {
			return nil, hint(fmt.Errorf("relay password: %w", err), "write it to %s", relayPasswordFile)
		}
		relay.Pass = strings.TrimRight(string(password), "\r\n")
	}
	return bmail.NewRelay(relay)
}

// connections is who may connect to the embedded server.
func connections(people review.People) []queue.Person {
	var out []queue.Person
	for _, p := range people {
		if !p.Disabled {
			out = append(out, queue.Person{Name: p.Name, PublicKey: p.NKey})
		}
	}
	return out
}

// backoff doubles from the first wait up to an hour, and for what is urgent up to minutes.
func backoff(first time.Duration) workers.Backoff {
	longest := map[pipeline.Precedence]time.Duration{
		pipeline.Flash: time.Minute, pipeline.Immediate: 5 * time.Minute, pipeline.Priority: 15 * time.Minute, pipeline.Routine: time.Hour,
	}
	return func(p pipeline.Precedence, attempt int) time.Duration {
		return min(first<<min(max(attempt-1, 0), 20), max(first, longest[p]))
	}
}
