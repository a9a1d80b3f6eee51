package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/delivery"
	"bulletin/pipeline/queue"
	"bulletin/workers/metrics"
)

// deliverer is one chunk on its way, as processes that take it from one another leave it on record.
type deliverer struct {
	chunk              pipeline.Fact
	to                 []pipeline.Addressee
	attempts, receipts []pipeline.Fact
	unstored           []pipeline.Fact // parts of receipts that are written behind
	settled            bool
}

// made is a fact about the chunk.
func (d *deliverer) made(t fatal, name pipeline.Name, ordinal, part int, body any) pipeline.Fact {
	f := factOf(t, name, d.chunk.Ref, d.chunk.Nation, body)
	f.Chunk, f.Ordinal, f.Part = d.chunk.Chunk, ordinal, part
	return f
}

// attempt is one at all whom the record does not say to be sent to or parked. Its answers wait to be stored, in parts.
func (d *deliverer) attempt(t *rapid.T) (out []pipeline.Fact) {
	known, err := delivery.Outcomes(d.to, d.attempts, d.receipts)
	must(t, err)
	body, ordinal := pipeline.AttemptedBody{MessageID: "<m>"}, len(d.attempts)+1
	var answers []pipeline.Answer
	for i, o := range known {
		if o.State == pipeline.StateSent || o.State == pipeline.StateParked {
			continue
		}
		body.Indexes = append(body.Indexes, i+1)
		answers = append(answers, pipeline.Answer{Index: i + 1, Outcome: pipeline.Outcome{
			Address: o.Address, MessageID: "<m>", Attempts: o.Attempts + 1, At: testTime.Add(time.Duration(ordinal) * time.Hour), Reason: fmt.Sprint("at attempt ", ordinal),
			State: rapid.SampledFrom([]pipeline.DeliveryState{pipeline.StateSent, pipeline.StateParked, pipeline.StateDeferred, pipeline.StateInDoubt}).Draw(t, "answer"),
		}})
	}
	if len(body.Indexes) == 0 {
		return nil
	}
	d.attempts = append(d.attempts, d.made(t, pipeline.Attempted, ordinal, 0, body))
	for part := 1; len(answers) > 0; part++ {
		n := rapid.IntRange(1, len(answers)).Draw(t, "answers in a part")
		d.unstored = append(d.unstored, d.made(t, pipeline.Receipt, ordinal, part, pipeline.ReceiptBody{Answers: answers[:n]}))
		answers = answers[n:]
	}
	return d.attempts[ordinal-1:]
}

// store puts a part of a receipt on record, or loses it: a newer attempt may have been made since.
func (d *deliverer) store(t *rapid.T) []pipeline.Fact {
	if len(d.unstored) == 0 {
		return nil
	}
	i := rapid.IntRange(0, len(d.unstored)-1).Draw(t, "part")
	f := d.unstored[i]
	d.unstored = slices.Delete(d.unstored, i, i+1)
	if rapid.IntRange(0, 3).Draw(t, "lost") == 0 {
		return nil
	}
	d.receipts = append(d.receipts, f)
	return []pipeline.Fact{f}
}

// settle ends the chunk by the process that made the last attempt, which knows its answers, stored or not.
func (d *deliverer) settle(t *rapid.T) []pipeline.Fact {
	outcomes, err := delivery.Outcomes(d.to, d.attempts, slices.Concat(d.receipts, slices.DeleteFunc(slices.Clone(d.unstored), func(f pipeline.Fact) bool {
		return f.Ordinal != len(d.attempts)
	})))
	must(t, err)
	for i := range outcomes {
		if o := &outcomes[i]; o.State != pipeline.StateSent && o.State != pipeline.StateParked {
			o.State, o.Reason = pipeline.StateParked, "given up"
		}
	}
	d.settled = true
	return []pipeline.Fact{d.made(t, pipeline.Settled, len(d.attempts), 0, pipeline.SettledBody{Outcomes: outcomes})}
}

