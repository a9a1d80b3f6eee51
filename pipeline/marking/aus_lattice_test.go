package marking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func tally(ran map[string]int) string {
	var out []string
	for kind, n := range ran {
		out = append(out, fmt.Sprintf("%s %d", kind, n))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// drawAus draws a mark as banners and portions have them.
func drawAus(t *rapid.T) Mark { return drawAusFacts(t).settle(nil) }

// drawAusFacts draws any set of caveats that the level bears.
func drawAusFacts(t *rapid.T) *ausMark {
	m := newAusMark(ausLevel(rapid.IntRange(0, int(ausTopSecret)).Draw(t, "level")))
	indicator := rapid.SampledFrom([]ausCaveat{ausREL, ausAGAO, ausAUSTEO}).Draw(t, "indicator")
	for c, row := range ausCaveats {
		other := ausRelease.has(ausCaveat(c)) && ausCaveat(c) != indicator
		if m.level >= row.floor && !other && rapid.IntRange(0, 3).Draw(t, row.banner) == 0 {
			m.said |= 1 << c
		}
	}
	texts := rapid.SampledFrom([]string{"LOBSTER", "TURBOT", "code word", "AUSTEO", "a,b", `a\b`, "S//REL TO USA, AUS", "(x)", ausNobody,
		strings.Repeat("W", ausTextMax)})
	if m.said.has(ausCodeword) {
		m.codewords = []string{texts.Draw(t, "codeword")}
	}
	if m.said.has(ausForeign) {
		m.foreign = rapid.SliceOfNDistinct(texts, 1, 2, rapid.ID[string]).Draw(t, "foreign")
		slices.Sort(m.foreign)
	}
	if m.said.has(ausExclusiveFor) {
		m.exclusive = texts.Draw(t, "name")
	}
	if m.said.has(ausREL) {
		codes := rapid.SampledFrom([]string{"AGO", "CAN", "GBR", "NZL", "USA"})
		m.countries = append(rapid.SliceOfNDistinct(codes, 1, 5, rapid.ID[string]).Draw(t, "codes"), "AUS")
		slices.Sort(m.countries)
	}
	return m
}

// drawAusMail draws a mark with all that e-mail has besides.
func drawAusMail(t *rapid.T) *ausMark {
	m := drawAusFacts(t)
	if m.level >= ausOfficialSensitive {
		m.access = uint8(rapid.IntRange(0, 1<<len(ausAccess)-1).Draw(t, "access"))
	}
	if m.level > ausUnofficial && rapid.Bool().Draw(t, "expires") {
		m.expires = rapid.SampledFrom([]string{"2030-01-31", "2030-01-31T10:00:00Z", "the end, or so"}).Draw(t, "when")
		m.downTo = ausLevel(rapid.IntRange(0, int(m.level)-1).Draw(t, "down to"))
	}
	m.version = rapid.SampledFrom([]string{"2024.1", "2018.4"}).Draw(t, "version")
	m.note = rapid.SampledFrom([]string{"", "a note, of sorts", `\`}).Draw(t, "note")
	m.origin = "neville.jones@entity.gov.au"
	m.before = rapid.SampledFrom([]string{"", "Re: [x] "}).Draw(t, "before")
	m.after = rapid.SampledFrom([]string{"", " [SEC=TOP-SECRET]"}).Draw(t, "after")
	return m.settle(nil)
}

// ausValue is all that the form says of the mark.
func ausValue(f ausForm, mark Mark) string {
	m := *mark.(*ausMark)
	if f.isText() {
		m.access, m.expires, m.downTo = 0, "", 0
	}
	if f != ausHeader {
		m.version, m.note, m.origin = "", "", ""
	}
	if f != ausSubject {
		m.before, m.after = "", ""
	}
	m.domestic = nil // follows from the rest
	return fmt.Sprintf("%+v", m)
}

func TestAusFiveForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawAusMail(t)
		for i, f := range (ausScheme{}).Forms() {
			out := f.Print(m)
			again, err := f.Parse(out)
			if len(out) > ausMailMax {
				continue // drawn longer than a form allows
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, want := ausValue(ausForm(i), again), ausValue(ausForm(i), m); got != want {
				t.Fatalf("%s %q came back as\n%s, was\n%s", f.Name, out, got, want)
			}
			if f.Print(again) != out {
				t.Fatalf("%s %q prints %q", f.Name, out, f.Print(again))
			}
		}
	})
}

// ausFacts is what a mark says of the information.
func ausFacts(m Mark) string {
	sum := m.(*ausMark).facts()
	return fmt.Sprintf("%+v", *sum.settle(nil))
}

func TestAusMailIsASemilattice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ausScheme{}
		a, b, c := drawAusMail(t), drawAusMail(t), drawAusMail(t)
		x := rollUp(t, s, rollUp(t, s, a, b), c)
		for _, y := range []Mark{rollUp(t, s, c, b, a), rollUp(t, s, a, rollUp(t, s, b, c)), rollUp(t, s, x, x), rollUp(t, s, x, b), rollUp(t, s, x)} {
			if ausFacts(x) != ausFacts(y) {
				t.Fatalf("%s, %s", ausFacts(x), ausFacts(y))
			}
		}
		if ausFacts(rollUp(t, s, a)) != ausFacts(a) {
			t.Fatalf("one portion %s rolls up to %s", ausFacts(a), ausFacts(rollUp(t, s, a)))
		}
	})
}

// A roll-up goes to nobody who may not have all of it, under any policy of an Australian document;
// and its banner, read by itself, names the same audience.
func TestAusRollUpNeverWidens(t *testing.T) {
	names := rapid.SampledFrom(append((ausScheme{}).Releasable(), "ORCON", "CABINET", "C LOBSTER"))
	nations := rapid.SliceOfDistinct(rapid.SampledFrom(fiveNations), rapid.ID[string])
	rapid.Check(t, func(t *rapid.T) {
		var marks []Mark
		for range rapid.IntRange(1, 4).Draw(t, "portions") {
			marks = append(marks, drawAusMail(t))
		}
		terms := Terms{Originator: "AUS", ReleasableTo: fiveNations, Released: rapid.MapOf(names, nations).Draw(t, "released")}
		whole := rollUp(t, ausScheme{}, marks...)
		for _, p := range marks {
			for _, nation := range fiveNations {
				if MayHave(whole, nation, terms) && !MayHave(p, nation, terms) {
					t.Fatalf("%s may have %s, but not %s", nation, value(whole), value(p))
				}
			}
			if !AtMost(p, whole) {
				t.Fatalf("%s lowers %s", value(whole), value(p))
			}
		}
		for _, f := range (ausScheme{}).Forms()[:2] {
			read, err := f.Parse(f.Print(whole))
			if err != nil || fmt.Sprint(read.Audience()) != fmt.Sprint(whole.Audience()) {
				t.Fatalf("%s reads as %v, %v; it is for %v", f.Print(whole), read, err, whole.Audience())
			}
		}
	})
}

// However a mark was mangled, what is suggested is that mark or nothing.
func TestAusSuggestsWhatWasMeant(t *testing.T) {
	ways := rapid.SampledFrom([]func(string) string{
		strings.ToLower, strings.ToUpper,
		func(s string) string { return strings.ReplaceAll(s, "//", "/") },
		func(s string) string { return strings.ReplaceAll(s, "//", " // ") },
		func(s string) string { return strings.ReplaceAll(s, "/", "\u2215") },
		func(s string) string { return strings.ReplaceAll(s, " ", "-") },
		func(s string) string { return strings.ReplaceAll(s, ", ", ",") },
		func(s string) string { return strings.ReplaceAll(s, "RI:REL/", "REL ") },
		func(s string) string { return s[:len(s)-1] },
	})
	rapid.Check(t, func(t *rapid.T) {
		m := drawAus(t).(*ausMark)
		f := rapid.SampledFrom((ausScheme{}).Forms()).Draw(t, "form")
		in := ways.Draw(t, "way")(f.Print(m))
		_, err := f.Parse(in)
		var e *SyntaxError
		if !errors.As(err, &e) || e.Suggestion == "" || m.said&(1<<ausCodeword|1<<ausForeign|1<<ausExclusiveFor) != 0 {
			return
		}
		meant, err := f.Parse(e.Suggestion)
		if err != nil || !AtMost(m, meant) || m.said&^meant.(*ausMark).said != 0 {
			t.Fatalf("%q: suggests %q, meant %q", in, e.Suggestion, f.Print(m))
		}
	})
}
