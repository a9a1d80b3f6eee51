package main

import (
	"context"
	"os"
	"os/signal"
	"reflect"
	"slices"
	"syscall"
	"time"

	"bulletin/configs"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
)

// lookEvery is how often a server looks whether its people or its configuration have changed.
const lookEvery = 500 * time.Millisecond

// followConfiguration keeps what is in force as the files say, until ctx ends. The desk asks for people and policy at
// each request anyway: here whoever is no longer among the people is disconnected, and deliver learns its pace. SIGHUP checks
// every file and says in the log what is wrong.
func (s *server) followConfiguration(ctx context.Context) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	f := follower{server: s, config: s.live.Config(), connected: s.connected}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			f.look()
		case <-hup:
			f.look()
			f.checkAll()
		}
	}
}

// follower is what a running server has taken from its files.
type follower struct {
	*server
	config    configs.Config // as it was read last
	connected []queue.Person
	refused   string // why the server did not take the people, as logged
}

// look applies what has changed.
func (f *follower) look() {
	if f.live.HasPeople() {
		f.lookAtPeople()
	}
	if f.keys != nil {
		f.keys.look()
	}
	config := f.live.Config()
	was := f.config
	f.config = config
	if config.Delivery != was.Delivery {
		f.pace.Store(&config.Delivery)
		f.log.Info("the pace of delivery has changed", "chunk", config.Delivery.Chunk, "parallel", config.Delivery.Parallel,
			"retry_after", config.Delivery.RetryAfter, "give_up", config.Delivery.GiveUp)
	}
	if !reflect.DeepEqual(config.Contacts, was.Contacts) {
		f.log.Info("the contacts have changed: they stand in what is handed in from now on")
	}
	if parts := needRestart(was, config); len(parts) > 0 {
		f.log.Warn("a change takes a restart before it counts", "parts", parts)
	}
}

// lookAtPeople disconnects whoever may not connect any more, and lets newcomers in.
func (f *follower) lookAtPeople() {
	if f.desk == nil {
		return // the desk's business
	}
	people := f.live.People()
	now := connections(people)
	if slices.Equal(now, f.connected) {
		return
	}
	in, out := missingFrom(f.connected, now), missingFrom(now, f.connected)
	if f.server.config.Queue.URL != "" {
		f.log.Warn("who may connect has changed: set it on the external NATS server too; the desk refuses whoever is out already", "in", in, "out", out)
		f.connected = now
		return
	}
	if err := f.queue.SetPeople(now); err != nil {
		if f.refused != err.Error() { // it is tried again at each look
			f.log.Error("who may connect could not be changed; the desk refuses who is disabled all the same", "error", err)
		}
		f.refused = err.Error()
		return
	}
	f.log.Info("who may connect has changed", "in", in, "out", out)
	f.connected, f.refused = now, ""
	for _, p := range people {
		if !p.Disabled && !queue.ValidPublicKey(p.NKey) {
			f.log.Warn("a person can't connect: their nkey is none", "person", p.Name)
		}
	}
}

// checkAll validates every file, and says what is wrong with each.
func (f *follower) checkAll() {
	err := checkConfig(f.dir, f.part.scope())
	if err == nil {
		f.log.Info("reloaded: the configuration holds")
		return
	}
	for _, p := range problemsOf(err) {
		f.log.Error("reload: "+p.String(), "hint", p.Hint)
	}
	f.log.Error("reloaded in part: a file that does not hold stays in force as it was before")
}

// needRestart names the parts of the configuration that are read at the start alone, and have changed.
func needRestart(was, now configs.Config) []string {
	var parts []string
	for _, p := range []struct {
		name     string
		was, now any
	}{{"desk", was.Desk, now.Desk}, {"queue", was.Queue, now.Queue}, {"relay", was.Relay, now.Relay}, {"fonts", was.Fonts, now.Fonts}} {
		if !reflect.DeepEqual(p.was, p.now) {
			parts = append(parts, p.name)
		}
	}
	return parts
}

// missingFrom names who is in people and not in the others, by name and key.
func missingFrom(others, people []queue.Person) []string {
	names := []string{}
	for _, p := range people {
		if !slices.Contains(others, p) {
			names = append(names, p.Name)
		}
	}
	return names
}

// connections is who may connect to the embedded server. One whose nkey is none can't: that must not keep the server from
// shutting somebody else out.
func connections(people review.People) []queue.Person {
	var out []queue.Person
	for _, p := range people {
		if !p.Disabled && queue.ValidPublicKey(p.NKey) {
			out = append(out, queue.Person{Name: p.Name, PublicKey: p.NKey})
		}
	}
	return out
}
