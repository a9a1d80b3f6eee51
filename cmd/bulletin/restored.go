package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/queue"
	"bulletin/workers"
)

// restoredFile says that a working directory was made by restore, for as long as it lives.
const restoredFile = "restored.json"

// settleRestored opens the store once, as the server will: the key opens it, and the record gets what it lacks. Unless
// the old server did nothing more, the numbers that it may have given out are reserved, and the end of the copy is
// written down.
func settleRestored(ctx context.Context, dir string, storeKey []byte, at time.Time, moved bool) error {
	config, err := configs.Load(dir)
	if err != nil {
		return err
	}
	q, err := queue.Open(ctx, queue.Config{Dir: filepath.Join(dir, config.Queue.Store), StoreKey: storeKey})
	if err != nil {
		return fmt.Errorf("open the restored store: %w", err)
	}
	record, err := openRecordLog(dir)
	if err != nil {
		return errors.Join(err, q.Close())
	}
	recorder := &workers.Record{Queue: q, Documents: q, Log: record, Dir: filepath.Join(dir, snapshotsDir)}
	end, err := holdBack(ctx, q, recorder, at, moved)
	if err = errors.Join(err, record.Close(), q.Close()); err != nil || moved {
		return err
	}
	data, err := json.Marshal(end)
	if err != nil {
		return err
	}
	return configs.WriteFile(filepath.Join(dir, restoredFile), data, 0o600)
}

// holdBack brings the record to the end of the copy, and says where that is.
func holdBack(ctx context.Context, q *queue.Queue, recorder *workers.Record, at time.Time, moved bool) (workers.Restored, error) {
	if err := recorder.Check(ctx); err != nil {
		return workers.Restored{}, err
	}
	if !moved {
		if err := workers.ReserveDays(ctx, q, at, time.Now()); err != nil {
			return workers.Restored{}, err
		}
	}
	last, err := q.Last(ctx)
	if err != nil {
		return workers.Restored{}, err
	}
	return workers.Restored{At: at.UTC(), Facts: last[queue.StreamFacts]}, recorder.Finish(ctx)
}

// readRestored reads what restore wrote down; nil where the directory was not restored.
func readRestored(dir string) (*workers.Restored, error) {
	file := filepath.Join(dir, restoredFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var r workers.Restored
	if err := dec.Decode(&r); err != nil {
		return nil, hint(fmt.Errorf("%s cannot be read: %w", file, err), "restore the directory anew: without it mail might be sent twice")
	}
	return &r, nil
}
