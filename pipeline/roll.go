package pipeline

import "strings"

// Roll is a nation's list as it was read once: in its order, and by address. Nobody changes one that was handed out, so
// that two are the same list exactly if they are the same pointer.
type Roll struct {
	list  []Recipient
	place map[string]int32 // in list, by address in small letters: an address may be written in any case
}

// NewRoll returns the list with its index. Of two entries for one address the later counts.
func NewRoll(list []Recipient) *Roll {
	r := &Roll{list: list, place: make(map[string]int32, len(list))}
	for i := range list {
		r.place[strings.ToLower(list[i].Address)] = int32(i)
	}
	return r
}

// All returns the list in its order. The caller must not change it.
func (r *Roll) All() []Recipient { return r.list }

// Find returns who has that address, whatever the case of its letters.
func (r *Roll) Find(address string) (Recipient, bool) {
	i, ok := r.Index(address)
	if !ok {
		return Recipient{}, false
	}
	return r.list[i], true
}

// Index returns their place in the list.
func (r *Roll) Index(address string) (int, bool) {
	i, ok := r.place[strings.ToLower(address)]
	return int(i), ok
}
