package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// Lists gives a nation's list of recipients as it stands now.
type Lists interface {
	Recipients(n pipeline.Nation) (*pipeline.Roll, error)
}

// Plan decides who of a nation gets an edition. The plan is a document of its own, published once:
// work done twice goes by the plan that is on record, not by a list that has changed since.
//
// A first release goes to those on the list who want it and may have it. A correction goes to them, and to whoever got
// what it corrects and may still have it. The word that a bulletin is withdrawn goes to exactly those who got it.
type Plan struct {
	Facts     Facts
	Documents Documents
	Publisher Publisher
	Lists     Lists
	Archive   Archive
	Keys      Keys
	ChunkSize func() int      // recipients in one chunk: one synced attempt for all of them
	Nation    pipeline.Nation // whose list it is
	Restored  *Restored       // where the streams are those of a copy; nil otherwise
	Way       *RightOfWay

	// Lag is how much later than its publication everyone can read a fact: some time where the streams are
	// replicated, nothing where they are not.
	Lag time.Duration
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
	plan, notMeant, err := p.planOf(ctx, in.Ref, e, list)
	if err != nil {
		return nil, err
	}
	body := pipeline.PlannedBody{Rendered: rendered, Chunks: len(plan.Chunks), Parked: len(plan.Parked)}
	for _, c := range plan.Chunks {
		body.Recipients += len(c)
	}
	for _, addresses := range notMeant {
		body.Excluded += len(addresses)
	}
	if body.Plan, err = p.put(ctx, plan); err != nil {
		return nil, err
	}
	if len(notMeant) > 0 {
		if body.NotMeant, err = p.put(ctx, notMeant); err != nil {
			return nil, err
		}
	}
	out.Body, err = json.Marshal(body)
	return []pipeline.Fact{out}, err
}

// put stores a part of what was planned.
func (p *Plan) put(ctx context.Context, part any) (pipeline.Digest, error) {
	doc, err := json.Marshal(part)
	if err != nil {
		return "", err
	}
	digest, err := p.Documents.Put(ctx, doc)
	if err != nil {
		return "", &pipeline.Retry{Err: fmt.Errorf("store the plan: %w", err)}
	}
	return digest, nil
}

// planOf cuts those who get the edition into chunks.
func (p *Plan) planOf(ctx context.Context, ref pipeline.Ref, e edition.Edition, list *pipeline.Roll) (plan pipeline.Plan, notMeant pipeline.NotMeant, err error) {
	var fit []pipeline.Addressee
	if e.Withdrawn() {
		fit, plan.Parked, err = p.recall(ctx, ref, e, list)
	} else {
		fit, plan.Parked, notMeant, err = p.release(ctx, ref, e, list)
	}
	for chunk := range slices.Chunk(fit, p.ChunkSize()) {
		plan.Chunks = append(plan.Chunks, chunk)
	}
	return plan, notMeant, err
}

// release plans a version of the bulletin.
func (p *Plan) release(ctx context.Context, ref pipeline.Ref, e edition.Edition, roll *pipeline.Roll) (fit []pipeline.Addressee, parked []pipeline.Unreachable, notMeant pipeline.NotMeant, err error) {
	defer p.Way.enter(e.Precedence)(&err)
	had, err := whoGot(ctx, p.Facts, p.Restored, ref, e.Nation)
	if err != nil {
		return nil, nil, nil, &pipeline.Retry{Err: err}
	}
	// Whoever has the former version needs this one, though they want the kind no more. So does whoever waits for the former
	// one: deliver may send it until this plan is on record, and nothing of it after that.
	list := roll.All()
	if had := slices.Concat(had.who, had.due); len(had) > 0 {
		got := map[string]bool{}
		for _, a := range had {
			got[strings.ToLower(a.Address)] = true
		}
		list = slices.Clone(list)
		for i, r := range list {
			if got[strings.ToLower(r.Address)] {
				list[i].Kinds = nil
			}
		}
	}
	fit, parked, notMeant = PlanFor(e, list, p.Keys)
	return fit, parked, notMeant, p.keep(roll, fit)
}

