package workers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	"bulletin/pipeline/queue"
)

// stopping ends a follower after so many entries of the chained streams.
type stopping struct {
	*queue.Queue
	left int
	stop func()
}

func (s *stopping) Follow(ctx context.Context, streams []string, from queue.Positions, each func(queue.Entry) error) error {
	return s.Queue.Follow(ctx, streams, from, func(e queue.Entry) error {
		err := each(e)
		if slices.Contains(chained, e.Stream) {
			if s.left--; s.left == 0 {
				s.stop()
			}
		}
		return err
	})
}

// recordSome runs a recorder on DIR until it has taken n entries, and ends it; recordAll until it has all.
func recordSome(t *testing.T, q *queue.Queue, docs Documents, dir string, n int) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	log, err := audit.OpenLog(filepath.Join(dir, "record.jsonl"))
	must(t, err)
	running, stop := context.WithTimeout(ctx, 20*time.Second) // entries that never come
	defer stop()
	r := &Record{Queue: &stopping{q, n, stop}, Documents: docs, Log: log, Dir: filepath.Join(dir, "snapshots")}
	must(t, r.Check(running))
	must(t, r.Run(running))
	must(t, log.Close())
}

func recordAll(t *testing.T, q *queue.Queue, docs Documents, dir string) {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	log, err := audit.OpenLog(filepath.Join(dir, "record.jsonl"))
	must(t, err)
	running, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	r := &Record{Queue: q, Documents: docs, Log: log, Dir: filepath.Join(dir, "snapshots")}
	must(t, r.Finish(running))
	must(t, log.Close())
}

// recorded verifies the record and returns its subjects.
func recordedIn(t *testing.T, dir string) ([]string, audit.Summary) {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "record.jsonl"))
	must(t, err)
	defer f.Close()
	var subjects []string
	summary, err := audit.Entries(f, func(e audit.Entry) error {
		subjects = append(subjects, e.Subject)
		return nil
	})
	must(t, err)
	return subjects, summary
}

// outcome publishes an attempt, a receipt and the end of a chunk.
func outcome(t *testing.T, q *queue.Queue, ref pipeline.Ref, chunk int, address string) {
	t.Helper()
	o := pipeline.Outcome{Address: address, State: pipeline.StateSent, Attempts: 1}
	attempted := newFact(t, pipeline.Attempted, ref, pipeline.AttemptedBody{Indexes: []int{1}})
	receipt := newFact(t, pipeline.Receipt, ref, receiptOf(1, o))
	settled := newFact(t, pipeline.Settled, ref, pipeline.SettledBody{Outcomes: []pipeline.Outcome{o}})
	for _, f := range []*pipeline.Fact{&attempted, &receipt, &settled} {
		f.Nation, f.Chunk = pipeline.NZL, chunk
	}
	attempted.Ordinal, receipt.Ordinal, receipt.Part = 1, 1, 1
	settled.Ordinal = 1
	must(t, q.Publish(ctx, attempted, receipt, settled))
}

func receiptOf(index int, o pipeline.Outcome) pipeline.ReceiptBody {
	return pipeline.ReceiptBody{Answers: []pipeline.Answer{{Index: index, Outcome: o}}}
}

func TestRecordGoesOnWithoutGapOrRepeat(t *testing.T) {
	dir := t.TempDir()
	b, _ := approved(t) // submitted, two approvals, approved
	outcome(t, b.q, b.ref, 1, "a@x.example")
	recordSome(t, b.q, b.docs, dir, 2)
	recordSome(t, b.q, b.docs, dir, 1)
	must(t, b.q.Publish(ctx, newFact(t, pipeline.Numbered, b.ref, pipeline.NumberedBody{Number: "SA26-326A"})))
	outcome(t, b.q, b.ref, 2, "b@x.example")
	recordAll(t, b.q, b.docs, dir)
	recordAll(t, b.q, b.docs, dir) // nothing more
	subjects, summary := recordedIn(t, dir)
	if summary.Entries != 9 || len(summary.Streams) != 2 {
		t.Errorf("recorded %d entries of %v: %v", summary.Entries, summary.Streams, subjects)
	}
	seen := map[string]bool{}
	for _, s := range subjects {
		if seen[s] {
			t.Errorf("%s is recorded twice", s)
		}
		seen[s] = true
	}
	for _, digest := range []pipeline.Digest{pipeline.DigestOf(cast().JSON()), pipeline.DigestOf(testPolicy().JSON())} {
		kept, err := os.ReadFile(filepath.Join(dir, "snapshots", string(digest)+".json"))
		if err != nil || pipeline.DigestOf(kept) != digest {
			t.Errorf("the snapshot %s: %v", digest, err)
		}
	}
}

