package review

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"bulletin/pipeline"
)

// WithdrawalStatement is the canonical text that a demand to withdraw a bulletin signs (bulletin-withdrawal-v1): one
// item a line, in this order, LF after each line. It holds digests and names no content.
func WithdrawalStatement(ref pipeline.Ref, of int, reason pipeline.Digest) string {
	return fmt.Sprintf("bulletin-withdrawal-v1\nid: %s\nrevision: %d\nof: %d\nreason: %s\n", ref.ID, ref.Revision, of, reason)
}

// Open returns the demands to withdraw that still hold, by the revision that each would make: what they are of has
// not been replaced by a newer version since.
func (s Standing) Open() map[int][]pipeline.Fact {
	out := map[int][]pipeline.Fact{}
	for revision, demands := range s.Demands {
		for _, ordinal := range slices.Sorted(maps.Keys(demands)) {
			if f := demands[ordinal]; s.holds(f) {
				out[revision] = append(out[revision], f)
			}
		}
	}
	return out
}

// holds reports whether nothing newer was released than what a demand is of.
func (s Standing) holds(demand pipeline.Fact) bool {
	var body pipeline.WithdrawalBody
	if demand.Decode(&body) != nil {
		return false
	}
	version, ok := s.Version()
	return !ok || version.Ref.Revision <= body.Of
}

// Demand checks one demand to withdraw and returns who it is by. An error that wraps ErrNoCount says why it does not
// count.
func (s Standing) Demand(ctx context.Context, docs Documents, demand pipeline.Fact, verify Verifier) (Approver, error) {
	var body pipeline.WithdrawalBody
	if err := demand.Decode(&body); err != nil {
		return Approver{}, fmt.Errorf("%w: %w", ErrNoCount, err)
	}
	snapshot, err := docs.Get(ctx, body.People)
	if err != nil {
		return Approver{}, fmt.Errorf("load the people in force: %w", err)
	}
	person, err := demander(snapshot, demand, body, verify)
	if err == nil && !s.holds(demand) {
		err = errors.New("a newer version was released since")
	}
	if err != nil {
		return Approver{}, fmt.Errorf("demand by %s %w: %w", body.Person, ErrNoCount, err)
	}
	return person, nil
}

// demander says whose demand it is, if by the people in force it was theirs to make: an author's or a reviewer's, of
// that nation, who signed the statement of this very demand.
func demander(snapshot []byte, demand pipeline.Fact, body pipeline.WithdrawalBody, verify Verifier) (Approver, error) {
	if pipeline.DigestOf(snapshot) != body.People {
		return Approver{}, errors.New("the people in force were changed after the fact")
	}
	people, err := ParsePeople(snapshot)
	if err != nil {
		return Approver{}, err
	}
	person, err := people.Find(body.Person)
	switch {
	case err != nil:
		return Approver{}, err
	case !MayWithdraw(person):
		return Approver{}, errors.New("neither an author nor a reviewer")
	case person.Nation != body.Nation:
		return Approver{}, errors.New("wrong nation")
	case body.Statement != WithdrawalStatement(demand.Ref, body.Of, body.Reason):
		return Approver{}, errors.New("the signed statement is of something else")
	}
	key, err := verify([]byte(person.Certificate), []byte(body.Statement), []byte(body.Signature), demand.At)
	if err != nil {
		return Approver{}, err
	}
	return Approver{Name: person.Name, Nation: person.Nation, Key: key}, nil
}

// MayWithdraw reports whether a person may demand that a bulletin be withdrawn.
func MayWithdraw(p Person) bool { return p.Has(Author) || p.Has(Reviewer) }

// EnoughToWithdraw is nil if the people who demand it can withdraw a bulletin that went, or would go, to nations: two
// people with a key each, one of them of the nation that wrote it, and two nations if it concerns more than one.
func EnoughToWithdraw(people []Approver, owner pipeline.Nation, nations []pipeline.Nation) error {
	concerned := slices.Clone(nations)
	if !slices.Contains(concerned, owner) {
		concerned = append(concerned, owner)
	}
	have, from := count(people, concerned)
	switch {
	case have < 2:
		return errors.New("a second person must demand it too")
	case !slices.ContainsFunc(people, func(a Approver) bool { return a.Nation == owner }):
		return fmt.Errorf("one of those who demand it must be of %s, where it was written", owner)
	case len(concerned) > 1 && from < 2:
		return errors.New("somebody of another nation must demand it too")
	}
	return nil
}

// Concerned returns the nations that a withdrawal concerns: those that got an edition, or where none did, those that
// would by the newest revision.
func (s Standing) Concerned(ctx context.Context, docs Documents) (owner pipeline.Nation, nations []pipeline.Nation, err error) {
	var body pipeline.SubmittedBody
	if err := s.Submitted.Decode(&body); err != nil {
		return "", nil, err
	}
	if version, ok := s.Version(); ok {
		return body.Nation, version.Nations, nil
	}
	c, err := OpenCase(ctx, docs, s.Submitted)
	if err != nil {
		return "", nil, err
	}
	for _, e := range c.Editions {
		nations = append(nations, e.Nation)
	}
	return body.Nation, nations, nil
}

// Withdraw checks that the demands of those ordinals, at one revision, withdraw the bulletin, all with the same
// statement, and returns it. An error that wraps ErrNoCount says what is missing.
func (s Standing) Withdraw(ctx context.Context, docs Documents, revision int, ordinals []int, verify Verifier) (pipeline.WithdrawalBody, error) {
	var first pipeline.WithdrawalBody
	var people []Approver
	for i, ordinal := range ordinals {
		demand, ok := s.Demands[revision][ordinal]
		if !ok {
			return first, fmt.Errorf("demand %d %w: not on record", ordinal, ErrNoCount)
		}
		who, err := s.Demand(ctx, docs, demand, verify)
		if err != nil {
			return first, err
		}
		var body pipeline.WithdrawalBody
		if err := demand.Decode(&body); err != nil {
			return first, err
		}
		if i == 0 {
			first = body
		}
		if body.Statement != first.Statement {
			return first, fmt.Errorf("demand %d %w: it is for another reason", ordinal, ErrNoCount)
		}
		people = append(people, who)
	}
	owner, nations, err := s.Concerned(ctx, docs)
	if err != nil {
		return first, err
	}
	if err := EnoughToWithdraw(people, owner, nations); err != nil {
		return first, fmt.Errorf("this %w: %w", ErrNoCount, err)
	}
	return first, nil
}
