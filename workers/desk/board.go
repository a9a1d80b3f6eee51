package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Board is a projection of the facts: where every bulletin stands. It holds nothing that can't be read
// from the streams again, and of recipients no more than what is not over, or waits for a person: a list has a hundred
// thousand of them, and who asks for each one is read it from the streams (ledger.go).
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
	owner     pipeline.Nation
	submitted pipeline.Fact // of the newest revision
	revision  int           // the newest that was handed in
	decision  pipeline.Name // of it
	embargo   time.Time     // of it, if it was approved before that time
	withdrawn bool
	released  map[int]pipeline.NumberedBody // by revision: versions, and the withdrawal
	editions  map[int]map[pipeline.Nation]*editionStanding
	parked    []parkedWork
}

// parkedWork is work that stands still.
type parkedWork struct {
	ref pipeline.Ref
	at  time.Time
	pipeline.ParkedBody
}

// inReview is the state of what people have not decided on.
const inReview = "in review"

// Status is where a bulletin stands.
type Status struct {
	ID       pipeline.ID     `json:"id"`
	Revision int             `json:"revision"` // the newest
	Owner    pipeline.Nation `json:"owner"`
	Number   string          `json:"number,omitempty"`
	Title    string          `json:"title,omitempty"` // as the nation of the person who asks gets it

	// State is one of: in review, returned, rejected, approved, embargoed, delivering, delivered, correcting (a
	// correction is on its way, and the released version stands), withdrawn.
	State     string    `json:"state"`
	Review    string    `json:"review,omitempty"` // of the correction: in review, returned, approved or embargoed
	Embargo   time.Time `json:"embargo,omitzero"` // UTC
	Released  int       `json:"released,omitempty"`
	Version   string    `json:"version,omitempty"` // the released one, which Nations is about
	Recall    string    `json:"recall,omitempty"`  // of a withdrawal: delivering or delivered; empty if nothing had been released
	Submitted time.Time `json:"submitted"`         // the newest revision

	Missing []review.Missing `json:"missing,omitempty"` // approvals, of the portions that the nation of the person who asks has

	Nations []NationStatus        `json:"nations,omitempty"`
	Parked  []pipeline.ParkedBody `json:"parked,omitempty"` // work that stands still
}

// NationStatus is where one nation's edition stands.
type NationStatus struct {
	Nation    pipeline.Nation       `json:"nation"`
	Edition   pipeline.Digest       `json:"edition"`
	Rendered  pipeline.RenderedBody `json:"rendered"`
	Planned   int                   `json:"planned"`
	Attempted int                   `json:"attempted"`
	Sent      int                   `json:"sent"`
	InDoubt   int                   `json:"in_doubt"` // attempts, also of mails that were sent since
	Parked    int                   `json:"parked"`
	Excluded  int                   `json:"excluded"` // on the list, and not meant to get it: a kind not wanted, above their limit

	Acknowledged int  `json:"acknowledged"` // recipients who signed that they have it
	Complete     bool `json:"complete"`

	Why []Cause `json:"why,omitempty"` // recipients are parked; of the person's own nation alone

	// Client.Ledger fills these in: everyone of the person's own nation, and who is excluded and why.
	Deliveries []pipeline.Outcome     `json:"deliveries,omitempty"`
	NotMeant   []pipeline.Unreachable `json:"not_meant,omitempty"`
}

