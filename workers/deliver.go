package workers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

// Poster seals an edition's mail once for a whole list, and sends it to each recipient: many at the same time.
type Poster interface {
	// Seal needs the edition whole, the bytes of its attachments included.
	Seal(ref pipeline.Ref, e edition.Edition, files Rendering) (*Sealed, error)
	// Send passes the gate and hands the mail to the relay. Its error is a *mail.DeliveryError where the relay
	// or the way there failed; any other, a *mail.LeakError of the gate among them, is for good.
	Send(ctx context.Context, s *Sealed, to pipeline.Recipient, key *seal.Key) (reply string, err error)
	// Forget drops what was sealed: it is sent no more.
	Forget(s *Sealed)
}

// Ledger takes what is said of a chunk, synced, each on the condition that nothing was said since what was read last. Two
// processes may have the same chunk, when one of them was out of reach for a while: only one of them puts an attempt on
// record and makes it, and only the one who made the last attempt settles.
type Ledger interface {
	PublishAfter(ctx context.Context, f pipeline.Fact, filter string, last uint64) (sequence uint64, err error)
}

// Backoff is how long to wait until the next attempt at deferred recipients.
type Backoff func(p pipeline.Precedence, attempt int) time.Duration

// listRetry is how soon a list that can't be read, most likely because somebody is editing it, is read again.
const listRetry = 30 * time.Second

// Deliver takes chunks of planned recipients. For each chunk it puts the attempt on record, synced, before
// the first DATA, and the relay's answer for each recipient after it; when all are sent or parked
// the chunk is settled. A repeat is possible only for an attempt without an answer on record, and carries the same
// Message-ID. Mails of a lower precedence wait while a stage or a chunk of a higher one is in work.
type Deliver struct {
	Facts     Facts
	Documents Documents
	Ledger    Ledger
	Receipts  func() Receipts // a new batch
	Lists     Lists
	Archive   Archive
	Keys      Keys
	Poster    Poster
	Clock     pipeline.Clock
	Parallel  func() int // mails under way at once in a chunk
	Backoff   Backoff
	GiveUp    func() time.Duration // after the first attempt: a recipient still deferred is parked
	Restored  *Restored            // where the streams are those of a copy; nil otherwise
	Way       *RightOfWay          // shared with the stages of the process; never nil
	Stopping  <-chan struct{}      // closed when the process is to end: mails under way are finished, and none begun

	sealed sealedMail
	texts  texts
	part   int // tests: answers in one part of a receipt
}

// Work delivers to whoever of the chunk has neither been sent to nor parked.
func (d *Deliver) Work(ctx context.Context, chunk pipeline.Fact) error {
	var body pipeline.ChunkBody
	if err := chunk.Decode(&body); err != nil {
		return &pipeline.Permanent{Reason: "the chunk can't be read", Err: err}
	}
	l, err := d.readLedger(ctx, chunk, body.Recipients)
	if err != nil {
		return &pipeline.Retry{After: d.Backoff(chunk.Precedence, 1), Err: err}
	}
	if l.settled {
		return nil
	}
	defer d.Way.enter(chunk.Precedence)(nil) // its next chunk comes whatever becomes of this one
	over, err := d.over(ctx, chunk)
	copied, failed := d.Restored.covers(ctx, d.Facts, chunk)
	if err := errors.Join(err, failed); err != nil {
		return &pipeline.Retry{After: d.Backoff(chunk.Precedence, 1), Err: err}
	}
	if copied {
		l.copied()
	}
	if over != "" { // also of what is held back: nothing is sent
		l.parkAll(over)
		return d.settle(ctx, chunk, l)
	}
	if copied {
		if err := d.heldBack(ctx, chunk); err != nil {
			return err
		}
	}
	e, err := d.edition(ctx, chunk, body.Rendered.Edition)
	if err != nil {
		return err
	}
	if err := d.admit(l, e); err != nil { // nothing is sent meanwhile
		return &pipeline.Retry{After: listRetry, Err: err}
	}
	if len(l.pending()) > 0 {
		if err := d.attempt(ctx, chunk, e, body.Rendered, l); err != nil {
			return err
		}
	}
	return d.settle(ctx, chunk, l)
}

