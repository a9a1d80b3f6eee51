package attack

import (
	"strings"
	"testing"
)

// Every sub-technique has its technique in the table, and every technique a tactic.
func TestTableIsWhole(t *testing.T) {
	entries, err := parse(enterprise)
	if err != nil {
		t.Fatal(err)
	}
	var tactics, techniques, subs int
	for id, e := range entries {
		technique, _, sub := strings.Cut(id, ".")
		switch {
		case strings.HasPrefix(id, "TA"):
			tactics++
			continue
		case sub:
			subs++
		default:
			techniques++
		}
		if entries[technique].Name == "" {
			t.Errorf("%s without %s", id, technique)
		}
		if len(e.Tactics) == 0 {
			t.Errorf("%s serves no tactic", id)
		}
	}
	// A row that was lost, or added by mistake, shows here.
	if tactics != 14 || techniques != 211 || subs != 468 {
		t.Errorf("%d tactics, %d techniques, %d sub-techniques; want 14, 211, 468", tactics, techniques, subs)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tsv := range []string{"T1048\tName", "T10\tName\t", "T1048\t\t", "T1048\tA\tTA0001", "TA0001\tA\t\nTA0001\tB\t"} {
		if _, err := parse(tsv); err == nil {
			t.Errorf("parse(%q) was accepted", tsv)
		}
	}
}
