package review

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bulletin/pipeline"
)

// A Verifier checks a detached signature over data by the certificate, at a time, and returns the
// signer's fingerprint.
type Verifier func(certificate, data, signature []byte, at time.Time) (fingerprint string, err error)

// Standing is where a revision's review stands, read from the bulletin's facts.
type Standing struct {
	Facts     []pipeline.Fact       // all of the bulletin's, as they were read
	Submitted pipeline.Fact         // of the newest revision
	Authors   []string              // who has written any part of any revision
	Approvals map[int]pipeline.Fact // of the newest revision, by ordinal
	Decision  pipeline.Name         // "", Approved, Returned or Rejected: of the newest revision; or Withdrawn

	// Released are the versions that have gone out, and the withdrawal, in order of their revisions. What is decided
	// of a newer revision leaves them standing.
	Released  []Release
	Demands   map[int]map[int]pipeline.Fact // to withdraw the bulletin, by revision and ordinal
	Withdrawn pipeline.Fact                 // empty as long as it is not
	Next      int                           // the next free revision
}

// Release is one released version.
type Release struct {
	Ref pipeline.Ref
	pipeline.NumberedBody
}

// Version is the newest released version, not counting a withdrawal; false if there is none.
func (s Standing) Version() (Release, bool) {
	for _, r := range slices.Backward(s.Released) {
		if !r.Withdrawal {
			return r, true
		}
	}
	return Release{}, false
}

// Stand reads the facts of one bulletin.
func Stand(facts []pipeline.Fact) (Standing, error) {
	s := Standing{Facts: facts, Approvals: map[int]pipeline.Fact{}, Demands: map[int]map[int]pipeline.Fact{}}
	for _, f := range facts {
		if err := s.life(f); err != nil {
			return Standing{}, err
		}
		if f.Name != pipeline.Submitted {
			continue
		}
		var body pipeline.SubmittedBody
		if err := f.Decode(&body); err != nil {
			return Standing{}, err
		}
		if !slices.Contains(s.Authors, body.Author) {
			s.Authors = append(s.Authors, body.Author)
		}
		if f.Ref.Revision > s.Submitted.Ref.Revision {
			s.Submitted = f
		}
	}
	if s.Submitted.Ref.Revision == 0 {
		return Standing{}, fmt.Errorf("nothing was submitted: %w", pipeline.ErrNotFound)
	}
	for _, f := range facts {
		if f.Ref != s.Submitted.Ref { // a revision voids what was decided before it
			continue
		}
		switch f.Name {
		case pipeline.Approval:
			s.Approvals[f.Ordinal] = f
		case pipeline.Approved, pipeline.Returned, pipeline.Rejected:
			s.Decision = f.Name
		}
	}
	if s.Withdrawn.Name != "" { // nothing that was decided of any revision holds any more
		s.Decision = pipeline.Withdrawn
	}
	return s, nil
}

// life takes in what concerns the bulletin over all its revisions.
func (s *Standing) life(f pipeline.Fact) error {
	switch f.Name {
	case pipeline.Submitted:
		s.Next = max(s.Next, f.Ref.Revision+1)
	case pipeline.Numbered:
		r := Release{Ref: f.Ref}
		if err := f.Decode(&r.NumberedBody); err != nil {
			return err
		}
		s.Released = append(s.Released, r)
		slices.SortFunc(s.Released, func(a, b Release) int { return a.Ref.Revision - b.Ref.Revision })
	case pipeline.Withdrawal:
		s.Next = max(s.Next, f.Ref.Revision+1)
		if s.Demands[f.Ref.Revision] == nil {
			s.Demands[f.Ref.Revision] = map[int]pipeline.Fact{}
		}
		s.Demands[f.Ref.Revision][f.Ordinal] = f
	case pipeline.Withdrawn:
		s.Withdrawn = f
	}
	return nil
}

// ErrNoCount reports that an approval was looked at and does not count. Any other error of Count means that
// it could not be looked at, and says nothing about the approval.
var ErrNoCount = errors.New("does not count")

// Count checks one approval of the case and returns its approver. An error that wraps ErrNoCount says why it
// does not count: another statement, another's signature, not a reviewer, or an author of the bulletin.
func (s Standing) Count(ctx context.Context, docs Documents, c *Case, approval pipeline.Fact, verify Verifier) (Approver, error) {
	var body pipeline.ApprovalBody
	if err := approval.Decode(&body); err != nil {
		return Approver{}, fmt.Errorf("%w: %w", ErrNoCount, err)
	}
	snapshot, err := docs.Get(ctx, body.People)
	if err != nil {
		return Approver{}, fmt.Errorf("load the people in force: %w", err)
	}
	person, err := approver(snapshot, body, s.Authors, approval.At, verify)
	if err == nil && body.Statement != c.Statement {
		err = errors.New("it is of other content")
	}
	if err != nil {
		return Approver{}, fmt.Errorf("approval by %s %w: %w", body.Reviewer, ErrNoCount, err)
	}
	return person, nil
}

// approver says whose approval it is, if by the people in force it was theirs to give: a reviewer of that
// nation, who wrote no part of any revision, and who signed the statement.
func approver(snapshot []byte, body pipeline.ApprovalBody, authors []string, at time.Time, verify Verifier) (Approver, error) {
	if pipeline.DigestOf(snapshot) != body.People {
		return Approver{}, errors.New("the people in force were changed after the fact")
	}
	people, err := ParsePeople(snapshot)
	if err != nil {
		return Approver{}, err
	}
	person, err := people.Find(body.Reviewer)
	switch {
	case err != nil:
		return Approver{}, err
	case !person.Has(Reviewer):
		return Approver{}, errors.New("not a reviewer")
	case person.Nation != body.Nation:
		return Approver{}, errors.New("wrong nation")
	case slices.Contains(authors, body.Reviewer):
		return Approver{}, errors.New("wrote a part of this bulletin")
	}
	key, err := verify([]byte(person.Certificate), []byte(body.Statement), []byte(body.Signature), at)
	if err != nil {
		return Approver{}, err
	}
	return Approver{Name: person.Name, Nation: person.Nation, Key: key}, nil
}