// The stream of receipts loses its last ones in a kill, and gives their sequence numbers to others: here the
// record was made over one store, and goes on over another whose receipts are fewer and other.
func TestRecordHoldsAfterReceiptsWereLost(t *testing.T) {
	dir, ref := t.TempDir(), newRef()
	before, after := newQueue(t), newQueue(t)
	outcome(t, before, ref, 1, "a@x.example")
	lost := newFact(t, pipeline.Receipt, ref, receiptOf(1, pipeline.Outcome{Address: "b@x.example", State: pipeline.StateDeferred}))
	lost.Nation, lost.Chunk, lost.Part, lost.Ordinal = pipeline.NZL, 2, 1, 1
	must(t, before.Publish(ctx, lost))
	recordAll(t, before, newMemory(), dir)

	outcome(t, after, ref, 1, "a@x.example")
	outcome(t, after, ref, 2, "b@x.example") // its receipt has the sequence of the lost one
	recordAll(t, after, newMemory(), dir)
	subjects, summary := recordedIn(t, dir)
	if summary.Entries != 4 || summary.Streams[queue.StreamReceipts] != 0 {
		t.Errorf("recorded %v", subjects)
	}
	if last := subjects[len(subjects)-1]; last != fmt.Sprintf("delivery.settled.NZL.%s.2.1", ref) {
		t.Errorf("the last is %s", last)
	}
}

// A crash while a snapshot was written leaves half of it: the record must not rest on that.
func TestRecordMendsAHalfWrittenSnapshot(t *testing.T) {
	dir := t.TempDir()
	b := submitted(t, newQueue(t))
	digest := pipeline.DigestOf(cast().JSON())
	file := filepath.Join(dir, "snapshots", string(digest)+".json")
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, cast().JSON()[:10], 0o600))
	recordAll(t, b.q, b.docs, dir)
	kept, err := os.ReadFile(file)
	if err != nil || pipeline.DigestOf(kept) != digest {
		t.Errorf("the snapshot is %q, %v", kept, err)
	}
}

func TestRecordStopsWithoutASnapshot(t *testing.T) {
	b := submitted(t, newQueue(t))
	b.docs.gone = errors.New("away")
	log, err := audit.OpenLog(filepath.Join(t.TempDir(), "record.jsonl"))
	must(t, err)
	defer log.Close()
	r := &Record{Queue: b.q, Documents: b.docs, Log: log, Dir: t.TempDir()}
	if err := r.Run(ctx); err == nil {
		t.Error("it went on")
	}
	if log.Last(queue.StreamFacts) != 0 {
		t.Error("the fact is recorded without what was in force")
	}
}

// A store that was restored from an older copy would number new facts like recorded ones.
func TestRecordRefusesAnOlderStore(t *testing.T) {
	dir, ref := t.TempDir(), newRef()
	before, older := newQueue(t), newQueue(t)
	outcome(t, before, ref, 1, "a@x.example")
	recordAll(t, before, newMemory(), dir)
	log, err := audit.OpenLog(filepath.Join(dir, "record.jsonl"))
	must(t, err)
	defer log.Close()
	if err := (&Record{Queue: older, Log: log}).Check(ctx); err == nil || !strings.Contains(err.Error(), "older than the record") {
		t.Errorf("an older store: %v", err)
	}
	if err := (&Record{Queue: before, Log: log}).Check(ctx); err != nil {
		t.Error(err)
	}
}
