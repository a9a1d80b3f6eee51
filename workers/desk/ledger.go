package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// The ledger of an edition has a line for each recipient. It is read from the streams, a page at a time: the plan's own
// lines, those of one chunk after another, then who has acknowledged.

// ledger is what there is to read of one nation's edition of the newest release.
type ledger struct {
	ref          pipeline.Ref
	nation       pipeline.Nation
	plan         pipeline.Digest
	planChunks   int
	again        int // mails that were sent again: a chunk each
	acknowledged int
	whole        *pipeline.Plan // read for a page that has chunks which are not dispatched
}

// place is where a page begins: in which piece (0 the plan, then the chunks, then the acknowledgements), and at which
// of its lines.
type place struct {
	Piece int `json:"piece"`
	Line  int `json:"line"`
}

// Leaf asks for a page of the ledger of the person's own nation.
type Leaf struct {
	ID   pipeline.ID `json:"id"`
	From place       `json:"from"`
}

// Page is a part of the ledger.
type Page struct {
	Ref    pipeline.Ref    `json:"ref"`
	Nation pipeline.Nation `json:"nation"`
	Lines  []Line          `json:"lines,omitempty"`
	Next   place           `json:"next"`
	Last   bool            `json:"last"`
}

// Line is one recipient of one chunk, or what else is known of a recipient.
type Line struct {
	Chunk int `json:"chunk,omitempty"` // 0: of the plan
	pipeline.Outcome
	NotMeant bool `json:"not_meant,omitempty"` // the plan excludes them: for the reason of Outcome
}

// pageSize is about how many octets a page has: a plan that excludes many is read anew for each.
const pageSize = 2 << 20

// weight is about how many octets of an answer a line takes.
func (l Line) weight() int {
	return 200 + len(l.Address) + len(l.Reason) + len(l.Reply) + len(l.MessageID)
}

// leaf gives a person one page of the ledger of their nation's edition.
func (d *Desk) leaf(ctx context.Context, p review.Person, r Leaf) (any, error) {
	if _, err := d.told(ctx, p, r.ID); err != nil {
		return nil, err
	}
	l, ok := d.Board.ledgerOf(r.ID, p.Nation)
	if !ok {
		return Page{Nation: p.Nation, Last: true}, nil
	}
	return d.page(ctx, l, r.From)
}

// Ledger reads everyone of one nation's edition of the newest release, by address, and who is excluded.
func (d *Desk) Ledger(ctx context.Context, id pipeline.ID, n pipeline.Nation) ([]pipeline.Outcome, []pipeline.Unreachable, error) {
	l, ok := d.Board.ledgerOf(id, n)
	if !ok {
		return nil, nil, nil
	}
	var book book
	_, err := book.read(func(from place) (Page, error) { return d.page(ctx, l, from) })
	all, notMeant := book.sorted()
	return all, notMeant, err
}

// page reads pieces until there is enough for one answer.
func (d *Desk) page(ctx context.Context, l ledger, from place) (Page, error) {
	out := Page{Ref: l.ref, Nation: l.nation, Next: from}
	l.whole = &pipeline.Plan{}
	for room := pageSize; room > 0; {
		if out.Next.Piece > l.planChunks+l.again+(l.acknowledged+lot-1)/lot {
			out.Last = true
			return out, nil
		}
		lines, err := d.piece(ctx, l, out.Next.Piece)
		if err != nil {
			return out, err
		}
		for _, line := range lines[min(max(out.Next.Line, 0), len(lines)):] {
			if room <= 0 {
				return out, nil
			}
			room -= line.weight()
			out.Lines = append(out.Lines, line)
			out.Next.Line++
		}
		out.Next = place{Piece: out.Next.Piece + 1}
	}
	return out, nil
}

