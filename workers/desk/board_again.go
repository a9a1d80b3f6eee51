package desk

import (
	"context"
	"slices"

	"bulletin/pipeline"
)

// base is where a recipient who is sent an edition again stands in its plan.
type base struct {
	known        bool // the plan was looked at
	chunk, place int  // chunk 0: nowhere, or parked by the plan
}

// agains returns the chunks of what was sent again to one address after another, by number.
func (e *editionStanding) agains() (numbers []int) {
	if !e.planned {
		return nil
	}
	for number, c := range e.chunks {
		if number > e.planChunks && c.address != "" {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// newestAgain returns the newest mail of each who was sent the edition again.
func (e *editionStanding) newestAgain() map[string]*chunkStanding {
	out := map[string]*chunkStanding{}
	for _, number := range e.agains() {
		out[e.chunks[number].address] = e.chunks[number]
	}
	return out
}

// overlay has the newest mail to each recipient count, in the place of those before, and the attempts at all of them. It
// returns how many recipients more there are than the plan has.
func (e *editionStanding) overlay(sum *counts) (more int) {
	before := map[string]counts{}
	for _, number := range e.agains() {
		c := e.chunks[number]
		old, seen := before[c.address]
		if !seen {
			var planned bool
			if old, planned = e.planOne(c); !planned {
				more++
			}
		}
		now := c.count()
		sum.sent += now.sent - old.sent
		sum.parked += now.parked - old.parked
		sum.inDoubt += now.inDoubt
		if old.attempted == 0 {
			sum.attempted += now.attempted
		}
		now.attempted = max(now.attempted, old.attempted)
		before[c.address] = now
	}
	return more
}

// planOne is how it stands with the mail that the plan meant for a recipient who is sent another; false if it meant none.
// Whoever is in a chunk that is settled and is not parked was sent it.
func (e *editionStanding) planOne(c *chunkStanding) (counts, bool) {
	for _, parked := range [][]parkedRecipient{e.unreached, e.parked} {
		for _, p := range parked {
			if p.address == c.address {
				return counts{parked: 1, attempted: oneIf(p.attempted)}, true
			}
		}
	}
	if c.base.known && c.base.chunk == 0 {
		return counts{}, false
	}
	if open := e.chunks[c.base.chunk]; open != nil {
		return open.countOne(c.base.place), true
	}
	if c.base.known && !e.isOver(c.base.chunk) {
		return counts{}, true // not begun
	}
	return counts{sent: 1, attempted: 1}, true
}

func oneIf(b bool) int {
	if b {
		return 1
	}
	return 0
}

// resolve looks up, for those who were sent the newest release again, where they stand in its plan: once, and only when
// somebody looks, since a plan is large. The board is not locked meanwhile. A plan that can't be read is looked at again.
func (b *Board) resolve(ctx context.Context, id pipeline.ID) {
	for _, digest := range b.unresolved(id) {
		doc, err := b.Documents.Get(ctx, digest)
		if err != nil {
			continue
		}
		if plan, err := pipeline.ParsePlan(doc); err == nil {
			b.resolved(id, digest, plan)
		}
	}
}

// unresolved returns the plans to look at.
func (b *Board) unresolved(id pipeline.ID) (plans []pipeline.Digest) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.released(id) {
		if len(e.baseless()) > 0 {
			plans = append(plans, e.plan)
		}
	}
	return plans
}

// resolved notes what a plan says of those who were sent its edition again.
func (b *Board) resolved(id pipeline.ID, digest pipeline.Digest, plan pipeline.Plan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range b.released(id) {
		if e.plan != digest {
			continue
		}
		missing := e.baseless()
		for i, chunk := range plan.Chunks {
			for place, a := range chunk {
				for _, c := range missing[a.Address] {
					c.base = base{chunk: i + 1, place: place}
				}
			}
		}
		for _, chunks := range missing {
			for _, c := range chunks {
				c.base.known = true
			}
		}
	}
}

// released are the editions of the newest release.
func (b *Board) released(id pipeline.ID) map[pipeline.Nation]*editionStanding {
	s := b.bulletins[id]
	if s == nil {
		return nil
	}
	return s.editions[s.newestRelease()]
}

// baseless returns the chunks, by address, of what was sent again to whom the plan was not looked at for.
func (e *editionStanding) baseless() map[string][]*chunkStanding {
	missing := map[string][]*chunkStanding{}
	for _, number := range e.agains() {
		if c := e.chunks[number]; !c.base.known {
			missing[c.address] = append(missing[c.address], c)
		}
	}
	return missing
}
