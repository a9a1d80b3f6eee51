package advisory_test

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"bulletin/pipeline/advisory"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
)

// filled is an imported draft as an author completes it: in scheme tlp, for all.
func filled(d advisory.Draft) draft.Source {
	text := string(d.Text)
	text = strings.Replace(text, "\nscheme:\n", "\nscheme: tlp\n", 1)
	text = strings.Replace(text, "\ntlp:\n", "\ntlp: TLP:AMBER\n", 1)
	text = strings.Replace(text, "\nreleasable_to:\n", "\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\n", 1)
	src := draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}
	if d.Indicators != nil {
		src.Files["indicators.csv"] = d.Indicators
	}
	return src
}

func imported(t *testing.T, content []byte) advisory.Draft {
	t.Helper()
	d, err := advisory.Import(content, advisory.Options{Indicators: "indicators.csv"})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// dropped are the words of a page that its publishing system reads, and no reader.
var dropped = regexp.MustCompile(`(?m)^\s*\{:.*\}\s*$|\{:[^}]*\}|\{[{%][^}]*\}+|^\s*\d+\. TOC\s*$|^-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1$|(?s)\A---\n.*?\n---\n`)

// Every real bulletin becomes a draft that passes once the author has filled in what is theirs to say, and no word of
// it is lost on the way.
func TestRealBulletins(t *testing.T) {
	for _, r := range drafttest.All(t) {
		t.Run(r.Name, func(t *testing.T) {
			d := imported(t, r.Text)
			_, problems := draft.Parse(filled(d), draft.Options{})
			for _, p := range problems {
				if p.Severity == draft.Error || strings.Contains(p.Msg, "no edition has it") {
					t.Error(p)
				}
			}
			have := map[string]bool{}
			for _, part := range strings.Fields(letters(html.UnescapeString(string(d.Text)))) {
				have[part] = true
			}
			shown := drafttest.Real{Name: r.Name, Text: dropped.ReplaceAll(r.Text, nil)}
			for _, w := range shown.Words(t) {
				for _, part := range strings.Fields(letters(w)) {
					if !have[part] {
						t.Errorf("%q of %q is lost", part, w)
					}
				}
			}
		})
	}
}

// errorsOf returns the errors of a draft.
func errorsOf(src draft.Source) (out draft.Problems) {
	_, problems := draft.Parse(src, draft.Options{})
	for _, p := range problems {
		if p.Severity == draft.Error {
			out = append(out, p)
		}
	}
	return out
}

// Unfilled, each fails with an error at each line that is the author's to fill.
func TestUnfilledFails(t *testing.T) {
	for _, r := range drafttest.All(t) {
		d := imported(t, r.Text)
		src := filled(d)
		src.Files["draft.md"] = d.Text
		_, problems := draft.Parse(src, draft.Options{})
		for _, l := range d.Left {
			line := 1 + strings.Count(string(d.Text[:strings.Index(string(d.Text), "\n"+l.Key+":\n")+1]), "\n")
			if !slices.ContainsFunc(problems, func(p draft.Problem) bool {
				return p.Severity == draft.Error && p.Pos.Line == line && strings.HasPrefix(p.Msg, l.Key)
			}) {
				t.Errorf("%s: nothing is said of %s in line %d: %v", r.Name, l.Key, line, problems)
			}
		}
		if !slices.ContainsFunc(d.Left, func(l advisory.Left) bool { return l.Key == "releasable_to" }) {
			t.Errorf("%s: releasable_to is not left to the author", r.Name)
		}
	}
}

// letters is a text with nothing but its letters and digits.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return ' '
	}, s)
}
