package marking

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// anyPolicy draws terms of a document of the scheme's owner, under a policy that has released a lot.
func anyPolicy(s Scheme) *rapid.Generator[Terms] {
	return rapid.Custom(func(t *rapid.T) Terms {
		some := rapid.SliceOfDistinct(rapid.SampledFrom(fiveNations), rapid.ID[string])
		terms := Terms{Originator: s.Owner(), ReleasableTo: some.Draw(t, "releasable to"), Released: map[string][]string{}}
		usual := some.Draw(t, "usually released")
		for _, control := range s.Releasable() {
			terms.Released[control] = usual
			if rapid.IntRange(0, 4).Draw(t, "other") == 0 {
				terms.Released[control] = some.Draw(t, control)
			}
		}
		return terms
	})
}

// What policy releases is released to those to whom it is, and to nobody else: beside lists too.
func TestReleasedByPolicyNeverWidens(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		terms := anyPolicy(s).Draw(t, "terms")
		portions := rapid.SliceOfN(anyMark(s), 1, 4).Draw(t, "portions")
		var released []Mark
		for _, p := range portions {
			r := Released(p, terms)
			for _, n := range append([]string{"DEU", ""}, fiveNations...) {
				if MayHave(p, n, terms) != MayHave(r, n, terms) {
					t.Fatalf("%s may have %s: %v; released by %+v, %s: %v", n, value(p), MayHave(p, n, terms), terms, value(r), MayHave(r, n, terms))
				}
			}
			released = append(released, r)
		}
		whole := rollUp(t, s, released...)
		banner, bannerErr := s.ParseBanner(whole.Banner())
		for _, p := range portions {
			if !AtMost(p, whole) {
				t.Fatalf("%s lowers the level of %s", value(whole), value(p))
			}
			for _, n := range fiveNations {
				if MayHave(p, n, terms) {
					continue
				}
				if MayHave(whole, n, terms) {
					t.Fatalf("%s may have %s under %+v, but not its portion %s", n, value(whole), terms, value(p))
				}
				if bannerErr == nil && banner.Audience().kind == listed && MayHave(banner, n, terms) && n != s.Owner() {
					t.Fatalf("%s reads the banner %s, and may not have its portion %s", n, banner.Banner(), value(p))
				}
			}
		}
		slices.Reverse(released)
		if again := rollUp(t, s, released...); value(again) != value(whole) {
			t.Fatalf("%s in another order: %s", value(whole), value(again))
		}
		if again := rollUp(t, s, whole, released[0]); value(again) != value(whole) {
			t.Fatalf("%s does not absorb its own portion: %s", value(whole), value(again))
		}
	})
}

// Beside a list, what policy has released to the same nations does not keep the whole at home.
func TestReleasedByPolicyBesideAList(t *testing.T) {
	for _, test := range []struct{ scheme, policy, list, to, banner string }{
		{"aus", "O:S", "P//REL AUS/NZL", "NZL", "PROTECTED//REL AUS/NZL"},
		{"aus", "O:S", "P//REL AUS/CAN", "NZL", "PROTECTED//AUSTEO"},
		{"usa", "U//LES", "U//REL TO USA, GBR", "GBR", "UNCLASSIFIED//REL TO USA, GBR//LES"},
		{"usa", "U//FOUO", "S//REL TO USA, AUS, GBR", "GBR", "SECRET//REL TO USA, GBR"},
		{"usa", "S", "S//REL TO USA, GBR", "GBR", "SECRET//REL TO USA, GBR"},
		{"usa", "S//NF", "S//REL TO USA, GBR", "GBR", "SECRET//NOFORN"},
		{"usa", "S//OC", "S//REL TO USA, GBR", "GBR", "SECRET//ORCON/NOFORN"},
		{"cui", "CUI", "CUI//REL TO USA, NZL", "NZL", "CUI//REL TO USA, NZL"},
		{"nzl", "IC", "R//REL TO NZL, AUS", "AUS", "RESTRICTED//REL TO NZL, AUS"},
		{"nzl", "R//NZEO", "R//REL TO NZL, AUS", "AUS", "RESTRICTED//NZEO"},
		{"gbr", "OFFICIAL-SENSITIVE", "SECRET - AUS/UK EYES ONLY", "AUS", "SECRET - AUS/UK EYES ONLY"},
		{"gbr", "OFFICIAL-SENSITIVE", "SECRET - AUS/CAN/UK EYES ONLY", "AUS", "SECRET - UK EYES ONLY"},
		{"gbr", "OFFICIAL - HMG USE ONLY", "SECRET - AUS/UK EYES ONLY", "AUS", "SECRET - HMG USE ONLY - UK EYES ONLY"},
		{"can", "PB", "PB//CEO", "AUS", "PROTECTED B - CANADIAN EYES ONLY"},
	} {
		s, err := ByName(test.scheme)
		if err != nil {
			t.Fatal(err)
		}
		terms := Terms{Originator: s.Owner(), ReleasableTo: fiveNations, Released: map[string][]string{}}
		for _, control := range append(s.Releasable(), "NOFORN", "ORCON", "NZEO", "HMG USE ONLY") {
			terms.Released[control] = []string{test.to}
		}
		var marks []Mark
		for _, portion := range []string{test.policy, test.list} {
			m, err := s.ParsePortion(portion)
			if err != nil {
				t.Fatal(err)
			}
			marks = append(marks, Released(m, terms))
		}
		if m, err := s.RollUp(marks); err != nil || m.Banner() != test.banner {
			t.Errorf("%s: (%s) and (%s), released to %s, are %v, %v; want %s", test.scheme, test.policy, test.list, test.to, m, err, test.banner)
		}
	}
}