// keep has the keys of those who are planned for found later, whatever becomes of the list.
func (p *Plan) keep(list *pipeline.Roll, fit []pipeline.Addressee) error {
	for _, a := range fit {
		r, _ := list.Find(a.Address)
		if err := p.Archive.Keep(r); err != nil {
			return &pipeline.Retry{After: listRetry, Err: fmt.Errorf("keep the keys of %s: %w", p.Nation, err)}
		}
	}
	return nil
}

// PlanFor sorts a list: who gets the edition, who can't be reached, who is not meant to get it.
func PlanFor(e edition.Edition, list []pipeline.Recipient, keys Keys) (fit []pipeline.Addressee, parked []pipeline.Unreachable, notMeant pipeline.NotMeant) {
	notMeant = pipeline.NotMeant{}
	type limit struct{ tlp, marking string }
	known := map[limit]string{} // many have the same, and to compare markings takes ten microseconds
	for _, r := range list {
		reason := unwanted(e, r)
		if l := (limit{r.MaxTLP, r.MaxMarking}); reason == "" {
			var ok bool
			if reason, ok = known[l]; !ok {
				reason = limited(e, r)
				known[l] = reason
			}
		}
		if reason != "" {
			notMeant[reason] = append(notMeant[reason], r.Address)
			continue
		}
		if f := keys(r); f.Key == nil {
			parked = append(parked, pipeline.Unreachable{Address: r.Address, Reason: strings.Join(f.Reasons, "; ")})
			continue
		}
		fit = append(fit, pipeline.Addressee{Address: r.Address, Fingerprint: r.Fingerprint})
	}
	return fit, parked, notMeant
}

// excluded says why the list itself keeps an edition from a recipient; empty if it does not. A limit
// that does not parse excludes: unknown means no.
func excluded(e edition.Edition, r pipeline.Recipient) string {
	if reason := unwanted(e, r); reason != "" {
		return reason
	}
	return limited(e, r)
}

// unwanted says why an edition is not for a recipient; empty if it is.
func unwanted(e edition.Edition, r pipeline.Recipient) string {
	if r.Nation != e.Nation {
		return "on the list of another nation"
	}
	if len(r.Kinds) > 0 && !slices.Contains(r.Kinds, e.Kind) {
		return "does not want the kind " + string(e.Kind)
	}
	return ""
}

// limited says why an edition of a recipient's nation is above what they may have; empty if it is not.
func limited(e edition.Edition, r pipeline.Recipient) string {
	limit, err := marking.ParseTLP(r.MaxTLP)
	if err != nil {
		return "their highest TLP is not known"
	}
	if e.TLP > limit {
		return fmt.Sprintf("may have %s at most, the edition is %s", limit, e.TLP)
	}
	if r.MaxMarking != "" {
		return above(e, r)
	}
	return ""
}

// above says why an edition is above the highest marking that a recipient may have; empty if it is not. The limit is a
// banner of the recipient's own nation and is compared with the edition's where that is the nation's too, else with the
// equivalent that the nations have agreed on. What can't be compared is above. TLP is no classification, so that an
// edition marked by TLP alone is within any limit.
func above(e edition.Edition, r pipeline.Recipient) string {
	if e.Scheme == "tlp" {
		return ""
	}
	banner, err := e.Mark()
	if err != nil {
		return "the banner of the edition does not parse"
	}
	limit, err := marking.NationalBanner(string(r.Nation), r.MaxMarking)
	if err != nil { // of a list of before there were equivalents: a banner of the edition's own scheme
		limit, err = parsedIn(e.Scheme, r.MaxMarking)
	}
	if err != nil {
		return fmt.Sprintf("may have %s at most, which is no banner of %s nor of the edition, %s", r.MaxMarking, r.Nation, e.Banner)
	}
	if marking.Within(banner, limit) {
		return ""
	}
	if e.Equivalent == "" {
		return fmt.Sprintf("may have %s at most, the edition is %s", r.MaxMarking, e.Banner)
	}
	if as, err := marking.NationalBanner(string(r.Nation), e.Equivalent); err == nil && marking.Within(as, limit) {
		return ""
	}
	return fmt.Sprintf("may have %s at most, the edition is %s and handled as %s", r.MaxMarking, e.Banner, e.Equivalent)
}

func parsedIn(scheme, banner string) (marking.Mark, error) {
	s, err := marking.ByName(scheme)
	if err != nil {
		return nil, err
	}
	return s.ParseBanner(banner)
}
