package desk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// InReview returns the bulletins whose newest revision is undecided.
func (b *Board) InReview() []pipeline.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []pipeline.ID
	for id, s := range b.bulletins {
		if s.revision > 0 && s.decision == "" && !s.withdrawn {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// All returns the status of every bulletin, by number and then by id.
func (b *Board) All(ctx context.Context) []Status {
	b.mu.Lock()
	ids := slices.Collect(maps.Keys(b.bulletins))
	b.mu.Unlock()
	var out []Status
	for _, id := range ids {
		if s, ok := b.Status(ctx, id); ok {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Status) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// newestFirst returns every bulletin, by when its newest revision was handed in.
func (b *Board) newestFirst() []pipeline.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []pipeline.ID
	for id, s := range b.bulletins {
		if s.revision > 0 {
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(x, y pipeline.ID) int {
		return cmp.Or(b.bulletins[y].submitted.At.Compare(b.bulletins[x].submitted.At), cmp.Compare(x, y))
	})
	return out
}

// submitted returns the fact that handed in the newest revision.
func (b *Board) submitted(id pipeline.ID) (pipeline.Fact, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.bulletins[id]
	if !ok || s.revision == 0 {
		return pipeline.Fact{}, false
	}
	return s.submitted, true
}

// still returns what stands still of a bulletin: work, and recipients of one nation. Of many recipients it names some
// for each reason.
func (b *Board) still(id pipeline.ID, n pipeline.Nation) []Still {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.bulletins[id]
	if !ok {
		return nil
	}
	newest := s.newestRelease()
	var out []Still
	for _, work := range s.standing() {
		out = append(out, stillOf(work.ref, work.at, work.ParkedBody))
	}
	if e := s.editions[newest][n]; e != nil {
		out = append(out, stillFew(pipeline.Ref{ID: id, Revision: newest}, n, e.standingStill())...)
	}
	for i := range out {
		out[i].Number = s.released[newest].Number
	}
	return out
}

// stillFew names every parked recipient, or, where they are many, some of each cause.
func stillFew(ref pipeline.Ref, n pipeline.Nation, parked []parkedRecipient) (out []Still) {
	more := map[string]int{}
	if len(parked) > few {
		for _, c := range causes(parked) {
			for _, address := range c.First {
				more[address] = 0
			}
			more[c.First[len(c.First)-1]] = c.Recipients - len(c.First)
		}
	}
	for _, p := range parked {
		left, named := more[p.address]
		if named || len(more) == 0 {
			out = append(out, Still{Ref: ref, Nation: n, Recipient: p.address, Reason: p.reason.Value(), At: p.at, More: left})
		}
	}
	return out
}

// parks reports whether a recipient of the newest release is parked; case does not matter.
func (b *Board) parks(id pipeline.ID, n pipeline.Nation, address string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.bulletins[id]
	if !ok {
		return false
	}
	e := s.editions[s.newestRelease()][n]
	return e != nil && slices.ContainsFunc(e.standingStill(), func(p parkedRecipient) bool { return strings.EqualFold(p.address, address) })
}

// ledgerOf returns what the ledger of one nation's edition of the newest release consists of; false if it is not planned.
func (b *Board) ledgerOf(id pipeline.ID, n pipeline.Nation) (l ledger, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.bulletins[id]
	if s == nil {
		return l, false
	}
	revision := s.newestRelease()
	e := s.editions[revision][n]
	if e == nil || !e.planned {
		return l, false
	}
	l = ledger{ref: pipeline.Ref{ID: id, Revision: revision}, nation: n, plan: e.plan, notMeant: e.notMeant, planChunks: e.planChunks, acknowledged: e.acknowledged}
	for ordinal := range e.resent {
		l.again = max(l.again, ordinal)
	}
	return l, true
}
