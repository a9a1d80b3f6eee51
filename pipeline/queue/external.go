package queue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// oldestServer is the first nats-server that answers batched reads (ADR-31).
var oldestServer = [2]int{2, 11}

// connect connects to the server, embedded or external. It returns within seconds.
func (q *Queue) connect(ctx context.Context) error {
	var err error
	if q.config.URL != "" {
		return q.connectExternal()
	}
	if q.replicas() > 1 {
		return fmt.Errorf("%d replicas need an external NATS cluster: the embedded server is one server", q.replicas())
	}
	if q.server, err = startServer(q.config, q.log); err != nil {
		return err
	}
	if q.nc, err = q.server.connect(); err != nil {
		return fmt.Errorf("connect to the queue: %w", err)
	}
	return ctx.Err()
}

func (q *Queue) connectExternal() error {
	if len(q.config.Seed) == 0 {
		return errors.New("no credentials for the NATS server")
	}
	worker := cmp.Or(q.config.Worker.String(), "server")
	options := []nats.Option{
		nats.Name("bulletin " + worker), nats.CustomInboxPrefix(inboxOf(worker)),
		// What the server refuses after the connection stands: the subject alone, which holds ids.
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			q.log.Error("nats: "+err.Error(), "worker", worker)
		}),
		nats.ClosedHandler(func(*nats.Conn) { close(q.lost) }),
	}
	var err error
	q.nc, err = connectURL(q.config.URL, q.config.Seed, options...)
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return fmt.Errorf("the NATS server does not accept the credentials of %s: is its public key in the server's configuration, and was that reloaded? %w", worker, err)
	case errors.Is(err, nats.ErrNkeysNotSupported):
		return fmt.Errorf("the NATS server at %s asks for no credentials: anybody could read and publish there; give it the accounts that nats-config prints", q.config.URL)
	case err != nil:
		return fmt.Errorf("no NATS server answers at %s: %w", q.config.URL, err)
	}
	return nil
}

// checkServer refuses a server that could not carry the work.
func (q *Queue) checkServer(ctx context.Context) error {
	version := q.nc.ConnectedServerVersion()
	if older(version, oldestServer) {
		return fmt.Errorf("the NATS server has version %s: at least %d.%d is needed", version, oldestServer[0], oldestServer[1])
	}
	if limit := q.nc.MaxPayload(); limit < MaxPayload {
		return fmt.Errorf("the NATS server takes messages of %d octets: set max_payload to %d or more, and reload it", limit, MaxPayload)
	}
	_, err := q.js.AccountInfo(ctx)
	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("JetStream is not enabled at the NATS server: write jetstream {…} into its configuration: %w", err)
	case err != nil:
		return fmt.Errorf("JetStream does not answer (does the cluster have a quorum of its servers?): %w", err)
	}
	return nil
}

// older reports whether a version such as 2.15.2 comes before one. What does not parse is old.
func older(version string, than [2]int) bool {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return true
	}
	major, err1 := strconv.Atoi(parts[0])
	minor, err2 := strconv.Atoi(parts[1])
	return err1 != nil || err2 != nil || major < than[0] || major == than[0] && minor < than[1]
}

// Lost returns nil when ctx ends, or an error when the server has ended the connection for good: the
// credentials were revoked. (A server that is away is waited for.)
func (q *Queue) Lost(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-q.lost:
		return fmt.Errorf("the NATS server has ended the connection of %s: %w", q.config.Worker, q.nc.LastError())
	}
}

// A Term is one thing that holds where the facts lie.
type Term struct{ Name, Value string }

// Terms says what holds here, for an operator to read at start.
func (q *Queue) Terms() []Term {
	if q.server != nil {
		receipts := "written behind: a kill repeats some mails, called in doubt"
		if q.config.Synced {
			receipts = "synced one by one"
		}
		return []Term{
			{"facts", "embedded NATS server, in " + q.config.Dir},
			{"copies", "1"},
			{"on disk", "facts and attempts synced one by one; receipts " + receipts},
			{"at rest", "encrypted by this server with secrets/store.key"},
		}
	}
	copies, on := "1 (the loss of that server's disk loses facts)", "the NATS server's business: set sync_interval: always in its jetstream block"
	if q.replicas() > 1 {
		copies = fmt.Sprintf("%d, each on another server of the cluster %s", q.replicas(), q.nc.ConnectedClusterName())
		on = fmt.Sprintf("acknowledged once most of %d servers have it; syncing is each server's business (sync_interval)", q.replicas())
	}
	return []Term{
		{"facts", fmt.Sprintf("NATS server %s at %s", q.nc.ConnectedServerVersion(), q.config.URL)},
		{"copies", copies},
		{"on disk", on},
		{"at rest", "the NATS server's business: set a key in its jetstream block; it can't be seen from here"},
		{"on the way", onTheWay(q.config.URL)},
	}
}

// onTheWay says who could listen on the way to the URLs. One in clear is enough.
func onTheWay(urls string) string {
	local := true
	for _, s := range strings.Split(urls, ",") {
		u, err := url.Parse(strings.TrimSpace(s))
		if err != nil {
			return "not known"
		}
		ip := net.ParseIP(u.Hostname())
		here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
		if u.Scheme != "tls" && u.Scheme != "wss" && !here {
			return "NOT encrypted: use a tls:// URL, unless the network itself is encrypted"
		}
		local = local && here
	}
	if local {
		return "stays on this machine"
	}
	return "encrypted (TLS)"
}
