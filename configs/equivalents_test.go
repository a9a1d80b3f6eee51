package configs

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline/marking"
)

// The default says for every pair of nations and every level how it is handled, and never lets a nation handle what is
// marked above its lowest level as if it were of its own lowest.
func TestDefaultEquivalentsAreWhole(t *testing.T) {
	table := DefaultPolicy().Equivalents
	if len(table) != 20 {
		t.Fatalf("%d pairs", len(table))
	}
	for _, e := range table {
		levels := marking.NationalLevels(e.From)
		for _, level := range levels {
			as, err := marking.NationalBanner(e.To, e.Levels[level])
			if err != nil {
				t.Errorf("%s -> %s: %s: %v", e.From, e.To, level, err)
				continue
			}
			base := level == levels[0] || level == "OFFICIAL"
			if scheme, _ := marking.ByName(as.Scheme()); marking.Within(as, scheme.Lowest()) != base && as.Banner() != "OFFICIAL" {
				t.Errorf("%s -> %s: %s is handled as %s", e.From, e.To, level, as.Banner())
			}
		}
		// No level is handled below one that is under it.
		for i := 1; i < len(levels); i++ {
			low, _ := marking.NationalBanner(e.To, e.Levels[levels[i-1]])
			high, _ := marking.NationalBanner(e.To, e.Levels[levels[i]])
			twoLadders := e.From == "CAN" && levels[i] == "CONFIDENTIAL" || e.To == "CAN" && strings.HasPrefix(low.Banner(), "PROTECTED")
			if !twoLadders && !marking.Within(low, high) {
				t.Errorf("%s -> %s: %s is handled as %s, and %s as %s", e.From, e.To, levels[i-1], low.Banner(), levels[i], high.Banner())
			}
		}
	}
}

// A policy of before there were equivalents has those of the example: a desk that was updated goes on. Who wants none
// says so.
func TestPolicyWithoutEquivalents(t *testing.T) {
	for text, want := range map[string]int{"editorial: true\n": 20, "": 20, "equivalents: []\nnot_mailed: {}\n": 0} {
		dir := newDir(t)
		write(t, dir, policyFile, text)
		p, err := LoadPolicy(dir, Default())
		must(t, err)
		if len(p.Equivalents) != want || (len(p.NotMailed["can"]) == 1) != (want > 0) {
			t.Errorf("%q: %d equivalents, not mailed %v", text, len(p.Equivalents), p.NotMailed)
		}
	}
}

func TestEquivalentsHaveDates(t *testing.T) {
	dir := newDir(t)
	write(t, dir, policyFile, "equivalents:\n- from: GBR\n  to: NZL\n  until: 2026-06-30\n  levels: {OFFICIAL: UNCLASSIFIED}\n"+
		"- from: GBR\n  to: NZL\n  since: 2026-07-01\n  levels: {OFFICIAL: IN-CONFIDENCE}\n")
	p, err := LoadPolicy(dir, Default())
	must(t, err)
	for date, want := range map[string]string{"2026-06-30": "UNCLASSIFIED", "2026-07-01": "IN-CONFIDENCE"} {
		day, err := time.Parse(time.DateOnly, date)
		must(t, err)
		if on := p.On(day.Add(time.Hour)); len(on.Equivalents) != 1 || on.Equivalents[0].Levels["OFFICIAL"] != want || !on.Day.Equal(day) {
			t.Errorf("%s: %+v", date, on.Equivalents)
		}
	}
}

// A misspelt name is met with what it was most likely meant to be.
func TestPolicyGuesses(t *testing.T) {
	for text, want := range map[string]string{
		"released:\n  usa:\n    LSE: [GBR]\n":                                                  `"LES"`,
		"released:\n  gbr:\n    Official-Sensitive: [NZL]\n":                                   `"OFFICIAL-SENSITIVE"`,
		"released:\n  tlp:\n    X: [NZL]\n":                                                    "it has none",
		"not_mailed:\n  can: [PROTECTD C]\n":                                                   `"PROTECTED C"`,
		"equivalents:\n- from: AUS\n  to: NZL\n  levels:\n    OFFICIAL:Sensitive: SENSITIVE\n": `"OFFICIAL: Sensitive"`,
	} {
		dir := t.TempDir()
		write(t, dir, policyFile, text)
		data, err := read(filepath.Join(dir, policyFile))
		must(t, err)
		_, err = parsePolicy(policyFile, data)
		var located *Error
		if !errors.As(err, &located) || !strings.Contains(located.Hint, want) {
			t.Errorf("%q: got %v, hint %q; want %s", text, err, located.Hint, want)
		}
	}
}

// The mistakes of a pair came by the names of the levels, line 19 before 18.
func TestPolicyMistakesComeInTheOrderOfTheFile(t *testing.T) {
	_, err := parsePolicy("policy.yaml", []byte("released:\n  aus:\n    Secret: [NZL]\n    Protected: [NZL]\n    LES: [NZL]\n  usa:\n    LESS: [GBR]\n"))
	last := 0
	for _, e := range flat([]error{err}) {
		if lineOf(e) <= last {
			t.Errorf("line %d after line %d: %v", lineOf(e), last, e)
		}
		last = lineOf(e)
	}
	if last != 7 {
		t.Errorf("the last is on line %d", last)
	}
}
