package edition

import (
	"strings"

	"bulletin/pipeline/marking"
)

// corrected is what a version history says of a correction to a reader who may not have its line.
const corrected = "Corrected"

// HistoryUpTo returns the version history of e as far as it goes before e: a line for each former edition of the same
// nation, the oldest first. What a former correction changed was written for the readers of that version. It stays
// where e is marked for it, and nowhere else: e may go to people who may not have the former version, and its banner
// is rolled up without that line.
func (e Edition) HistoryUpTo(former []Edition) []Version {
	var out []Version
	for _, f := range former {
		if len(f.History) == 0 {
			continue
		}
		line := f.History[len(f.History)-1]
		if line.Change == ChangeContent && (f.TLP > e.TLP || !e.bears(f.Scheme, portionOf(f.Scheme, f.Correction.Mark))) {
			line.Summary = corrected
		}
		out = append(out, line)
	}
	return out
}

// withoutLines takes from a history what its corrections have changed.
func withoutLines(history []Version) {
	for i := range history {
		if history[i].Change == ChangeContent {
			history[i].Summary = corrected
		}
	}
}

// Covers reports whether whoever gets e may have what stands in other, an edition of the same nation: its TLP is no
// higher, its banner adds nothing to e's, and the nation handles it no higher.
func (e Edition) Covers(other Edition) bool {
	if other.TLP > e.TLP || !e.handlesNoHigher(other) {
		return false
	}
	if other.Scheme == "tlp" || other.Scheme == e.Scheme && other.Banner == e.Banner {
		return true
	}
	banner, err := other.Mark()
	return err == nil && e.bears(other.Scheme, banner)
}

// handlesNoHigher reports whether who may have e by its equivalent may have other by its own: the nations may have agreed
// on another equivalent between the two. Without one only the banner counts.
func (e Edition) handlesNoHigher(other Edition) bool {
	if e.Equivalent == "" || e.Equivalent == other.Equivalent || other.Scheme == "tlp" {
		return true
	}
	as, err := marking.NationalBanner(string(e.Nation), e.Equivalent)
	if err != nil {
		return false
	}
	otherAs, err := marking.NationalBanner(string(e.Nation), other.Equivalent)
	return err == nil && marking.Within(otherAs, as)
}

// bears reports whether e's banner would be the same with something of that mark in it; nil marks nothing. Marks of
// two schemes are not comparable: no.
func (e Edition) bears(scheme string, m marking.Mark) bool {
	switch {
	case m == nil || scheme == "tlp": // the TLP is compared by itself
		return true
	case m.Scheme() != scheme || e.Scheme != scheme:
		return false
	}
	s, err := marking.ByName(scheme)
	if err != nil {
		return false
	}
	banner, err := s.ParseBanner(e.Banner)
	if err != nil {
		return false
	}
	sum, err := s.RollUp([]marking.Mark{banner, m})
	return err == nil && marking.SameBanner(sum, banner)
}

// unreadable is a mark of no scheme: nothing bears it.
type unreadable struct{ marking.Mark }

func (unreadable) Scheme() string { return "" }

// portionOf reads the mark of a line as it is printed, "(TLP:RED)(U//NF)", without the TLP before it; nil if there is
// no other.
func portionOf(scheme, printed string) marking.Mark {
	portion := printed
	if scheme != "tlp" && strings.HasPrefix(portion, "(TLP:") {
		_, portion, _ = strings.Cut(portion, ")")
	}
	if portion == "" {
		return nil
	}
	s, err := marking.ByName(scheme)
	if err != nil {
		return unreadable{}
	}
	m, err := s.ParsePortion(strings.TrimSuffix(strings.TrimPrefix(portion, "("), ")"))
	if err != nil {
		return unreadable{}
	}
	return m
}
