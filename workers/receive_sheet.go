package workers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// keptSheets is how many are kept for the next reply, which is most likely about one of them.
const keptSheets = 8

// sheets are kept in the order in which they were last used, least recently first.
type sheets struct{ kept []*sheet }

// sheet is what the facts say of one revision's recipients of one nation. Nothing of it ever becomes untrue; what was
// published since is missing, and whoever misses something reads it again.
type sheet struct {
	ref    pipeline.Ref
	nation pipeline.Nation
	places map[string][]seat // in the chunks, by address in small letters
	given  *given            // nil until somebody asks
}

// seat is one recipient's in a chunk.
type seat struct {
	chunk, index int
	address      string // as it was planned, which the list may spell in other letters now
}

// given is who has acknowledged.
type given struct {
	addresses map[string]bool // in small letters
	next      int             // the next free ordinal
}

func (s *sheets) of(ref pipeline.Ref, n pipeline.Nation) *sheet {
	i := slices.IndexFunc(s.kept, func(k *sheet) bool { return k.ref == ref && k.nation == n })
	at := &sheet{ref: ref, nation: n}
	if i >= 0 {
		at = s.kept[i]
		s.kept = slices.Delete(s.kept, i, i+1)
	}
	if s.kept = append(s.kept, at); len(s.kept) > keptSheets {
		s.kept = slices.Delete(s.kept, 0, 1)
	}
	return at
}

// find returns where a recipient was planned for.
func (s *sheet) find(ctx context.Context, facts Facts, address string) ([]seat, error) {
	key := strings.ToLower(address)
	if found := s.places[key]; len(found) > 0 {
		return found, nil
	}
	chunks, _, err := facts.Facts(ctx, fmt.Sprintf("delivery.chunk.*.%s.%s.*", s.nation, s.ref))
	if err != nil {
		return nil, err
	}
	s.places = map[string][]seat{}
	for _, f := range chunks {
		var body pipeline.ChunkBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		for at, a := range body.Recipients {
			key := strings.ToLower(a.Address)
			s.places[key] = append(s.places[key], seat{f.Chunk, at + 1, a.Address})
		}
	}
	return s.places[key], nil
}

// attempted returns the first of the places to which a mail was begun.
func (s *sheet) attempted(ctx context.Context, facts Facts, places []seat) (seat, bool, error) {
	for _, p := range places {
		attempts, _, err := facts.Facts(ctx, fmt.Sprintf("delivery.attempted.%s.%s.%d.*", s.nation, s.ref, p.chunk))
		if err != nil {
			return seat{}, false, err
		}
		for _, f := range attempts {
			var body pipeline.AttemptedBody
			if err := f.Decode(&body); err != nil {
				return seat{}, false, err
			}
			if slices.Contains(body.Indexes, p.index) {
				return p, true, nil
			}
		}
	}
	return seat{}, false, nil
}

// acknowledged returns who has acknowledged, read again after forget.
func (s *sheet) acknowledged(ctx context.Context, facts Facts) (*given, error) {
	if s.given != nil {
		return s.given, nil
	}
	all, _, err := facts.Facts(ctx, fmt.Sprintf("bulletin.%s.%s.%s.*", s.ref, pipeline.Acknowledged, s.nation))
	if err != nil {
		return nil, err
	}
	g := &given{addresses: map[string]bool{}, next: 1}
	for _, f := range all {
		var body pipeline.AcknowledgedBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		g.addresses[strings.ToLower(body.Address)] = true
		g.next = max(g.next, f.Ordinal+1)
	}
	s.given = g
	return g, nil
}
