package desk

import (
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// releaseAt puts on record that a revision was released, as marking does.
func (o *office) releaseAt(ref pipeline.Ref, number string, at time.Time) {
	o.t.Helper()
	f, err := pipeline.NewFact(pipeline.Numbered, ref, "mark", pipeline.NumberedBody{Number: number, Released: at})
	must(o.t, err)
	must(o.t, o.q.Publish(ctx, f))
}

func (o *office) handIn(author string, id pipeline.ID, text string) pipeline.Ref {
	o.t.Helper()
	s, err := o.clients[author].Submit(ctx, id, source("draft.md", text))
	must(o.t, err)
	return s.Ref
}

func november() OverviewOrder {
	return OverviewOrder{From: "2026-11-01", To: "2026-11-30", Scheme: "tlp"}
}

const tlpText = `---
title: TITLE
kind: notice
scheme: tlp
tlp: TLP:AMBER
releasable_to: [CAN, GBR, USA]
---
## Summary

(TLP:AMBER) WORDS for three.

(TLP:AMBER//REL TO GBR, USA) WORDS for two.
`

func worded(title, words string) string {
	return strings.NewReplacer("TITLE", title, "WORDS", words).Replace(tlpText)
}

// What stands in an overview is what was released in the period, as it stands now, and what the asking person may have.
func TestOverviewGathersWhatIsReleased(t *testing.T) {
	o := newOffice(t)
	day := func(s string) time.Time {
		at, err := time.Parse(time.RFC3339, s)
		must(t, err)
		return at
	}
	first, last := o.handIn("tom", "", worded("First", "Early")), o.handIn("tom", "", worded("Last", "Late"))
	o.releaseAt(first, "SA26-305A", day("2026-11-01T00:00:00Z"))
	o.releaseAt(last, "SA26-334A", day("2026-11-30T23:59:59Z"))
	for number, at := range map[string]string{"SA26-304Z": "2026-10-31T23:59:59Z", "SA26-335A": "2026-12-01T00:00:00Z"} {
		o.releaseAt(o.handIn("tom", "", worded("Outside", "Other")), number, day(at))
	}
	o.handIn("tom", "", worded("Unreleased", "Other"))
	compendium := strings.Replace(worded("Compendium", "Other"), "kind: notice", "kind: overview", 1)
	o.releaseAt(o.handIn("tom", "", compendium), "SA26-310A", testTime)
	corrected := o.handIn("tom", "", worded("Wrong", "Wrong"))
	o.releaseAt(corrected, "SA26-311A", testTime)
	right := strings.Replace(worded("Right", "Right"), "kind: notice", "kind: notice\ncorrection: Said right", 1)
	again, err := o.clients["tom"].Correct(ctx, corrected.ID, draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(right)}})
	must(t, err)
	o.releaseAt(again.Ref, "SA26-311A", day("2026-12-24T00:00:00Z"))
	withdrawn := o.handIn("tom", "", worded("Withdrawn", "Other"))
	o.releaseAt(withdrawn, "SA26-312A", testTime)
	f, err := pipeline.NewFact(pipeline.Withdrawn, pipeline.Ref{ID: withdrawn.ID, Revision: 2}, "tally", pipeline.WithdrawnBody{Of: 1})
	must(t, err)
	must(t, o.q.Publish(ctx, f))

	got, err := o.clients["dana"].Overview(ctx, november())
	must(t, err)
	var numbers []string
	for _, b := range got.Bulletins {
		numbers = append(numbers, b.Number+" "+b.Title)
	}
	if s := strings.Join(numbers, ", "); s != "SA26-305A First, SA26-311A Right, SA26-334A Last" {
		t.Errorf("USA gets %s", s)
	}
	for _, not := range []string{"Outside", "Unreleased", "Compendium", "Wrong", "Withdrawn", "Other"} {
		if strings.Contains(got.Draft, not) {
			t.Errorf("%s stands in\n%s", not, got.Draft)
		}
	}
	if !strings.Contains(got.Draft, "(TLP:AMBER//REL TO GBR, USA) **SA26-305A**: Early for two.") {
		t.Errorf("a portion is not carried with its mark:\n%s", got.Draft)
	}
	got, err = o.clients["luc"].Overview(ctx, november())
	must(t, err)
	if !strings.Contains(got.Draft, "Early for three") || strings.Contains(got.Draft, "for two") {
		t.Errorf("CAN gets\n%s", got.Draft)
	}
}

func TestOverviewIsForWhoMayHaveIt(t *testing.T) {
	o := newOffice(t)
	o.releaseAt(o.handIn("tom", "", worded("First", "Early")), "SA26-305A", testTime)
	o.releaseAt(o.submit(), "SA26-306A", testTime)
	for name, says := range map[string]string{
		"green":  "no bulletin that you may have was released",
		"carlos": "carlos is not an author",
		"clerk":  "clerk is not an author",
	} {
		if _, err := o.clients[name].Overview(ctx, november()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := o.clients["luc"].Overview(ctx, november())
	must(t, err)
	if len(got.Bulletins) != 1 || strings.Contains(got.Draft, "SA26-306A") {
		t.Errorf("CAN is told of a bulletin without an edition for it:\n%s", got.Draft)
	}
	got, err = o.clients["tom"].Overview(ctx, november()) // in tlp: what is marked in usa is left to the editor
	must(t, err)
	if !strings.Contains(got.Draft, "**SA26-306A**") || strings.Contains(got.Draft, "A first paragraph for all") || strings.Contains(got.Draft, "For two nations") {
		t.Errorf("GBR gets\n%s", got.Draft)
	}
	order := november()
	order.Scheme = "usa"
	got, err = o.clients["dan"].Overview(ctx, order)
	must(t, err)
	if !strings.Contains(got.Draft, "(TLP:AMBER)(U//REL TO USA, AUS, GBR, NZL) **SA26-306A**") || strings.Contains(got.Draft, "Early") {
		t.Errorf("USA gets\n%s", got.Draft)
	}
}
