package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"bulletin/pipeline"
)

// editionStanding is what the board knows of one nation's edition of one revision.
type editionStanding struct {
	marked     pipeline.MarkedBody
	rendered   pipeline.RenderedBody
	planned    bool
	planChunks int                          // of the plan; those of mails that were sent again count on from there
	chunks     map[int][]pipeline.Addressee // by number
	settled    map[int]bool
	resent     map[int]string       // subjects of what people had sent again, by ordinal
	recipients map[string]*delivery // by address
	early      []earlyAttempt       // seen before its chunk
	excluded   []pipeline.Unreachable
}

type earlyAttempt struct {
	fact pipeline.Fact
	body pipeline.AttemptedBody
}

// delivery is one recipient of one edition. Whoever is sent the edition again stands in more than one chunk.
type delivery struct {
	chunks       map[int]*chunkLine // by number; 0 is the plan itself, which parks whom nothing can be sent to
	acknowledged time.Time          // as the recipient's signature says
}

// chunkLine is one recipient of one chunk, rebuilt from attempts and receipts.
type chunkLine struct {
	outcome  pipeline.Outcome
	attempts map[int]pipeline.DeliveryState // by ordinal; StateInDoubt until its receipt is there
	final    bool
}

// applyEdition takes in a fact about one nation's edition. The streams are followed side by side, so a
// receipt may come before the attempt that it answers, and a chunk before its plan.
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
	case pipeline.Resent:
		e.resent[f.Ordinal] = f.Subject()
	case pipeline.Chunk:
		var body pipeline.ChunkBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.chunk(f.Chunk, body.Recipients)
	case pipeline.Attempted:
		var body pipeline.AttemptedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.attempted(f, body)
	case pipeline.Receipt:
		var body pipeline.ReceiptBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		for _, a := range body.Answers {
			e.line(a.Address, f.Chunk).receipt(f.Ordinal, a.Outcome)
		}
	case pipeline.Settled:
		var body pipeline.SettledBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.settled[f.Chunk] = true
		for _, o := range body.Outcomes {
			line := e.line(o.Address, f.Chunk)
			line.outcome, line.final = o, true
		}
	case pipeline.Acknowledged:
		var body pipeline.AcknowledgedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		e.delivery(body.Address).acknowledged = body.Signed
	}
	return nil
}

func (e *editionStanding) delivery(address string) *delivery {
	d := e.recipients[address]
	if d == nil {
		d = &delivery{chunks: map[int]*chunkLine{}}
		e.recipients[address] = d
	}
	return d
}

func (e *editionStanding) line(address string, chunk int) *chunkLine {
	d := e.delivery(address)
	l := d.chunks[chunk]
	if l == nil {
		l = &chunkLine{
			outcome:  pipeline.Outcome{Address: address, State: pipeline.StatePlanned},
			attempts: map[int]pipeline.DeliveryState{},
		}
		d.chunks[chunk] = l
	}
	return l
}

func (e *editionStanding) take(plan pipeline.Plan) {
	e.planned, e.planChunks, e.excluded = true, len(plan.Chunks), plan.Excluded
	for i, chunk := range plan.Chunks {
		e.chunk(i+1, chunk)
	}
	for _, u := range plan.Parked {
		line := e.line(u.Address, 0)
		line.outcome.State, line.outcome.Reason, line.final = pipeline.StateParked, u.Reason, true
	}
}

// chunk takes in the recipients of a chunk, and the attempts at them that were seen before.
func (e *editionStanding) chunk(number int, recipients []pipeline.Addressee) {
	if _, known := e.chunks[number]; known {
		return
	}
	e.chunks[number] = recipients
	for _, a := range recipients {
		e.line(a.Address, number)
	}
	early := e.early
	e.early = nil
	for _, a := range early {
		e.attempted(a.fact, a.body)
	}
}

// attempted opens an attempt for each recipient it names: in doubt until the receipt is there.
func (e *editionStanding) attempted(f pipeline.Fact, body pipeline.AttemptedBody) {
	chunk, known := e.chunks[f.Chunk]
	if !known {
		e.early = append(e.early, earlyAttempt{f, body})
		return
	}
	for _, index := range body.Indexes {
		if index < 1 || index > len(chunk) {
			continue
		}
		line := e.line(chunk[index-1].Address, f.Chunk)
		if _, answered := line.attempts[f.Ordinal]; !answered {
			line.attempts[f.Ordinal] = pipeline.StateInDoubt
		}
		line.outcome.MessageID = body.MessageID
	}
}

func (l *chunkLine) receipt(ordinal int, o pipeline.Outcome) {
	l.attempts[ordinal] = o.State
	if !l.final {
		l.outcome = o
	}
}

func (e *editionStanding) status(n pipeline.Nation, parked []parkedWork) NationStatus {
	out := NationStatus{Nation: n, Edition: e.marked.Edition, Rendered: e.rendered, Complete: e.complete(parked),
		Excluded: len(e.excluded), NotMeant: slices.Clone(e.excluded)}
	for _, address := range slices.Sorted(maps.Keys(e.recipients)) {
		o := e.recipients[address].current(address)
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

// complete reports whether everything that is to be sent is sent or parked. What somebody wants sent again is
// open until it is a chunk that is settled, or parked itself.
func (e *editionStanding) complete(parked []parkedWork) bool {
	for number := range e.chunks {
		if !e.settled[number] {
			return false
		}
	}
	for ordinal, subject := range e.resent {
		still := slices.ContainsFunc(parked, func(p parkedWork) bool { return p.Subject == subject })
		if !e.settled[e.planChunks+ordinal] && !still {
			return false
		}
	}
	return e.planned
}

// current is the outcome as the facts so far have it: the newest mail's state, and the attempts at all of them.
func (d *delivery) current(address string) pipeline.Outcome {
	out, newest := pipeline.Outcome{Address: address, State: pipeline.StatePlanned}, -1
	attempts, inDoubt := 0, 0
	for number, line := range d.chunks {
		o := line.current()
		attempts, inDoubt = attempts+o.Attempts, inDoubt+o.InDoubt
		if number > newest {
			out, newest = o, number
		}
	}
	out.Attempts, out.InDoubt, out.Acknowledged = attempts, inDoubt, d.acknowledged
	return out
}

func (l *chunkLine) current() pipeline.Outcome {
	o := l.outcome
	if l.final {
		return o
	}
	o.Attempts, o.InDoubt = len(l.attempts), 0
	for _, state := range l.attempts {
		if state == pipeline.StateInDoubt {
			o.InDoubt++
		}
	}
	return o
}
