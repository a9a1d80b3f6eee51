package workers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/delivery"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/seal"
)

// A ledger is what is on record of one chunk: for each recipient how many attempts there were and what
// came of them.
type ledger struct {
	settled  bool
	attempts int       // of the chunk
	last     uint64    // sequence of the last that is on record of the chunk
	first    time.Time // of the first attempt; zero if there was none
	lines    []ledgerLine
}

type ledgerLine struct {
	outcome   pipeline.Outcome
	pinned    string // fingerprint, as planned
	recipient pipeline.Recipient
	key       *seal.Key
	admitted  time.Time // when list and key were looked at
}

// newLedger has a line for each recipient of a chunk: nothing has happened yet.
func newLedger(planned []pipeline.Addressee) *ledger {
	l := &ledger{lines: make([]ledgerLine, len(planned))}
	for i, a := range planned {
		l.lines[i] = ledgerLine{pinned: a.Fingerprint, outcome: pipeline.Outcome{Address: a.Address, State: pipeline.StatePlanned}}
	}
	return l
}

// readLedger reads the ledger from the facts. An attempt whose receipt is not on record is in doubt.
func (d *Deliver) readLedger(ctx context.Context, chunk pipeline.Fact, planned []pipeline.Addressee) (*ledger, error) {
	l := newLedger(planned)
	attempts, last, err := d.Facts.Facts(ctx, saidOf(chunk))
	if err != nil || len(attempts) == 0 {
		return l, err
	}
	l.last = last
	if l.settled = attempts[len(attempts)-1].Name == pipeline.Settled; l.settled {
		return l, nil
	}
	receipts, _, err := d.Facts.Facts(ctx, "receipt."+placeOf(chunk)+".>")
	if err != nil {
		return nil, err
	}
	return l, l.replay(planned, attempts, receipts)
}

// placeOf is where a chunk stands in the subjects of what is said of it.
func placeOf(chunk pipeline.Fact) string {
	return fmt.Sprintf("%s.%s.%d", chunk.Nation, chunk.Ref, chunk.Chunk)
}

// saidOf is the filter for what is said of a chunk, synced and in one order: attempts, and that it is settled.
func saidOf(chunk pipeline.Fact) string { return "delivery.*." + placeOf(chunk) + ".>" }

// replay has the attempts and what was answered.
func (l *ledger) replay(to []pipeline.Addressee, attempts, receipts []pipeline.Fact) error {
	outcomes, err := delivery.Outcomes(to, attempts, receipts)
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		l.lines[i].outcome = o
	}
	for _, f := range attempts {
		l.attempts = max(l.attempts, f.Ordinal)
		if l.first.IsZero() || f.At.Before(l.first) {
			l.first = f.At
		}
	}
	return nil
}

// copied says that the ledger is that of a copy: the server that it was taken of may have sent to whoever is neither sent
// to nor parked in it. That is one attempt more of which no receipt is on record.
func (l *ledger) copied() {
	for _, index := range l.pending() {
		l.lines[index-1].outcome.InDoubt++
	}
}

// pending returns the places, from 1, of those who are neither sent to nor parked.
func (l *ledger) pending() []int {
	var out []int
	for i := range l.lines {
		if !l.lines[i].final() {
			out = append(out, i+1)
		}
	}
	return out
}

func (l *ledger) outcomes() []pipeline.Outcome {
	out := make([]pipeline.Outcome, len(l.lines))
	for i := range l.lines {
		out[i] = l.lines[i].outcome
	}
	return out
}

func (l *ledgerLine) final() bool {
	return l.outcome.State == pipeline.StateSent || l.outcome.State == pipeline.StateParked
}

// since is the time of the first attempt, or now if there was none before: a day on which this process was
// down is not held against a recipient.
func (l *ledger) since(now time.Time) time.Time {
	if l.first.IsZero() {
		return now
	}
	return l.first
}

// attempted counts an attempt that is on record.
func (l *ledgerLine) attempted(messageID string, at time.Time) {
	l.outcome.Attempts++
	l.outcome.MessageID, l.outcome.At = messageID, at.UTC()
}

// calledOff says why mails of an attempt are not begun: the chunk is over, or it can't be read whether it is.
const calledOff = "the attempt was called off"

// notBegun records that an attempt ended before this recipient's turn: nothing was sent, and nothing is in doubt.
func (l *ledgerLine) notBegun(messageID string, at time.Time, why string) {
	l.attempted(messageID, at)
	l.outcome.State, l.outcome.Reason = pipeline.StateDeferred, "not begun: "+why
}

// parkAll parks whoever is neither sent to nor parked.
func (l *ledger) parkAll(reason string) {
	for _, index := range l.pending() {
		l.lines[index-1].park(reason)
	}
}

func (l *ledgerLine) park(reason string) {
	l.outcome.State, l.outcome.Reason = pipeline.StateParked, reason
}

// answer turns what Send returned into the recipient's state: 2xx sent, 4xx and network faults deferred,
// 5xx parked unless it refuses the desk, a connection lost after the final dot in doubt, the gate's refusal parked.
func (l *ledgerLine) answer(reply string, err error) {
	o := &l.outcome
	o.Reply, o.Reason = reply, ""
	var failed *mail.DeliveryError
	switch {
	case err == nil:
		o.State = pipeline.StateSent
	case errors.As(err, &failed) && failed.InDoubt:
		o.State, o.Reason = pipeline.StateInDoubt, failed.Error()
		o.InDoubt++
	case errors.As(err, &failed) && failed.Temporary:
		o.State, o.Reason = pipeline.StateDeferred, failed.Error()
	default: // refused for good, by the relay or by the gate
		l.park(err.Error())
	}
}
