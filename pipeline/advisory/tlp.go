package advisory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"bulletin/pipeline/marking"
)

// What a source says of its own marking. A statement is a label by itself on a line, at the start of a text, or behind
// a word that says "this is marked"; whatever else speaks of TLP only mentions it (another document's label, or the
// table that explains all of them). One statement and nothing that contradicts it is a proposal; else the author decides.

var (
	tlpMention = regexp.MustCompile(`(?i)\b(?:TLP|traffic[ -]light[ -]protocol)\s*(?:[:：=_–—-]\s*|\s)\(?\s*(WHITE|CLEAR|GREEN|AMBER\s*[+ _-]\s*STRICT|AMBER|RED)\b`)
	tlpOther   = regexp.MustCompile(`\bTLP:[A-Z]{2,}`)
	saysMarked = regexp.MustCompile(`(?i)(?:\b(?:marked|marking|released|designated|labell?ed|classified|classification|distribution|handling|sensitivity|shared)\b[^.\n]{0,40}|(?m:^)[\s>*_#|(\[{-]*)$`)
	// marksPortion is what stands before the label of a portion, which says nothing of the whole.
	marksPortion = regexp.MustCompile(`(?:^|\n)[\s>*_#\d.)-]*\($`)
	address      = regexp.MustCompile(`(?i)\b(?:https?|ftp)://[^\s<>"]+`)
)

// maxMentions is how many labels of a source are looked at; a source with more says nothing that can be relied on.
const maxMentions = 5_000

// label translates a colour of TLP 1.0 or 2.0: WHITE became CLEAR (TLP 2.0, "changes from TLP 1.0").
func label(colour string) marking.TLP {
	colour = strings.ToUpper(strings.Join(strings.FieldsFunc(colour, func(r rune) bool { return strings.ContainsRune("+ _-\t\n", r) }), "+"))
	if colour == "WHITE" {
		return marking.Clear
	}
	t, err := marking.ParseTLP("TLP:" + colour)
	if err != nil {
		return marking.NoTLP
	}
	return t
}

// stated is what is said of a source's TLP.
type stated struct {
	labels []marking.TLP // those that it states, each once
	others []marking.TLP // those that it mentions, each once
	odd    []string      // labels that TLP does not have
	quotes []string      // where it is said
}

// statedTLP reads what plain text says.
func statedTLP(text string) stated {
	var out stated
	text = address.ReplaceAllStringFunc(text, func(a string) string { return strings.Repeat("x", len(a)) })
	text = strings.NewReplacer("*", " ", "`", " ").Replace(text)
	mentions := tlpMention.FindAllStringSubmatchIndex(text, maxMentions)
	if len(mentions) == maxMentions {
		out.odd = append(out.odd, "more labels than anyone reads")
	}
	for _, at := range mentions {
		t := label(text[at[2]:at[3]])
		before := text[max(0, at[0]-120):at[0]]
		if !saysMarked.MatchString(before) || marksPortion.MatchString(before) {
			out.others = once(out.others, t)
			continue
		}
		out.labels = once(out.labels, t)
		out.quote(text, at[0])
	}
	for _, at := range tlpOther.FindAllStringIndex(text, maxMentions) {
		if !tlpMention.MatchString(text[at[0]:at[1]]) && len(out.odd) < maxQuotes {
			out.odd = once(out.odd, text[at[0]:at[1]])
			out.quote(text, at[0])
		}
	}
	return out
}

func once[T comparable](list []T, one T) []T {
	if slices.Contains(list, one) {
		return list
	}
	return append(list, one)
}

// quote keeps the line that offset is in, or what of a long one stands around it, once.
func (s *stated) quote(text string, offset int) {
	if len(s.quotes) >= maxQuotes {
		return
	}
	before, after := text[max(0, offset-maxQuote):offset], text[offset:min(len(text), offset+maxQuote)]
	line, _, _ := strings.Cut(after, "\n")
	s.quotes = once(s.quotes, oneLine(strings.ToValidUTF8(before[strings.LastIndexByte(before, '\n')+1:]+line, "")))
}

// one returns the one label that is stated, or why there is none.
func (s stated) one() (t marking.TLP, why string) {
	switch {
	case len(s.odd) > 0:
		return marking.NoTLP, "the source says " + strings.Join(s.odd, ", ") + ", which is no label of TLP"
	case len(s.labels) > 1:
		return marking.NoTLP, "the source states several: " + joined(s.labels)
	case len(s.labels) == 1:
		for _, other := range s.others {
			if other > s.labels[0] {
				return marking.NoTLP, fmt.Sprintf("the source states %s, and mentions %s", s.labels[0], joined(s.others))
			}
		}
		return s.labels[0], ""
	case len(s.others) > 0:
		return marking.NoTLP, "the source mentions " + joined(s.others) + ", and does not say that it is marked so"
	}
	return marking.NoTLP, "the source states none"
}

func joined(labels []marking.TLP) string {
	out := make([]string, len(labels))
	for i, l := range labels {
		out[i] = l.String()
	}
	return strings.Join(out, ", ")
}
