package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

const (
	benchKeys    = 64 // different keys: to make one takes longer than to seal to it
	maxBenchSize = draft.MaxAttachment
	benchNation  = pipeline.NZL
	anewMails    = 200 // composed and sealed one by one: slow, and the same each time
)

// bench is one run of the measurements.
type bench struct {
	recipients int
	smtp       string
	size       int64

	dir    string
	people map[string]personKeys
	noise  []byte // the attached file that makes the mail as large as it is to be
}

const benchDraft = `---
title: A bulletin to measure by
kind: notice
scheme: tlp
tlp: TLP:GREEN
releasable_to: [NZL]
%s---

What is measured is the way of the mail, not what it says.
`

// prepare makes a working directory with an author, a reviewer and a list.
func (b *bench) prepare() error {
	now := time.Now()
	if err := initDir(b.dir, now); err != nil {
		return err
	}
	b.people = map[string]personKeys{}
	for name, role := range map[string]review.Role{"author": review.Author, "reviewer": review.Reviewer} {
		keys, err := addPersonHere(b.dir, review.Person{Name: name, Nation: benchNation, Roles: []review.Role{role}}, now)
		if err != nil {
			return err
		}
		b.people[name] = keys
	}
	return b.writeList(now.Add(-time.Minute))
}

// writeList writes the list as a whole: to add its entries one by one would read it as often.
func (b *bench) writeList(at time.Time) error {
	var fingerprints, files []string
	for i := range min(benchKeys, b.recipients) {
		_, public, err := seal.GenerateKey("Bench", fmt.Sprintf("bench%d@police.example", i), at, 0)
		if err != nil {
			return err
		}
		fingerprint, err := seal.Fingerprint(public)
		if err != nil {
			return err
		}
		file := filepath.Join("configs", "recipients", "keys", fmt.Sprintf("%s-%s.asc", benchNation, fingerprint))
		if err := configs.WriteFile(filepath.Join(b.dir, file), public, 0o600); err != nil {
			return err
		}
		fingerprints, files = append(fingerprints, fingerprint), append(files, file)
	}
	var list strings.Builder
	list.WriteString("recipients:\n")
	for i := range b.recipients {
		k := i % len(files)
		fmt.Fprintf(&list, "- {address: r%d@police.example, key: %s, fingerprint: %s, max_tlp: TLP:GREEN}\n", i, files[k], fingerprints[k])
	}
	return configs.WriteFile(filepath.Join(b.dir, "configs", "recipients", string(benchNation)+".yaml"), []byte(list.String()), 0o600)
}

// source is the bulletin with so much noise attached.
func (b *bench) source() draft.Source {
	src := draft.Source{Name: "draft.md", Files: map[string][]byte{}}
	attached := ""
	if len(b.noise) > 0 {
		attached = "attachments: [noise.bin]\n"
		src.Files["noise.bin"] = b.noise
	}
	src.Files["draft.md"] = []byte(fmt.Sprintf(benchDraft, attached))
	return src
}

// wholePath hands the bulletin in, approves it, and waits until every recipient is sent to, with everything that
// is promised kept.
func (b *bench) wholePath(ctx context.Context) (row benchRow, err error) {
	row.Name = "the whole path: queue, ledger, every promise"
	to, err := openBenchSink(b.smtp)
	if err != nil {
		return row, err
	}
	defer to.close()
	config, err := b.config(to.addr)
	if err != nil {
		return row, err
	}
	s, err := newServer(ctx, b.dir, config, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		return row, err
	}
	running, stop := context.WithCancel(ctx)
	g, inner := errgroup.WithContext(running)
	g.Go(func() error { return s.run(inner) })
	g.Go(func() error {
		defer stop()
		row, err = b.release(inner, s, to, row)
		return err
	})
	return row, errors.Join(g.Wait(), s.close())
}

func (b *bench) release(ctx context.Context, s *server, to *benchSink, row benchRow) (benchRow, error) {
	clients := map[string]*desk.Client{}
	for name, keys := range b.people {
		connection, err := s.queue.Connect(name, keys.seed)
		if err != nil {
			return row, err
		}
		defer connection.Close()
		clients[name] = &desk.Client{Connection: connection, Sign: func(data []byte) ([]byte, error) {
			return seal.SignDetached(keys.secret, nil, data, time.Now())
		}}
	}
	submitted, err := clients["author"].Submit(ctx, "", b.source())
	if err != nil {
		return row, err
	}
	shown, err := clients["reviewer"].Show(ctx, submitted.Ref.ID)
	if err != nil {
		return row, err
	}
	began := time.Now()
	if _, err := clients["reviewer"].Approve(ctx, shown); err != nil {
		return row, err
	}
	settled := 0
	delivered := errors.New("delivered")
	err = s.queue.Follow(ctx, nil, func(e queue.Entry) error {
		var body pipeline.SettledBody
		if e.Fact.Name != pipeline.Settled {
			return nil
		}
		if err := e.Fact.Decode(&body); err != nil {
			return err
		}
		for _, o := range body.Outcomes {
			if o.State != pipeline.StateSent {
				return fmt.Errorf("a mail was not sent: %s", o.Reason)
			}
		}
		if settled += len(body.Outcomes); settled == b.recipients {
			return delivered
		}
		return nil
	})
	if !errors.Is(err, delivered) {
		return row, errors.Join(err, ctx.Err())
	}
	row = to.row(row, b.recipients, time.Since(began))
	if first := to.first(); !first.IsZero() {
		row.FirstMail = first.Sub(began).Seconds()
	}
	return row, nil
}
