package workers

import (
	"context"
	"errors"
	"sync"
	"time"

	"bulletin/pipeline"
)

// Receipts takes what is known after an attempt. It may write behind (see Durability by class in package queue), and it
// does not lose what it has while the store is away; Flush waits until all of it is stored.
type Receipts interface {
	Publish(f pipeline.Fact) error
	Flush(ctx context.Context) error
}

// How many answers one part of a receipt holds at most, and how long the first of them waits for the others. A kill loses
// at most the answers of one such window for each chunk in hand, and what the store writes behind: their mails are
// in doubt then, and go out again.
const (
	receiptPart   = 64
	receiptWindow = 20 * time.Millisecond
)

// answers are what comes of one attempt. They go on record in parts, in the background, so that no mail waits for it.
type answers struct {
	to      Receipts
	attempt pipeline.Fact
	most    int // answers in a part

	mu      sync.Mutex
	waiting []pipeline.Answer // for the next part
	window  *time.Timer       // that they wait for
	parts   int
	failed  error
	writing sync.WaitGroup
}

// answersTo returns an empty collection of what comes of an attempt on record.
func (d *Deliver) answersTo(attempt pipeline.Fact) *answers {
	a := &answers{to: d.Receipts(), attempt: attempt, most: receiptPart}
	if d.part > 0 {
		a.most = d.part
	}
	return a
}

// add takes the answer for one recipient, and does not wait.
func (a *answers) add(index int, o pipeline.Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting = append(a.waiting, pipeline.Answer{Index: index, Outcome: o})
	if len(a.waiting) == a.most {
		a.cut()
	} else if len(a.waiting) == 1 {
		a.window = time.AfterFunc(receiptWindow, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.cut()
		})
	}
}

// cut has what waits written as the next part. The caller holds mu.
func (a *answers) cut() {
	if len(a.waiting) == 0 {
		return
	}
	if a.window != nil {
		a.window.Stop() // one that has begun already cuts the next part short: no harm
	}
	a.parts++
	part, body := a.parts, pipeline.ReceiptBody{Answers: a.waiting}
	a.waiting = nil
	a.writing.Go(func() {
		if err := a.write(part, body); err != nil {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.failed = errors.Join(a.failed, err)
		}
	})
}

func (a *answers) write(part int, body pipeline.ReceiptBody) error {
	f, err := pipeline.NewFact(pipeline.Receipt, a.attempt.Ref, "deliver", body)
	if err != nil {
		return err
	}
	f.Nation, f.Chunk, f.Ordinal, f.Part = a.attempt.Nation, a.attempt.Chunk, a.attempt.Ordinal, part
	return a.to.Publish(f)
}

// flush waits until all answers are stored. No more are added.
func (a *answers) flush(ctx context.Context) error {
	a.mu.Lock()
	a.cut()
	a.mu.Unlock()
	a.writing.Wait()
	return errors.Join(a.failed, a.to.Flush(ctx))
}
