package stix

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The part of the grammar of OASIS (STIXPattern.g4) that is written here: one observation of comparisons joined by AND.
// StringLiteral: QUOTE ( ~['\\] | '\\\” | '\\\\' )* QUOTE.
const (
	literal    = `'(?:[^'\\]|\\'|\\\\)*'`
	step       = `(?:[a-zA-Z_][a-zA-Z0-9_]*|` + literal + `)`
	comparison = `([a-z][a-z0-9]*(?:-[a-z0-9]+)*:` + step + `(?:\.` + step + `|\[(?:\*|0|[1-9][0-9]*)\])*) (=|ISSUBSET) (` + literal + `|0|[1-9][0-9]*)`
)

var (
	observation   = regexp.MustCompile(`^\[` + comparison + `(?: AND ` + comparison + `)*\]$`)
	oneComparison = regexp.MustCompile(comparison)
)

// readPattern returns what a pattern compares with what; nil if it is not of the grammar.
func readPattern(pattern string) map[string]string {
	if !observation.MatchString(pattern) {
		return nil
	}
	out := map[string]string{}
	for _, m := range oneComparison.FindAllStringSubmatch(pattern[1:len(pattern)-1], -1) {
		value := m[3]
		if inner, ok := strings.CutPrefix(value, "'"); ok {
			value = strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(strings.TrimSuffix(inner, "'"))
		}
		out[m[1]+" "+m[2]] = value
	}
	return out
}

// What is read from a pattern is the row: its value, but for the spelling that STIX wants.
func TestPatternsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := anyRow().Draw(t, "row")
		pattern, language, err := patternOf(row)
		if err != nil {
			t.Fatal(err)
		}
		if language == "yara" {
			if pattern != row.Value {
				t.Fatalf("%q is another rule than %q", pattern, row.Value)
			}
			return
		}
		got := readPattern(pattern)
		value := ""
		for _, v := range got {
			value = v
		}
		if row.Type == "filename" {
			folder, deep := got["file:parent_directory_ref.path ="]
			if value = got["file:name ="]; deep {
				between := strings.TrimSuffix(strings.TrimPrefix(row.Value, strings.TrimRight(folder, `\/`)), value)
				if between != `\` && between != "/" {
					t.Fatalf("%s: %q stands between %q and %q", pattern, between, folder, value)
				}
				return
			}
		}
		if row.Type == "asn" {
			value = "AS" + value
			row.Value = "AS" + strings.TrimPrefix(row.Value, "AS")
		}
		if value != wire(row.Type, row.Value) || row.Type != "registry-key" && row.Type != "ipv6" && isASCII(row.Value) && !strings.EqualFold(value, row.Value) {
			t.Fatalf("%s reads back as %q, the row is %q", pattern, value, row.Value)
		}
	})
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 0x7e }) < 0 }
