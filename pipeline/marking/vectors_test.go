package marking

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// A vector is a row of testdata/marking-vectors.tsv.
type vector struct {
	scheme, form, input, valid, banner string
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open("testdata/marking-vectors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unescape := strings.NewReplacer(`\r`, "\r", `\n`, "\n", `\t`, "\t", `\\`, `\`)
	var out []vector
	for lines := bufio.NewScanner(f); lines.Scan(); {
		c := strings.Split(lines.Text(), "\t")
		if len(c) < 5 {
			t.Fatalf("row %q has %d columns", lines.Text(), len(c))
		}
		out = append(out, vector{c[0], c[1], unescape.Replace(c[2]), c[3], c[4]})
	}
	return out
}

// unsupported reports whether a mark is one that this version refuses by name: its first word is
// a classified level, or it is foreign, NATO or JOINT.
func unsupported(mark string) bool {
	level, _, _ := strings.Cut(mark, "/")
	switch strings.ToUpper(level) {
	case "C", "CONFIDENTIAL", "S", "SECRET", "TS", "TOP SECRET":
		return true
	}
	return strings.HasPrefix(mark, "//")
}

// parse strips the parentheses of a portion, as a draft's parser does.
func (v vector) parse(s Scheme, input string) (Mark, error) {
	if v.form == "banner" || (v.form == "rollup" && v.scheme == "tlp") {
		return s.ParseBanner(input)
	}
	return s.ParsePortion(bare(input))
}

func bare(portion string) string {
	if strings.HasPrefix(portion, "(") && strings.HasSuffix(portion, ")") {
		return portion[1 : len(portion)-1]
	}
	return portion
}

func TestVectors(t *testing.T) {
	ran := map[string]int{}
	for _, v := range readVectors(t) {
		if v.scheme != "tlp" && v.scheme != "usa" && v.scheme != "cui" {
			continue
		}
		s, err := ByName(v.scheme)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(v.scheme+"/"+v.form+"/"+v.input, func(t *testing.T) {
			if v.form == "rollup" {
				ran[v.rollUp(t, s)]++
				return
			}
			ran[v.judge(t, s)]++
		})
	}
	// A change of the file or of the selection must not let the test run on nothing.
	want := map[string]int{"judged": 54, "rolled up": 8, "refused by name": 179}
	for kind, n := range want {
		if ran[kind] != n {
			t.Errorf("%d vectors %s, want %d", ran[kind], kind, n)
		}
	}
}

// judge compares validity, or expects the refusal that names its reason.
func (v vector) judge(t *testing.T, s Scheme) string {
	m, err := v.parse(s, v.input)
	if unsupported(bare(v.input)) && v.scheme == "usa" {
		if err == nil || !strings.Contains(err.Error(), "not supported by this version") {
			t.Errorf("got %v, %v; want it refused as not supported", m, err)
		}
		return "refused by name"
	}
	if (err == nil) != (v.valid == "yes") {
		t.Errorf("got error %v, want valid: %s", err, v.valid)
	}
	return "judged"
}

func (v vector) rollUp(t *testing.T, s Scheme) string {
	var portions []Mark
	for input := range strings.SplitSeq(v.input, " + ") {
		m, err := v.parse(s, input)
		if unsupported(bare(input)) {
			if err == nil || !strings.Contains(err.Error(), "not supported by this version") {
				t.Errorf("got %v, %v; want it refused as not supported", m, err)
			}
			return "refused by name"
		}
		if err != nil {
			t.Fatal(err)
		}
		portions = append(portions, m)
	}
	got, err := s.RollUp(portions)
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.ParseBanner(v.banner) // the vectors mix long and short forms
	if err != nil {
		t.Fatal(err)
	}
	if got.Banner() != want.Banner() {
		t.Errorf("got %s, want %s", got.Banner(), want.Banner())
	}
	return "rolled up"
}
