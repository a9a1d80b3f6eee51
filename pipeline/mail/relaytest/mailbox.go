package relaytest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Mail is one that Postfix has delivered.
type Mail struct {
	To    string // from the envelope
	Bytes []byte // as they were handed over, with CRLF; what Postfix put before them is taken off
}

// Wait returns the next n mails, in no order. Postfix delivers a moment after it has taken them.
func (s *Server) Wait(t testing.TB, n int) []Mail {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(time.Minute)
	var out []Mail
	for {
		out = append(out, s.fresh(t)...)
		if len(out) >= n {
			return out
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%d of %d mails were delivered", len(out), n)
		}
	}
}

// fresh returns what has been delivered since it was asked last.
func (s *Server) fresh(t testing.TB) (out []Mail) {
	t.Helper()
	entries, err := os.ReadDir(s.mailbox)
	if os.IsNotExist(err) {
		return nil // Postfix makes it for the first mail
	}
	must(t, err)
	for _, e := range entries {
		if s.received[e.Name()] {
			continue
		}
		s.received[e.Name()] = true
		data, err := os.ReadFile(filepath.Join(s.mailbox, e.Name()))
		must(t, err)
		m, err := parse(data)
		must(t, err)
		out = append(out, m)
	}
	return out
}

// parse takes off the fields that Postfix puts before a mail: Return-Path, X-Original-To, Delivered-To, Received.
func parse(data []byte) (Mail, error) {
	var m Mail
	for {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			return m, fmt.Errorf("a delivered mail without its trace: %.200q", data)
		}
		name, value, _ := strings.Cut(string(line), ": ")
		switch {
		case name == "X-Original-To":
			m.To = value
		case name == "Return-Path", name == "Delivered-To", name == "Received", bytes.HasPrefix(line, []byte("\t")):
		default:
			m.Bytes = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
			return m, nil
		}
		data = rest
	}
}
