package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
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
	"bulletin/workers/metrics"
)

// Files that a server keeps below its working directory.
const (
	recordDir    = "record"
	recordFile   = "record/record.jsonl"
	snapshotsDir = "record/snapshots"
	runDir       = "run"
	endpointFile = "run/endpoint.json"
)

// server is a part of the pipeline in one process, or all of it, wired and ready to run. What the
// process has no role for is nil.
type server struct {
	dir    string
	config configs.Config // as it was at the start
	part   part
	now    pipeline.Clock
	log    *slog.Logger

	live      *configs.Live // people, policy and configuration as their files say now
	pace      atomic.Pointer[configs.Delivery]
	connected []queue.Person // who may connect at the start

	at     queue.Config
	queue  *queue.Queue   // the first of queues, for what any of them may do
	queues []*queue.Queue // one if the server is embedded, else one for each worker
	locks  []*os.File

	reader    *queue.Queue        // may read every stream; nil if this process may not
	counted   *metrics.Projection // of what the board is shown; nil if nobody asks for metrics
	deskQueue *queue.Queue        // where the desk answers; nil if it does not

	lists    *configs.Lists
	keys     *deskKeys // nil where nothing is sealed or opened
	seals    bool      // mail is signed here
	board    *desk.Board
	desk     *desk.Desk
	deliver  []*workers.Deliver
	recorder *workers.Record
	record   *audit.Log
	sender   workers.Sender
	health   string // URL of its health; empty for none

	running []func(ctx context.Context) error // what run runs
}

// newServer wires the whole pipeline.
func newServer(ctx context.Context, dir string, config configs.Config, now pipeline.Clock, log *slog.Logger) (*server, error) {
	return newPart(ctx, dir, config, whole(), now, log)
}

// memoryAim is what the garbage collector keeps a server to while it can, in octets: with a list of a hundred thousand
// about half of it is in use, and without an aim the rest may come to as much again. GOMEMLIMIT says otherwise.
const memoryAim = 240 << 20

