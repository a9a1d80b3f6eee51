// Package workers holds the stages of the pipeline: each turns one fact into the facts that follow.
// A worker keeps no state and knows no vendor library; what it needs it declares as a small interface,
// and cmd hands it the implementation.
package workers

import (
	"context"
	"errors"
	"fmt"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// Documents is the object store, addressed by digest.
type Documents interface {
	Get(ctx context.Context, d pipeline.Digest) ([]byte, error)
	Put(ctx context.Context, data []byte) (pipeline.Digest, error)
}

// Facts is what is on record.
type Facts interface {
	// Fact returns the one fact of that subject, or pipeline.ErrNotFound.
	Fact(ctx context.Context, subject string) (pipeline.Fact, error)
	// Facts returns all facts whose subjects match, in the order of their stream, and the last
	// sequence among them.
	Facts(ctx context.Context, filter string) ([]pipeline.Fact, uint64, error)
}

// Publisher publishes facts once each.
type Publisher interface {
	Publish(ctx context.Context, facts ...pipeline.Fact) error
}

// factsOf returns every fact of a bulletin's life, over all its revisions.
func factsOf(ctx context.Context, facts Facts, id pipeline.ID) ([]pipeline.Fact, uint64, error) {
	all, last, err := facts.Facts(ctx, fmt.Sprintf("bulletin.%s.>", id))
	if err != nil {
		return nil, 0, fmt.Errorf("read the facts of %s: %w", id, err)
	}
	return all, last, nil
}

// readEdition reads the text of a stored edition, with nothing that it names.
func readEdition(ctx context.Context, docs Documents, digest pipeline.Digest) (edition.Edition, error) {
	b, err := docs.Get(ctx, digest)
	if err != nil {
		return edition.Edition{}, fmt.Errorf("load the edition: %w", err)
	}
	return edition.Parse(b)
}

// loadEdition reads a stored edition with its pictures, and without its attachments: those only the mail needs.
func loadEdition(ctx context.Context, docs Documents, digest pipeline.Digest) (edition.Edition, error) {
	e, err := readEdition(ctx, docs, digest)
	if err != nil {
		return edition.Edition{}, err
	}
	for _, former := range e.Withdraws {
		f, err := loadEdition(ctx, docs, former)
		if err != nil {
			return edition.Edition{}, err
		}
		if f.Nation != e.Nation || len(f.Withdraws) > 0 {
			return edition.Edition{}, errors.New("the edition withdraws one that is no edition of its nation")
		}
		e.Former = append(e.Former, f)
	}
	e.Images = map[pipeline.Digest][]byte{}
	for _, d := range e.ImageDigests() {
		if e.Images[d], err = docs.Get(ctx, d); err != nil {
			return edition.Edition{}, fmt.Errorf("load a picture of the edition: %w", err)
		}
	}
	return e, nil
}

// loadAttached reads the bytes of the edition's attachments.
func loadAttached(ctx context.Context, docs Documents, e *edition.Edition) (err error) {
	e.Attached = map[pipeline.Digest][]byte{}
	for _, a := range e.Attachments {
		if e.Attached[a.Digest], err = docs.Get(ctx, a.Digest); err != nil {
			return fmt.Errorf("load an attachment of the edition: %w", err)
		}
	}
	return nil
}

// failClosed turns an error that nobody has classified into one that parks: in marking, eligibility and
// sealing, what is unknown stops.
func failClosed(reason string, err error) error {
	if err == nil {
		return nil
	}
	var retry *pipeline.Retry
	var permanent *pipeline.Permanent
	if errors.As(err, &retry) || errors.As(err, &permanent) {
		return err
	}
	return &pipeline.Permanent{Reason: reason, Err: err}
}
