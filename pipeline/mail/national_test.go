package mail

import (
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// markedFor is the test edition for a nation, in a scheme.
func markedFor(n pipeline.Nation, scheme, banner, equivalent string) edition.Edition {
	e := testEdition()
	e.Nation, e.Scheme, e.Banner, e.Equivalent = n, scheme, banner, equivalent
	return e
}

func TestHTMLMarksAsTheNationsRulesSay(t *testing.T) {
	for _, c := range []struct {
		nation                     pipeline.Nation
		scheme, banner, equivalent string
		want                       []string
	}{
		{pipeline.AUS, "aus", "OFFICIAL: Sensitive", "", []string{`style="text-align: center; font-size: 15.0px; color: #CC0000">OFFICIAL: Sensitive</p>`}},
		{pipeline.AUS, "usa", "SECRET//REL TO USA, AUS", "SECRET//REL AUS/USA", []string{
			`style="text-align: center; font-size: 15.0px; color: #000000">SECRET//REL TO USA, AUS</p>`,
			`style="text-align: center">Handle in Australia as <strong style="text-align: center; font-size: 15.0px; color: #CC0000">SECRET//REL AUS/USA</strong></p>`}},
		{pipeline.CAN, "gbr", "UK OFFICIAL-SENSITIVE", "PROTECTED B", []string{
			`style="text-align: center; font-size: 15.0px; color: #000000">UK OFFICIAL-SENSITIVE</p>`,
			`style="text-align: right">Handle in Canada as <strong`, `>PROTECTED B</strong></p>`}},
		{pipeline.NZL, "gbr", "UK SECRET", "SECRET", []string{`font-size: 17.2px; color: #0000FF">SECRET</strong></p>`}},
		{pipeline.USA, "cui", "CUI", "", []string{`style="text-align: center; font-size: 15.0px; color: #000000">CUI</p>`}},
	} {
		got := page1(t, markedFor(c.nation, c.scheme, c.banner, c.equivalent))
		for _, want := range c.want {
			if strings.Count(got, want) != 2 {
				t.Errorf("%s, %s: %q stands %d times, want at the top and at the bottom", c.nation, c.banner, want, strings.Count(got, want))
			}
		}
	}
}

func TestHTMLKeepsTheLinesOfAStatement(t *testing.T) {
	e := testEdition()
	e.Statements = []string{"Classified By: J. Smith\nDerived From: Multiple Sources\nDeclassify On: 20511231"}
	if got := page1(t, e); !strings.Contains(got, e.Statements[0]) || !strings.Contains(got, "white-space: pre-line") {
		t.Error("the lines run together")
	}
}

func TestSubjectOfEachNation(t *testing.T) {
	const title = "SA26-326A Peer-to-peer clients expose case files"
	for _, c := range []struct {
		nation                           pipeline.Nation
		scheme, banner, equivalent, want string
	}{
		{pipeline.NZL, "nzl", "RESTRICTED//NZEO", "", "[TLP:AMBER] [RESTRICTED//NZEO] " + title},
		{pipeline.NZL, "usa", "UNCLASSIFIED//LES", "IN-CONFIDENCE", "[TLP:AMBER] [IN-CONFIDENCE] " + title},
		{pipeline.NZL, "tlp", "TLP:AMBER", "", "[TLP:AMBER] " + title},
		{pipeline.AUS, "usa", "UNCLASSIFIED//LES", "OFFICIAL: Sensitive", "[TLP:AMBER] " + title}, // in the header
		{pipeline.USA, "nzl", "IN-CONFIDENCE", "CUI", "[TLP:AMBER] " + title},
	} {
		if got := Subject(markedFor(c.nation, c.scheme, c.banner, c.equivalent)); got != c.want {
			t.Errorf("%s, %s: subject %q, want %q", c.nation, c.banner, got, c.want)
		}
	}
}
