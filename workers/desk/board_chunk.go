package desk

import (
	"encoding/json"
	"math"
	"slices"

	"bulletin/pipeline"
)

// chunkStanding is what the board knows of one chunk: until it is settled one octet for each attempt at each recipient,
// afterwards counts.
type chunkStanding struct {
	tries   map[int][]try // by the attempt's ordinal, from 1; by the recipient's place, from 0
	parked  []parkedRecipient
	settled bool
	counts  counts // once it is settled

	address string // of a chunk of one: it may be somebody's who is sent the edition again
	base    base   // of that one
}

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

// applyChunk takes in a fact about a chunk. The streams are followed side by side, so a receipt may come before the
// attempt that it answers, and after its chunk was settled, and a chunk before its plan.
func (e *editionStanding) applyChunk(f pipeline.Fact) error {
	if e.isOver(f.Chunk) {
		return nil
	}
	c := e.chunks[f.Chunk]
	if c == nil {
		c = &chunkStanding{}
		e.chunks[f.Chunk] = c
	}
	if err := c.apply(f); err != nil {
		return err
	}
	e.close(f.Chunk)
	return nil
}

func (c *chunkStanding) apply(f pipeline.Fact) error {
	if c.settled && f.Name != pipeline.Chunk {
		return nil
	}
	switch f.Name {
	case pipeline.Chunk:
		return c.begin(f)
	case pipeline.Attempted:
		var body pipeline.AttemptedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		for _, index := range body.Indexes {
			if t := c.try(f.Ordinal, index); t != nil && *t == tryNone {
				*t = tryOpen
			}
		}
	case pipeline.Receipt:
		return c.answered(f)
	case pipeline.Settled:
		return c.settle(f)
	}
	return nil
}

// begin notes whom a chunk of one is for.
func (c *chunkStanding) begin(f pipeline.Fact) error {
	var body struct{ Recipients []struct{} }
	if err := json.Unmarshal(f.Body, &body); err != nil || len(body.Recipients) != 1 {
		return err
	}
	var whole pipeline.ChunkBody
	err := f.Decode(&whole)
	c.address = whole.Recipients[0].Address
	return err
}

// result is what the board reads of an outcome. All the rest is read where a recipient is parked: a settled chunk
// has hundreds, and nearly all were sent.
type result struct {
	Index    int                    `json:"index"` // of an answer
	State    pipeline.DeliveryState `json:"state"`
	Attempts int                    `json:"attempts"`
	InDoubt  int                    `json:"in_doubt"`
}

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

func (c *chunkStanding) answered(f pipeline.Fact) error {
	var body struct{ Answers []result }
	if err := json.Unmarshal(f.Body, &body); err != nil {
		return err
	}
	var whole pipeline.ReceiptBody
	for i, a := range body.Answers {
		t := c.try(f.Ordinal, a.Index)
		if t == nil {
			continue
		}
		if a.State == pipeline.StateParked && *t != tryParked {
			if err := decodeOnce(f, &whole, whole.Answers == nil); err != nil {
				return err
			}
			c.park(whole.Answers[i].Outcome)
		}
		*t = tryOf(a.State)
	}
	return nil
}

// settle puts the final counts in the place of what was known so far.
func (c *chunkStanding) settle(f pipeline.Fact) error {
	var body struct{ Outcomes []result }
	if err := json.Unmarshal(f.Body, &body); err != nil {
		return err
	}
	c.settled, c.tries, c.parked = true, nil, nil
	var whole pipeline.SettledBody
	for i, o := range body.Outcomes {
		c.counts.inDoubt += o.InDoubt
		if o.Attempts > 0 {
			c.counts.attempted++
		}
		switch o.State {
		case pipeline.StateSent:
			c.counts.sent++
		case pipeline.StateParked:
			c.counts.parked++
			if err := decodeOnce(f, &whole, whole.Outcomes == nil); err != nil {
				return err
			}
			c.park(whole.Outcomes[i])
		}
	}
	c.parked = slices.Clip(c.parked)
	return nil
}

func decodeOnce(f pipeline.Fact, into any, first bool) error {
	if !first {
		return nil
	}
	return f.Decode(into)
}

func (c *chunkStanding) park(o pipeline.Outcome) {
	p := parkedOf(o.Address, o.Reason)
	p.at, p.attempted = o.At, o.Attempts > 0
	c.parked = append(c.parked, p)
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