// newPart wires a part of it.
func newPart(ctx context.Context, dir string, config configs.Config, p part, now pipeline.Clock, log *slog.Logger) (*server, error) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryAim)
	}
	s := &server{dir: dir, config: config, part: p, now: now, log: log}
	m, err := s.load()
	if err == nil {
		err = s.wire(ctx, m)
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// wire is the one place where a part meets what it needs.
func (s *server) wire(ctx context.Context, m materials) error {
	keys := func(r pipeline.Recipient) seal.Fitness { return s.lists.Fitness(r, s.now()) }
	way := &workers.RightOfWay{}
	for _, role := range s.part.roles {
		for w, nations := range s.part.workers(role) {
			q, err := s.connect(ctx, w)
			if err != nil {
				return err
			}
			switch role {
			case queue.RoleDesk:
				s.reader, s.deskQueue = q, q
				reach := &workers.Reach{Lists: s.lists, Keys: keys, Nations: s.part.listed(), Clock: s.now}
				s.board = &desk.Board{Documents: q}
				s.desk = &desk.Desk{
					Store: q, Board: s.board, Verify: seal.VerifyDetached, Printable: m.renderer.printable, Clock: s.now, Log: s.log,
					Draw: m.renderer.pdf.Render, Reach: reach.Of, Listed: reach.Listed,
					People: s.live.People, Policy: func() review.Policy { return m.drawn(s.live.Policy()) },
				}
				s.openDesk(q)
			case queue.RoleTally:
				s.works(q, &workers.Tally{Facts: q, Documents: q, Decider: q, Verify: seal.VerifyDetached, Log: s.log},
					&workers.Demands{Facts: q, Documents: q, Decider: q, Verify: seal.VerifyDetached, Log: s.log})
			case queue.RoleMark:
				s.works(q, &workers.Mark{Facts: q, Documents: q, Publisher: q, Decider: q, Verify: seal.VerifyDetached, Clock: s.now, Way: way},
					&workers.Recall{Facts: q, Documents: q, Verify: seal.VerifyDetached})
			case queue.RoleRender:
				s.works(q, &workers.Render{Documents: q, Renderer: m.renderer, Fonts: m.renderer.fonts, Way: way})
			case queue.RolePlan:
				for _, n := range nations {
					s.works(q,
						&workers.Plan{
							Facts: q, Documents: q, Publisher: q, Lists: s.lists, Archive: s.lists, Keys: keys, Nation: n, Lag: s.lag(), Restored: m.restored, Way: way,
							ChunkSize: func() int { return s.pace.Load().Chunk },
						},
						&workers.Dispatch{Documents: q, Nation: n, Way: way},
						&workers.Resend{Facts: q, Documents: q, Lists: s.lists, Archive: s.lists, Keys: keys, Nation: n})
				}
			case queue.RoleDeliver:
				d := &workers.Deliver{
					Facts: q, Documents: q, Ledger: q, Receipts: func() workers.Receipts { return q.Receipts() },
					Lists: s.lists, Archive: s.lists, Keys: keys, Poster: m.post, Clock: s.now,
					Parallel: func() int { return s.pace.Load().Parallel },
					Backoff:  backoff(func() time.Duration { return s.pace.Load().RetryAfter }),
					GiveUp:   func() time.Duration { return s.pace.Load().GiveUp },
					Restored: m.restored, Way: way,
				}
				s.deliver = append(s.deliver, d)
				s.runs(func(ctx context.Context) error { return q.Drain(ctx, nations, chunksAtOnce, "deliver", d.Work) })
			case queue.RoleReceive:
				r := &workers.Receive{
					Inbox: workers.NewInbox(filepath.Join(s.dir, inboxDir)), Facts: q, Publisher: q, Signers: s.lists, Keys: keys,
					Nations: nations, Opener: m.keys, Clock: s.now, Log: s.log,
				}
				s.runs(r.Run)
			case queue.RoleNotify:
				if !s.config.Notices.Enabled {
					break
				}
				stages, keyWatch := s.notices(q, m, keys)
				s.works(q, stages...)
				s.runs(keyWatch.Run)
			case queue.RoleRecord:
				s.reader = q
				if err := s.openRecord(ctx, q); err != nil {
					return err
				}
				s.runs(s.recorder.Run)
			}
		}
	}
	s.queue = s.queues[0]
	for _, q := range s.queues {
		s.runs(q.Lost)
	}
	return nil
}

// readLag is how much later than its publication the last replica can read a fact.
const readLag = 2 * time.Second

// lag is that of the store: an embedded one is read where it was written.
func (s *server) lag() time.Duration {
	if s.config.Queue.URL == "" {
		return 0
	}
	return readLag
}

// chunksAtOnce is how many chunks are delivered side by side; two places are kept for what is urgent. While one chunk is
// read, recorded or settled, the mails of the others keep the relay's connections busy.
const chunksAtOnce = 5

// runs adds what run runs.
func (s *server) runs(f func(ctx context.Context) error) { s.running = append(s.running, f) }

// works adds stages over one connection.
func (s *server) works(q *queue.Queue, stages ...pipeline.Worker) {
	s.runs(func(ctx context.Context) error { return q.Run(ctx, stages...) })
}

// run runs every part until ctx ends, and finishes what is in hand.
func (s *server) run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, d := range s.deliver {
		d.Stopping = ctx.Done()
	}
	g.Go(func() error { return s.followConfiguration(ctx) })
	for _, f := range s.running {
		g.Go(func() error { return f(ctx) })
	}
	err := g.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// finishTime bounds how long the record may take, at the end, to get what came last.
const finishTime = 20 * time.Second

// close ends what newPart opened, however far it came. The record gets what came last.
func (s *server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), finishTime)
	defer cancel()
	var err error
	if s.recorder != nil {
		err = s.recorder.Finish(ctx)
	}
	for _, q := range s.queues {
		err = errors.Join(err, q.Close())
	}
	if s.record != nil {
		err = errors.Join(err, s.record.Close())
	}
	if s.desk != nil {
		if removed := os.Remove(filepath.Join(s.dir, endpointFile)); !errors.Is(removed, os.ErrNotExist) {
			err = errors.Join(err, removed)
		}
	}
	if relay, ok := s.sender.(*bmail.Relay); ok {
		err = errors.Join(err, relay.Close())
	}
	for _, l := range s.locks {
		err = errors.Join(err, l.Close())
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

// openRecordLog opens the record's file, under a lock: one process writes it.
func openRecordLog(dir string) (*audit.Log, error) {
	if err := os.MkdirAll(filepath.Join(dir, recordDir), 0o700); err != nil {
		return nil, err
	}
	return audit.OpenLog(filepath.Join(dir, recordFile))
}

// openRecord gives the recorder its record, if it is no further than the store.
func (s *server) openRecord(ctx context.Context, q *queue.Queue) error {
	log, err := openRecordLog(s.dir)
	if err != nil {
		return err
	}
	s.record = log
	r := &workers.Record{Queue: q, Documents: q, Log: log, Dir: filepath.Join(s.dir, snapshotsDir)}
	if err := r.Check(ctx); err != nil {
		return hint(err, "restore the whole working directory from one copy")
	}
	s.recorder = r
	return nil
}
