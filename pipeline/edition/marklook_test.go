package edition

import (
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
)

func TestEveryNationsSchemeHasALook(t *testing.T) {
	nations := pipeline.Nations()
	for _, n := range nations {
		if !slices.ContainsFunc(marking.Schemes(), func(s marking.Scheme) bool { return s.Owner() == string(n) }) {
			t.Errorf("%s has no scheme", n)
		}
	}
	for _, s := range marking.Schemes() {
		owner := pipeline.Nation(s.Owner())
		if owner == "" {
			continue
		}
		if _, ok := markLooks[s.Name()]; !ok {
			t.Errorf("%s: scheme %s has no look", owner, s.Name())
		}
		for _, n := range nations {
			if (Edition{Nation: n, Scheme: s.Name()}).atHome() != (n == owner) {
				t.Errorf("scheme %s is at home in %s alone, and not in %s", s.Name(), owner, n)
			}
		}
	}
}

func TestOwnMark(t *testing.T) {
	for _, c := range []struct {
		nation                           pipeline.Nation
		scheme, banner, equivalent, want string
	}{
		{pipeline.USA, "cui", "CUI", "", "CUI"},
		{pipeline.USA, "aus", "OFFICIAL: Sensitive", "CUI", "CUI"},
		{pipeline.AUS, "aus", "PROTECTED", "", "PROTECTED"},
		{pipeline.AUS, "usa", "SECRET//REL TO USA, AUS", "", ""}, // not Australia's to be taken for its own
		{pipeline.NZL, "tlp", "TLP:AMBER", "", ""},
	} {
		e := Edition{Nation: c.nation, Scheme: c.scheme, Banner: c.banner, Equivalent: c.equivalent}
		if got := e.OwnMark(); got != c.want {
			t.Errorf("%s, %s %s: own mark %q, want %q", c.nation, c.scheme, c.banner, got, c.want)
		}
	}
}

// A level is told by the whole of it: IN-CONFIDENCE is not CONFIDENTIAL, SECRET is not TOP SECRET.
func TestNewZealandsColours(t *testing.T) {
	for mark, want := range map[string]int{
		"TOP SECRET//NZEO": 0xff0000, "SECRET": 0x0000ff, "CONFIDENTIAL//REL TO NZL, AUS": 0x00b050,
		"IN-CONFIDENCE": 0, "STAFF IN-CONFIDENCE": 0, "SENSITIVE": 0, "RESTRICTED//NZEO": 0, "UNCLASSIFIED": 0,
	} {
		own := Edition{Nation: pipeline.NZL, Scheme: "nzl", Banner: mark}
		abroad := Edition{Nation: pipeline.NZL, Scheme: "gbr", Banner: "UK SECRET", Equivalent: mark}
		if got := own.BannerLook().Color; got != want {
			t.Errorf("%s as banner: #%06x, want #%06x", mark, got, want)
		}
		if got := abroad.EquivalentLook().Color; got != want {
			t.Errorf("%s as equivalent: #%06x, want #%06x", mark, got, want)
		}
		if got := abroad.BannerLook(); got.Color != 0 || got.CapHeight != 0 {
			t.Errorf("the originator's mark lends a look: %+v", got)
		}
	}
}

func TestHandleInIsWhatStandsBeforeTheMark(t *testing.T) {
	e := Edition{Nation: pipeline.GBR, Equivalent: "OFFICIAL-SENSITIVE"}
	if got := e.HandleIn(); got+e.Equivalent != e.HandledAs() || got != "Handle in the United Kingdom as " {
		t.Errorf("%q before the mark in %q", got, e.HandledAs())
	}
	if got := (Edition{Nation: pipeline.GBR}).HandleIn(); got != "" {
		t.Errorf("without an equivalent: %q", got)
	}
}

// The nation's own mark stands with the banner, at the start of the text and at its end (PSR-2022, e-mail).
func TestTextSaysAsWhatTheNationHandlesIt(t *testing.T) {
	e := Edition{Nation: pipeline.NZL, Scheme: "gbr", Banner: "UK SECRET", Equivalent: "SECRET", TLP: marking.Amber}
	got := Text(e)
	const both = "UK SECRET\nHandle in New Zealand as SECRET\n\nTLP:AMBER\n"
	if !strings.HasPrefix(got, both) || !strings.HasSuffix(got, "\n\nHandle in New Zealand as SECRET\nUK SECRET\n") {
		t.Errorf("text:\n%s", got)
	}
}
