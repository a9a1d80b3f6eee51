package edition

import (
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// Project returns what nation may have of doc: the portions whose marking allows it, with banner and
// TLP rolled up from what is left, and lists, figures and notes counted anew. Nothing of a withheld
// portion influences the edition. released is the policy's release of domestic controls
// (marking.Terms.Released). The error is ErrNothing where there is no edition for the nation.
func Project(doc *draft.Document, nation pipeline.Nation, released map[string][]string) (Edition, error) {
	p := projection{doc: doc, nation: nation, terms: Terms(doc, released), tlp: marking.NoTLP}
	e := Edition{
		Nation:       nation,
		Kind:         doc.Kind,
		Precedence:   doc.Precedence,
		Scheme:       doc.Scheme.Name(),
		ReleasableTo: doc.ReleasableTo,
		Originator:   doc.Originator,
		Embargo:      doc.Embargo,
		Language:     doc.Language,
	}
	if !slices.Contains(Nations(doc, p.terms), nation) {
		return Edition{}, fmt.Errorf("%s: %w", nation, ErrNothing)
	}
	e.Blocks = p.blocks()
	e.Title = p.title()
	if c := doc.Correction; c.Text != "" && p.keep(c.Label) {
		e.Correction = Line{Mark: c.Label.Print(), Text: c.Text}
	}
	e.Glance = p.glance()
	e.Actions = p.lines(doc.Actions)
	e.Attack = p.techniques()
	e.References = p.lines(doc.References)
	e.Contacts = p.lines(doc.Contacts)
	e.Attachments = p.attachments()
	indicators := p.indicators()
	if err := p.mark(&e); err != nil {
		return Edition{}, err
	}
	e.Indicators = markedAs(indicators, e)
	e.Images = p.images(e)
	e.Attached = p.attached(e)
	recite(&e, p.may(doc.References))
	anchors(e.Blocks)
	number(e.Blocks)
	return e, nil
}

// A projection gathers, while it keeps what the nation may have, what banner and TLP roll up from.
type projection struct {
	doc    *draft.Document
	nation pipeline.Nation
	terms  marking.Terms

	marks    []marking.Mark
	unmarked bool        // something unmarked is kept
	tlp      marking.TLP // highest of what is kept
}

// keep reports whether the nation may have what label marks, and if so counts the label in.
// An unmarked line of front matter takes no part in the TLP; everything in the body does.
func (p *projection) keep(label draft.Label) bool {
	if !p.keepPart(label) {
		return false
	}
	p.unmarked = p.unmarked || label.Mark == nil
	return true
}

// keepPart is keep for a part of a portion: unmarked, it is marked as its portion is.
func (p *projection) keepPart(label draft.Label) bool {
	if !May(label, p.nation, p.terms) {
		return false
	}
	if label.Mark != nil {
		p.marks = append(p.marks, label.Mark)
	}
	p.tlp = max(p.tlp, label.TLP)
	return true
}

// mark rolls up the banner and the TLP. Where no portion states a TLP it is the document's.
func (p *projection) mark(e *Edition) error {
	e.TLP = p.tlp
	if e.TLP == marking.NoTLP {
		e.TLP = p.doc.TLP
	}
	if e.Scheme == "tlp" {
		e.Banner = e.TLP.String()
		return nil
	}
	if p.unmarked {
		p.marks = append(p.marks, p.doc.Scheme.Lowest())
	}
	banner, err := p.banner()
	if err != nil {
		return fmt.Errorf("roll up the banner for %s: %w", p.nation, err)
	}
	e.Banner = banner.BannerFor(string(p.nation))
	e.Statements, e.Lacks = banner.Statements(p.page())
	return nil
}

// banner is what the marks roll up to. Where that is not for the nation, though each of them is, policy has released one
// to it that names no nation, and another names it: the former then counts as released by name.
func (p *projection) banner() (marking.Mark, error) {
	banner, err := p.doc.Scheme.RollUp(p.marks)
	if err != nil || marking.MayHave(banner, string(p.nation), p.terms) {
		return banner, err
	}
	released := make([]marking.Mark, len(p.marks))
	for i, m := range p.marks {
		released[i] = marking.Released(m, p.terms)
	}
	if banner, err = p.doc.Scheme.RollUp(released); err != nil {
		return nil, err
	}
	printed, err := p.doc.Scheme.ParseBanner(banner.Banner())
	if err != nil || !marking.MayHave(banner, string(p.nation), p.terms) || !marking.MayHave(printed, string(p.nation), p.terms) {
		return nil, fmt.Errorf("it may have each of its portions, but not what they roll up to, %s: let the portions' marks name the nations that they are released to", banner.Banner())
	}
	return banner, nil
}

// page is what the statements are filled from. It is the document's, and nothing of it shows but in the statements that
// the banner of this edition requires.
func (p *projection) page() marking.Page {
	a := p.doc.Authority
	return marking.Page{
		Nation: string(p.nation), Agency: a.Agency, Contact: a.Contact, ClassifiedBy: a.ClassifiedBy, Reason: a.Reason,
		DerivedFrom: a.DerivedFrom, DeclassifyOn: a.DeclassifyOn, Embargo: p.doc.Embargo,
	}
}

// title is the document's, or the kind's plain name where the nation may not have the title.
func (p *projection) title() Line {
	if t := p.doc.Title; p.keep(t.Label) {
		return Line{Mark: t.Label.Print(), Text: t.Text}
	}
	return plainTitle(p.doc.Kind)
}

func plainTitle(k pipeline.Kind) Line { return Line{Text: "Cyber " + string(k)} }

func (p *projection) lines(in []draft.Line) []Line {
	var out []Line
	for _, l := range in {
		if p.keep(l.Label) {
			out = append(out, Line{Mark: l.Label.Print(), Text: l.Text})
		}
	}
	return out
}

// may tells for each line whether the nation may have it.
func (p *projection) may(in []draft.Line) []bool {
	out := make([]bool, len(in))
	for i, l := range in {
		out[i] = May(l.Label, p.nation, p.terms)
	}
	return out
}

func (p *projection) glance() []GlanceLine {
	var out []GlanceLine
	for _, g := range p.doc.Glance {
		if p.keep(g.Label) {
			out = append(out, GlanceLine{Name: g.Name, Line: Line{Mark: g.Label.Print(), Text: g.Text}})
		}
	}
	return out
}

func (p *projection) techniques() []Technique {
	var out []Technique
	for _, t := range p.doc.Attack {
		if p.keep(t.Label) {
			out = append(out, Technique{Mark: t.Label.Print(), ID: t.ID, Use: t.Use})
		}
	}
	return out
}

func (p *projection) indicators() []Indicator {
	var out []Indicator
	for _, i := range p.doc.Indicators {
		if !p.keep(i.Label) {
			continue
		}
		row := Indicator{
			Mark: i.Label.Print(), TLP: i.Label.TLP,
			Type: i.Type, Value: i.Value,
			FirstSeen: i.FirstSeen, LastSeen: i.LastSeen, Confidence: i.Confidence, Note: i.Note,
		}
		switch {
		case i.Label.Mark == nil:
		case i.Label.Mark.Scheme() == "tlp": // a banner has no list: "TLP:AMBER//REL TO CAN, NZL"
			row.Marking = strings.Trim(i.Label.Mark.Portion(), "()")
		default:
			row.Marking = i.Label.Mark.BannerFor(string(p.nation))
		}
		out = append(out, row)
	}
	return out
}

// markedAs gives the rows without a mark the banner and TLP of the whole edition: never weaker than what stands
// around them, and not the document's, which may tell of what was withheld.
func markedAs(rows []Indicator, e Edition) []Indicator {
	for i := range rows {
		if rows[i].Marking == "" {
			rows[i].Marking = e.Banner
		}
		if rows[i].TLP == marking.NoTLP {
			rows[i].TLP = e.TLP
		}
	}
	return rows
}

// images gives the bytes of the pictures that the edition names, and of no others.
func (p *projection) images(e Edition) map[pipeline.Digest][]byte {
	byDigest := map[pipeline.Digest]string{}
	for _, f := range p.doc.Files {
		byDigest[f.Digest] = f.Name
	}
	images := map[pipeline.Digest][]byte{}
	for _, d := range e.ImageDigests() {
		images[d] = p.doc.Contents[byDigest[d]]
	}
	return images
}
