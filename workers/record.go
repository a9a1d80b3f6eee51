package workers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	"bulletin/pipeline/queue"
)

// Record chains the facts of the synced streams into the record, which can be verified offline. Beside the
// chain it keeps the people and policy snapshots that the facts name, so that the record stands by itself; of
// a bulletin's content it keeps nothing but digests.
//
// Receipts are not recorded one by one. Their stream is written behind: a kill loses its last ones, and others
// take their sequence numbers, so that a chain over it would hold what the stream does not, and lack what
// came instead. What they say is in the Settled fact of their chunk, for every recipient; until then the
// record has the attempt, which is on it before the first mail.
type Record struct {
	Queue interface {
		Follow(ctx context.Context, streams []string, from queue.Positions, each func(queue.Entry) error) error
		Last(ctx context.Context) (queue.Positions, error)
	}
	Documents Documents
	Log       *audit.Log
	Dir       string // where the snapshots go: DIR/<digest>.json
}

// chained are the streams that the record chains.
var chained = []string{queue.StreamFacts, queue.StreamDelivery}

// Check refuses a store that knows less than the record: it was restored from an older copy or has lost what it
// had synced, and going on would number new facts like old ones.
func (r *Record) Check(ctx context.Context) error {
	last, err := r.Queue.Last(ctx)
	if err != nil {
		return err
	}
	for _, stream := range chained {
		if r.Log.Last(stream) > last[stream] {
			return fmt.Errorf("the record has %d facts of %s and the store only %d: the store is older than the record or damaged",
				r.Log.Last(stream), stream, last[stream])
		}
	}
	return nil
}

// Run goes on where the record ends, until ctx ends.
func (r *Record) Run(ctx context.Context) error {
	return r.Queue.Follow(ctx, chained, r.positions(), func(e queue.Entry) error { return r.take(ctx, e) })
}

// Finish takes in what the streams hold now and the record does not, and returns.
func (r *Record) Finish(ctx context.Context) error {
	until, err := r.Queue.Last(ctx)
	if err != nil || r.reaches(until) {
		return err
	}
	finished := errors.New("finished")
	err = r.Queue.Follow(ctx, chained, r.positions(), func(e queue.Entry) error {
		if err := r.take(ctx, e); err != nil {
			return err
		}
		if r.reaches(until) {
			return finished
		}
		return nil
	})
	if errors.Is(err, finished) {
		return nil
	}
	return errors.Join(err, ctx.Err())
}

// Lag is how many facts are not in the record yet.
func (r *Record) Lag(ctx context.Context) (uint64, error) {
	last, err := r.Queue.Last(ctx)
	if err != nil {
		return 0, err
	}
	return r.positions().Lag(last, chained...), nil
}

// positions is where the record ends.
func (r *Record) positions() queue.Positions {
	from := queue.Positions{}
	for _, stream := range chained {
		from[stream] = r.Log.Last(stream)
	}
	return from
}

func (r *Record) reaches(until queue.Positions) bool {
	for _, stream := range chained {
		if r.Log.Last(stream) < until[stream] {
			return false
		}
	}
	return true
}

func (r *Record) take(ctx context.Context, e queue.Entry) error {
	snapshots, err := snapshotsOf(e.Fact)
	if err != nil {
		return err
	}
	for _, digest := range snapshots {
		if err := r.keep(ctx, digest); err != nil {
			return fmt.Errorf("keep what was in force at %s: %w", e.Subject, err)
		}
	}
	return r.Log.Append(audit.Entry{At: e.Time, Stream: e.Stream, Seq: e.Seq, Subject: e.Subject, Data: e.Data})
}

// snapshotsOf names the snapshots that a fact refers to.
func snapshotsOf(f pipeline.Fact) ([]pipeline.Digest, error) {
	switch f.Name {
	case pipeline.Submitted:
		var body pipeline.SubmittedBody
		err := f.Decode(&body)
		return []pipeline.Digest{body.People, body.Policy}, err
	case pipeline.Withdrawal:
		var body pipeline.WithdrawalBody
		err := f.Decode(&body)
		return []pipeline.Digest{body.People}, err
	case pipeline.Approval:
		var body pipeline.ApprovalBody
		err := f.Decode(&body)
		return []pipeline.Digest{body.People}, err
	}
	return nil, nil
}

// keep has the snapshot whole on disk before the fact that names it is recorded. A file that a crash cut off
// is written again.
func (r *Record) keep(ctx context.Context, digest pipeline.Digest) error {
	file := filepath.Join(r.Dir, string(digest)+".json")
	if kept, err := os.ReadFile(file); err == nil && pipeline.DigestOf(kept) == digest {
		return nil
	}
	data, err := r.Documents.Get(ctx, digest)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
