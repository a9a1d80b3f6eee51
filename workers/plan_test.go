package workers

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

func TestExcluded(t *testing.T) {
	usa := testEdition(pipeline.NZL) // UNCLASSIFIED//LES, TLP:AMBER
	tlp := usa
	tlp.Scheme, tlp.Banner = "tlp", "TLP:AMBER"
	plain := usa
	plain.Banner = "UNCLASSIFIED"
	handled := usa
	handled.Equivalent = "SENSITIVE"
	odd := usa
	odd.Equivalent = "SENSITVE"
	own := usa
	own.Scheme, own.Banner = "nzl", "SENSITIVE"
	british := handled
	british.Scheme, british.Banner = "gbr", "UK OFFICIAL-SENSITIVE"
	for _, c := range []struct {
		name   string
		e      edition.Edition
		change func(*pipeline.Recipient)
		reason string
	}{
		{"anybody", usa, func(*pipeline.Recipient) {}, ""},
		{"exactly that TLP", usa, func(r *pipeline.Recipient) { r.MaxTLP = "TLP:AMBER" }, ""},
		{"above their TLP", usa, func(r *pipeline.Recipient) { r.MaxTLP = "TLP:GREEN" }, "TLP:GREEN at most"},
		{"no TLP", usa, func(r *pipeline.Recipient) { r.MaxTLP = "" }, "not known"},
		{"unknown TLP", usa, func(r *pipeline.Recipient) { r.MaxTLP = "TLP:WHITE" }, "not known"},
		{"another nation's list", usa, func(r *pipeline.Recipient) { r.Nation = pipeline.GBR }, "another nation"},
		{"kind wanted", usa, func(r *pipeline.Recipient) { r.Kinds = []pipeline.Kind{"flash", "bulletin"} }, ""},
		{"kind not wanted", usa, func(r *pipeline.Recipient) { r.Kinds = []pipeline.Kind{"flash"} }, "does not want"},
		{"their marking", usa, func(r *pipeline.Recipient) { r.MaxMarking = "UNCLASSIFIED//LES" }, ""},
		{"above their marking", usa, func(r *pipeline.Recipient) { r.MaxMarking = "UNCLASSIFIED" }, "UNCLASSIFIED at most"},
		{"below their marking", plain, func(r *pipeline.Recipient) { r.MaxMarking = "UNCLASSIFIED//LES" }, ""},
		{"a marking of another scheme", usa, func(r *pipeline.Recipient) { r.MaxMarking = "OFFICIAL-SENSITIVE" }, "OFFICIAL-SENSITIVE at most, which is no banner of NZL"},
		{"a marking of their own, and no equivalent", usa, func(r *pipeline.Recipient) { r.MaxMarking = "TOP SECRET" }, "TOP SECRET at most"},
		{"their own marking", handled, func(r *pipeline.Recipient) { r.MaxMarking = "SENSITIVE" }, ""},
		{"their own marking, higher", handled, func(r *pipeline.Recipient) { r.MaxMarking = "SECRET" }, ""},
		{"above their own marking", handled, func(r *pipeline.Recipient) { r.MaxMarking = "IN-CONFIDENCE" }, "IN-CONFIDENCE at most, the edition is UNCLASSIFIED//LES and handled as SENSITIVE"},
		{"the word of one scheme is not that of another", handled, func(r *pipeline.Recipient) { r.MaxMarking = "UNCLASSIFIED" }, "UNCLASSIFIED at most"},
		{"their own nation's edition", own, func(r *pipeline.Recipient) { r.MaxMarking = "RESTRICTED" }, ""},
		{"above, in their own nation's edition", own, func(r *pipeline.Recipient) { r.MaxMarking = "UNCLASSIFIED" }, "UNCLASSIFIED at most"},
		{"a prefix for abroad", british, func(r *pipeline.Recipient) { r.MaxMarking = "SENSITIVE" }, ""},
		{"an equivalent that does not parse", odd, func(r *pipeline.Recipient) { r.MaxMarking = "TOP SECRET" }, "TOP SECRET at most"},
		{"a marking, and an edition without", tlp, func(r *pipeline.Recipient) { r.MaxMarking = "UNCLASSIFIED" }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := recipient(pipeline.NZL, "a@x.example")
			c.change(&r)
			got := excluded(c.e, r)
			if (got == "") != (c.reason == "") || !strings.Contains(got, c.reason) {
				t.Errorf("got %q, want %q", got, c.reason)
			}
		})
	}
}

// archived notes whose keys are kept.
type archived map[string]bool

func (a archived) Keep(r pipeline.Recipient) error { a[r.Address] = true; return nil }

func (a archived) Former(pipeline.Nation, string) (string, error) { return "", pipeline.ErrNotFound }

