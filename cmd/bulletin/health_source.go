package main

import (
	"cmp"
	"context"
	"runtime/debug"
	"time"

	"bulletin/pipeline/queue"
	"bulletin/workers/metrics"
)

// source is what the metrics are read from; nil while none serves.
func (h *health) source() metrics.Source {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server == nil {
		return nil
	}
	return healthSource{h, h.server}
}

type healthSource struct {
	h *health
	s *server
}

func (a healthSource) Depths(ctx context.Context) ([]queue.Depth, error) {
	if a.s.reader == nil {
		return nil, nil
	}
	return a.s.reader.Depths(ctx)
}

func (a healthSource) RecordLag(ctx context.Context) (uint64, error) {
	if a.s.recorder == nil {
		return 0, nil
	}
	return a.s.recorder.Lag(ctx)
}

func (a healthSource) Disk() (free, size uint64, err error) { return diskSpace(a.s.storeDir()) }
func (a healthSource) Ready(ctx context.Context) bool       { return ready(a.h.checks(ctx)) }

func (a healthSource) Keys() []metrics.KeyStanding {
	a.h.mu.Lock()
	defer a.h.mu.Unlock()
	return a.h.keys
}

func (a healthSource) SigningKeyEnd() time.Time {
	a.h.mu.Lock()
	defer a.h.mu.Unlock()
	return a.h.signing
}

// version names the build, as far as it knows itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return cmp.Or(info.Main.Version, "unknown")
}
