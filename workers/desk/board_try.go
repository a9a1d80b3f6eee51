package desk

import (
	"math"

	"bulletin/pipeline"
)

// try is what is known of one attempt at one recipient.
type try byte

const (
	tryNone  try = iota
	tryOpen      // begun, and no answer is on record: in doubt
	tryDoubt     // the answer is that nobody knows
	tryDeferred
	trySent
	tryParked
)

func tryOf(s pipeline.DeliveryState) try {
	switch s {
	case pipeline.StateSent:
		return trySent
	case pipeline.StateParked:
		return tryParked
	case pipeline.StateDeferred:
		return tryDeferred
	}
	return tryDoubt
}

// maxPlace bounds a recipient's place in a chunk: configuration allows a thousand.
const maxPlace = 1 << 16

// try is where an attempt at a recipient is noted; nil if there can be no such recipient.
func (c *chunkStanding) try(ordinal, index int) *try {
	if index < 1 || index > maxPlace {
		return nil
	}
	row := c.tries[ordinal]
	if len(row) < index {
		row = append(row, make([]try, index-len(row))...)
		if c.tries == nil {
			c.tries = map[int][]try{}
		}
		c.tries[ordinal] = row
	}
	return &row[index-1]
}

// count is how it stands with the chunk's recipients.
func (c *chunkStanding) count() (sum counts) {
	if c.settled {
		return c.counts
	}
	places := 0
	for _, row := range c.tries {
		places = max(places, len(row))
	}
	for place := range places {
		sum.add(c.countOne(place))
	}
	return sum
}

// countOne is how it stands with one recipient, as the answer to the newest attempt has it. What was sent is sent: the
// answer to an attempt may come after the next was made.
func (c *chunkStanding) countOne(place int) (one counts) {
	newest, last := 0, tryNone
	for ordinal, row := range c.tries {
		if place >= len(row) || row[place] == tryNone {
			continue
		}
		t := row[place]
		one.attempted = 1
		if t == tryOpen || t == tryDoubt {
			one.inDoubt++
		}
		if t == trySent {
			newest, last = math.MaxInt, t
		} else if t != tryOpen && ordinal > newest {
			newest, last = ordinal, t
		}
	}
	switch last {
	case trySent:
		one.sent = 1
	case tryParked:
		one.parked = 1
	}
	return one
}

// attempts is how many are on record at one recipient.
func (c *chunkStanding) attempts(place int) (n int) {
	for _, row := range c.tries {
		if place < len(row) && row[place] != tryNone {
			n++
		}
	}
	return n
}
