package main

import (
	"context"
	"crypto/rand"
	"fmt"
	netmail "net/mail"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

const anewMails = 200 // composed and sealed one by one: slow, and the same each time

// fit finds how much noise makes the mail as large as it is to be: it does not compress, so that the mail grows
// with it in proportion.
func (b *bench) fit() error {
	if b.size == 0 {
		return nil
	}
	empty, err := b.wire()
	if err != nil {
		return err
	}
	if empty > b.size {
		return hint(fmt.Errorf("the smallest mail has %d octets, more than --size %d", empty, b.size), "give a larger size")
	}
	for guess := (b.size - empty) * 7 / 10; ; {
		b.noise = make([]byte, max(guess, 1))
		rand.Read(b.noise) // never fails (crypto/rand, Go 1.24)
		got, err := b.wire()
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
func (b *bench) wire() (int64, error) {
	a, err := b.newAlone("")
	if err != nil {
		return 0, err
	}
	m, err := a.message(a.sealed, b.made[0].key)
	return int64(m.Len()), err
}

// alone sends the mail with no queue, no ledger and no promises: what the rest can be measured by.
type alone struct {
	letter   mail.Letter
	signer   *seal.Signer
	envelope *mail.Envelope
	sealed   *seal.Sealed
	relay    *mail.Relay // nil where nothing is sent
	senders  int
}

// newAlone composes and seals the mail once, with the keys of a working directory of its own.
func (b *bench) newAlone(relay string) (*alone, error) {
	dir, err := b.workingDir()
	if err != nil {
		return nil, err
	}
	config, err := benchConfig(dir, relay)
	if err != nil {
		return nil, err
	}
	post, err := newPost(dir, config, time.Now)
	if err != nil {
		return nil, err
	}
	signer, err := post.Signer.At(time.Now())
	if err != nil {
		return nil, err
	}
	a := &alone{signer: signer, senders: 2 * config.Relay.Connections} // the next mail waits while one is sent
	a.relay, _ = post.Sender.(*mail.Relay)
	if a.letter, err = b.letter(post.From, mail.MessageID(post.MessageKey, pipeline.Ref{ID: pipeline.NewID(), Revision: 1}, benchNation, post.Domain)); err != nil {
		return nil, err
	}
	if a.envelope, err = mail.NewEnvelope(a.letter.Header); err != nil {
		return nil, err
	}
	a.sealed, err = a.seal()
	return a, err
}

// seal composes, signs and encrypts.
func (a *alone) seal() (*seal.Sealed, error) {
	inner, err := mail.Compose(a.letter)
	if err != nil {
		return nil, err
	}
	return a.signer.Seal(inner, time.Now())
}

// message is the mail for one recipient.
func (a *alone) message(s *seal.Sealed, k *seal.Key) (mail.Message, error) {
	armored, err := s.For(k)
	return a.envelope.Message(armored.Head, armored.Body, armored.Foot), err
}

// send sends to the first of the list, over as many connections as the whole path uses.
func (a *alone) send(ctx context.Context, to *benchSink, list benchList, recipients int, sealed func() (*seal.Sealed, error)) (benchRow, error) {
	before, began, cpu := to.count(), time.Now(), cpuUsed()
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range a.senders {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < recipients; i = int(next.Add(1)) - 1 {
				s, err := sealed()
				if err != nil {
					return err
				}
				m, err := a.message(s, list.key(i))
				if err != nil {
					return err
				}
				if _, err := a.relay.Send(ctx, a.letter.From.Address, routineAddress(i), m); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return benchRow{}, err
	}
	row := benchRow{Recipients: recipients, WireBytes: to.octetsEach(before)}.took(time.Since(began)).used(cpuUsed() - cpu)
	if row.WireBytes == 0 {
		m, err := a.message(a.sealed, list.key(0))
		if err != nil {
			return row, err
		}
		row.WireBytes = int64(m.Len())
	}
	return row, nil
}

// floor is what sealing and SMTP take by themselves.
func (a *alone) floor(ctx context.Context, to *benchSink, list benchList, recipients int) (benchRow, error) {
	row, err := a.send(ctx, to, list, recipients, func() (*seal.Sealed, error) { return a.sealed, nil })
	row.Name = floorName
	return row, err
}

// anew is what it takes to compose, sign and encrypt for each recipient, as mail programs do.
func (b *bench) anew(ctx context.Context) ([]benchRow, error) {
	b.progress("composing and sealing anew for each")
	to, err := openBenchSink(b.smtp)
	if err != nil {
		return nil, err
	}
	defer to.close()
	a, err := b.newAlone(to.addr)
	if err != nil {
		return nil, err
	}
	defer a.relay.Close()
	row, err := a.send(ctx, to, benchList{keys: b.made}, b.most(anewMails), a.seal)
	row.Name = "composed, signed and encrypted anew for each"
	return []benchRow{row}, err
}

// letter is the bulletin rendered as marking and rendering do.
func (b *bench) letter(from netmail.Address, id string) (l mail.Letter, err error) {
	doc, problems := draft.Parse(b.source(routineBulletin), draft.Options{Author: benchNation})
	if err := problems.Err(); err != nil {
		return l, err
	}
	editions, err := review.Editions(doc, configs.DefaultPolicy().On(time.Now()))
	if err != nil {
		return l, err
	}
	e := editions[0]
	e.Number, e.Released = "SA26-001A", time.Now().UTC()
	e.History = []edition.Version{{Version: "1.0", At: e.Released, Change: edition.ChangeRelease, Summary: "First release"}}
	r, err := newRenderer(nil)
	if err != nil {
		return l, err
	}
	files, err := r.Render(e)
	if err != nil {
		return l, err
	}
	return mail.Letter{
		Header:  mail.Header{From: from, List: mail.ListName(benchNation), Date: e.Released, MessageID: id},
		Edition: e,
		PDF:     mail.Attachment{Name: "bench.pdf", Bytes: files.PDF},
		STIX:    mail.Attachment{Name: "bench.json", Bytes: files.STIX},
		CSV:     mail.Attachment{Name: "bench.csv", Bytes: files.CSV},
	}, nil
}
