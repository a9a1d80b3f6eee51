// Package configs reads and checks the files of a working directory: configuration, policy, people and
// lists of recipients. Only cmd imports it; everything else takes plain values.
package configs

import (
	"embed"
	"time"

	"bulletin/pipeline"
)

//go:embed example/*.yaml
var examples embed.FS

// Config is the configuration of one working directory.
type Config struct {
	Desk     Desk                         `yaml:"desk"`
	Queue    Queue                        `yaml:"queue"`
	Relay    Relay                        `yaml:"relay"`
	Delivery Delivery                     `yaml:"delivery"`
	Notices  Notices                      `yaml:"notices"`
	Health   Health                       `yaml:"health"`
	Log      Log                          `yaml:"log"`
	Fonts    []string                     `yaml:"fonts"`
	Contacts map[pipeline.Nation][]string `yaml:"contacts"`
}

// Desk is who sends.
type Desk struct {
	Name    string `yaml:"name"`
	Address string `yaml:"address"`
	Domain  string `yaml:"domain"`

	PassphraseFile string `yaml:"passphrase_file"` // what opens the signing keys, one a line; empty: the credential, or none
}

// Queue is where the facts are kept.
type Queue struct {
	URL      string `yaml:"url"`
	Replicas int    `yaml:"replicas"`
	Listen   string `yaml:"listen"`
	Store    string `yaml:"store"`
	Receipts string `yaml:"receipts"` // ReceiptsBehind or ReceiptsSynced
}

// How receipts reach the embedded server's disk.
const (
	ReceiptsBehind = "behind" // soon after they count
	ReceiptsSynced = "synced" // before they count
)

// Relay is where mail goes.
type Relay struct {
	Address     string        `yaml:"address"`
	Outbox      string        `yaml:"outbox"`
	Hello       string        `yaml:"hello"`
	User        string        `yaml:"user"`
	TLS         string        `yaml:"tls"`         // TLSRemote or TLSAlways
	CA          string        `yaml:"ca"`          // PEM file of the authorities to trust, instead of the system's
	Connections int           `yaml:"connections"` // at most
	PerDomain   int           `yaml:"per_domain"`  // mails under way at once to one domain; 0 for no limit
	Timeout     time.Duration `yaml:"timeout"`     // for a command and its reply; twice that after the final dot
}

// Where TLS is required of the relay. A user's password never goes without it.
const (
	TLSRemote = "remote" // except to loopback
	TLSAlways = "always"
)

// Secured reports whether TLS is required on loopback too.
func (r Relay) Secured() bool { return r.TLS == TLSAlways || r.CA != "" || r.User != "" }

// Delivery is the pace of sending.
type Delivery struct {
	Chunk      int           `yaml:"chunk"`
	Parallel   int           `yaml:"parallel"`
	RetryAfter time.Duration `yaml:"retry_after"`
	GiveUp     time.Duration `yaml:"give_up"`
}

// Notices are mails to the desk's own people.
type Notices struct {
	Enabled     bool          `yaml:"enabled"`
	RemindAfter time.Duration `yaml:"remind_after"`
}

// Health is where the server says how it is.
type Health struct {
	Listen string `yaml:"listen"`
}

// Log is what the server writes to standard error.
type Log struct {
	Format string `yaml:"format"`
	Level  string `yaml:"level"`
}

// Example returns the commented example of a file: bulletin, policy, people or recipients.
func Example(name string) []byte {
	b, err := examples.ReadFile("example/" + name + ".yaml")
	if err != nil {
		panic("configs: no example " + name) // embedded: a bug
	}
	return b
}

// Default is what the commented example says.
func Default() Config {
	var c Config
	if err := decode("example/bulletin.yaml", Example("bulletin"), &c); err != nil {
		panic("configs: the example does not load: " + err.Error()) // embedded: a bug
	}
	return c
}
