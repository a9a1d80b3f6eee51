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

	documentBucket   = "DOCUMENTS"
	documentStream   = "OBJ_" + documentBucket
	documentSubjects = "$O." + documentBucket + ".>"
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
	if strings.HasPrefix(subject, strings.TrimSuffix(documentSubjects, ">")) {
		return documentStream, nil
	}
	return "", fmt.Errorf("no stream holds %q: facts are on bulletin, number, notice, delivery and receipt", subject)
}

// subjectsOf are the subjects that a stream holds.
func subjectsOf(stream string) []string {
	switch stream {
	case StreamFacts:
		return []string{"bulletin.>", "number.>", "notice.>"}
	case StreamDelivery:
		return []string{"delivery.>"}
	}
	return []string{"receipt.>"}
}

// openStreams makes what is missing, and keeps the handles.
func (q *Queue) openStreams(ctx context.Context) error {
	q.stream = map[string]jetstream.Stream{}
	for _, name := range q.reads() {
		c := jetstream.StreamConfig{
			Name: name, Subjects: subjectsOf(name), Storage: jetstream.FileStorage, Replicas: q.replicas(),
			AllowDirect: true, DenyDelete: true, DenyPurge: true, // history is never edited
		}
		if name == StreamReceipts && q.server != nil && !q.config.Synced {
			// Losing a receipt only repeats a mail that the record then calls in doubt.
			c.PersistMode = jetstream.AsyncPersistMode
		}
		if err := q.patiently(ctx, "stream "+name, gathering, func() error { return q.openStream(ctx, c) }); err != nil {
			return fmt.Errorf("open stream %s: %w", name, err)
		}
	}
	if q.config.Worker != (Worker{}) && !q.config.Worker.rights().documents {
		return nil
	}
	return q.patiently(ctx, "the document store", gathering, func() error { return q.openDocuments(ctx) })
}

func (q *Queue) openDocuments(ctx context.Context) error {
	docs, err := q.js.ObjectStore(ctx, documentBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) && q.makesStreams() {
		docs, err = q.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: documentBucket, Storage: jetstream.FileStorage, Replicas: q.replicas(),
		})
	}
	if err != nil {
		return fmt.Errorf("open the document store: %w", q.unmade(err))
	}
	q.docs = docs
	if q.stream[documentStream], err = q.js.Stream(ctx, documentStream); err != nil {
		return fmt.Errorf("open the document store: %w", err)
	}
	return q.checkReplicas(documentStream)
}

// openStream takes a stream as it is before it makes one: the credentials of a worker have no
// right to make streams, and an operator's settings on a cluster stay.
func (q *Queue) openStream(ctx context.Context, c jetstream.StreamConfig) error {
	s, err := q.js.Stream(ctx, c.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) && q.makesStreams() {
		s, err = q.js.CreateStream(ctx, c)
	}
	if err != nil {
		return q.unmade(err)
	}
	if s, err = q.widen(ctx, s, c.Subjects); err != nil {
		return err
	}
	q.stream[c.Name] = s
	return q.checkReplicas(c.Name)
}

// reads returns the streams that this process may read.
func (q *Queue) reads() []string {
	if q.config.Worker == (Worker{}) {
		return Streams()
	}
	return q.config.Worker.rights().reads
}

func (q *Queue) makesStreams() bool {
	return q.config.Worker == (Worker{}) || q.config.Worker.rights().makes
}

func (q *Queue) replicas() int { return max(q.config.Replicas, 1) }

// unmade says who makes what is not there.
func (q *Queue) unmade(err error) error {
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrBucketNotFound) {
		return fmt.Errorf("it is not there yet: start the process with the role %s first, which makes it: %w", RoleDesk, err)
	}
	return err
}

// checkReplicas refuses a stream with another number of copies than the configuration promises.
func (q *Queue) checkReplicas(stream string) error {
	if got := q.stream[stream].CachedInfo().Config.Replicas; got != q.replicas() {
		return fmt.Errorf("stream %s is kept %d times, and the configuration says %d: correct queue.replicas, or the stream (nats stream edit %s --replicas %d)",
			stream, got, q.replicas(), stream, q.replicas())
	}
	return nil
}

// widen has a stream that was made by an older version take what this one publishes.
func (q *Queue) widen(ctx context.Context, s jetstream.Stream, subjects []string) (jetstream.Stream, error) {
	c := s.CachedInfo().Config
	missing := slices.DeleteFunc(slices.Clone(subjects), func(subject string) bool { return slices.Contains(c.Subjects, subject) })
	if len(missing) == 0 {
		return s, nil
	}
	if q.server == nil { // the operator of the cluster changes it
		return nil, fmt.Errorf("it does not take %s: add that to its subjects", strings.Join(missing, ", "))
	}
	c.Subjects = append(slices.Clone(c.Subjects), missing...)
	return q.js.UpdateStream(ctx, c)
}
