package desk

import (
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/delivery"
)

// chunkStanding is what the board knows of one chunk: until it is settled one octet for each attempt at each recipient,
// afterwards counts.
type chunkStanding struct {
	tries   delivery.Tries
	refused map[answerTo]parkedRecipient // answers that parked; a newer attempt may have come, or an older one have sent
	settled bool
	counts  counts            // once it is settled
	parked  []parkedRecipient // likewise

	address string // of a chunk of one: it may be somebody's who is sent the edition again
	base    base   // of that one
}

// answerTo is an attempt at one recipient.
type answerTo struct{ place, ordinal int }

// applyChunk takes in a fact about a chunk. The streams are followed side by side, so a receipt may come before the
// attempt that it answers, and after its chunk was settled, and a chunk before its plan.
func (e *editionStanding) applyChunk(f pipeline.Fact) error {
	if e.isOver(f.Chunk) {
		return nil
	}
	c := e.chunks[f.Chunk]
	if c == nil {
		c = &chunkStanding{}
		e.chunks[f.Chunk] = c
	}
	if err := c.apply(f); err != nil {
		return err
	}
	e.close(f.Chunk)
	return nil
}

func (c *chunkStanding) apply(f pipeline.Fact) error {
	if c.settled && f.Name != pipeline.Chunk {
		return nil
	}
	switch f.Name {
	case pipeline.Chunk:
		return c.begin(f)
	case pipeline.Attempted:
		var body pipeline.AttemptedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		for _, index := range body.Indexes {
			c.tries.Begin(f.Ordinal, index)
		}
	case pipeline.Receipt:
		return c.answered(f)
	case pipeline.Settled:
		return c.settle(f)
	}
	return nil
}

// begin notes whom a chunk of one is for.
func (c *chunkStanding) begin(f pipeline.Fact) (err error) {
	_, c.address, err = delivery.Addressed(f)
	return err
}

// answered takes in a part of a receipt. All that it says is read where a recipient is parked: nearly all were sent.
func (c *chunkStanding) answered(f pipeline.Fact) error {
	answers, err := delivery.Answers(f)
	if err != nil {
		return err
	}
	var whole pipeline.ReceiptBody
	for i, a := range answers {
		c.tries.Answer(f.Ordinal, a.Index, a.State)
		if a.State != pipeline.StateParked {
			continue
		}
		if err := decodeOnce(f, &whole, whole.Answers == nil); err != nil {
			return err
		}
		if c.refused == nil {
			c.refused = map[answerTo]parkedRecipient{}
		}
		c.refused[answerTo{a.Index - 1, f.Ordinal}] = parkedAfter(whole.Answers[i].Outcome)
	}
	return nil
}

// settle puts the final counts in the place of what was known so far.
func (c *chunkStanding) settle(f pipeline.Fact) error {
	outcomes, err := delivery.Settled(f)
	if err != nil {
		return err
	}
	c.settled, c.tries, c.refused = true, delivery.Tries{}, nil
	var whole pipeline.SettledBody
	for i, o := range outcomes {
		c.counts.add(countsOf(o.State, o.Attempts, o.InDoubt))
		if o.State == pipeline.StateParked {
			if err := decodeOnce(f, &whole, whole.Outcomes == nil); err != nil {
				return err
			}
			c.parked = append(c.parked, parkedAfter(whole.Outcomes[i]))
		}
	}
	c.parked = slices.Clip(c.parked)
	return nil
}

func decodeOnce(f pipeline.Fact, into any, first bool) error {
	if !first {
		return nil
	}
	return f.Decode(into)
}

func parkedAfter(o pipeline.Outcome) parkedRecipient {
	p := parkedOf(o.Address, o.Reason)
	p.at, p.attempted = o.At, o.Attempts > 0
	return p
}

// count is how it stands with the chunk's recipients.
func (c *chunkStanding) count() (sum counts) {
	if c.settled {
		return c.counts
	}
	for place := range c.tries.Places() {
		sum.add(c.countOne(place))
	}
	return sum
}

// countOne is how it stands with one recipient.
func (c *chunkStanding) countOne(place int) counts {
	s := c.tries.Of(place)
	return countsOf(s.State, s.Attempts, s.InDoubt)
}

// standingStill returns who is parked now.
func (c *chunkStanding) standingStill() (out []parkedRecipient) {
	if c.settled {
		return c.parked
	}
	for at, p := range c.refused {
		if s := c.tries.Of(at.place); s.State == pipeline.StateParked && s.By == at.ordinal {
			out = append(out, p)
		}
	}
	return out
}
