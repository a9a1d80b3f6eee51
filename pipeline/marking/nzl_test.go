package marking

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawNZL draws any portion mark of the scheme.
func drawNZL(t *rapid.T) Mark {
	m := &nzlMark{}
	l := nzlLevel(rapid.IntRange(int(nzlUnclassified), int(nzlTopSecret)).Draw(t, "level"))
	if l == nzlUnclassified {
		return m
	}
	m.levels = 1 << l
	if l < nzlRestricted {
		if rapid.Bool().Draw(t, "endorsed") {
			all := append([]string{"NZ POLICE USE ONLY", "DEPARTMENTAL USE ONLY"}, nzlEndorsements...)
			m.endorsements = []string{rapid.SampledFrom(all).Draw(t, "endorsement")}
		}
		m.unreleased = true
		return m
	}
	one := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) == 0 }
	m.accountable, m.orcon, m.eyesOnly = one("accountable"), one("orcon"), one("NZEO")
	if one("codewords") {
		m.codewords = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"KAURI", "SCI", "WINTER"}), 1, 3, rapid.ID[string]).Draw(t, "words")
		slices.Sort(m.codewords)
	}
	if !m.eyesOnly && rapid.Bool().Draw(t, "released") {
		codes := rapid.SliceOfN(rapid.SampledFrom([]string{"AUS", "CAN", "GBR", "USA", "DEU", "FVEY", "ACGU", "NATO"}), 1, 4)
		m.released, m.release = true, listOf(append(codes.Draw(t, "codes"), "NZL"))
	}
	m.unreleased = !m.released && !m.eyesOnly
	return m
}

func TestNZLMark(t *testing.T) {
	tests := []struct {
		banner, canon, portion, audience, domestic string
	}{
		{"UNCLASSIFIED", "", "(U)", "unlimited", ""},
		{"IN-CONFIDENCE", "", "(IC)", "originator", "IN-CONFIDENCE"},
		{"STAFF IN-CONFIDENCE", "", "(STAFF IC)", "originator", "IN-CONFIDENCE|STAFF"},
		{"LEGAL PRIVILEGE SENSITIVE", "", "(LEGAL PRIVILEGE Sen)", "originator", "SENSITIVE|LEGAL PRIVILEGE"},
		{"CABINET SENSITIVE", "", "(CABINET Sen)", "NZL", "SENSITIVE|CABINET"},
		{"NZ POLICE USE ONLY IN-CONFIDENCE", "", "(NZ POLICE USE ONLY IC)", "NZL", "IN-CONFIDENCE|NZ POLICE USE ONLY"},
		{"RESTRICTED", "", "(R)", "originator", "RESTRICTED"},
		{"RESTRICTED//NZEO", "", "(R//NZEO)", "NZL", "RESTRICTED"},
		{"CONFIDENTIAL//REL TO NZL, AUS", "", "(C//REL TO NZL, AUS)", "AUS NZL", "CONFIDENTIAL"},
		{"SECRET//RELEASABLE TO NZL, GBR", "SECRET//REL TO NZL, GBR", "(S//REL TO NZL, GBR)", "GBR NZL", "SECRET"},
		{"SECRET//REL TO NZL, AUS, CAN, GBR, USA", "SECRET//REL TO NZL, FVEY", "(S//REL TO NZL, FVEY)", "AUS CAN GBR NZL USA", "SECRET"},
		{"SECRET//REL TO NZL, ACGU", "SECRET//REL TO NZL, FVEY", "(S//REL TO NZL, FVEY)", "AUS CAN GBR NZL USA", "SECRET"},
		{"SECRET//REL TO NZL, NATO", "", "(S//REL TO NZL, NATO)", "NZL", "SECRET"},
		{"TOP SECRET//ORCON/REL TO NZL, FVEY", "", "(TS//ORCON/REL TO NZL, FVEY)", "AUS CAN GBR NZL USA", "TOP SECRET|ORCON"},
		{"TOP SECRET//SCI/WINTER//NZEO/ORCON", "", "(TS//SCI/WINTER//NZEO/ORCON)", "NZL", "TOP SECRET|ORCON|SCI|WINTER"},
		{"TOP SECRET//SCI//WINTER", "TOP SECRET//SCI/WINTER", "(TS//SCI/WINTER)", "originator", "TOP SECRET|SCI|WINTER"},
		{"SECRET//ACCOUNTABLE MATERIAL", "", "(S//ACCOUNTABLE MATERIAL)", "originator", "SECRET|ACCOUNTABLE MATERIAL"},
	}
	for _, tt := range tests {
		m, err := nzlScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Error(err)
			continue
		}
		got := []string{m.Banner(), m.Portion(), whoReads(m), strings.Join(m.DomesticControls(), "|")}
		if want := []string{cmpOr(tt.canon, tt.banner), tt.portion, tt.audience, tt.domestic}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.banner, got, want)
		}
	}
}

