package desk

import (
	"context"

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
	notMeant     pipeline.Digest // empty if nobody is excluded
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
	NotMeant bool `json:"not_meant,omitempty"` // the list keeps the edition from them: for the reason of Outcome
}

// pageSize is about how many octets a page has: a plan and whom it excludes are read anew for each.
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
