package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"bulletin/pipeline/queue"
	"bulletin/workers/metrics"
)

const (
	keysAgain  = 10 * time.Minute // how often all keys are judged for the metrics: there may be 100,000
	endingTime = 2 * time.Minute  // after which a server that has ended and is still there is no longer well
)

// health says how the server is, on loopback: /healthz, /readyz, /metrics, and nothing else.
type health struct {
	listener net.Listener
	http     *http.Server
	facts    *metrics.Projection

	mu      sync.Mutex
	server  *server // nil while none serves
	why     string  // none serves
	ended   time.Time
	keys    []metrics.KeyStanding
	signing time.Time
	record  recordWatch
}

// openHealth listens; with no address it returns nil, whose methods do nothing.
func openHealth(listen string) (*health, error) {
	if listen == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, hint(fmt.Errorf("health: %w", err), "is another server running there? give another port in configs/bulletin.yaml (health.listen), or leave it empty")
	}
	h := &health{listener: listener, facts: metrics.NewProjection(), why: "starting"}
	collector := &metrics.Collector{Facts: h.facts, Source: h.source, Clock: time.Now, Version: version()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.healthz)
	mux.HandleFunc("GET /readyz", h.readyz)
	mux.Handle("GET /metrics", collector.Handler())
	h.http = &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 15 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 8 << 10,
	}
	go h.http.Serve(listener) // returns when close closes it
	return h, nil
}

func (h *health) close() error {
	if h == nil {
		return nil
	}
	return h.http.Close()
}

// url is where it listens; empty if it does not.
func (h *health) url() string {
	if h == nil {
		return ""
	}
	return "http://" + h.listener.Addr().String()
}

// counted is what the facts are counted in; nil if nobody asks.
func (h *health) counted() *metrics.Projection {
	if h == nil {
		return nil
	}
	return h.facts
}

// serving says which server it speaks of; none, and why, while one pauses or ends.
func (h *health) serving(s *server, why string) {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.server, h.why, h.ended = s, why, time.Now()
}

// observe follows the facts for the metrics, and judges the keys from time to time, until ctx ends.
func (h *health) observe(ctx context.Context, s *server) error {
	if h == nil {
		return nil
	}
	go h.judgeKeys(ctx, s)
	q := s.reader
	if q == nil { // a part that may not read everything: whoever runs the desk or the record counts the facts
		return nil
	}
	if s.board != nil { // they are counted as the board is shown them (openDesk)
		return nil
	}
	last, err := q.Last(ctx)
	if err != nil {
		return err
	}
	h.facts.CatchUp(last)
	return q.Follow(ctx, queue.Streams(), h.facts.Read(), func(e queue.Entry) error {
		h.facts.Apply(e)
		return nil
	})
}

func (h *health) judgeKeys(ctx context.Context, s *server) {
	again := time.NewTicker(keysAgain)
	defer again.Stop()
	for ctx.Err() == nil {
		keys := s.keyStandings()
		var signing time.Time
		if s.seals {
			signing = s.keys.ends(s.now())
		}
		h.mu.Lock()
		h.keys, h.signing = keys, signing
		h.mu.Unlock()
		select {
		case <-again.C:
		case <-ctx.Done():
		}
	}
}

// keyStandings judges every key on the lists that are here. A list that cannot be read has none; the plan worker
// complains of it.
func (s *server) keyStandings() []metrics.KeyStanding {
	var out []metrics.KeyStanding
	for _, n := range s.part.listed() {
		list, err := s.lists.Recipients(n)
		if err != nil {
			continue
		}
		standing := metrics.KeyStanding{Nation: n}
		for _, r := range list.All() {
			switch f := s.lists.Fitness(r, s.now()); {
			case f.Key == nil:
				standing.Unfit++
			case !f.Expires.IsZero():
				standing.Ends = append(standing.Ends, f.Expires)
			}
		}
		out = append(out, standing)
	}
	return out
}

func (h *health) healthz(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	c := check{Name: "stages", OK: h.server != nil || time.Since(h.ended) < endingTime || h.why == pausing, Detail: h.why}
	h.mu.Unlock()
	answer(w, r, []check{c})
}

func (h *health) readyz(w http.ResponseWriter, r *http.Request) { answer(w, r, h.checks(r.Context())) }

// answer prints checks as lines, or as JSON to who accepts it; 503 if one fails.
func answer(w http.ResponseWriter, r *http.Request, checks []check) {
	ok := ready(checks)
	asJSON := strings.Contains(r.Header.Get("Accept"), "application/json")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if asJSON {
		w.Header().Set("Content-Type", "application/json")
	}
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if asJSON {
		_ = printJSON(w, map[string]any{"ok": ok, "checks": checks}) // who asked has gone: nobody to tell
		return
	}
	for _, c := range checks {
		state := "ok"
		if !c.OK {
			state = "failed"
		}
		fmt.Fprintf(w, "%s %s %s\n", c.Name, state, c.Detail)
	}
}

func ready(checks []check) bool {
	for _, c := range checks {
		if !c.OK {
			return false
		}
	}
	return true
}
