package marking

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawCAN draws any portion mark of the scheme.
func drawCAN(t *rapid.T) Mark {
	m := &canMark{eyesOnly: rapid.IntRange(0, 3).Draw(t, "eyes only") == 0}
	if l := rapid.IntRange(-1, int(canTopSecret)).Draw(t, "level"); l >= 0 {
		m.levels = 1 << l
	}
	return m
}

// drawCANBanner draws any mark, in any language.
func drawCANBanner(t *rapid.T) *canMark {
	m := drawCAN(t).(*canMark)
	if rapid.Bool().Draw(t, "both ladders") {
		m.levels |= 1<<rapid.IntRange(0, 2).Draw(t, "protected") | 1<<rapid.IntRange(3, 5).Draw(t, "classified")
	}
	m.tongues = canTongues{rapid.Bool().Draw(t, "English"), rapid.Bool().Draw(t, "French")}
	return m
}

func TestCANMark(t *testing.T) {
	tests := []struct {
		banner, canon, portion, audience, levels string
	}{
		{"UNCLASSIFIED", "", "(U)", "unlimited", "UNCLASSIFIED"},
		{"NON CLASSIFI\u00c9", "", "(U)", "unlimited", "UNCLASSIFIED"},
		{"UNCLASSIFIED / NON CLASSIFI\u00c9", "", "(U)", "unlimited", "UNCLASSIFIED"},
		{"PROTECTED A", "", "(PA)", "originator", "PROTECTED A"},
		{"PROT\u00c9G\u00c9 B", "", "(PB)", "originator", "PROTECTED B"},
		{"PROTECTED C / PROT\u00c9G\u00c9 C", "", "(PC)", "originator", "PROTECTED C"},
		{"CONFIDENTIEL", "", "(C)", "originator", "CONFIDENTIAL"},
		{"SECRET", "", "(S)", "originator", "SECRET"},
		{"SECRET / SECRET", "", "(S)", "originator", "SECRET"},
		{"TR\u00c8S SECRET", "", "(TS)", "originator", "TOP SECRET"},
		{"SECRET - CANADIAN EYES ONLY", "", "(S//CEO)", "CAN", "SECRET"},
		{"SECRET - R\u00c9SERV\u00c9 AUX CANADIENS", "", "(S//CEO)", "CAN", "SECRET"},
		{"TOP SECRET / TR\u00c8S SECRET - R\u00c9SERV\u00c9 AUX CANADIENS", "TOP SECRET / TR\u00c8S SECRET - CANADIAN EYES ONLY / R\u00c9SERV\u00c9 AUX CANADIENS",
			"(TS//CEO)", "CAN", "TOP SECRET"},
		{"PROTECTED B - CANADIAN EYES ONLY", "", "(PB//CEO)", "CAN", "PROTECTED B"},
		{"PROTECTED B / PROT\u00c9G\u00c9 B - CANADIAN EYES ONLY", "PROTECTED B / PROT\u00c9G\u00c9 B - CANADIAN EYES ONLY / R\u00c9SERV\u00c9 AUX CANADIENS",
			"(PB//CEO)", "CAN", "PROTECTED B"},
		{"PROTECTED B AND SECRET", "", "(PB AND S)", "originator", "PROTECTED B|SECRET"},
		{"PROT\u00c9G\u00c9 B ET TR\u00c8S SECRET - R\u00c9SERV\u00c9 AUX CANADIENS", "", "(PB AND TS//CEO)", "CAN", "PROTECTED B|TOP SECRET"},
		{"PROTECTED B AND SECRET / PROT\u00c9G\u00c9 B ET SECRET", "", "(PB AND S)", "originator", "PROTECTED B|SECRET"},
	}
	for _, tt := range tests {
		m, err := canScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Error(err)
			continue
		}
		got := []string{m.Banner(), m.Portion(), whoReads(m), strings.Join(m.Levels(), "|")}
		if want := []string{cmpOr(tt.canon, tt.banner), tt.portion, tt.audience, tt.levels}; !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", tt.banner, got, want)
		}
	}
}

