package draft

import (
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline/attack"
)

// A newcomer's mistyped mark counted as no mark, and the portion went to all nations.
func TestMistypedMarkWentToAllNations(t *testing.T) {
	for _, c := range []struct{ scheme, text, hint string }{
		{"tlp", "(TPL:AMBER//REL TO AUS, NZL) text", "write (TLP:AMBER//REL TO AUS, NZL),"},
		{"tlp", "(TPL:AMBER//REL NZL) text", "write (TLP:AMBER//REL TO …),"},
		{"tlp", "(tpl:red) text", "write (TLP:RED),"},
		{"tlp", "(TLP.RED) text", "write (TLP:RED),"},
		{"tlp", "(TLPGREEN) text", "write (TLP:GREEN),"},
		{"tlp", "(TPL:AMBER+STRICT) text", "write (TLP:AMBER+STRICT),"},
		{"tlp", "(TLP) text", "write (TLP:GREEN) or"},
		{"tlp", "(AMBER) text", "write (TLP:AMBER),"},
		{"tlp", "(RED) text", "write (TLP:RED),"},
		{"tlp", "(AMBER+STRICT) text", "write (TLP:AMBER+STRICT),"},
		{"tlp", "[CLEAR] text", "write (TLP:CLEAR),"},
		{"tlp", "(GREEN/REL TO NZL) text", "write (TLP:GREEN//REL TO NZL),"},
		{"tlp", "(REL TO AUS, NZL) text", "only (TLP:…) is a mark"},
		{"tlp", "(X, REL TO AUS, NZL) text", "only (TLP:…) is a mark"},
		{"tlp", "(REL AUS/NZL) text", "only (TLP:…) is a mark"},
		{"tlp", "(U) text", "only (TLP:…) is a mark"},
		{"tlp", "(U//NF) text", "only (TLP:…) is a mark"},
		{"tlp", "[U//NF] text", "only (TLP:…) is a mark"},
		{"tlp", "（U//NF） text", "only (TLP:…) is a mark"},
		{"tlp", "(u//nf) text", "only (TLP:…) is a mark"},
		{"tlp", "(U-NF) text", "only (TLP:…) is a mark"},
		{"tlp", "(U//LES) text", "only (TLP:…) is a mark"},
		{"tlp", "(S//REL TO USA) text", "only (TLP:…) is a mark"},
		{"tlp", "(S//REL TO USA, text", "only (TLP:…) is a mark"},
		{"tlp", "(PB//LES) text", "only (TLP:…) is a mark"},
		{"tlp", "(NOFORN) text", "only (TLP:…) is a mark"},
		{"tlp", "(noforn) text", "only (TLP:…) is a mark"},
		{"tlp", "(OFFICIAL-SENSITIVE) text", "only (TLP:…) is a mark"},
		{"tlp", "TLP:RED text", "write (TLP:RED),"},
		{"tlp", "TLP: RED text", "only (TLP:…) is a mark"},
		{"tlp", "TPL:RED text", "write (TLP:RED),"},
		{"usa", "(TPL:RED)(U) text", "TLP before it: (TLP:RED)(U);"},
		{"usa", "(AMBER) text", "write a mark of scheme usa"},
		{"usa", "TLP:RED text", "write a mark of scheme usa"},
	} {
		got := errorsOf(head(c.scheme) + c.text + "\n")
		if len(got) != 1 || !strings.HasPrefix(got[0], "8:1: ") || !strings.Contains(got[0], "looks like a mark, and is none of scheme "+c.scheme) || !strings.Contains(got[0], c.hint) {
			t.Errorf("%s: %s\ngot %q\nwant a hint with %s", c.scheme, c.text, got, c.hint)
		}
	}
}

