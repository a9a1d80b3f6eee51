package workers

import (
	"context"
	"fmt"

	"bulletin/pipeline"
)

// Dispatch cuts a plan that is on record into the chunks that deliver takes.
type Dispatch struct {
	Documents Documents
	Nation    pipeline.Nation // whose plans it cuts
	Way       *RightOfWay
}

// Name is the durable consumer's name.
func (d *Dispatch) Name() string { return "dispatch-" + string(d.Nation) }

// Consumes says that each of the nation's plans is dispatched.
func (d *Dispatch) Consumes() string { return "bulletin.*.*.planned." + string(d.Nation) }

// Work makes the same chunks of the same plan, however often.
func (d *Dispatch) Work(ctx context.Context, in pipeline.Fact) (following []pipeline.Fact, err error) {
	var planned pipeline.PlannedBody
	if err := in.Decode(&planned); err != nil {
		return nil, &pipeline.Permanent{Reason: "the plan can't be read", Err: err}
	}
	defer d.Way.enter(planned.Rendered.Precedence)(&err)
	doc, err := d.Documents.Get(ctx, planned.Plan)
	if err != nil {
		return nil, &pipeline.Retry{Err: fmt.Errorf("load the plan: %w", err)}
	}
	plan, err := pipeline.ParsePlan(doc)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	var out []pipeline.Fact
	for i, chunk := range plan.Chunks {
		f, err := pipeline.NewFact(pipeline.Chunk, in.Ref, "dispatch", pipeline.ChunkBody{Rendered: planned.Rendered, Recipients: chunk})
		if err != nil {
			return nil, err
		}
		f.Nation, f.Precedence, f.Chunk = in.Nation, planned.Rendered.Precedence, i+1
		out = append(out, f)
	}
	return out, nil
}
