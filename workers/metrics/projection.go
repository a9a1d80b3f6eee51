// Package metrics shows an operator how the work stands, as Prometheus metrics. What it counts is a projection of
// the facts: read anew from the streams at each start, so that a restart resets nothing, and shown only
// once it has caught up. No label holds an id, a title, an address or a key.
package metrics

import (
	"maps"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
)

// The stages that time is spent in. What a stage takes is the time between two facts.
const (
	stageReview  = "review"  // handed in → approved
	stageMark    = "mark"    // approved → marked, for each nation
	stageRender  = "render"  // marked → rendered
	stagePlan    = "plan"    // rendered → planned
	stageDeliver = "deliver" // planned → every recipient sent or parked
)

// Projection is what the facts say, in numbers. Apply takes every entry of each stream, in its order; the streams may come in
// any order among each other.
type Projection struct {
	mu sync.Mutex

	read      queue.Positions
	target    queue.Positions // nil until CatchUp
	facts     map[pipeline.Name]int
	took      map[string]*histogram
	revisions map[pipeline.Ref]*revision
	newest    map[pipeline.ID]pipeline.Ref // that was handed in
	editions  map[place]*edition
	chunks    map[chunkPlace]*chunk // those not settled
	outcomes  map[pipeline.Nation]*outcomes
	answers   map[pipeline.Nation]outcomes // of the relay, to attempts
	doubts    map[pipeline.Nation]int
	parked    map[parkedPlace]bool
}

// revision is one revision until people have decided.
type revision struct {
	submitted, approved time.Time
	decided             bool
}

type place struct {
	ref    pipeline.Ref
	nation pipeline.Nation
}

// edition is one nation's edition on its way.
type edition struct {
	marked, rendered, planned time.Time
	precedence                pipeline.Precedence
	chunks                    int          // of the plan; mails that were sent again count on from there
	settled                   map[int]bool // chunks; of one that is complete those that were sent again alone
	complete                  bool
}

type chunkPlace struct {
	place
	number int
}

type parkedPlace struct{ worker, subject string }

// NewProjection returns one that has read nothing.
func NewProjection() *Projection {
	return &Projection{
		read: queue.Positions{}, facts: map[pipeline.Name]int{}, took: map[string]*histogram{},
		revisions: map[pipeline.Ref]*revision{}, newest: map[pipeline.ID]pipeline.Ref{}, editions: map[place]*edition{}, chunks: map[chunkPlace]*chunk{},
		outcomes: map[pipeline.Nation]*outcomes{}, answers: map[pipeline.Nation]outcomes{}, doubts: map[pipeline.Nation]int{}, parked: map[parkedPlace]bool{},
	}
}

// Apply takes in one entry. One that was read before is passed over: a server that was paused reads anew. So is one that is
// no fact, or whose body does not parse: others complain of it.
func (p *Projection) Apply(e queue.Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Seq <= p.read[e.Stream] {
		return
	}
	p.read[e.Stream] = e.Seq
	if e.Err != nil {
		return
	}
	p.facts[e.Fact.Name]++
	switch e.Fact.Name {
	case pipeline.Submitted, pipeline.Returned, pipeline.Rejected, pipeline.Approved, pipeline.Withdrawn:
		p.review(e.Fact, e.Time)
	case pipeline.Marked, pipeline.Rendered, pipeline.Planned:
		p.make(e.Fact, e.Time)
	case pipeline.Chunk, pipeline.Attempted, pipeline.Receipt, pipeline.Settled:
		p.deliver(e.Fact, e.Time)
	case pipeline.Parked:
		var body pipeline.ParkedBody
		if e.Fact.Decode(&body) == nil {
			p.parked[parkedPlace{body.Worker, body.Subject}] = true
		}
	case pipeline.Retried:
		var body pipeline.RetriedBody
		if e.Fact.Decode(&body) == nil {
			delete(p.parked, parkedPlace{body.Worker, body.Subject})
		}
	}
}

// Read is how far the streams have been read, to go on from.
func (p *Projection) Read() queue.Positions {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.read)
}

// reaches reports whether everything up to the positions has been read.
func (p *Projection) reaches(last queue.Positions) bool {
	return p.read.Lag(last, queue.Streams()...) == 0
}

func (p *Projection) review(f pipeline.Fact, at time.Time) {
	r := p.revisions[f.Ref]
	if r == nil {
		r = &revision{}
		p.revisions[f.Ref] = r
	}
	switch f.Name {
	case pipeline.Submitted:
		r.submitted = at
		if before := p.revisions[p.newest[f.Ref.ID]]; before != nil && before != r {
			before.decided = true // a new revision voids what was said of the one before
		}
		p.newest[f.Ref.ID] = f.Ref
	case pipeline.Withdrawn:
		if newest := p.revisions[p.newest[f.Ref.ID]]; newest != nil {
			newest.decided = true
		}
	case pipeline.Approved:
		r.approved, r.decided = at, true
		p.spent(stageReview, r.submitted, at)
	default:
		r.decided = true
	}
}

func (p *Projection) edition(at place) *edition {
	e := p.editions[at]
	if e == nil {
		e = &edition{settled: map[int]bool{}}
		p.editions[at] = e
	}
	return e
}

// of is the count of one nation's recipients.
func (p *Projection) of(n pipeline.Nation) *outcomes {
	out := p.outcomes[n]
	if out == nil {
		out = &outcomes{}
		p.outcomes[n] = out
	}
	return out
}

func (p *Projection) make(f pipeline.Fact, at time.Time) {
	e := p.edition(place{f.Ref, f.Nation})
	switch f.Name {
	case pipeline.Marked:
		var body pipeline.MarkedBody
		_ = f.Decode(&body) // without it the precedence stays unknown
		e.marked, e.precedence = at, body.Precedence
		if r := p.revisions[f.Ref]; r != nil {
			p.spent(stageMark, r.approved, at)
		}
	case pipeline.Rendered:
		e.rendered = at
		p.spent(stageRender, e.marked, at)
	case pipeline.Planned:
		var body pipeline.PlannedBody
		if f.Decode(&body) != nil {
			return
		}
		e.planned, e.chunks = at, body.Chunks
		p.of(f.Nation)[parked] += body.Parked
		p.spent(stagePlan, e.rendered, at)
		p.completed(e, at)
	}
}

// spent adds a time to a stage's. Facts of one stream are in order; of two, the clocks of one server are.
func (p *Projection) spent(stage string, from, to time.Time) {
	if from.IsZero() {
		return
	}
	h := p.took[stage]
	if h == nil {
		h = newHistogram()
		p.took[stage] = h
	}
	h.add(max(0, to.Sub(from)))
}
