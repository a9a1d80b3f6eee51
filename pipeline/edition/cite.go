package edition

import "bulletin/pipeline/draft"

// recite gives the citations in the edition's text the numbers that its references have: those are counted
// from what is left. kept holds, for each reference of the draft in order, whether the nation may have it.
func recite(e *Edition, kept []bool) {
	number, left := make([]int, len(kept)), 0
	for i, k := range kept {
		if k {
			left++
			number[i] = left
		}
	}
	if left == len(kept) {
		return // nothing moved: the author's words stay as they are
	}
	e.Correction.Text = draft.Recite(e.Correction.Text, number)
	for i := range e.Actions {
		e.Actions[i].Text = draft.Recite(e.Actions[i].Text, number)
	}
	for i := range e.Glance {
		e.Glance[i].Text = draft.Recite(e.Glance[i].Text, number)
	}
	for i := range e.Attack {
		e.Attack[i].Use = draft.Recite(e.Attack[i].Use, number)
	}
	for i := range e.Indicators {
		e.Indicators[i].Note = draft.Recite(e.Indicators[i].Note, number)
	}
	for i := range e.Attachments {
		e.Attachments[i].About = draft.Recite(e.Attachments[i].About, number)
	}
	for _, lines := range [][]Line{e.References, e.Contacts} {
		for i := range lines {
			lines[i].Text = draft.Recite(lines[i].Text, number)
		}
	}
	for i := range e.Blocks {
		e.Blocks[i].EachInline(func(run *draft.Inline) {
			if run.Kind == draft.Text {
				run.Text = draft.Recite(run.Text, number)
			}
		})
	}
}
