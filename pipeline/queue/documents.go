package queue

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// Put stores a document under its digest. A document that is there already is not stored again.
func (q *Queue) Put(ctx context.Context, data []byte) (pipeline.Digest, error) {
	digest := pipeline.DigestOf(data)
	// Two that store the same at once would replace each other's copy, under who reads it. Other
	// processes still may; see Get.
	q.putting.Lock()
	defer q.putting.Unlock()
	_, err := q.docs.GetInfo(ctx, string(digest))
	if err == nil {
		return digest, nil
	}
	if !errors.Is(err, jetstream.ErrObjectNotFound) {
		return "", fmt.Errorf("look for document %s: %w", digest, err)
	}
	if _, err := q.docs.PutBytes(ctx, string(digest), data); err != nil {
		return "", fmt.Errorf("store document %s: %w", digest, err)
	}
	return digest, nil
}

// Get returns a document, or pipeline.ErrNotFound. It returns no other bytes than those that the
// digest names. A store that does not answer is a *pipeline.Retry: that says nothing about the document.
func (q *Queue) Get(ctx context.Context, digest pipeline.Digest) ([]byte, error) {
	data, err := q.docs.GetBytes(ctx, string(digest))
	if err != nil && !errors.Is(err, jetstream.ErrObjectNotFound) {
		data, err = q.docs.GetBytes(ctx, string(digest)) // it was being replaced by the same
	}
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fmt.Errorf("document %s: %w", digest, pipeline.ErrNotFound)
	}
	if errors.Is(err, jetstream.ErrDigestMismatch) {
		return nil, fmt.Errorf("document %s is damaged; restore the store from a copy: %w", digest, err)
	}
	if err != nil {
		return nil, &pipeline.Retry{Err: fmt.Errorf("read document %s: %w", digest, err)}
	}
	if got := pipeline.DigestOf(data); got != digest {
		return nil, fmt.Errorf("document %s is damaged: its content has the digest %s; restore the store from a copy", digest, got)
	}
	return data, nil
}
