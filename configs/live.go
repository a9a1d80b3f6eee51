package configs

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Live is the configuration, the policy and the people of a working directory as their files say now. A file
// that does not hold any more changes nothing: what was read last stays in force, the log says once what is wrong, and Err as
// long as it is. But whoever a file that can be read disables, or names no longer, is out, whatever else is wrong in it.
type Live struct {
	dir       string
	hasPeople bool
	log       *slog.Logger
	now       pipeline.Clock

	mu     sync.Mutex
	config part[Config]
	policy part[review.Policy]
	people part[review.People]
}

// part is what was read last of some files, and what is wrong with them as they are now.
type part[T any] struct {
	value T
	files sources
	err   error
	said  string // the error that was logged
}

// Watch reads a working directory that has to hold as it is now. A process without people has no files of people and
// policy: it must not ask for them.
func Watch(dir string, people bool, log *slog.Logger) (*Live, error) {
	l := &Live{dir: dir, hasPeople: people, log: log, now: time.Now}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readConfig()
	if people {
		l.readPolicy()
		l.readPeople()
	}
	return l, l.problems()
}

// HasPeople reports whether people and policy are watched.
func (l *Live) HasPeople() bool { return l.hasPeople }

// Config returns the configuration. What of it a running server can change is for the server to say.
func (l *Live) Config() Config {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refreshConfig()
	return l.config.value
}

// Policy returns the policy for what is handed in now. The caller must not change it.
func (l *Live) Policy() review.Policy {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refreshConfig()
	if !l.policy.files.unchanged(l.now()) {
		l.readPolicy()
		l.say(&l.policy.said, l.policy.err)
	}
	p := l.policy.value
	p.Contacts = l.config.value.Contacts // they stand in what is approved
	return p
}

// People returns who may do what. The caller must not change it.
func (l *Live) People() review.People {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.people.files.unchanged(l.now()) {
		l.readPeople()
		l.say(&l.people.said, l.people.err)
	}
	return l.people.value
}

// Err returns what is wrong with the files as they are now, all of it: what was read before it went wrong is in force.
func (l *Live) Err() error {
	l.Config()
	if l.HasPeople() {
		l.Policy()
		l.People()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.problems()
}

func (l *Live) problems() error { return errors.Join(l.config.err, l.policy.err, l.people.err) }

func (l *Live) refreshConfig() {
	if !l.config.files.unchanged(l.now()) {
		l.readConfig()
		l.say(&l.config.said, l.config.err)
	}
}

// say logs an error once, and that it is over.
func (l *Live) say(said *string, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch {
	case text == *said:
	case text == "":
		l.log.Info("the configuration holds again")
	default:
		l.log.Error("a changed file does not hold: what it said before stays in force", "error", text)
	}
	*said = text
}

func (l *Live) readConfig() {
	now, file := l.now(), filepath.Join(l.dir, configFile)
	data, _ := read(file) // Load reports the error
	l.config.files = sources{files: []watched{watch(file, data, now)}, looked: now}
	c, err := Load(l.dir)
	if l.config.err = err; err == nil {
		l.config.value = c
	}
}

func (l *Live) readPolicy() {
	now, file := l.now(), filepath.Join(l.dir, policyFile)
	data, err := read(file)
	l.policy.files = sources{files: []watched{watch(file, data, now)}, looked: now}
	if err != nil {
		l.policy.err = fmt.Errorf("read the policy: %w", err)
		return
	}
	p, err := parsePolicy(file, data)
	if l.policy.err = err; err == nil {
		l.policy.value = p
	}
}

func (l *Live) readPeople() {
	now, file := l.now(), filepath.Join(l.dir, peopleFile)
	data, err := read(file)
	l.people.files = sources{files: []watched{watch(file, data, now)}, looked: now}
	if err != nil {
		l.people.err = fmt.Errorf("read the people: %w", err)
		return
	}
	entries, err := parsePeople(file, data)
	if err != nil {
		l.people.err = err
		return
	}
	for _, e := range entries {
		cert := below(l.dir, e.Certificate)
		data, _ := read(cert) // what can't be read is reported below
		l.people.files.keys = append(l.people.files.keys, watch(cert, data, now))
	}
	people, err := peopleOf(l.dir, file, data, entries)
	if l.people.err = err; err != nil {
		people = stillNamed(l.people.value, entries)
	}
	l.people.value = people
}

// stillNamed is who of the people the entries name, disabled if the entries say so.
func stillNamed(people review.People, entries []personYAML) review.People {
	var out review.People
	for _, p := range people {
		i := slices.IndexFunc(entries, func(e personYAML) bool { return e.Name == p.Name })
		if i < 0 {
			continue
		}
		p.Disabled = p.Disabled || slices.ContainsFunc(entries, func(e personYAML) bool { return e.Name == p.Name && e.Disabled })
		out = append(out, p)
	}
	return out
}
