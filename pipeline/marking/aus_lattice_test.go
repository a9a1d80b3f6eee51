package marking

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

func tally(ran map[string]int) string {
	var out []string
	for kind, n := range ran {
		out = append(out, fmt.Sprintf("%s %d", kind, n))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// drawAus draws a mark as banners and portions have them.
func drawAus(t *rapid.T) Mark { return drawAusFacts(t).settle(nil) }

// drawAusFacts draws any set of caveats that the level bears.
func drawAusFacts(t *rapid.T) *ausMark {
	m := newAusMark(ausLevel(rapid.IntRange(0, int(ausTopSecret)).Draw(t, "level")))
	indicator := rapid.SampledFrom([]ausCaveat{ausREL, ausAGAO, ausAUSTEO}).Draw(t, "indicator")
	for c, row := range ausCaveats {
		other := ausRelease.has(ausCaveat(c)) && ausCaveat(c) != indicator
		if m.level >= row.floor && !other && rapid.IntRange(0, 3).Draw(t, row.banner) == 0 {
			m.said |= 1 << c
		}
	}
	texts := rapid.SampledFrom([]string{"LOBSTER", "TURBOT", "code word", "AUSTEO", "a,b", `a\b`, "S//REL TO USA, AUS", "(x)", ausNobody,
		strings.Repeat("W", ausTextMax)})
	if m.said.has(ausCodeword) {
		m.codewords = []string{texts.Draw(t, "codeword")}
	}
	if m.said.has(ausForeign) {
		m.foreign = rapid.SliceOfNDistinct(texts, 1, 2, rapid.ID[string]).Draw(t, "foreign")
		slices.Sort(m.foreign)
	}
	if m.said.has(ausExclusiveFor) {
		m.exclusive = texts.Draw(t, "name")
	}
	if m.said.has(ausREL) {
		codes := rapid.SampledFrom([]string{"AGO", "CAN", "GBR", "NZL", "USA"})
		m.countries = append(rapid.SliceOfNDistinct(codes, 1, 5, rapid.ID[string]).Draw(t, "codes"), "AUS")
		slices.Sort(m.countries)
	}
	return m
}