// piece reads the lines of one piece.
func (d *Desk) piece(ctx context.Context, l ledger, number int) ([]Line, error) {
	switch lots := number - l.planChunks - l.again; {
	case number < 1:
		return d.planLines(ctx, l)
	case lots > 0:
		return d.acknowledgedLines(ctx, l, (lots-1)*lot+1)
	}
	outcomes, err := d.chunkLines(ctx, l, number)
	lines := make([]Line, len(outcomes))
	for i, o := range outcomes {
		lines[i] = Line{Chunk: number, Outcome: o}
	}
	return lines, err
}

// planLines are those whom the plan parks or excludes.
func (d *Desk) planLines(ctx context.Context, l ledger) (out []Line, err error) {
	plan, err := unreachedIn(ctx, d.Store, l.plan)
	for _, u := range plan.Parked {
		out = append(out, Line{Outcome: pipeline.Outcome{Address: u.Address, State: pipeline.StateParked, Reason: u.Reason}})
	}
	for _, u := range plan.Excluded {
		out = append(out, Line{NotMeant: true, Outcome: pipeline.Outcome{Address: u.Address, Reason: u.Reason}})
	}
	return out, err
}

// unreached is of a plan who gets nothing: the rest may be a hundred thousand, and is passed over.
type unreached struct{ Parked, Excluded []pipeline.Unreachable }

func unreachedIn(ctx context.Context, docs interface {
	Get(ctx context.Context, d pipeline.Digest) ([]byte, error)
}, digest pipeline.Digest) (u unreached, err error) {
	doc, err := docs.Get(ctx, digest)
	if err != nil {
		return u, err
	}
	if err := json.Unmarshal(doc, &u); err != nil {
		return u, fmt.Errorf("read the plan: %w", err)
	}
	return u, nil
}

// lot is how many acknowledgements are read at the same time: each is a fact of its own.
const lot = 32

func (d *Desk) acknowledgedLines(ctx context.Context, l ledger, first int) ([]Line, error) {
	lines, errs := make([]Line, min(lot, l.acknowledged-first+1)), make([]error, lot)
	var reading sync.WaitGroup
	for i := range lines {
		reading.Go(func() { lines[i], errs[i] = d.acknowledgedLine(ctx, l, first+i) })
	}
	reading.Wait()
	lines = slices.DeleteFunc(lines, func(line Line) bool { return line.Address == "" })
	return lines, errors.Join(errs...)
}

func (d *Desk) acknowledgedLine(ctx context.Context, l ledger, ordinal int) (Line, error) {
	facts, _, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.%s.%s.%d", l.ref, pipeline.Acknowledged, l.nation, ordinal))
	if err != nil || len(facts) == 0 {
		return Line{}, err
	}
	var body pipeline.AcknowledgedBody
	err = facts[0].Decode(&body)
	return Line{Outcome: pipeline.Outcome{Address: body.Address, Acknowledged: body.Signed}}, err
}

// chunkLines are the recipients of a chunk: as it was settled, else as attempts and receipts have it.
func (d *Desk) chunkLines(ctx context.Context, l ledger, number int) ([]pipeline.Outcome, error) {
	at := fmt.Sprintf("%s.%s.%d", l.nation, l.ref, number)
	settled, _, err := d.Store.Facts(ctx, "delivery.settled."+at)
	if err != nil {
		return nil, err
	}
	if len(settled) > 0 {
		var body pipeline.SettledBody
		return body.Outcomes, settled[0].Decode(&body)
	}
	to, err := d.addressees(ctx, l, number, at)
	if err != nil {
		return nil, err
	}
	attempts, _, err := d.Store.Facts(ctx, "delivery.attempted."+at+".*")
	if err != nil {
		return nil, err
	}
	receipts, _, err := d.Store.Facts(ctx, "receipt."+at+".>")
	if err != nil {
		return nil, err
	}
	return outcomesOf(to, attempts, receipts)
}

