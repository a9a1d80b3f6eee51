package advisory_test

import (
	"regexp"
	"strings"
	"testing"

	"bulletin/pipeline/advisory"
	"bulletin/pipeline/draft"
)

var tlpLine = regexp.MustCompile(`(?m)^tlp:(?: (.*))?$`)

// proposed is the label that an imported draft proposes; empty if it leaves it to the author.
func proposed(d advisory.Draft) string { return tlpLine.FindStringSubmatch(string(d.Text))[1] }

// A label is proposed where the source states exactly one, translated from TLP 1.0; else the author decides.
func TestStatedTLP(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"TLP:WHITE\n\nTitle\n\nSomething happened.", "TLP:CLEAR"},
		{"TLP: AMBER\n\nTitle\n\nSomething happened.\n\nTLP: AMBER", "TLP:AMBER"},
		{"Title\n\nThis product is marked TLP:GREEN. Recipients may share it.", "TLP:GREEN"},
		{"Title\n\nThis FLASH has been released TLP WHITE: Subject to rules.", "TLP:CLEAR"},
		{"Title\n\nDistribution: TLP:AMBER+STRICT\n\nText of it.", "TLP:AMBER+STRICT"},
		{"Title\n\nClassification: TLP-AMBER STRICT\n\nText of it.", "TLP:AMBER+STRICT"},
		{"Title\n\nTraffic Light Protocol: RED\n\nText of it.", "TLP:RED"},
		{"# Title\n\n**TLP:** RED\n\nText of it.", "TLP:RED"},
		{"<html><body><header><p>TLP<b>:CLEAR</b></p></header><article><h1>T</h1><p>Text</p></article></body></html>", "TLP:CLEAR"},

		{"Title\n\nSomething happened.", ""},
		{"TLP:AMBER\n\nTitle\n\nText of it.\n\nTLP:GREEN", ""},                                         // two
		{"TLP:GREEN\n\nTitle\n\nTLP:RED is for the eyes of those in the room only.", ""},               // two
		{"TLP:GREEN\n\nTitle\n\nAsk us for what we hold at TLP:RED.", ""},                              // and what is stricter
		{"Title\n\nAn edition for the public is out there, see the page on TLP:CLEAR advisories.", ""}, // another's
		{"Title\n\nText of it, see https://files.example/tlp-white/report.pdf", ""},                    // an address
		{"TLP:ORANGE\n\nTitle\n\nText of it.", ""},                                                     // no label
		{"TLP:GREEN\n\nTitle\n\nTLP:CHARTREUSE\n\nText of it.", ""},
		{"Title\n\n(TLP:GREEN) Of a part, nothing of the whole.\n\n(TLP:RED) Of another.", ""},
		{"Title\n\nThe white paper of the red team is amber.", ""},
	} {
		if got := proposed(imported(t, []byte(c.text))); got != c.want {
			t.Errorf("%q: proposes %q, want %q", c.text, got, c.want)
		}
	}
}

// What the source says of its marking is quoted for the author, and the banner is no text of the draft.
func TestBannersAreQuoted(t *testing.T) {
	d := imported(t, []byte("UNCLASSIFIED//FOUO\n\nTLP:AMBER\n\nA warning\n\nSomething happened.\n\nUNCLASSIFIED//FOUO\n"))
	front, body, _ := strings.Cut(string(d.Text)[4:], "\n---\n")
	if !strings.Contains(front, "# The source says of itself: UNCLASSIFIED//FOUO\n") || strings.Contains(body, "FOUO") || strings.Contains(body, "TLP") {
		t.Errorf("%s", d.Text)
	}
	if errs := errorsOf(filled(d)); errs != nil {
		t.Error(errs)
	}
}

// Marks before portions stay where they are: a scheme that does not have them refuses each, and none becomes text.
func TestPortionMarksStay(t *testing.T) {
	d := imported(t, []byte("# A warning\n\n(U//FOUO) First of all.\n\n- (U) An item.\n\n(TLP:WHITE) For all.\n\n(see below) Just text, and (TLP:RED) inside.\n"))
	text := string(d.Text)
	for _, want := range []string{"\n(U//FOUO) First of all.\n", "- (U) An item.", "\n(TLP:CLEAR) For all.", "1 portion(s) with (U//FOUO), which stays there: a mark in scheme usa", "scheme can, cui, nzl, usa"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	errs := errorsOf(filled(d))
	for _, want := range []string{"(U//FOUO)", "(U)", "a mark stands inside the text: (TLP:RED"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("scheme tlp does not refuse %s:\n%s", want, errs)
		}
	}
	if strings.Contains(errs.String(), "TLP:CLEAR") {
		t.Error(errs)
	}
}

// Sections of different marking keep their banners: taken out, nobody would know where each began.
func TestDifferentBannersStay(t *testing.T) {
	d := imported(t, []byte("TLP:GREEN\n\nA warning\n\nFor many.\n\nTLP:RED\n\nFor few.\n"))
	if !strings.Contains(string(d.Text), "\nTLP:RED\n") || proposed(d) != "" || !strings.Contains(errorsOf(filled(d)).String(), "looks like a mark") {
		t.Errorf("%s", d.Text)
	}
}

// A title holds no marking, whatever the source's does.
func TestTitles(t *testing.T) {
	for _, c := range []struct{ title, want string }{
		{"(U//FOUO) A warning", `"A warning"`},
		{"TLP:AMBER - A warning", `"A warning"`},
		{"[TLP:WHITE] A warning", `"A warning"`},
		{"A warning (U//NF)", ""},
		{"SECRET: a warning", ""},
		{". 5/4/2020 - COVID-19", `"COVID-19"`},
		{`A "quoted": title # and {more}`, `"A \"quoted\": title # and {more}"`},
		{strings.Repeat("long word ", 30), `"` + strings.TrimSpace(strings.Repeat("long word ", 14)) + ` long…"`},
	} {
		d := imported(t, []byte("# "+c.title+"\n\nSomething happened.\n"))
		line := regexp.MustCompile(`(?m)^title:(?: (.*))?$`).FindStringSubmatch(string(d.Text))
		if line[1] != c.want {
			t.Errorf("%q becomes %s, want %s", c.title, line[1], c.want)
		}
		if words := strings.Fields(c.title); !strings.Contains(string(d.Text), words[len(words)-1]) {
			t.Errorf("%q is lost:\n%s", c.title, d.Text)
		}
	}
	if _, problems := draft.Parse(filled(imported(t, []byte("# (U//FOUO) A warning\n\nText.\n"))), draft.Options{}); problems.Err() != nil {
		t.Error(problems)
	}
}
