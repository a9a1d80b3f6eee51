package desk

import (
	"context"
	"maps"
	"slices"

	"bulletin/pipeline"
)

// applyEdition takes in a fact about one nation's edition. The streams are followed side by side, so a
// receipt may come before the attempt that it answers.
func (b *Board) applyEdition(ctx context.Context, e *editionStanding, f pipeline.Fact) error {
	switch f.Name {
	case pipeline.Marked:
		return f.Decode(&e.marked)
	case pipeline.Rendered:
		return f.Decode(&e.rendered)
	case pipeline.Planned:
		var body pipeline.PlannedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		doc, err := b.Documents.Get(ctx, body.Plan)
		if err != nil {
			return err
		}
		plan, err := pipeline.ParsePlan(doc)
		if err != nil {
			return err
		}
		e.take(plan)
	case pipeline.Attempted:
		var body pipeline.AttemptedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.attempted(f, body)
	case pipeline.Receipt:
		var o pipeline.Outcome
		if err := f.Decode(&o); err != nil {
			return err
		}
		e.receipt(f.Ordinal, o)
	case pipeline.Acknowledged:
		var body pipeline.AcknowledgedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.delivery(body.Address).acknowledged = body.Signed
	case pipeline.Settled:
		var body pipeline.SettledBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.settled[f.Chunk] = true
		for _, o := range body.Outcomes {
			d := e.delivery(o.Address)
			d.outcome, d.final = o, true
		}
	}
	return nil
}

func (e *editionStanding) delivery(address string) *delivery {
	d := e.recipients[address]
	if d == nil {
		d = &delivery{
			outcome:  pipeline.Outcome{Address: address, State: pipeline.StatePlanned},
			attempts: map[int]pipeline.DeliveryState{},
		}
		e.recipients[address] = d
	}
	return d
}

func (e *editionStanding) take(plan pipeline.Plan) {
	e.planned, e.chunks = true, len(plan.Chunks)
	e.plan = plan
	for _, chunk := range plan.Chunks {
		for _, a := range chunk {
			e.delivery(a.Address)
		}
	}
	for _, a := range e.early {
		e.attempted(a.fact, a.body)
	}
	e.early = nil
	for _, u := range plan.Parked {
		d := e.delivery(u.Address)
		d.outcome.State, d.outcome.Reason, d.final = pipeline.StateParked, u.Reason, true
	}
}

// attempted opens an attempt for each recipient it names: in doubt until the receipt is there.
func (e *editionStanding) attempted(f pipeline.Fact, body pipeline.AttemptedBody) {
	if !e.planned {
		e.early = append(e.early, earlyAttempt{f, body})
		return
	}
	if f.Chunk < 1 || f.Chunk > len(e.plan.Chunks) {
		return
	}
	chunk := e.plan.Chunks[f.Chunk-1]
	for _, index := range body.Indexes {
		if index < 1 || index > len(chunk) {
			continue
		}
		d := e.delivery(chunk[index-1].Address)
		if _, answered := d.attempts[f.Ordinal]; !answered {
			d.attempts[f.Ordinal] = pipeline.StateInDoubt
		}
		d.outcome.MessageID = body.MessageID
	}
}

func (e *editionStanding) receipt(ordinal int, o pipeline.Outcome) {
	d := e.delivery(o.Address)
	d.attempts[ordinal] = o.State
	if !d.final {
		d.outcome = o
	}
}

func (e *editionStanding) status(n pipeline.Nation) NationStatus {
	out := NationStatus{Nation: n, Edition: e.marked.Edition, Rendered: e.rendered}
	out.Complete = e.planned && len(e.settled) == e.chunks
	for _, address := range slices.Sorted(maps.Keys(e.recipients)) {
		o := e.recipients[address].current()
		out.Deliveries = append(out.Deliveries, o)
		out.Planned++
		if o.Attempts > 0 {
			out.Attempted++
		}
		out.InDoubt += o.InDoubt
		if !o.Acknowledged.IsZero() {
			out.Acknowledged++
		}
		switch o.State {
		case pipeline.StateSent:
			out.Sent++
		case pipeline.StateParked:
			out.Parked++
		}
	}
	return out
}

// current is the outcome as the facts so far have it.
func (d *delivery) current() pipeline.Outcome {
	o := d.outcome
	o.Acknowledged = d.acknowledged
	if d.final {
		return o
	}
	o.Attempts, o.InDoubt = len(d.attempts), 0
	for _, state := range d.attempts {
		if state == pipeline.StateInDoubt {
			o.InDoubt++
		}
	}
	return o
}
