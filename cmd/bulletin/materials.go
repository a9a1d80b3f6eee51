package main

import (
	"errors"
	"path/filepath"

	"bulletin/configs"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/workers"
)

// materials are what the files of the working directory hold for this process, which needs no others.
type materials struct {
	people   review.People
	policy   review.Policy
	renderer renderer
	post     *workers.Post
	lists    *configs.Lists
}

// load reads what the roles need before anything is opened: a mistake in a file changes nothing.
func (s *server) load() (m materials, err error) {
	s.at = queue.Config{URL: s.config.Queue.URL, Replicas: s.config.Queue.Replicas, Log: s.log, Clock: s.now}
	if s.at.URL == "" {
		if !s.part.isWhole() {
			return m, hint(errors.New("a part of the pipeline needs a NATS server that the others reach too: the embedded one belongs to one process"),
				"name it with --nats URL or queue.url, or leave --roles and --nation out")
		}
		s.at.Dir, s.at.Listen = filepath.Join(s.dir, s.config.Queue.Store), s.config.Queue.Listen
		s.at.Synced = s.config.Queue.Receipts == configs.ReceiptsSynced
		if s.at.StoreKey, err = readKey(s.dir, storeKeyFile); err != nil {
			return m, err
		}
	}
	if s.part.has(queue.RoleDesk) {
		if m.people, err = configs.LoadPeople(s.dir); err != nil {
			return m, err
		}
		if m.policy, err = configs.LoadPolicy(s.dir, s.config); err != nil {
			return m, err
		}
		s.at.People = connections(m.people) // the embedded server's; an external one has its own
	}
	if s.part.has(queue.RoleDesk) || s.part.has(queue.RoleRender) {
		if m.renderer, err = newRenderer(s.config.Fonts); err != nil {
			return m, err
		}
	}
	if s.part.has(queue.RoleDeliver) {
		if m.post, err = newPost(s.dir, s.config, s.now); err != nil {
			return m, err
		}
	}
	m.lists = configs.NewLists(s.dir)
	return m, nil
}

// connections is who may connect to the embedded server.
func connections(people review.People) []queue.Person {
	var out []queue.Person
	for _, p := range people {
		if !p.Disabled {
			out = append(out, queue.Person{Name: p.Name, PublicKey: p.NKey})
		}
	}
	return out
}
