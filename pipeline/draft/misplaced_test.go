package draft

import (
	"fmt"
	"strings"
	"testing"
)

// Each of these went to every nation, mark and all, as ordinary text.
func TestMisplacedMarkWentToEveryNation(t *testing.T) {
	const m = "(TLP:RED//REL TO CAN)"
	for name, body := range map[string]string{
		"after a bullet sign":  "• " + m + " text",
		"after words":          "Note: " + m + " text",
		"at the end":           "text " + m,
		"doubled":              "(" + m + ") text",
		"in a heading":         "# Finding " + m,
		"in a cell":            "| a | x " + m + " |\n|---|---|\n| c | d |",
		"in a later cell":      "| a | b |\n|---|---|\n| c | • " + m + " x |",
		"behind the language":  "```python " + m + "\ncode\n```",
		"in a comment of code": "```\n# " + m + "\ncode\n```",
		"without TLP":          "(TLP:GREEN) (REL TO CAN) text",
		"a label and a list":   "see ( RED // REL TO CAN) text",
		"in a note":            "text[^1]\n\n[^1]: see " + m,
	} {
		if _, problems := parseText(tlp(body + "\n")); problems.Err() == nil {
			t.Errorf("%s is accepted: %s", name, body)
		}
	}
	if _, problems := parseText(usa("(U) A sentence. (U//NF) Another.\n")); problems.Err() == nil {
		t.Error("a national mark in the middle is accepted")
	}
	for _, body := range []string{"It was marked TLP:RED then.", "Write `" + m + "` first.", "(see below) and [TLP](https://www.first.org/tlp/)."} {
		if _, problems := parseText(tlp(body + "\n")); problems.Err() != nil {
			t.Errorf("%s: %v", body, problems.Err())
		}
	}
}

func TestDefinitionsInsideAQuotationWentToEveryNation(t *testing.T) {
	for name, body := range map[string]string{
		"link": "(TLP:AMBER) see [Bear]\n\n> (TLP:RED//REL TO CAN) quote\n>\n> [bear]: https://secret.example/op\n",
		"note": "(TLP:AMBER) see[^1]\n\n> (TLP:RED//REL TO CAN) quote\n>\n> [^1]: secret note\n",
		"item": "(TLP:AMBER) see [Bear]\n\n- (TLP:RED//REL TO CAN) item\n\n  [bear]: https://secret.example/op\n",
	} {
		doc, problems := parseText(tlpRed(body))
		if problems.Err() == nil {
			t.Errorf("a %s is accepted: %+v", name, doc.Portions)
		}
	}
}

func TestUnmarkedChildOfANarrowedItemWentToEveryNation(t *testing.T) {
	if _, problems := parseText(tlpRed("- (TLP:RED//REL TO CAN) parent\n  - SECRET child\n")); problems.Err() == nil {
		t.Error("it is accepted")
	}
	if _, problems := parseText(tlpRed("(TLP:RED//REL TO CAN) paragraph\n\n- item of its own\n")); problems.Err() != nil {
		t.Error(problems.Err())
	}
}

func TestDraftsThatWouldExhaustMemoryAreRefused(t *testing.T) {
	for name, body := range map[string]string{
		"columns": "|" + strings.Repeat("a|", 5000) + "\n|" + strings.Repeat("-|", 5000) + "\n" + strings.Repeat("|x|\n", 5000),
		"lines":   strings.Repeat("a\n\n", 60_000),
		"notes":   strings.Repeat("a[^1] ", 2000) + "\n\n[^1]: " + strings.Repeat("long ", 1000),
	} {
		if _, problems := parseText(tlp(body + "\n")); problems.Err() == nil {
			t.Errorf("%s are accepted", name)
		}
	}
	// Each number is reported once, however often it is cited.
	_, problems := parseText(strings.Replace(tlp(strings.Repeat("[1-999] ", 40)+"\n"), "---\n", "---\nreferences: [one]\n", 1))
	if n := len(problems); n > 1100 {
		t.Error(fmt.Sprint(n, " problems"))
	}
}

func tlpRed(body string) string { return strings.Replace(tlp(body), "TLP:AMBER", "TLP:RED", 1) }
