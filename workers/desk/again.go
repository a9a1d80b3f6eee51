package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"bulletin/pipeline"
)

// tries bounds how often one request is decided anew because others were faster.
const tries = 8

// decisions do not matter to who only talks: they are looked at again.
var decisions = []pipeline.Name{pipeline.Approval, pipeline.Approved, pipeline.Returned, pipeline.Rejected}

// unasked are the facts that come by themselves of what is released, at any time, and the talk of people: while a correction
// is in review, the former version may be on its way, and be acknowledged by thousands.
var unasked = []pipeline.Name{
	pipeline.Claimed, pipeline.Commented, pipeline.Marked, pipeline.Rendered, pipeline.Planned,
	pipeline.Parked, pipeline.Retried, pipeline.Resent, pipeline.Acknowledged,
}

// again does what a person wants, and does it anew when all that came between was unasked, or of
// the facts that are named as passing. Everything is read and checked each time. When a decision or a revision
// came between, the person must look again.
func (d *Desk) again(ctx context.Context, id pipeline.ID, passing []pipeline.Name, do func() (any, error)) (any, error) {
	passing = append(slices.Clone(passing), unasked...)
	before, err := d.weighty(ctx, id, passing)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		answer, err := do()
		var conflict *pipeline.Conflict
		if !errors.Is(err, pipeline.ErrMoved) && !errors.As(err, &conflict) {
			return answer, err
		}
		after, failed := d.weighty(ctx, id, passing)
		if failed != nil {
			return nil, failed
		}
		if after != before || try == tries {
			return nil, err
		}
	}
}

// weighty counts the facts of a bulletin that are not passing.
func (d *Desk) weighty(ctx context.Context, id pipeline.ID, passing []pipeline.Name) (n int, err error) {
	if _, err := pipeline.ParseID(string(id)); err != nil {
		return 0, refuse("", "%v", err)
	}
	facts, _, err := d.Store.Facts(ctx, fmt.Sprintf("bulletin.%s.>", id))
	for _, f := range facts {
		if !slices.Contains(passing, f.Name) {
			n++
		}
	}
	return n, err
}
