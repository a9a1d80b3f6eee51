package metrics

import (
	"maps"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/delivery"
)

// chunk is what is known of one that is not settled.
type chunk struct {
	recipients int // once the chunk itself was read
	tries      delivery.Tries
	counted    outcomes // of them, in those of the nation
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

// deliver takes in a fact about a chunk. A receipt may come before the attempt that it answers, and after the chunk
// was settled, since they lie in different streams.
func (p *Projection) deliver(f pipeline.Fact, at time.Time) {
	here := chunkPlace{place{f.Ref, f.Nation}, f.Chunk}
	c := p.chunks[here]
	if c == nil && !p.edition(here.place).isOver(f.Chunk) {
		c = &chunk{}
		p.chunks[here] = c
	}
	switch {
	case f.Name == pipeline.Receipt:
		p.answered(f, c)
	case c == nil: // settled
	case f.Name == pipeline.Settled:
		p.settle(f, c, at)
	default:
		c.begin(f)
		c.count(p.of(f.Nation))
	}
}

// begin takes in that there is a chunk, or an attempt at it.
func (c *chunk) begin(f pipeline.Fact) {
	if f.Name == pipeline.Chunk {
		c.recipients, _, _ = delivery.Addressed(f)
		return
	}
	var body pipeline.AttemptedBody
	if f.Decode(&body) != nil {
		return
	}
	for _, index := range body.Indexes {
		c.tries.Begin(f.Ordinal, index)
	}
}

// count puts how it stands with the chunk's recipients now in the place of what was counted before.
func (c *chunk) count(out *outcomes) {
	c.uncount(out)
	for place := range max(c.recipients, c.tries.Places()) {
		if s := c.tries.Of(place); s.Attempts > 0 || place < c.recipients {
			c.counted[stateOf(s.State)]++
		}
	}
	for i, n := range c.counted {
		out[i] += n
	}
}

func (c *chunk) uncount(out *outcomes) {
	for i, n := range c.counted {
		out[i] -= n
	}
	c.counted = outcomes{}
}

// answered counts the relay's answers, and notes them of a chunk that is not settled: c is nil if it is.
func (p *Projection) answered(f pipeline.Fact, c *chunk) {
	all, err := delivery.Answers(f)
	if err != nil {
		return
	}
	answers := p.answers[f.Nation]
	for _, a := range all {
		answers[stateOf(a.State)]++
		if c != nil {
			c.tries.Answer(f.Ordinal, a.Index, a.State)
		}
	}
	p.answers[f.Nation] = answers
	if c != nil {
		c.count(p.of(f.Nation))
	}
}

// settle puts the final outcomes in the place of what was known so far.
func (p *Projection) settle(f pipeline.Fact, c *chunk, at time.Time) {
	final, err := delivery.Settled(f)
	if err != nil {
		return
	}
	out := p.of(f.Nation)
	c.uncount(out)
	for _, o := range final {
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
