package marking

import (
	"strings"
	"testing"
)

// Every row of the scheme, in every form.
func TestAusVectors(t *testing.T) {
	forms, ran := map[string]Form{}, map[string]int{}
	for _, f := range (ausScheme{}).Forms() {
		forms[f.Name] = f
	}
	for _, v := range readVectors(t) {
		if v.scheme != "aus" {
			continue
		}
		ran[v.form+" "+v.valid]++
		f, ok := forms[v.form]
		if !ok {
			t.Errorf("%q has the form %s", v.input, v.form)
			continue
		}
		m, err := f.Parse(v.input)
		if (err == nil) != (v.valid == "yes") {
			t.Errorf("%s %q: error %v, want valid: %s", v.form, v.input, err, v.valid)
			continue
		}
		if err != nil {
			checkSyntaxError(t, v.input, err, f.Parse)
			continue
		}
		checkAusForm(t, f, m)
	}
	want := "banner no 9 banner yes 4 header no 3 header yes 5 medium no 9 medium yes 6 portion no 1 portion yes 4 subject no 13 subject yes 15"
	if got := tally(ran); got != want {
		t.Errorf("ran %s\nwant %s", got, want)
	}
}

// checkAusForm holds the round trip of a form: what it prints it reads, and prints again.
func checkAusForm(t testing.TB, f Form, m Mark) {
	t.Helper()
	out := f.Print(m)
	again, err := f.Parse(out)
	if err != nil {
		t.Fatalf("%s prints %q: %v", f.Name, out, err)
	}
	if f.Print(again) != out {
		t.Fatalf("%s prints %q, which prints %q", f.Name, out, f.Print(again))
	}
	if strings.Contains(out, "RI:REL ") {
		t.Errorf("%s prints %q, which is not the grammar's form", f.Name, out)
	}
}
