package desk

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unique"

	"bulletin/pipeline"
)

// editionStanding is what the board knows of one nation's edition of one revision. Of a chunk that is settled the
// counts are left, and who is parked.
type editionStanding struct {
	edition  pipeline.Digest
	rendered pipeline.RenderedBody

	planned      bool
	plan         pipeline.Digest
	notMeant     pipeline.Digest
	planChunks   int // of the plan; those of mails that were sent again count on from there
	recipients   int // that chunks of the plan are for
	excluded     int
	unreached    []parkedRecipient // whom the plan itself parks
	acknowledged int

	chunks  map[int]*chunkStanding // by number: those that are open, and all that were sent again
	settled map[int]bool           // of the plan; nil once all are
	over    counts                 // of the chunks of the plan that are settled
	parked  []parkedRecipient      // likewise
	resent  map[int]string         // subjects of what people had sent again, by ordinal
}

// counts are of recipients; of those in doubt, of attempts.
type counts struct{ attempted, sent, inDoubt, parked int }

func (c *counts) add(o counts) {
	c.attempted, c.sent, c.inDoubt, c.parked = c.attempted+o.attempted, c.sent+o.sent, c.inDoubt+o.inDoubt, c.parked+o.parked
}

func countsOf(s pipeline.DeliveryState, attempts, inDoubt int) counts {
	return counts{attempted: oneIf(attempts > 0), sent: oneIf(s == pipeline.StateSent), inDoubt: inDoubt, parked: oneIf(s == pipeline.StateParked)}
}

// parkedRecipient is whom nothing is sent to until a person acts. Many have the same reason: it is held once.
type parkedRecipient struct {
	address   string
	reason    unique.Handle[string]
	at        time.Time
	attempted bool
}

func parkedOf(address, reason string) parkedRecipient {
	return parkedRecipient{address: address, reason: unique.Make(reason)}
}

func sortParked(p []parkedRecipient) {
	slices.SortFunc(p, func(a, b parkedRecipient) int { return strings.Compare(a.address, b.address) })
}

// apply takes in a fact about one nation's edition; parked is who gets nothing of a plan.
func (e *editionStanding) apply(f pipeline.Fact, parked []pipeline.Unreachable) error {
	switch f.Name {
	case pipeline.Marked:
		var body pipeline.MarkedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.edition = body.Edition
	case pipeline.Rendered:
		return f.Decode(&e.rendered)
	case pipeline.Planned:
		return e.take(f, parked)
	case pipeline.Resent:
		e.resent[f.Ordinal] = f.Subject()
	case pipeline.Acknowledged: // receive counts them, and each recipient once
		e.acknowledged = max(e.acknowledged, f.Ordinal)
	}
	return nil
}

// unreached reads whom a plan parks.
func (b *Board) unreached(ctx context.Context, f pipeline.Fact) ([]pipeline.Unreachable, error) {
	var body pipeline.PlannedBody
	if f.Name != pipeline.Planned {
		return nil, nil
	}
	if err := f.Decode(&body); err != nil || body.Parked == 0 {
		return nil, err
	}
	plan, err := documentOf[unreached](ctx, b.Documents, body.Plan)
	return plan.Parked, err
}

// take takes in a plan. Its chunks may have been seen before, since the streams are followed side by side.
func (e *editionStanding) take(f pipeline.Fact, parked []pipeline.Unreachable) error {
	var body pipeline.PlannedBody
	if err := f.Decode(&body); err != nil || e.planned {
		return err
	}
	for _, u := range parked {
		e.unreached = append(e.unreached, parkedOf(u.Address, u.Reason))
	}
	e.planned, e.plan, e.planChunks, e.recipients = true, body.Plan, body.Chunks, body.Recipients
	e.notMeant, e.excluded = body.NotMeant, body.Excluded
	for number := range e.chunks {
		e.close(number)
	}
	return nil
}

// close keeps of a chunk of the plan that is settled no more than what counts.
func (e *editionStanding) close(number int) {
	c := e.chunks[number]
	if !e.planned || number > e.planChunks {
		return
	}
	if c.address = ""; !c.settled {
		return
	}
	e.over.add(c.counts)
	e.parked = append(e.parked, c.parked...)
	delete(e.chunks, number)
	if e.settled[number] = true; len(e.settled) == e.planChunks {
		e.settled, e.parked = nil, slices.Clip(e.parked)
		e.chunks = maps.Collect(maps.All(e.chunks)) // a map keeps the room of all it ever held
	}
}

// isOver reports whether a chunk of the plan is settled.
func (e *editionStanding) isOver(number int) bool {
	return e.planned && number <= e.planChunks && (e.settled == nil || e.settled[number])
}

func (e *editionStanding) status(n pipeline.Nation, parked []parkedWork) NationStatus {
	c := e.over
	for number, chunk := range e.chunks {
		if number <= e.planChunks { // none before the plan is known
			c.add(chunk.count())
		}
	}
	c.parked += len(e.unreached)
	planned := e.recipients + len(e.unreached) + e.overlay(&c)
	return NationStatus{
		Nation: n, Edition: e.edition, Rendered: e.rendered, Complete: e.complete(parked), Planned: planned,
		Attempted: c.attempted, Sent: c.sent, InDoubt: c.inDoubt, Parked: c.parked, Excluded: e.excluded,
		Acknowledged: e.acknowledged, Why: causes(e.standingStill()),
	}
}

// complete reports whether everything that is to be sent is sent or parked. What somebody wants sent again is
// open until it is a chunk that is settled, or parked itself.
func (e *editionStanding) complete(parked []parkedWork) bool {
	for number := range e.chunks {
		if !e.chunks[number].settled {
			return false
		}
	}
	for ordinal, subject := range e.resent {
		still := slices.ContainsFunc(parked, func(p parkedWork) bool { return p.Subject == subject })
		if again := e.chunks[e.planChunks+ordinal]; (again == nil || !again.settled) && !still {
			return false
		}
	}
	return e.planned && (e.settled == nil || len(e.settled) == e.planChunks)
}

// standingStill returns who is parked now, by address: not who has been sent another mail since.
func (e *editionStanding) standingStill() []parkedRecipient {
	again := e.newestAgain()
	var out []parkedRecipient
	still := func(parked []parkedRecipient) {
		for _, p := range parked {
			if again[p.address] == nil {
				out = append(out, p)
			}
		}
	}
	still(e.unreached)
	still(e.parked)
	for number, c := range e.chunks {
		if number <= e.planChunks {
			still(c.standingStill())
		}
	}
	for _, c := range again {
		out = append(out, c.standingStill()...)
	}
	sortParked(out)
	return out
}
