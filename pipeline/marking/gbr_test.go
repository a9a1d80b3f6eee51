package marking

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawGBR draws any mark of the scheme.
func drawGBR(t *rapid.T) Mark {
	tier := gbrTier(rapid.IntRange(0, int(gbrTopSecret)).Draw(t, "tier"))
	one := func(name string) bool { return rapid.IntRange(0, 4).Draw(t, name) == 0 }
	m := &gbrMark{tiers: 1 << tier, prefix: one("prefix")}
	for p := range gbrParts {
		if gbrPart(p).allows(tier) && one(gbrParts[p].name) {
			m.parts |= 1 << p
		}
	}
	some := func(name string, all ...string) []string {
		if !one(name) {
			return nil
		}
		out := rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID[string]).Draw(t, name)
		slices.Sort(out)
		return out
	}
	m.organisations = some("organisations", "HOME OFFICE", "MI5", "NCA")
	m.codewords = some("codewords", "BRENT", "WINTER")
	if m.parts.has(gbrHMG) || len(m.organisations) > 0 || len(m.codewords) > 0 {
		m.parts &^= 1 << gbrPublic
	}
	if tier >= gbrSecret && rapid.Bool().Draw(t, "caveat") {
		m.caveat, m.exact, m.eyes = true, true, gbrUK|gbrNations(rapid.IntRange(0, int(gbrFive)).Draw(t, "eyes"))
	}
	open := tier == gbrOfficial && m.parts&^(1<<gbrPublic) == 0 && len(m.codewords) == 0 && len(m.organisations) == 0
	m.bare = !open && !m.caveat
	return m
}

func TestGBRMark(t *testing.T) {
	tests := []struct {
		banner, canon, audience, domestic string
	}{
		{"OFFICIAL", "", "unlimited", ""},
		{"UK OFFICIAL", "", "unlimited", ""},
		{"OFFICIAL - FOR PUBLIC RELEASE", "", "unlimited", ""},
		{"OFFICIAL-SENSITIVE", "", "originator", "OFFICIAL-SENSITIVE"},
		{"OFFICIAL - COMMERCIAL", "", "originator", "COMMERCIAL"},
		{"OFFICIAL - EMBARGOED", "", "originator", "EMBARGOED"},
		{"OFFICIAL - HMG USE ONLY", "", "GBR", "HMG USE ONLY"},
		{"OFFICIAL-SENSITIVE - RECIPIENTS ONLY - COMMERCIAL - HR/MANAGEMENT", "", "GBR", "OFFICIAL-SENSITIVE|RECIPIENTS ONLY|COMMERCIAL|HR/MANAGEMENT"},
		{"TOP SECRET - NCA USE ONLY", "", "GBR", "TOP SECRET|NCA USE ONLY"},
		{"OFFICIAL - HOME OFFICE USE ONLY - NCA USE ONLY", "", "GBR", "HOME OFFICE USE ONLY|NCA USE ONLY"},
		{"SECRET - BRENT", "", "originator", "SECRET|BRENT"},
		{"UK SECRET - UK EYES ONLY", "", "GBR", "SECRET"},
		{"SECRET - UK/US EYES ONLY", "", "GBR USA", "SECRET"},
		{"SECRET - WINTER - CAN/NZ/UK EYES ONLY", "", "CAN GBR NZL", "SECRET|WINTER"},
		{"TOP SECRET - FIVE EYES ONLY", "", "AUS CAN GBR NZL USA", "TOP SECRET"},
		{"TOP SECRET - AUS/CAN/NZ/UK/US EYES ONLY", "TOP SECRET - FIVE EYES ONLY", "AUS CAN GBR NZL USA", "TOP SECRET"},
		{"SECRET - NCA USE ONLY - UK/US EYES ONLY", "", "GBR", "SECRET|NCA USE ONLY"},
	}
	for _, tt := range tests {
		m, err := gbrScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Error(err)
			continue
		}
		canon := cmpOr(tt.canon, tt.banner)
		got := []string{m.Banner(), m.Portion(), whoReads(m), strings.Join(m.DomesticControls(), "|")}
		if want := []string{canon, "(" + canon + ")", tt.audience, tt.domestic}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.banner, got, want)
		}
		abroad := "UK " + strings.TrimPrefix(canon, "UK ")
		if m.BannerFor("AUS") != abroad || m.BannerFor("") != abroad || m.BannerFor("GBR") != canon {
			t.Errorf("%s: %q abroad, %q at home", tt.banner, m.BannerFor("AUS"), m.BannerFor("GBR"))
		}
	}
}

