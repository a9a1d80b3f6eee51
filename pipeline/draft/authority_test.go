package draft

import (
	"strings"
	"testing"
)

// withAuthority is a draft with these lines of front matter; the first stands on line 7.
func withAuthority(lines ...string) string {
	front := "---\ntitle: t\nscheme: usa\ntlp: TLP:AMBER\nreleasable_to: [USA]\nkind: training\n"
	return front + strings.Join(lines, "\n") + "\n---\n(U) Text.\n"
}

func TestAuthority(t *testing.T) {
	doc, problems := parseText(withAuthority("authority:", "  agency: National Cyber Unit", `  contact: "duty@police.example, +1 555 0100"`,
		"  classified_by: J. Doe, Director", "  reason: 1.4(c)", "  derived_from: Guide of 1 May 2026", "  declassify_on: 20511125"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	want := Authority{"National Cyber Unit", "duty@police.example, +1 555 0100", "J. Doe, Director", "1.4(c)", "Guide of 1 May 2026", "20511125"}
	if doc.Authority != want {
		t.Errorf("got %+v", doc.Authority)
	}
	for _, l := range doc.Labels() {
		if strings.Contains(l.Text, "Doe") {
			t.Errorf("the authority is content, a %s", l.What)
		}
	}
}

func TestAuthorityErrors(t *testing.T) {
	for _, c := range []errorCase{
		{"no map", withAuthority("authority: J. Doe"), []string{"7:12: authority must be a map, not text | write agency:, contact:, classified_by:, reason: or derived_from:, and declassify_on: under it"}},
		{"unknown", withAuthority("authority:", "  classifed_by: J. Doe"), []string{`8:3: unknown key "classifed_by" in authority | did you mean "classified_by"?`}},
		{"twice", withAuthority("authority:", "  agency: A", "  agency: B"), []string{`9:3: key "agency" stands twice; its first value is at d.md:8:11 | keep one`}},
		{"empty", withAuthority("authority:", "  agency:"), []string{"8:11: authority: agency has no value | give it a value, or delete the line"}},
		{"a list", withAuthority("authority:", "  agency: [A, B]"), []string{"8:11: authority: agency must be text, not a list | write the text behind the colon"}},
		{"two lines", withAuthority("authority:", `  agency: "A\nB"`), []string{"8:12: authority: agency must be one line without tabs | write it on one line"}},
		{"a control character", withAuthority("authority:", `  agency: "A\x1bB"`), []string{"8:12: authority: agency holds the character U+001B (control character) | delete it"}},
		{"a mark", withAuthority("authority:", "  agency: (U//NF) A"), []string{"8:11: authority: agency has a mark: it stands on every edition whose banner asks for it | take the mark out"}},
		{"long", withAuthority("authority:", "  agency: "+strings.Repeat("A", 201)), []string{"8:11: authority: agency has 201 characters; at most 200 fit | say it in a line"}},
	} {
		t.Run(c.name, func(t *testing.T) { checkErrors(t, errorsOf(c.text), c.want) })
	}
}
