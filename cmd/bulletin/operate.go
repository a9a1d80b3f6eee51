package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"bulletin/configs"
)

// pausing is why no server serves during a backup.
const pausing = "paused for a backup"

// operation keeps a server going: through the pauses that its operator asks for, with its health to be seen.
type operation struct {
	start  func(configs.Config) (*server, error)
	health *health // nil for none
	log    *slog.Logger
}

// run runs a server until ctx ends. When its operator asks for a pause it is closed, and started anew when the
// pause is over, at the address where people's programs know it.
func (o *operation) run(ctx context.Context, s *server) error {
	door, err := openOperatorDoor(s.dir)
	if err != nil {
		return errors.Join(err, s.close())
	}
	defer door.close()
	for {
		asked, err := o.runUntilAsked(ctx, s, door)
		url := s.queue.ClientURL()
		if err = errors.Join(err, s.close()); asked == nil {
			return err
		}
		if err != nil {
			asked.end()
			return err
		}
		o.pause(ctx, asked)
		if ctx.Err() != nil {
			return nil
		}
		config := s.config
		config.Delivery = *s.pace.Load()
		if config.Queue.Listen != "" {
			config.Queue.Listen = strings.TrimPrefix(url, "nats://")
		}
		if s, err = o.startAgain(ctx, config); ctx.Err() != nil && err != nil {
			return nil // ended while it came up
		} else if err != nil {
			return fmt.Errorf("go on after the pause: %w", err)
		}
	}
}

// comeUpTime is how long a server that was paused tries to come up again: who copied its store may have been killed,
// and the system still be taking the lock and the port back.
const comeUpTime = 10 * time.Second

func (o *operation) startAgain(ctx context.Context, config configs.Config) (*server, error) {
	ctx, cancel := context.WithTimeout(ctx, comeUpTime)
	defer cancel()
	again := time.NewTicker(comeUpTime / 20)
	defer again.Stop()
	for {
		s, err := o.start(config)
		if err == nil {
			return s, nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return nil, err
		}
	}
}

// pause stands still until who asked for it is done.
func (o *operation) pause(ctx context.Context, asked *pause) {
	o.health.serving(nil, pausing)
	o.log.Info("paused at the operator's wish")
	began := time.Now()
	if asked.say("paused") == nil {
		asked.wait(ctx)
	}
	asked.end()
	o.log.Info("going on after the pause", "lasted", time.Since(began).Round(time.Millisecond))
}

// runUntilAsked runs the server until ctx ends (it returns no wish), or until somebody asks for a pause that can be
// granted.
func (o *operation) runUntilAsked(ctx context.Context, s *server, door *operatorDoor) (*pause, error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	s.health, s.counted = o.health.url(), o.health.counted()
	o.health.serving(s, "")
	defer o.health.serving(nil, "ending")
	g, inner := errgroup.WithContext(running)
	g.Go(func() error { defer stop(); return s.run(inner) })
	g.Go(func() error {
		if err := o.health.observe(inner, s); err != nil && inner.Err() == nil { // a projection must not stop the work
			o.log.Error("the metrics stand still", "error", err)
		}
		return nil
	})
	ended := make(chan error, 1)
	go func() {
		err := g.Wait()
		if running.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil
		}
		ended <- err
	}()
	for {
		select {
		case err := <-ended:
			return nil, err
		case asked := <-door.asked:
			if err := s.mayPause(ctx); err != nil {
				_ = asked.say(err.Error()) // if they have gone they need no answer
				asked.end()
				continue
			}
			stop()
			return asked, <-ended
		}
	}
}

// mayPause says why the server would not come up again: a backup at night must not end it because somebody is
// editing a file, or has set the clock back.
func (s *server) mayPause(ctx context.Context) error {
	if s.config.Queue.URL != "" {
		return errExternal
	}
	return errors.Join(checkConfig(s.dir, s.part.scope()), s.checkClock(ctx, s.queue, s.now))
}

var errExternal = errors.New("the facts lie in an external NATS server (queue.url): its operator backs it up")
