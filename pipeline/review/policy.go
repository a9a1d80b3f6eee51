package review

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// Policy is what the five nations have agreed on review and release. Its JSON is kept as a document
// and its digest is part of what an approval signs.
type Policy struct {
	// Quorum says what a portion of each TLP needs; Default what the others do.
	Default Quorum            `json:"default"`
	Quorum  map[string]Quorum `json:"quorum"` // by TLP label

	// Released says to whom the originators of domestic controls have released them:
	// scheme, control, nations.
	Released map[string]map[string][]string `json:"released"`

	// Equivalents are how a nation handles what another has marked, as it is in force on Day. A pair or level that they
	// do not name is refused. A policy without a Day is of before there were any (On).
	Equivalents marking.Equivalents `json:"equivalents,omitempty"`
	Day         time.Time           `json:"day,omitzero"` // UTC

	// NotMailed names levels that are never sent by mail, by scheme.
	NotMailed map[string][]string `json:"not_mailed,omitempty"`

	// Fonts are those that the desk draws with beside the built-in ones, in the order in which they are asked. What was
	// approved is drawn with these.
	Fonts []pipeline.Digest `json:"fonts,omitempty"`

	// Contacts is whom a reader turns to, by releasing nation, where the draft names no contacts.
	Contacts map[pipeline.Nation][]string `json:"contacts"`

	// Editorial makes the desk refuse drafts that have editorial warnings.
	Editorial bool `json:"editorial"`
}

// Quorum is how many approvals a portion needs, and from how many nations where its audience has as many.
type Quorum struct {
	Approvals int `json:"approvals"`
	Nations   int `json:"nations"`
}

// DefaultPolicy is two approvals from two nations, and one for TLP:GREEN and TLP:CLEAR.
func DefaultPolicy() Policy {
	return Policy{
		Default: Quorum{Approvals: 2, Nations: 2},
		Quorum: map[string]Quorum{
			marking.Green.String(): {Approvals: 1, Nations: 1},
			marking.Clear.String(): {Approvals: 1, Nations: 1},
		},
	}
}

// On is the policy as it is in force on a day: what is stored with what is handed in then, so that it is judged in the
// same way ever after.
func (p Policy) On(day time.Time) Policy {
	p.Day = day.UTC().Truncate(24 * time.Hour)
	p.Equivalents = p.Equivalents.InForce(p.Day)
	return p
}

// JSON returns the canonical bytes.
func (p Policy) JSON() []byte { return mustJSON(p) }

// ParsePolicy reads what JSON wrote.
func ParsePolicy(b []byte) (Policy, error) {
	var p Policy
	if err := json.Unmarshal(b, &p); err != nil {
		return Policy{}, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}

// Missing is what still lacks approvals: the portions that exactly Audience may have.
type Missing struct {
	Audience []pipeline.Nation `json:"audience"`
	Have     int               `json:"have"`
	Need     int               `json:"need"`
	Nations  int               `json:"nations"` // from how many nations
	From     int               `json:"from"`    // how many nations have approved
	Places   []int             `json:"-"`       // the portions of the body, by their place in the document, from 1
}

// Met reports whether nothing is missing.
func (m Missing) Met() bool { return m.Have >= m.Need && m.From >= m.Nations }

func (m Missing) String() string {
	return fmt.Sprintf("portions for %s have %d of %d approvals (from %d nation(s) of theirs)",
		pipeline.JoinNations(m.Audience, " "), m.Have, m.Need, m.Nations)
}

// Approver is someone who has approved a revision and has written no part of the bulletin.
type Approver struct {
	Name   string
	Nation pipeline.Nation
	Key    string // fingerprint of the key that signed: two names with one key are one approver
}

// Missing returns what doc still lacks, by audience; none means that the quorum is reached.
func (p Policy) Missing(doc *draft.Document, approvers []Approver) []Missing {
	return slices.DeleteFunc(p.Quorums(doc, approvers), Missing.Met)
}

// Quorums returns how it stands with every portion of doc, by audience and need, met or not. An
// approver counts for a portion only if their nation may have it. Only nations with an edition are asked: who
// gets nothing can approve nothing. A portion that none of them may have needs nobody: it goes nowhere.
func (p Policy) Quorums(doc *draft.Document, approvers []Approver) []Missing {
	terms := edition.Terms(doc, p.Released[doc.Scheme.Name()])
	var out []Missing
	seen, place := map[string]int{}, 0 // by audience and need: which of out it is, from 1
	nations := edition.Nations(doc, terms)
	for _, label := range doc.Labels() {
		audience := slices.DeleteFunc(slices.Clone(nations), func(n pipeline.Nation) bool {
			return !edition.May(label.Label, n, terms) || !edition.May(label.Of, n, terms)
		})
		if label.What == "portion" {
			place++
		}
		if len(audience) == 0 {
			continue
		}
		quorum := p.quorum(label, doc.TLP)
		key := fmt.Sprint(audience, quorum)
		if seen[key] == 0 {
			have, from := count(approvers, audience)
			out = append(out, Missing{Audience: audience, Have: have, Need: quorum.Approvals, Nations: min(quorum.Nations, len(audience)), From: from})
			seen[key] = len(out)
		}
		if m := &out[seen[key]-1]; place > 0 && !slices.Contains(m.Places, place) { // a row or note counts with its portion
			m.Places = append(m.Places, place)
		}
	}
	return out
}

// count returns how many different people of the audience have approved, by name and by key, and of how many
// nations they are.
func count(approvers []Approver, audience []pipeline.Nation) (people, nations int) {
	names, keys, from := map[string]bool{}, map[string]bool{}, map[pipeline.Nation]bool{}
	for _, a := range approvers {
		if !slices.Contains(audience, a.Nation) || names[a.Name] || a.Key != "" && keys[a.Key] {
			continue
		}
		names[a.Name], keys[a.Key], from[a.Nation] = true, true, true
	}
	return len(names), len(from)
}

func (p Policy) quorum(label draft.Labelled, document marking.TLP) Quorum {
	tlp := max(label.Label.TLP, label.Of.TLP)
	if tlp == marking.NoTLP {
		tlp = document
	}
	if q, ok := p.Quorum[tlp.String()]; ok {
		return q
	}
	return p.Default
}
