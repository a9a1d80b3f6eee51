package marking

import (
	"slices"
	"testing"
)

// everyKind has, of the four schemes without numbered roll-up rules, a portion of every kind that a roll-up tells from
// the others.
var everyKind = map[string]string{
	"aus": "UO + O + O:S + O:S//NATIONAL CABINET + P + P//LOBSTER + P//TURBOT + P//FG NATO + P//ORCON + P//CABINET + " +
		"P//EXCLUSIVE FOR A + P//EXCLUSIVE FOR B + P//ACCOUNTABLE MATERIAL + S//AUSTEO + S//AGAO + " +
		"S//REL AUS/NZL + S//REL AUS/USA + S//REL AUS/CAN/GBR/NZL/USA + S//CABINET//REL AUS/NZL + TS",
	"gbr": "OFFICIAL + UK OFFICIAL + OFFICIAL - FOR PUBLIC RELEASE + OFFICIAL - LEGAL + OFFICIAL - HMG USE ONLY + " +
		"OFFICIAL - NCA USE ONLY + OFFICIAL - BRENT + OFFICIAL-SENSITIVE + OFFICIAL-SENSITIVE - RECIPIENTS ONLY + " +
		"OFFICIAL-SENSITIVE - EMBARGOED + SECRET + SECRET - COMMERCIAL + SECRET - UK EYES ONLY + " +
		"SECRET - UK/US EYES ONLY + SECRET - AUS/UK EYES ONLY + SECRET - FIVE EYES ONLY + TOP SECRET + " +
		"TOP SECRET - UK/US EYES ONLY",
	"can": "U + PA + PB + PC + C + S + TS + PB AND S + U//CEO + PA//CEO + C//CEO + TS//CEO",
	"nzl": "U + IC + STAFF IC + MEDICAL Sen + CABINET Sen + NCA USE ONLY IC + Sen + R + C + S + S//NZEO + S//ORCON + " +
		"S//REL TO NZL, AUS + S//REL TO NZL, GBR + S//REL TO NZL, FVEY + S//ORCON/REL TO NZL, AUS, NATO + " +
		"S//REL TO NZL, NATO + TS//SCI/WINTER + TS//ACCOUNTABLE MATERIAL//NZEO",
}

// What the properties draw at random, here for every pair and every three of a kind each.
func TestEveryPairAndThreeRollUp(t *testing.T) {
	for name, kinds := range everyKind {
		s, err := ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		ps := portions(t, s, kinds)
		for _, a := range ps {
			for _, b := range ps {
				checkPair(t, s, a, b)
				ab := joined(t, s, a, b)
				for _, c := range ps {
					if x, y := value(joined(t, s, ab, c)), value(joined(t, s, a, joined(t, s, b, c))); x != y {
						t.Errorf("%s, %s, %s: %s or %s", a.Portion(), b.Portion(), c.Portion(), x, y)
					}
				}
			}
		}
	}
}

func joined(t *testing.T, s Scheme, marks ...Mark) Mark {
	t.Helper()
	m, err := s.RollUp(marks)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// checkPair: order does not matter, and nobody reads, no level falls and no banner says more than both portions allow.
func checkPair(t *testing.T, s Scheme, a, b Mark) {
	t.Helper()
	m := joined(t, s, a, b)
	if again := joined(t, s, m, b, a); value(again) != value(m) {
		t.Errorf("%s and its own portions: %s", value(m), value(again))
	}
	banner, err := s.ParseBanner(m.Banner())
	if err != nil {
		t.Error(err)
		return
	}
	if !within(banner.Audience(), m.Audience()) || !AtMost(banner, m) || !AtMost(m, banner) {
		t.Errorf("%s prints %s, which says %s", value(m), m.Banner(), value(banner))
	}
	for _, p := range []Mark{a, b} {
		if !AtMost(p, m) {
			t.Errorf("%s lowers %s", m.Banner(), p.Banner())
		}
		for _, terms := range oneControlHeld(s) {
			for _, nation := range fiveNations {
				if MayHave(m, nation, terms) && !MayHave(p, nation, terms) {
					t.Errorf("%s may have %s, but not %s, of %v", nation, m.Banner(), p.Banner(), terms.Released)
				}
			}
		}
	}
}

// oneControlHeld are the terms under which all that may be released is, save one control.
func oneControlHeld(s Scheme) []Terms {
	all := s.Releasable()
	var out []Terms
	for i := range all {
		terms := Terms{Originator: s.Owner(), ReleasableTo: fiveNations, Released: map[string][]string{}}
		for _, control := range slices.Delete(slices.Clone(all), i, i+1) {
			terms.Released[control] = fiveNations
		}
		out = append(out, terms)
	}
	return out
}
