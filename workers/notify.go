package workers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

// NoticePoster seals a notice for one person and sends it; subject is the fact that will say so.
type NoticePoster interface {
	Notify(ctx context.Context, matter mail.NoticeMatter, facts mail.NoticeFacts, subject, address string, key *seal.Key) (messageID string, err error)
}

// Notices tell the desk's people by mail that something waits for them. Nobody is told of a bulletin that they
// may not know of. What was sent is on record, by person and matter; a crash between the mail and the
// record repeats it, with the same Message-ID.
type Notices struct {
	Facts       Facts
	Documents   review.Documents
	Publisher   Publisher
	People      func() review.People
	Post        NoticePoster
	Clock       pipeline.Clock
	Log         *slog.Logger
	RemindAfter time.Duration // how long what is urgent may wait unclaimed
}

const (
	noticeName = "notify"
	// noticeRetry is how soon a notice that the relay put off is tried again, and noticeGiveUp for how long.
	noticeRetry  = time.Minute
	noticeGiveUp = 24 * time.Hour
)

// Workers are the stages of it, by the fact that each follows.
func (n *Notices) Workers() []pipeline.Worker {
	return []pipeline.Worker{
		&noticeWorker{"notify-waiting", "bulletin.*.*.submitted", n.waiting},
		&noticeWorker{"notify-unclaimed", "bulletin.*.*.submitted", n.unclaimed},
		&noticeWorker{"notify-returned", "bulletin.*.*.returned", n.returned},
		&noticeWorker{"notify-parked", "bulletin.*.*.parked.*", n.parked},
	}
}

type noticeWorker struct {
	name, consumes string
	work           func(ctx context.Context, in pipeline.Fact) error
}

// Name is the durable consumer's name.
func (w *noticeWorker) Name() string { return w.name }

// Consumes says which facts people are told of.
func (w *noticeWorker) Consumes() string { return w.consumes }

// Work tells people. What follows is on record when it returns.
func (w *noticeWorker) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	return nil, w.work(ctx, in)
}

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

// those are the people of today whom a notice concerns.
func (n *Notices) those(concerned func(review.Person) bool) []review.Person {
	var out []review.Person
	for _, p := range n.People() {
		if !p.Disabled && p.Address != "" && concerned(p) {
			out = append(out, p)
		}
	}
	return out
}

// tell sends one notice to each of the people who has not had it yet.
func (n *Notices) tell(ctx context.Context, in pipeline.Fact, matter mail.NoticeMatter, about string, facts mail.NoticeFacts, people []review.Person) error {
	var later error
	for _, p := range people {
		f := pipeline.Fact{Name: pipeline.Noticed, Ref: in.Ref, About: about, Person: p.Name, By: noticeName}
		facts.Name = p.Name
		switch err := n.send(ctx, f, matter, facts, p); {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil && n.Clock().Sub(in.At) > noticeGiveUp+n.RemindAfter:
			n.Log.Warn("no notice: given up", "person", p.Name, "about", f.Subject(), "error", err)
		case err != nil:
			later = err // the others are told first
		}
	}
	if later != nil {
		return &pipeline.Retry{After: noticeRetry, Err: later}
	}
	return nil
}

// send sends a notice if it is not on record, and puts it there. An error asks to try again later, and holds no address.
func (n *Notices) send(ctx context.Context, f pipeline.Fact, matter mail.NoticeMatter, facts mail.NoticeFacts, p review.Person) error {
	if _, err := n.Facts.Fact(ctx, f.Subject()); !errors.Is(err, pipeline.ErrNotFound) {
		return err
	}
	if _, err := mail.ParseAddress(p.Address); err != nil {
		n.Log.Warn("no notice: the person's address can't be used", "person", p.Name)
		return nil
	}
	fit := seal.Examine([]byte(p.Certificate), "", n.Clock())
	if fit.Key == nil { // never in clear
		n.Log.Warn("no notice: the person's certificate can't be encrypted to", "person", p.Name, "reason", strings.Join(fit.Reasons, "; "))
		return nil
	}
	var body pipeline.NoticedBody
	id, err := n.Post.Notify(ctx, matter, facts, f.Subject(), p.Address, fit.Key)
	body.MessageID = id
	var undelivered *mail.DeliveryError
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &undelivered) && undelivered.Temporary: // the relay's line may repeat the address
		return fmt.Errorf("the relay put off a notice to %s at %s: code %d", p.Name, undelivered.Stage, undelivered.Code)
	case errors.As(err, &undelivered):
		body.Refused = fmt.Sprintf("the relay refused it at %s: code %d", undelivered.Stage, undelivered.Code)
	default:
		body.Refused = "it could not be sealed, or the gate refused it"
		n.Log.Error("no notice", "person", p.Name, "about", f.Subject(), "error", err)
	}
	record, err := pipeline.NewFact(pipeline.Noticed, f.Ref, noticeName, body)
	if err != nil {
		return err
	}
	record.About, record.Person = f.About, f.Person
	var told *pipeline.Conflict
	if err := n.Publisher.Publish(ctx, record); err != nil && !errors.As(err, &told) {
		return fmt.Errorf("record a notice to %s: %w", p.Name, err)
	}
	return nil
}
