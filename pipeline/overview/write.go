package overview

import (
	"fmt"
	"strings"

	"bulletin/pipeline/draft"
)

// write puts the draft together.
func (c *compiler) write() string {
	var b strings.Builder
	period := day(c.From) + " to " + day(c.To)
	fmt.Fprintf(&b, `---
# Compiled for an editor of %[1]s from the bulletins of the period that %[1]s has. What was carried over has the mark that it
# had, or a narrower one: do not widen it. Write what stands in [To write: …]; check names each that is left.
# Who has none of the bulletins gets no more than what you write: take them out of releasable_to if they need not know.
title: "Threats and trends, %[2]s"
kind: overview            # for law enforcement only
precedence: routine
scheme: %[3]s
tlp: %[4]s
releasable_to: [AUS, CAN, GBR, NZL, USA]
glance:
  who: "%[5]s"
  what: "%[6]s"
  since: "%[2]s, by the clock of UTC"
  confidence: "%[7]s"
actions:
  - "Compare the trends below with your own cases."
  - "Look up the bulletins of the techniques that you meet."
  - "Tell your unit's desk what is missing here."
---

`, c.Nation, period, c.Scheme.Name(), c.tlp, toWrite("who the period's bulletins were about"), toWrite("what was common to them"),
		toWrite("high, medium or low, and in what"))
	all := c.everybody()
	paragraph := func(text string) { fmt.Fprintf(&b, "%s %s\n\n", all, text) }
	heading := func(text string) { fmt.Fprintf(&b, "## %s\n\n", c.headed(all, text)) }

	paragraph(Statement)
	heading("Summary")
	paragraph(toWrite("what changed in the period, in three sentences, and how sure you are of it"))
	heading("Trends by ATT&CK technique")
	paragraph("How many of the period's bulletins name a technique. Bulletins that went to different nations are counted apart.")
	fmt.Fprintf(&b, "%s\n", c.techniques.table(all, "Technique", "Name"))
	heading("Trends by kind of bulletin")
	fmt.Fprintf(&b, "%s\n", c.kinds.table(all, "Kind"))
	heading("The bulletins of the period")
	for _, s := range c.summaries {
		b.WriteString(s + "\n\n")
	}
	heading("Strategic initiatives")
	paragraph(toWrite("what the unit does about these trends, with whom, until when, and what it asks of the others"))
	heading("Outlook")
	paragraph(toWrite("what to expect next, and what would show that it is coming"))
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// headed is the text of a heading with its mark, where the scheme puts marks on headings.
func (c *compiler) headed(mark, text string) string {
	if !draft.MarksHeadings(c.Scheme.Name()) {
		return text
	}
	return mark + " " + text
}
