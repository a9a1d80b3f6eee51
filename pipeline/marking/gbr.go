package marking

import (
	"math/bits"
	"slices"
	"strings"
)

// gbrScheme is the United Kingdom's Government Security Classifications Policy of August 2024. It has
// no abbreviations: a portion mark is the words in parentheses.
type gbrScheme struct{}

func (gbrScheme) Name() string    { return "gbr" }
func (gbrScheme) Profile() string { return "GSCP-2024" }
func (gbrScheme) Owner() string   { return "GBR" }

func (s gbrScheme) Forms() []Form { return bannerAndPortion(s) }
func (gbrScheme) Lowest() Mark    { return &gbrMark{tiers: 1} }

func (gbrScheme) ParsePortion(s string) (Mark, error) { return gbrParse(s) }
func (gbrScheme) ParseBanner(s string) (Mark, error)  { return gbrParse(s) }

func gbrParse(s string) (Mark, error) {
	m, err := parseGBR(s)
	if err != nil {
		err.Suggestion = suggestGBR(s)
		return nil, err
	}
	return m, nil
}

// Releasable returns the tiers above OFFICIAL, the descriptors and EMBARGOED. What names people or
// organisations at home (HMG USE ONLY), and codewords, no policy releases.
func (gbrScheme) Releasable() []string {
	names := slices.Clone(gbrTiers[gbrSensitive:])
	for p := gbrEmbargoed; int(p) < len(gbrParts); p++ {
		names = append(names, gbrParts[p].name)
	}
	slices.Sort(names)
	return names
}

// gbrMark is a mark of the gbr scheme, parsed or rolled up: all that its portions said.
type gbrMark struct {
	prefix        bool   // UK stands before it
	tiers         uint8  // that were said, a bit each
	parts         gbrSet // of the portions together; FOR PUBLIC RELEASE only if all have it
	organisations []string
	codewords     []string   // both sorted
	caveat        bool       // some portion is … EYES ONLY
	eyes          gbrNations // common to all that are
	exact         bool       // some portion has exactly this list
	bare          bool       // some portion has a control or a tier above OFFICIAL, and names no nations
}

func (m *gbrMark) tier() gbrTier { return gbrTier(bits.Len8(m.tiers) - 1) }

// staysHome reports whether the mark names people or organisations in the United Kingdom, or lists
// of nations that nobody else has in common with the other portions.
func (m *gbrMark) staysHome() bool {
	return m.parts&(1<<gbrRecipients|1<<gbrHMG) != 0 || len(m.organisations) > 0 || m.caveat && (m.bare || m.eyes == gbrUK)
}

func (m *gbrMark) Scheme() string  { return "gbr" }
func (m *gbrMark) Banner() string  { return m.print(m.prefix) }
func (m *gbrMark) Portion() string { return "(" + m.print(m.prefix) + ")" }

// BannerFor has the prefix UK on all that goes to foreign governments (GSCP-2024, Prefixes and
// national caveats).
func (m *gbrMark) BannerFor(nation string) string { return m.print(m.prefix || nation != "GBR") }

func (m *gbrMark) Audience() Audience {
	switch {
	case m.staysHome():
		return Listed("GBR")
	case m.caveat:
		return Audience{kind: listed, countries: m.eyes.trigraphs()}
	case m.bare:
		return Originator()
	}
	return Unlimited()
}

// DomesticControls are every tier above OFFICIAL that a portion has, the descriptors and EMBARGOED,
// which policy may release; and what it never may.
func (m *gbrMark) DomesticControls() []string {
	var names []string
	for t := gbrSensitive; t <= gbrTopSecret; t++ {
		if m.tiers&(1<<t) != 0 {
			names = append(names, gbrTiers[t])
		}
	}
	for p := range gbrParts {
		if m.parts.has(gbrPart(p)) && gbrPart(p) != gbrPublic {
			names = append(names, gbrParts[p].name)
		}
	}
	for _, o := range m.organisations {
		names = append(names, o+gbrUseOnly)
	}
	return append(names, m.codewords...)
}

func (m *gbrMark) Levels() []string { return []string{gbrTiers[m.tier()]} }

// rungs: OFFICIAL with a control (a descriptor, HMG USE ONLY) stands between OFFICIAL and
// OFFICIAL-SENSITIVE.
func (m *gbrMark) rungs() [2]int {
	if m.tier() == gbrOfficial && !m.bare && !m.caveat && !m.staysHome() {
		return [2]int{0}
	}
	return [2]int{1 + int(m.tier())}
}

// printedEyes is the national caveat that the banner has, or none. It never names more than the
// mark allows: lists that differ are not merged (GSCP-2024, Prefixes and national caveats), and what
// can't be printed otherwise stays with its originator, the United Kingdom.
func (m *gbrMark) printedEyes() gbrNations {
	switch {
	case m.tier() < gbrSecret:
		return 0
	case m.parts.has(gbrHMG) && !gbrHMG.allows(m.tier()):
		return gbrUK
	case !m.caveat:
		return 0
	case m.bare || !m.exact:
		return gbrUK
	}
	return m.eyes
}

// print writes the mark in canonical form: what the tier does not allow is left out.
func (m *gbrMark) print(prefix bool) string {
	var b strings.Builder
	if prefix {
		b.WriteString(gbrPrefix)
	}
	t := m.tier()
	b.WriteString(gbrTiers[t])
	part := func(s string) { b.WriteString(gbrBetween); b.WriteString(s) }
	for p := range gbrParts {
		if gbrPart(p) == gbrHMG {
			for _, o := range m.organisations {
				part(o + gbrUseOnly)
			}
		}
		if m.parts.has(gbrPart(p)) && gbrPart(p).allows(t) {
			part(gbrParts[p].name)
		}
	}
	for _, w := range m.codewords {
		part(w)
	}
	if eyes := m.printedEyes(); eyes != 0 {
		part(eyes.String())
	}
	return b.String()
}

// Statements are the notice on what leaves the United Kingdom, and the time, date and next marking
// of an embargo (GSCP-2024, Prefixes and national caveats; Handling instructions). The policy asks
// for a statement of the conditions of release and gives no words for it: these are ours.
func (m *gbrMark) Statements(p Page) (statements, missing []string) {
	if p.Nation != "GBR" && !m.parts.has(gbrPublic) {
		statements = append(statements, "This information is provided in confidence by the Government of the United Kingdom. It is not to be "+
			"released or disclosed, under any law on access to information or otherwise, without the agreement of the United Kingdom.")
	}
	switch {
	case !m.parts.has(gbrEmbargoed):
	case p.Embargo.IsZero():
		missing = []string{"embargo"}
	default:
		after := *m
		after.parts &^= 1 << gbrEmbargoed
		statements = append(statements, "EMBARGOED until "+embargoTime(p.Embargo)+". From then on the marking is "+after.BannerFor(p.Nation)+".")
	}
	return statements, missing
}
