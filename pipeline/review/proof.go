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
	Approvals int // signatures checked
	Released  int // bulletins with a number
	Sent      int // recipients who got their mail
	Parked    int
	Acks      int                        // acknowledgements of recipients
	Files     map[string]pipeline.Digest // of every rendered file, by name
}

type proven struct {
	newest     int // revision
	handedIn   map[pipeline.Ref]pipeline.SubmittedBody
	turnedDown map[pipeline.Ref]bool // returned or rejected
	authors    []string
	statements map[pipeline.Ref]map[int]signed     // by ordinal
	approved   map[pipeline.Ref]string             // the statement that was approved
	marked     map[pipeline.Nation]pipeline.Digest // the edition
	planned    map[pipeline.Nation]int
	settled    map[pipeline.Nation]int
	numbered   map[pipeline.Ref]bool
	due        []pipeline.Nation // those that are to get an edition
	parked     map[string]string // what stands still, with the reason
}

// signed is what one approval says, its signature checked.
type signed struct {
	reviewer, statement string
}

// Take checks one fact.
func (p *Proof) Take(f pipeline.Fact) error {
	if p.bulletins == nil {
		p.bulletins, p.Files = map[pipeline.ID]*proven{}, map[string]pipeline.Digest{}
	}
	b := p.bulletins[f.Ref.ID]
	if b == nil {
		b = &proven{
			statements: map[pipeline.Ref]map[int]signed{}, approved: map[pipeline.Ref]string{},
			handedIn: map[pipeline.Ref]pipeline.SubmittedBody{}, turnedDown: map[pipeline.Ref]bool{},
			marked:  map[pipeline.Nation]pipeline.Digest{},
			planned: map[pipeline.Nation]int{}, settled: map[pipeline.Nation]int{},
			numbered: map[pipeline.Ref]bool{}, parked: map[string]string{},
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
	case pipeline.Numbered:
		p.Released++
		return b.number(f)
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
		var body pipeline.PlannedBody
		if err := f.Decode(&body); err != nil {
			return err
		}
		b.planned[f.Nation] = body.Recipients
		p.Parked += body.Parked
	case pipeline.Settled:
		return p.settled(b, f)
	case pipeline.Acknowledged:
		p.Acks++
	}
	return nil
}

func (b *proven) submitted(f pipeline.Fact) error {
	var body pipeline.SubmittedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	b.authors = append(b.authors, body.Author)
	b.newest = max(b.newest, f.Ref.Revision)
	b.handedIn[f.Ref] = body
	return nil
}

func (b *proven) number(f pipeline.Fact) error {
	var body pipeline.NumberedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	b.numbered[f.Ref] = true
	b.due = body.Nations
	return nil
}

// mark checks that a nation's edition is the one in the statement that was approved.
func (b *proven) mark(f pipeline.Fact) error {
	var body pipeline.MarkedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	if line := fmt.Sprintf("edition: %s %s\n", f.Nation, body.Content); !strings.Contains(b.approved[f.Ref], line) {
		return errors.New("this edition is not what was approved")
	}
	b.marked[f.Nation] = body.Edition
	return nil
}

func (p *Proof) rendered(b *proven, f pipeline.Fact) error {
	var body pipeline.RenderedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	if b.marked[f.Nation] != body.Edition {
		return errors.New("this was rendered from another edition than the one that was marked")
	}
	for _, file := range []pipeline.File{body.PDF, body.STIX, body.CSV, body.Text} {
		p.Files[file.Name] = file.Digest
	}
	return nil
}

func (p *Proof) settled(b *proven, f pipeline.Fact) error {
	var body pipeline.SettledBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	b.settled[f.Nation] += len(body.Outcomes)
	for _, o := range body.Outcomes {
		if o.State == pipeline.StateSent {
			p.Sent++
		} else {
			p.Parked++
		}
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
	for id, b := range p.bulletins {
		for ref := range b.approved {
			if !b.numbered[ref] {
				add("%s: approved, and not marked", ref)
			}
		}
		for _, n := range b.due {
			planned, ok := b.planned[n]
			switch {
			case !ok:
				add("%s %s: the edition is not planned", id, n)
			case planned != b.settled[n]:
				add("%s %s: %d of %d planned recipients are settled", id, n, b.settled[n], planned)
			}
		}
		for work, reason := range b.parked {
			add("%s stands still: %s", work, reason)
		}
	}
	slices.Sort(out)
	return out
}
