// Package queue keeps the facts in NATS JetStream: it publishes each once, runs the workers over
// them, parks what fails, stores documents by digest, and carries people's requests to the desk.
// It owns NATS: no other package sees a message, a stream or a subscription.
//
// # Durability by class
//
// What would lose work if it were lost is on disk before it counts, each message synced by itself: all facts of the
// streams FACTS and DELIVERY (decisions and approvals, plans, chunks, attempts, settled chunks), and the documents that
// they name. Publish returns after that.
//
// What would only repeat work is written behind: the receipts, in the stream RECEIPTS. Two windows bound what a kill
// loses of them: answers of one attempt wait for each other in the process, up to 64 of them or 20 ms (package workers,
// receiptPart and receiptWindow), for each chunk in hand; and the embedded server writes its asynchronous stream behind
// its acknowledgement, which lost the last 4 ms or so in our tests. Their mails go out again with the same Message-ID, and
// are in doubt; no more of them than the attempts on record name, which are the chunks in hand. A settled chunk does not
// need its receipts any more.
//
// NATS has no asynchronous streams with replicas. On a cluster with more than one copy the default mode serves for all
// streams: an acknowledged message is with a majority, so that the loss of one server loses nothing, and each server
// syncs by its own configuration (sync_interval). While no server answers, receipts are kept in the process, no more than
// the chunks in hand have mails, and are published again until they are stored.
package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// Config says where the queue lives and who may speak to it.
type Config struct {
	Dir      string         // embedded: directory of the store, made if it is missing
	StoreKey []byte         // embedded: encrypts the store at rest; at least 32 octets
	URL      string         // of an external server, or several of one cluster with commas; empty means an embedded one
	Worker   Worker         // external: whose credentials these are
	Seed     []byte         // external: the worker's user nkey
	Replicas int            // external: copies of each stream; 0 means 1
	Synced   bool           // embedded: receipts too are on disk before they count; see StreamReceipts
	Listen   string         // embedded: host:port to listen on (port 0: any); empty means in process only
	People   []Person       // embedded: who may connect
	Log      *slog.Logger   // nil means none
	Clock    pipeline.Clock // nil means time.Now
	Retries  Retries
}

// Retries says how patient the runner is. Zero fields take the defaults.
type Retries struct {
	Attempts int           // failures by unknown errors before a fact is parked; default 5
	Base     time.Duration // first backoff after an unknown error, doubled each time and jittered; default 1 s
	Max      time.Duration // longest backoff; default 5 min
	AckWait  time.Duration // how long after its process died a fact goes to another; default 10 s
	Poll     time.Duration // how often Drain looks without having been woken; default 1 s
	Grace    time.Duration // how long work in hand may go on after the end was asked for; default 30 s
	Election time.Duration // how long a cluster may take to answer when work begins; default 1 min
}

func (r Retries) withDefaults() Retries {
	if r.Attempts <= 0 {
		r.Attempts = 5
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&r.Base, time.Second}, {&r.Max, 5 * time.Minute}, {&r.AckWait, 10 * time.Second},
		{&r.Poll, time.Second}, {&r.Grace, 30 * time.Second}, {&r.Election, time.Minute},
	} {
		if *d.field <= 0 {
			*d.field = d.value
		}
	}
	return r
}

// ErrInUse reports that another process works with the same files.
var ErrInUse = errors.New("is in use by another process")

// Queue is a connection to the streams, and the embedded server behind it if there is one.
type Queue struct {
	Serving func() error // called once Serve can be reached, if set; its error ends Serve

	config  Config
	log     *slog.Logger
	clock   pipeline.Clock
	retries Retries

	server  *embedded // nil when the server is external
	nc      *nats.Conn
	js      jetstream.JetStream
	stream  map[string]jetstream.Stream // by name
	docs    jetstream.ObjectStore
	putting sync.Mutex
	seen    seen
	inHand  sync.Map      // worker and subject of what is worked on in this process
	lost    chan struct{} // closed when the server ended the connection for good

	step func(step, subject string) error // tests: called between the runner's steps; an error abandons the run as a kill would
	beat func()                           // tests: called when messages in hand were renewed
}

// Open starts the server if it is embedded, connects, and makes what streams are missing.
func Open(ctx context.Context, c Config) (*Queue, error) {
	q := &Queue{config: c, log: c.Log, clock: c.Clock, retries: c.Retries.withDefaults(), lost: make(chan struct{})}
	if q.log == nil {
		q.log = slog.New(slog.DiscardHandler)
	}
	if q.clock == nil {
		q.clock = time.Now
	}
	if err := q.open(ctx); err != nil {
		return nil, errors.Join(err, q.Close())
	}
	return q, nil
}

func (q *Queue) open(ctx context.Context) error {
	if err := q.connect(ctx); err != nil {
		return err
	}
	var err error
	// A receipt is small: let many be on their way before PublishAsync waits.
	if q.js, err = jetstream.New(q.nc, jetstream.WithPublishAsyncMaxPending(maxPending), jetstream.WithPublishAsyncTimeout(answerTimeout)); err != nil {
		return fmt.Errorf("connect to the queue: %w", err)
	}
	if q.server != nil {
		err = q.server.checkLoaded(ctx, q.js)
	} else {
		err = q.checkServer(ctx)
	}
	if err != nil {
		return err
	}
	if err := q.openStreams(ctx); err != nil {
		return err
	}
	if q.server != nil {
		return q.server.complete()
	}
	return nil
}

// Close waits for what is on its way to the server, closes the connection and shuts an embedded
// server down. End Run, Drain, Follow and Serve first: what they have in hand is lost to them (not
// to the streams) otherwise.
func (q *Queue) Close() error {
	var err error
	if q.nc != nil && !q.nc.IsClosed() {
		q.nc.SetClosedHandler(nil)
		if q.nc.IsConnected() {
			err = q.nc.FlushTimeout(closeTimeout)
		}
		q.nc.Close()
	}
	if q.server != nil {
		err = errors.Join(err, q.server.stop())
	}
	return err
}

const (
	closeTimeout = 5 * time.Second
	// answerTimeout bounds how long the server may take to answer: with a full disk it never does.
	answerTimeout = 10 * time.Second
)

// ClientURL returns where people connect; empty if the embedded server does not listen.
func (q *Queue) ClientURL() string {
	if q.server == nil {
		return q.config.URL
	}
	return q.server.url()
}

// SetPeople says anew who may connect. Whoever is no longer among them is disconnected at once.
// On an external server that is the business of its operator, and SetPeople returns an error.
func (q *Queue) SetPeople(people []Person) error {
	if q.server == nil {
		return errors.New("people of an external NATS server are set in its own configuration")
	}
	return q.server.setPeople(people)
}
