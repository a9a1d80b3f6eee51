// Package overview compiles the released bulletins of a period to a draft of kind overview, for an editor of one
// nation to finish.
//
// It never widens: whatever it carries from a bulletin is marked for no more nations than may have it there, and is
// something that the editor's own nation may have. What a nation reads of the finished overview depends only on
// what that nation has of the bulletins; how the draft keeps to that is said beside each part.
package overview

import (
	"cmp"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// Statement is the first paragraph of every overview, after its mark.
const Statement = "For law enforcement only. This overview is for police and for those who work for them under the same duty of " +
	"confidence. It must not reach victims, companies, the press or a court file; ask the unit that wrote a bulletin before " +
	"anything of that bulletin is passed on."

// least is the TLP of what is in every overview; nothing in one is marked below it but what its bulletins say.
const least = marking.Amber

// Bulletin is one released bulletin, whole.
type Bulletin struct {
	Number   string
	Released time.Time           // its first release, UTC
	Doc      *draft.Document     // as it stands now
	Policy   map[string][]string // to whom controls of its scheme had been released: marking.Terms.Released
}

// Order says what to compile, and for whom.
type Order struct {
	Nation   pipeline.Nation // of the editor
	Scheme   marking.Scheme  // of the overview
	From, To time.Time       // first and last day of the period, UTC
	Policy   map[string][]string
}

// Carried says of one bulletin what has become of it.
type Carried struct {
	Number   string        `json:"number"`
	Released time.Time     `json:"released"`
	Kind     pipeline.Kind `json:"kind"`
	Title    string        `json:"title"` // as the editor's nation has it
	Scheme   string        `json:"scheme"`
	Portions int           `json:"portions"` // of its summary, carried with their marks
	ByHand   int           `json:"by_hand"`  // left for the editor to write: marked in another scheme
}

// Compile writes the draft. Bulletins of which the nation has no edition have no place in it, and are passed over.
func Compile(o Order, bulletins []Bulletin) (text string, carried []Carried) {
	bulletins = slices.Clone(bulletins)
	slices.SortStableFunc(bulletins, func(a, b Bulletin) int {
		return cmp.Or(a.Released.Compare(b.Released), cmp.Compare(a.Number, b.Number))
	})
	c := compiler{Order: o, tlp: least}
	for _, b := range bulletins {
		e, err := edition.Project(b.Doc, o.Nation, b.Policy)
		if err != nil {
			continue
		}
		s := c.open(b)
		line := Carried{Number: b.Number, Released: b.Released, Kind: b.Doc.Kind, Title: e.Title.Text, Scheme: e.Scheme}
		c.count(s)
		c.summarise(s, &line)
		carried = append(carried, line)
	}
	return c.write(), carried
}

// compiler gathers the parts of the draft.
type compiler struct {
	Order
	tlp        marking.TLP // the highest of all
	kinds      tally
	techniques tally
	summaries  []string // paragraphs
}

// source is a bulletin with who may have what of it.
type source struct {
	Bulletin
	terms marking.Terms

	// circulation is who may be told that there is the bulletin: those who may have the portion that goes to most. It
	// is not everybody with an edition, because each of them would learn from it of the others' portions.
	circulation []pipeline.Nation
	tlp         marking.TLP // of what all of the circulation may have
}

func (c *compiler) open(b Bulletin) source {
	s := source{Bulletin: b, terms: edition.Terms(b.Doc, b.Policy)}
	for i, p := range b.Doc.Portions {
		to := s.audience(i)
		if isText(p.Block) && len(to) > len(s.circulation) && slices.Contains(to, c.Nation) {
			s.circulation = to
		}
	}
	for i, p := range b.Doc.Portions {
		if isText(p.Block) && containsAll(s.audience(i), s.circulation) {
			s.tlp = max(s.tlp, s.portionTLP(p))
		}
	}
	return s
}

// audience is who may have a portion.
func (s source) audience(portion int) []pipeline.Nation {
	var out []pipeline.Nation
	for _, n := range s.Doc.ReleasableTo {
		if edition.MayPortion(s.Doc, portion, n, s.terms) {
			out = append(out, n)
		}
	}
	return out
}

// portionTLP is a portion's TLP: the document's where it states none, as in an edition.
func (s source) portionTLP(p draft.Portion) marking.TLP {
	if p.Label.TLP == marking.NoTLP {
		return s.Doc.TLP
	}
	return p.Label.TLP
}

// of keeps the nations that may have what label marks.
func (s source) of(nations []pipeline.Nation, label draft.Label) []pipeline.Nation {
	return slices.DeleteFunc(slices.Clone(nations), func(n pipeline.Nation) bool { return !edition.May(label, n, s.terms) })
}

func isText(b draft.Block) bool { return b.Kind != draft.Heading && b.Kind != draft.Rule }

func containsAll(nations, wanted []pipeline.Nation) bool {
	return !slices.ContainsFunc(wanted, func(n pipeline.Nation) bool { return !slices.Contains(nations, n) })
}
