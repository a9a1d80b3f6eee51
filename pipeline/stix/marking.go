package stix

import (
	"slices"
	"strings"

	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// tlpExtension is the extension by which OASIS adds TLP 2.0 to STIX 2.1.
const tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

// tlpID returns the id that OASIS gave to the label's object.
func tlpID(t marking.TLP) string {
	switch t {
	case marking.Clear:
		return "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
	case marking.Green:
		return "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
	case marking.Amber:
		return "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
	case marking.AmberStrict:
		return "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
	}
	return "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1" // RED
}

type markingDefinition struct {
	Type           string                 `json:"type"`
	SpecVersion    string                 `json:"spec_version"`
	ID             string                 `json:"id"`
	Created        string                 `json:"created"`
	MarkingRefs    []string               `json:"object_marking_refs,omitempty"`
	Name           string                 `json:"name"`
	DefinitionType string                 `json:"definition_type,omitempty"`
	Definition     *statement             `json:"definition,omitempty"`
	Extensions     map[string]tlpProperty `json:"extensions,omitempty"`
}

func (m markingDefinition) id() string { return m.ID }

type statement struct {
	Statement string `json:"statement"`
}

type tlpProperty struct {
	Type string `json:"extension_type"`
	TLP  string `json:"tlp_2_0"`
}

// granularMarking says of parts of an object how they are marked by themselves (STIX 2.1 §7.2.3). It refines: the object
// carries the marking of the whole edition, so that a reader who knows no granular markings protects too much, never too
// little.
type granularMarking struct {
	Ref       string   `json:"marking_ref"`
	Selectors []string `json:"selectors"`
}

// markings gathers the marking-definitions that a bundle needs, each once, in order of need.
type markings struct {
	whole   []string // the refs of what carries the edition's own marking
	tlp     marking.TLP
	banner  string
	handle  string // as what the nation handles it; empty where it marked it itself
	scheme  string
	nation  string
	objects []any
	ids     []string
}

func newMarkings(e edition.Edition) *markings {
	m := &markings{tlp: e.TLP, banner: e.Banner, handle: e.HandledAs(), scheme: e.Scheme, nation: string(e.Nation)}
	if m.tlp == marking.NoTLP {
		m.tlp = marking.Red // unknown means the strictest
	}
	m.whole = m.refs(m.tlp, m.banner)
	return m
}

// refs returns the references for an object of this TLP and marking. What is missing is the
// edition's own: never weaker than what stands around it. The equivalent is the edition's for a row
// marked lower too: what that row alone would be handled as, nobody has said.
func (m *markings) refs(tlp marking.TLP, mark string) []string {
	if tlp == marking.NoTLP {
		tlp = m.tlp
	}
	if mark == "" {
		mark = m.banner
	}
	refs := []string{m.label(tlp)}
	if mark != tlp.String() { // under the scheme tlp the label is all there is, unless it is narrowed
		refs = append(refs, m.statement(tlp, mark))
	}
	if m.handle != "" {
		refs = append(refs, m.statement(tlp, m.handle))
	}
	return refs
}

// granular returns the markings of the part of an object that the selector names, where the mark printed before it is
// another than the object's.
func (m *markings) granular(printed, selector string) []granularMarking {
	tlp, mark, ok := m.parse(printed)
	if !ok {
		return nil
	}
	var out []granularMarking
	for _, ref := range m.refs(tlp, mark) {
		if !slices.Contains(m.whole, ref) {
			out = append(out, granularMarking{ref, []string{selector}})
		}
	}
	return out
}

// limits returns the statements of the lists that marks of scheme tlp narrow parts of an object by, for the object: the
// banner of a whole edition has none, and no object is marked weaker than what it holds.
func (m *markings) limits(printed ...string) []string {
	refs := slices.Clone(m.whole)
	for _, p := range printed {
		tlp, mark, ok := m.parse(p)
		if !ok || m.scheme != "tlp" || mark == tlp.String() {
			continue
		}
		if ref := m.statement(tlp, mark); !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// parse reads a mark as the edition prints it before a line: "(U)", "(TLP:RED)(U//NF)". What it cannot read is marked as
// the object is.
func (m *markings) parse(printed string) (tlp marking.TLP, banner string, ok bool) {
	tlp = marking.NoTLP
	inner := strings.TrimSuffix(strings.TrimPrefix(printed, "("), ")")
	scheme, err := marking.ByName(m.scheme)
	if inner == "" || err != nil {
		return tlp, "", false
	}
	if m.scheme != "tlp" && strings.HasPrefix(inner, "TLP:") {
		label, rest, _ := strings.Cut(inner, ")")
		if tlp, err = marking.ParseTLP(label); err != nil {
			return tlp, "", false
		}
		if inner = strings.TrimPrefix(rest, "("); inner == "" {
			return tlp, "", true
		}
	}
	mark, err := scheme.ParsePortion(inner)
	if err != nil {
		return tlp, "", false
	}
	if m.scheme == "tlp" {
		if tlp, err = marking.ParseTLP(mark.Banner()); err != nil {
			return tlp, "", false
		}
		return tlp, inner, true
	}
	return tlp, mark.BannerFor(m.nation), true
}

func (m *markings) label(t marking.TLP) string {
	def := markingDefinition{
		Type: "marking-definition", SpecVersion: "2.1", ID: tlpID(t),
		Created: "2022-10-01T00:00:00.000Z", Name: t.String(),
		Extensions: map[string]tlpProperty{tlpExtension: {
			Type: "property-extension",
			TLP:  strings.ToLower(strings.TrimPrefix(t.String(), "TLP:")),
		}},
	}
	return m.add(def)
}

// statement is a classification as STIX can say it: in words (STIX 2.1 §7.2.1.3).
func (m *markings) statement(t marking.TLP, mark string) string {
	return m.add(markingDefinition{
		Type: "marking-definition", SpecVersion: "2.1", ID: id("marking-definition", t.String(), mark),
		Created: standing, MarkingRefs: []string{tlpID(t)}, Name: mark,
		DefinitionType: "statement", Definition: &statement{mark},
	})
}

func (m *markings) add(def markingDefinition) string {
	if !slices.Contains(m.ids, def.ID) {
		m.ids = append(m.ids, def.ID)
		m.objects = append(m.objects, def)
	}
	return def.ID
}
