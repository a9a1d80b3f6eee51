// Package marking knows the marking systems of five nations and TLP: it parses a mark, prints
// it in canonical form, rolls marks up to a banner, and answers who may have what is so marked.
// It reads nothing and uses the standard library only.
package marking

import (
	"fmt"
	"slices"
	"strings"
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

// A Mark is one parsed mark. Marks of one scheme are equal exactly when their banners are.
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

// SyntaxError says where a mark breaks which rule. It never holds a corrected mark that
// was applied: Suggestion is for a person to read.
type SyntaxError struct {
	Scheme     string
	Input      string
	Offset     int    // in bytes, from 0
	Rule       string // document and section, e.g. "CAPCO-2016 H.8"
	Msg        string
	Suggestion string // nearest valid form; empty if none is known
}

func (e *SyntaxError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mark %q does not parse at character %d: %s (%s)", e.Input, e.Offset+1, e.Msg, e.Rule)
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean %q?", e.Suggestion)
	}
	return b.String()
}

// ByName returns the scheme that a draft names. Schemes of the design that this version does not
// know yet are refused by name, not guessed at.
func ByName(name string) (Scheme, error) {
	for _, s := range schemes {
		if s.Name() == name {
			return s, nil
		}
	}
	if slices.Contains([]string{"cui", "gbr", "aus", "can", "nzl"}, name) {
		return nil, fmt.Errorf("scheme %q is not supported yet: use tlp or usa", name)
	}
	return nil, fmt.Errorf("unknown scheme %q: must be one of tlp, usa", name)
}
