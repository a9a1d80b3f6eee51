package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// Publish puts facts on record, in order, each once and synced to disk before the next. A fact that
// is on record already with the same Identity is done; with another it is a *pipeline.Conflict, and
// the facts after it are not published.
func (q *Queue) Publish(ctx context.Context, facts ...pipeline.Fact) error {
	for _, f := range facts {
		if _, err := q.publish(ctx, f, jetstream.WithExpectLastSequencePerSubject(0)); err != nil {
			return err
		}
	}
	return nil
}

// publishTogether is Publish for the chunks of a plan, none of which waits for the others to be on record: a plan for a
// hundred thousand has hundreds, and the plan of a flash may be next.
func (q *Queue) publishTogether(ctx context.Context, facts []pipeline.Fact) error {
	all := q.Receipts()
	for _, f := range facts {
		if err := all.Publish(f); err != nil {
			return err
		}
	}
	return all.Flush(ctx)
}

// PublishAfter puts a fact on record, synced, if the last one that matches filter is the one at sequence last (as Facts
// returned it; 0 for none), and returns its own sequence. If another has come since, even one that says the same, it
// returns pipeline.ErrMoved: who published it acts on it too. So does a fact that comes late, when the caller has long
// given up waiting.
func (q *Queue) PublishAfter(ctx context.Context, f pipeline.Fact, filter string, last uint64) (uint64, error) {
	msg, err := q.message(f)
	if err != nil {
		return 0, err
	}
	ack, err := q.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequenceForSubject(last, filter))
	if wrongLastSequence(err) {
		return 0, pipeline.ErrMoved
	}
	if err != nil {
		return 0, fmt.Errorf("publish %s: %w", f.Subject(), err)
	}
	q.seen.saw(ack.Stream, ack.Sequence)
	return ack.Sequence, nil
}

// Decide publishes what a person decided after seeing the bulletin's facts up to the sequence last
// (as Facts returned it for "bulletin.<id>.>"; 0 for a new bulletin). If anything has been published
// for the bulletin since, it returns pipeline.ErrMoved and publishes nothing: of two decisions made
// at the same time one wins. The first fact is the decision; those after it follow from it, as in
// Publish. A process may die in between, so whoever finds the first without the others publishes
// them again. Decide returns the sequence of the last fact.
func (q *Queue) Decide(ctx context.Context, last uint64, facts ...pipeline.Fact) (uint64, error) {
	if len(facts) == 0 {
		return last, nil
	}
	// The check below is of the whole bulletin; that nothing stands on this very subject needs its own.
	stored, seq, err := q.load(ctx, facts[0].Subject())
	switch {
	case errors.Is(err, pipeline.ErrNotFound):
		filter := fmt.Sprintf("bulletin.%s.>", facts[0].Ref.ID)
		seq, err = q.publish(ctx, facts[0], jetstream.WithExpectLastSequenceForSubject(last, filter))
		if moved := (*pipeline.Conflict)(nil); errors.As(err, &moved) {
			err = pipeline.ErrMoved // both came after the caller looked
		}
	case err == nil && stored.Identity() != facts[0].Identity():
		err = &pipeline.Conflict{Subject: facts[0].Subject(), Stored: stored}
	}
	if err != nil {
		return 0, err
	}
	for _, f := range facts[1:] {
		if seq, err = q.publish(ctx, f, jetstream.WithExpectLastSequencePerSubject(0)); err != nil {
			return 0, err
		}
	}
	return seq, nil
}

// publish returns the fact's sequence, whether it was put on record now or before.
func (q *Queue) publish(ctx context.Context, f pipeline.Fact, expect jetstream.PublishOpt) (uint64, error) {
	msg, err := q.message(f)
	if err != nil {
		return 0, err
	}
	ack, err := q.js.PublishMsg(ctx, msg, expect)
	if err == nil {
		q.seen.saw(ack.Stream, ack.Sequence)
		return ack.Sequence, nil
	}
	return q.settle(ctx, f, err)
}

// settle looks at why a fact was not stored: it may be on record already.
func (q *Queue) settle(ctx context.Context, f pipeline.Fact, cause error) (uint64, error) {
	if !wrongLastSequence(cause) {
		return 0, fmt.Errorf("publish %s: %w", f.Subject(), cause)
	}
	stored, seq, err := q.load(ctx, f.Subject())
	switch {
	case errors.Is(err, pipeline.ErrNotFound):
		return 0, pipeline.ErrMoved // the expectation was of more than this subject
	case err != nil:
		return 0, fmt.Errorf("publish %s: %w", f.Subject(), err)
	case stored.Identity() != f.Identity():
		return 0, &pipeline.Conflict{Subject: f.Subject(), Stored: stored}
	}
	return seq, nil
}

// wrongLastSequence knows both codes of the refusal: 10164 is what replicated streams answer.
func wrongLastSequence(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && (api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence ||
		api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// message encodes a fact, stamping it with the time if it has none.
func (q *Queue) message(f pipeline.Fact) (*nats.Msg, error) {
	subject := f.Subject()
	if _, err := streamOf(subject); err != nil {
		return nil, err
	}
	if strings.ContainsAny(subject, "*> \t\r\n") || strings.Contains(subject+".", "..") {
		return nil, fmt.Errorf("publish: %q is not a subject; what the fact is about is missing or malformed", subject)
	}
	if f.At.IsZero() {
		f.At = q.clock().UTC()
	}
	data, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", subject, err)
	}
	return &nats.Msg{Subject: subject, Data: data}, nil
}
