package desk

import (
	"context"
	"errors"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// Approve is one signed approval of a revision.
type Approve struct {
	pipeline.Ref
	Statement string `json:"statement"` // as Show gave it
	Signature string `json:"signature"` // armored detached OpenPGP signature over Statement
}

// Approved is the answer to Approve: what is still missing, of what this person may know.
type Approved struct {
	Missing []review.Missing `json:"missing,omitempty"`
}

// Decision returns or rejects a revision.
type Decision struct {
	pipeline.Ref
	Comment string `json:"comment"`
}

// approve records a signed approval. Whether the quorum is reached is for the tally to say.
func (d *Desk) approve(ctx context.Context, p review.Person, r Approve) (any, error) {
	return d.again(ctx, r.ID, []pipeline.Name{pipeline.Approval}, func() (any, error) { return d.approveOnce(ctx, p, r) })
}

func (d *Desk) approveOnce(ctx context.Context, p review.Person, r Approve) (any, error) {
	standing, c, last, err := d.undecided(ctx, p, r.Ref)
	if err != nil {
		return nil, err
	}
	people, err := d.Store.Put(ctx, d.People().JSON())
	if err != nil {
		return nil, err
	}
	fact, err := pipeline.NewFact(pipeline.Approval, r.Ref, p.Name, pipeline.ApprovalBody{
		Reviewer: p.Name, Nation: p.Nation, Statement: r.Statement, Signature: r.Signature, People: people,
	})
	if err != nil {
		return nil, err
	}
	fact.Ordinal, fact.At = len(standing.Approvals)+1, d.Clock().UTC()
	approver, err := standing.Count(ctx, d.Store, c, fact, d.Verify)
	if err != nil && !errors.Is(err, review.ErrNoCount) {
		return nil, err
	}
	if err != nil {
		return nil, refuse("show the bulletin again, and sign with the key that the desk knows as yours", "%v", err)
	}
	approvers := []review.Approver{approver}
	for _, f := range standing.Approvals {
		a, err := standing.Count(ctx, d.Store, c, f, d.Verify)
		if err == nil && a.Name == p.Name {
			return nil, refuse("", "you have approved this revision already")
		}
		if err == nil {
			approvers = append(approvers, a)
		}
	}
	if _, err := d.Store.Decide(ctx, last, fact); err != nil {
		return nil, err
	}
	return Approved{Missing: visible(p, c.Policy.Missing(c.Doc, approvers))}, nil
}

// decide returns a revision to its author, or rejects the bulletin.
func (d *Desk) decide(ctx context.Context, p review.Person, verb string, r Decision) (any, error) {
	if err := checkComment(r.Comment, "a decision to "+verb); err != nil {
		return nil, err
	}
	return d.again(ctx, r.ID, nil, func() (any, error) { return d.decideOnce(ctx, p, verb, r) })
}

func (d *Desk) decideOnce(ctx context.Context, p review.Person, verb string, r Decision) (any, error) {
	_, _, last, err := d.undecided(ctx, p, r.Ref)
	if err != nil {
		return nil, err
	}
	comment, err := d.Store.Put(ctx, []byte(r.Comment))
	if err != nil {
		return nil, err
	}
	name := pipeline.Returned
	if verb == "reject" {
		name = pipeline.Rejected
	}
	fact, err := pipeline.NewFact(name, r.Ref, p.Name, pipeline.DecisionBody{Reviewer: p.Name, Nation: p.Nation, Comment: comment})
	if err != nil {
		return nil, err
	}
	fact.At = d.Clock().UTC()
	if _, err = d.Store.Decide(ctx, last, fact); err != nil {
		return nil, err
	}
	d.showNow(ctx, fact)
	return struct{}{}, nil
}

// undecided opens a revision that this person may decide on.
func (d *Desk) undecided(ctx context.Context, p review.Person, ref pipeline.Ref) (review.Standing, *review.Case, uint64, error) {
	standing, c, last, err := d.open(ctx, ref.ID)
	if err != nil {
		return standing, nil, 0, err
	}
	return standing, c, last, d.mayDecide(p, standing, c, ref)
}

// mayDecide is nil where the revision is the newest, nothing was decided, and the person is a reviewer who has an
// edition of it and has written no part of the bulletin.
func (d *Desk) mayDecide(p review.Person, standing review.Standing, c *review.Case, ref pipeline.Ref) error {
	if _, err := d.edition(p, c); err != nil {
		return err
	}
	switch {
	case !p.Has(review.Reviewer):
		return refuse("ask the desk's administrator for the role", "%s is not a reviewer", p.Name)
	case slices.Contains(standing.Authors, p.Name):
		return refuse("somebody else must decide", "you wrote a part of this bulletin: nobody decides on their own")
	case standing.Submitted.Ref != ref:
		return refuse("show it again", "revision %d is not the newest any more", ref.Revision)
	case standing.Decision != "":
		return refuse("", "this revision is %s already", standing.Decision)
	}
	return nil
}

// visible keeps what a person may be told of what is missing: portions that their nation may have.
func visible(p review.Person, missing []review.Missing) []review.Missing {
	var out []review.Missing
	for _, m := range missing {
		if slices.Contains(m.Audience, p.Nation) {
			out = append(out, m)
		}
	}
	return out
}

// cleared reports whether a person may see an edition of that TLP. A limit that does not parse is none.
func cleared(p review.Person, e edition.Edition) bool {
	return p.Cleared(e)
}
