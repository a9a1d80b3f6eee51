package desk

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"bulletin/pipeline"
)

// Board is a projection of the facts: where every bulletin stands. It holds nothing that can't be read
// from the streams again.
type Board struct {
	Documents interface {
		Get(ctx context.Context, d pipeline.Digest) ([]byte, error)
	}

	mu        sync.Mutex
	bulletins map[pipeline.ID]*standing
	changed   chan struct{} // closed and replaced at each change
}

// standing is what the board knows of one bulletin.
type standing struct {
	owner    pipeline.Nation
	revision int
	decision pipeline.Name
	number   string
	nations  []pipeline.Nation // that get an edition
	editions map[pipeline.Nation]*editionStanding
	parked   []pipeline.ParkedBody
}

type editionStanding struct {
	marked     pipeline.MarkedBody
	rendered   pipeline.RenderedBody
	planned    bool
	plan       pipeline.Plan
	chunks     int
	settled    map[int]bool
	recipients map[string]*delivery // by address
	early      []earlyAttempt       // seen before the plan
}

type earlyAttempt struct {
	fact pipeline.Fact
	body pipeline.AttemptedBody
}

// delivery is one recipient of one edition, rebuilt from attempts and receipts.
type delivery struct {
	outcome  pipeline.Outcome
	attempts map[int]pipeline.DeliveryState // by ordinal; StateInDoubt until its receipt is there
	final    bool

	acknowledged time.Time // as the recipient's signature says
}

// Status is where a bulletin stands.
type Status struct {
	ID       pipeline.ID           `json:"id"`
	Revision int                   `json:"revision"`
	Owner    pipeline.Nation       `json:"owner"`
	Number   string                `json:"number,omitempty"`
	State    string                `json:"state"` // in review, returned, rejected, approved, delivering, delivered
	Nations  []NationStatus        `json:"nations,omitempty"`
	Parked   []pipeline.ParkedBody `json:"parked,omitempty"` // work that stands still
}

// NationStatus is where one nation's edition stands.
type NationStatus struct {
	Nation     pipeline.Nation       `json:"nation"`
	Edition    pipeline.Digest       `json:"edition"`
	Rendered   pipeline.RenderedBody `json:"rendered"`
	Planned    int                   `json:"planned"`
	Attempted  int                   `json:"attempted"`
	Sent       int                   `json:"sent"`
	InDoubt    int                   `json:"in_doubt"`
	Parked     int                   `json:"parked"`
	Complete   bool                  `json:"complete"`
	Deliveries []pipeline.Outcome    `json:"deliveries,omitempty"`

	Acknowledged int `json:"acknowledged"` // recipients who signed that they have it
}

// Apply takes in one fact. Facts it does not need are passed over.
func (b *Board) Apply(ctx context.Context, f pipeline.Fact) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bulletins == nil {
		b.bulletins = map[pipeline.ID]*standing{}
	}
	s := b.bulletins[f.Ref.ID]
	if s == nil {
		s = &standing{editions: map[pipeline.Nation]*editionStanding{}}
		b.bulletins[f.Ref.ID] = s
	}
	if err := b.apply(ctx, s, f); err != nil {
		return fmt.Errorf("take %s onto the board: %w", f.Subject(), err)
	}
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
	return nil
}

func (b *Board) apply(ctx context.Context, s *standing, f pipeline.Fact) error {
	switch f.Name {
	case pipeline.Submitted:
		var body pipeline.SubmittedBody
		if f.Ref.Revision <= s.revision {
			return nil
		}
		s.revision, s.decision = f.Ref.Revision, ""
		if err := f.Decode(&body); err != nil {
			return err
		}
		s.owner = body.Nation
	case pipeline.Approved, pipeline.Returned, pipeline.Rejected:
		if f.Ref.Revision == s.revision {
			s.decision = f.Name
		}
	case pipeline.Numbered:
		var body pipeline.NumberedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		s.number, s.nations = body.Number, body.Nations
	case pipeline.Parked:
		var body pipeline.ParkedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		s.parked = append(s.parked, body)
	case pipeline.Retried:
		var body pipeline.RetriedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		s.parked = slices.DeleteFunc(s.parked, func(p pipeline.ParkedBody) bool {
			return p.Worker == body.Worker && p.Subject == body.Subject
		})
	case pipeline.Marked, pipeline.Rendered, pipeline.Planned, pipeline.Chunk, pipeline.Attempted, pipeline.Receipt, pipeline.Settled, pipeline.Acknowledged:
		e := s.editions[f.Nation]
		if e == nil {
			e = &editionStanding{settled: map[int]bool{}, recipients: map[string]*delivery{}}
			s.editions[f.Nation] = e
		}
		return b.applyEdition(ctx, e, f)
	}
	return nil
}

// InReview returns the bulletins whose newest revision is undecided.
func (b *Board) InReview() []pipeline.ID {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []pipeline.ID
	for id, s := range b.bulletins {
		if s.revision > 0 && s.decision == "" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Changed returns a channel that is closed when the board next changes.
func (b *Board) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.changed == nil {
		b.changed = make(chan struct{})
	}
	return b.changed
}

// Status returns where the bulletin stands.
func (b *Board) Status(id pipeline.ID) (Status, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.bulletins[id]
	if !ok || s.revision == 0 {
		return Status{}, false
	}
	out := Status{ID: id, Revision: s.revision, Owner: s.owner, Number: s.number, Parked: slices.Clone(s.parked)}
	complete := len(s.nations) > 0 && len(s.editions) == len(s.nations)
	for _, n := range slices.Sorted(maps.Keys(s.editions)) {
		ns := s.editions[n].status(n)
		complete = complete && ns.Complete
		out.Nations = append(out.Nations, ns)
	}
	out.State = s.state(complete)
	return out, true
}

func (s *standing) state(complete bool) string {
	switch {
	case s.decision == "":
		return "in review"
	case s.decision != pipeline.Approved:
		return string(s.decision)
	case complete:
		return "delivered"
	case s.number != "":
		return "delivering"
	}
	return "approved"
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
