package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// mails is what the record says of one revision's mails to one nation.
type mails struct {
	marked   pipeline.MarkedBody
	rendered pipeline.RenderedBody
	plan     *pipeline.PlannedBody
	chunks   map[int]pipeline.ChunkBody       // by number; those beyond the plan's were sent again
	attempts map[int][]pipeline.AttemptedBody // by chunk
	settled  map[int]int                      // outcomes
	got      map[string]bool                  // by address: true if it was sent, false if it is in doubt
	wished   map[int]string                   // who was to be sent it again, by ordinal
	acks     []string                         // who says that they have it
}

func (b *proven) mailsOf(f pipeline.Fact) *mails { return b.mailsAt(f.Nation, f.Ref.Revision) }

func (b *proven) mailsAt(n pipeline.Nation, revision int) *mails {
	if b.mails[n] == nil {
		b.mails[n] = map[int]*mails{}
	}
	m := b.mails[n][revision]
	if m == nil {
		m = &mails{
			chunks: map[int]pipeline.ChunkBody{}, attempts: map[int][]pipeline.AttemptedBody{}, settled: map[int]int{},
			got: map[string]bool{}, wished: map[int]string{},
		}
		b.mails[n][revision] = m
	}
	return m
}

// reserve checks that a number is nobody else's. Those that nobody is to have are reserved for none.
func (p *Proof) reserve(number string, id pipeline.ID) error {
	if other, ok := p.numbers[number]; ok && other != id {
		return fmt.Errorf("the number %s is another bulletin's", number)
	}
	p.numbers[number] = id
	return nil
}

func (p *Proof) planned(b *proven, f pipeline.Fact) error {
	var body pipeline.PlannedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	m := b.mailsOf(f)
	if body.Rendered != m.rendered {
		return errors.New("this plans another edition, or other files, than were rendered")
	}
	m.plan = &body
	p.Parked += body.Parked
	return nil
}

// chunk takes in who is sent a mail. Its plan may be recorded later: it lies in another stream.
func (b *proven) chunk(f pipeline.Fact) error {
	var body pipeline.ChunkBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	b.mailsOf(f).chunks[f.Chunk] = body
	return nil
}

func (b *proven) attempt(f pipeline.Fact) error {
	var body pipeline.AttemptedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	m := b.mailsOf(f)
	recipients := len(m.chunks[f.Chunk].Recipients)
	if slices.ContainsFunc(body.Indexes, func(i int) bool { return i < 1 || i > recipients }) {
		return errors.New("an attempt at somebody who is not in the chunk")
	}
	m.attempts[f.Chunk] = append(m.attempts[f.Chunk], body)
	return nil
}

// settled checks the outcomes against the chunk and the attempts, which come before it in the same stream.
func (p *Proof) settled(b *proven, f pipeline.Fact) error {
	var body pipeline.SettledBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	m := b.mailsOf(f)
	recipients := m.chunks[f.Chunk].Recipients
	if len(recipients) != len(body.Outcomes) {
		return fmt.Errorf("%d outcomes for %d recipients", len(body.Outcomes), len(recipients))
	}
	m.settled[f.Chunk] = len(body.Outcomes)
	for i, o := range body.Outcomes {
		if err := m.outcome(f.Chunk, i+1, o); err != nil {
			return err
		}
		address := strings.ToLower(o.Address)
		if o.State == pipeline.StateSent {
			p.Sent++
			m.got[address] = true
			continue
		}
		p.Parked++
		if sent := m.got[address]; o.InDoubt > 0 {
			m.got[address] = sent
		}
	}
	return nil
}

// outcome checks one: it is of whom the chunk names, final, and nothing was sent without an attempt on record.
func (m *mails) outcome(chunk, index int, o pipeline.Outcome) error {
	named := func(a pipeline.AttemptedBody) bool {
		return slices.Contains(a.Indexes, index) && a.MessageID == o.MessageID
	}
	switch {
	case o.Address != m.chunks[chunk].Recipients[index-1].Address:
		return errors.New("an outcome of somebody who is not in the chunk")
	case o.State == pipeline.StateParked:
		return nil
	case o.State != pipeline.StateSent:
		return fmt.Errorf("settled as %q", o.State)
	case !slices.ContainsFunc(m.attempts[chunk], named):
		return errors.New("sent without an attempt on record")
	}
	return nil
}

func (b *proven) wish(f pipeline.Fact) error {
	var body pipeline.ResentBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	b.mailsOf(f).wished[f.Ordinal] = body.Address
	return nil
}

func (b *proven) acknowledge(f pipeline.Fact) error {
	var body pipeline.AcknowledgedBody
	if err := f.Decode(&body); err != nil {
		return err
	}
	m := b.mailsOf(f)
	m.acks = append(m.acks, body.Address)
	return nil
}

// asPlanned checks that every chunk is of the edition and the files that were planned, and what was sent again, for whom
// somebody wanted it.
func (b *proven) asPlanned() error {
	for n, revisions := range b.mails {
		for revision, m := range revisions {
			if m.plan == nil {
				continue
			}
			for number, chunk := range m.chunks {
				wanted, again := m.wished[number-m.plan.Chunks]
				switch {
				case chunk.Rendered != m.plan.Rendered:
					return fmt.Errorf("%d %s: chunk %d is of another edition, or of other files, than were planned", revision, n, number)
				case again && (len(chunk.Recipients) != 1 || !strings.EqualFold(chunk.Recipients[0].Address, wanted)):
					return fmt.Errorf("%d %s: what was sent again went to somebody else than it was wanted for", revision, n)
				}
			}
		}
	}
	return nil
}

// open names what is not at its end, or whose cause is not on record yet. A revision that was followed by another need not
// have been planned.
func (m *mails) open(newest bool, add func(format string, args ...any)) {
	if m.plan == nil {
		if newest || len(m.chunks) > 0 {
			add("the edition is not planned")
		}
		return
	}
	settled := 0
	for number, outcomes := range m.settled {
		if number <= m.plan.Chunks {
			settled += outcomes
		}
	}
	if settled != m.plan.Recipients {
		add("%d of %d planned recipients are settled", settled, m.plan.Recipients)
	}
	for number, chunk := range m.chunks {
		if number <= m.plan.Chunks {
			continue
		}
		if m.settled[number] != len(chunk.Recipients) {
			add("a mail that was wanted again is not settled")
		}
		if m.wished[number-m.plan.Chunks] == "" {
			add("a mail was sent again, and nobody is on record who wanted it")
		}
	}
	for _, address := range m.acks {
		if !m.wasSent(address) {
			add("an acknowledgement of somebody of whom no attempt is on record")
		}
	}
}

// wasSent reports whether a mail to the address was begun.
func (m *mails) wasSent(address string) bool {
	for number, chunk := range m.chunks {
		for i, a := range chunk.Recipients {
			names := func(a pipeline.AttemptedBody) bool { return slices.Contains(a.Indexes, i+1) }
			if strings.EqualFold(a.Address, address) && slices.ContainsFunc(m.attempts[number], names) {
				return true
			}
		}
	}
	return false
}
