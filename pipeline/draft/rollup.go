package draft

import (
	"bulletin/pipeline/marking"
)

// labelled is a label and where it stands.
type labelled struct {
	label Label
	at    Pos
	whole bool // stands by itself: without a mark it counts as the lowest level
}

// labels returns every label of a document, unmarked content included. Rows and notes without a
// mark have their portion's.
func labels(doc *Document) []labelled {
	out := []labelled{{doc.Title.Label, doc.Title.Pos, true}}
	lines := func(in []Line) {
		for _, l := range in {
			out = append(out, labelled{l.Label, l.Pos, true})
		}
	}
	for _, g := range doc.Glance {
		lines([]Line{g.Line})
	}
	lines(doc.Actions)
	for _, t := range doc.Attack {
		out = append(out, labelled{t.Label, t.Pos, true})
	}
	lines(doc.References)
	lines(doc.Contacts)
	for _, i := range doc.Indicators {
		out = append(out, labelled{i.Label, i.Pos, true})
	}
	for _, p := range doc.Portions {
		out = append(out, labelled{p.Label, p.Pos, p.Block.Kind != Rule})
		notes := func(in Inline) {
			if in.Kind == Footnote {
				out = append(out, labelled{in.Label, p.Pos, false})
			}
		}
		walkInlines(p.Block.Text, notes)
		if p.Block.Table == nil {
			continue
		}
		for _, c := range p.Block.Table.Head {
			walkInlines(c, notes)
		}
		for _, r := range p.Block.Table.Rows {
			out = append(out, labelled{r.Label, r.Pos, false})
			for _, c := range r.Cells {
				walkInlines(c, notes)
			}
		}
	}
	return out
}

func walkInlines(in []Inline, visit func(Inline)) {
	for _, i := range in {
		visit(i)
		walkInlines(i.Children, visit)
	}
}

// checkTLP refuses a document whose TLP is below that of something in it.
func (r *reader) checkTLP() {
	if r.doc.TLP == marking.NoTLP {
		return // missing or misspelt, which is on the list
	}
	highest := labelled{}
	for _, l := range labels(r.doc) {
		if l.label.TLP > highest.label.TLP {
			highest = l
		}
	}
	if highest.label.TLP > r.doc.TLP {
		r.probs.errorf(r.front.tlpPos, "write tlp: "+highest.label.TLP.String(),
			"tlp: %s is below what stands at %s, which is %s", r.doc.TLP, highest.at, highest.label.TLP)
	}
}

// rollUp sets the document's banner from everything in it, and compares the one that the draft
// states with it.
func (r *reader) rollUp() {
	scheme := r.doc.Scheme
	if scheme == nil || r.doc.TLP == marking.NoTLP {
		return
	}
	lowest := r.marks.rule.lowest
	if lowest == "" {
		lowest = r.doc.TLP.String()
	}
	base, err := scheme.ParsePortion(lowest)
	if err != nil {
		r.probs.errorf(r.front.schemePos, "", "scheme %s does not know its own lowest mark: %v", scheme.Name(), err)
		return
	}
	var marks []marking.Mark
	unmarked := scheme.Name() == "tlp" // the document's TLP always counts
	for _, l := range labels(r.doc) {
		if l.label.Mark != nil {
			marks = append(marks, l.label.Mark)
		} else {
			unmarked = unmarked || l.whole
		}
	}
	if unmarked {
		marks = append(marks, base)
	}
	banner, err := scheme.RollUp(marks)
	if err != nil {
		r.probs.errorf(r.front.schemePos, "", "the marks of the draft do not roll up to a banner: %v", err)
		return
	}
	r.doc.Banner = banner
	r.compareBanner(banner)
}

func (r *reader) compareBanner(banner marking.Mark) {
	stated := r.front.banner
	if stated == "" {
		return
	}
	m, err := r.doc.Scheme.ParseBanner(stated)
	if err != nil {
		r.front.badBanner("marking", err, stated, r.front.bannerPos)
		return
	}
	if m.Banner() != banner.Banner() {
		r.probs.errorf(r.front.bannerPos, "correct the one that is wrong",
			"marking: says %s, but the portions roll up to %s", m.Banner(), banner.Banner())
	}
}
