package main

import (
	"context"
	"crypto/tls"
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
}

// newServer wires everything: this is the one place where a part meets what it needs.
func newServer(ctx context.Context, dir string, config configs.Config, retries queue.Retries, log *slog.Logger) (*server, error) {
	s := &server{dir: dir, config: config}
	people, err := configs.LoadPeople(dir)
	if err != nil {
		return nil, err
	}
	policy, err := configs.LoadPolicy(dir)
	if err != nil {
		return nil, err
	}
	policy.Contacts = config.Contacts
	renderer, err := newRenderer(config.Fonts)
	if err != nil {
		return nil, err
	}
	post, err := newPost(dir, config)
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
		People: connections(people), Log: log, Retries: retries,
	})
	if err != nil {
		return nil, err
	}
	if s.record, err = openRecord(dir); err != nil { // under the store's lock: one process writes the record
		return nil, errors.Join(err, q.Close())
	}
	lists := configs.NewLists(dir)
	s.queue = q
	s.board = &desk.Board{Documents: q}
	s.desk = &desk.Desk{
		Store: q, Board: s.board, Verify: seal.VerifyDetached, Printable: renderer.printable, Clock: time.Now,
		People: func() review.People { return people }, Policy: func() review.Policy { return policy },
	}
	s.stages = []pipeline.Worker{
		&workers.Tally{Facts: q, Documents: q, Decider: q, Verify: seal.VerifyDetached, Log: log},
		&workers.Mark{Facts: q, Documents: q, Publisher: q, Verify: seal.VerifyDetached},
		&workers.Render{Documents: q, Renderer: renderer},
		&workers.Plan{Facts: q, Documents: q, Lists: lists, Fit: fit, ChunkSize: config.Delivery.Chunk, Nations: pipeline.Nations()},
		&workers.Dispatch{Documents: q},
	}
	s.deliver = &workers.Deliver{
		Facts: q, Documents: q, Publisher: q, Receipts: q, Lists: lists, Keys: keyOf, Poster: post, Clock: time.Now,
		Parallel: config.Delivery.Parallel, Backoff: backoff(config.Delivery.RetryAfter), GiveUp: config.Delivery.GiveUp,
	}
	s.recorder = &workers.Record{Follow: q.Follow, Documents: q, Log: s.record, Dir: filepath.Join(dir, snapshotsDir)}
	return s, nil
}

// run runs every part until ctx ends, and finishes what is in hand.
func (s *server) run(ctx context.Context) error {
	if err := s.writeEndpoint(); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.queue.Run(ctx, s.stages...) })
	g.Go(func() error { return s.queue.Drain(ctx, pipeline.Nations(), 1, "deliver", s.deliver.Work) })
	g.Go(func() error { return s.queue.Serve(ctx, s.desk.Handle) })
	g.Go(func() error { return s.recorder.Run(ctx) })
	g.Go(func() error {
		return s.queue.Follow(ctx, nil, func(e queue.Entry) error { return s.board.Apply(ctx, e.Fact) })
	})
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// close ends what newServer opened. The record gets what came last.
func (s *server) close() error {
	err := errors.Join(s.queue.Close(), s.record.Close(), os.Remove(filepath.Join(s.dir, endpointFile)))
	if relay, ok := s.sender.(*bmail.Relay); ok {
		err = errors.Join(err, relay.Close())
	}
	return err
}

// writeEndpoint tells people's programs where to connect.
func (s *server) writeEndpoint() error {
	b, err := json.Marshal(map[string]string{"url": s.queue.ClientURL()})
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
func newPost(dir string, config configs.Config) (*workers.Post, error) {
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
		Gate: bmail.NewGate(from, seal.KeyPacketIDs), Clock: time.Now,
	}
	if config.Relay.Address == "" {
		post.Sender = bmail.Outbox{Dir: filepath.Join(dir, config.Relay.Outbox)}
		return post, nil
	}
	post.Sender, err = newRelay(dir, config.Relay)
	return post, err
}

func newRelay(dir string, c configs.Relay) (*bmail.Relay, error) {
	relay := bmail.RelayConfig{Addr: c.Address, Hello: c.Hello, User: c.User, MaxConns: c.Connections, TLS: &tls.Config{}}
	if relay.Hello == "" {
		relay.Hello, _ = os.Hostname()
	}
	if host, _, _ := strings.Cut(c.Address, ":"); host == "127.0.0.1" || host == "localhost" {
		relay.TLS = nil // loopback needs none
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

// keyOf decides on a recipient's key at this moment: fit, and the one that the list pins.
func keyOf(r pipeline.Recipient) (*seal.Key, string) {
	if len(r.Key) == 0 {
		return nil, fmt.Sprintf("no key: %s can't be read", r.KeyFile)
	}
	f := seal.Examine(r.Key, r.Address, time.Now())
	switch {
	case f.Key == nil:
		return nil, "the key " + strings.Join(f.Reasons, "; ")
	case f.Key.Fingerprint != r.Fingerprint:
		return nil, "the key file holds another key than the list pins"
	}
	return f.Key, ""
}

func fit(r pipeline.Recipient) (bool, string) {
	key, reason := keyOf(r)
	return key != nil, reason
}

// backoff doubles from the first wait up to an hour.
func backoff(first time.Duration) func(attempt int) time.Duration {
	return func(attempt int) time.Duration {
		return min(first<<min(max(attempt-1, 0), 20), max(first, time.Hour))
	}
}
