package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/workers/desk"
)

// askEvery is how often a waiting person's program asks, and patience how often the desk may be away in a row: it is
// started anew, for instance.
const (
	askEvery = time.Second
	patience = 60
)

// waitFor shows how a bulletin comes along until it is at its end.
func waitFor(ctx context.Context, at *deskFlags, id pipeline.ID, w io.Writer, o statusOptions) error {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	watch := watcher{progress: newProgress(w), quiet: o.json}
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for seen, away := false, 0; ; {
		status, err := lookOnce(ctx, at, id)
		switch {
		case err == nil:
			seen, away = true, 0
			if ended, err := watch.see(status); ended {
				return errors.Join(o.look(ctx, at, id, w), err)
			}
		case !seen || away == patience || errors.As(err, new(*queue.Refused)): // wrong from the start, gone for long, or refused
			return err
		default:
			away++
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			watch.progress.clear()
			state, _, _ := strings.Cut(watch.state, "\n")
			return hint(fmt.Errorf("%s is %s: not waited for any longer", id, state), "ask again with: bulletin status %s", id)
		}
	}
}

func lookOnce(ctx context.Context, at *deskFlags, id pipeline.ID) (status desk.Status, err error) {
	err = at.withDesk(ctx, func(ctx context.Context, s *session) error {
		status, err = s.Status(ctx, id)
		return err
	})
	return status, err
}

// watcher says what has changed since it last looked.
type watcher struct {
	progress *progress
	quiet    bool
	state    string
	recall   bool // it was withdrawn when the waiting began: the word of it is what is waited for
}

// see takes in a look at the bulletin. ended reports that nothing more will come by itself; err says why that is no
// good end.
func (w *watcher) see(s desk.Status) (ended bool, err error) {
	if w.state == "" {
		w.recall = s.State == "withdrawn"
	}
	if state := strings.Join(append([]string{stateOf(s)}, missingOf(s)...), "\n  "); state != w.state {
		w.state = state
		if !w.quiet {
			w.progress.say("%s: %s", s.ID, state)
		}
	}
	if !w.quiet {
		w.progress.deliveries([]desk.Status{s})
	}
	ended, err = w.end(s)
	if ended {
		w.progress.clear()
	}
	return ended, err
}

func (w *watcher) end(s desk.Status) (bool, error) {
	turnedDown := []string{"returned", "rejected"}
	s.Parked = slices.DeleteFunc(slices.Clone(s.Parked), func(p pipeline.ParkedBody) bool { return desk.IsResend(p.Subject) })
	switch {
	case s.State == "withdrawn" && s.Recall == "delivering" && len(s.Parked) == 0:
		return false, nil
	case s.State == "withdrawn" && w.recall && len(s.Parked) == 0, s.State == "delivered" && len(s.Parked) == 0:
		return true, nil
	case s.State == "withdrawn" && len(s.Parked) == 0:
		return true, fmt.Errorf("%s is withdrawn", s.ID)
	case slices.Contains(turnedDown, s.State), slices.Contains(turnedDown, s.Review):
		return true, hint(fmt.Errorf("%s is %s", s.ID, stateOf(s)), "the comments say why: bulletin show %s", s.ID)
	case len(s.Parked) > 0:
		return true, hint(fmt.Errorf("%s stands still: %s", s.ID, s.Parked[0].Reason), "when that is mended: bulletin retry %s", s.ID)
	}
	return false, nil
}
