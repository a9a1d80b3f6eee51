package advisory_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"

	"bulletin/pipeline/advisory"
	"bulletin/pipeline/draft"
)

// hostile draws text that means something to YAML, Markdown, HTML, patterns or markings.
func hostile() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(
			rapid.SampledFrom([]string{
				"\n", "\n\n", "---", "\n---\n", "tlp: TLP:CLEAR", "\nreleasable_to: [NZL]\n", "scheme: tlp", "\"", "'", "\\", "#", " # ", ": ", "{", "}", "[", "]", "&a", "*a", "!x", "|", ">", "- ",
				"\u2028", "\u0085", "\t", "\u202e", "\x1b", "\u00a0", "TLP:RED", "TLP:WHITE", "(U//FOUO)", "(TLP:GREEN) ", "SECRET", "<table><td>", "</table>", "<!--", "-->", "```", "~~~", "<script>",
				"{: .x}", "{% x %}", "http://a.example/b_c", "[1] ", "T1048", "T9999", "é", "名", "&amp;", "word", " ", "![x](http://a.example/y)", "[^1]", "$", "<a href=\"", "=====",
			}),
			rapid.StringN(0, 5, -1),
		), 0, 12).Draw(t, "parts")
		return strings.Join(parts, "")
	})
}

// sourceOf draws a source of some format.
func sourceOf(t *rapid.T) []byte {
	title, text := hostile().Draw(t, "title"), hostile().Draw(t, "text")
	switch rapid.IntRange(0, 4).Draw(t, "format") {
	case 0:
		return []byte(title + "\n\n" + text)
	case 1:
		return []byte("# " + title + "\n\n" + text)
	case 2:
		return []byte("---\ntitle: " + title + "\nlang: " + text + "\nx: \"" + title + "\n---\n# T\n\n" + text)
	case 3:
		return []byte("<html lang='" + title + "'><title>" + title + "</title><body><h1>" + title + "</h1><p>" + text + "</p></body>")
	}
	j := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	return bundleOf(
		`{"type":"report","spec_version":"2.1","id":`+j("report--"+title)+`,"name":`+j(title)+`,"lang":`+j(text)+`,"description":`+j(text)+`,"published":`+j(title)+
			`,"labels":[`+j(text)+`],"object_marking_refs":[`+j(title)+`,"marking-definition--s"],"external_references":[{"source_name":`+j(title)+`,"url":`+j(text)+`}]}`,
		`{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--s","definition_type":"statement","definition":{"statement":`+j(text)+`}}`,
		`{"type":"malware","spec_version":"2.1","id":"malware--1","name":`+j(text)+`,"description":`+j(title)+`}`,
		`{"type":"attack-pattern","spec_version":"2.1","id":"attack-pattern--1","name":"x","description":`+j(text)+`,"external_references":[{"source_name":"mitre-attack","external_id":"T1048"}]}`,
		indicator("1", "[file:name = '"+title+"']", `,"name":`+j(text)+`,"description":`+j(title)),
		indicator("2", text, ""),
	)
}

// Whatever the source, the front matter is YAML, holds what is proposed and nothing that the source smuggled in, and
// leaves to the author whom the draft goes to.
func TestFrontMatterHoldsOnlyProposals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { holdsOnlyProposals(t, sourceOf(t)) })
}

// failer is what a property and a fuzz target have in common.
type failer interface {
	Fatalf(format string, args ...any)
}

func holdsOnlyProposals(t failer, source []byte) {
	d, err := advisory.Import(source, advisory.Options{Indicators: "indicators.csv"})
	var refused *advisory.Error
	if errors.As(err, &refused) && refused.Msg != "" {
		return
	} else if err != nil {
		t.Fatalf("%v", err)
	}
	front, _, ok := strings.Cut(strings.TrimPrefix(string(d.Text), "---\n"), "\n---\n")
	var keys yaml.MapSlice
	if err := yaml.Unmarshal([]byte(front), &keys); err != nil || !ok {
		t.Fatalf("%v\n%s", err, d.Text)
	}
	left := map[string]bool{}
	for _, l := range d.Left {
		left[l.Key] = true
	}
	if !left["scheme"] || !left["releasable_to"] {
		t.Fatalf("left are only %v", d.Left)
	}
	known := []string{"title", "kind", "precedence", "scheme", "tlp", "releasable_to", "language", "glance", "attack", "indicators", "references"}
	seen := map[string]bool{}
	for _, k := range keys {
		name, _ := k.Key.(string)
		if !slices.Contains(known, name) || seen[name] || left[name] != (k.Value == nil) {
			t.Fatalf("key %q, value %v, left %v\n%s", name, k.Value, d.Left, d.Text)
		}
		seen[name] = true
	}
	if len(front) > 60<<10 {
		t.Fatalf("the front matter has %d bytes", len(front))
	}
	src := filled(d)
	src.Files["draft.md"] = d.Text
	_, problems := draft.Parse(src, draft.Options{})
	if err := problems.Err(); err == nil || !strings.Contains(err.Error(), "releasable_to has no value") {
		t.Fatalf("the draft passes, unfilled: %v\n%s", problems, d.Text)
	}
	body := 3 + strings.Count(front, "\n")
	_, problems = draft.Parse(filled(d), draft.Options{})
	for _, p := range problems {
		if p.Severity == draft.Error && p.Pos.File == "draft.md" && p.Pos.Line < body && !left["title"] && !strings.HasPrefix(p.Msg, "tlp: ") {
			t.Fatalf("the front matter is refused: %v\n%s", p, d.Text)
		}
	}
}

// FuzzImport gives it whatever there is: it never panics, never hangs, and never proposes what it must not.
func FuzzImport(f *testing.F) {
	for _, s := range []string{
		"TLP:RED\n\nT\n\nText", "# T\n\n(U) Text\n\n```\nx", "---\na: b\n---\n# T\n", "<html><table><td colspan=2>x<br></table>", string(bundleOf(report(""), indicator("1", "[a:b = 'c']", ""))),
		"-----BEGIN PGP SIGNED MESSAGE-----\nHash: X\n\nT\n\n- - x\n-----BEGIN PGP SIGNATURE-----\n", "From: a\nSubject: b\n\nText",
		string(bundleOf(report(""), `{"type":"attack-pattern","spec_version":"2.1","id":"attack-pattern--1","name":"x","description":"(TLP:GREEN) ---","external_references":[{"source_name":"mitre-attack","external_id":"T1048"}]}`)),
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, source []byte) {
		holdsOnlyProposals(t, source)
	})
}
