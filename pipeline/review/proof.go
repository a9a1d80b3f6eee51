package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// Proof checks a record of facts, read in the order of each stream, without any server: that every approval
// was signed by a reviewer of that name at the time, that what was marked is what was approved, and that
// every planned recipient is accounted for.
type Proof struct {
	Snapshot func(d pipeline.Digest) ([]byte, error) // the people in force, as kept beside the record
	Verify   Verifier

	bulletins map[pipeline.ID]*proven
	numbers   map[string]pipeline.ID // whose each number is

	Approvals int // signatures checked
	Released  int // bulletins with a number
	Corrected int // versions after the first
	Withdrawn int // bulletins
	Sent      int // mails that recipients got
	Parked    int
	Acks      int                        // acknowledgements of recipients
	Files     map[string]pipeline.Digest // of every rendered file of the newest version, by name
}

type proven struct {
	newest     int // revision
	handedIn   map[pipeline.Ref]pipeline.SubmittedBody
	turnedDown map[pipeline.Ref]bool // returned or rejected
	authors    []string
	statements map[pipeline.Ref]map[int]signed // by ordinal
	approved   map[pipeline.Ref]string         // the statement that was approved
	released   []Release                       // in order of the stream
	parked     map[string]string               // what stands still, with the reason

	demands   map[pipeline.Ref]map[int]demanded // by ordinal
	withdrawn pipeline.Ref                      // zero as long as it is not

	mails map[pipeline.Nation]map[int]*mails // of each nation, by revision
}

// signed is what one approval says, its signature checked.
type signed struct {
	reviewer, statement string
}

// Take checks one fact.
func (p *Proof) Take(f pipeline.Fact) error {
	if p.bulletins == nil {
		p.bulletins, p.Files = map[pipeline.ID]*proven{}, map[string]pipeline.Digest{}
		p.numbers = map[string]pipeline.ID{}
	}
	b := p.bulletins[f.Ref.ID]
	if b == nil {
		b = &proven{
			statements: map[pipeline.Ref]map[int]signed{}, approved: map[pipeline.Ref]string{},
			handedIn: map[pipeline.Ref]pipeline.SubmittedBody{}, turnedDown: map[pipeline.Ref]bool{},
			parked: map[string]string{}, demands: map[pipeline.Ref]map[int]demanded{},
			mails: map[pipeline.Nation]map[int]*mails{},
		}
		p.bulletins[f.Ref.ID] = b
	}
	if err := p.take(b, f); err != nil {
		return fmt.Errorf("%s: %w", f.Subject(), err)
	}
	return nil
}

func (p *Proof) take(b *proven, f pipeline.Fact) error {
	switch f.Name {
	case pipeline.Submitted:
		return b.submitted(f)
	case pipeline.Approval:
		return p.approval(b, f)
	case pipeline.Returned, pipeline.Rejected:
		b.turnedDown[f.Ref] = true
	case pipeline.Approved:
		return b.quorum(f)
	case pipeline.Reserved:
		return p.reserve(f.Number, f.Ref.ID)
	case pipeline.Numbered:
		return p.number(b, f)
	case pipeline.Withdrawal:
		return p.demand(b, f)
	case pipeline.Withdrawn:
		return p.withdraw(b, f)
	case pipeline.Parked:
		var body pipeline.ParkedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		b.parked[body.Worker+" on "+body.Subject] = body.Reason
	case pipeline.Retried:
		var body pipeline.RetriedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		delete(b.parked, body.Worker+" on "+body.Subject)
	case pipeline.Marked:
		return b.mark(f)
	case pipeline.Rendered:
		return p.rendered(b, f)
	case pipeline.Planned:
		return p.planned(b, f)
	case pipeline.Chunk:
		return b.chunk(f)
	case pipeline.Attempted:
		return b.attempt(f)
	case pipeline.Resent:
		return b.wish(f)
	case pipeline.Settled:
		return p.settled(b, f)
	case pipeline.Acknowledged:
		p.Acks++
		return b.acknowledge(f)
	}
	return nil
}

func (b *proven) submitted(f pipeline.Fact) error {
	var body pipeline.SubmittedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	if b.withdrawn.ID != "" {
		return errors.New("handed in after it was withdrawn")
	}
	b.authors = append(b.authors, body.Author)
	b.newest = max(b.newest, f.Ref.Revision)
	b.handedIn[f.Ref] = body
	return nil
}

// mark checks that a nation's edition is the one in the statement that was approved.
func (b *proven) mark(f pipeline.Fact) error {
	var body pipeline.MarkedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	line := fmt.Sprintf("edition: %s %s\n", f.Nation, body.Content)
	if f.Ref != b.withdrawn && !strings.Contains(b.approved[f.Ref], line) {
		return errors.New("this edition is not what was approved")
	}
	i := slices.IndexFunc(b.released, func(r Release) bool { return r.Ref == f.Ref })
	if i < 0 || body.Number != b.released[i].Number || body.Version != b.released[i].Version || !slices.Contains(b.released[i].Nations, f.Nation) {
		return errors.New("this edition is not of the number and version that were released")
	}
	b.mailsOf(f).marked = body
	return nil
}

