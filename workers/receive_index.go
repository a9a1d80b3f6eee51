package workers

import (
	"fmt"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// signers finds the lines of the lists by the ids of their keys: with a hundred thousand, none can be tried one
// after the other. An index is made anew when its list was read anew.
type signers struct {
	byNation map[pipeline.Nation]*signerIndex
}

type signerIndex struct {
	list *pipeline.Roll
	keys map[uint64][]int // places in the list: ids collide
}

func (s *signers) find(lists Lists, n pipeline.Nation, id uint64) ([]pipeline.Recipient, error) {
	list, err := lists.Recipients(n)
	if err != nil {
		return nil, fmt.Errorf("the list of %s can't be read: %w", n, err)
	}
	index := s.byNation[n]
	if index == nil || index.list != list {
		index = indexOf(list)
		if s.byNation == nil {
			s.byNation = map[pipeline.Nation]*signerIndex{}
		}
		s.byNation[n] = index
	}
	var out []pipeline.Recipient
	for _, place := range index.keys[id] {
		out = append(out, list.All()[place])
	}
	return out, nil
}

func indexOf(list *pipeline.Roll) *signerIndex {
	index := &signerIndex{list: list, keys: map[uint64][]int{}}
	for i, r := range list.All() {
		ids, err := seal.KeyIDs(r.Key)
		if err != nil {
			continue // no key, or none that signs anything
		}
		for _, id := range ids {
			index.keys[id] = append(index.keys[id], i)
		}
	}
	return index
}