// edition returns the text of what the chunk delivers.
func (d *Deliver) edition(ctx context.Context, chunk pipeline.Fact, digest pipeline.Digest) (edition.Edition, error) {
	e, err := d.texts.get(digest, func() (edition.Edition, error) { return readEdition(ctx, d.Documents, digest) })
	if err != nil {
		return e, &pipeline.Retry{After: d.Backoff(chunk.Precedence, 1), Err: err}
	}
	if e.Nation != chunk.Nation {
		return e, &pipeline.Permanent{Reason: "the edition is another nation's"}
	}
	return e, nil
}

// attempt puts the attempt at all who are pending on record and makes it.
func (d *Deliver) attempt(ctx context.Context, chunk pipeline.Fact, e edition.Edition, r pipeline.RenderedBody, l *ledger) error {
	sealed, err := d.seal(ctx, chunk, r)
	if err != nil {
		return failClosed("the mail can't be sealed", err)
	}
	d.Way.wait(ctx, chunk.Precedence, d.Stopping) // a kill meanwhile leaves nobody in doubt
	pending := l.pending()
	l.attempts++
	attempted, err := pipeline.NewFact(pipeline.Attempted, chunk.Ref, "deliver", pipeline.AttemptedBody{
		MessageID: sealed.MessageID, Sealed: sealed.Digest, Indexes: pending,
	})
	if err != nil {
		return err
	}
	attempted.Nation, attempted.Chunk, attempted.Ordinal = chunk.Nation, chunk.Chunk, l.attempts
	if err := d.enter(ctx, chunk, attempted, l); err != nil { // synced before the first DATA
		return fmt.Errorf("record the attempt: %w", err)
	}
	if over, err := d.over(ctx, chunk); over != "" || err != nil {
		return d.callOff(ctx, chunk, attempted, l, pending, sealed.MessageID, over, err)
	}
	answers := d.answersTo(attempted)
	if over := d.sendAll(ctx, chunk, e, sealed, l, pending, answers); over != "" {
		l.parkAll(over)
	}
	if err := answers.flush(ctx); err != nil && len(l.pending()) > 0 {
		// Where all are final, Settled says so, synced, and the receipts are not needed.
		return d.comeBack(ctx, chunk, l, d.Backoff(chunk.Precedence, l.attempts), fmt.Errorf("store the receipts: %w", err))
	}
	return ctx.Err()
}

// enter puts a fact about the chunk on record, behind those that the ledger was read from.
func (d *Deliver) enter(ctx context.Context, chunk, f pipeline.Fact, l *ledger) error {
	last, err := d.Ledger.PublishAfter(ctx, f, saidOf(chunk), l.last)
	if errors.Is(err, pipeline.ErrMoved) {
		return pipeline.ErrElsewhere
	}
	if err != nil {
		return &pipeline.Retry{After: d.Backoff(chunk.Precedence, 1), Err: err}
	}
	l.last = last
	return nil
}

// comeBack asks for the chunk again, unless another process has gone on with it since this one read the ledger.
func (d *Deliver) comeBack(ctx context.Context, chunk pipeline.Fact, l *ledger, after time.Duration, why error) error {
	if _, last, err := d.Facts.Facts(ctx, saidOf(chunk)); err == nil && last != l.last {
		return pipeline.ErrElsewhere
	}
	return &pipeline.Retry{After: after, Err: why}
}

// callOff ends an attempt that is on record and of which nothing was sent: the bulletin was withdrawn in that instant, a
// newer version was planned, or it could not be read whether that is so.
func (d *Deliver) callOff(ctx context.Context, chunk, attempted pipeline.Fact, l *ledger, pending []int, messageID, over string, cause error) error {
	answers := d.answersTo(attempted)
	for _, index := range pending {
		l.lines[index-1].notBegun(messageID, d.Clock(), calledOff)
		answers.add(index, l.lines[index-1].outcome)
	}
	if err := answers.flush(ctx); err != nil && cause == nil {
		cause = err
	}
	if cause != nil {
		return d.comeBack(ctx, chunk, l, d.Backoff(chunk.Precedence, l.attempts), cause)
	}
	l.parkAll(over)
	return nil
}

