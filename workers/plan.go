package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// Lists gives a nation's list of recipients as it stands now.
type Lists interface {
	Recipients(n pipeline.Nation) ([]pipeline.Recipient, error)
}

// Plan decides who on a nation's list gets an edition. The plan is a document of its own, published once:
// work done twice goes by the plan that is on record, not by a list that has changed since.
type Plan struct {
	Facts     Facts
	Documents Documents
	Lists     Lists
	Keys      Keys
	ChunkSize func() int      // recipients in one chunk: one synced attempt for all of them
	Nation    pipeline.Nation // whose list it is
}

// Name is the durable consumer's name: a nation's own, so that the nations may be spread over processes.
func (p *Plan) Name() string { return "plan-" + string(p.Nation) }

// Consumes says that each of the nation's rendered editions is planned.
func (p *Plan) Consumes() string { return "bulletin.*.*.rendered." + string(p.Nation) }

// FailClosed parks unknown errors at once: eligibility.
func (*Plan) FailClosed() bool { return true }

// Work publishes the plan's digest.
func (p *Plan) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	if in.Nation != p.Nation {
		return nil, &pipeline.Permanent{Reason: fmt.Sprintf("no list for %s is kept here", in.Nation)}
	}
	var rendered pipeline.RenderedBody
	if err := in.Decode(&rendered); err != nil {
		return nil, err
	}
	out := pipeline.Fact{Name: pipeline.Planned, Ref: in.Ref, Nation: in.Nation, By: "plan"}
	switch stored, err := p.Facts.Fact(ctx, out.Subject()); {
	case err == nil:
		return []pipeline.Fact{stored}, nil
	case !errors.Is(err, pipeline.ErrNotFound):
		return nil, &pipeline.Retry{Err: err}
	}
	e, err := loadEdition(ctx, p.Documents, rendered.Edition)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	list, err := p.Lists.Recipients(in.Nation)
	if err != nil {
		return nil, &pipeline.Retry{After: listRetry, Err: fmt.Errorf("the list of %s can't be read: %w", in.Nation, err)}
	}
	plan := p.plan(e, list)
	doc, err := json.Marshal(plan)
	if err != nil {
		return nil, err
	}
	digest, err := p.Documents.Put(ctx, doc)
	if err != nil {
		return nil, &pipeline.Retry{Err: fmt.Errorf("store the plan: %w", err)}
	}
	body := pipeline.PlannedBody{
		Rendered: rendered, Plan: digest,
		Chunks: len(plan.Chunks), Parked: len(plan.Parked), Excluded: len(plan.Excluded),
	}
	for _, c := range plan.Chunks {
		body.Recipients += len(c)
	}
	out.Body, err = json.Marshal(body)
	return []pipeline.Fact{out}, err
}

// plan cuts those who get the edition into chunks.
func (p *Plan) plan(e edition.Edition, list []pipeline.Recipient) pipeline.Plan {
	fit, parked, excluded := PlanFor(e, list, p.Keys)
	plan := pipeline.Plan{Parked: parked, Excluded: excluded}
	for chunk := range slices.Chunk(fit, p.ChunkSize()) {
		plan.Chunks = append(plan.Chunks, chunk)
	}
	return plan
}

// PlanFor sorts a list: who gets the edition, who can't be reached, who is not meant to get it.
func PlanFor(e edition.Edition, list []pipeline.Recipient, keys Keys) (fit []pipeline.Addressee, parked, out []pipeline.Unreachable) {
	for _, r := range list {
		if reason := excluded(e, r); reason != "" {
			out = append(out, pipeline.Unreachable{Address: r.Address, Reason: reason})
			continue
		}
		if f := keys(r); f.Key == nil {
			parked = append(parked, pipeline.Unreachable{Address: r.Address, Reason: strings.Join(f.Reasons, "; ")})
			continue
		}
		fit = append(fit, pipeline.Addressee{Address: r.Address, Fingerprint: r.Fingerprint})
	}
	return fit, parked, out
}

// excluded says why the list itself keeps an edition from a recipient; empty if it does not. A limit
// that does not parse excludes: unknown means no.
func excluded(e edition.Edition, r pipeline.Recipient) string {
	if r.Nation != e.Nation {
		return "on the list of another nation"
	}
	if len(r.Kinds) > 0 && !slices.Contains(r.Kinds, e.Kind) {
		return fmt.Sprintf("does not want the kind %s", e.Kind)
	}
	limit, err := marking.ParseTLP(r.MaxTLP)
	if err != nil {
		return "their highest TLP is not known"
	}
	if e.TLP > limit {
		return fmt.Sprintf("may have %s at most, the edition is %s", limit, e.TLP)
	}
	if r.MaxMarking != "" && !within(e, r.MaxMarking) {
		return fmt.Sprintf("may have %s at most, the edition is %s", r.MaxMarking, e.Banner)
	}
	return ""
}

// within reports whether the edition's banner is no higher than limit, a banner of the same scheme. TLP is no
// classification, so that an edition marked by TLP alone is within any limit. A limit of another scheme is not
// comparable without a table of equivalents: no.
func within(e edition.Edition, limit string) bool {
	if e.Scheme == "tlp" {
		return true
	}
	scheme, err := marking.ByName(e.Scheme)
	if err != nil {
		return false
	}
	highest, err := scheme.ParseBanner(limit)
	if err != nil {
		return false
	}
	banner, err := scheme.ParseBanner(e.Banner)
	return err == nil && marking.AtMost(banner, highest)
}

// Dispatch cuts a plan that is on record into the chunks that deliver takes.
type Dispatch struct {
	Documents Documents
	Nation    pipeline.Nation // whose plans it cuts
}

// Name is the durable consumer's name.
func (d *Dispatch) Name() string { return "dispatch-" + string(d.Nation) }

// Consumes says that each of the nation's plans is dispatched.
func (d *Dispatch) Consumes() string { return "bulletin.*.*.planned." + string(d.Nation) }

// Work makes the same chunks of the same plan, however often.
func (d *Dispatch) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	var planned pipeline.PlannedBody
	if err := in.Decode(&planned); err != nil {
		return nil, &pipeline.Permanent{Reason: "the plan can't be read", Err: err}
	}
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
