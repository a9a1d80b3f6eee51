package desk

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"bulletin/pipeline"
)

// Cause is why recipients get nothing, and who: a list of a hundred thousand names may have thousands for one reason.
type Cause struct {
	Reason     string   `json:"reason"`
	Recipients int      `json:"recipients"`
	First      []string `json:"first"` // addresses, in order: all of them, or some
}

const (
	few       = 20 // so many recipients are named each
	firstFew  = 3  // of more, so many for each reason
	fewCauses = 20 // and no more reasons than these
)

// others is the reason of those whose reasons are not among the most frequent: a relay may give everyone another.
const others = "for other reasons"

// causes groups recipients, in the order of their addresses, by why they get nothing: the most frequent reason first.
func causes(parked []parkedRecipient) []Cause {
	by := map[string]*Cause{}
	for _, p := range parked {
		reason := p.reason.Value()
		if len(parked) > few { // a relay's answer names whom it refuses
			reason = strings.ReplaceAll(reason, p.address, "…")
		}
		c := by[reason]
		if c == nil {
			c = &Cause{Reason: reason}
			by[c.Reason] = c
		}
		c.add(p.address, len(parked))
	}
	out := slices.SortedFunc(maps.Values(by), func(a, b *Cause) int {
		return cmp.Or(cmp.Compare(b.Recipients, a.Recipients), cmp.Compare(a.Reason, b.Reason))
	})
	var kept []Cause
	for i, c := range out {
		if i < fewCauses {
			kept = append(kept, *c)
			continue
		}
		if i == fewCauses {
			kept = append(kept, Cause{Reason: others})
		}
		rest := &kept[fewCauses]
		rest.Recipients += c.Recipients
		rest.First = append(rest.First, c.First...)[:min(len(rest.First)+len(c.First), firstFew)]
	}
	return kept
}

func (c *Cause) add(address string, of int) {
	if c.Recipients++; of <= few || len(c.First) < firstFew {
		c.First = append(c.First, address)
	}
}

// causesOf groups those whom a list can't reach.
func causesOf(unreachable []pipeline.Unreachable) []Cause {
	parked := make([]parkedRecipient, len(unreachable))
	for i, u := range unreachable {
		parked[i] = parkedOf(u.Address, u.Reason)
	}
	sortParked(parked)
	return causes(parked)
}
