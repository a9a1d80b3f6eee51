package workers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	"bulletin/pipeline/queue"
)

// Record follows every fact and chains it into the record, which can be verified offline. Beside the chain
// it keeps the people and policy snapshots that the facts name, so that the record stands by itself; of a
// bulletin's content it keeps nothing but digests.
type Record struct {
	Follow    func(ctx context.Context, from queue.Positions, each func(queue.Entry) error) error
	Documents Documents
	Log       *audit.Log
	Dir       string // where the snapshots go: DIR/<digest>.json
}

// Run goes on where the record ends, until ctx ends.
func (r *Record) Run(ctx context.Context) error {
	from := queue.Positions{}
	for _, stream := range queue.Streams() {
		from[stream] = r.Log.Last(stream)
	}
	return r.Follow(ctx, from, func(e queue.Entry) error { return r.take(ctx, e) })
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
	case pipeline.Approval:
		var body pipeline.ApprovalBody
		err := f.Decode(&body)
		return []pipeline.Digest{body.People}, err
	}
	return nil, nil
}

func (r *Record) keep(ctx context.Context, digest pipeline.Digest) error {
	file := filepath.Join(r.Dir, string(digest)+".json")
	if _, err := os.Stat(file); err == nil {
		return nil
	}
	data, err := r.Documents.Get(ctx, digest)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}