func TestNZLErrors(t *testing.T) {
	testErrors(t, nzlScheme{}, []wrongMark{
		{"banner", "IN-CONFIDENCE MEDICAL", 14, nzlSyntax, "MEDICAL IN-CONFIDENCE"},
		{"banner", "MEDICAL SECRET", 0, nzlEndorseRule, ""},
		{"banner", "MEDICAL TOP SECRET", 0, nzlEndorseRule, ""},
		{"banner", "MEDICAL", 0, nzlSyntax, ""},
		{"banner", "NZEO", 0, nzlSyntax, ""},
		{"banner", "OFFICIAL", 0, nzlLevelRule, ""},
		{"banner", "", 0, nzlLevelRule, ""},
		{"banner", "//NZEO", 0, nzlLevelRule, ""},
		{"banner", "IN CONFIDENCE", 0, nzlLevelRule, "IN-CONFIDENCE"},
		{"banner", "R//NZEO", 0, nzlLevelRule, "RESTRICTED//NZEO"},
		{"banner", "SECRET ", 7, nzlSyntax, "SECRET"},
		{"banner", "SECRET/", 6, nzlSyntax, "SECRET"},
		{"banner", "SECRET//", 8, nzlSyntax, "SECRET"},
		{"banner", "SECRET///NZEO", 8, nzlSyntax, "SECRET//NZEO"},
		{"banner", "SECRET/NZEO", 6, nzlSyntax, "SECRET//NZEO"},
		{"banner", "SECRET//NZEO//ORCON", 14, nzlSyntax, "SECRET//NZEO/ORCON"},
		{"banner", "SECRET//ORCON/NZEO", 14, nzlSyntax, "SECRET//NZEO/ORCON"},
		{"banner", "SECRET//WINTER/NZEO", 15, nzlSyntax, "SECRET//WINTER//NZEO"},
		{"banner", "SECRET//NZEO//WINTER", 14, nzlSyntax, "SECRET//WINTER//NZEO"},
		{"banner", "SECRET//NZEO/REL TO NZL, AUS", 13, nzlEyesRule, ""},
		{"banner", "SECRET//NOFORN", 8, nzlNationalRule, ""},
		{"banner", "SECRET//MEDICAL", 8, nzlNationalRule, ""},
		{"banner", "SECRET//NEZO", 8, nzlNationalRule, "SECRET//NZEO"},
		{"banner", "SECRET//ORCN//REL TO NZL, AUS", 8, nzlNationalRule, "SECRET//ORCON/REL TO NZL, AUS"},
		{"banner", "SECRET//STAF", 8, nzlNationalRule, ""},
		{"banner", "SENSITIVE//NZEO", 9, nzlNationalRule, ""},
		{"banner", "UNCLASSIFIED//REL TO NZL, AUS", 12, nzlNationalRule, ""},
		{"banner", "SECRET//REL TO NZL", 15, nzlReleaseRule, ""},
		{"banner", "SECRET//REL TO AUS, NZL", 15, nzlReleaseRule, "SECRET//REL TO NZL, AUS"},
		{"banner", "SECRET//REL TO NZL, GBR, AUS", 25, nzlReleaseRule, "SECRET//REL TO NZL, AUS, GBR"},
		{"banner", "SECRET//REL TO NZL, AUS, AUS", 25, nzlReleaseRule, "SECRET//REL TO NZL, AUS"},
		{"banner", "SECRET//REL TO NZL,AUS", 15, nzlReleaseRule, "SECRET//REL TO NZL, AUS"},
		{"banner", "SECRET//REL TO NZL, NZM", 20, nzlReleaseRule, ""},
		{"banner", "SECRET//RELEASEABLE TO NZL, GBR", 8, nzlNationalRule, "SECRET//REL TO NZL, GBR"},
		{"banner", "SECRET\u2215\u2215NZEO", 6, nzlSyntax, "SECRET//NZEO"},
		{"portion", "(SEN)", 1, nzlLevelRule, "(Sen)"},
		{"portion", "(sen)", 1, nzlLevelRule, "(Sen)"},
		{"portion", "(SENSITIVE)", 1, nzlLevelRule, "(Sen)"},
		{"portion", "(SECRET)", 1, nzlLevelRule, "(S)"},
		{"portion", "(S//REL)", 4, nzlNationalRule, ""},
	})
}

