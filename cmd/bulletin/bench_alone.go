package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
	"bulletin/workers"
)

// fit finds how much noise makes the mail as large as it is to be: it does not compress, so that the mail grows
// with it in proportion.
func (b *bench) fit(ctx context.Context) error {
	if b.size == 0 {
		return nil
	}
	empty, err := b.wire(ctx)
	if err != nil {
		return err
	}
	if empty > b.size {
		return hint(fmt.Errorf("the smallest mail has %d octets, more than --size %d", empty, b.size), "give a larger size")
	}
	for guess := (b.size - empty) * 7 / 10; ; {
		b.noise = make([]byte, max(guess, 1))
		rand.Read(b.noise) // never fails (crypto/rand, Go 1.24)
		got, err := b.wire(ctx)
		if err != nil {
			return err
		}
		if off := b.size - got; off < b.size/100 && off > -b.size/100 {
			return nil
		} else if guess += off * 7 / 10; guess < 1 || guess > maxBenchSize {
			return fmt.Errorf("no attachment makes a mail of %d octets", b.size)
		}
	}
}

// wire is how many octets of DATA one mail has.
func (b *bench) wire(ctx context.Context) (int64, error) {
	row, err := b.alone(ctx, "", 1, false)
	return row.WireBytes, err
}

// floor is what sealing and SMTP take by themselves, over as many connections as the whole path uses.
func (b *bench) floor(ctx context.Context) (benchRow, error) {
	row, err := b.alone(ctx, b.smtp, b.recipients, false)
	row.Name = "the floor: sealing and SMTP alone"
	return row, err
}

func (b *bench) anew(ctx context.Context) (benchRow, error) {
	row, err := b.alone(ctx, b.smtp, min(anewMails, b.recipients), true)
	row.Name = "composed, signed and encrypted anew for each"
	return row, err
}

// alone sends the mail to so many recipients with no queue, no ledger and no promises.
func (b *bench) alone(ctx context.Context, smtp string, recipients int, anew bool) (row benchRow, err error) {
	to, err := openBenchSink(smtp)
	if err != nil {
		return row, err
	}
	defer to.close()
	config, err := b.config(to.addr)
	if err != nil {
		return row, err
	}
	post, err := newPost(b.dir, config, time.Now)
	if err != nil {
		return row, err
	}
	defer post.Sender.(*mail.Relay).Close()
	e, files, err := b.edition()
	if err != nil {
		return row, err
	}
	ref := pipeline.Ref{ID: pipeline.NewID(), Revision: 1}
	sealed, err := post.Seal(ref, e, files)
	if err != nil {
		return row, err
	}
	lists := configs.NewLists(b.dir)
	list, err := lists.Recipients(benchNation)
	if err != nil {
		return row, err
	}
	began := time.Now()
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(chunksAtOnce * config.Delivery.Parallel)
	for i, r := range list.All()[:recipients] {
		g.Go(func() error {
			mine := sealed
			if anew {
				var err error
				if mine, err = post.Seal(pipeline.Ref{ID: ref.ID, Revision: i + 2}, e, files); err != nil {
					return err
				}
			}
			_, err := post.Send(inner, mine, r, lists.Fitness(r, began).Key)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return row, err
	}
	return to.row(row, recipients, time.Since(began)), nil
}

func (b *bench) config(relay string) (configs.Config, error) {
	config, err := configs.Load(b.dir)
	config.Relay.Address, config.Relay.Hello = relay, "localhost"
	config.Health.Listen = ""
	return config, err
}

// edition renders the bulletin as marking and rendering do.
func (b *bench) edition() (edition.Edition, workers.Rendering, error) {
	doc, problems := draft.Parse(b.source(), draft.Options{Author: benchNation})
	if err := problems.Err(); err != nil {
		return edition.Edition{}, workers.Rendering{}, err
	}
	editions, err := review.Editions(doc, configs.DefaultPolicy().On(time.Now()))
	if err != nil {
		return edition.Edition{}, workers.Rendering{}, err
	}
	e := editions[0]
	e.Number, e.Released = "SA26-001A", time.Now().UTC()
	e.History = []edition.Version{{Version: "1.0", At: e.Released, Change: edition.ChangeRelease, Summary: "First release"}}
	r, err := newRenderer(nil)
	if err != nil {
		return e, workers.Rendering{}, err
	}
	files, err := r.Render(e)
	return e, files, err
}

// benchSink is where the mails go: a drain of this run's own, or the relay that was named.
type benchSink struct {
	addr  string
	drain *mail.Drain // nil for a relay
}

func openBenchSink(smtp string) (*benchSink, error) {
	if smtp != "" {
		return &benchSink{addr: smtp}, nil
	}
	d, err := mail.NewDrain()
	if err != nil {
		return nil, err
	}
	return &benchSink{d.Addr(), d}, nil
}

func (s *benchSink) close() {
	if s.drain != nil {
		s.drain.Close() // after the relay's connections: it waits for them
	}
}

func (s *benchSink) first() time.Time {
	if s.drain == nil {
		return time.Time{}
	}
	return s.drain.First()
}

func (s *benchSink) row(row benchRow, recipients int, took time.Duration) benchRow {
	row.Recipients, row.Seconds = recipients, took.Seconds()
	row.MailsPerSecond = float64(recipients) / took.Seconds()
	if s.drain != nil && s.drain.Mails() > 0 {
		row.WireBytes = s.drain.Octets() / s.drain.Mails()
	}
	return row
}
