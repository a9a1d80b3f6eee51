package draft

import (
	"github.com/goccy/go-yaml/ast"
)

// maxAuthority is how many characters a line under authority: may have: it stands in a box on the first page.
const maxAuthority = 200

// authority reads by whose authority the document is marked: one line of text each, and no marks. What is said there
// has none of its own.
func (f *front) authority(n ast.Node) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		f.probs.errorf(f.pos(n.GetToken()), "write agency:, contact:, classified_by:, reason: or derived_from:, and declassify_on: under it",
			"authority must be a map, not %s", kindOf(n))
		return
	}
	a := &f.doc.Authority
	lines := map[string]*string{
		"agency": &a.Agency, "contact": &a.Contact, "classified_by": &a.ClassifiedBy,
		"reason": &a.Reason, "derived_from": &a.DerivedFrom, "declassify_on": &a.DeclassifyOn,
	}
	known := []key{{name: "agency"}, {name: "contact"}, {name: "classified_by"}, {name: "reason"}, {name: "derived_from"}, {name: "declassify_on"}}
	given := map[string]ast.Node{}
	for _, pair := range m.Values {
		k, ok := f.key(pair, "authority", known, given)
		if !ok {
			continue
		}
		given[k.name] = pair.Value
		if date, ok := pair.Value.(*ast.IntegerNode); ok { // declassify_on: 20511125 (CAPCO-2016 E.1)
			*lines[k.name] = date.Token.Value
			continue
		}
		if text, ok := f.unmarkedLine(pair.Value, "authority: "+k.name); ok {
			*lines[k.name] = text
		}
	}
}

// unmarkedLine returns a value that must not begin with a mark: it goes wherever it is asked for.
func (f *front) unmarkedLine(n ast.Node, what string) (string, bool) {
	l, ok := f.line(n, what)
	switch length := len([]rune(l.Text)); {
	case !ok:
		return "", false
	case l.Label != Label{}:
		f.probs.errorf(l.Pos, "take the mark out", "%s has a mark: it stands on every edition whose banner asks for it", what)
		return "", false
	case length > maxAuthority:
		f.probs.errorf(l.Pos, "say it in a line", "%s has %d characters; at most %d fit", what, length, maxAuthority)
		return "", false
	}
	return l.Text, true
}