func TestGBRErrors(t *testing.T) {
	testErrors(t, gbrScheme{}, []wrongMark{
		{"banner", "", 0, gbrTierRule, ""},
		{"banner", "PROTECT", 0, gbrTierRule, ""},
		{"banner", "RESTRICTED", 0, gbrTierRule, ""},
		{"banner", "UK CONFIDENTIAL", 3, gbrTierRule, ""},
		{"banner", "PROTECTED", 0, gbrTierRule, ""},
		{"banner", "OFFICIAL: Sensitive", 8, gbrSensitiveRule, "OFFICIAL-SENSITIVE"},
		{"banner", "OFFICIAL:Sensitive", 8, gbrSensitiveRule, "OFFICIAL-SENSITIVE"},
		{"banner", "OFFICIAL SENSITIVE", 0, gbrTierRule, "OFFICIAL-SENSITIVE"},
		{"banner", "OFFICIAL - SENSITIVE", 11, gbrPartRule, "OFFICIAL-SENSITIVE"},
		{"banner", "SECRET-SENSITIVE", 6, gbrSensitiveRule, ""},
		{"banner", "Official", 0, gbrTierRule, "OFFICIAL"},
		{"banner", "OFFICIAL ", 0, gbrTierRule, "OFFICIAL"},
		{"banner", "OFFICIAL-SENSITIVE \u2013 COMMERCIAL", 19, gbrTierRule, "OFFICIAL-SENSITIVE - COMMERCIAL"},
		{"banner", "OFFICIAL-SENSITIVE [COMMERCIAL]", 0, gbrTierRule, "OFFICIAL-SENSITIVE - COMMERCIAL"},
		{"banner", "OFFICIAL-SENSITIVE - PERSONAL", 21, gbrPartRule, "OFFICIAL-SENSITIVE - PERSONAL DATA"},
		{"banner", "OFFICIAL - RECIPIENTS ONLY", 11, gbrHandlingRule, ""},
		{"banner", "SECRET - FOR PUBLIC RELEASE", 9, gbrHandlingRule, ""},
		{"banner", "OFFICIAL - FOR PUBLIC RELEASE - HMG USE ONLY", 32, gbrHandlingRule, ""},
		{"banner", "TOP SECRET - HMG USE ONLY", 13, gbrHandlingRule, ""},
		{"banner", "TOP SECRET - EMBARGOED", 13, gbrHandlingRule, ""},
		{"banner", "SECRET - LEGAL", 9, gbrDescriptRule, ""},
		{"banner", "SECRET - COMMERCIAL - RECIPIENTS ONLY", 22, gbrPartRule, "SECRET - RECIPIENTS ONLY - COMMERCIAL"},
		{"banner", "SECRET - COMMERCIAL - COMMERCIAL", 22, gbrPartRule, "SECRET - COMMERCIAL"},
		{"banner", "SECRET - UK EYES ONLY - WINTER", 24, gbrPartRule, "SECRET - WINTER - UK EYES ONLY"},
		{"banner", "SECRET - TWO WORDS", 9, gbrPartRule, ""},
		{"banner", "SECRET - NOFORN", 9, gbrPartRule, ""},
		{"banner", "OFFICIAL - COMERCIAL", 11, gbrPartRule, "OFFICIAL - COMMERCIAL"},
		{"banner", "OFFICIAL-SENSITIVE - PRESONAL", 21, gbrPartRule, "OFFICIAL-SENSITIVE - PERSONAL DATA"},
		{"banner", "SECRET - EMBARGOD", 9, gbrPartRule, "SECRET - EMBARGOED"},
		{"banner", "SECRET - RECIPENTS", 9, gbrPartRule, ""},
		{"banner", "SECRET - UKEO", 9, gbrPartRule, ""},
		{"banner", "SECRET - UKEYESONLY", 9, gbrPartRule, ""},
		{"banner", "SECRET - ", 9, gbrPartRule, "SECRET"},
		{"banner", "SECRET//WINTER", 0, gbrTierRule, "SECRET - WINTER"},
		{"banner", "OFFICIAL-SENSITIVE - UK EYES ONLY", 21, gbrCaveatRule, ""},
		{"banner", "UK EYES ONLY", 0, gbrCaveatRule, ""},
		{"banner", "SECRET - US/UK EYES ONLY", 12, gbrCaveatRule, "SECRET - UK/US EYES ONLY"},
		{"banner", "SECRET - UK/USA EYES ONLY", 12, gbrCaveatRule, "SECRET - UK/US EYES ONLY"},
		{"banner", "SECRET - AUS/US EYES ONLY", 15, gbrCaveatRule, ""},
		{"banner", "SECRET - FRA/UK EYES ONLY", 9, gbrCaveatRule, ""},
		{"portion", "(O-S)", 1, gbrTierRule, "(OFFICIAL-SENSITIVE)"},
		{"portion", "(S)", 1, gbrTierRule, "(SECRET)"},
		{"portion", "OFFICIAL", 0, "GSCP-2024", "(OFFICIAL)"},
	})
}

