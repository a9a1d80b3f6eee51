package marking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The tests that the schemes of three nations share: gbr, can and nzl.
var threeSchemes = []Scheme{gbrScheme{}, canScheme{}, nzlScheme{}}

func formOf(t testing.TB, s Scheme, name string) Form {
	t.Helper()
	for _, f := range s.Forms() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("%s has no form %q", s.Name(), name)
	return Form{}
}

// whoReads says whom a mark by itself allows.
func whoReads(m Mark) string {
	switch a := m.Audience(); a.kind {
	case unlimited:
		return "unlimited"
	case listed:
		return strings.Join(a.countries, " ")
	}
	return "originator"
}

// A wrongMark is one that is refused at an offset by a rule, with a suggestion or none.
type wrongMark struct {
	form, input string
	offset      int
	rule        string
	suggestion  string
}

func testErrors(t *testing.T, s Scheme, tests []wrongMark) {
	for _, tt := range tests {
		m, err := formOf(t, s, tt.form).Parse(tt.input)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q gives %v, %v", tt.input, m, err)
			continue
		}
		if e.Offset != tt.offset || e.Rule != tt.rule || e.Suggestion != tt.suggestion || e.Input != tt.input {
			t.Errorf("%v\n\tat %d, rule %q, suggestion %q; want at %d, %q, %q", e, e.Offset, e.Rule, e.Suggestion, tt.offset, tt.rule, tt.suggestion)
		}
	}
}

// A rolledUp is what portions, without their parentheses and joined by " + ", roll up to.
type rolledUp struct{ portions, banner, audience string }

func testRollUps(t *testing.T, s Scheme, tests []rolledUp) {
	for _, tt := range tests {
		ps := portions(t, s, tt.portions)
		m, err := s.RollUp(ps)
		if err != nil {
			t.Fatal(err)
		}
		if m.Banner() != tt.banner || whoReads(m) != tt.audience {
			t.Errorf("%s rolls up to %s for %s, want %s for %s", tt.portions, m.Banner(), whoReads(m), tt.banner, tt.audience)
		}
		reasons := s.Explain(ps)
		if len(reasons) == 0 {
			t.Errorf("%s is not explained", tt.portions)
		}
		for _, r := range reasons {
			if !strings.HasPrefix(r.Rule, s.Profile()+" ") || r.Said == "" {
				t.Errorf("%s: %+v names no rule of %s", tt.portions, r, s.Profile())
			}
		}
	}
}

func TestThreeSchemesVectors(t *testing.T) {
	want := map[string]int{"can/banner": 14, "gbr/banner": 20, "nzl/banner": 13, "nzl/portion": 4}
	ran := map[string]int{}
	for _, v := range readVectors(t) {
		i := slices.IndexFunc(threeSchemes, func(s Scheme) bool { return s.Name() == v.scheme })
		if i < 0 {
			continue
		}
		ran[v.scheme+"/"+v.form]++
		form := formOf(t, threeSchemes[i], v.form)
		m, err := form.Parse(v.input)
		if (err == nil) != (v.valid == "yes") {
			t.Errorf("%s %s %q: error %v, want valid: %s", v.scheme, v.form, v.input, err, v.valid)
			continue
		}
		if err != nil {
			continue
		}
		if again, err := form.Parse(form.Print(m)); err != nil || value(again) != value(m) {
			t.Errorf("%q prints %s, which parses to %v, %v", v.input, form.Print(m), again, err)
		}
	}
	if fmt.Sprint(ran) != fmt.Sprint(want) {
		t.Errorf("vectors run: %v, want %v", ran, want)
	}
}

// A banner that a roll-up prints parses, prints the same bytes, and lets nobody in whom the roll-up
// keeps out, whatever the policy releases of what it names.
func TestThreeSchemesPrintNothingWider(t *testing.T) {
	for _, s := range threeSchemes {
		t.Run(s.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				m := rollUp(t, s, rapid.SliceOfN(anyMark(s), 1, 6).Draw(t, "portions")...)
				for _, f := range s.Forms() {
					again, err := f.Parse(f.Print(m))
					if err != nil {
						t.Fatalf("%s: %v", f.Name, err)
					}
					if f.Print(again) != f.Print(m) {
						t.Fatalf("%s prints %s, and then %s", f.Name, f.Print(m), f.Print(again))
					}
					if !AtMost(again, m) || !slices.Contains(m.Levels(), again.Levels()[0]) {
						t.Fatalf("%s of level %v parses as level %v", f.Print(m), m.Levels(), again.Levels())
					}
					if !within(again.Audience(), m.Audience()) {
						t.Fatalf("%s lets in %s, the mark %s", f.Print(m), whoReads(again), whoReads(m))
					}
				}
			})
		})
	}
}

