package queue

import (
	"context"
	"encoding/base64"
	"encoding/json"
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
	data, err := q.getDocument(ctx, digest)
	if err == nil && pipeline.DigestOf(data) != digest {
		data, err = q.getDocument(ctx, digest) // it was being replaced by the same
	}
	switch {
	case errors.Is(err, pipeline.ErrNotFound):
		return nil, fmt.Errorf("document %s: %w", digest, err)
	case err != nil:
		return nil, &pipeline.Retry{Err: fmt.Errorf("read document %s: %w", digest, err)}
	}
	if got := pipeline.DigestOf(data); got != digest {
		return nil, fmt.Errorf("document %s is damaged: its content has the digest %s; restore the store from a copy", digest, got)
	}
	return data, nil
}

// getDocument reads the parts of a document as the facts are read: the object store's own way makes a consumer for
// each, which a worker has no right to, and may ask a copy that is behind.
func (q *Queue) getDocument(ctx context.Context, digest pipeline.Digest) ([]byte, error) {
	described, err := q.messages(ctx, documentStream, "$O."+documentBucket+".M."+base64.URLEncoding.EncodeToString([]byte(digest)))
	if err != nil {
		return nil, err
	}
	if len(described) == 0 {
		return nil, pipeline.ErrNotFound
	}
	var info jetstream.ObjectInfo
	if err := json.Unmarshal(described[len(described)-1].Data, &info); err != nil {
		return nil, fmt.Errorf("its description cannot be read: %w", err)
	}
	parts, err := q.messages(ctx, documentStream, "$O."+documentBucket+".C."+info.NUID)
	data := make([]byte, 0, info.Size)
	for _, p := range parts {
		data = append(data, p.Data...)
	}
	return data, err
}
