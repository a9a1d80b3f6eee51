package main

import (
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/workers"
)

// notices tell the desk's people what waits for them.
func (s *server) notices(q *queue.Queue, m materials, keys workers.Keys) ([]pipeline.Worker, *workers.KeyWatch) {
	n := &workers.Notices{
		Facts: q, Documents: q, Publisher: q, People: s.live.People, Post: m.notices, Clock: s.now, Log: s.log,
		RemindAfter: s.config.Notices.RemindAfter,
	}
	return n.Workers(), &workers.KeyWatch{
		Notices: n, Lists: s.lists, Keys: keys, Nations: s.part.listed(), Desk: m.keys.ends,
	}
}
