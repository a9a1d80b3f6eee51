package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Client is a person's connection to the desk.
type Client struct {
	person string
	nc     *nats.Conn
}

// Dial connects a person to a server by its URL, with the seed of their user nkey.
func Dial(url, person string, seed []byte) (*Client, error) {
	return dial(url, person, seed)
}

// Connect connects a person to the embedded server within this process, with the same rights as
// over its URL.
func (q *Queue) Connect(person string, seed []byte) (*Client, error) {
	if q.server == nil {
		return dial(q.config.URL, person, seed)
	}
	// Refused by the server, an in-process pipe hangs for ten seconds and does not say why.
	if !q.server.knows(person, seed) {
		return nil, notAccepted(person, nats.ErrAuthorization)
	}
	return dial("", person, seed, nats.InProcessServer(q.server.server))
}

func dial(url, person string, seed []byte, options ...nats.Option) (*Client, error) {
	if !personForm.MatchString(person) {
		return nil, fmt.Errorf("%q is not a person's name: 1 to 32 of a-z, 0-9 and -", person)
	}
	if len(seed) == 0 {
		return nil, fmt.Errorf("no credentials for %s", person)
	}
	options = append(options, nats.Name("bulletin "+person), nats.CustomInboxPrefix(inboxOf(person)))
	nc, err := connectURL(url, seed, options...)
	if errors.Is(err, nats.ErrAuthorization) {
		return nil, notAccepted(person, err)
	}
	if err != nil {
		return nil, fmt.Errorf("connect to the server: %w", err)
	}
	return &Client{person, nc}, nil
}

// ErrNotAccepted reports that the server knows no such person, or another key of theirs.
var ErrNotAccepted = errors.New("the server does not accept the credentials")

func notAccepted(person string, err error) error {
	return fmt.Errorf("%w of %s: %w", ErrNotAccepted, person, err)
}

// Request asks the desk, and returns its answer. What the desk refuses is a *Refused. The context
// must end some time: a desk that does not answer is waited for until then.
func (c *Client) Request(ctx context.Context, verb string, data []byte) ([]byte, error) {
	if !verbForm.MatchString(verb) {
		return nil, fmt.Errorf("%q is not a verb of the desk", verb)
	}
	reply, err := c.ask(ctx, fmt.Sprintf("desk.%s.%s", c.person, verb), data)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, fmt.Errorf("no desk answers at this server: %w", err)
	}
	if errors.Is(err, nats.ErrMaxPayload) {
		return nil, fmt.Errorf("%s: the request is larger than %d MiB: %w", verb, MaxPayload>>20, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", verb, err)
	}
	if reply.Header.Get(outcomeHeader) == "" {
		return reply.Data, nil
	}
	var refused Refused
	if err := json.Unmarshal(reply.Data, &refused); err != nil {
		return nil, fmt.Errorf("%s: the desk's answer cannot be read: %w", verb, err)
	}
	return nil, &refused
}

// A server that has just started takes people in a moment before its desk is open.
const (
	deskOpens = 5 * time.Second
	deskAgain = 20 * time.Millisecond
)

func (c *Client) ask(ctx context.Context, subject string, data []byte) (*nats.Msg, error) {
	for end := time.Now().Add(deskOpens); ; pause(ctx, deskAgain) {
		reply, err := c.nc.RequestWithContext(ctx, subject, data)
		if !errors.Is(err, nats.ErrNoResponders) || ctx.Err() != nil || time.Now().After(end) {
			return reply, err
		}
	}
}

// Close ends the connection.
func (c *Client) Close() { c.nc.Close() }
