package marking

import (
	"math/bits"
	"slices"
	"strings"
)

// gbrTier is a classification tier of GSCP-2024, or OFFICIAL with its -SENSITIVE marking, which is no
// tier of its own but stands above OFFICIAL without it.
type gbrTier int

const (
	gbrOfficial gbrTier = iota
	gbrSensitive
	gbrSecret
	gbrTopSecret
)

var gbrTiers = [...]string{"OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET"}

const (
	gbrTierRule      = "GSCP-2024 Classification tiers"
	gbrSensitiveRule = "GSCP-2024 Applying the -SENSITIVE marking"
	gbrPartRule      = "GSCP-2024 Additional markings"
	gbrHandlingRule  = "GSCP-2024 Handling instructions"
	gbrDescriptRule  = "GSCP-2024 Descriptors"
	gbrCodeRule      = "GSCP-2024 Code words"
	gbrCaveatRule    = "GSCP-2024 Prefixes and national caveats"
	gbrPrefix        = "UK "
	gbrBetween       = " - "
	gbrUseOnly       = " USE ONLY"
	gbrEyesOnly      = " EYES ONLY"
)

// gbrPart is an additional marking that has one spelling. The names of organisations and codewords,
// which have many, are kept apart.
type gbrPart int

const (
	gbrRecipients gbrPart = iota
	gbrPublic
	gbrHMG
	gbrEmbargoed
	gbrCommercial
	gbrHR
	gbrLegal
	gbrLPP
	gbrMarket
	gbrPersonal
	gbrDescriptors = gbrCommercial // the first of them
)

// gbrPlace is the order of the parts of a mark: handling instructions, descriptors, codewords, the
// national caveat. Inside of a place the order is that of the table, or the alphabet.
type gbrPlace int

const (
	gbrAtTier gbrPlace = iota
	gbrAtRecipients
	gbrAtPublic
	gbrAtOrganisation
	gbrAtHMG
	gbrAtEmbargoed
	gbrAtDescriptor
	gbrAtCodeword
	gbrAtCaveat
)

// gbrParts says where a part stands and with which tiers: from low to high (GSCP-2024, Handling
// instructions and Descriptors).
var gbrParts = [...]struct {
	name      string
	place     gbrPlace
	low, high gbrTier
	rule      string
}{
	gbrRecipients: {"RECIPIENTS ONLY", gbrAtRecipients, gbrSensitive, gbrTopSecret, gbrHandlingRule},
	gbrPublic:     {"FOR PUBLIC RELEASE", gbrAtPublic, gbrOfficial, gbrOfficial, gbrHandlingRule},
	gbrHMG:        {"HMG USE ONLY", gbrAtHMG, gbrOfficial, gbrSecret, gbrHandlingRule},
	gbrEmbargoed:  {"EMBARGOED", gbrAtEmbargoed, gbrOfficial, gbrSecret, gbrHandlingRule},
	gbrCommercial: {"COMMERCIAL", gbrAtDescriptor, gbrOfficial, gbrTopSecret, gbrDescriptRule},
	gbrHR:         {"HR/MANAGEMENT", gbrAtDescriptor, gbrOfficial, gbrTopSecret, gbrDescriptRule},
	gbrLegal:      {"LEGAL", gbrAtDescriptor, gbrOfficial, gbrSensitive, gbrDescriptRule},
	gbrLPP:        {"LPP", gbrAtDescriptor, gbrOfficial, gbrTopSecret, gbrDescriptRule},
	gbrMarket:     {"MARKET SENSITIVE", gbrAtDescriptor, gbrOfficial, gbrTopSecret, gbrDescriptRule},
	gbrPersonal:   {"PERSONAL DATA", gbrAtDescriptor, gbrOfficial, gbrTopSecret, gbrDescriptRule},
}

// allows reports whether the part may stand beside the tier.
func (p gbrPart) allows(t gbrTier) bool { return gbrParts[p].low <= t && t <= gbrParts[p].high }

// gbrSet is a set of parts.
type gbrSet uint16

func (s gbrSet) has(p gbrPart) bool { return s&(1<<p) != 0 }

// gbrNations is a set of the five nations, in the order of gbrCodes.
type gbrNations uint8

// gbrCodes are the nations as national caveats write them, alphabetically ("UK/US EYES ONLY"), each
// with its trigraph. No text at hand shows how others are written, and no others get an edition.
var gbrCodes = [...]struct{ caveat, trigraph string }{
	{"AUS", "AUS"}, {"CAN", "CAN"}, {"NZ", "NZL"}, {"UK", "GBR"}, {"US", "USA"},
}

const (
	gbrUK   gbrNations = 1 << 3
	gbrFive gbrNations = 1<<len(gbrCodes) - 1
)

// trigraphs returns the nations, sorted.
func (n gbrNations) trigraphs() []string {
	out := make([]string, 0, bits.OnesCount8(uint8(n)))
	for i, code := range gbrCodes {
		if n&(1<<i) != 0 {
			out = append(out, code.trigraph)
		}
	}
	slices.Sort(out)
	return out
}

// gbrNationsOf is the set of those of the nations that it knows.
func gbrNationsOf(trigraphs []string) (n gbrNations) {
	for i, code := range gbrCodes {
		if slices.Contains(trigraphs, code.trigraph) {
			n |= 1 << i
		}
	}
	return n
}

// String writes the national caveat. FIVE stands only where the set is all five.
func (n gbrNations) String() string {
	if n == gbrFive {
		return "FIVE" + gbrEyesOnly
	}
	var names []string
	for i, code := range gbrCodes {
		if n&(1<<i) != 0 {
			names = append(names, code.caveat)
		}
	}
	return strings.Join(names, "/") + gbrEyesOnly
}

// gbrNotNames are no organisations, though they have the shape of one.
var gbrNotNames = []string{"OFFICIAL", "OFFICIAL-SENSITIVE", "SECRET", "TOP SECRET", "RECIPIENT", "RECIPIENTS", "UK EYES", "FIVE EYES", "UK"}

// isGBROrganisation reports whether s may stand before USE ONLY.
func isGBROrganisation(s string) bool {
	return isName(s, "&-/") && s != "HMG" && !slices.Contains(gbrNotNames, s) && !strings.HasSuffix(s, " ONLY") && !strings.Contains(s, " ONLY ")
}
