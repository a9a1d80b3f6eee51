package pipeline

import (
	"errors"
	"fmt"
	"time"
)

// The outcome of a worker's work is its error's type. Nil means done, *Retry comes back later,
// *Permanent is parked at once, and any other error is retried with backoff and parked after
// a number of attempts.

// Retry asks for the same fact again after a while.
type Retry struct {
	After time.Duration
	Err   error // why; shown to the operator
}

func (e *Retry) Error() string { return fmt.Sprintf("retry in %s: %v", e.After, e.Err) }
func (e *Retry) Unwrap() error { return e.Err }

// Permanent parks the fact: trying again without a person's help would fail again, or an
// unknown error came up where the system fails closed (marking, eligibility, sealing).
type Permanent struct {
	Reason string // shown to people; no content of the bulletin in it
	Err    error
}

func (e *Permanent) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return fmt.Sprintf("%s: %v", e.Reason, e.Err)
}
func (e *Permanent) Unwrap() error { return e.Err }

// Conflict reports that a fact that happens once is already on record with other content.
type Conflict struct {
	Subject string
	Stored  Fact
}

func (e *Conflict) Error() string {
	return fmt.Sprintf("%s is already on record with other content", e.Subject)
}

// ErrMoved reports that the bulletin has changed since the caller looked: another decision or
// revision came first. The caller looks again and decides anew.
var ErrMoved = errors.New("the bulletin has moved on since you looked at it")

// ErrElsewhere says that another process has the same fact in hand and has gone on with it. This one leaves it alone: the
// other acknowledges it, or dies, and then it comes again.
var ErrElsewhere = errors.New("another process has gone on with it")

// ErrNotFound reports that a fact or document is not on record.
var ErrNotFound = errors.New("not found")