// sendAll sends to the pending recipients, Parallel at a time. It says why the chunk is over, if it came to be over
// meanwhile: whoever's mail had not begun was not sent to.
func (d *Deliver) sendAll(ctx context.Context, chunk pipeline.Fact, e edition.Edition, sealed *Sealed, l *ledger, pending []int, answers *answers) (over string) {
	begin, end := context.WithCancel(ctx) // mails are begun until it ends; those under way get their answer
	var begun atomic.Int64
	var senders, watch sync.WaitGroup
	watch.Go(func() {
		over = d.awaitOver(begin, chunk)
		end()
	})
	for range min(max(1, d.Parallel()), len(pending)) {
		senders.Go(func() {
			for n := begun.Add(1); n <= int64(len(pending)); n = begun.Add(1) {
				index := pending[n-1]
				if line := &l.lines[index-1]; d.send(ctx, begin, chunk.Precedence, e, sealed, line) {
					answers.add(index, line.outcome)
				}
			}
		})
	}
	senders.Wait()
	end()
	watch.Wait()
	return over
}

// send sends to one recipient when it is their turn, if begin has not ended by then. It reports whether there is an answer:
// what was cut short by the end of the process has none, is in doubt, and is taken up again.
func (d *Deliver) send(ctx, begin context.Context, p pipeline.Precedence, e edition.Edition, sealed *Sealed, line *ledgerLine) (answered bool) {
	d.Way.wait(begin, p, d.Stopping)
	if ctx.Err() != nil || isClosed(d.Stopping) {
		line.notBegun(sealed.MessageID, d.Clock(), "the process was ending")
		return true
	}
	if begin.Err() != nil {
		line.notBegun(sealed.MessageID, d.Clock(), calledOff)
		return true
	}
	if err := d.admitAnew(e, line); err != nil {
		line.notBegun(sealed.MessageID, d.Clock(), "the list can't be read")
		return true
	}
	if line.final() {
		line.attempted(sealed.MessageID, d.Clock())
		return true
	}
	reply, err := d.Poster.Send(ctx, sealed, line.recipient, line.key)
	if err != nil && ctx.Err() != nil {
		return false
	}
	d.Way.answered(p)
	line.attempted(sealed.MessageID, d.Clock())
	line.answer(reply, err)
	return true
}

// settle closes the chunk when every recipient is sent or parked, and otherwise asks to come back.
func (d *Deliver) settle(ctx context.Context, chunk pipeline.Fact, l *ledger) error {
	giveUp := d.GiveUp()
	if late := d.Clock().Sub(l.since(d.Clock())); late > giveUp {
		for i := range l.lines {
			if line := &l.lines[i]; !line.final() {
				line.park(fmt.Sprintf("given up after %s: %s", giveUp, line.outcome.Reason))
			}
		}
	}
	if open := l.pending(); len(open) > 0 && isClosed(d.Stopping) { // whoever comes next begins at once
		return d.comeBack(ctx, chunk, l, 0, fmt.Errorf("%d recipient(s) left: the process is ending", len(open)))
	} else if len(open) > 0 {
		return d.comeBack(ctx, chunk, l, d.Backoff(chunk.Precedence, l.attempts), fmt.Errorf("%d recipient(s) deferred", len(open)))
	}
	settled, err := pipeline.NewFact(pipeline.Settled, chunk.Ref, "deliver", pipeline.SettledBody{Outcomes: l.outcomes()})
	if err != nil {
		return err
	}
	settled.Nation, settled.Chunk, settled.Ordinal = chunk.Nation, chunk.Chunk, l.attempts
	if err := d.enter(ctx, chunk, settled, l); err != nil {
		return fmt.Errorf("settle the chunk: %w", err)
	}
	return nil
}
