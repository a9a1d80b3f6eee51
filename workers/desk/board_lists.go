package desk

import (
	"cmp"
	"maps"
	"slices"

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
func (b *Board) All() []Status {
	b.mu.Lock()
	ids := slices.Collect(maps.Keys(b.bulletins))
	b.mu.Unlock()
	var out []Status
	for _, id := range ids {
		if s, ok := b.Status(id); ok {
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

// still returns what stands still of a bulletin: work, and recipients of one nation.
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
		for _, address := range slices.Sorted(maps.Keys(e.recipients)) {
			if o := e.recipients[address].current(address); o.State == pipeline.StateParked {
				out = append(out, Still{Ref: pipeline.Ref{ID: id, Revision: newest}, Nation: n, Recipient: address, Reason: o.Reason, At: o.At})
			}
		}
	}
	for i := range out {
		out[i].Number = s.released[newest].Number
	}
	return out
}
