package main

import (
	"context"
	"io"
	"log/slog"
	"regexp"

	"bulletin/configs"
)

// newLog returns what the server writes its log to.
func newLog(w io.Writer, c configs.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // the configuration is checked
	options := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(w, options)
	if c.Format == "json" {
		h = slog.NewJSONHandler(w, options)
	}
	return slog.New(discreet{h})
}

// discreet keeps mail addresses out of a log. Nothing that is logged is meant to hold one, but errors quote what
// others say: a relay's refusal names the mailbox. In the ledger it stands whole.
type discreet struct{ slog.Handler }

var (
	addressForm = regexp.MustCompile(`[^\s<>"'(),;:=]+@[^\s<>"'(),;]+`)
	hidden      = "[address]"
)

func discreetly(s string) string { return addressForm.ReplaceAllString(s, hidden) }

func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, discreetly(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(discreetAttr(a))
		return true
	})
	return d.Handler.Handle(ctx, out)
}

func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		out[i] = discreetAttr(a)
	}
	return discreet{d.Handler.WithAttrs(out)}
}

func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.Handler.WithGroup(name)} }

// discreetAttr writes what is no number, time or truth as text, since an error's or a struct's own form may hold
// anything.
func discreetAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString, slog.KindAny:
		return slog.String(a.Key, discreetly(v.String()))
	case slog.KindGroup:
		var group []slog.Attr
		for _, inner := range v.Group() {
			group = append(group, discreetAttr(inner))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	}
	return slog.Attr{Key: a.Key, Value: v}
}