// deliveredBySome draws chunks of one edition and what processes make of them. It returns the streams.
func deliveredBySome(t *rapid.T, docs documents) [3][]pipeline.Fact {
	ref := pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: 1}
	var plan pipeline.Plan
	var chunks []*deliverer
	var all []pipeline.Fact
	recipients := 0
	for c := range rapid.IntRange(1, 3).Draw(t, "chunks") {
		d := &deliverer{}
		for range rapid.IntRange(1, 4).Draw(t, "recipients") {
			recipients++
			d.to = append(d.to, pipeline.Addressee{Address: addressOf(recipients)})
		}
		plan.Chunks = append(plan.Chunks, d.to)
		d.chunk = factOf(t, pipeline.Chunk, ref, pipeline.NZL, pipeline.ChunkBody{Recipients: d.to})
		d.chunk.Chunk, d.chunk.Precedence = c+1, pipeline.Routine
		chunks, all = append(chunks, d), append(all, d.chunk)
	}
	doc, err := json.Marshal(plan)
	must(t, err)
	digest, _ := docs.Put(ctx, doc)
	facts := []pipeline.Fact{
		factOf(t, pipeline.Submitted, ref, "", pipeline.SubmittedBody{Nation: pipeline.NZL}),
		factOf(t, pipeline.Numbered, ref, "", pipeline.NumberedBody{Number: "SA26-326A", Nations: []pipeline.Nation{pipeline.NZL}}),
		factOf(t, pipeline.Planned, ref, pipeline.NZL, pipeline.PlannedBody{Plan: digest, Recipients: recipients, Chunks: len(chunks)}),
	}
	for range rapid.IntRange(0, 20).Draw(t, "steps") {
		d := chunks[rapid.IntRange(0, len(chunks)-1).Draw(t, "chunk")]
		switch step := rapid.IntRange(0, 9).Draw(t, "step"); {
		case step > 3 || d.settled: // receipts are stored late, after the chunk is settled too
			all = append(all, d.store(t)...)
		case step > 0 || len(d.attempts) == 0:
			all = append(all, d.attempt(t)...)
		default:
			all = append(all, d.settle(t)...)
		}
	}
	streams := [3][]pipeline.Fact{facts}
	for _, f := range all {
		i := 1
		if f.Name == pipeline.Receipt {
			i = 2
		}
		streams[i] = append(streams[i], f)
	}
	return streams
}

// onRecord is what deliver would go by if the facts were all: of the chunks that are on record each recipient's outcome.
// ahead says that there is a receipt whose attempt is not among the facts: it lies in another stream, which may be read
// before. Deliver never reads so, since it reads attempts first; the board and the metrics believe the receipt already.
func onRecord(t fatal, facts []pipeline.Fact) (outcomes []pipeline.Outcome, doubts int, ahead bool) {
	by := map[int]*deliverer{}
	for _, f := range facts {
		if f.Name == pipeline.Chunk {
			var body pipeline.ChunkBody
			must(t, f.Decode(&body))
			by[f.Chunk] = &deliverer{to: body.Recipients}
		}
	}
	for _, f := range facts {
		switch d := by[f.Chunk]; {
		case f.Chunk > 0 && d == nil:
			return nil, 0, true
		case f.Name == pipeline.Attempted:
			d.attempts = append(d.attempts, f)
		case f.Name == pipeline.Receipt:
			d.receipts = append(d.receipts, f)
		case f.Name == pipeline.Settled:
			var body pipeline.SettledBody
			must(t, f.Decode(&body))
			d.settled = true
			for _, o := range body.Outcomes {
				outcomes, doubts = append(outcomes, o), doubts+o.InDoubt
			}
		}
	}
	for _, d := range by {
		ahead = ahead || slices.ContainsFunc(d.receipts, func(f pipeline.Fact) bool { return f.Ordinal > len(d.attempts) })
		if !d.settled {
			open, err := delivery.Outcomes(d.to, d.attempts, d.receipts)
			must(t, err)
			outcomes = append(outcomes, open...)
		}
	}
	slices.SortFunc(outcomes, func(a, b pipeline.Outcome) int { return cmp.Compare(a.Address, b.Address) })
	return outcomes, doubts, ahead
}

