package marking

import (
	"slices"
	"strings"
	"testing"
)

// representatives are marks that between them say all that decides a roll-up, few enough to try every three of
// them together.
var representatives = map[string]string{
	"tlp": "TLP:CLEAR + TLP:GREEN + TLP:AMBER + TLP:AMBER+STRICT + TLP:RED + TLP:GREEN//REL TO CAN, NZL + TLP:AMBER//REL TO NZL + TLP:RED//REL TO AUS",
	"usa": "U + U//FOUO + U//LES + U//LES-NF + U//SBU-NF + U//SBU + U//DCNI + U//NF + U//RELIDO + U//FISA + U//REL TO USA, GBR + U//REL TO USA, GBR//LES" +
		" + C + S//SI + TS//SI-G//OC/NF + S//OC + S//RELIDO + S//REL TO USA, FVEY + S//REL TO USA, AUS, GBR/RELIDO + S//REL TO USA, NATO + S//REL" +
		" + S//DISPLAY ONLY GBR, IRQ + S//REL TO USA, IRQ/DISPLAY ONLY GBR + S//SAR-BP//NF + S//RD-SG 3//NF + S//FRD-SG 5 + S//FGI//NF + S//FGI DEU//REL TO USA, DEU, GBR" +
		" + //GBR R + //GBR S//REL TO USA, GBR + //NS//ATOMAL + //FGI C//NF + //JOINT S GBR USA//REL TO USA, GBR + //JOINT S//REL + S//NF//XD + S//NF//ND",
	"cui": "U + CUI + CUI//LEI + CUI//INV + CUI//SP-INV + CUI//SP-CHRI + CUI//NF + CUI//FED ONLY + CUI//FEDCON + CUI//NOCON + CUI//DL ONLY + CUI//REL TO USA, GBR + CUI//REL TO USA, FVEY" +
		" + CUI//RELIDO + CUI//REL TO USA, AUS, GBR/RELIDO + CUI//DISPLAY ONLY USA, GBR + CUI//DISPLAY ONLY USA, IRQ/REL TO USA, GBR + CUI//PRIVILEGE//AC + C + S//CUI//LEI//REL TO USA, GBR",
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

// Every two and every three: what rapid tries at random holds of all of them. A roll-up that is refused (a list or
// owners that nobody names) is refused whichever way it is put together.
func TestRollUpOfEveryThree(t *testing.T) {
	for name, list := range representatives {
		s, err := ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		var marks []Mark
		for mark := range strings.SplitSeq(list, " + ") {
			m, err := s.ParsePortion(mark)
			if err != nil {
				t.Fatal(err)
			}
			marks = append(marks, m)
		}
		pairs := make([][]Mark, len(marks))
		for i, a := range marks {
			for _, b := range marks {
				whole, _ := s.RollUp([]Mark{a, b})
				pairs[i] = append(pairs[i], whole)
				checkPair(t, s, a, b, whole)
			}
		}
		for i, a := range marks {
			for j := range marks {
				for k, c := range marks {
					x, y := pairs[i][j], pairs[j][k]
					if x == nil || y == nil {
						continue
					}
					left, errL := s.RollUp([]Mark{x, c})
					right, errR := s.RollUp([]Mark{a, y})
					if (errL == nil) != (errR == nil) || errL == nil && !sameValue(left, right) {
						t.Errorf("%s + %s + %s: %v, %v; the other way %v, %v", a.Portion(), marks[j].Portion(), c.Portion(), left, errL, right, errR)
					}
				}
			}
		}
	}
}

func checkPair(t *testing.T, s Scheme, a, b, whole Mark) {
	other, _ := s.RollUp([]Mark{b, a})
	switch {
	case (whole == nil) != (other == nil) || whole != nil && value(whole) != value(other):
		t.Errorf("%s + %s: %v; in the other order %v", a.Portion(), b.Portion(), whole, other)
	case whole == nil:
		return
	}
	if banner, err := s.ParseBanner(whole.Banner()); err != nil || !AtMost(banner, whole) {
		t.Errorf("%s + %s = %s: read as %v, %v", a.Portion(), b.Portion(), whole.Banner(), banner, err)
	} else if s.Name() != "usa" && s.Name() != "tlp" && !within(banner.Audience(), whole.Audience()) { // roll-up rule 7 prints RELIDO; TLP prints no nations
		t.Errorf("%s + %s = %s, which says %s", a.Portion(), b.Portion(), value(whole), value(banner))
	}
	for _, p := range []Mark{Completed(a, whole), Completed(b, whole)} {
		if !AtMost(p, whole) {
			t.Errorf("%s + %s = %s is lower than %s", a.Portion(), b.Portion(), whole.Banner(), p.Portion())
		}
		for _, nation := range append([]string{"DEU", "IRQ"}, fiveNations...) {
			for _, released := range someReleases(s, nation, whole, p) {
				terms := Terms{Originator: s.Owner(), ReleasableTo: []string{nation}, Released: released}
				if MayHave(whole, nation, terms) && !MayHave(p, nation, terms) {
					t.Errorf("%s + %s = %s: %s may have it with %v, but not %s", a.Portion(), b.Portion(), whole.Banner(), nation, released, p.Portion())
				}
			}
		}
	}
}

// someReleases are the policies that can tell two marks apart: each releases what keeps one of them at home.
func someReleases(s Scheme, nation string, marks ...Mark) []map[string][]string {
	out := []map[string][]string{nil}
	for _, m := range marks {
		released := map[string][]string{}
		for _, control := range m.DomesticControls() {
			if slices.Contains(s.Releasable(), control) {
				released[control] = []string{nation}
			}
		}
		out = append(out, released)
	}
	return out
}

func sameValue(a, b Mark) bool {
	return a.Banner() == b.Banner() && a.Portion() == b.Portion() && slices.Equal(a.DomesticControls(), b.DomesticControls()) &&
		a.Audience().kind == b.Audience().kind && slices.Equal(a.Audience().countries, b.Audience().countries)
}
