// Package delivery reads out of the facts what became of the recipients of a chunk: for deliver, which goes by it, for
// people, who are told it, and for the metrics.
package delivery

import (
	"cmp"
	"slices"

	"bulletin/pipeline"
)

// Tries is what is known of the attempts at one chunk's recipients: an octet for each. It may take them in any order, since
// receipts lie in another stream than the attempts that they answer. The zero value knows of none.
type Tries struct{ rows []row } // by ordinal

type row struct {
	ordinal int
	tries   []try // by the recipient's place, from 0
}

type try byte

const (
	none try = iota
	open     // begun, and no answer is on record
	sent
	parked
	deferred
	inDoubt
)

var states = [...]pipeline.DeliveryState{
	none: pipeline.StatePlanned, open: pipeline.StateInDoubt, sent: pipeline.StateSent, parked: pipeline.StateParked,
	deferred: pipeline.StateDeferred, inDoubt: pipeline.StateInDoubt,
}

func tryOf(s pipeline.DeliveryState) try {
	switch s {
	case pipeline.StateSent:
		return sent
	case pipeline.StateParked:
		return parked
	case pipeline.StateDeferred:
		return deferred
	}
	return inDoubt
}

// Standing is how it stands with one recipient.
type Standing struct {
	State    pipeline.DeliveryState
	Attempts int
	InDoubt  int // attempts of which it is not known whether they sent the mail, or that followed one that had
	By       int // ordinal of the attempt that State is of; 0 if there was none
}

// maxPlace bounds a recipient's place in a chunk: configuration allows a thousand.
const maxPlace = 1 << 16

// at is where an attempt at a recipient is noted; nil if there can be no such recipient.
func (t *Tries) at(ordinal, index int) *try {
	if index < 1 || index > maxPlace {
		return nil
	}
	i, found := slices.BinarySearchFunc(t.rows, ordinal, func(r row, ordinal int) int { return cmp.Compare(r.ordinal, ordinal) })
	if !found {
		t.rows = slices.Insert(t.rows, i, row{ordinal: ordinal})
	}
	r := &t.rows[i]
	if missing := index - len(r.tries); missing > 0 {
		r.tries = append(r.tries, make([]try, missing)...)
	}
	return &r.tries[index-1]
}

// Begin notes an attempt at a recipient, by their index from 1.
func (t *Tries) Begin(ordinal, index int) {
	if at := t.at(ordinal, index); at != nil && *at == none {
		*at = open
	}
}

// Answer notes what came of one.
func (t *Tries) Answer(ordinal, index int, s pipeline.DeliveryState) {
	if at := t.at(ordinal, index); at != nil {
		*at = tryOf(s)
	}
}

// Places is how many places there are at least.
func (t *Tries) Places() (n int) {
	for _, r := range t.rows {
		n = max(n, len(r.tries))
	}
	return n
}

// Of is how it stands with the recipient at a place, from 0: as the answer to the newest attempt has it, in doubt until
// there is one. Whoever was sent the mail by any of them is sent no other: the receipt of an attempt may come late, from a
// process that another had taken over from. Until then it was in doubt, so the attempt after it counts as that.
func (t *Tries) Of(place int) (s Standing) {
	s.State = pipeline.StatePlanned
	for _, r := range t.rows {
		if place >= len(r.tries) || r.tries[place] == none {
			continue
		}
		s.Attempts++
		state, late := states[r.tries[place]], s.State == pipeline.StateSent
		if late || state == pipeline.StateInDoubt {
			s.InDoubt++
		}
		if !late {
			s.State, s.By = state, r.ordinal
		}
	}
	return s
}