func (p *Proof) rendered(b *proven, f pipeline.Fact) error {
	var body pipeline.RenderedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	m := b.mailsOf(f)
	if m.marked.Edition != body.Edition || m.marked.Number != body.Number || m.marked.Version != body.Version {
		return errors.New("this was rendered from another edition than the one that was marked")
	}
	m.rendered = body
	for _, file := range []pipeline.File{body.PDF, body.STIX, body.CSV, body.Text} {
		p.Files[file.Name] = file.Digest
	}
	return nil
}

// approval checks the signature against the certificate that was in force.
func (p *Proof) approval(b *proven, f pipeline.Fact) error {
	var body pipeline.ApprovalBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	snapshot, err := p.Snapshot(body.People)
	if err != nil {
		return fmt.Errorf("the people in force: %w", err)
	}
	if _, err := approver(snapshot, body, b.authors, f.At, p.Verify); err != nil {
		return fmt.Errorf("approval by %s: %w", body.Reviewer, err)
	}
	if !strings.Contains(body.Statement, fmt.Sprintf("id: %s\nrevision: %d\ndecision: approve\n", f.Ref.ID, f.Ref.Revision)) {
		return errors.New("the signed statement is of another revision")
	}
	if err := states(body.Statement, b.handedIn[f.Ref]); err != nil {
		return err
	}
	if b.statements[f.Ref] == nil {
		b.statements[f.Ref] = map[int]signed{}
	}
	b.statements[f.Ref][f.Ordinal] = signed{body.Reviewer, body.Statement}
	p.Approvals++
	return nil
}

// states checks that a signed statement is of the files and the policy that were handed in.
func states(statement string, submitted pipeline.SubmittedBody) error {
	var files []string
	for line := range strings.Lines(statement) {
		if strings.HasPrefix(line, "file: ") {
			files = append(files, line)
		}
	}
	if len(files) != len(submitted.Files) {
		return fmt.Errorf("the signed statement is of %d files, %d were handed in", len(files), len(submitted.Files))
	}
	for i, f := range submitted.Files {
		if files[i] != fmt.Sprintf("file: %s\n", f) {
			return errors.New("the signed statement is of other files than were handed in")
		}
	}
	if !strings.HasSuffix(statement, fmt.Sprintf("policy: %s\n", submitted.Policy)) {
		return errors.New("the signed statement is of another policy than was in force")
	}
	return nil
}

// quorum checks that what is approved is what all of the named approvals signed.
func (b *proven) quorum(f pipeline.Fact) error {
	var body pipeline.ApprovedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	switch {
	case b.withdrawn.ID != "":
		return errors.New("approved after it was withdrawn")
	case len(body.Approvals) == 0:
		return errors.New("approved without an approval")
	case f.Ref.Revision != b.newest:
		return fmt.Errorf("revision %d was approved after revision %d was handed in", f.Ref.Revision, b.newest)
	case b.turnedDown[f.Ref]:
		return errors.New("approved after it was returned or rejected")
	}
	var reviewers []string
	for _, ordinal := range body.Approvals {
		s, ok := b.statements[f.Ref][ordinal]
		switch {
		case !ok:
			return fmt.Errorf("approval %d is not on record", ordinal)
		case pipeline.DigestOf([]byte(s.statement)) != body.Statement:
			return fmt.Errorf("approval %d is of other content", ordinal)
		case slices.Contains(reviewers, s.reviewer):
			return fmt.Errorf("%s is counted twice", s.reviewer)
		}
		reviewers = append(reviewers, s.reviewer)
	}
	b.approved[f.Ref] = b.statements[f.Ref][body.Approvals[0]].statement
	return nil
}

// Open returns a line for whatever is not at its end: approved and not marked, an edition that is not planned or not
// settled, work that stands still.
func (p *Proof) Open() []string {
	var out []string
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, b := range p.bulletins {
		for ref := range b.approved {
			if b.withdrawn.ID == "" && !slices.ContainsFunc(b.released, func(r Release) bool { return r.Ref == ref }) {
				add("%s: approved, and not marked", ref)
			}
		}
		if version, ok := b.version(); ok && b.withdrawn.ID != "" && b.released[len(b.released)-1].Ref == version.Ref {
			add("%s: withdrawn, and those who got it are not told", b.withdrawn)
		}
		for i, r := range b.released {
			for _, n := range r.Nations {
				b.mailsAt(n, r.Ref.Revision).open(i == len(b.released)-1, func(format string, args ...any) {
					add("%s %s: %s", r.Ref, n, fmt.Sprintf(format, args...))
				})
			}
		}
		for work, reason := range b.parked {
			add("%s stands still: %s", work, reason)
		}
	}
	slices.Sort(out)
	return out
}
