package marking

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// agreed is a table of a few pairs, one of them for a year.
var agreed = Equivalents{
	{From: "GBR", To: "NZL", Since: day("2026-01-01"), Until: day("2026-12-31"), Levels: map[string]string{
		"OFFICIAL": "UNCLASSIFIED", "OFFICIAL-SENSITIVE": "SENSITIVE", "SECRET": "SECRET//NZEO"}},
	{From: "AUS", To: "USA", Levels: map[string]string{"OFFICIAL: Sensitive": "CUI"}},
	{From: "USA", To: "GBR", Levels: map[string]string{"CUI": "OFFICIAL-SENSITIVE", "UNCLASSIFIED//CONTROLLED": "OFFICIAL-SENSITIVE"}},
	{From: "CAN", To: "USA", Levels: map[string]string{"PROTECTED B": "CUI", "SECRET": "SECRET", "CONFIDENTIAL": "CUI"}},
	{From: "CAN", To: "GBR", Levels: map[string]string{"PROTECTED B": "OFFICIAL-SENSITIVE", "SECRET": "SECRET"}},
}

// rolled is the roll-up of portions, as they stand in a text without their parentheses.
func rolled(t *testing.T, scheme string, portions ...string) Mark {
	t.Helper()
	s, err := ByName(scheme)
	if err != nil {
		t.Fatal(err)
	}
	var marks []Mark
	for _, p := range portions {
		m, err := s.ParsePortion(p)
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, m)
	}
	m, err := s.RollUp(marks)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestFindEquivalent(t *testing.T) {
	for _, c := range []struct {
		name     string
		scheme   string
		portions []string
		to, on   string
		want     string // the banner, or what the refusal says
		refused  bool
	}{
		{"a level", "gbr", []string{"OFFICIAL-SENSITIVE"}, "NZL", "2026-11-25", "SENSITIVE", false},
		{"with what its banner adds", "gbr", []string{"SECRET"}, "NZL", "2026-11-25", "SECRET//NZEO", false},
		{"on the first day", "gbr", []string{"OFFICIAL"}, "NZL", "2026-01-01", "UNCLASSIFIED", false},
		{"on the last day", "gbr", []string{"OFFICIAL"}, "NZL", "2026-12-31", "UNCLASSIFIED", false},
		{"the day before", "gbr", []string{"OFFICIAL"}, "NZL", "2025-12-31", "no equivalents are agreed for GBR -> NZL on 2025-12-31", true},
		{"the day after", "gbr", []string{"OFFICIAL"}, "NZL", "2027-01-01", "no equivalents are agreed for GBR -> NZL on 2027-01-01", true},
		{"another pair", "gbr", []string{"OFFICIAL"}, "CAN", "2026-11-25", "no equivalents are agreed for GBR -> CAN on 2026-11-25", true},
		{"the other direction", "nzl", []string{"U"}, "GBR", "2026-11-25", "no equivalents are agreed for NZL -> GBR on 2026-11-25", true},
		{"never by way of a third nation", "aus", []string{"O:S"}, "GBR", "2026-11-25", "no equivalents are agreed for AUS -> GBR on 2026-11-25", true},
		{"a control of the United States", "usa", []string{"U//LES"}, "GBR", "2026-11-25", "OFFICIAL-SENSITIVE", false},
		{"a level that is not in the table", "can", []string{"PC"}, "USA", "2026-11-25", "the equivalents agreed for CAN -> USA on 2026-11-25 say nothing of PROTECTED C", true},
		{"both ladders", "can", []string{"PB", "S"}, "GBR", "2026-11-25", "SECRET", false},
		{"both ladders, in two schemes of a nation", "can", []string{"PB", "S"}, "USA", "2026-11-25", "SECRET//CUI", false},
		{"both ladders, one of which is not in the table", "can", []string{"PC", "S"}, "USA", "2026-11-25", "the equivalents agreed for CAN -> USA on 2026-11-25 say nothing of PROTECTED C", true},
		{"TLP is nobody's", "tlp", []string{"TLP:RED"}, "NZL", "2026-11-25", "no equivalents are agreed for  -> NZL on 2026-11-25", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := rolled(t, c.scheme, c.portions...)
			before := m.Banner()
			got, err := agreed.Find(m, c.to, day(c.on).Add(23*time.Hour))
			switch {
			case c.refused && (!errors.As(err, new(*NoEquivalentError)) || err.Error() != c.want):
				t.Errorf("got %v, %v; want it refused: %s", got, err, c.want)
			case !c.refused && (err != nil || got.Banner() != c.want):
				t.Errorf("got %v, %v; want %s", got, err, c.want)
			}
			if m.Banner() != before {
				t.Errorf("the mark itself is now %s", m.Banner())
			}
		})
	}
}

