package marking

import "testing"

// A codeword may look like an ordinary word; it may not look like a control that somebody mistyped.
func TestCodewordsAreNoSlips(t *testing.T) {
	for _, s := range []string{"ORION", "REGAL", "WINTER", "KAURI", "FIRE", "GOAT"} {
		if !isCodeWord(s) {
			t.Errorf("%s is taken for %s", s, reservedWord(s))
		}
	}
	slips := map[string]string{"COMERCIAL": "COMMERCIAL", "COMMERCIALL": "COMMERCIAL", "COMMERCAIL": "COMMERCIAL", "COMMERZIAL": "COMMERCIAL",
		"RECIPIENTSONLY": "RECIPIENTSONLY", "UKEYESONLY": "UKEYESONLY", "RELTO": "RELTO", "DELICATESOURCE": "DELICATESOURCE",
		"LEGL": "LEGAL", "NZOE": "NZEO", "AGA": "AGAO", "AUSTEOO": "AUSTEO", "NOFRON": "NOFORN"}
	for s, meant := range slips {
		if isCodeWord(s) || reservedWord(s) != meant {
			t.Errorf("%s is taken for %q", s, reservedWord(s))
		}
	}
}
