package desk

import (
	"context"
	"sync"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// glimpse is what the desk needs of a revision to say who may be told of it. A revision never changes, so that a
// glimpse of it is taken once.
type glimpse struct {
	owner    pipeline.Nation
	editions map[pipeline.Nation]edition.Edition // title and TLP alone
}

// glimpses holds what was taken so far, by revision.
type glimpses struct {
	mu    sync.Mutex
	taken map[pipeline.Ref]glimpse
}

// glimpseOf looks at the newest revision of a bulletin that is on the board.
func (d *Desk) glimpseOf(ctx context.Context, id pipeline.ID) (glimpse, error) {
	submitted, ok := d.Board.submitted(id)
	if !ok {
		return glimpse{}, errNone
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
	g = glimpse{owner: c.Submitted.Nation, editions: map[pipeline.Nation]edition.Edition{}}
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

// told returns the title as the person's nation gets it, for a person who may be told that there is this bulletin:
// as `known` has it. It is empty where the nation wrote it for others alone.
func (d *Desk) told(ctx context.Context, p review.Person, id pipeline.ID) (title string, err error) {
	g, err := d.glimpseOf(ctx, id)
	if err != nil {
		return "", err
	}
	e, ok := g.editions[p.Nation]
	switch {
	case !ok && g.owner == p.Nation:
		return "", nil
	case !ok || !cleared(p, e):
		return "", errNone
	}
	return e.Title.Text, nil
}