func planWorld(t *testing.T) (*Plan, *memory, *lists, pipeline.Fact) {
	t.Helper()
	docs := newMemory()
	l := &lists{byNation: map[pipeline.Nation][]pipeline.Recipient{}}
	for i := range 5 {
		l.byNation[pipeline.NZL] = append(l.byNation[pipeline.NZL], recipient(pipeline.NZL, fmt.Sprintf("r%d@x.example", i)))
	}
	l.byNation[pipeline.NZL][1].MaxTLP = "TLP:CLEAR"
	p := &Plan{
		Facts: newQueue(t), Documents: docs, Lists: l, Archive: archived{}, ChunkSize: func() int { return 2 }, Nation: pipeline.NZL,
		Keys: func(r pipeline.Recipient) seal.Fitness {
			if r.Address == "r2@x.example" {
				return seal.Fitness{State: seal.Unfit, Reasons: []string{"the key expired"}}
			}
			return anyKey(r)
		},
	}
	in := newFact(t, pipeline.Rendered, newRef(), stored(docs, testEdition(pipeline.NZL)))
	in.Nation = pipeline.NZL
	return p, docs, l, in
}

func TestPlanAndDispatch(t *testing.T) {
	p, docs, l, in := planWorld(t)
	out, err := p.Work(ctx, in)
	must(t, err)
	body := decoded[pipeline.PlannedBody](t, out[0])
	if body.Recipients != 3 || body.Chunks != 2 || body.Parked != 1 || body.Excluded != 1 {
		t.Errorf("planned: %+v", body)
	}
	stored, err := docs.Get(ctx, body.Plan)
	must(t, err)
	plan, err := pipeline.ParsePlan(stored)
	must(t, err)
	if len(plan.Parked) != 1 || plan.Parked[0] != (pipeline.Unreachable{Address: "r2@x.example", Reason: "the key expired"}) {
		t.Errorf("parked: %v", plan.Parked)
	}
	stored, err = docs.Get(ctx, body.NotMeant)
	must(t, err)
	if got, want := string(stored), `{"may have TLP:CLEAR at most, the edition is TLP:AMBER":["r1@x.example"]}`; got != want {
		t.Errorf("not meant: %s, want %s", got, want)
	}

	q := p.Facts.(interface{ Publisher })
	must(t, q.Publish(ctx, out...))
	l.byNation[pipeline.NZL] = append(l.byNation[pipeline.NZL], recipient(pipeline.NZL, "new@x.example"))
	again, err := p.Work(ctx, in)
	must(t, err)
	if again[0].Identity() != out[0].Identity() {
		t.Error("the list has changed, and the plan with it, though one is on record")
	}
	must(t, q.Publish(ctx, again...))

	planned := out[0]
	first, err := (&Dispatch{Documents: docs}).Work(ctx, planned)
	must(t, err)
	second, err := (&Dispatch{Documents: docs}).Work(ctx, planned)
	must(t, err)
	if !reflect.DeepEqual(first, second) || len(first) != 2 {
		t.Fatalf("dispatched\n%v\nthen\n%v", first, second)
	}
	var got []string
	for i, f := range first {
		if f.Chunk != i+1 || f.Nation != pipeline.NZL || f.Precedence != pipeline.Routine {
			t.Errorf("chunk: %+v", f)
		}
		for _, a := range decoded[pipeline.ChunkBody](t, f).Recipients {
			got = append(got, a.Address)
		}
	}
	if !slices.Equal(got, []string{"r0@x.example", "r3@x.example", "r4@x.example"}) {
		t.Errorf("chunks hold %v", got)
	}
	docs.gone = errors.New("away")
	if _, err := (&Dispatch{Documents: docs}).Work(ctx, planned); !isRetry(err) {
		t.Errorf("the plan is not there: %v, want to come back", err)
	}
	planned.Body = []byte("{")
	if _, err := (&Dispatch{Documents: docs}).Work(ctx, planned); !isPermanent(err) {
		t.Errorf("the plan can't be read: %v, want it parked", err)
	}
}

func TestPlanRefuses(t *testing.T) {
	p, docs, l, in := planWorld(t)
	l.err = errors.New("line 3: what is this")
	if _, err := p.Work(ctx, in); !isRetry(err) {
		t.Errorf("the list can't be read: %v, want to come back", err)
	}
	l.err = nil
	other := in
	other.Nation = pipeline.GBR
	if _, err := p.Work(ctx, other); !isPermanent(err) {
		t.Errorf("another nation: %v, want it parked", err)
	}
	docs.gone = errors.New("away")
	if _, err := p.Work(ctx, in); !isRetry(err) {
		t.Errorf("the store is away: %v, want to come back", err)
	}
}

func TestPlanOfNobody(t *testing.T) {
	p, _, l, in := planWorld(t)
	l.byNation[pipeline.NZL] = nil
	out, err := p.Work(ctx, in)
	must(t, err)
	if body := decoded[pipeline.PlannedBody](t, out[0]); body.Recipients != 0 || body.Chunks != 0 {
		t.Errorf("planned: %+v", body)
	}
}

// A withdrawal must reach whoever is planned for, though the list forgets them: their certificates are kept first.
func TestPlanKeepsTheKeysOfThosePlannedFor(t *testing.T) {
	p, _, l, in := planWorld(t)
	_, err := p.Work(ctx, in)
	must(t, err)
	kept := p.Archive.(archived)
	for _, r := range l.byNation[pipeline.NZL] {
		if f := p.Keys(r); kept[r.Address] != (f.Key != nil && r.MaxTLP != "TLP:CLEAR") {
			t.Errorf("%s: key kept: %v", r.Address, kept[r.Address])
		}
	}
}
