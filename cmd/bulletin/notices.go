package main

import (
	"log/slog"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/workers"
)

// newNotices tells the desk's people what waits for them. It runs where deliver does: it needs the signing key. Both
// are nil where notices are switched off.
func newNotices(c configs.Notices, q *queue.Queue, post *workers.Post, people func() review.People, lists workers.Lists, keys workers.Keys,
	now pipeline.Clock, log *slog.Logger) ([]pipeline.Worker, *workers.KeyWatch) {
	if !c.Enabled {
		return nil, nil
	}
	notices := &workers.Notices{Facts: q, Documents: q, Publisher: q, People: people, Post: post, Clock: now, Log: log, RemindAfter: c.RemindAfter}
	return notices.Workers(), &workers.KeyWatch{
		Notices: notices, Lists: lists, Keys: keys, Nations: pipeline.Nations(), Desk: []byte(post.Signer.PublicKey()),
	}
}
