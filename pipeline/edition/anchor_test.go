package edition_test

import (
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

func projected(t *testing.T, body string, n pipeline.Nation) edition.Edition {
	t.Helper()
	text := "---\ntitle: t\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [CAN, NZL]\nlanguage: fr-ca\n---\n" + body
	doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, draft.Options{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	e, err := edition.Project(doc, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestHeadingsHaveTheNamesThatLinksUse(t *testing.T) {
	e := projected(t, "[a](#what-s-new) [b](#Whats-New-1) [c](#r%C3%A9sum%C3%A9--fin) [d](#nowhere) [e](#mcafee--hips--rules) [f](#)\n\n"+
		"# What's new?\n\n| [g](#snake_case) |\n|---|\n| [h](#nowhere)[^1] |\n\n## What's *new*\n\ny\n\n## Résumé – `fin`\n\nz\n\n### McAfee (HIPS) rules\n\nv\n\n#### snake_case [1]\n\nx\n\n[^1]: [i](#résumé--fin)\n", pipeline.NZL)
	var got []string
	for _, b := range e.Blocks {
		got = append(got, b.Anchors...)
	}
	if want := []string{"whats-new", "whats-new-1", "résumé--fin", "mcafee-hips-rules", "snake_case-1"}; !slices.Equal(got, want) {
		t.Errorf("anchors %q, want %q", got, want)
	}
	links := map[string]string{}
	for i := range e.Blocks {
		e.Blocks[i].EachInline(func(in *draft.Inline) {
			if in.Kind == draft.Link {
				links[draft.Plain(in.Children)] = in.URL
			}
		})
	}
	for text, url := range map[string]string{"a": "#whats-new", "b": "#whats-new-1", "c": "#résumé--fin", "d": "", "e": "#mcafee-hips-rules", "f": "", "g": "", "h": "", "i": "#résumé--fin"} {
		if links[text] != url {
			t.Errorf("link %s leads to %q, want %q", text, links[text], url)
		}
	}
	if e.Language != "fr-CA" {
		t.Errorf("language %q", e.Language)
	}
}

// A withheld heading leaves no name behind: not in links to it, and not in the numbers of its namesakes.
func TestAnchorsOfWithheldHeadings(t *testing.T) {
	const body = "See [the plan](#secret-plan) and [the other](#secret-plan-1), [](#secret-plan).\n\n%# (TLP:AMBER) Secret-plan\n\nx\n\n# Unmarked\n\n(TLP:AMBER//REL TO CAN) y\n\n[z](#unmarked)\n"
	whole := projected(t, strings.Replace(body, "%", "# (TLP:AMBER//REL TO CAN) Secret plan\n\n", 1), pipeline.NZL)
	without := projected(t, strings.Replace(body, "%", "", 1), pipeline.NZL)
	if string(whole.JSON()) != string(without.JSON()) {
		t.Errorf("a withheld heading shows:\n%s\n%s", whole.JSON(), without.JSON())
	}
	for _, b := range whole.Blocks {
		if b.Kind == draft.Heading && draft.Plain(b.Text) == "Secret-plan" && !slices.Equal(b.Anchors, []string{"secret-plan"}) {
			t.Errorf("anchors %q", b.Anchors)
		}
	}
	hidden := projected(t, "[the plan](#secret-plan) [](#secret-plan) [more](#secret-plan-1)\n\n# (TLP:AMBER//REL TO CAN) Secret plan\n\n(TLP:AMBER//REL TO CAN) x\n", pipeline.NZL)
	if s := string(hidden.JSON()); strings.Contains(s, "secret-plan") || !strings.Contains(s, "the plan  more") {
		t.Errorf("the name of a withheld heading stands in %s", s)
	}
}

// A name in a row that is marked for fewer tells of it, and is not its table's.
func TestNamesInMarkedRowsFallAway(t *testing.T) {
	for name, table := range map[string]string{
		"Markdown": "| <a id=shown></a>a |\n|---|\n| (TLP:RED//REL TO CAN) <a id=secret></a>b |\n| <a id=also></a>c |\n",
		"HTML":     "<table><tr><th id=shown>a<tr id=secret0><td id=secret1>(TLP:RED//REL TO CAN) <b id=secret2>b</b><tr id=also><td>c</table>\n",
	} {
		text := "---\ntitle: t\nscheme: tlp\ntlp: TLP:RED\nreleasable_to: [AUS, CAN]\n---\na\n\n" + table
		doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, draft.Options{})
		if problems.Err() != nil {
			t.Fatal(problems)
		}
		e, err := edition.Project(doc, "AUS", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Blocks[1].Anchors; len(got) != 2 || got[0] != "shown" || got[1] != "also" {
			t.Errorf("%s: AUS has the names %q", name, got)
		}
	}
}
