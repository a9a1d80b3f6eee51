package marking

import (
	"errors"
	"strings"
	"testing"
)

func TestTLPPortion(t *testing.T) {
	tests := []struct{ in, banner, audience string }{
		{"TLP:RED", "TLP:RED", "unlimited"},
		{"TLP:AMBER+STRICT", "TLP:AMBER+STRICT", "unlimited"},
		{"TLP:AMBER//REL TO CAN, NZL", "TLP:AMBER", "CAN NZL"},
		{"TLP:CLEAR//REL TO USA", "TLP:CLEAR", "USA"},
		{"TLP:AMBER+STRICT//REL TO AUS, CAN, GBR, NZL, USA", "TLP:AMBER+STRICT", "AUS CAN GBR NZL USA"},
	}
	for _, tt := range tests {
		m, err := tlpScheme{}.ParsePortion(tt.in)
		if err != nil {
			t.Error(err)
			continue
		}
		if m.Banner() != tt.banner || audienceOf(m.Audience()) != tt.audience || m.Portion() != "("+tt.in+")" {
			t.Errorf("%s: banner %s, audience %s, portion %s", tt.in, m.Banner(), audienceOf(m.Audience()), m.Portion())
		}
	}
}

func TestTLPSyntaxErrors(t *testing.T) {
	const portion, banner = true, false
	tests := []struct {
		portion    bool
		in         string
		offset     int
		suggestion string
	}{
		{banner, "", 0, ""},
		{banner, "TLP: WHITE", 4, "TLP:CLEAR"},
		{banner, "TLP:WHITE", 4, "TLP:CLEAR"},
		{banner, "TLP RED", 3, "TLP:RED"},
		{banner, "red", 0, "TLP:RED"},
		{banner, "tlp:amber + strict", 0, "TLP:AMBER+STRICT"},
		{banner, "TLP:AMBER-STRICT", 9, "TLP:AMBER+STRICT"},
		{banner, "TLP:AMBER+", 10, ""},
		{banner, "TLP:BLACK", 4, ""},
		{banner, "TLP:RED\n", 7, "TLP:RED"},
		{banner, "TLP:R\u0415D", 5, ""},
		{banner, "TLP:AMBER//REL TO CAN", 9, ""}, // a banner knows no nations
		{portion, "TLP:WHITE", 4, "TLP:CLEAR"},
		{portion, "(TLP:GREEN)", 0, "TLP:GREEN"},
		{portion, "TLP:AMBER//", 9, "TLP:AMBER"},
		{portion, "TLP:AMBER/REL TO CAN", 9, "TLP:AMBER//REL TO CAN"},
		{portion, "TLP:AMBER // REL TO CAN", 9, "TLP:AMBER//REL TO CAN"},
		{portion, "TLP:AMBER\u2215\u2215REL TO CAN", 9, "TLP:AMBER//REL TO CAN"},
		{portion, "TLP:AMBER//REL TO", 9, ""},
		{portion, "TLP:AMBER//REL CAN", 9, "TLP:AMBER//REL TO CAN"},
		{portion, "TLP:AMBER//REL TO ", 18, ""},
		{portion, "TLP:AMBER//REL TO NZL, CAN", 23, "TLP:AMBER//REL TO CAN, NZL"},
		{portion, "TLP:AMBER//REL TO CAN, CAN", 23, "TLP:AMBER//REL TO CAN"},
		{portion, "TLP:AMBER//REL TO CAN,NZL", 18, "TLP:AMBER//REL TO CAN, NZL"},
		{portion, "TLP:AMBER//REL TO CAN/NZL", 18, "TLP:AMBER//REL TO CAN, NZL"},
		{portion, "TLP:AMBER//REL TO CAN, ", 23, "TLP:AMBER//REL TO CAN"},
		{portion, "TLP:AMBER//REL TO CAN//NF", 18, ""},
		{portion, "TLP:AMBER//REL TO FVEY", 18, ""},
		{portion, "TLP:AMBER//REL TO DEU", 18, ""},
	}
	for _, tt := range tests {
		parse := tlpScheme{}.ParseBanner
		if tt.portion {
			parse = tlpScheme{}.ParsePortion
		}
		m, err := parse(tt.in)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q parsed to %v, %v", tt.in, m, err)
			continue
		}
		if e.Offset != tt.offset || e.Suggestion != tt.suggestion || e.Rule == "" || e.Msg == "" || e.Input != tt.in {
			t.Errorf("%q: %+v, want offset %d and suggestion %q", tt.in, e, tt.offset, tt.suggestion)
		}
	}
}

func TestTLPRollUp(t *testing.T) {
	tests := []struct{ portions, banner, audience, portion string }{
		{"TLP:GREEN + TLP:CLEAR", "TLP:GREEN", "unlimited", "(TLP:GREEN)"},
		{"TLP:AMBER + TLP:AMBER+STRICT + TLP:GREEN", "TLP:AMBER+STRICT", "unlimited", "(TLP:AMBER+STRICT)"},
		{"TLP:RED + TLP:GREEN//REL TO CAN, NZL", "TLP:RED", "CAN NZL", "(TLP:RED//REL TO CAN, NZL)"},
		{"TLP:GREEN//REL TO AUS, CAN + TLP:AMBER//REL TO CAN, NZL", "TLP:AMBER", "CAN", "(TLP:AMBER//REL TO CAN)"},
		{"TLP:GREEN//REL TO AUS + TLP:AMBER//REL TO CAN", "TLP:AMBER", "", "(TLP:AMBER//REL TO NOBODY)"},
	}
	for _, tt := range tests {
		m, err := tlpScheme{}.RollUp(portions(t, tlpScheme{}, tt.portions))
		if err != nil {
			t.Error(err)
			continue
		}
		if m.Banner() != tt.banner || audienceOf(m.Audience()) != tt.audience || m.Portion() != tt.portion {
			t.Errorf("%s: %s for %q, %s", tt.portions, m.Banner(), audienceOf(m.Audience()), m.Portion())
		}
	}
	// What nobody may have has no portion mark that could be read back as something wider.
	if m, err := (tlpScheme{}).ParsePortion("TLP:AMBER//REL TO NOBODY"); err == nil {
		t.Errorf("parsed to %v", m)
	}
}

func TestTLPText(t *testing.T) {
	for _, want := range []TLP{Clear, Green, Amber, AmberStrict, Red} {
		b, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got TLP
		if err := got.UnmarshalText(b); err != nil || got != want {
			t.Errorf("%s read back as %s, %v", want, got, err)
		}
		if want.Meaning() == "" {
			t.Errorf("%s has no meaning", want)
		}
	}
	got := Red
	if err := got.UnmarshalText(nil); err != nil || got != NoTLP {
		t.Errorf("empty text read as %s, %v", got, err)
	}
	if err := got.UnmarshalText([]byte("TLP:WHITE")); err == nil || !strings.Contains(err.Error(), `did you mean "TLP:CLEAR"`) {
		t.Errorf("TLP:WHITE: %v", err)
	}
}
