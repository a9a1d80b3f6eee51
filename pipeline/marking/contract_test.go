package marking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What the interface promises of every scheme, whichever there are.

func TestSchemesNameThemselves(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Schemes() {
		if names[s.Name()] || s.Name() != strings.ToLower(s.Name()) || s.Profile() == "" {
			t.Errorf("%q, %q", s.Name(), s.Profile())
		}
		names[s.Name()] = true
		if owner := s.Owner(); (owner == "") != (s.Name() == "tlp") || owner != "" && !isFiveEyes(owner) {
			t.Errorf("%s is of %q", s.Name(), owner)
		}
		if year := s.Profile(); s.Name() != "tlp" && !strings.Contains(year, "-20") {
			t.Errorf("%s: the profile %q has no year", s.Name(), year)
		}
		releasable := s.Releasable()
		if !slices.IsSorted(releasable) || len(slices.Compact(slices.Clone(releasable))) != len(releasable) || slices.Contains(releasable, "") {
			t.Errorf("%s may release %q", s.Name(), releasable)
		}
	}
}

// The lowest mark goes to whomever the document is for, and stands the same in every form.
func TestLowest(t *testing.T) {
	for _, s := range Schemes() {
		lowest := s.Lowest()
		if lowest.Scheme() != s.Name() || lowest.Audience().kind != unlimited || len(lowest.DomesticControls()) > 0 {
			t.Errorf("%s: %+v", s.Name(), value(lowest))
		}
		if statements, missing := lowest.Statements(Page{Nation: s.Owner()}); len(statements)+len(missing) > 0 {
			t.Errorf("%s: %q, %q", s.Name(), statements, missing)
		}
		m, err := s.RollUp([]Mark{lowest, lowest})
		if err != nil || value(m) != value(lowest) {
			t.Errorf("%s: %v, %v", s.Name(), m, err)
		}
		for _, f := range s.Forms() {
			printed := f.Print(lowest)
			if f.Name == "header" { // which says who sent it, and the mark does not know
				printed += ", ORIGIN=moana@example.gov.au"
			}
			m, err := f.Parse(printed)
			if err != nil || value(m) != value(lowest) || f.Print(m) != printed {
				t.Errorf("%s %s: %q comes back as %v, %v", s.Name(), f.Name, printed, m, err)
			}
		}
	}
}

func TestForms(t *testing.T) {
	known := []string{"banner", "portion", "subject", "header", "medium"}
	for _, s := range Schemes() {
		var names []string
		for _, f := range s.Forms() {
			if slices.Contains(names, f.Name) || !slices.Contains(known, f.Name) {
				t.Errorf("%s has the form %q", s.Name(), f.Name)
			}
			names = append(names, f.Name)
			if _, err := f.Parse("\x00"); err == nil {
				t.Errorf("%s %s takes a NUL", s.Name(), f.Name)
			}
		}
		if !slices.Contains(names, "banner") || !slices.Contains(names, "portion") {
			t.Errorf("%s has the forms %q", s.Name(), names)
		}
	}
}

// The levels of a mark are rows of a table of equivalents; no mark is without one, and two stand only
// where a nation has two ladders (Canada), or two levels of one height (New Zealand).
func TestLevelsAndRungs(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		m := rollUp(t, s, rapid.SliceOfN(anyMark(s), 1, 4).Draw(t, "portions")...)
		levels := m.Levels()
		two := s.Name() == "can" || s.Name() == "nzl"
		if len(levels) == 0 || len(levels) > 2 || len(levels) == 2 && !two || slices.Contains(levels, "") {
			t.Fatalf("%s has the levels %q", m.Banner(), levels)
		}
		if !AtMost(s.Lowest(), m) || !AtMost(m, m) {
			t.Fatalf("%s stands below the lowest mark, or above itself", m.Banner())
		}
	})
}

// parse --explain once said of (S) of 2009 that it has no foreign-disclosure mark, and not why it is the United States'
// alone; of PROTECTED nothing but its level.
func TestExplainSaysWhatKeepsItAtHome(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		marks := rapid.SliceOfN(anyMark(s), 1, 4).Draw(t, "portions")
		m, reasons := rollUp(t, s, marks...), s.Explain(marks)
		home := slices.ContainsFunc(reasons, func(r Reason) bool { return strings.Contains(r.Said, "it stays in ") })
		if home != (m.Audience().kind == originator) {
			t.Fatalf("%s: %v", value(m), reasons)
		}
	})
	old := AsOf(usaScheme{}, time.Date(2009, 12, 31, 0, 0, 0, 0, time.UTC))
	if reasons := old.Explain(portions(t, old, "S")); !slices.ContainsFunc(reasons, func(r Reason) bool { return strings.Contains(r.Said, "counts as NOFORN") }) {
		t.Errorf("(S) of 2009: %v", reasons)
	}
}

