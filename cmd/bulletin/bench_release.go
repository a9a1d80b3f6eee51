package main

import (
	"context"
	"fmt"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/delivery"
	"bulletin/workers/desk"
)

// shown hands a bulletin in, and has the reviewer look at it.
func (s *benchServer) shown(ctx context.Context, as benchBulletin) (desk.Shown, error) {
	submitted, err := s.clients["author"].Submit(ctx, "", s.bench.source(as))
	if err != nil {
		return desk.Shown{}, err
	}
	return s.clients["reviewer"].Show(ctx, submitted.Ref.ID)
}

func (s *benchServer) approve(ctx context.Context, shown desk.Shown) (at time.Time, err error) {
	at = time.Now()
	_, err = s.clients["reviewer"].Approve(ctx, shown)
	return at, err
}

// release approves a bulletin and waits until each recipient is sent to, with all that is promised kept.
func (s *benchServer) release(ctx context.Context, recipients int) (row benchRow, err error) {
	row.Recipients = recipients
	if err := s.quiet(ctx); err != nil {
		return row, err
	}
	shown, err := s.shown(ctx, routineBulletin)
	if err != nil {
		return row, err
	}
	came, before := arrivalsOf("", recipients), s.to.count()
	s.to.tell(came)
	freshPeak()
	cpu := cpuUsed()
	began, err := s.approve(ctx, shown)
	if err != nil {
		return row, err
	}
	ended, err := s.settled(ctx, shown.Ref, recipients)
	if err != nil {
		return row, err
	}
	row = row.took(ended.Sub(began)).used(cpuUsed() - cpu)
	if row.WireBytes = s.to.octetsEach(before); row.WireBytes == 0 {
		row.WireBytes, err = s.bench.wire()
	}
	if s.to.drain != nil { // a relay doesn't say when
		row.FirstMail = (<-came.first).at.Sub(began).Seconds()
	}
	if n := peakResident(); n > 0 {
		row.Peaks = []int64{n}
	}
	return row, err
}

// looking is how often what is not there yet is looked for: seldom enough to cost nothing.
const looking = 10 * time.Millisecond

// lookUntil looks until it is so.
func lookUntil(ctx context.Context, so func() (bool, error)) error {
	tick := time.NewTicker(looking)
	defer tick.Stop()
	for {
		if ok, err := so(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// quiet waits until the server has nothing to do: it has read the list, and the record holds all that happened before.
func (s *benchServer) quiet(ctx context.Context) error {
	if _, err := s.server.lists.Recipients(benchNation); err != nil {
		return err
	}
	return lookUntil(ctx, func() (bool, error) {
		lag, err := s.server.recorder.Lag(ctx)
		return lag == 0, err
	})
}

// settled waits until all chunks of a bulletin are settled, and returns when the last was. It reads each once: what
// measures must not load what is measured.
func (s *benchServer) settled(ctx context.Context, ref pipeline.Ref, recipients int) (ended time.Time, err error) {
	var planned pipeline.PlannedBody
	f, err := s.await(ctx, pipeline.Fact{Name: pipeline.Planned, Ref: ref, Nation: benchNation}.Subject())
	if err == nil {
		err = f.Decode(&planned)
	}
	if err != nil {
		return ended, err
	}
	sent := 0
	for chunk := range planned.Chunks {
		f, err := s.await(ctx, fmt.Sprintf("delivery.settled.%s.%s.%d.*", benchNation, ref, chunk+1))
		if err != nil {
			return ended, err
		}
		outcomes, err := delivery.Settled(f)
		if err != nil {
			return ended, err
		}
		for _, o := range outcomes {
			if o.State != pipeline.StateSent {
				return ended, fmt.Errorf("not each mail was sent: %s", f.Body)
			}
		}
		sent += len(outcomes)
		if f.At.After(ended) {
			ended = f.At
		}
	}
	if sent != recipients {
		return ended, fmt.Errorf("%d of %d recipients were planned for", sent, recipients)
	}
	return ended, nil
}

// await waits for a fact.
func (s *benchServer) await(ctx context.Context, filter string) (f pipeline.Fact, err error) {
	err = lookUntil(ctx, func() (bool, error) {
		found, _, err := s.server.queue.Facts(ctx, filter)
		if len(found) > 0 {
			f = found[0]
		}
		return len(found) > 0, err
	})
	return f, err
}
