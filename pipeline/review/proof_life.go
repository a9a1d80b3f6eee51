package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// demanded is one demand to withdraw, its signature checked.
type demanded struct {
	by   Approver
	body pipeline.WithdrawalBody
}

// version is the newest released version, not counting a withdrawal.
func (b *proven) version() (Release, bool) { return Standing{Released: b.released}.Version() }

// number checks that a release follows from an approval and from what was released before, or a withdrawal's from it.
func (p *Proof) number(b *proven, f pipeline.Fact) error {
	r := Release{Ref: f.Ref}
	if err := f.Decode(&r.NumberedBody); err != nil {
		return err
	}
	former, corrects := b.version()
	if r.Withdrawal {
		if f.Ref != b.withdrawn || !corrects || r.Number != former.Number || !slices.Equal(r.Nations, former.Nations) {
			return errors.New("this withdraws something else than was demanded")
		}
		b.released = append(b.released, r)
		return nil
	}
	switch {
	case b.withdrawn.ID != "":
		return errors.New("released after it was withdrawn")
	case b.approved[f.Ref] == "":
		return errors.New("released without an approval")
	case corrects != (b.handedIn[f.Ref].Corrects > 0), corrects && b.handedIn[f.Ref].Corrects != former.Ref.Revision:
		return errors.New("released as a correction of something else")
	case corrects && (r.Number != former.Number || r.Version == former.Version):
		return errors.New("a correction keeps its number, and is a version of its own")
	}
	if err := p.reserve(r.Number, f.Ref.ID); err != nil {
		return err
	}
	for _, n := range former.Nations {
		if !slices.Contains(r.Nations, n) {
			return fmt.Errorf("%s had an edition, and got no correction", n)
		}
	}
	if corrects {
		p.Corrected++
	} else {
		p.Released++
	}
	b.released = append(b.released, r)
	return nil
}

// demand checks the signature of a demand to withdraw.
func (p *Proof) demand(b *proven, f pipeline.Fact) error {
	var body pipeline.WithdrawalBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	snapshot, err := p.Snapshot(body.People)
	if err != nil {
		return fmt.Errorf("the people in force: %w", err)
	}
	who, err := demander(snapshot, f, body, p.Verify)
	if err != nil {
		return fmt.Errorf("demand by %s: %w", body.Person, err)
	}
	if b.demands[f.Ref] == nil {
		b.demands[f.Ref] = map[int]demanded{}
	}
	b.demands[f.Ref][f.Ordinal] = demanded{who, body}
	return nil
}

// withdraw checks that the people withdrew the bulletin whom it takes, for one reason, knowing its newest version.
func (p *Proof) withdraw(b *proven, f pipeline.Fact) error {
	var body pipeline.WithdrawnBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	if b.withdrawn.ID != "" {
		return errors.New("withdrawn twice")
	}
	var people []Approver
	for _, ordinal := range body.Withdrawals {
		d, ok := b.demands[f.Ref][ordinal]
		switch {
		case !ok:
			return fmt.Errorf("demand %d is not on record", ordinal)
		case pipeline.DigestOf([]byte(d.body.Statement)) != body.Statement || d.body.Reason != body.Reason || d.body.Of != body.Of:
			return fmt.Errorf("demand %d is for something else", ordinal)
		}
		people = append(people, d.by)
	}
	owner := b.handedIn[pipeline.Ref{ID: f.Ref.ID, Revision: b.newest}].Nation
	version, released := b.version()
	if released && version.Ref.Revision > body.Of {
		return errors.New("withdrawn though a newer version was released")
	}
	nations := version.Nations
	if !released { // which nations it concerns is not on record, and nobody got anything
		for _, who := range people {
			nations = append(nations, who.Nation)
		}
	}
	if err := EnoughToWithdraw(people, owner, nations); err != nil {
		return err
	}
	b.withdrawn = f.Ref
	p.Withdrawn++
	return nil
}

// Finish checks what can be told only from the whole record: that what was sent is what was planned, and that the word of a
// withdrawal was planned for exactly those who got the bulletin. A record of a server at work may not be that far: Open says so.
func (p *Proof) Finish() error {
	for id, b := range p.bulletins {
		if err := b.asPlanned(); err != nil {
			return fmt.Errorf("%s %w", id, err)
		}
		if b.withdrawn.ID == "" {
			continue
		}
		for n := range b.mails {
			if err := b.told(n); err != nil {
				return fmt.Errorf("%s %s: %w", b.withdrawn, n, err)
			}
		}
	}
	return nil
}

// told compares whom the withdrawal's plan reaches with who got the bulletin. Whom the plan parked is on record as a
// number. Somebody may be in doubt by an attempt that was called off in the instant of the withdrawal: nothing was
// sent to them, and nothing says so.
func (b *proven) told(n pipeline.Nation) error {
	m := b.mailsAt(n, b.withdrawn.Revision)
	if m.plan == nil || !b.whole(n, m) {
		return nil
	}
	got := b.whoGot(n)
	reached := map[string]bool{}
	for number, chunk := range m.chunks {
		for _, a := range chunk.Recipients {
			address := strings.ToLower(a.Address)
			if _, ok := got[address]; !ok {
				return errors.New("the withdrawal went to somebody who did not get the bulletin")
			}
			reached[address] = reached[address] || number <= m.plan.Chunks
		}
	}
	planned, missed := m.plan.Parked, 0
	for address, sent := range got {
		switch {
		case reached[address]:
			planned++
		case sent:
			missed++
		}
	}
	if missed > m.plan.Parked || planned > len(got) {
		return fmt.Errorf("%d recipients got the bulletin, and its withdrawal was planned for %d", len(got), planned)
	}
	return nil
}

// whoGot returns who got a version of the bulletin: true if one was sent, false if it is in doubt.
func (b *proven) whoGot(n pipeline.Nation) map[string]bool {
	got := map[string]bool{}
	for revision, m := range b.mails[n] {
		if revision >= b.withdrawn.Revision {
			continue
		}
		for address, sent := range m.got {
			got[address] = got[address] || sent
		}
	}
	return got
}

// whole reports whether the record has all that a nation's mails came to: the plan of the withdrawal, and what was
// settled before it.
func (b *proven) whole(n pipeline.Nation, withdrawal *mails) bool {
	for number := 1; number <= withdrawal.plan.Chunks; number++ {
		if _, ok := withdrawal.chunks[number]; !ok {
			return false
		}
	}
	for revision, m := range b.mails[n] {
		for chunk := range m.attempts {
			if _, ok := m.settled[chunk]; revision < b.withdrawn.Revision && !ok {
				return false
			}
		}
	}
	return true
}
