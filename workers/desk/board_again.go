package desk

import (
	"context"
	"maps"
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
// somebody looks, since a plan is large. One that can't be read is looked at again.
func (b *Board) resolve(s *standing) {
	for _, e := range s.editions[s.newestRelease()] {
		missing := map[string][]*chunkStanding{}
		for _, number := range e.agains() {
			if c := e.chunks[number]; !c.base.known {
				missing[c.address] = append(missing[c.address], c)
			}
		}
		if len(missing) == 0 {
			continue
		}
		doc, err := b.Documents.Get(context.Background(), e.plan)
		if err != nil {
			continue
		}
		plan, err := pipeline.ParsePlan(doc)
		if err != nil {
			continue
		}
		for i, chunk := range plan.Chunks {
			for place, a := range chunk {
				for _, c := range missing[a.Address] {
					c.base = base{chunk: i + 1, place: place}
				}
			}
		}
		for chunks := range maps.Values(missing) {
			for _, c := range chunks {
				c.base.known = true
			}
		}
	}
}
