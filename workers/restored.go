package workers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bulletin/pipeline"
)

// Restored says that the streams were restored from a copy, and where the copy ends. The server that the copy was
// taken of went on: what was decided before, and is not settled in the copy, it may have sent.
type Restored struct {
	At    time.Time `json:"at"`    // when the copy was made, UTC
	Facts uint64    `json:"facts"` // the last sequence of the stream of facts in it
}

// heldBack parks a chunk of the copy until a person who has looked says that it goes on.
func (d *Deliver) heldBack(ctx context.Context, chunk pipeline.Fact) error {
	if since, err := d.retriedSince(ctx, chunk); err != nil {
		return &pipeline.Retry{After: d.Backoff(chunk.Precedence, 1), Err: err}
	} else if since {
		return nil
	}
	return &pipeline.Permanent{Reason: fmt.Sprintf(
		"restored from a copy of %s: it may have been sent since; look at the relay's log, then retry", d.Restored.At.UTC().Format("2006-01-02 15:04 UTC"))}
}

// covers reports whether the server that the copy was taken of may have sent what is not settled of a chunk: people
// decided upon the bulletin before the copy, and nobody wanted this very mail since. Sequences are compared, not times:
// the clocks of two machines differ.
func (r *Restored) covers(ctx context.Context, facts Facts, chunk pipeline.Fact) (bool, error) {
	if r == nil {
		return false, nil
	}
	for _, decision := range []pipeline.Name{pipeline.Approved, pipeline.Withdrawn} {
		_, seq, err := facts.Facts(ctx, fmt.Sprintf("bulletin.%s.%s", chunk.Ref, decision))
		if err != nil || seq > r.Facts {
			return false, err
		}
	}
	since, err := r.wantedSince(ctx, facts, chunk)
	return !since, err
}

// retriedSince reports whether people set this chunk going again after the copy.
func (d *Deliver) retriedSince(ctx context.Context, chunk pipeline.Fact) (bool, error) {
	retried, _, err := d.Facts.Facts(ctx, fmt.Sprintf("bulletin.%s.%s.>", chunk.Ref, pipeline.Retried))
	if err != nil {
		return false, err
	}
	for _, f := range retried {
		var body pipeline.RetriedBody
		if f.Decode(&body) != nil || body.Worker != "deliver" || body.Subject != chunk.Subject() {
			continue
		}
		if _, seq, err := d.Facts.Facts(ctx, f.Subject()); err != nil || seq > d.Restored.Facts {
			return err == nil, err
		}
	}
	return false, nil
}

// wantedSince reports whether the chunk is a mail that somebody wanted sent again after the copy. Such a chunk is counted
// on from those of the plan by the ordinal of the wish.
func (r *Restored) wantedSince(ctx context.Context, facts Facts, chunk pipeline.Fact) (bool, error) {
	f, err := facts.Fact(ctx, fmt.Sprintf("bulletin.%s.%s.%s", chunk.Ref, pipeline.Planned, chunk.Nation))
	if errors.Is(err, pipeline.ErrNotFound) {
		return false, nil
	}
	var planned pipeline.PlannedBody
	if err == nil {
		err = f.Decode(&planned)
	}
	if err != nil {
		return false, err
	}
	_, seq, err := facts.Facts(ctx, fmt.Sprintf("bulletin.%s.%s.%s.%d", chunk.Ref, pipeline.Resent, chunk.Nation, chunk.Chunk-planned.Chunks))
	return seq > r.Facts, err
}

// unmade counts what the copy lacks of a nation's chunks before ref and the server that it was taken of may have sent:
// chunks of a plan, or all of an edition that is not planned.
func (r *Restored) unmade(ctx context.Context, facts Facts, ref pipeline.Ref, n pipeline.Nation, made map[place][]pipeline.Fact) (missing int, err error) {
	if r == nil {
		return 0, nil
	}
	marked, _, err := facts.Facts(ctx, fmt.Sprintf("bulletin.%s.*.%s.%s", ref.ID, pipeline.Marked, n))
	if err != nil {
		return 0, err
	}
	for _, f := range marked {
		if f.Ref.Revision >= ref.Revision {
			continue
		}
		if covered, err := r.covers(ctx, facts, f); err != nil {
			return 0, err
		} else if !covered {
			continue
		}
		planned, _, err := facts.Facts(ctx, fmt.Sprintf("bulletin.%s.%s.%s", f.Ref, pipeline.Planned, n))
		if err != nil {
			return 0, err
		}
		if len(planned) == 0 {
			missing++
			continue
		}
		var body pipeline.PlannedBody
		if err := planned[0].Decode(&body); err != nil {
			return 0, err
		}
		for chunk := 1; chunk <= body.Chunks; chunk++ {
			if len(made[place{f.Ref.Revision, chunk}]) == 0 {
				missing++
			}
		}
	}
	return missing, nil
}

// ReserveDays takes the single letters of the numbers of some days, from the one of since to that of until, out of use: the
// server that a copy was taken of may have allotted them since, and a number is never reused. An embargo may have ended on
// any of them. Numbers that are taken already stay whose they are.
func ReserveDays(ctx context.Context, p Publisher, since, until time.Time) error {
	last := until.UTC().Truncate(24 * time.Hour)
	for day := since.UTC().Truncate(24 * time.Hour); !day.After(last); day = day.AddDate(0, 0, 1) {
		if err := reserveDay(ctx, p, day); err != nil {
			return err
		}
	}
	return nil
}

func reserveDay(ctx context.Context, p Publisher, day time.Time) error {
	for n := range 26 {
		fact, err := pipeline.NewFact(pipeline.Reserved, pipeline.Ref{}, "restore", struct{}{})
		if err != nil {
			return err
		}
		fact.Number = numberOf(day, n)
		var taken *pipeline.Conflict
		if err := p.Publish(ctx, fact); err != nil && !errors.As(err, &taken) {
			return fmt.Errorf("reserve the number %s: %w", fact.Number, err)
		}
	}
	return nil
}