// within reports whether a lets in nobody whom b, with the same controls, keeps out.
func within(a, b Audience) bool {
	switch {
	case b.kind == unlimited:
		return true
	case a.kind != b.kind:
		return a.kind == listed && len(a.countries) == 1 // the owner's
	}
	return len(common(a.countries, b.countries)) == len(a.countries)
}

func TestThreeSchemesKnowTheirReleasableControls(t *testing.T) {
	for _, s := range threeSchemes {
		names := s.Releasable()
		if !slices.IsSorted(names) || len(names) == 0 {
			t.Errorf("%s: %v", s.Name(), names)
		}
		for _, level := range s.Lowest().Levels() {
			if slices.Contains(names, level) {
				t.Errorf("%s releases its lowest level", s.Name())
			}
		}
		if whoReads(s.Lowest()) != "unlimited" || len(s.Lowest().DomesticControls()) > 0 {
			t.Errorf("%s: the lowest mark is %s", s.Name(), value(s.Lowest()))
		}
	}
}

// fuzzScheme checks every form of a scheme: what is accepted is clean and comes back byte for byte,
// and what is refused says why and suggests only what parses.
func fuzzScheme(f *testing.F, s Scheme) {
	for _, v := range readVectors(f) {
		if v.scheme == s.Name() {
			f.Add(v.input)
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, form := range s.Forms() {
			m, err := form.Parse(in)
			if err != nil {
				checkSyntaxError(t, in, err, form.Parse)
				continue
			}
			checkAccepted(t, s, in)
			printed := form.Print(m)
			again, err := form.Parse(printed)
			if err != nil || form.Print(again) != printed || value(again) != value(m) {
				t.Errorf("%q prints %s, which parses to %v, %v", in, printed, again, err)
			}
			if sum, err := s.RollUp([]Mark{m, again}); err != nil || value(sum) != value(m) {
				t.Errorf("%q rolls up with itself to %v, %v", in, sum, err)
			}
		}
	})
}

func benchmarkScheme(b *testing.B, s Scheme, inputs ...string) {
	var marks []Mark
	for _, in := range inputs {
		form := formOf(b, s, "portion")
		m, err := form.Parse(in)
		if err != nil {
			b.Fatal(err)
		}
		marks = append(marks, m)
		b.Run("parse "+in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				form.Parse(in)
			}
		})
	}
	terms := Terms{Originator: s.Owner(), ReleasableTo: fiveNations}
	b.Run("roll up", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.RollUp(marks)
		}
	})
	b.Run("may have", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			MayHave(marks[len(marks)-1], "AUS", terms)
		}
	})
}

// A suggestion keeps all that was written: of a mark that was spoilt, it is that mark or none.
func TestThreeSchemesSuggestNothingElse(t *testing.T) {
	suggested := 0
	for _, s := range threeSchemes {
		t.Run(s.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				form := rapid.SampledFrom(s.Forms()).Draw(t, "form")
				m := anyMark(s).Draw(t, "mark")
				in := spoil(t, form.Print(m))
				_, err := form.Parse(in)
				var e *SyntaxError
				if !errors.As(err, &e) || e.Suggestion == "" {
					return
				}
				suggested++
				got, err := form.Parse(e.Suggestion)
				if err != nil || form.Print(got) != form.Print(m) {
					t.Fatalf("%q, which was %s, suggests %q: %v", in, form.Print(m), e.Suggestion, err)
				}
			})
		})
	}
	if suggested == 0 {
		t.Error("nothing was ever suggested")
	}
}

// spoil writes a mark as people do.
func spoil(t *rapid.T, s string) string {
	for range rapid.IntRange(1, 3).Draw(t, "times") {
		switch rapid.IntRange(0, 6).Draw(t, "how") {
		case 0:
			s = strings.ToLower(s)
		case 1:
			s = strings.ReplaceAll(s, " ", "  ")
		case 2:
			s = strings.ReplaceAll(s, "/", "\u2215")
		case 3:
			s = strings.ReplaceAll(s, ", ", ",")
		case 4:
			s = strings.ReplaceAll(s, " - ", " \u2013 ")
		case 5:
			s += " "
		case 6: // two pieces change places
			for _, sep := range []string{" - ", "//", "/", ", "} {
				if pieces := strings.Split(s, sep); len(pieces) > 2 {
					pieces[1], pieces[2] = pieces[2], pieces[1]
					s = strings.Join(pieces, sep)
					break
				}
			}
		}
	}
	return s
}
