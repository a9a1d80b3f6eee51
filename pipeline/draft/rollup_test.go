package draft

import (
	"strings"
	"testing"
)

// The banner covers everything in the draft, wherever its mark stands.
func TestBannerCoversEverything(t *testing.T) {
	front := func(line string) string {
		return strings.Replace(usa("(U) x\n"), "kind: training", line, 1)
	}
	for name, text := range map[string]string{
		"portion":   usa("(U) x\n\n(U//NF) y\n"),
		"heading":   usa("# (U//NF) x\n\n(U) y\n"),
		"row":       usa("| (U) a |\n|---|\n| (U//NF) b |\n"),
		"note":      usa("(U) x[^1]\n\n[^1]: (U//NF) n\n"),
		"cell note": usa("| (U) a |\n|---|\n| b[^1] |\n\n[^1]: (U//NF) n\n"),
		"title":     strings.Replace(usa("(U) x\n"), "title: t", "title: (U//NF) t", 1),
		"action":    front("actions: [(U//NF) a]"),
		"reference": front("references: [(U//NF) a]"),
		"contact":   front("contacts: [(U//NF) a]"),
		"glance":    front("glance: {what: (U//NF) a}"),
		"attack":    front("attack: [(U//NF) T1048]"),
		"indicator": front("indicators: i.csv"),
	} {
		doc, problems := parseText(text, "i.csv", "type,value,first_seen,last_seen,confidence,note,mark\nmutex,a,,,,,(U//NF)\n")
		if problems.Err() != nil {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		if got := doc.Banner.Banner(); got != "UNCLASSIFIED//NOFORN" {
			t.Errorf("%s: banner %s", name, got)
		}
	}
}

func TestTLPCoversRowsAndNotes(t *testing.T) {
	for _, text := range []string{
		"| a |\n|---|\n| (TLP:RED) b |\n",
		"x[^1]\n\n[^1]: (TLP:RED) n\n",
	} {
		if got := strings.Join(errorsOf(tlp(text)), "\n"); !strings.Contains(got, "4:6: tlp: TLP:AMBER is below what stands at") {
			t.Errorf("%q: got %q", text, got)
		}
	}
}

func TestEditorialWarnings(t *testing.T) {
	text := strings.Replace(tlp("# A\n\nx [2] and `[1]`\n"), "kind: training", "kind: flash\nactions: [a, b]\nreferences: [r]", 1)
	_, problems := parseText(text)
	want := `d.md:1:1: warning: a flash needs a section on mitigations
hint: add a heading Mitigations and what to do
d.md:7:10: warning: the bulletin has 2 actions to take
hint: give three to seven, the most urgent first
d.md:8:14: warning: reference 1 is not cited
hint: cite it in the text as [1], or delete it
d.md:10:3: warning: the draft has no summary
hint: begin with a paragraph that says who, what, when and how sure
d.md:12:1: warning: [2] is cited, and there are 1 references
hint: add the reference, or correct the number`
	if problems.String() != want {
		t.Errorf("got\n%s\nwant\n%s", problems, want)
	}
}
