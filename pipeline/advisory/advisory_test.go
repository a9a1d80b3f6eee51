package advisory_test

import (
	"os"
	"path/filepath"
	"regexp"
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
				if p.Severity == draft.Error {
					t.Error(p)
				}
			}
			if dir := os.Getenv("IMPORTED"); dir != "" {
				_ = os.WriteFile(filepath.Join(dir, r.Name+".md"), d.Text, 0o600)
			}
			have := letters(string(d.Text))
			shown := drafttest.Real{Name: r.Name, Text: dropped.ReplaceAll(r.Text, nil)}
			for _, w := range shown.Words(t) {
				for _, part := range strings.Fields(letters(w)) {
					at := strings.Index(have, part)
					if at < 0 {
						t.Errorf("%q of %q is lost, or stands elsewhere; what is left begins %.60q", part, w, have)
						return
					}
					_ = at
				}
			}
		})
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
