package main

import (
	"context"
	"io"
	"log/slog"
	"regexp"
	"strings"

	"bulletin/configs"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/mail"
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

// discreet keeps out of a log what people wrote: mail addresses, and what errors quote. Nothing that is logged
// is meant to hold any, but an error says what is wrong with which words, and a relay's refusal names the mailbox. In
// the ledger, and on the screen of whom it concerns, it stands whole.
type discreet struct{ slog.Handler }

var (
	oddAddress  = regexp.MustCompile(`mail address "(?:[^"\\]|\\.)*"`) // as the configuration's errors name what is none
	addressForm = regexp.MustCompile(`[^\s<>"'(),;:=]+@[^\s<>"'(),;]+`)
	quotedForm  = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
)

func withoutAddresses(s string) string {
	return addressForm.ReplaceAllString(oddAddress.ReplaceAllString(s, "[address]"), "[address]")
}

// discreetError is an error's text without what it quotes.
func discreetError(err error) string {
	text := err.Error()
	for _, words := range quotedBy(err) {
		if words != "" {
			text = strings.ReplaceAll(text, words, "[not shown]")
		}
	}
	return withoutAddresses(quotedForm.ReplaceAllString(text, `"…"`))
}

// quotedBy returns the parts of an error's text that are other people's words.
func quotedBy(err error) []string {
	var words []string
	switch e := err.(type) { // not errors.As: each error of the tree is looked at by itself
	case *draft.InvalidError:
		words = append(words, e.Error())
	case *configs.Error: // its place says enough
		words = append(words, e.Msg)
	case *mail.DeliveryError:
		_, rest, _ := strings.Cut(e.Line, " ") // the code stays
		words = append(words, strings.TrimPrefix(rest, e.Enhanced))
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			words = append(words, quotedBy(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			words = append(words, quotedBy(inner)...)
		}
	}
	return words
}

func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, withoutAddresses(r.Message), r.PC)
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

// discreetAttr writes what is no number, time or truth as text, since a value's own form may hold anything.
func discreetAttr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString, slog.KindAny:
		if err, ok := v.Any().(error); ok {
			return slog.String(a.Key, discreetError(err))
		}
		return slog.String(a.Key, withoutAddresses(v.String()))
	case slog.KindGroup:
		var group []slog.Attr
		for _, inner := range v.Group() {
			group = append(group, discreetAttr(inner))
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(group...)}
	}
	return slog.Attr{Key: a.Key, Value: v}
}