// TestAllWhoReadADeliveryAgree: whatever processes do with the chunks of an edition, what receipts are lost or late, and in
// whatever order the streams come, the board, its ledger and the metrics show of each recipient what deliver goes by.
// They may differ in three ways. A receipt that is read before its attempt (see onRecord). Recipients of chunks that are not
// on record: people are told of them by the plan, the metrics count them with their chunk. And in doubt are recipients for
// the metrics, by the state, and attempts for people, whatever the state is by now.
func TestAllWhoReadADeliveryAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs := documents{}
		left := deliveredBySome(t, docs)
		board, counted := &Board{Documents: docs}, metrics.NewProjection()
		counted.CatchUp(queue.Positions{})
		var read []pipeline.Fact
		for len(left[0])+len(left[1])+len(left[2]) > 0 {
			i := rapid.IntRange(0, 2).Draw(t, "stream")
			if len(left[i]) == 0 {
				continue
			}
			f := left[i][0]
			left[i], read = left[i][1:], append(read, f)
			must(t, board.Apply(ctx, f))
			counted.Apply(queue.Entry{Stream: queue.Streams()[i], Seq: uint64(len(read)), Fact: f})
			if len(left[0]) == 0 {
				agree(t, docs, board, counted, read)
			}
		}
	})
}

func agree(t *rapid.T, docs documents, board *Board, facts *metrics.Projection, read []pipeline.Fact) {
	want, doubts, ahead := onRecord(t, read)
	if ahead {
		return
	}
	states := map[string]int{"in_doubt, settled": doubts}
	for _, o := range want {
		states[strings.ReplaceAll(string(o.State), " ", "_")]++
	}
	s, _ := board.Status(ctx, "baaaaaaaaaaaa")
	shown, counted := numbersOf(s.Nations[0]), numbersIn(want)
	counted.planned = shown.planned // by the plan: chunks may be missing
	if shown != counted {
		t.Fatalf("the board shows %+v\nof %+v", shown, want)
	}
	lines, _, err := (&Desk{Store: records{docs, read}, Board: board}).Ledger(ctx, s.ID, pipeline.NZL)
	must(t, err)
	lines = slices.DeleteFunc(lines, func(o pipeline.Outcome) bool { // of the plan alone
		return !slices.ContainsFunc(want, func(w pipeline.Outcome) bool { return w.Address == o.Address })
	})
	if !slices.Equal(lines, want) {
		t.Fatalf("the ledger has %+v\nof %+v", lines, want)
	}
	for state, got := range scraped(t, facts) {
		if got != states[state] {
			t.Fatalf("the metrics count %d %s\nof %+v", got, state, want)
		}
	}
}

// scraped is how many recipients of NZL there are in each state, as Prometheus reads it, and attempts in doubt of settled
// chunks.
func scraped(t fatal, p *metrics.Projection) map[string]int {
	w := httptest.NewRecorder()
	c := &metrics.Collector{Facts: p, Source: func() metrics.Source { return noSource{} }, Clock: func() time.Time { return testTime }}
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	out := map[string]int{}
	for line := range strings.Lines(w.Body.String()) {
		var state string
		var n int
		if _, err := fmt.Sscanf(line, `bulletin_deliveries{nation="NZL",outcome=%q} %d`, &state, &n); err == nil {
			out[state] = n
		} else if _, err := fmt.Sscanf(line, `bulletin_deliveries_in_doubt_total{nation="NZL"} %d`, &n); err == nil {
			out["in_doubt, settled"] = n
		}
	}
	if len(out) != 6 {
		t.Fatalf("scraped %v", out)
	}
	return out
}

// noSource is a server of which nothing is known.
type noSource struct{}

func (noSource) Depths(context.Context) ([]queue.Depth, error) { return nil, nil }
func (noSource) RecordLag(context.Context) (uint64, error)     { return 0, nil }
func (noSource) Disk() (free, size uint64, err error)          { return 0, 0, nil }
func (noSource) Keys() []metrics.KeyStanding                   { return nil }
func (noSource) SigningKeyEnd() time.Time                      { return time.Time{} }
func (noSource) Ready(context.Context) bool                    { return true }
