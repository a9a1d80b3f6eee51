package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
)

// open returns the bulletin as it stands, and the case of the fact's revision; nil if a newer one has taken its place.
func (n *Notices) open(ctx context.Context, in pipeline.Fact) (review.Standing, []pipeline.Fact, *review.Case, error) {
	facts, _, err := factsOf(ctx, n.Facts, in.Ref.ID)
	if err != nil {
		return review.Standing{}, nil, nil, &pipeline.Retry{After: noticeRetry, Err: err}
	}
	standing, err := review.Stand(facts)
	if err != nil || standing.Submitted.Ref != in.Ref {
		return standing, facts, nil, err
	}
	c, err := review.OpenCase(ctx, n.Documents, standing.Submitted)
	return standing, facts, c, err
}

// waiting tells every reviewer whom a new revision waits for.
func (n *Notices) waiting(ctx context.Context, in pipeline.Fact) error {
	standing, _, c, err := n.open(ctx, in)
	if err != nil || c == nil || standing.Decision != "" {
		return err
	}
	return n.tell(ctx, in, mail.Waiting, "waiting", factsAbout(c), n.reviewers(c, standing))
}

// unclaimed tells them again, of what is urgent and nobody has taken for a while. A claim that has lapsed counts no more.
func (n *Notices) unclaimed(ctx context.Context, in pipeline.Fact) error {
	standing, facts, c, err := n.open(ctx, in)
	if err != nil || c == nil || standing.Decision != "" {
		return err
	}
	about := factsAbout(c)
	if !about.Urgent() {
		return nil
	}
	now := n.Clock()
	due := in.At.Add(n.RemindAfter)
	if until, err := claimedUntil(facts, in.Ref); err != nil {
		return err
	} else if until.After(due) {
		due = until
	}
	if wait := due.Sub(now); wait > 0 {
		// No longer than that: a claim may be given back before it ends.
		return &pipeline.Retry{After: min(wait, n.RemindAfter), Err: errors.New("it is not time yet")}
	}
	about.Waited = now.Sub(in.At)
	approved, err := approvers(standing)
	if err != nil {
		return err
	}
	people := slices.DeleteFunc(n.reviewers(c, standing), func(p review.Person) bool { return slices.Contains(approved, p.Name) })
	return n.tell(ctx, in, mail.Unclaimed, "unclaimed", about, people)
}

// claimedUntil is when the newest claim of a revision ends; zero if it was given back, or there is none.
func claimedUntil(facts []pipeline.Fact, ref pipeline.Ref) (until time.Time, err error) {
	for _, f := range facts {
		if f.Name != pipeline.Claimed || f.Ref != ref {
			continue
		}
		var body pipeline.ClaimedBody
		if err := f.Decode(&body); err != nil {
			return until, err
		}
		until = body.Until
	}
	return until, nil
}

func approvers(s review.Standing) (names []string, err error) {
	for _, f := range s.Approvals {
		var body pipeline.ApprovalBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		names = append(names, body.Reviewer)
	}
	return names, nil
}

// reviewers are those who may read it and wrote no part of it.
func (n *Notices) reviewers(c *review.Case, s review.Standing) []review.Person {
	return n.those(func(p review.Person) bool {
		return p.Has(review.Reviewer) && c.Shows(p) && !slices.Contains(s.Authors, p.Name)
	})
}

// returned tells whoever wrote a part of it, if they still belong to the nation that owns it.
func (n *Notices) returned(ctx context.Context, in pipeline.Fact) error {
	standing, _, c, err := n.open(ctx, in)
	if err != nil || c == nil {
		return err
	}
	return n.tell(ctx, in, mail.Returned, "returned", factsAbout(c), n.those(func(p review.Person) bool {
		return slices.Contains(standing.Authors, p.Name) && p.Nation == c.Submitted.Nation && c.MayKnow(p)
	}))
}

// parked tells administrators of the nation that wrote it, and of the one whose edition stands still.
func (n *Notices) parked(ctx context.Context, in pipeline.Fact) error {
	var body pipeline.ParkedBody
	if err := in.Decode(&body); err != nil {
		return err
	}
	if strings.HasPrefix(body.Worker, noticeName) { // of a notice that can't be sent, none is sent
		return nil
	}
	facts, _, err := factsOf(ctx, n.Facts, in.Ref.ID)
	if err != nil {
		return &pipeline.Retry{After: noticeRetry, Err: err}
	}
	submitted, err := handedIn(facts, in.Ref)
	if err != nil || goesOn(facts, in, body) {
		return err
	}
	about := mail.NoticeFacts{ID: in.Ref.ID, Revision: in.Ref.Revision, Stage: body.Worker}
	var owner pipeline.SubmittedBody
	if err := submitted.Decode(&owner); err != nil {
		return err
	}
	// A document that can't be read may be why it stands still. Who may know is then known of its owner alone,
	// and of those with no limit to what they may see.
	mayKnow := func(p review.Person) bool { return p.Nation == owner.Nation && p.MaxTLP == "" }
	if c, err := review.OpenCase(ctx, n.Documents, submitted); err == nil {
		mayKnow = c.MayKnow
		if e, ok := c.Edition(nationIn(body.Subject)); ok {
			about.Nation = e.Nation
		}
	}
	return n.tell(ctx, in, mail.Parked, fmt.Sprintf("parked-%d", in.Ordinal), about, n.those(func(p review.Person) bool {
		return p.Has(review.Admin) && mayKnow(p) && (p.Nation == owner.Nation || p.Nation == about.Nation)
	}))
}

// handedIn is the Submitted fact of a revision; of one that nobody handed in, as a withdrawal is, that of the newest.
func handedIn(facts []pipeline.Fact, ref pipeline.Ref) (pipeline.Fact, error) {
	for _, f := range facts {
		if f.Name == pipeline.Submitted && f.Ref == ref {
			return f, nil
		}
	}
	standing, err := review.Stand(facts)
	return standing.Submitted, err
}

// goesOn reports whether somebody has set the work going again since it was parked.
func goesOn(facts []pipeline.Fact, parked pipeline.Fact, body pipeline.ParkedBody) bool {
	seen := false
	for _, f := range facts {
		var retried pipeline.RetriedBody
		switch {
		case f.Subject() == parked.Subject():
			seen = true
		case seen && f.Name == pipeline.Retried && f.Decode(&retried) == nil && retried.Worker == body.Worker && retried.Subject == body.Subject:
			return true
		}
	}
	return false
}

// nationIn is the nation whose edition a fact is about, by its subject; empty if it is about none.
func nationIn(subject string) pipeline.Nation {
	for token := range strings.SplitSeq(subject, ".") {
		if n, err := pipeline.ParseNation(token); err == nil {
			return n
		}
	}
	return ""
}

func factsAbout(c *review.Case) mail.NoticeFacts {
	return mail.NoticeFacts{ID: c.Ref.ID, Revision: c.Ref.Revision, Precedence: c.Doc.Precedence}
}
