package edition

import (
	"fmt"
	"regexp"
	"strconv"

	"bulletin/pipeline/draft"
)

// citation is a reference's number in running text, with the space before it.
var citation = regexp.MustCompile(`[ \x{a0}]?\[([0-9]{1,3})\]`)

// recite gives the citations in the edition's text the numbers that its references have: those are counted
// from what is left. A citation of a withheld reference falls away. kept holds, for each reference of the
// draft in order, whether the nation may have it.
func recite(e *Edition, kept []bool) {
	number, moved := make([]int, len(kept)), false
	next := 0
	for i, k := range kept {
		if k {
			next++
			number[i] = next
		}
		moved = moved || !k
	}
	if !moved {
		return
	}
	in := func(s string) string {
		return citation.ReplaceAllStringFunc(s, func(c string) string {
			n, _ := strconv.Atoi(citation.FindStringSubmatch(c)[1]) // digits, by the pattern
			switch {
			case n < 1 || n > len(number):
				return c // not a citation
			case number[n-1] == 0:
				return ""
			case c[0] == '[':
				return fmt.Sprintf("[%d]", number[n-1])
			}
			return fmt.Sprintf(" [%d]", number[n-1])
		})
	}
	for i := range e.Actions {
		e.Actions[i].Text = in(e.Actions[i].Text)
	}
	for i := range e.Glance {
		e.Glance[i].Text = in(e.Glance[i].Text)
	}
	for i := range e.Attack {
		e.Attack[i].Use = in(e.Attack[i].Use)
	}
	for i := range e.Blocks {
		eachInline(&e.Blocks[i], func(run *draft.Inline) {
			if run.Kind == draft.Text {
				run.Text = in(run.Text)
			}
		})
	}
}
