package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"bulletin/pipeline"
	"bulletin/pipeline/delivery"
)

// piece reads the lines of one piece.
func (d *Desk) piece(ctx context.Context, l ledger, number int) ([]Line, error) {
	switch lots := number - l.planChunks - l.again; {
	case number < 1:
		return d.planLines(ctx, l)
	case lots > 0:
		return d.acknowledgedLines(ctx, l, (lots-1)*lot+1)
	}
	outcomes, err := d.chunkLines(ctx, l, number)
	lines := make([]Line, len(outcomes))
	for i, o := range outcomes {
		lines[i] = Line{Chunk: number, Outcome: o}
	}
	return lines, err
}

// planLines are those whom the plan parks, and whom the edition is not for.
func (d *Desk) planLines(ctx context.Context, l ledger) (out []Line, err error) {
	plan, err := documentOf[unreached](ctx, d.Store, l.plan)
	if err != nil {
		return nil, err
	}
	for _, u := range plan.Parked {
		out = append(out, Line{Outcome: pipeline.Outcome{Address: u.Address, State: pipeline.StateParked, Reason: u.Reason}})
	}
	for _, u := range plan.Excluded {
		out = append(out, Line{NotMeant: true, Outcome: pipeline.Outcome{Address: u.Address, Reason: u.Reason}})
	}
	if l.notMeant == "" {
		return out, nil
	}
	notMeant, err := documentOf[pipeline.NotMeant](ctx, d.Store, l.notMeant)
	for _, reason := range slices.Sorted(maps.Keys(notMeant)) {
		for _, address := range notMeant[reason] {
			out = append(out, Line{NotMeant: true, Outcome: pipeline.Outcome{Address: address, Reason: reason}})
		}
	}
	return out, err
}

// unreached is of a plan who can't be reached: the rest may be a hundred thousand, and is passed over. Whom the edition is
// not for stands in plans made before NotMeant was a document of its own.
type unreached struct{ Parked, Excluded []pipeline.Unreachable }

// documentOf reads what the plan stage has stored as JSON.
func documentOf[T any](ctx context.Context, docs interface {
	Get(ctx context.Context, d pipeline.Digest) ([]byte, error)
}, digest pipeline.Digest) (part T, err error) {
	doc, err := docs.Get(ctx, digest)
	if err != nil {
		return part, err
	}
	if err := json.Unmarshal(doc, &part); err != nil {
		return part, fmt.Errorf("read the plan: %w", err)
	}
	return part, nil
}

// lot is how many acknowledgements are read at the same time: each is a fact of its own.
const lot = 32

func (d *Desk) acknowledgedLines(ctx context.Context, l ledger, first int) ([]Line, error) {
	lines, errs := make([]Line, min(lot, l.acknowledged-first+1)), make([]error, lot)
	var reading sync.WaitGroup
	for i := range lines {
		reading.Go(func() { lines[i], errs[i] = d.acknowledgedLine(ctx, l, first+i) })
	}
	reading.Wait()
	lines = slices.DeleteFunc(lines, func(line Line) bool { return line.Address == "" })
	return lines, errors.Join(errs...)
}

func (d *Desk) acknowledgedLine(ctx context.Context, l ledger, ordinal int) (Line, error) {
	facts, _, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.%s.%s.%d", l.ref, pipeline.Acknowledged, l.nation, ordinal))
	if err != nil || len(facts) == 0 {
		return Line{}, err
	}
	var body pipeline.AcknowledgedBody
	err = facts[0].Decode(&body)
	return Line{Outcome: pipeline.Outcome{Address: body.Address, Acknowledged: body.Signed}}, err
}

// chunkLines are the recipients of a chunk: as it was settled, else as attempts and receipts have it.
func (d *Desk) chunkLines(ctx context.Context, l ledger, number int) ([]pipeline.Outcome, error) {
	at := fmt.Sprintf("%s.%s.%d", l.nation, l.ref, number)
	said, _, err := d.Store.Facts(ctx, "delivery.*."+at+".>") // attempts, and that it is settled
	if err != nil {
		return nil, err
	}
	if last := len(said) - 1; last >= 0 && said[last].Name == pipeline.Settled {
		var body pipeline.SettledBody
		err := said[last].Decode(&body)
		return body.Outcomes, err
	}
	to, err := d.addressees(ctx, l, number, at)
	if err != nil {
		return nil, err
	}
	receipts, _, err := d.Store.Facts(ctx, "receipt."+at+".>")
	if err != nil {
		return nil, err
	}
	return delivery.Outcomes(to, said, receipts)
}

// addressees are the recipients of a chunk, which dispatch may not have made yet.
func (d *Desk) addressees(ctx context.Context, l ledger, number int, at string) ([]pipeline.Addressee, error) {
	chunks, _, err := d.Store.Facts(ctx, "delivery.chunk.*."+at)
	if err != nil {
		return nil, err
	}
	if len(chunks) > 0 {
		var body pipeline.ChunkBody
		err := chunks[0].Decode(&body)
		return body.Recipients, err
	}
	if number > l.planChunks { // what somebody wants sent again is refused, or not looked at yet
		return nil, nil
	}
	if l.whole.Chunks == nil {
		doc, err := d.Store.Get(ctx, l.plan)
		if err != nil {
			return nil, err
		}
		if *l.whole, err = pipeline.ParsePlan(doc); err != nil {
			return nil, err
		}
	}
	if number > len(l.whole.Chunks) {
		return nil, fmt.Errorf("the plan of %s for %s has %d chunks, and is said to have %d", l.ref, l.nation, len(l.whole.Chunks), l.planChunks)
	}
	return l.whole.Chunks[number-1], nil
}
