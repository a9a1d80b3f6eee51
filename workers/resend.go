package workers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// Resend makes a mail of its own for one recipient whom a person wants to be sent a bulletin again, or at last. It
// believes nothing of what the desk said: the recipient must be on the list now, may have the edition, and have a fit
// key. The mail is a chunk of one, counted on from those of the plan.
type Resend struct {
	Facts     Facts
	Documents Documents
	Lists     Lists
	Archive   Archive
	Keys      Keys
	Nation    pipeline.Nation // whose list it is
}

// Name is the durable consumer's name.
func (r *Resend) Name() string { return "resend-" + string(r.Nation) }

// Consumes says that each wish for the nation is looked at.
func (r *Resend) Consumes() string { return "bulletin.*.*.resent." + string(r.Nation) + ".*" }

// FailClosed parks unknown errors at once: eligibility.
func (*Resend) FailClosed() bool { return true }

// Work publishes the chunk. Done twice, it finds the chunk that is on record, not a list that has changed since.
func (r *Resend) Work(ctx context.Context, in pipeline.Fact) ([]pipeline.Fact, error) {
	var wish pipeline.ResentBody
	if err := in.Decode(&wish); err != nil {
		return nil, err
	}
	planned, plan, err := r.planned(ctx, in)
	if err != nil {
		return nil, err
	}
	out := pipeline.Fact{
		Name: pipeline.Chunk, Ref: in.Ref, Nation: in.Nation, By: "resend",
		Precedence: planned.Rendered.Precedence, Chunk: planned.Chunks + in.Ordinal,
	}
	switch stored, err := r.Facts.Fact(ctx, out.Subject()); {
	case err == nil:
		return []pipeline.Fact{stored}, nil
	case !errors.Is(err, pipeline.ErrNotFound):
		return nil, &pipeline.Retry{Err: err}
	}
	e, err := loadEdition(ctx, r.Documents, planned.Rendered.Edition)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	list, err := r.Lists.Recipients(in.Nation)
	if err != nil {
		return nil, &pipeline.Retry{After: listRetry, Err: fmt.Errorf("the list of %s can't be read: %w", in.Nation, err)}
	}
	to, reason := r.admit(e, plan, list, wish.Address)
	if reason != "" {
		return nil, &pipeline.Permanent{Reason: reason}
	}
	again, err := pipeline.NewFact(out.Name, out.Ref, out.By, pipeline.ChunkBody{Rendered: planned.Rendered, Recipients: []pipeline.Addressee{to}})
	out.Body = again.Body
	return []pipeline.Fact{out}, err
}

// planned finds the plan that the mail is counted on from.
func (r *Resend) planned(ctx context.Context, in pipeline.Fact) (body pipeline.PlannedBody, plan pipeline.Plan, err error) {
	f, err := r.Facts.Fact(ctx, fmt.Sprintf("bulletin.%s.%s.%s", in.Ref, pipeline.Planned, in.Nation))
	if err != nil { // not yet: whoever is wanted may be in it
		return body, plan, &pipeline.Retry{Err: fmt.Errorf("the plan of %s for %s: %w", in.Ref, in.Nation, err)}
	}
	if err := f.Decode(&body); err != nil {
		return body, plan, err
	}
	doc, err := r.Documents.Get(ctx, body.Plan)
	if err == nil {
		plan, err = pipeline.ParsePlan(doc)
	}
	if err != nil {
		return body, plan, &pipeline.Retry{Err: fmt.Errorf("load the plan: %w", err)}
	}
	return body, plan, nil
}

// admit says who is sent the mail, or why nobody is. The reason names no address: many may read it.
func (r *Resend) admit(e edition.Edition, plan pipeline.Plan, list *pipeline.Roll, address string) (to pipeline.Addressee, reason string) {
	recipient, listed := list.Find(address)
	if e.Withdrawn() {
		had, ok := planFor(plan, address)
		if !ok {
			return to, "the recipient did not get what is withdrawn"
		}
		var err error
		if recipient, err = reachGot(list, r.Archive, e.Nation, had); err != nil {
			return to, err.Error()
		}
	} else if !listed {
		return to, fmt.Sprintf("the recipient is not on the list of %s", e.Nation)
	} else if reason := unentitled(e, recipient); reason != "" {
		return to, "the recipient " + reason
	}
	f := r.Keys(recipient)
	if f.Key == nil {
		return to, strings.Join(f.Reasons, "; ")
	}
	if err := r.Archive.Keep(recipient); err != nil {
		return to, fmt.Sprintf("the recipient's key can't be kept: %v", err)
	}
	return pipeline.Addressee{Address: recipient.Address, Fingerprint: recipient.Fingerprint}, ""
}

// planFor finds an address in a plan, with the key that was pinned if there was a fit one.
func planFor(plan pipeline.Plan, address string) (pipeline.Addressee, bool) {
	for _, chunk := range plan.Chunks {
		for _, a := range chunk {
			if strings.EqualFold(a.Address, address) {
				return a, true
			}
		}
	}
	for _, u := range plan.Parked {
		if strings.EqualFold(u.Address, address) {
			return pipeline.Addressee{Address: u.Address, Fingerprint: u.Fingerprint}, true
		}
	}
	return pipeline.Addressee{}, false
}
