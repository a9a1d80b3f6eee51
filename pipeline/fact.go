package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Name says what happened.
type Name string

// The facts of a bulletin's life. Beside each: who publishes it, and how often.
const (
	Submitted Name = "submitted" // desk; once a revision
	Claimed   Name = "claimed"   // desk; each time a reviewer takes an item for a while, with an ordinal
	Commented Name = "commented" // desk; each comment on a revision or a portion of it, with an ordinal
	Approval  Name = "approval"  // desk; one for each approver, with an ordinal
	Returned  Name = "returned"  // desk; once a revision
	Rejected  Name = "rejected"  // desk; once a revision
	Approved  Name = "approved"  // tally; once a revision, when the last portion has its quorum
	Numbered  Name = "numbered"  // mark, or recall for a withdrawal; once a revision: the release
	Marked    Name = "marked"    // mark, recall; once for each nation with an edition
	Rendered  Name = "rendered"  // render; once for each nation with an edition
	Planned   Name = "planned"   // plan; once for each nation with an edition
	Parked    Name = "parked"    // the runner; each time work on a fact stands still, with an ordinal
	Retried   Name = "retried"   // desk; each time a person sets parked work going again, with an ordinal; plan, of a chunk that a withdrawal waits for

	// Life after release.
	Withdrawal   Name = "withdrawal"   // desk; each signed demand to withdraw, with an ordinal
	Withdrawn    Name = "withdrawn"    // demands; once a bulletin, when two people demand it
	Resent       Name = "resent"       // desk; each time a person has a mail sent again, with the nation and an ordinal
	Acknowledged Name = "acknowledged" // receive; each recipient who says that they have it, with the nation and an ordinal

	// Delivery, by chunks of one nation's recipients.
	Chunk     Name = "chunk"     // dispatch; once a chunk: the recipients
	Attempted Name = "attempted" // deliver; each time, with an ordinal, synced before the first DATA
	Receipt   Name = "receipt"   // deliver; the relay's answers about some recipients of an attempt, with its ordinal and a part
	Settled   Name = "settled"   // deliver; once a chunk: every recipient is sent or parked

	// Noticed is a mail to one of the desk's people; it may be about no bulletin at all.
	Noticed Name = "noticed" // notify; once for each person and matter

	// Reserved is the allotment of a number; its subject carries the number.
	Reserved Name = "reserved" // mark; once a number, for ever
)

// A Fact is one thing that happened, published once to a stream and never edited.
// What identifies it stands in its subject; Body holds ids, digests and small structured
// data. Neither holds a title, a text or a comment; those lie in the object store, by digest.
type Fact struct {
	Name       Name            `json:"name"`
	Ref        Ref             `json:"ref"`
	Nation     Nation          `json:"nation,omitempty"`     // facts about one nation's edition
	Precedence Precedence      `json:"precedence,omitempty"` // chunk
	Chunk      int             `json:"chunk,omitempty"`      // chunk, attempted, receipt, settled: from 1
	Part       int             `json:"part,omitempty"`       // receipt: which of its attempt, from 1
	Ordinal    int             `json:"ordinal,omitempty"`    // facts that can repeat: from 1; settled: after how many attempts
	Number     string          `json:"number,omitempty"`     // reserved
	About      string          `json:"about,omitempty"`      // noticed: the matter, as one token
	Person     string          `json:"person,omitempty"`     // noticed: who was told
	At         time.Time       `json:"at"`                   // UTC
	By         string          `json:"by"`                   // a person's name, or a worker's
	Body       json.RawMessage `json:"body"`
}

// Subject is where the fact is published. A fact that happens once has one subject:
//
//	bulletin.<id>.<rev>.<name>[.<nation>][.<ordinal>]
//	delivery.chunk.<precedence>.<nation>.<id>.<rev>.<chunk>
//	delivery.attempted.<nation>.<id>.<rev>.<chunk>.<ordinal>
//	delivery.settled.<nation>.<id>.<rev>.<chunk>.<attempts>
//	receipt.<nation>.<id>.<rev>.<chunk>.<ordinal>.<part>
//	number.<number>
//	notice[.<id>.<rev>].<about>.<person>
//
// What deliver says of a chunk matches delivery.*.<nation>.<id>.<rev>.<chunk>.> and nothing else does, so that each can be
// published on the condition that the one before it is the last.
//
// Notices stand apart from their bulletin's facts, whose last sequence people's decisions depend on.
func (f Fact) Subject() string {
	ref := f.Ref.String()
	switch f.Name {
	case Chunk:
		return fmt.Sprintf("delivery.chunk.%s.%s.%s.%d", f.Precedence, f.Nation, ref, f.Chunk)
	case Attempted:
		return fmt.Sprintf("delivery.attempted.%s.%s.%d.%d", f.Nation, ref, f.Chunk, f.Ordinal)
	case Settled:
		return fmt.Sprintf("delivery.settled.%s.%s.%d.%d", f.Nation, ref, f.Chunk, f.Ordinal)
	case Receipt:
		return fmt.Sprintf("receipt.%s.%s.%d.%d.%d", f.Nation, ref, f.Chunk, f.Ordinal, f.Part)
	case Reserved:
		return "number." + f.Number
	case Noticed:
		if f.Ref.ID == "" {
			return fmt.Sprintf("notice.%s.%s", f.About, f.Person)
		}
		return fmt.Sprintf("notice.%s.%s.%s", ref, f.About, f.Person)
	}
	tokens := []string{"bulletin", ref, string(f.Name)}
	if f.Nation != "" {
		tokens = append(tokens, string(f.Nation))
	}
	if f.Ordinal > 0 {
		tokens = append(tokens, strconv.Itoa(f.Ordinal))
	}
	return strings.Join(tokens, ".")
}

// Identity is the digest of what the fact says, leaving out when it was published: a fact
// published again after a crash is the same fact.
func (f Fact) Identity() Digest {
	f.At = time.Time{}
	b, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("pipeline: fact %s has a body that is not JSON: %v", f.Subject(), err))
	}
	return DigestOf(b)
}

// NewFact returns a fact about ref with body encoded as JSON.
func NewFact(name Name, ref Ref, by string, body any) (Fact, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return Fact{}, fmt.Errorf("encode %s: %w", name, err)
	}
	return Fact{Name: name, Ref: ref, By: by, Body: b}, nil
}

// Decode reads the fact's body into v, refusing fields that v does not know.
func (f Fact) Decode(v any) error {
	dec := json.NewDecoder(strings.NewReader(string(f.Body)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("decode %s: %w", f.Subject(), err)
	}
	return nil
}

// A Worker turns one fact into the facts that follow from it.
// Work must be safe to run twice on the same fact.
type Worker interface {
	Name() string     // durable consumer name; never renamed after deployment
	Consumes() string // subject filter
	Work(ctx context.Context, in Fact) ([]Fact, error)
}