func TestNZLRollUp(t *testing.T) {
	testRollUps(t, nzlScheme{}, []rolledUp{
		{"U + U", "UNCLASSIFIED", "unlimited"},
		{"U + IC + Sen", "SENSITIVE", "originator"},
		{"STAFF IC + Sen", "STAFF SENSITIVE", "originator"},
		{"STAFF IC + MEDICAL IC", "MEDICAL IN-CONFIDENCE", "originator"},
		{"STAFF IC + NZ POLICE USE ONLY IC", "NZ POLICE USE ONLY IN-CONFIDENCE", "NZL"},
		{"Sen + R", "RESTRICTED", "originator"},
		{"CABINET Sen + R", "RESTRICTED//NZEO", "NZL"},
		{"CABINET Sen + C//REL TO NZL, AUS", "CONFIDENTIAL//NZEO", "NZL"},
		{"C//REL TO NZL, AUS, GBR + S//REL TO NZL, AUS", "SECRET//REL TO NZL, AUS", "AUS NZL"},
		{"C//REL TO NZL, FVEY + U", "CONFIDENTIAL//REL TO NZL, FVEY", "AUS CAN GBR NZL USA"},
		{"C//REL TO NZL, AUS + R", "CONFIDENTIAL//NZEO", "NZL"},
		{"C//REL TO NZL, AUS + IC", "CONFIDENTIAL//NZEO", "NZL"},
		{"C//REL TO NZL, AUS + C//REL TO NZL, GBR", "CONFIDENTIAL//NZEO", "NZL"},
		{"S//NZEO + C//REL TO NZL, AUS", "SECRET//NZEO", "NZL"},
		{"S//ORCON + TS//SCI/WINTER", "TOP SECRET//SCI/WINTER//ORCON", "originator"},
	})
	m, err := nzlScheme{}.RollUp(portions(t, nzlScheme{}, "STAFF Sen + R"))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(m.DomesticControls(), m.Levels()); got != "[SENSITIVE RESTRICTED STAFF] [RESTRICTED SENSITIVE]" {
		t.Errorf("RESTRICTED beside SENSITIVE keeps %s", got)
	}
}

func TestNZLStatesItsEmbargo(t *testing.T) {
	m, err := nzlScheme{}.ParseBanner("EMBARGOED FOR RELEASE IN-CONFIDENCE")
	if err != nil {
		t.Fatal(err)
	}
	if _, missing := m.Statements(Page{}); !slices.Equal(missing, []string{"embargo"}) {
		t.Errorf("missing: %v", missing)
	}
	said, missing := m.Statements(Page{Embargo: time.Date(2026, 3, 18, 9, 0, 0, 0, time.UTC)})
	if missing != nil || !slices.Equal(said, []string{"EMBARGOED FOR RELEASE until 09:00 UTC on 18 March 2026."}) {
		t.Errorf("%q, missing %v", said, missing)
	}
}

func FuzzNZL(f *testing.F) { fuzzScheme(f, nzlScheme{}) }

func BenchmarkNZL(b *testing.B) {
	benchmarkScheme(b, nzlScheme{}, "(R)", "(STAFF IC)", "(S//REL TO NZL, AUS, GBR)")
}
