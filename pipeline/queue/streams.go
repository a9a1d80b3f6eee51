package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// The streams. Every fact lies in exactly one of them, found by the first token of its subject.
const (
	StreamFacts    = "FACTS"    // bulletin.>, number.> and notice.>: each message synced to disk
	StreamDelivery = "DELIVERY" // delivery.>: each message synced
	StreamReceipts = "RECEIPTS" // receipt.>: written behind when embedded; a kill loses some milliseconds of them

	documentBucket = "DOCUMENTS"
)

// Streams returns the names of all streams.
func Streams() []string { return []string{StreamFacts, StreamDelivery, StreamReceipts} }

// streamOf returns the stream that holds a subject or filter.
func streamOf(subject string) (string, error) {
	first, _, _ := strings.Cut(subject, ".")
	switch first {
	case "bulletin", "number", "notice":
		return StreamFacts, nil
	case "delivery":
		return StreamDelivery, nil
	case "receipt":
		return StreamReceipts, nil
	}
	return "", fmt.Errorf("no stream holds %q: facts are on bulletin, number, notice, delivery and receipt", subject)
}

// openStreams makes what is missing, and keeps the handles.
func (q *Queue) openStreams(ctx context.Context) error {
	subjects := map[string][]string{
		StreamFacts:    {"bulletin.>", "number.>", "notice.>"},
		StreamDelivery: {"delivery.>"},
		StreamReceipts: {"receipt.>"},
	}
	q.stream = map[string]jetstream.Stream{}
	for _, name := range Streams() {
		c := jetstream.StreamConfig{
			Name: name, Subjects: subjects[name], Storage: jetstream.FileStorage, Replicas: max(q.config.Replicas, 1),
			AllowDirect: true, DenyDelete: true, DenyPurge: true, // history is never edited
		}
		if name == StreamReceipts && q.server != nil {
			// Losing a receipt only repeats a mail that the record then calls in doubt.
			c.PersistMode = jetstream.AsyncPersistMode
		}
		s, err := q.openStream(ctx, c)
		if err != nil {
			return fmt.Errorf("open stream %s: %w", name, err)
		}
		q.stream[name] = s
	}
	docs, err := q.js.ObjectStore(ctx, documentBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		docs, err = q.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: documentBucket, Storage: jetstream.FileStorage, Replicas: max(q.config.Replicas, 1),
		})
	}
	if err != nil {
		return fmt.Errorf("open the document store: %w", err)
	}
	q.docs = docs
	return nil
}

// openStream takes a stream as it is before it makes one: the credentials of a worker need no
// right to make streams, and an operator's settings on a cluster stay.
func (q *Queue) openStream(ctx context.Context, c jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := q.js.Stream(ctx, c.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return q.js.CreateStream(ctx, c)
	}
	if err != nil {
		return nil, err
	}
	return q.widen(ctx, s, c.Subjects)
}

// widen has a stream that was made by an older version take what this one publishes.
func (q *Queue) widen(ctx context.Context, s jetstream.Stream, subjects []string) (jetstream.Stream, error) {
	c := s.CachedInfo().Config
	missing := slices.DeleteFunc(slices.Clone(subjects), func(subject string) bool { return slices.Contains(c.Subjects, subject) })
	if len(missing) == 0 {
		return s, nil
	}
	if q.server == nil { // its operator's to change
		return nil, fmt.Errorf("it does not take %s: add that to its subjects", strings.Join(missing, ", "))
	}
	c.Subjects = append(slices.Clone(c.Subjects), missing...)
	return q.js.UpdateStream(ctx, c)
}
