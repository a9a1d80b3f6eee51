package draft

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"slices"
	"strings"

	"bulletin/pipeline/marking"
)

// Proposal is an indicator that the text of a draft names and its indicator file does not. Its label is never wider than
// the places where it was found: an indicator of a marked portion goes to those alone who may have that portion.
type Proposal struct {
	Indicator
	Found []Pos // everywhere; Pos is the first
}

// Proposed is what Propose found, and where it belongs.
type Proposed struct {
	Indicators []Proposal
	File       string   // the indicator file that the draft names; empty if it names none
	Head       []string // its columns as they stand; nil if there is no such file yet, or nothing in it
}

// Records are the rows to paste into the indicator file. A file that is yet to be written has its head first, and the column
// mark if a row has one.
func (p Proposed) Records() [][]string {
	columns := len(p.Head)
	if columns == 0 {
		columns = len(indicatorColumns) - 1
	}
	for _, i := range p.Indicators {
		if i.Label.Full() != "" {
			columns = len(indicatorColumns) // also where the file has no such column: without it the row would be for all
		}
	}
	var out [][]string
	if p.Head == nil {
		out = append(out, indicatorColumns[:columns])
	}
	for _, i := range p.Indicators {
		out = append(out, i.record()[:columns])
	}
	return out
}

// LacksMark reports whether a row has a mark, and the file no column for it.
func (p Proposed) LacksMark() bool {
	return len(p.Head) == len(indicatorColumns)-1 && slices.ContainsFunc(p.Indicators, func(i Proposal) bool { return i.Label.Full() != "" })
}

func (p Proposal) record() []string {
	return []string{p.Type, p.Value, p.FirstSeen, p.LastSeen, p.Confidence, p.Note, p.Label.Full()}
}

// Propose reads a draft and returns the indicators in its body that its indicator file has not, in the order of the text.
// It changes nothing: what it names is for the author to judge. That the indicator file is missing or empty yet is no
// problem here. Where there are Errors nothing is proposed: without its marks nobody knows for whom a portion is.
func Propose(src Source, opt Options) (Proposed, Problems) {
	r := reader{src: src, opt: opt}
	r.read()
	if r.front.file == nil {
		return Proposed{}, r.probs.sorted(src.Dir + src.Name)
	}
	out := Proposed{File: r.front.indicators}
	if content := bytes.TrimSpace(src.Files[out.File]); len(content) > 0 {
		head, _, _ := strings.Cut(string(content), "\n")
		out.Head = strings.Split(strings.TrimSpace(head), ",") // quoted or not, as many as its commas say
	} else {
		r.front.indicators = ""
	}
	r.finish()
	if r.probs.list.Err() != nil {
		return Proposed{}, r.probs.sorted(src.Dir + src.Name)
	}
	p := proposer{reader: &r, byKey: map[string]*found{}}
	for _, i := range r.doc.Indicators {
		p.byKey[indicatorKey(i.Type, i.Value)] = nil
	}
	p.document()
	out.Indicators = p.proposals()
	return out, r.probs.sorted(src.Dir + src.Name)
}

// indicatorKey is the same for two rows that name the same.
func indicatorKey(typ, value string) string { return typ + " " + strings.ToLower(value) }

// proposer gathers what one draft names.
type proposer struct {
	*reader
	list  []*found
	byKey map[string]*found // nil: in the indicator file, or refused
}

// found is one indicator, and every place that names it.
type found struct {
	Proposal
	labels []Label
}

// add notes an indicator that stands at a place. What check would refuse in an indicator file is none.
func (p *proposer) add(i Indicator, labels []Label) {
	key := indicatorKey(i.Type, i.Value)
	f, again := p.byKey[key]
	if !again {
		if f = nil; p.acceptable(i) {
			f = &found{Proposal: Proposal{Indicator: i}}
			p.list = append(p.list, f)
		}
		p.byKey[key] = f
	}
	if f != nil {
		f.Found = append(f.Found, i.Pos)
		f.labels = append(f.labels, labels...)
	}
}

// acceptable reports whether the row reads back from an indicator file without a complaint.
func (p *proposer) acceptable(i Indicator) bool {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.WriteAll([][]string{indicatorColumns, Proposal{Indicator: i}.record()}) // to memory: cannot fail
	var probs problems
	marks := p.marks
	marks.probs = &probs
	t := indicatorTable{file: newTextFile("", file.Bytes(), &probs), probs: &probs, marks: &marks, seen: map[string]Pos{}}
	back := t.read()
	return len(probs.list) == 0 && len(back) == 1 && back[0].Value == i.Value
}

// proposals gives each its label. One whose places have marks that no mark stands for together is left out, and
// said to be.
func (p *proposer) proposals() []Proposal {
	var out []Proposal
	for _, f := range p.list {
		label, ok := p.narrowest(f.labels)
		if !ok {
			p.probs.warnf(f.Pos, "write its row by hand", "%s stands under marks that do not combine to one, and is not proposed", f.Type)
			continue
		}
		f.Label = label
		slices.SortFunc(f.Found, func(a, b Pos) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col)) })
		f.Found = slices.Compact(f.Found)
		out = append(out, f.Proposal)
	}
	return out
}

// narrowest returns the label of what may go only where everything under the labels may go. The zero Label is for what
// an unmarked row says anyway.
func (p *proposer) narrowest(labels []Label) (Label, bool) {
	var out Label
	var marks []marking.Mark
	for _, l := range labels {
		out.TLP = max(out.TLP, l.TLP)
		mark := l.Mark
		if mark == nil {
			mark = p.unmarked()
		}
		if !slices.ContainsFunc(marks, func(m marking.Mark) bool { return m.Portion() == mark.Portion() }) {
			marks = append(marks, mark)
		}
	}
	if len(marks) == 1 {
		out.Mark = marks[0]
	} else {
		whole, err := p.doc.Scheme.RollUp(marks)
		if err != nil {
			return out, false
		}
		// As it will be read back: a mark may restrict more than it prints.
		printed := whole.Portion()
		out.Mark, err = p.doc.Scheme.ParsePortion(strings.TrimSuffix(strings.TrimPrefix(printed, "("), ")"))
		if err != nil || slices.ContainsFunc(marks, func(m marking.Mark) bool { return p.wider(out.Mark, m) }) {
			return out, false
		}
	}
	if out.Mark.Portion() == p.unmarked().Portion() && (out.TLP == marking.NoTLP || p.doc.Scheme.Name() == "tlp") {
		return Label{}, true
	}
	return out, true
}

// wider reports whether a lets anyone have what b does not, whatever policy releases.
func (p *proposer) wider(a, b marking.Mark) bool {
	for _, control := range b.DomesticControls() {
		if !slices.Contains(a.DomesticControls(), control) {
			return true
		}
	}
	terms := marking.Terms{Originator: string(p.doc.Originator)}
	for _, n := range p.doc.ReleasableTo {
		terms.ReleasableTo = append(terms.ReleasableTo, string(n))
	}
	for _, n := range p.doc.ReleasableTo {
		if marking.MayHave(a, string(n), terms) && !marking.MayHave(b, string(n), terms) {
			return true
		}
	}
	return false
}

// unmarked is what an unmarked row counts as: the document's TLP under scheme tlp, else the lowest level without controls.
func (p *proposer) unmarked() marking.Mark {
	if p.doc.Scheme.Name() == "tlp" {
		if m, err := p.doc.Scheme.ParsePortion(p.doc.TLP.String()); err == nil {
			return m
		}
	}
	return p.doc.Scheme.Lowest()
}
