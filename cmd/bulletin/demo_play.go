package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/queue"
	"bulletin/templates"
	"bulletin/workers/desk"
)

// submitAll writes the sample drafts into DIR/drafts and has their authors hand them in.
func (d *demo) submitAll(ctx context.Context) ([]pipeline.ID, error) {
	if err := d.writeDrafts(); err != nil {
		return nil, err
	}
	d.out.say("\nAuthors hand in their drafts:")
	var ids []pipeline.ID
	for _, s := range []struct{ author, draft string }{
		{"dana", "p2p/draft.md"}, {"moana", "flash/draft.md"}, {"priya", "takedown/draft.md"}, // the first and the third are played with
		{"kirra", "requests/draft.md"}, {"priya", "docks/draft.md"}, {"maelle", "vehicles/draft.md"}, {"moana", "hires/draft.md"},
	} {
		submitted, err := d.submit(ctx, s.author, "", s.draft)
		if err != nil {
			return nil, err
		}
		ids = append(ids, submitted.Ref.ID)
	}
	return ids, nil
}

func (d *demo) writeDrafts() error {
	return fs.WalkDir(templates.Demo(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(d.dir, "drafts", name)
		if e.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		data, err := fs.ReadFile(templates.Demo(), name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
}

func (d *demo) submit(ctx context.Context, author string, id pipeline.ID, file string) (desk.Submitted, error) {
	src, err := draft.Load(filepath.Join(d.dir, "drafts", file))
	if err != nil {
		return desk.Submitted{}, err
	}
	p := d.person(author)
	submitted, err := p.desk.Submit(ctx, id, src)
	if err != nil {
		return desk.Submitted{}, fmt.Errorf("%s hands in %s: %w", author, file, err)
	}
	d.out.say("  %s (%s) hands in %s: %s, revision %d", author, p.Nation, file, submitted.Ref.ID, submitted.Ref.Revision)
	return submitted, nil
}

// reviewAll plays the review: an author refused on their own bulletin, a return and its revision, then
// everyone approves what waits for them until all is approved.
func (d *demo) reviewAll(ctx context.Context, ids []pipeline.ID) error {
	d.out.say("\nReviewers decide:")
	if err := d.refuseOwn(ctx, "dana", ids[0]); err != nil {
		return err
	}
	if err := d.returnAndRevise(ctx, ids[2]); err != nil {
		return err
	}
	for _, p := range d.people {
		if err := d.approveWaiting(ctx, p); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if err := d.awaitDecision(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) refuseOwn(ctx context.Context, author string, id pipeline.ID) error {
	p := d.person(author)
	shown, err := p.desk.Show(ctx, id)
	if err != nil {
		return err
	}
	_, err = p.desk.Approve(ctx, shown)
	var refused *queue.Refused
	if !errors.As(err, &refused) {
		return fmt.Errorf("%s could approve their own bulletin: %w", author, err)
	}
	d.out.say("  %s (%s) tries to approve their own %s: refused: %s", p.Name, p.Nation, id, refused.Msg)
	return nil
}

func (d *demo) returnAndRevise(ctx context.Context, id pipeline.ID) error {
	comment, err := fs.ReadFile(templates.Demo(), "takedown/comment.txt")
	if err != nil {
		return err
	}
	why := strings.TrimSpace(string(comment))
	tom := d.person("tom")
	shown, err := tom.desk.Show(ctx, id)
	if err != nil {
		return err
	}
	if err := tom.desk.Return(ctx, shown.Ref, why); err != nil {
		return err
	}
	d.out.say("  %s (%s) returns %s: %q", tom.Name, tom.Nation, id, why)
	_, err = d.submit(ctx, "priya", id, "takedown/revised.md")
	return err
}

// approveWaiting approves, in the order of the queue, what waits for this person and is not theirs. What
// others have decided meanwhile is refused, and passed over.
func (d *demo) approveWaiting(ctx context.Context, p *demoPerson) error {
	waiting, err := p.desk.Queue(ctx)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if w.Own || len(w.Missing) == 0 {
			continue
		}
		shown, err := p.desk.Show(ctx, w.Ref.ID)
		if err != nil {
			return err
		}
		approved, err := p.desk.Approve(ctx, shown)
		var refused *queue.Refused
		if errors.As(err, &refused) {
			d.out.say("  %s (%s) is too late for %s: %s", p.Name, p.Nation, w.Ref.ID, refused.Msg)
			continue
		}
		if err != nil {
			return err
		}
		d.out.say("  %s (%s) approves %s%s", p.Name, p.Nation, w.Ref.ID, stillMissing(approved))
	}
	return nil
}

func stillMissing(a desk.Approved) string {
	if len(a.Missing) == 0 {
		return ""
	}
	var s []string
	for _, m := range a.Missing {
		s = append(s, fmt.Sprintf("%s %d/%d", pipeline.JoinNations(m.Audience, "+"), m.Have, m.Need))
	}
	return "; still missing for portions of " + strings.Join(s, ", ")
}

func (d *demo) awaitDecision(ctx context.Context, id pipeline.ID) error {
	for {
		changed := d.server.board.Changed()
		if s, ok := d.server.board.Status(ctx, id); ok && s.State != "in review" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s has not reached its quorum: %w", id, ctx.Err())
		case <-changed:
		}
	}
}
