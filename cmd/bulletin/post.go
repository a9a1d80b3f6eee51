package main

import (
	"log/slog"
	"net/mail"
	"path/filepath"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	bmail "bulletin/pipeline/mail"
	"bulletin/pipeline/seal"
	"bulletin/workers"
)

// newPost is one with the desk's keys as they are now.
func newPost(dir string, config configs.Config, now pipeline.Clock) (*workers.Post, error) {
	keys, err := openDeskKeys(dir, config.Desk, slog.New(slog.DiscardHandler)) // nothing looks at them again
	if err != nil {
		return nil, err
	}
	return newSignedPost(dir, config, keys, now)
}

// newSignedPost gives deliver and notify their keys and their way out: the relay, or the outbox where none is configured.
func newSignedPost(dir string, config configs.Config, signer workers.Signer, now pipeline.Clock) (*workers.Post, error) {
	messageKey, err := readKey(dir, messageIDKeyFile)
	if err != nil {
		return nil, err
	}
	from := mail.Address{Name: config.Desk.Name, Address: config.Desk.Address}
	post := &workers.Post{
		From: from, Domain: config.Desk.Domain, MessageKey: messageKey, Signer: signer,
		Gate: bmail.NewGate(from, seal.KeyPacketIDs), Clock: now,
	}
	if config.Relay.Address == "" {
		post.Sender = bmail.Outbox{Dir: filepath.Join(dir, config.Relay.Outbox)}
		return post, nil
	}
	post.Sender, err = newRelay(dir, config.Relay)
	return post, err
}

// backoff doubles from the first wait up to an hour, and for what is urgent up to minutes.
func backoff(retryAfter func() time.Duration) workers.Backoff {
	longest := map[pipeline.Precedence]time.Duration{
		pipeline.Flash: time.Minute, pipeline.Immediate: 5 * time.Minute, pipeline.Priority: 15 * time.Minute, pipeline.Routine: time.Hour,
	}
	return func(p pipeline.Precedence, attempt int) time.Duration {
		first := retryAfter()
		return min(first<<min(max(attempt-1, 0), 20), max(first, longest[p]))
	}
}
