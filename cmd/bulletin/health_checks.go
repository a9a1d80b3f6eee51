package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"bulletin/pipeline/mail"
)

const (
	minFree      = 512 << 20 // of the store's disk: what a day's work may need
	recordStands = 30 * time.Second
)

// check is one line of /readyz.
type check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"`
}

// checks asks every part of the pipeline that runs here whether it can work.
func (h *health) checks(ctx context.Context) []check {
	h.mu.Lock()
	s, why := h.server, h.why
	h.mu.Unlock()
	if s == nil {
		return []check{{"server", false, why}}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	type question struct {
		name string
		ask  func(context.Context) error
	}
	ask := []question{{"queue", s.queue.Check}, {"configuration", func(context.Context) error { return s.live.Err() }}}
	if s.deskQueue != nil {
		ask = append(ask, question{"desk", s.deskQueue.CheckDesk})
	}
	if s.config.Queue.URL == "" {
		ask = append(ask, question{"store", func(context.Context) error { return roomFor(s.storeDir()) }})
	}
	if s.seals {
		ask = append(ask, question{"signing key", func(context.Context) error {
			_, err := s.keys.At(s.now())
			return err
		}})
	}
	if relay, ok := s.sender.(*mail.Relay); ok {
		ask = append(ask, question{"relay", func(context.Context) error { return relayRefuses(relay.Fault()) }})
	}
	if s.recorder != nil {
		ask = append(ask, question{"record", func(ctx context.Context) error { return h.recordKeepsUp(ctx, s) }})
	}
	var out []check
	for _, c := range ask {
		if err := c.ask(ctx); err != nil {
			out = append(out, check{c.name, false, discreetError(err)})
		} else {
			out = append(out, check{Name: c.name, OK: true})
		}
	}
	return out
}

func (s *server) storeDir() string { return filepath.Join(s.dir, s.config.Queue.Store) }

// relayRefuses keeps of a relay's fault what does not pass by itself: that it refuses the desk. One that is down is another's
// machine, and comes back without anything being done here.
func relayRefuses(fault error) error {
	var e *mail.DeliveryError
	if errors.As(fault, &e) && e.OfDesk() {
		return fmt.Errorf("%w; all mail waits for that to be mended: bulletin doctor says what to do", fault)
	}
	return nil
}

// roomFor says when the store's disk is nearly full.
func roomFor(store string) error {
	free, _, err := diskSpace(store)
	if err == nil && free < minFree {
		err = fmt.Errorf("%d MiB are free, less than %d", free>>20, minFree>>20)
	}
	return err
}

// recordKeepsUp says when the record has not come nearer to the streams for a while.
func (h *health) recordKeepsUp(ctx context.Context, s *server) error {
	lag, err := s.recorder.Lag(ctx)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.record.keepsUp(lag, time.Now())
}

func (w *recordWatch) keepsUp(lag uint64, now time.Time) error {
	if lag == 0 || lag < w.lag || w.since.IsZero() {
		*w = recordWatch{lag, now}
	}
	if stands := now.Sub(w.since); stands > recordStands {
		return fmt.Errorf("%d facts are not in the record, which has not come nearer for %s", lag, stands.Round(time.Second))
	}
	return nil
}

// recordWatch tells a record that stands still from one that is just behind.
type recordWatch struct {
	lag   uint64
	since time.Time
}
