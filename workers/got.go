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
	open int                  // chunks with an attempt that are not settled: more may have got it in a moment
	idle []pipeline.Fact      // those of them whose attempts are all answered: they wait for their next one
}

// whoGot reads who of a nation got a revision before ref, as planned or sent again. Whoever has an attempt without a
// receipt is among them: they may have it.
//
// The order of reading matters to those who rely on what is not there. An attempt is on record before its first mail;
// what follows from it is read after it.
func whoGot(ctx context.Context, facts Facts, ref pipeline.Ref, n pipeline.Nation) (got, error) {
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
	for _, at := range newestPlaces(read[pipeline.Chunk]) {
		attempts := read[pipeline.Attempted][at]
		if len(attempts) == 0 {
			continue
		}
		var body pipeline.ChunkBody
		if err := read[pipeline.Chunk][at][0].Decode(&body); err != nil {
			return out, err
		}
		outcomes, err := outcomesOf(body.Recipients, read[pipeline.Settled][at], attempts, read[pipeline.Receipt][at])
		if err != nil {
			return out, err
		}
		inDoubt := func(o pipeline.Outcome) bool { return o.State == pipeline.StateInDoubt }
		if len(read[pipeline.Settled][at]) == 0 {
			out.open++
			if !slices.ContainsFunc(outcomes, inDoubt) {
				out.idle = append(out.idle, read[pipeline.Chunk][at][0])
			}
		}
		for i, o := range outcomes {
			if o.State == pipeline.StateSent || o.State == pipeline.StateInDoubt || o.InDoubt > 0 {
				out.who = append(out.who, body.Recipients[i])
			}
		}
	}
	return out, nil
}

// outcomesOf is what is known of a chunk's recipients, in its order.
func outcomesOf(recipients []pipeline.Addressee, settled, attempts, receipts []pipeline.Fact) ([]pipeline.Outcome, error) {
	if len(settled) > 0 {
		var body pipeline.SettledBody
		if err := settled[0].Decode(&body); err != nil {
			return nil, err
		}
		if len(body.Outcomes) != len(recipients) {
			return nil, fmt.Errorf("%s has %d outcomes for %d recipients", settled[0].Subject(), len(body.Outcomes), len(recipients))
		}
		return body.Outcomes, nil
	}
	l := newLedger(recipients)
	err := l.replay(attempts, receipts)
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
