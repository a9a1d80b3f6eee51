package marking

import (
	"fmt"
	"slices"
	"strings"
	"time"
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
	// Forms returns every form in which a mark of the scheme is written.
	Forms() []Form
	// Lowest is the mark of the lowest level without controls.
	Lowest() Mark

	// RollUp returns the banner for a document of these portions. It never widens
	// the audience nor lowers the level. No portions are ErrNoPortions; a mark of another scheme,
	// or none, is an error too.
	RollUp(portions []Mark) (Mark, error)
	// Explain says, in the order of the decisions, which rules made RollUp's banner of
	// these portions what it is. Of one portion it explains the mark itself.
	Explain(portions []Mark) []Reason

	// Releasable returns the names that a policy may release (Terms.Released), sorted.
	Releasable() []string
}

// A Form is one way to write a mark: "banner", "portion" (with its parentheses), and where the
// scheme has them "subject", "header" and "medium". What Print writes, Parse reads as the same mark.
type Form struct {
	Name  string
	Parse func(string) (Mark, error) // strict; the error is a *SyntaxError
	Print func(Mark) string          // canonical
}

// A Reason is a rule that decided something, and what it decided.
type Reason struct {
	Rule string `json:"rule"` // document and section: "CAPCO-2016 D.2 Table 3 rules 1 and 2, roll-up rule 5"
	Said string `json:"said"` // "portion 2 is NOFORN: the banner is NOFORN"
}

// A Mark is one mark, parsed or rolled up. It never changes. Compare marks with SameBanner, never with ==.
// A mark may restrict more than its banner prints (a narrowed TLP portion; FOUO beside LES), never
// less.
type Mark interface {
	Scheme() string
	Banner() string  // canonical, as it stands at the head of a page
	Portion() string // canonical, as it stands before a portion, with its parentheses
	// BannerFor is the banner as it stands on what goes to a nation: the United Kingdom
	// puts UK before what goes abroad. For most marks it is Banner.
	BannerFor(nation string) string

	Audience() Audience
	// DomesticControls returns what keeps the information with its originator's nation until
	// policy releases every one of them ("LES", "PROTECTED A"). The caller must not change it.
	DomesticControls() []string
	// Levels names the mark's level, without its controls, as a table of equivalents does: one
	// name, or two where a mark stands on both of Canada's ladders, or has both of New Zealand's
	// levels of one height. Each is a banner by itself, but for what the scheme's file says.
	Levels() []string

	// Statements returns what the mark requires to be said on the first page, in order, and the
	// names of those fields of the page that it would need for that and that are empty.
	Statements(p Page) (statements, missing []string)
}

// A Page is the first page of what carries a mark: where it goes, and what the statements name.
type Page struct {
	Nation       string // whose edition it is
	Agency       string // the originating agency, as readers know it
	Contact      string // how to reach it
	ClassifiedBy string
	Reason       string    // of original classification: "1.4(c)"
	DerivedFrom  string    // of derivative classification: instead of Reason
	DeclassifyOn string    // a date, or an event
	Embargo      time.Time // UTC; zero if none
}

// SameBanner reports whether two marks print the same banner, whoever it is printed for. No mark is the same as none.
func SameBanner(a, b Mark) bool {
	return a != nil && b != nil && a.Scheme() == b.Scheme() && a.BannerFor("") == b.BannerFor("")
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

// releasedByPolicy: a mark that nothing named keeps at home (classified, without a word on foreign
// disclosure) can't be released by naming it.
func releasedByPolicy(m Mark, nation string, released map[string][]string) bool {
	controls := m.DomesticControls()
	for _, control := range controls {
		if !slices.Contains(released[control], nation) {
			return false
		}
	}
	return len(controls) > 0
}

// AtMost reports whether a is no more sensitive than b. It compares sensitivity alone: whether a
// nation is in the audience is MayHave's question. A domestic control (LES, OFFICIAL-SENSITIVE) stands
// above none. Of a scheme with two ladders a must be no higher on either. Marks of two schemes are not
// comparable, and the answer is no: equivalence is policy, not law.
func AtMost(a, b Mark) bool {
	if a == nil || b == nil || a.Scheme() != b.Scheme() {
		return false
	}
	ra, ok := a.(ranked)
	rb, okB := b.(ranked)
	if !ok || !okB {
		return false
	}
	low, high := ra.rungs(), rb.rungs()
	return low[0] <= high[0] && low[1] <= high[1]
}

// ranked is a mark that knows how high it stands on each ladder of its scheme, from 0. Most schemes
// have one ladder.
type ranked interface{ rungs() [2]int }

// AsOf returns the scheme as it judges information that was created on a day in the past. Only the
// United States' rules depend on it; created is zero where it is not known, and then today's hold.
func AsOf(s Scheme, created time.Time) Scheme {
	if dated, ok := s.(interface{ asOf(time.Time) Scheme }); ok {
		return dated.asOf(created)
	}
	return s
}

// Completed returns the portion with what it leaves to its document's banner: the release list where it says that it
// has the banner's without repeating it ("(S//REL)", CAPCO-2016 H.8); the language of a Canadian banner, as "(PB)" has
// none. What leaves nothing to the banner is returned as it is.
func Completed(portion, banner Mark) Mark {
	if p, ok := portion.(interface{ completed(Mark) Mark }); ok {
		return p.completed(banner)
	}
	return portion
}

// Schemes returns the schemes that this version knows.
func Schemes() []Scheme {
	return []Scheme{tlpScheme{}, usaScheme{}, cuiScheme{}, gbrScheme{}, ausScheme{}, canScheme{}, nzlScheme{}}
}

// ByName returns the scheme that a draft names.
func ByName(name string) (Scheme, error) {
	var names []string
	for _, s := range Schemes() {
		if s.Name() == name {
			return s, nil
		}
		names = append(names, s.Name())
	}
	return nil, fmt.Errorf("unknown scheme %q: must be one of %s", name, strings.Join(names, ", "))
}
