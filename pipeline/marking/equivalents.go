package marking

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// An Equivalence is what two nations have agreed on how the one handles what the other has marked: policy with dates,
// never law. It is for one direction, and says nothing of the other. The original mark stays beside the
// equivalent, which is never marked on to a third nation (label creep: a RESTRICTED came back as CONFIDENTIAL).
type Equivalence struct {
	From   string            `json:"from"`           // the nation that has marked, as a trigraph
	To     string            `json:"to"`             // the nation that receives
	Since  time.Time         `json:"since,omitzero"` // the first day, UTC; zero: ever since
	Until  time.Time         `json:"until,omitzero"` // the last day, UTC; zero: until further notice
	Levels map[string]string `json:"levels"`         // for a level of From (Mark.Levels) a banner in a scheme of To
}

// Equivalents are equivalences of any pairs and times.
type Equivalents []Equivalence

// HoldsOn reports whether the equivalence is in force on a day. The zero day is before every other.
func (e Equivalence) HoldsOn(day time.Time) bool {
	day = dayOf(day)
	return !day.Before(e.Since) && (e.Until.IsZero() || !day.After(e.Until))
}

func dayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// Overlaps reports whether there is a day on which both hold for the same pair.
func (e Equivalence) Overlaps(other Equivalence) bool {
	endsBefore := func(a, b Equivalence) bool { return !a.Until.IsZero() && a.Until.Before(b.Since) }
	return e.From == other.From && e.To == other.To && !endsBefore(e, other) && !endsBefore(other, e)
}

// InForce returns those that hold on a day.
func (es Equivalents) InForce(day time.Time) Equivalents {
	return slices.DeleteFunc(slices.Clone(es), func(e Equivalence) bool { return !e.HoldsOn(day) })
}

// Find returns the mark of a scheme of the nation to under which it handles, on that day, what is marked m. A mark that
// stands on two ladders has the roll-up of both equivalents. The error is a *NoEquivalentError where
// nothing is agreed.
func (es Equivalents) Find(m Mark, to string, day time.Time) (Mark, error) {
	scheme, err := ByName(m.Scheme())
	if err != nil {
		return nil, err
	}
	from := scheme.Owner()
	i := slices.IndexFunc(es, func(e Equivalence) bool { return e.From == from && e.To == to && e.HoldsOn(day) })
	if i < 0 || from == "" {
		return nil, &NoEquivalentError{From: from, To: to, Day: day}
	}
	return es[i].of(m, day)
}

func (e Equivalence) of(m Mark, day time.Time) (Mark, error) {
	var marks []Mark
	for _, level := range m.Levels() {
		banner, ok := e.Levels[level]
		if !ok {
			return nil, &NoEquivalentError{From: e.From, To: e.To, Level: level, Day: day}
		}
		mark, err := NationalBanner(e.To, banner)
		if err != nil {
			return nil, fmt.Errorf("the equivalent of %s for %s -> %s: %w", level, e.From, e.To, err)
		}
		marks = append(marks, mark)
	}
	return e.joined(marks)
}

// joined rolls up the equivalents of one mark. Of the United States' two schemes, what is classified and what
// is controlled stand in one banner: SECRET//CUI (32 CFR 2002.20(g)).
func (e Equivalence) joined(marks []Mark) (Mark, error) {
	if len(marks) == 0 {
		return nil, errors.New("the mark has no level: nothing is its equivalent")
	}
	scheme, err := ByName(marks[0].Scheme())
	if err != nil {
		return nil, err
	}
	sum, err := scheme.RollUp(marks)
	if err == nil || len(marks) != 2 {
		return sum, err
	}
	a, b := marks[0].Banner(), marks[1].Banner()
	for _, both := range []string{a + "//" + b, b + "//" + a} {
		if m, err := NationalBanner(e.To, both); err == nil {
			return m, nil
		}
	}
	return nil, fmt.Errorf("no one mark of %s stands for both %s and %s", e.To, a, b)
}

// NoEquivalentError says that two nations have agreed on no equivalent.
type NoEquivalentError struct {
	From, To string
	Level    string    // of which the agreement says nothing; empty where there is no agreement
	Day      time.Time // zero if not known
}

func (e *NoEquivalentError) Error() string {
	on := ""
	if !e.Day.IsZero() {
		on = " on " + dayOf(e.Day).Format(time.DateOnly)
	}
	if e.Level != "" {
		return fmt.Sprintf("the equivalents agreed for %s -> %s%s say nothing of %s", e.From, e.To, on, e.Level)
	}
	return fmt.Sprintf("no equivalents are agreed for %s -> %s%s", e.From, e.To, on)
}

// NationalBanner parses a banner of whichever scheme of the nation it is one of.
func NationalBanner(nation, banner string) (Mark, error) {
	var errs []error
	for _, s := range Schemes() {
		if s.Owner() != nation || nation == "" {
			continue
		}
		m, err := s.ParseBanner(banner)
		if err == nil {
			return m, nil
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil, fmt.Errorf("%q is no nation with a scheme of its own", nation)
	}
	return nil, errors.Join(errs...)
}

// nationalLevels are the names that Mark.Levels gives, by nation, the lowest first. Names on one line are no higher
// than one another where the nation has one ladder.
var nationalLevels = map[string][][]string{
	"AUS": {{"UNOFFICIAL"}, {"OFFICIAL"}, {"OFFICIAL: Sensitive"}, {"PROTECTED"}, {"SECRET"}, {"TOP SECRET"}},
	"CAN": {{"UNCLASSIFIED"}, {"PROTECTED A"}, {"PROTECTED B"}, {"PROTECTED C"}, {"CONFIDENTIAL"}, {"SECRET"}, {"TOP SECRET"}},
	"GBR": {{"OFFICIAL"}, {"OFFICIAL-SENSITIVE"}, {"SECRET"}, {"TOP SECRET"}},
	"NZL": {{"UNCLASSIFIED"}, {"IN-CONFIDENCE"}, {"SENSITIVE", "RESTRICTED"}, {"CONFIDENTIAL"}, {"SECRET"}, {"TOP SECRET"}},
	"USA": {{"UNCLASSIFIED"}, {"UNCLASSIFIED//CONTROLLED", "CUI"}, {"RESTRICTED"}, {"CONFIDENTIAL"}, {"SECRET"}, {"TOP SECRET"}},
}

// NationalLevels returns the levels of a nation's schemes, as Mark.Levels names them, the lowest first.
func NationalLevels(nation string) []string { return slices.Concat(nationalLevels[nation]...) }

// Within reports whether m is no more sensitive than limit: AtMost, which also compares marks of two schemes of one
// nation, by their levels. Marks of two nations are not comparable, and the answer is no.
func Within(m, limit Mark) bool {
	if m == nil || limit == nil || m.Scheme() == limit.Scheme() {
		return AtMost(m, limit)
	}
	ladder := nationalLevels["USA"] // no other nation has two schemes
	low, high := rungOn(ladder, m), rungOn(ladder, limit)
	return low >= 0 && high >= 0 && low <= high
}

// rungOn is how high a mark of the United States stands; -1 for any other.
func rungOn(ladder [][]string, m Mark) int {
	scheme, err := ByName(m.Scheme())
	levels := m.Levels()
	if err != nil || scheme.Owner() != "USA" || len(levels) != 1 {
		return -1
	}
	return slices.IndexFunc(ladder, func(rung []string) bool { return slices.Contains(rung, levels[0]) })
}