// A table that was stored, and that this version can't read any more, is refused too.
func TestFindRefusesWhatDoesNotParse(t *testing.T) {
	es := Equivalents{{From: "GBR", To: "NZL", Levels: map[string]string{"OFFICIAL": "NICE TO HAVE"}}}
	if m, err := es.Find(rolled(t, "gbr", "OFFICIAL"), "NZL", time.Time{}); err == nil {
		t.Errorf("got %s", m.Banner())
	}
}

func TestInForce(t *testing.T) {
	for date, want := range map[string]int{"2025-12-31": 4, "2026-01-01": 5, "2026-12-31": 5, "2027-01-01": 4} {
		if got := agreed.InForce(day(date).Add(12 * time.Hour)); len(got) != want || len(agreed) != 5 {
			t.Errorf("%s: %d in force, want %d", date, len(got), want)
		}
	}
}

func TestOverlaps(t *testing.T) {
	span := func(since, until string) Equivalence {
		e := Equivalence{From: "GBR", To: "NZL"}
		if since != "" {
			e.Since = day(since)
		}
		if until != "" {
			e.Until = day(until)
		}
		return e
	}
	for _, c := range []struct {
		a, b Equivalence
		want bool
	}{
		{span("", ""), span("", ""), true},
		{span("", "2026-06-30"), span("2026-07-01", ""), false},
		{span("", "2026-07-01"), span("2026-07-01", ""), true},
		{span("2026-01-01", "2026-12-31"), span("2026-03-01", "2026-03-02"), true},
		{span("2026-01-01", "2026-01-31"), span("2026-03-01", "2026-03-02"), false},
		{span("", ""), Equivalence{From: "NZL", To: "GBR"}, false},
	} {
		if c.a.Overlaps(c.b) != c.want || c.b.Overlaps(c.a) != c.want {
			t.Errorf("%v and %v: want %v", c.a, c.b, c.want)
		}
	}
}

// Whatever level a mark has, a table of equivalents can name it.
func TestNationalLevelsAreComplete(t *testing.T) {
	for _, s := range Schemes() {
		known := NationalLevels(s.Owner())
		if s.Owner() == "" {
			continue
		}
		for _, level := range s.Lowest().Levels() {
			if !slices.Contains(known, level) {
				t.Errorf("%s: lowest level %q is not in %q", s.Name(), level, known)
			}
		}
	}
	for _, v := range readVectors(t) {
		s, err := ByName(v.scheme)
		if err != nil || s.Owner() == "" || v.valid != "yes" {
			continue
		}
		parse, in := s.ParseBanner, v.input
		if v.form == "portion" {
			parse, in = s.ParsePortion, strings.TrimSuffix(strings.TrimPrefix(in, "("), ")")
		}
		m, err := parse(in)
		if err != nil || v.form != "banner" && v.form != "portion" {
			continue // the vectors' own test judges them
		}
		for _, level := range m.Levels() {
			if !slices.Contains(NationalLevels(s.Owner()), level) {
				t.Errorf("%s %s: level %q is not known of %s", v.scheme, v.input, level, s.Owner())
			}
		}
	}
}

func TestWithin(t *testing.T) {
	for _, c := range []struct {
		nation, mark, limit string
		want                bool
	}{
		{"NZL", "SENSITIVE", "RESTRICTED", true},
		{"NZL", "CONFIDENTIAL", "RESTRICTED", false},
		{"USA", "CUI", "UNCLASSIFIED//LES", true},
		{"USA", "UNCLASSIFIED//LES", "CUI", true},
		{"USA", "CUI", "SECRET", true},
		{"USA", "CUI", "UNCLASSIFIED", false},
		{"USA", "SECRET", "CUI", false},
		{"USA", "SECRET//CUI", "CONFIDENTIAL", false},
		{"USA", "SECRET//CUI", "SECRET", true},
	} {
		m, err1 := NationalBanner(c.nation, c.mark)
		limit, err2 := NationalBanner(c.nation, c.limit)
		if err := errors.Join(err1, err2); err != nil {
			t.Errorf("%v", err)
		} else if Within(m, limit) != c.want {
			t.Errorf("%s within %s: want %v", c.mark, c.limit, c.want)
		}
	}
	gbr, _ := NationalBanner("GBR", "SECRET")
	usa, _ := NationalBanner("USA", "TOP SECRET")
	if Within(gbr, usa) || Within(nil, usa) || Within(gbr, nil) {
		t.Error("marks of two nations were compared")
	}
	if _, err := NationalBanner("", "TLP:RED"); err == nil {
		t.Error("TLP is a scheme of nobody")
	}
}
