package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"bulletin/configs"
)

// operate runs a server until ctx ends. When its operator asks for a pause it is closed, and started anew when the
// pause is over, at the address where people's programs know it.
func operate(ctx context.Context, s *server, start func(configs.Config) (*server, error), log *slog.Logger) error {
	door, err := openOperatorDoor(s.dir)
	if err != nil {
		return errors.Join(err, s.close())
	}
	defer door.close()
	for {
		asked, err := runUntilAsked(ctx, s, door)
		url := s.queue.ClientURL()
		err = errors.Join(err, s.close())
		if asked == nil || err != nil || ctx.Err() != nil {
			if asked != nil {
				asked.end()
			}
			return err
		}
		began := time.Now()
		log.Info("paused at the operator's wish")
		if asked.say("paused") == nil {
			asked.wait(ctx)
		}
		asked.end()
		if ctx.Err() != nil {
			return nil
		}
		config := s.config
		if config.Queue.Listen != "" {
			config.Queue.Listen = strings.TrimPrefix(url, "nats://")
		}
		if s, err = start(config); err != nil {
			return fmt.Errorf("go on after the pause: %w", err)
		}
		log.Info("going on after the pause", "lasted", time.Since(began).Round(time.Millisecond))
	}
}

// runUntilAsked runs the server until ctx ends (it returns no wish), or until somebody asks for a pause that can be
// granted.
func runUntilAsked(ctx context.Context, s *server, door *operatorDoor) (*pause, error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- s.run(running) }()
	for {
		select {
		case err := <-ended:
			return nil, err
		case asked := <-door.asked:
			if err := s.mayPause(); err != nil {
				_ = asked.say(err.Error())
				asked.end()
				continue
			}
			stop()
			return asked, <-ended
		}
	}
}

// mayPause says why the server would not come up again: a backup at night must not end it because somebody is
// editing a file.
func (s *server) mayPause() error {
	if s.config.Queue.URL != "" {
		return errExternal
	}
	config, err := configs.Load(s.dir)
	if err != nil {
		return err
	}
	_, peopleErr := configs.LoadPeople(s.dir)
	_, policyErr := configs.LoadPolicy(s.dir, config)
	return errors.Join(peopleErr, policyErr)
}

var errExternal = errors.New("the facts lie in an external NATS server (queue.url): its operator backs it up")
