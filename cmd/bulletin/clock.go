package main

import (
	"context"
	"fmt"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

// clockSlack is how far a clock may be set back by a time server, or differ from that of an external NATS server.
const clockSlack = time.Minute

// checkClockAgainst refuses a clock that is behind what is on record: deadlines, embargoes, numbers of the day and the
// fitness of keys would go by a time that is long past. The opposite can't be told from a server that stood still.
func checkClockAgainst(newest, now time.Time) error {
	if !now.Before(newest.Add(-clockSlack)) {
		return nil
	}
	return hint(fmt.Errorf("the clock is behind: it says %s, and the newest fact on record is of %s. Nothing was changed",
		now.UTC().Format(time.RFC3339), newest.UTC().Format(time.RFC3339)),
		"set the clock and let it follow a time server (timedatectl set-ntp true); if it is right and was ahead before, serve with --clock-was-ahead")
}

// checkClock does so with what the queue holds.
func (s *server) checkClock(ctx context.Context, q *queue.Queue, now pipeline.Clock) error {
	if s.part.clockWasAhead {
		return nil
	}
	newest, err := q.Newest(ctx)
	if err != nil {
		return err
	}
	return checkClockAgainst(newest, now())
}