// Apply takes in one fact. Facts it does not need are passed over.
func (b *Board) Apply(ctx context.Context, f pipeline.Fact) error {
	parked, err := b.unreached(ctx, f) // before the lock: people are answered while the store is waited for
	if err != nil {
		return fmt.Errorf("take %s onto the board: %w", f.Subject(), err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bulletins == nil {
		b.bulletins = map[pipeline.ID]*standing{}
	}
	s := b.bulletins[f.Ref.ID]
	if s == nil {
		s = &standing{released: map[int]pipeline.NumberedBody{}, editions: map[int]map[pipeline.Nation]*editionStanding{}}
		b.bulletins[f.Ref.ID] = s
	}
	if err := s.apply(f, parked); err != nil {
		return fmt.Errorf("take %s onto the board: %w", f.Subject(), err)
	}
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
	return nil
}

func (s *standing) apply(f pipeline.Fact, parked []pipeline.Unreachable) error {
	switch f.Name {
	case pipeline.Submitted:
		var body pipeline.SubmittedBody
		if f.Ref.Revision <= s.revision {
			return nil
		}
		if err := f.Decode(&body); err != nil {
			return err
		}
		s.revision, s.decision, s.embargo, s.submitted = f.Ref.Revision, "", time.Time{}, f
		s.owner = body.Nation
	case pipeline.Approved, pipeline.Returned, pipeline.Rejected:
		return s.decided(f)
	case pipeline.Withdrawn:
		s.withdrawn = true
	case pipeline.Numbered:
		var body pipeline.NumberedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		s.released[f.Ref.Revision] = body
	case pipeline.Parked:
		work := parkedWork{ref: f.Ref, at: f.At}
		if err := f.Decode(&work.ParkedBody); err != nil {
			return err
		}
		s.parked = append(s.parked, work)
	case pipeline.Retried:
		var body pipeline.RetriedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		s.parked = slices.DeleteFunc(s.parked, func(p parkedWork) bool {
			return p.Worker == body.Worker && p.Subject == body.Subject
		})
	case pipeline.Marked, pipeline.Rendered, pipeline.Planned, pipeline.Resent, pipeline.Acknowledged:
		return s.edition(f.Ref.Revision, f.Nation).apply(f, parked)
	case pipeline.Chunk, pipeline.Attempted, pipeline.Receipt, pipeline.Settled:
		return s.edition(f.Ref.Revision, f.Nation).applyChunk(f)
	}
	return nil
}

// decided takes in what was decided of the newest revision.
func (s *standing) decided(f pipeline.Fact) error {
	if f.Ref.Revision != s.revision {
		return nil
	}
	s.decision = f.Name
	if f.Name != pipeline.Approved {
		return nil
	}
	var body pipeline.ApprovedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	if body.Embargo.After(f.At) {
		s.embargo = body.Embargo
	}
	return nil
}

func (s *standing) edition(revision int, n pipeline.Nation) *editionStanding {
	if s.editions[revision] == nil {
		s.editions[revision] = map[pipeline.Nation]*editionStanding{}
	}
	e := s.editions[revision][n]
	if e == nil {
		e = &editionStanding{chunks: map[int]*chunkStanding{}, settled: map[int]bool{}, resent: map[int]string{}}
		s.editions[revision][n] = e
	}
	return e
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
func (b *Board) Status(ctx context.Context, id pipeline.ID) (Status, bool) {
	b.resolve(ctx, id)
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.bulletins[id]
	if !ok || s.revision == 0 {
		return Status{}, false
	}
	return s.status(id), true
}

func (s *standing) status(id pipeline.ID) Status {
	out := Status{ID: id, Revision: s.revision, Owner: s.owner, Submitted: s.submitted.At}
	out.Released = s.newestRelease()
	for _, work := range s.standing() {
		out.Parked = append(out.Parked, work.ParkedBody)
	}
	release := s.released[out.Released]
	out.Number, out.Version = release.Number, release.Version
	editions := s.editions[out.Released]
	complete := len(release.Nations) > 0 && len(editions) == len(release.Nations)
	for _, n := range slices.Sorted(maps.Keys(editions)) {
		ns := editions[n].status(n, s.parked)
		complete = complete && ns.Complete
		out.Nations = append(out.Nations, ns)
	}
	delivery := "delivering"
	if complete {
		delivery = "delivered"
	}
	if out.State = s.state(out.Released, delivery); out.State == "correcting" {
		out.Review = s.state(0, "")
	}
	if s.withdrawn && release.Withdrawal {
		out.Recall = delivery
	} else if s.withdrawn && out.Released > 0 {
		out.Recall = "delivering"
	}
	if s.decision == pipeline.Approved && s.revision > out.Released && !s.withdrawn {
		out.Embargo = s.embargo
	}
	return out
}

func (s *standing) newestRelease() (newest int) {
	for revision := range s.released {
		newest = max(newest, revision)
	}
	return newest
}

// standing returns the parked work that still matters: what somebody wanted sent again of a version that was followed
// by another does not.
func (s *standing) standing() []parkedWork {
	newest := s.newestRelease()
	return slices.DeleteFunc(slices.Clone(s.parked), func(p parkedWork) bool {
		return IsResend(p.Subject) && p.ref.Revision < newest
	})
}

// IsResend reports whether a fact that stands still is somebody's wish that one recipient be sent a mail again: that
// it was refused holds no release up.
func IsResend(subject string) bool {
	return strings.Contains(subject, "."+string(pipeline.Resent)+".")
}

// state puts a bulletin's standing into a word; delivery is how far the newest release has come.
func (s *standing) state(released int, delivery string) string {
	switch {
	case s.withdrawn:
		return "withdrawn"
	case released > 0 && s.revision > released && s.decision != pipeline.Rejected:
		return "correcting"
	case released > 0:
		return delivery
	case s.decision == "":
		return inReview
	case s.decision != pipeline.Approved:
		return string(s.decision)
	case !s.embargo.IsZero():
		return "embargoed"
	}
	return "approved"
}
