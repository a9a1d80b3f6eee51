package workers

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"bulletin/pipeline"
)

// got is what the record of delivery says of a nation's earlier mails of one bulletin.
type got struct {
	who  []pipeline.Addressee // who was sent one, or may have been; the newest mail first
	due  []pipeline.Addressee // who waits for one in a chunk that is not settled, and may be sent it in a moment
	open int                  // chunks with an attempt that are not settled: more may have got it in a moment
	idle []pipeline.Fact      // those of them that nobody works on: they wait for their next attempt, or are parked
}

// whoGot reads who of a nation got a revision before ref, as planned or sent again. Whoever has an attempt without a
// receipt is among them: they may have it. Where the streams are those of a copy, so is everyone whose mail the server
// that it was taken of may have sent.
//
// The order of reading matters to those who rely on what is not there. An attempt is on record before its first mail;
// what follows from it is read after it.
func whoGot(ctx context.Context, facts Facts, restored *Restored, ref pipeline.Ref, n pipeline.Nation) (got, error) {
	var out got
	read := map[pipeline.Name]map[place][]pipeline.Fact{}
	for _, r := range []struct {
		name   pipeline.Name
		filter string
	}{
		{pipeline.Attempted, fmt.Sprintf("delivery.attempted.%s.%s.>", n, ref.ID)},
		{pipeline.Settled, fmt.Sprintf("delivery.settled.%s.%s.>", n, ref.ID)},
		{pipeline.Receipt, fmt.Sprintf("receipt.%s.%s.>", n, ref.ID)},
		{pipeline.Chunk, fmt.Sprintf("delivery.chunk.*.%s.%s.>", n, ref.ID)},
	} {
		all, _, err := facts.Facts(ctx, r.filter)
		if err != nil {
			return out, fmt.Errorf("read who got %s: %w", ref.ID, err)
		}
		read[r.name] = byPlace(ref, all)
	}
	still, err := parkedChunks(ctx, facts, ref.ID)
	if err != nil {
		return out, err
	}
	for _, at := range newestPlaces(read[pipeline.Chunk]) {
		err := out.add(ctx, facts, restored, still, chunkRead{
			chunk: read[pipeline.Chunk][at][0], settled: read[pipeline.Settled][at],
			attempts: read[pipeline.Attempted][at], receipts: read[pipeline.Receipt][at],
		})
		if err != nil {
			return out, fmt.Errorf("read who got %s: %w", ref.ID, err)
		}
	}
	unmade, err := restored.unmade(ctx, facts, ref, n, read[pipeline.Chunk])
	out.open += unmade
	return out, err
}

// chunkRead is what was read of one chunk.
type chunkRead struct {
	chunk                       pipeline.Fact
	settled, attempts, receipts []pipeline.Fact
}

// add takes in one chunk. One that was never attempted reached nobody, unless a server did that the store is a copy of.
func (g *got) add(ctx context.Context, facts Facts, restored *Restored, still map[string]bool, r chunkRead) error {
	var body pipeline.ChunkBody
	if err := r.chunk.Decode(&body); err != nil {
		return err
	}
	copied := false
	if len(r.settled) == 0 {
		var err error
		if copied, err = restored.covers(ctx, facts, r.chunk); err != nil {
			return err
		}
		if len(r.attempts) == 0 && !copied {
			g.due = append(g.due, body.Recipients...)
			return nil
		}
	}
	outcomes, err := outcomesOf(body.Recipients, copied, r)
	if err != nil {
		return err
	}
	if len(r.settled) == 0 {
		g.open++
		underWay := slices.ContainsFunc(outcomes, func(o pipeline.Outcome) bool { return o.State == pipeline.StateInDoubt })
		if still[r.chunk.Subject()] || len(r.attempts) > 0 && !underWay {
			g.idle = append(g.idle, r.chunk)
		}
	}
	for i, o := range outcomes {
		if o.State == pipeline.StateSent || o.State == pipeline.StateInDoubt || o.InDoubt > 0 {
			g.who = append(g.who, body.Recipients[i])
		} else if o.State != pipeline.StateParked {
			g.due = append(g.due, body.Recipients[i])
		}
	}
	return nil
}

// parkedChunks returns the subjects of the bulletin's chunks whose delivery stands still.
func parkedChunks(ctx context.Context, facts Facts, id pipeline.ID) (map[string]bool, error) {
	all, _, err := factsOf(ctx, facts, id)
	if err != nil {
		return nil, err
	}
	still := map[string]bool{}
	for _, f := range all {
		var parked pipeline.ParkedBody
		var retried pipeline.RetriedBody
		switch {
		case f.Name == pipeline.Parked && f.Decode(&parked) == nil && parked.Worker == "deliver":
			still[parked.Subject] = true
		case f.Name == pipeline.Retried && f.Decode(&retried) == nil && retried.Worker == "deliver":
			delete(still, retried.Subject)
		}
	}
	return still, nil
}

// outcomesOf is what is known of a chunk's recipients, in its order.
func outcomesOf(recipients []pipeline.Addressee, copied bool, r chunkRead) ([]pipeline.Outcome, error) {
	if len(r.settled) > 0 {
		var body pipeline.SettledBody
		if err := r.settled[0].Decode(&body); err != nil {
			return nil, err
		}
		if len(body.Outcomes) != len(recipients) {
			return nil, fmt.Errorf("%s has %d outcomes for %d recipients", r.settled[0].Subject(), len(body.Outcomes), len(recipients))
		}
		return body.Outcomes, nil
	}
	l := newLedger(recipients)
	err := l.replay(recipients, r.attempts, r.receipts)
	if copied {
		l.copied()
	}
	return l.outcomes(), err
}

// place is a chunk of one nation's mails.
type place struct{ revision, chunk int }

// byPlace sorts facts of delivery of the revisions before ref.
func byPlace(ref pipeline.Ref, facts []pipeline.Fact) map[place][]pipeline.Fact {
	out := map[place][]pipeline.Fact{}
	for _, f := range facts {
		if at := (place{f.Ref.Revision, f.Chunk}); at.revision < ref.Revision {
			out[at] = append(out[at], f)
		}
	}
	return out
}

// newestPlaces returns the chunks, the newest revision first.
func newestPlaces(chunks map[place][]pipeline.Fact) []place {
	return slices.SortedFunc(maps.Keys(chunks), func(a, b place) int {
		return cmp.Or(cmp.Compare(b.revision, a.revision), cmp.Compare(b.chunk, a.chunk))
	})
}