func TestGBRRollUp(t *testing.T) {
	testRollUps(t, gbrScheme{}, []rolledUp{
		{"OFFICIAL + OFFICIAL", "OFFICIAL", "unlimited"},
		{"OFFICIAL + OFFICIAL-SENSITIVE", "OFFICIAL-SENSITIVE", "originator"},
		{"OFFICIAL-SENSITIVE + SECRET", "SECRET", "originator"},
		{"UK OFFICIAL + OFFICIAL", "UK OFFICIAL", "unlimited"},
		{"OFFICIAL - FOR PUBLIC RELEASE + OFFICIAL - FOR PUBLIC RELEASE", "OFFICIAL - FOR PUBLIC RELEASE", "unlimited"},
		{"OFFICIAL - FOR PUBLIC RELEASE + OFFICIAL", "OFFICIAL", "unlimited"},
		{"OFFICIAL-SENSITIVE - COMMERCIAL + OFFICIAL - PERSONAL DATA", "OFFICIAL-SENSITIVE - COMMERCIAL - PERSONAL DATA", "originator"},
		{"OFFICIAL - LEGAL + SECRET", "SECRET", "originator"},
		{"OFFICIAL - NCA USE ONLY + OFFICIAL - MI5 USE ONLY", "OFFICIAL - MI5 USE ONLY - NCA USE ONLY", "GBR"},
		{"OFFICIAL - HMG USE ONLY + TOP SECRET", "TOP SECRET - UK EYES ONLY", "GBR"},
		{"OFFICIAL - HMG USE ONLY + TOP SECRET - UK/US EYES ONLY", "TOP SECRET - UK EYES ONLY", "GBR"},
		{"SECRET - UK/US EYES ONLY + OFFICIAL", "SECRET - UK/US EYES ONLY", "GBR USA"},
		{"SECRET - UK/US EYES ONLY + SECRET", "SECRET - UK EYES ONLY", "GBR"},
		{"SECRET - UK/US EYES ONLY + OFFICIAL-SENSITIVE", "SECRET - UK EYES ONLY", "GBR"},
		{"SECRET - UK/US EYES ONLY + TOP SECRET - FIVE EYES ONLY", "TOP SECRET - UK/US EYES ONLY", "GBR USA"},
		{"SECRET - UK/US EYES ONLY + SECRET - CAN/UK EYES ONLY", "SECRET - UK EYES ONLY", "GBR"},
		// The United States may have both portions, but no list is printed that neither has.
		{"SECRET - CAN/UK/US EYES ONLY + SECRET - AUS/UK/US EYES ONLY", "SECRET - UK EYES ONLY", "GBR USA"},
		{"SECRET - CAN/UK/US EYES ONLY + SECRET - AUS/UK/US EYES ONLY + SECRET - UK/US EYES ONLY", "SECRET - UK/US EYES ONLY", "GBR USA"},
		{"SECRET - BRENT + SECRET - WINTER", "SECRET - BRENT - WINTER", "originator"},
	})
	m, err := gbrScheme{}.RollUp(portions(t, gbrScheme{}, "OFFICIAL-SENSITIVE - LEGAL + SECRET"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(m.DomesticControls(), "|"); got != "OFFICIAL-SENSITIVE|SECRET|LEGAL" {
		t.Errorf("SECRET beside OFFICIAL-SENSITIVE - LEGAL keeps %s", got)
	}
}

func TestGBRStatements(t *testing.T) {
	at := time.Date(2026, 3, 18, 10, 30, 0, 0, time.FixedZone("", 3600))
	notice := "provided in confidence"
	tests := []struct {
		mark    string
		page    Page
		said    []string // a piece of each
		missing string
	}{
		{"OFFICIAL", Page{Nation: "GBR"}, nil, ""},
		{"OFFICIAL", Page{Nation: "AUS"}, []string{notice}, ""},
		{"OFFICIAL - FOR PUBLIC RELEASE", Page{Nation: "AUS"}, nil, ""},
		{"OFFICIAL-SENSITIVE - EMBARGOED", Page{Nation: "GBR", Embargo: at},
			[]string{"EMBARGOED until 09:30 UTC on 18 March 2026. From then on the marking is OFFICIAL-SENSITIVE."}, ""},
		{"OFFICIAL - EMBARGOED", Page{Nation: "NZL", Embargo: at}, []string{notice, "From then on the marking is UK OFFICIAL."}, ""},
		{"OFFICIAL - EMBARGOED", Page{Nation: "NZL"}, []string{notice}, "embargo"},
	}
	for _, tt := range tests {
		said, missing := portions(t, gbrScheme{}, tt.mark)[0].Statements(tt.page)
		ok := len(said) == len(tt.said) && strings.Join(missing, " ") == tt.missing
		for i := range tt.said {
			ok = ok && strings.Contains(said[i], tt.said[i])
		}
		if !ok {
			t.Errorf("%s on %+v says %q, missing %v", tt.mark, tt.page, said, missing)
		}
	}
}

func FuzzGBR(f *testing.F) { fuzzScheme(f, gbrScheme{}) }

func BenchmarkGBR(b *testing.B) {
	benchmarkScheme(b, gbrScheme{}, "(OFFICIAL)", "(OFFICIAL-SENSITIVE - RECIPIENTS ONLY - COMMERCIAL)", "(SECRET - WINTER - UK/US EYES ONLY)")
}
