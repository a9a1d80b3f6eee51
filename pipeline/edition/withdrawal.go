package edition

import (
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// Instruction is what everyone is told who got a bulletin that is withdrawn.
const Instruction = "This bulletin is withdrawn. Delete every copy of it, printed ones and attachments included, and " +
	"take what you imported from it (indicators, detection rules, STIX objects) out of your systems. " +
	"Tell whoever you passed it on to. Act on nothing that it said."

// Withdrawal returns what a nation is sent that got editions which are withdrawn, the newest first: the newest one's
// marking, title and number, and instead of its content the instruction to delete every copy, and why. What the
// attachments say of the withdrawn editions comes from these. The version is the next after the newest's.
func Withdrawal(former []Edition, digests []pipeline.Digest, version string, at time.Time, reason string) Edition {
	last := former[0]
	e := Edition{
		Number: last.Number, Released: at.UTC(), Nation: last.Nation, Kind: last.Kind, Precedence: last.Precedence,
		Scheme: last.Scheme, Banner: last.Banner, TLP: last.TLP, ReleasableTo: last.ReleasableTo, Originator: last.Originator,
		Statements: last.Statements, Title: last.Title, Contacts: last.Contacts,
		Withdraws: digests, Former: former,
	}
	e.History = append(append(e.History, last.History...), Version{
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

func heading(text string) draft.Block {
	return draft.Block{Kind: draft.Heading, Level: 2, Text: plainText(text)}
}

func paragraph(text string) draft.Block {
	return draft.Block{Kind: draft.Paragraph, Text: plainText(text)}
}

func plainText(text string) []draft.Inline {
	return []draft.Inline{{Kind: draft.Text, Text: text}}
}