func TestCANErrors(t *testing.T) {
	testErrors(t, canScheme{}, []wrongMark{
		{"banner", "", 0, canLevelRule, ""},
		{"banner", "PROTECTED", 9, canLevelRule, ""},
		{"banner", "PROTECTED D", 0, canLevelRule, ""},
		{"banner", "PROTECTED-B", 0, canLevelRule, "PROTECTED B"},
		{"banner", "PROTEGE B", 0, canLevelRule, "PROT\u00c9G\u00c9 B"},
		{"banner", "PROTE\u0301GE\u0301 B", 5, canLevelRule, "PROT\u00c9G\u00c9 B"}, // accents that are characters of their own
		{"banner", "Prot\u00e9g\u00e9 B", 4, canLevelRule, "PROT\u00c9G\u00c9 B"},
		{"banner", "TRES SECRET", 0, canLevelRule, "TR\u00c8S SECRET"},
		{"banner", "PROT\u00c9G\u00c9\u00a0B", 9, canLevelRule, "PROT\u00c9G\u00c9 B"},
		{"banner", "RESTRICTED", 0, canLevelRule, ""},
		{"banner", "SECRET ", 0, canLevelRule, "SECRET"},
		{"banner", "PROTECTED B / PROT\u00c9G\u00c9 A", 14, canLevelRule, ""},
		{"banner", "SECRET / TR\u00c8S SECRET", 9, canLevelRule, ""},
		{"banner", "PROT\u00c9G\u00c9 B / PROTECTED B", 0, canLevelRule, "PROTECTED B / PROT\u00c9G\u00c9 B"},
		{"banner", "PROTECTED B/PROT\u00c9G\u00c9 B", 0, canLevelRule, "PROTECTED B / PROT\u00c9G\u00c9 B"},
		{"banner", "SECRET\u2215SECRET", 6, canLevelRule, "SECRET"},
		{"banner", "CANADIAN EYES ONLY", 0, canEyesRule, ""},
		{"banner", "SECRET//CEO", 0, canLevelRule, "SECRET - CANADIAN EYES ONLY"},
		{"banner", "SECRET - CEO", 9, canEyesRule, "SECRET - CANADIAN EYES ONLY"},
		{"banner", "SECRET - NOFORN", 9, canEyesRule, ""},
		{"banner", "PROT\u00c9G\u00c9 B - CANADIAN EYES ONLY", 14, canEyesRule, "PROTECTED B / PROT\u00c9G\u00c9 B - CANADIAN EYES ONLY / R\u00c9SERV\u00c9 AUX CANADIENS"},
		{"banner", "PROTECTED A AND PROTECTED B", 0, canLevelRule, ""},
		{"banner", "SECRET AND PROTECTED B", 0, canLevelRule, "PROTECTED B AND SECRET"},
		{"portion", "(PROTECTED B)", 1, canLevelRule, "(PB)"},
		{"portion", "(PROT\u00c9G\u00c9 B)", 1, canLevelRule, "(PB)"}, // was told that \u00c9 is no character of a mark
		{"portion", "(NC)", 1, canLevelRule, "(U)"},
		{"portion", "(P)", 1, canLevelRule, ""},
		{"portion", "(PD)", 1, canLevelRule, ""},
		{"portion", "(S//NOFORN)", 2, canEyesRule, ""},
		{"portion", "(S//CEO//CEO)", 2, canEyesRule, "(S//CEO)"},
		{"portion", "(S - CEO)", 1, canLevelRule, "(S//CEO)"},
		{"portion", "(ts)", 1, canLevelRule, "(TS)"},
	})
}

func TestCANRollUp(t *testing.T) {
	testRollUps(t, canScheme{}, []rolledUp{
		{"U + U", "UNCLASSIFIED", "unlimited"},
		{"U + PA", "PROTECTED A", "originator"},
		{"PA + PC + PB", "PROTECTED C", "originator"},
		{"C + S + U", "SECRET", "originator"},
		{"PB + S", "PROTECTED B AND SECRET", "originator"},
		{"PC + C + PA + TS", "PROTECTED C AND TOP SECRET", "originator"},
		{"S//CEO + PB", "PROTECTED B AND SECRET - CANADIAN EYES ONLY", "CAN"},
		{"S - CANADIAN EYES ONLY + U", "SECRET - CANADIAN EYES ONLY", "CAN"},
	})
}

