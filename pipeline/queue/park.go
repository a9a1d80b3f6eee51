package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"bulletin/pipeline"
)

// standing is how it stands with a worker's work on one fact.
type standing struct {
	parked bool // and nobody has set it going again since
	next   int  // the next free ordinal of the revision's Parked facts
}

func (s *station) standing(ctx context.Context, j job) (standing, error) {
	st := standing{next: 1}
	if j.ref.ID == "" {
		return st, nil
	}
	all, err := s.q.read(ctx, fmt.Sprintf("bulletin.%s.%d.>", j.ref.ID, j.ref.Revision))
	if err != nil {
		return standing{}, err
	}
	for _, stored := range all {
		if stored.err != nil {
			continue // one that cannot be read must not keep itself or others from being parked
		}
		f := stored.fact
		var parked pipeline.ParkedBody
		var retried pipeline.RetriedBody
		switch f.Name {
		case pipeline.Parked:
			st.next = max(st.next, f.Ordinal+1)
			if f.Decode(&parked) == nil && parked.Worker == s.worker && parked.Subject == j.subject {
				st.parked = true
			}
		case pipeline.Retried:
			if f.Decode(&retried) == nil && retried.Worker == s.worker && retried.Subject == j.subject {
				st.parked = false
			}
		}
	}
	return st, nil
}

// park puts on record that work on a fact stands still and why, and is done with the message.
func (s *station) park(ctx context.Context, m jetstream.Msg, j job, reason string, cause error) error {
	s.q.log.Error("parked", "worker", s.worker, "subject", j.subject, "reason", reason, "error", cause)
	if j.ref.ID == "" { // no bulletin to show it with: nothing to publish, and never to be worked on
		s.log(m.TermWithReason(reason), m, "end")
		return nil
	}
	if err := s.publishParked(ctx, j, reason); err != nil {
		return s.later(m, j, fmt.Errorf("park: %w", err))
	}
	if err := s.step(stepParked, m); err != nil {
		return err
	}
	s.forget(j.subject)
	return s.ack(m)
}

func (s *station) publishParked(ctx context.Context, j job, reason string) error {
	f, err := pipeline.NewFact(pipeline.Parked, j.ref, s.worker, pipeline.ParkedBody{Worker: s.worker, Subject: j.subject, Reason: reason})
	if err != nil {
		return err
	}
	for {
		st, err := s.standing(ctx, j)
		if err != nil || st.parked {
			return err
		}
		f.Ordinal = st.next
		taken := (*pipeline.Conflict)(nil)
		if err := s.q.Publish(ctx, f); !errors.As(err, &taken) { // another worker parks in this revision too
			return err
		}
	}
}

// refOf finds the revision in a subject, for facts that cannot be read. It is empty if there is none.
func refOf(subject string) pipeline.Ref {
	tokens := strings.Split(subject, ".")
	for i, t := range tokens[:len(tokens)-1] {
		id, err := pipeline.ParseID(t)
		if err != nil {
			continue
		}
		if revision, err := strconv.Atoi(tokens[i+1]); err == nil {
			return pipeline.Ref{ID: id, Revision: revision}
		}
	}
	return pipeline.Ref{}
}
