package edition

import (
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// Instruction is what everyone is told who got a bulletin that is withdrawn.
const Instruction = "This bulletin is withdrawn. Delete every copy of it, printed ones and attachments included, and " +
	"take what you imported from it (indicators, detection rules, STIX objects) out of your systems. " +
	"Tell whoever you passed it on to. Act on nothing that it said."

// Withdrawal returns what a nation is sent that got editions which are withdrawn, the newest first: the marking, title
// and number of one of them, and instead of its content the instruction to delete every copy, and why. It goes to
// whoever got any of them, so that it is made from the newest that everyone among them may have. Where there is none
// (one has the higher TLP and another the higher marking) it says nothing of what stood in any. What the attachments
// say of the withdrawn editions comes from those that this one covers. The version is the next after the newest's.
func Withdrawal(former []Edition, digests []pipeline.Digest, version string, at time.Time, reason string) Edition {
	from, common := forAll(former)
	e := Edition{
		Number: from.Number, Released: at.UTC(), Nation: from.Nation, Kind: from.Kind, Precedence: former[0].Precedence,
		Scheme: from.Scheme, Banner: from.Banner, Equivalent: from.Equivalent, TLP: from.TLP, ReleasableTo: from.ReleasableTo, Originator: from.Originator,
		Statements: from.Statements, Title: plainTitle(from.Kind),
	}
	oldest := slices.Clone(former)
	slices.Reverse(oldest)
	e.History = e.HistoryUpTo(oldest)
	if common {
		e.Title, e.Contacts, e.Withdraws, e.Former = from.Title, from.Contacts, digests, former
	} else {
		withoutLines(e.History)
	}
	e.History = append(e.History, Version{
		Version: version, At: at.UTC(), Change: ChangeWithdrawal, Summary: "Withdrawn: delete every copy",
	})
	e.Blocks = []draft.Block{heading("Delete every copy"), paragraph(Instruction), heading("Why it is withdrawn")}
	for part := range strings.SplitSeq(reason, "\n\n") {
		if text := strings.Join(strings.Fields(part), " "); text != "" {
			e.Blocks = append(e.Blocks, paragraph(text))
		}
	}
	return e
}

// forAll returns the newest edition that whoever got any of them may have. Where there is none, common is false, and it
// is one of the lowest TLP.
func forAll(former []Edition) (e Edition, common bool) {
	lowest := former[0]
	for _, e := range former {
		if !slices.ContainsFunc(former, func(other Edition) bool { return !other.Covers(e) }) {
			return e, true
		}
		if e.TLP < lowest.TLP {
			lowest = e
		}
	}
	return lowest, false
}

func heading(text string) draft.Block {
	return draft.Block{Kind: draft.Heading, Level: 2, Text: plainText(text)}
}

func paragraph(text string) draft.Block {
	return draft.Block{Kind: draft.Paragraph, Text: plainText(text)}
}

func plainText(text string) []draft.Inline {
	return []draft.Inline{{Kind: draft.Text, Text: text}}
}