// addressees are the recipients of a chunk, which dispatch may not have made yet.
func (d *Desk) addressees(ctx context.Context, l ledger, number int, at string) ([]pipeline.Addressee, error) {
	chunks, _, err := d.Store.Facts(ctx, "delivery.chunk.*."+at)
	if err != nil {
		return nil, err
	}
	if len(chunks) > 0 {
		var body pipeline.ChunkBody
		err := chunks[0].Decode(&body)
		return body.Recipients, err
	}
	if number > l.planChunks { // what somebody wants sent again is refused, or not looked at yet
		return nil, nil
	}
	if l.whole.Chunks == nil {
		doc, err := d.Store.Get(ctx, l.plan)
		if err != nil {
			return nil, err
		}
		if *l.whole, err = pipeline.ParsePlan(doc); err != nil {
			return nil, err
		}
	}
	if number > len(l.whole.Chunks) {
		return nil, fmt.Errorf("the plan of %s for %s has %d chunks, and is said to have %d", l.ref, l.nation, len(l.whole.Chunks), l.planChunks)
	}
	return l.whole.Chunks[number-1], nil
}

// outcomesOf says how it stands with the recipients of a chunk that is not settled: as the newest receipt has it, with
// the attempts that are on record. One without a receipt is in doubt.
func outcomesOf(to []pipeline.Addressee, attempts, receipts []pipeline.Fact) ([]pipeline.Outcome, error) {
	out, newest := make([]pipeline.Outcome, len(to)), make([]int, len(to))
	for i, a := range to {
		out[i] = pipeline.Outcome{Address: a.Address, State: pipeline.StatePlanned}
	}
	var c chunkStanding
	var attempted pipeline.AttemptedBody
	for _, f := range slices.Concat(attempts, receipts) {
		if err := c.apply(f); err != nil {
			return nil, err
		}
	}
	if len(attempts) > 0 {
		if err := attempts[0].Decode(&attempted); err != nil {
			return nil, err
		}
	}
	for _, f := range receipts {
		var body pipeline.ReceiptBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		for _, a := range body.Answers {
			if i := a.Index - 1; i >= 0 && i < len(out) && f.Ordinal >= newest[i] {
				out[i], newest[i] = a.Outcome, f.Ordinal
			}
		}
	}
	for i := range out {
		if out[i].Attempts, out[i].InDoubt = c.attempts(i), c.countOne(i).inDoubt; out[i].Attempts > 0 {
			out[i].MessageID = attempted.MessageID // the same at each attempt
		}
	}
	return out, nil
}

// book gathers pages into lines by recipient: the newest mail's state, and the attempts at all of them.
type book struct {
	lines    map[string]*Line
	notMeant []pipeline.Unreachable
}

// read takes in one page after another, and says whose they are.
func (b *book) read(next func(from place) (Page, error)) (pipeline.Nation, error) {
	b.lines = map[string]*Line{}
	var ref pipeline.Ref
	for from := (place{}); ; {
		page, err := next(from)
		if err != nil {
			return page.Nation, err
		}
		if from != (place{}) && page.Ref != ref { // a new version was released between two pages
			return page.Nation, pipeline.ErrMoved
		}
		for _, line := range page.Lines {
			b.take(line)
		}
		if ref, from = page.Ref, page.Next; page.Last {
			return page.Nation, nil
		}
	}
}

func (b *book) take(l Line) {
	old := b.lines[l.Address]
	switch {
	case l.NotMeant:
		b.notMeant = append(b.notMeant, pipeline.Unreachable{Address: l.Address, Reason: l.Reason})
	case old == nil:
		b.lines[l.Address] = &l
	case l.State == "":
		old.Acknowledged = l.Acknowledged
	default: // pages come in the order of the chunks
		l.Attempts, l.InDoubt = l.Attempts+old.Attempts, l.InDoubt+old.InDoubt
		*old = l
	}
}

func (b *book) sorted() (all []pipeline.Outcome, notMeant []pipeline.Unreachable) {
	for _, address := range slices.Sorted(maps.Keys(b.lines)) {
		all = append(all, b.lines[address].Outcome)
	}
	slices.SortFunc(b.notMeant, func(x, y pipeline.Unreachable) int { return strings.Compare(x.Address, y.Address) })
	return all, b.notMeant
}