// A caller who looked at no error compared what did not parse, and the comparison panicked.
func TestSameBannerOfNothing(t *testing.T) {
	for _, s := range Schemes() {
		if SameBanner(nil, s.Lowest()) || SameBanner(s.Lowest(), nil) || SameBanner(nil, nil) || !SameBanner(s.Lowest(), s.Lowest()) {
			t.Error(s.Name())
		}
	}
}

// After a French letter the place was given in bytes.
func TestErrorCountsCharacters(t *testing.T) {
	tests := []struct {
		form, in string
		at       int
	}{
		{"banner", "PROT\u00c9G\u00c9 B - CEO", 13},
		{"portion", "(PB)\r", 5},
		{"portion", "(PB) x", 5},
		{"portion", "(PB", 4},
		{"portion", "PB)", 1},
		{"portion", "(P\xffB)", 3},
	}
	for _, tt := range tests {
		_, err := map[string]Form{"banner": canScheme{}.Forms()[0], "portion": canScheme{}.Forms()[1]}[tt.form].Parse(tt.in)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("at character %d:", tt.at)) {
			t.Errorf("%q: %v", tt.in, err)
		}
	}
}

// What is no portion of the scheme is an error, and never a panic.
func TestRollUpRefusesStrangers(t *testing.T) {
	for _, s := range Schemes() {
		if m, err := s.RollUp(nil); !errors.Is(err, ErrNoPortions) || m != nil {
			t.Errorf("%s rolls nothing up to %v", s.Name(), m)
		}
		if reasons := s.Explain(nil); len(reasons) > 0 {
			t.Errorf("%s explains nothing: %v", s.Name(), reasons)
		}
		strangers := []Mark{nil, unknownMark{scheme: "martian"}}
		for _, other := range Schemes() {
			if other.Name() != s.Name() {
				strangers = append(strangers, other.Lowest())
			}
		}
		for _, stranger := range strangers {
			for _, portions := range [][]Mark{{stranger}, {s.Lowest(), stranger}, {stranger, s.Lowest()}} {
				if m, err := s.RollUp(portions); err == nil || m != nil {
					t.Errorf("%s rolls a stranger up to %v", s.Name(), m)
				}
				if reasons := s.Explain(portions); len(reasons) > 0 {
					t.Errorf("%s explains a stranger: %v", s.Name(), reasons)
				}
			}
		}
	}
}

// Every roll-up has reasons, each with its rule, and asking for them changes nothing.
func TestExplainEveryRollUp(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		portions := rapid.SliceOfN(anyMark(s), 1, 5).Draw(t, "portions")
		before := value(rollUp(t, s, portions...))
		reasons := s.Explain(portions)
		if len(reasons) == 0 {
			t.Fatalf("nothing explains %s", before)
		}
		for _, r := range reasons {
			if r.Rule == "" || r.Said == "" {
				t.Fatalf("%+v", r)
			}
		}
		if after := value(rollUp(t, s, portions...)); after != before {
			t.Fatalf("%s became %s", before, after)
		}
	})
}

// What a person might well write instead of a mark: refused, or the very mark; and what is suggested
// parses, and lets in nobody whom the mark keeps out.
func TestSuggestions(t *testing.T) {
	slips := []func(string) string{
		strings.ToLower,
		func(s string) string { return " " + s },
		func(s string) string { return s + "/" },
		func(s string) string { return s + "\r" },
		func(s string) string { return strings.ReplaceAll(s, "/", "\u2215") },
		func(s string) string { return strings.ReplaceAll(s, "//", "/") },
		func(s string) string { return strings.ReplaceAll(s, ", ", ",") },
		func(s string) string { return strings.ReplaceAll(s, "/", " / ") },
	}
	eachScheme(t, func(t *rapid.T, s Scheme) {
		m := anyMark(s).Draw(t, "mark")
		f := rapid.SampledFrom(s.Forms()[:2]).Draw(t, "form")
		written := rapid.SampledFrom(slips).Draw(t, "slip")(f.Print(m))
		got, err := f.Parse(written)
		if err == nil {
			if f.Print(got) != written && got.Audience().kind == unlimited && m.Audience().kind != unlimited {
				t.Fatalf("%q was read as %s", written, value(got))
			}
			return
		}
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Input != written || syntax.Offset < 0 || syntax.Offset > len(written) || syntax.Rule == "" {
			t.Fatalf("%q: %+v", written, err)
		}
		if syntax.Suggestion == "" {
			return
		}
		suggested, err := f.Parse(syntax.Suggestion)
		if err != nil {
			t.Fatalf("%q: the suggestion %q does not parse: %v", written, syntax.Suggestion, err)
		}
		// Against what the form can say of the mark: a banner says less than some marks remember.
		said, err := f.Parse(f.Print(m))
		if err != nil {
			t.Fatal(err)
		}
		for _, nation := range fiveNations {
			terms := Terms{Originator: s.Owner(), ReleasableTo: fiveNations}
			if MayHave(suggested, nation, terms) && !MayHave(said, nation, terms) {
				t.Fatalf("%q: the suggestion %q lets %s in", written, syntax.Suggestion, nation)
			}
		}
	})
}