// The languages of what is rolled up are those of the banner; SECRET, which is the same in both, and
// portions, which have none, take on the others'.
func TestCANRollUpKeepsTheLanguages(t *testing.T) {
	tests := []struct{ a, b, banner string }{
		{"PROT\u00c9G\u00c9 B", "SECRET", "PROT\u00c9G\u00c9 B ET SECRET"},
		{"PROT\u00c9G\u00c9 B", "PROT\u00c9G\u00c9 A", "PROT\u00c9G\u00c9 B"},
		{"PROTECTED B", "PROT\u00c9G\u00c9 A", "PROTECTED B / PROT\u00c9G\u00c9 B"},
		{"PROTECTED B", "TR\u00c8S SECRET - R\u00c9SERV\u00c9 AUX CANADIENS",
			"PROTECTED B AND TOP SECRET / PROT\u00c9G\u00c9 B ET TR\u00c8S SECRET - CANADIAN EYES ONLY / R\u00c9SERV\u00c9 AUX CANADIENS"},
	}
	for _, tt := range tests {
		var marks []Mark
		for _, in := range []string{tt.a, tt.b} {
			m, err := canScheme{}.ParseBanner(in)
			if err != nil {
				t.Fatal(err)
			}
			marks = append(marks, m)
		}
		if m, err := (canScheme{}).RollUp(marks); err != nil || m.Banner() != tt.banner {
			t.Errorf("%s with %s rolls up to %v, %v; want %s", tt.a, tt.b, m, err, tt.banner)
		}
	}
}

// A French or bilingual banner in the front matter was refused: portions have no language, and rolled up to English.
func TestCANPortionsTakeTheLanguageOfTheBanner(t *testing.T) {
	for _, in := range []string{"PROT\u00c9G\u00c9 B - R\u00c9SERV\u00c9 AUX CANADIENS", "PROTECTED B", "PROTECTED B / PROT\u00c9G\u00c9 B"} {
		banner, err := canScheme{}.ParseBanner(in)
		if err != nil {
			t.Fatal(err)
		}
		var marks []Mark
		for _, p := range portions(t, canScheme{}, "U + PB//CEO + PA") {
			whole := Completed(p, banner)
			if whole.Portion() != p.Portion() || whoReads(whole) != whoReads(p) {
				t.Errorf("%s became %s", value(p), value(whole))
			}
			marks = append(marks, whole)
		}
		m, err := canScheme{}.RollUp(marks)
		level, _, _ := strings.Cut(in, canCaveat)
		if err != nil || !strings.HasPrefix(m.Banner(), level+canCaveat) {
			t.Errorf("with %s they roll up to %v, %v", in, m, err)
		}
	}
	own, err := canScheme{}.ParseBanner("PROTECTED B")
	french, err2 := canScheme{}.ParseBanner("PROT\u00c9G\u00c9 B")
	if err != nil || err2 != nil || Completed(own, french).Banner() != "PROTECTED B" || Completed(own, usaScheme{}.Lowest()) != own || Completed(own, nil) != own {
		t.Error("a mark that has a language takes another")
	}
}

func TestCANPrintParseBanner(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawCANBanner(t)
		again, err := canScheme{}.ParseBanner(m.Banner())
		if err != nil {
			t.Fatal(err)
		}
		if again.Banner() != m.Banner() || whoReads(again) != whoReads(m) || fmt.Sprint(again.Levels()) != fmt.Sprint(m.Levels()) {
			t.Fatalf("%s came back as %s", value(m), value(again))
		}
	})
}

// No ladder is above the other.
func TestCANAtMost(t *testing.T) {
	mark := func(in string) Mark { return portions(t, canScheme{}, in)[0] }
	tests := []struct {
		a, b string
		want bool
	}{
		{"U", "PA", true}, {"PA", "PB", true}, {"PB", "PA", false}, {"C", "TS", true}, {"TS", "S", false},
		{"PA", "TS", false}, {"S", "PC", false}, {"PB", "PB AND S", true}, {"S", "PB AND S", true},
		{"PC", "PB AND S", false}, {"PB AND S", "TS", false}, {"PB AND S", "PC AND TS", true}, {"U", "U", true},
	}
	for _, tt := range tests {
		if got := AtMost(mark(tt.a), mark(tt.b)); got != tt.want {
			t.Errorf("%s at most %s: %v", tt.a, tt.b, got)
		}
	}
}

func FuzzCAN(f *testing.F) { fuzzScheme(f, canScheme{}) }

func BenchmarkCAN(b *testing.B) { benchmarkScheme(b, canScheme{}, "(U)", "(PB)", "(S//CEO)") }
