package metrics

import (
	"encoding/json"
	"maps"
	"time"

	"bulletin/pipeline"
)

// chunk is what is known of one that is not settled: the newest of each recipient, by their places from 0.
type chunk struct{ recipients []attempt }

type attempt struct {
	ordinal int32
	known   bool
	state   state
}

// state is a delivery's, as an index.
type state uint8

var states = [...]pipeline.DeliveryState{
	pipeline.StatePlanned, pipeline.StateInDoubt, pipeline.StateDeferred, pipeline.StateSent, pipeline.StateParked,
}

const (
	planned state = iota
	inDoubt
	deferred
	sent
	parked
)

func stateOf(s pipeline.DeliveryState) state {
	for i, known := range states {
		if s == known {
			return state(i)
		}
	}
	return inDoubt
}

// outcomes counts the recipients of one nation, by state.
type outcomes [len(states)]int

// What is read of the bodies: a receipt or a settled chunk says more of hundreds of recipients, and all of it goes by here.
type (
	chunkCount struct {
		Recipients []struct{} `json:"recipients"`
	}
	receiptStates struct {
		Answers []struct {
			Index int                    `json:"index"`
			State pipeline.DeliveryState `json:"state"`
		} `json:"answers"`
	}
	settledStates struct {
		Outcomes []struct {
			State   pipeline.DeliveryState `json:"state"`
			InDoubt int                    `json:"in_doubt"`
		} `json:"outcomes"`
	}
)

// maxPlace bounds a recipient's place in a chunk: configuration allows a thousand.
const maxPlace = 1 << 16

// deliver takes in a fact about a chunk. A receipt may come before the attempt that it answers, and after the chunk
// was settled, since they lie in different streams.
func (p *Projection) deliver(f pipeline.Fact, at time.Time) {
	here := place{f.Ref, f.Nation}
	e := p.edition(here)
	c := p.chunks[chunkPlace{here, f.Chunk}]
	over := e.isOver(f.Chunk)
	if c == nil && !over {
		c = &chunk{}
		p.chunks[chunkPlace{here, f.Chunk}] = c
	}
	out := p.of(f.Nation)
	switch f.Name {
	case pipeline.Chunk:
		var body chunkCount
		if over || json.Unmarshal(f.Body, &body) != nil {
			return
		}
		for i := range body.Recipients {
			c.stands(out, i+1, attempt{state: planned})
		}
	case pipeline.Attempted:
		var body pipeline.AttemptedBody
		if over || f.Decode(&body) != nil {
			return
		}
		for _, index := range body.Indexes { // in doubt until the answer is there
			c.stands(out, index, attempt{ordinal: int32(f.Ordinal), state: inDoubt})
		}
	case pipeline.Receipt:
		p.answered(f, c, out)
	case pipeline.Settled:
		var body settledStates
		if !over && json.Unmarshal(f.Body, &body) == nil {
			p.settle(f, c, out, body, at)
		}
	}
}

// stands notes how it stands with one recipient, unless as much or more is known.
func (c *chunk) stands(out *outcomes, index int, a attempt) {
	if r := c.recipient(index); r != nil && (!r.known || r.ordinal < a.ordinal) {
		r.set(out, a)
	}
}

// recipient is where one is noted; nil if there can be no such.
func (c *chunk) recipient(index int) *attempt {
	if index < 1 || index > maxPlace {
		return nil
	}
	if missing := index - len(c.recipients); missing > 0 {
		c.recipients = append(c.recipients, make([]attempt, missing)...)
	}
	return &c.recipients[index-1]
}

func (r *attempt) set(out *outcomes, a attempt) {
	if r.known {
		out[r.state]--
	}
	*r = a
	r.known = true
	out[a.state]++
}

// answered counts the relay's answers, and puts each in the place of the doubt: c is nil if the chunk is settled.
func (p *Projection) answered(f pipeline.Fact, c *chunk, out *outcomes) {
	var body receiptStates
	if json.Unmarshal(f.Body, &body) != nil {
		return
	}
	answers := p.answers[f.Nation]
	for _, a := range body.Answers {
		now := attempt{ordinal: int32(f.Ordinal), state: stateOf(a.State)}
		answers[now.state]++
		if c == nil {
			continue
		}
		if r := c.recipient(a.Index); r != nil && (!r.known || r.ordinal <= now.ordinal) {
			r.set(out, now)
		}
	}
	p.answers[f.Nation] = answers
}

// settle puts the final outcomes in the place of what was known so far.
func (p *Projection) settle(f pipeline.Fact, c *chunk, out *outcomes, body settledStates, at time.Time) {
	for _, r := range c.recipients {
		if r.known {
			out[r.state]--
		}
	}
	for _, o := range body.Outcomes {
		out[stateOf(o.State)]++
		p.doubts[f.Nation] += o.InDoubt
	}
	here := place{f.Ref, f.Nation}
	delete(p.chunks, chunkPlace{here, f.Chunk})
	e := p.edition(here)
	e.settled[f.Chunk] = true
	p.completed(e, at)
}

// isOver reports whether a chunk is settled.
func (e *edition) isOver(number int) bool {
	return e.settled[number] || e.complete && number <= e.chunks
}

// completed closes an edition when all that was planned is settled: of its chunks nothing is kept then.
func (p *Projection) completed(e *edition, at time.Time) {
	if e.planned.IsZero() || e.complete || len(e.settled) < e.chunks {
		return
	}
	for number := 1; number <= e.chunks; number++ {
		if !e.settled[number] {
			return
		}
	}
	e.complete = true
	maps.DeleteFunc(e.settled, func(number int, _ bool) bool { return number <= e.chunks })
	e.settled = maps.Collect(maps.All(e.settled)) // a map keeps the room of all it ever held
	p.spent(stageDeliver, e.planned, at)
}