// It holds wherever a mark may stand, not before paragraphs alone.
func TestMistypedMarkWentToAllNationsFromEverywhere(t *testing.T) {
	front := func(line string) string { return strings.Replace(tlp("text\n"), "kind: training", line, 1) }
	for name, text := range map[string]string{
		"title":               strings.Replace(tlp("text\n"), "title: t", "title: (TPL:RED) t", 1),
		"inside a title":      strings.Replace(tlp("text\n"), "title: t", "title: t (U//NF) u", 1),
		"bare title":          strings.Replace(tlp("text\n"), "title: t", "title: 'TLP:RED t'", 1),
		"action":              front("actions: ['(AMBER) a', b, c]"),
		"glance":              front("glance: {who: '(U//NF) a'}"),
		"contact":             front("contacts: ['[U//NF] a']"),
		"reference":           front("references: ['**(REL TO AUS, NZL)** a']"),
		"technique":           front("attack: ['(U) T1048']"),
		"use of a technique":  front("attack: [{id: T1048, use: (RED) a}]"),
		"heading":             tlp("# (U//NF) h\n\ntext\n"),
		"list item":           tlp("- (S//REL TO USA) a\n"),
		"quotation":           tlp("> (TPL:RED) a\n"),
		"cell":                tlp("| (AMBER) a | b |\n|---|---|\n| c | d |\n"),
		"row":                 tlp("| a | b |\n|---|---|\n| (U//NF) c | d |\n"),
		"second cell":         tlp("| a | b |\n|---|---|\n| c | (U//NF) d |\n"),
		"fence":               tlp("```(U//NF)\ncode\n```\n"),
		"first line of code":  tlp("```\n(U//NF)\ncode\n```\n"),
		"caption":             tlp("![(U//NF) a](p.png)\n"),
		"footnote":            tlp("a[^1]\n\n[^1]: (U//NF) b\n"),
		"emphasis":            tlp("**(U//NF)** a\n"),
		"bare and emphasised": tlp("**TLP:RED** a\n"),
		"escape":              tlp("\\(U//NF) a\n"),
		"zero width":          tlp("\u200b(U//NF) a\n"),
		"late line":           tlp("text\n(U//NF) a\n"),
		"behind a mark":       tlp("(TLP:GREEN) (REL TO AUS, NZL) a\n"),
	} {
		if got := errorsOf(text); len(got) != 1 {
			t.Errorf("%s: got %q, want one error", name, got)
		}
	}
	for _, row := range []string{"mutex,a,,,,(U//NF) b,", "mutex,a,,,,TLP:RED b,", "mutex,a,,,,,RED", "mutex,a,,,,,TPL:RED", "mutex,a,,,,,U//NF"} {
		draft, csv := front("indicators: i.csv"), strings.Join(indicatorColumns, ",")+"\n"+row+"\n"
		if got := errorsOf(draft, "i.csv", csv); len(got) != 1 || !strings.HasPrefix(got[0], "i.csv:2:") {
			t.Errorf("%s: got %q, want one error", row, got)
		}
	}
}

func TestOrdinaryWordsInParenthesesAreNoMark(t *testing.T) {
	for _, text := range []string{
		"(see below) text", "(US-CERT) Alert", "(S. Smith) wrote", "(red) lines", "(a) first", "(i) first", "(1) first", "(Red Team) text", "(RED TEAM) text",
		"(Green) light", "(CVE-2021-44228) text", "(https://example.com/a) text", "(hxxps[:]//evil[.]example) text", "(TCP/443) text", "(and/or) text",
		"(TL;DR) text", "(TTL: 3600) text", "(TLP 2.0) text", "(Related to X) text", "(release notes) text", "(official) text", "(Rel. 2) text",
		"[C](https://example.com) is a language", "[1] text", "[x] done", "[sic] text", "TTL: 3600", "TLP is a protocol", "Use TLP:RED with care", "AMBER text",
		"text (U//NF) behind", "(tapered) text", "(clear) text", "(AMBERGRIS) text",
	} {
		if got := errorsOf(tlp(text + "\n")); len(got) != 0 {
			t.Errorf("%s: %q", text, got)
		}
	}
	for _, value := range []string{"(C) x.exe", "(RED) x.exe"} {
		draft := strings.Replace(tlp("text\n"), "kind: training", "indicators: i.csv", 1)
		if got := errorsOf(draft, "i.csv", "type,value,first_seen,last_seen,confidence,note\nfilename,"+value+",,,,\n"); len(got) != 0 {
			t.Errorf("an indicator's value is what it is: %q", got)
		}
	}
}

func warningsOf(text string, more ...string) []string {
	_, problems := parseText(text, more...)
	var out []string
	for _, p := range problems.only(Warning) {
		out = append(out, p.String())
	}
	return out
}

func TestTechniqueThatDoesNotExistWasPrintedInSilence(t *testing.T) {
	got := warningsOf(strings.Replace(tlp("text\n"), "kind: training", "attack: [T1048, T9999]", 1))
	want := "d.md:6:17: warning: attack: no technique T9999 in ATT&CK " + attack.Version + ": it is printed without a name\nhint: correct it, if it is not newer than that"
	if !slices.Contains(got, want) || strings.Contains(strings.Join(got, "\n"), "T1048") {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestRowWithAnErrorWasAlsoNoRow(t *testing.T) {
	draft := strings.Replace(tlp("text\n"), "kind: training", "indicators: i.csv", 1)
	const columns = "type,value,first_seen,last_seen,confidence,note\n"
	for csv, says := range map[string]bool{columns: true, columns + "mutex,a\n": false, columns + "mutex,a\"b,,,,\n": false} {
		if got := strings.Join(warningsOf(draft, "i.csv", csv), "\n"); strings.Contains(got, "has no rows") != says {
			t.Errorf("%q: got %s", csv, got)
		}
	}
}

func TestUnclosedQuoteHadNoActions(t *testing.T) {
	text := strings.Replace(tlp("text\n"), "title: t", `title: "t`, 1)
	if got := warningsOf(text); len(got) != 0 || len(errorsOf(text)) == 0 {
		t.Errorf("got %q beside %q", got, errorsOf(text))
	}
}
