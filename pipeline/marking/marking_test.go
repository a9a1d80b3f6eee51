package marking

import (
	"strings"
	"testing"
)

var fiveNations = []string{"AUS", "CAN", "GBR", "NZL", "USA"}

func TestMayHave(t *testing.T) {
	all := Terms{Originator: "USA", ReleasableTo: fiveNations}
	noOriginator := Terms{ReleasableTo: fiveNations}
	withoutUSA := Terms{Originator: "USA", ReleasableTo: []string{"AUS", "GBR"}}
	released := Terms{Originator: "USA", ReleasableTo: fiveNations, Released: map[string][]string{"LES": {"GBR", "DEU"}, "SBU": {"GBR"}}}

	tests := []struct {
		scheme, portion string
		terms           Terms
		nations         string // of those asked, who may have it
	}{
		{"usa", "U", all, "AUS CAN GBR NZL USA"},
		{"usa", "U", withoutUSA, "AUS GBR"},
		{"usa", "U", Terms{}, ""},
		{"usa", "U", noOriginator, "AUS CAN GBR NZL USA"},
		{"usa", "U//REL TO USA, GBR//LES", all, "GBR USA"},
		{"usa", "U//REL TO USA, GBR//LES", withoutUSA, "GBR"},
		{"usa", "U//REL TO USA, DEU", all, "USA"}, // Germany gets no edition at all
		{"usa", "U//REL TO USA, FVEY", all, "AUS CAN GBR NZL USA"},
		{"usa", "U//REL TO USA, ACGU", all, "AUS CAN GBR USA"},
		{"usa", "U//REL TO USA, NATO", all, "USA"},
		{"usa", "U//NF", all, "USA"},
		{"usa", "U//NF", withoutUSA, ""},
		{"usa", "U//NF//LES", released, "USA"}, // no policy releases NOFORN
		{"usa", "U//LES-NF", released, "USA"},
		{"usa", "U//LES", all, "USA"},
		{"usa", "U//LES", noOriginator, ""},
		{"usa", "U//LES", withoutUSA, ""},
		{"usa", "U//LES", released, "GBR USA"}, // DEU is released to, but gets no edition
		{"usa", "U//SBU/LES", released, "GBR USA"},
		{"usa", "U//LES/SSI", released, "USA"}, // SSI is not released
		{"usa", "U//FOUO", released, "USA"},
		{"usa", "U//FOUO", all, "USA"},
		{"tlp", "TLP:GREEN", all, "AUS CAN GBR NZL USA"},
		{"tlp", "TLP:RED", withoutUSA, "AUS GBR"},
		{"tlp", "TLP:RED//REL TO CAN, NZL", all, "CAN NZL"},
		{"tlp", "TLP:RED//REL TO CAN, NZL", withoutUSA, ""},
	}
	for _, tt := range tests {
		s, err := ByName(tt.scheme)
		if err != nil {
			t.Fatal(err)
		}
		m := portions(t, s, tt.portion)[0]
		var got []string
		for _, nation := range append([]string{"", "DEU", "gbr", "XXX"}, fiveNations...) {
			if MayHave(m, nation, tt.terms) {
				got = append(got, nation)
			}
		}
		if strings.Join(got, " ") != tt.nations {
			t.Errorf("%s %+v: %v, want %s", tt.portion, tt.terms, got, tt.nations)
		}
	}
	if MayHave(nil, "USA", all) {
		t.Error("what has no mark was given out")
	}
	// A mark whose audience nobody set is kept at home.
	if MayHave(unknownMark{}, "GBR", all) || !MayHave(unknownMark{}, "USA", all) {
		t.Error("the zero Audience is not the originator alone")
	}
}

// unknownMark is a mark that says nothing of its audience.
type unknownMark struct {
	Mark
	scheme string
}

func (m unknownMark) Scheme() string { return m.scheme }

func (unknownMark) Audience() Audience         { return Audience{} }
func (unknownMark) DomesticControls() []string { return nil }

func TestAtMost(t *testing.T) {
	parse := func(scheme, portion string) Mark {
		s, err := ByName(scheme)
		if err != nil {
			t.Fatal(err)
		}
		return portions(t, s, portion)[0]
	}
	tests := []struct {
		a, b Mark
		want bool
	}{
		{parse("tlp", "TLP:GREEN"), parse("tlp", "TLP:AMBER"), true},
		{parse("tlp", "TLP:AMBER"), parse("tlp", "TLP:AMBER//REL TO CAN"), true},
		{parse("tlp", "TLP:RED"), parse("tlp", "TLP:AMBER+STRICT"), false},
		{parse("usa", "U"), parse("usa", "U"), true},
		{parse("usa", "U//NF"), parse("usa", "U"), true},
		{parse("usa", "U//LES"), parse("usa", "U"), false},
		{parse("usa", "U//LES"), parse("usa", "U//FOUO"), true},
		{parse("usa", "U//REL TO USA, GBR//LES"), parse("usa", "U"), false},
		{parse("usa", "U"), parse("tlp", "TLP:RED"), false},
		{nil, parse("usa", "U"), false},
		{parse("usa", "U"), nil, false},
	}
	for _, tt := range tests {
		if got := AtMost(tt.a, tt.b); got != tt.want {
			t.Errorf("AtMost(%v, %v) = %v", tt.a, tt.b, got)
		}
	}
}

func TestByName(t *testing.T) {
	for _, s := range Schemes() {
		if got, err := ByName(s.Name()); err != nil || got.Name() != s.Name() {
			t.Errorf("%s: %v, %v", s.Name(), got, err)
		}
	}
	for _, name := range []string{"USA", "", "nato"} {
		if _, err := ByName(name); err == nil || !strings.Contains(err.Error(), "must be one of tlp, usa, ") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestSyntaxErrorText(t *testing.T) {
	_, err := usaScheme{}.ParsePortion("U//REL TO USA, GBR, AUS")
	want := `mark "U//REL TO USA, GBR, AUS" does not parse at character 21: AUS stands too late: trigraphs before ` +
		`tetragraphs, each in alphabetical order and once (CAPCO-2016 H.8); did you mean "U//REL TO USA, AUS, GBR"?`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
