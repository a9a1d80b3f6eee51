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
	renderer renderer
	post     *workers.Post     // seals, for deliver
	notices  *workers.Post     // and for notify
	keys     *deskKeys         // sign mail and open replies; nil for every other role
	restored *workers.Restored // where the directory was made by restore; nil otherwise
}

// drawn is the policy with the fonts that this process draws with.
func (m materials) drawn(p review.Policy) review.Policy {
	p.Fonts = m.renderer.fonts
	return p
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
	if s.live, err = configs.Watch(s.dir, s.part.scope().People, s.log); err != nil {
		return m, err
	}
	s.pace.Store(&s.config.Delivery)
	if s.part.has(queue.RoleDesk) {
		s.connected = connections(s.live.People())
		s.at.People = s.connected // the embedded server's; an external one has its own
	}
	if s.part.has(queue.RoleDesk) || s.part.has(queue.RoleRender) {
		if m.renderer, err = newRenderer(s.config.Fonts); err != nil {
			return m, err
		}
	}
	if m.restored, err = readRestored(s.dir); err != nil {
		return m, err
	}
	if err := s.loadMail(&m); err != nil {
		return m, err
	}
	s.lists = configs.NewLists(s.dir)
	s.lists.Log = s.log
	return m, nil
}

// loadMail reads what deliver, notify and receive need: the desk's keys, and the way out. Where notices have a key of
// their own, notify reads no other.
func (s *server) loadMail(m *materials) (err error) {
	delivers, notifies := s.part.has(queue.RoleDeliver), s.part.has(queue.RoleNotify) && s.config.Notices.Enabled
	var signs workers.Signer // notices
	if notifies {
		if signs, err = noticesSigner(s.dir, s.config.Desk); err != nil {
			return err
		}
	}
	if delivers || s.part.has(queue.RoleReceive) || notifies && signs == nil {
		if m.keys, err = openDeskKeys(s.dir, s.config.Desk, s.log); err != nil {
			return err
		}
		s.keys, s.seals = m.keys, delivers || notifies && signs == nil
	}
	if s.seals {
		if _, err := m.keys.At(s.now()); err != nil {
			s.log.Error("mail waits: it can't be signed", "error", err, "hint", "bulletin signing-key next makes a key; a running server takes it within a second")
		}
	}
	if !delivers && !notifies {
		return nil
	}
	if m.post, err = newSignedPost(s.dir, s.config, m.keys, s.now); err != nil {
		return err
	}
	m.post.Restored = m.restored
	s.sender = m.post.Sender
	m.notices = m.post
	if signs != nil {
		own := *m.post
		own.Signer, m.notices = signs, &own
	}
	return nil
}
