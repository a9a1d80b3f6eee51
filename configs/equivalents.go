package configs

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
)

type equivalenceYAML struct {
	From   string            `yaml:"from"`
	To     string            `yaml:"to"`
	Since  string            `yaml:"since"`
	Until  string            `yaml:"until"`
	Levels map[string]string `yaml:"levels"`
}

// equivalents reads how a nation handles what another has marked.
func (r *policyReader) equivalents(entries []equivalenceYAML) marking.Equivalents {
	var out marking.Equivalents
	for i, y := range entries {
		at := fmt.Sprintf("$.equivalents[%d]", i)
		before := len(r.errs)
		e := marking.Equivalence{From: r.nation(at+".from", y.From), To: r.nation(at+".to", y.To), Levels: y.Levels}
		e.Since, e.Until = r.day(at+".since", y.Since), r.day(at+".until", y.Until)
		if len(r.errs) > before {
			continue
		}
		switch {
		case e.From == e.To:
			r.wrong(at+".to", "a nation needs no equivalent of its own marks", "%s stands on both sides", e.To)
			continue
		case !e.Until.IsZero() && e.Until.Before(e.Since):
			r.wrong(at+".until", "until: is the last day", "until %s is before since %s", y.Until, y.Since)
		}
		r.levels(at+".levels", e)
		if other := slices.IndexFunc(out, e.Overlaps); other >= 0 {
			r.wrong(at+".from", "end the one before the other begins, with until: and since:", "%s -> %s has two entries for the same day", e.From, e.To)
		}
		out = append(out, e)
	}
	return out
}

func (r *policyReader) nation(at, name string) string {
	n, err := pipeline.ParseNation(name)
	if err != nil {
		r.wrong(at, nationsHint, "%v", err)
	}
	return string(n)
}

// day reads a date; none is the zero time.
func (r *policyReader) day(at, date string) time.Time {
	if date == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		r.wrong(at, "write it like 2026-11-25", "%q is not a date", date)
	}
	return t
}

func (r *policyReader) levels(at string, e marking.Equivalence) {
	if len(e.Levels) == 0 {
		r.wrong(at, "write a line for each level of "+e.From+", such as SECRET: SECRET", "%s -> %s names no levels", e.From, e.To)
	}
	for _, level := range slices.Sorted(maps.Keys(e.Levels)) {
		r.oneOf(at+key(level), level, marking.NationalLevels(e.From), e.From+" has no level")
		if _, err := marking.NationalBanner(e.To, e.Levels[level]); err != nil {
			r.wrong(at+key(level), "write a banner of "+e.To+" as it stands on a page", "%v", err)
		}
	}
}
