package pipeline

import (
	"encoding/json"
	"fmt"
	"time"
)

// The bodies of the facts. Documents are named by digest and lie in the object store.

// File is one file of a submission or of an edition.
type File struct {
	Name   string `json:"name"` // base name, within the draft's folder
	Digest Digest `json:"digest"`
	Size   int64  `json:"size"`
}

// SubmittedBody is the body of a Submitted fact.
type SubmittedBody struct {
	Author string `json:"author"` // who handed in this revision
	Nation Nation `json:"nation"` // the author's nation, which owns the bulletin

	// Corrects is the released revision that this one is a correction of; 0 before the first release.
	Corrects int `json:"corrects,omitempty"`

	Files  []Digest `json:"files"`  // in order of their names
	Names  Digest   `json:"names"`  // a Manifest as JSON, in the object store: file names may tell of content
	People Digest   `json:"people"` // the people file in force: who had which role and key
	Policy Digest   `json:"policy"` // the marking and review policy in force
}

// Manifest names the files of a submission.
type Manifest struct {
	Draft string `json:"draft"` // which of Files is the draft
	Files []File `json:"files"` // in order of name
}

// ApprovalBody is the body of an Approval fact: a signed canonical statement (package review).
type ApprovalBody struct {
	Reviewer  string `json:"reviewer"`
	Nation    Nation `json:"nation"`
	Statement string `json:"statement"` // digests only
	Signature string `json:"signature"` // armored detached OpenPGP signature over Statement
	People    Digest `json:"people"`    // the people file in force when it was given
}

// DecisionBody is the body of a Returned or Rejected fact.
type DecisionBody struct {
	Reviewer string `json:"reviewer"`
	Nation   Nation `json:"nation"`
	Comment  Digest `json:"comment"` // the comment's text lies in the object store
}

// ClaimedBody is the body of a Claimed fact. A claim stops nobody: it says who is reading.
type ClaimedBody struct {
	Reviewer string    `json:"reviewer"`
	Nation   Nation    `json:"nation"`
	Until    time.Time `json:"until"` // UTC; zero gives the item back
}

// CommentedBody is the body of a Commented fact.
type CommentedBody struct {
	Person  string `json:"person"`
	Nation  Nation `json:"nation"`
	Portion int    `json:"portion,omitempty"` // its place in the document, from 1; 0 is the whole
	Text    Digest `json:"text"`              // the text lies in the object store
}

// ApprovedBody is the body of an Approved fact.
type ApprovedBody struct {
	Statement Digest `json:"statement"` // of the statement that all approvals signed
	Approvals []int  `json:"approvals"` // ordinals of the Approval facts that make the quorum

	// Embargo is the draft's own, for the board to show; who holds the release back reads it in the draft.
	Embargo time.Time `json:"embargo,omitzero"` // UTC
}

// NumberedBody is the body of a Numbered fact.
type NumberedBody struct {
	Number   string    `json:"number"`
	Released time.Time `json:"released"` // UTC; the time printed in the editions
	Nations  []Nation  `json:"nations"`  // those that get an edition
	Version  string    `json:"version"`  // "1.0"; a correction's is the next

	// Withdrawal says that this is no version of the bulletin, but the word that it is withdrawn.
	Withdrawal bool `json:"withdrawal,omitempty"`
}

// MarkedBody is the body of a Marked fact.
type MarkedBody struct {
	Edition    Digest     `json:"edition"` // the edition as JSON, its slots filled
	Content    Digest     `json:"content"` // the digest that was approved, its slots empty
	Precedence Precedence `json:"precedence"`
	Number     string     `json:"number"`
	Version    string     `json:"version"`
}

// RenderedBody is the body of a Rendered fact.
type RenderedBody struct {
	Edition    Digest     `json:"edition"`
	Precedence Precedence `json:"precedence"`
	Number     string     `json:"number"`
	Version    string     `json:"version"`
	PDF        File       `json:"pdf"`
	STIX       File       `json:"stix"`
	CSV        File       `json:"csv"`
	Text       File       `json:"text"`
}

// PlannedBody is the body of a Planned fact.
type PlannedBody struct {
	Rendered   RenderedBody `json:"rendered"`
	Plan       Digest       `json:"plan"`                // a Plan as JSON, in the object store
	NotMeant   Digest       `json:"not_meant,omitempty"` // a NotMeant as JSON, there too; empty if nobody is excluded
	Recipients int          `json:"recipients"`
	Chunks     int          `json:"chunks"`
	Parked     int          `json:"parked"`
	Excluded   int          `json:"excluded"`
}

// Plan says who on one nation's list gets an edition, and who should and can't.
type Plan struct {
	Chunks [][]Addressee `json:"chunks"`
	Parked []Unreachable `json:"parked"` // a person must mend something: no fit key
}

// NotMeant are the addresses on one nation's list that an edition is not for, by the reason that the list gives: a kind not
// wanted, a marking above their limit. They may be a hundred thousand, and nothing waits for them: so no plan has them.
type NotMeant map[string][]string

// ParsePlan reads a stored Plan.
func ParsePlan(b []byte) (Plan, error) {
	var p Plan
	if err := json.Unmarshal(b, &p); err != nil {
		return Plan{}, fmt.Errorf("read the plan: %w", err)
	}
	return p, nil
}

