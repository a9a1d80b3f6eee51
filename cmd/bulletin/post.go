package main

import (
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	bmail "bulletin/pipeline/mail"
	"bulletin/pipeline/seal"
	"bulletin/workers"
)

// newPost gives deliver its keys and its way out: the relay, or the outbox where none is configured.
func newPost(dir string, config configs.Config, now pipeline.Clock) (*workers.Post, error) {
	secret, err := readSigningKey(dir)
	if err != nil {
		return nil, err
	}
	signer, err := seal.LoadSigner(secret, nil)
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", signingKeyFile, err)
	}
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

func readSigningKey(dir string) ([]byte, error) {
	secret, err := os.ReadFile(filepath.Join(dir, signingKeyFile))
	if err != nil {
		return nil, hint(fmt.Errorf("signing key: %w", err), "bulletin init makes it; restore it from your copy if it was lost")
	}
	return secret, nil
}

func newRelay(dir string, c configs.Relay) (*bmail.Relay, error) {
	relay := bmail.RelayConfig{Addr: c.Address, Hello: c.Hello, User: c.User, MaxConns: c.Connections, PerDomain: c.PerDomain,
		Deadlines: bmail.Deadlines{Command: c.Timeout, Dot: 2 * c.Timeout}}
	if relay.Hello == "" {
		relay.Hello, _ = os.Hostname()
	}
	if c.User != "" {
		password, err := os.ReadFile(filepath.Join(dir, relayPasswordFile))
		if err != nil {
			return nil, hint(fmt.Errorf("relay password: %w", err), "write it to %s", relayPasswordFile)
		}
		relay.Pass = strings.TrimRight(string(password), "\r\n")
	}
	return bmail.NewRelay(relay)
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
