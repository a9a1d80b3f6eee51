package marking

import (
	"fmt"
	"slices"
)

// A Scheme is one marking system.
type Scheme interface {
	Name() string    // as a draft's front matter names it: "usa"
	Profile() string // which edition of the rules: "CAPCO-2016"
	Owner() string   // the nation whose system it is, as a trigraph; empty for tlp

	// ParsePortion parses a portion mark without its parentheses, strictly.
	// The error is a *SyntaxError.
	ParsePortion(s string) (Mark, error)
	// ParseBanner parses a banner line, strictly. The error is a *SyntaxError.
	ParseBanner(s string) (Mark, error)
	// RollUp returns the banner for a document of these portions. It never widens
	// the audience nor lowers the level. No portions is an error.
	RollUp(portions []Mark) (Mark, error)
}

// A Mark is one mark, parsed or rolled up. It never changes. Compare marks by Banner, never with ==.
// A mark may restrict more than its banner prints (a narrowed TLP portion; FOUO beside LES), never
// less.
type Mark interface {
	Scheme() string
	Banner() string  // canonical, as it stands at the head of a page
	Portion() string // canonical, as it stands before a portion, with its parentheses
	Audience() Audience
}

// Audience is what a mark by itself says about who may have the information.
// The zero value is nobody but the originator: unknown means no.
type Audience struct {
	kind      audienceKind
	countries []string // for listed: sorted trigraphs, tetragraphs expanded where their members are known
}

type audienceKind int

const (
	originator audienceKind = iota // a domestic control without release, or unknown
	unlimited                      // the lowest level without controls: whoever the document is for
	listed                         // exactly the listed countries
)

// Originator is the audience of a mark that keeps information with its author's nation.
func Originator() Audience { return Audience{kind: originator} }

// Unlimited is the audience of the lowest level without controls: it goes to exactly those
// nations that the document is releasable to.
func Unlimited() Audience { return Audience{kind: unlimited} }

// Listed is the audience of a mark that names its countries.
func Listed(countries ...string) Audience {
	c := slices.Clone(countries)
	slices.Sort(c)
	return Audience{kind: listed, countries: slices.Compact(c)}
}

// Countries returns the trigraphs that the mark names; false where it names none and says nothing of nations.
func (a Audience) Countries() (trigraphs []string, says bool) {
	return slices.Clone(a.countries), a.kind == listed
}

// Terms is what a document and the policy add to its portions' marks.
type Terms struct {
	Originator   string   // the author's nation; empty if not known, and then nobody is
	ReleasableTo []string // the nations that get an edition at all
	// Released names, for a domestic control ("LES"), the nations to which its originator
	// has released it. A portion is released by this only where all its controls are.
	Released map[string][]string
}

// MayHave reports whether nation may have what m marks. It answers no when it does not know.
func MayHave(m Mark, nation string, t Terms) bool {
	if m == nil || nation == "" || !slices.Contains(t.ReleasableTo, nation) {
		return false
	}
	switch a := m.Audience(); a.kind {
	case unlimited:
		return true
	case listed:
		return slices.Contains(a.countries, nation)
	}
	if nation == t.Originator {
		return true
	}
	return releasedByPolicy(m, nation, t.Released)
}

func releasedByPolicy(m Mark, nation string, released map[string][]string) bool {
	c, ok := m.(interface{ DomesticControls() []string })
	if !ok {
		return false
	}
	controls := c.DomesticControls()
	for _, control := range controls {
		if !slices.Contains(released[control], nation) {
			return false
		}
	}
	return len(controls) > 0
}

// AtMost reports whether a is no more sensitive than b. It compares sensitivity alone: whether a
// nation is in the audience is MayHave's question. TLP is ordered by its labels; usa by its level,
// and within UNCLASSIFIED a domestic control (FOUO, LES, SBU, SSI, UCNI) stands above none. Marks of
// two schemes are not comparable, and the answer is no: equivalence is policy, not law.
func AtMost(a, b Mark) bool {
	if a == nil || b == nil || a.Scheme() != b.Scheme() {
		return false
	}
	ra, ok := a.(ranked)
	if !ok {
		return false
	}
	rb, ok := b.(ranked)
	return ok && ra.rank() <= rb.rank()
}

// ranked is a mark whose scheme is one ladder. A scheme of two ladders (Canada's) does not have it.
type ranked interface{ rank() int }

// Schemes returns the schemes that this version knows.
func Schemes() []Scheme { return []Scheme{tlpScheme{}, usaScheme{}} }

// ByName returns the scheme that a draft names. Schemes of the design that this version does not
// know yet are refused by name, not guessed at.
func ByName(name string) (Scheme, error) {
	for _, s := range Schemes() {
		if s.Name() == name {
			return s, nil
		}
	}
	if slices.Contains([]string{"cui", "gbr", "aus", "can", "nzl"}, name) {
		return nil, fmt.Errorf("scheme %q is not supported yet: use tlp or usa", name)
	}
	return nil, fmt.Errorf("unknown scheme %q: must be one of tlp, usa", name)
}