// Addressee is one recipient of one bulletin: the address and the key pinned when planned.
type Addressee struct {
	Address     string `json:"address"`
	Fingerprint string `json:"fingerprint"` // of the certificate, upper-case hexadecimal
}

// Unreachable is a recipient who does not get a bulletin, and why.
type Unreachable struct {
	Address string `json:"address"`
	Reason  string `json:"reason"`

	// Fingerprint is that of the certificate under which they got what is withdrawn; empty in other plans.
	Fingerprint string `json:"fingerprint,omitempty"`
}

// ChunkBody is the body of a Chunk fact.
type ChunkBody struct {
	Rendered   RenderedBody `json:"rendered"`
	Recipients []Addressee  `json:"recipients"`
}

// AttemptedBody is the body of an Attempted fact.
type AttemptedBody struct {
	MessageID string `json:"message_id"`
	Sealed    Digest `json:"sealed"`  // of the shared packet that was registered with the gate
	Indexes   []int  `json:"indexes"` // which recipients of the chunk
}

// DeliveryState is how it stands with one recipient.
type DeliveryState string

// The states of a delivery. In doubt: an attempt is on record and its receipt is not.
const (
	StatePlanned  DeliveryState = "planned"
	StateInDoubt  DeliveryState = "in doubt"
	StateDeferred DeliveryState = "deferred"
	StateSent     DeliveryState = "sent"
	StateParked   DeliveryState = "parked"
)

// ReceiptBody is the body of a Receipt fact: what came of an attempt for some of its recipients. They come together,
// in parts, since a message for each would cost more than the mail itself.
type ReceiptBody struct {
	Answers []Answer `json:"answers"`
}

// Answer is what came of an attempt for one recipient.
type Answer struct {
	Index int `json:"index"` // the recipient's place in the chunk, from 1
	Outcome
}

// Outcome is what is known of one recipient after an attempt: in a Receipt fact, and in a Settled one.
type Outcome struct {
	Address   string        `json:"address"`
	State     DeliveryState `json:"state"`
	Reason    string        `json:"reason,omitempty"` // why deferred or parked
	Reply     string        `json:"reply,omitempty"`  // the relay's line
	MessageID string        `json:"message_id,omitempty"`
	Attempts  int           `json:"attempts"`
	InDoubt   int           `json:"in_doubt"` // attempts that may have sent the mail and have no answer, or that followed one that had sent it
	At        time.Time     `json:"at"`

	// Acknowledged is when the recipient signed that they have it: the board's word, in no fact's body.
	Acknowledged time.Time `json:"acknowledged,omitzero"`
}

// SettledBody is the body of a Settled fact.
type SettledBody struct {
	Outcomes []Outcome `json:"outcomes"` // in the order of the chunk
}

// ParkedBody is the body of a Parked fact.
type ParkedBody struct {
	Worker  string `json:"worker"`
	Subject string `json:"subject"` // the fact whose work stands still
	Reason  string `json:"reason"`
}

// RetriedBody is the body of a Retried fact.
type RetriedBody struct {
	Worker  string `json:"worker"`
	Subject string `json:"subject"`
	Person  string `json:"person"`
}

// WithdrawalBody is the body of a Withdrawal fact: one person's signed demand. Its Ref is the revision that the
// withdrawal will be, after the newest one; Of is the newest that was handed in when it was made. Once a newer one
// than that is released, the demand does not hold any more.
type WithdrawalBody struct {
	Person    string `json:"person"`
	Nation    Nation `json:"nation"`
	Of        int    `json:"of"`
	Reason    Digest `json:"reason"` // the text lies in the object store; it goes to everyone who got the bulletin
	Statement string `json:"statement"`
	Signature string `json:"signature"` // armored detached OpenPGP signature over Statement
	People    Digest `json:"people"`    // the people file in force when it was given
}

// WithdrawnBody is the body of a Withdrawn fact.
type WithdrawnBody struct {
	Of          int    `json:"of"`
	Reason      Digest `json:"reason"`
	Statement   Digest `json:"statement"`
	Withdrawals []int  `json:"withdrawals"` // ordinals of the Withdrawal facts that it takes
}

// ResentBody is the body of a Resent fact: somebody wants one recipient to be sent a bulletin again.
type ResentBody struct {
	Person  string `json:"person"`
	Address string `json:"address"`
}

// AcknowledgedBody is the body of an Acknowledged fact: a recipient's signed reply was read. Nothing else in the
// reply is believed.
type AcknowledgedBody struct {
	Address     string    `json:"address"`
	Fingerprint string    `json:"fingerprint"` // of the certificate that signed, upper-case hexadecimal
	Signed      time.Time `json:"signed"`      // as the signature says, UTC
}

// NoticedBody is the body of a Noticed fact.
type NoticedBody struct {
	MessageID string `json:"message_id"`
	Refused   string `json:"refused,omitempty"` // why it was not sent, and will not be
}

// Recipient is one line of a nation's list.
type Recipient struct {
	Nation      Nation
	Address     string
	Name        string
	Agency      string
	KeyFile     string // where their certificate is: there may be a hundred thousand, so that nobody holds them all
	Fingerprint string // pinned in the list, upper-case hexadecimal
	MaxTLP      string // highest TLP they may have, e.g. "TLP:AMBER"
	MaxMarking  string // highest level they may have; empty for no limit but the nation's
	Kinds       []Kind // kinds wanted; empty for all
}
