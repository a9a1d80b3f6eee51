package marking

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A vector is a row of testdata/marking-vectors.tsv.
type vector struct {
	scheme, form, input, valid, banner, source string
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
		if len(c) != 6 {
			t.Fatalf("row %q has %d columns", lines.Text(), len(c))
		}
		out = append(out, vector{c[0], c[1], unescape.Replace(c[2]), c[3], c[4], c[5]})
	}
	return out
}

// parse reads the input in the vector's form. The test suite of codice/alliance leaves out the parentheses of
// portions: they are added to its rows alone. Roll-ups are of portions, but TLP's are of labels.
func (v vector) parse(s Scheme, input string) (Mark, error) {
	form := v.form
	switch {
	case form == "rollup" && v.scheme == "tlp":
		form = "banner"
	case form == "rollup":
		form = "portion"
	case form == "portion" && strings.HasPrefix(v.source, "codice/alliance PortionMarkingsSpec"):
		input = "(" + input + ")"
	}
	for _, f := range s.Forms() {
		if f.Name == form {
			return f.Parse(input)
		}
	}
	return nil, fmt.Errorf("scheme %s has no form %s", s.Name(), form)
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
	want := map[string]int{"judged": 205, "rolled up": 36}
	for kind, n := range want {
		if ran[kind] != n {
			t.Errorf("%d vectors %s, want %d", ran[kind], kind, n)
		}
	}
}

// judge compares validity. What is valid prints, in its own form, what reads as the same.
func (v vector) judge(t *testing.T, s Scheme) string {
	m, err := v.parse(s, v.input)
	if (err == nil) != (v.valid == "yes") {
		t.Errorf("got error %v, want valid: %s", err, v.valid)
	}
	if err != nil {
		return "judged"
	}
	for _, f := range s.Forms() {
		if f.Name != v.form {
			continue
		}
		if again, err := f.Parse(f.Print(m)); err != nil || f.Print(again) != f.Print(m) {
			t.Errorf("prints %s, which reads as %v, %v", f.Print(m), again, err)
		}
	}
	return "judged"
}

func (v vector) rollUp(t *testing.T, s Scheme) string {
	var portions []Mark
	for input := range strings.SplitSeq(v.input, " + ") {
		m, err := v.parse(s, input)
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
