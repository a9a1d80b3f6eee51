package desk

import (
	"context"
	"fmt"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// glimpse is what the desk needs of a revision to say who may be told of it. A revision never changes, so that a
// glimpse of it is taken once.
type glimpse struct {
	owner    pipeline.Nation
	whole    edition.Edition                     // of everything that stands in it: the TLP alone
	editions map[pipeline.Nation]edition.Edition // title and TLP alone
}

// glimpses holds what was taken so far, by revision.
type glimpses struct {
	mu    sync.Mutex
	taken map[pipeline.Ref]glimpse
}

// glimpseOf looks at the newest revision of a bulletin that is on the board.
func (d *Desk) glimpseOf(ctx context.Context, id pipeline.ID) (glimpse, error) {
	submitted, err := d.newestOf(ctx, id)
	if err != nil {
		return glimpse{}, err
	}
	d.glimpses.mu.Lock()
	g, ok := d.glimpses.taken[submitted.Ref]
	d.glimpses.mu.Unlock()
	if ok {
		return g, nil
	}
	c, err := review.OpenCase(ctx, d.Store, submitted)
	if err != nil {
		return glimpse{}, err
	}
	g = glimpse{owner: c.Submitted.Nation, whole: edition.Edition{TLP: c.Doc.TLP}, editions: map[pipeline.Nation]edition.Edition{}}
	for _, e := range c.Editions {
		g.editions[e.Nation] = edition.Edition{Nation: e.Nation, Title: e.Title, TLP: e.TLP}
	}
	d.glimpses.mu.Lock()
	defer d.glimpses.mu.Unlock()
	if d.glimpses.taken == nil {
		d.glimpses.taken = map[pipeline.Ref]glimpse{}
	}
	d.glimpses.taken[submitted.Ref] = g
	return g, nil
}

// boardWait bounds how long a request waits for the board, which follows the facts: just after the server's start it
// does not show them all yet, and just after a submission not the newest.
const boardWait = 10 * time.Second

// newestOf returns the fact that handed in the newest revision, once it is on the board.
func (d *Desk) newestOf(ctx context.Context, id pipeline.ID) (pipeline.Fact, error) {
	if f, ok := d.Board.submitted(id); ok {
		return f, nil
	}
	if _, err := pipeline.ParseID(string(id)); err != nil {
		return pipeline.Fact{}, refuse("", "%v", err)
	}
	facts, _, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.*.%s", id, pipeline.Submitted))
	if err != nil {
		return pipeline.Fact{}, err
	}
	if len(facts) == 0 {
		return pipeline.Fact{}, errNone
	}
	ctx, cancel := context.WithTimeout(ctx, boardWait)
	defer cancel()
	for {
		changed := d.Board.Changed()
		if f, ok := d.Board.submitted(id); ok {
			return f, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return pipeline.Fact{}, refuse("ask again in a moment", "the board of this desk is still being read")
		}
	}
}

// told returns the title as the person's nation gets it, for a person who may be told that there is this bulletin:
// as `known` has it. It is empty where the nation wrote it for others alone.
func (d *Desk) told(ctx context.Context, p review.Person, id pipeline.ID) (title string, err error) {
	g, err := d.glimpseOf(ctx, id)
	if err != nil {
		return "", err
	}
	e, ok := g.editions[p.Nation]
	switch {
	case !ok && g.owner == p.Nation && cleared(p, g.whole):
		return "", nil
	case !ok || !cleared(p, e):
		return "", errNone
	}
	return e.Title.Text, nil
}
