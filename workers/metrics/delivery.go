package metrics

import (
	"time"

	"bulletin/pipeline"
)

// deliver takes in a fact about a chunk. A receipt may come before the attempt that it answers, and after the chunk
// was settled, since they lie in different streams.
func (p *Projection) deliver(f pipeline.Fact, at time.Time) {
	where := chunkPlace{place{f.Ref, f.Nation}, f.Chunk}
	c := p.chunks[where]
	if c == nil {
		c = &chunk{recipients: map[int]attempt{}}
		p.chunks[where] = c
	}
	if c.settled {
		return
	}
	switch f.Name {
	case pipeline.Chunk:
		var body pipeline.ChunkBody
		if f.Decode(&body) != nil {
			return
		}
		for i := range body.Recipients {
			p.stands(f.Nation, c, i+1, attempt{state: pipeline.StatePlanned})
		}
	case pipeline.Attempted:
		var body pipeline.AttemptedBody
		if f.Decode(&body) != nil {
			return
		}
		for _, index := range body.Indexes { // in doubt until the answer is there
			p.stands(f.Nation, c, index, attempt{f.Ordinal, pipeline.StateInDoubt})
		}
	case pipeline.Receipt:
		var body pipeline.ReceiptBody
		if f.Decode(&body) != nil {
			return
		}
		for _, a := range body.Answers {
			p.answered(f, c, a)
		}
	case pipeline.Settled:
		var body pipeline.SettledBody
		if f.Decode(&body) == nil {
			p.settle(f, c, body.Outcomes, at)
		}
	}
}

// stands notes how it stands with one recipient, unless something later is known.
func (p *Projection) stands(n pipeline.Nation, c *chunk, index int, a attempt) {
	before, known := c.recipients[index]
	if known && before.ordinal >= a.ordinal {
		return
	}
	if known {
		p.outcomes[standing{n, before.state}]--
	}
	c.recipients[index] = a
	p.outcomes[standing{n, a.state}]++
}

// answered notes the relay's answer to an attempt, in place of the doubt.
func (p *Projection) answered(f pipeline.Fact, c *chunk, a pipeline.Answer) {
	before, known := c.recipients[a.Index]
	if known && before.ordinal > f.Ordinal {
		return
	}
	if known {
		p.outcomes[standing{f.Nation, before.state}]--
	}
	c.recipients[a.Index] = attempt{f.Ordinal, a.State}
	p.outcomes[standing{f.Nation, a.State}]++
}

// settle puts the final outcomes in the place of what was known so far.
func (p *Projection) settle(f pipeline.Fact, c *chunk, outcomes []pipeline.Outcome, at time.Time) {
	for _, a := range c.recipients {
		p.outcomes[standing{f.Nation, a.state}]--
	}
	for _, o := range outcomes {
		p.outcomes[standing{f.Nation, o.State}]++
		p.doubts[f.Nation] += o.InDoubt
	}
	c.settled, c.recipients = true, nil
	e := p.edition(place{f.Ref, f.Nation})
	e.settled++
	p.completed(e, at)
}
