package stix

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/attack"
	"bulletin/pipeline/edition"
)

type identity struct {
	common
	Name    string   `json:"name"`
	Class   string   `json:"identity_class"`
	Sectors []string `json:"sectors"`
}

type report struct {
	common
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Types       []string `json:"report_types"`
	Published   string   `json:"published"`
	ObjectRefs  []string `json:"object_refs"`
}

type attackPattern struct {
	common
	Name        string  `json:"name"`
	Description string  `json:"description,omitempty"`
	Phases      []phase `json:"kill_chain_phases,omitempty"`
}

type phase struct {
	Chain string `json:"kill_chain_name"`
	Name  string `json:"phase_name"`
}

type indicator struct {
	common
	Name           string   `json:"name"`
	Description    string   `json:"description,omitempty"`
	Types          []string `json:"indicator_types"`
	Pattern        string   `json:"pattern"`
	PatternType    string   `json:"pattern_type"`
	PatternVersion string   `json:"pattern_version,omitempty"`
	ValidFrom      string   `json:"valid_from"`
}

// A builder makes the objects of one bundle.
type builder struct {
	e        edition.Edition
	markings *markings
	at       string // created and modified: the edition's release
	about    string // number, nation and content: what the ids of this bundle are made from
	desk     string // id of the originator's identity
	revoked  string // when the objects were revoked; empty if they are not
}

// sdo returns what all domain objects of this bundle share, marked as the whole edition.
func (b *builder) sdo(objectType, name string) common {
	c := common{
		Type: objectType, SpecVersion: "2.1", ID: id(objectType, b.about, name), CreatedBy: b.desk,
		Created: b.at, Modified: b.at, MarkingRefs: b.markings.whole,
	}
	if b.revoked != "" {
		c.Revoked, c.Modified = true, b.revoked
	}
	return c
}

// identity is the desk that the bulletin comes from: the same object in every bulletin of the
// same marking.
func (b *builder) identity() identity {
	c := b.sdo("identity", "")
	c.ID = id("identity", string(b.e.Originator), strings.Join(b.markings.whole, " "))
	c.Created, c.Modified, c.Revoked = standing, standing, false // the desk outlives its bulletins
	name := "Police cyber unit"
	if b.e.Originator != "" {
		name += ", " + b.e.Originator.Name()
	}
	return identity{common: c, Name: name, Class: "organization", Sectors: []string{"government-public-services"}}
}

func (b *builder) report(pdf []byte) report {
	c := b.sdo("report", "")
	c.Labels = []string{string(b.e.Kind)}
	c.Lang = b.e.Language
	c.Granular = b.markings.granular(b.e.Title.Mark, "name")
	c.Granular = append(c.Granular, b.markings.granular(oneMark(b.e.Glance), "description")...)
	c.External = append(c.External, b.product(pdf))
	marks := []string{b.e.Title.Mark}
	for _, g := range b.e.Glance {
		marks = append(marks, g.Mark)
	}
	refer := func(mark string, r externalReference) {
		marks = append(marks, mark)
		c.Granular = append(c.Granular, b.markings.granular(mark, fmt.Sprintf("external_references.[%d]", len(c.External)))...)
		c.External = append(c.External, r)
	}
	for n, r := range b.e.References {
		refer(r.Mark, externalReference{Source: fmt.Sprintf("reference %d", n+1), Description: r.Text})
	}
	for _, a := range b.e.Attachments {
		refer(a.Mark, attachment(a))
	}
	c.MarkingRefs = b.markings.limits(marks...)
	r := report{common: c, Name: b.e.Title.Text, Types: []string{"threat-report"}, Published: b.at}
	if len(b.e.Indicators) > 0 {
		r.Types = append(r.Types, "indicator")
	}
	var glance []string
	for _, g := range b.e.Glance {
		glance = append(glance, g.Name+": "+g.Text)
	}
	r.Description = strings.Join(glance, "\n")
	return r
}

// oneMark is the mark of all lines, if they have one in common: a selector reaches a string, not a line of it. Else they
// are marked as the report is.
func oneMark(lines []edition.GlanceLine) string {
	for _, l := range lines {
		if l.Mark != lines[0].Mark {
			return ""
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return lines[0].Mark
}

// product names the bulletin itself, and its PDF by hash.
func (b *builder) product(pdf []byte) externalReference {
	r := externalReference{Source: "bulletin", ExternalID: b.e.Number, Description: "Cyber " + string(b.e.Kind) + ", edition for " + b.e.Nation.Name()}
	if pdf != nil {
		r.Description += " (PDF)"
		r.Hashes = map[string]string{"SHA-256": string(pipeline.DigestOf(pdf))}
	}
	return r
}

// attachment names a file that came with the mail, and what it must hash to. It is no object of its own: it says
// nothing about what was observed.
func attachment(a edition.Attachment) externalReference {
	r := externalReference{Source: "attachment", ExternalID: a.Name, Description: a.About}
	if a.Digest != "" {
		r.Hashes = map[string]string{"SHA-256": string(a.Digest)}
	}
	return r
}

// attackPattern is marked as the whole edition: that a technique was used at all may be the secret. How it was used is
// marked as its row is.
func (b *builder) attackPattern(t edition.Technique) attackPattern {
	c := b.sdo("attack-pattern", t.ID+"|"+t.Use)
	c.External = []externalReference{{Source: "mitre-attack", ExternalID: t.ID, URL: attack.URL(t.ID)}}
	c.MarkingRefs = b.markings.limits(t.Mark)
	if t.Use != "" {
		c.Lang = b.e.Language
		c.Granular = b.markings.granular(t.Mark, "description")
	}
	p := attackPattern{common: c, Name: attack.Title(t.ID), Description: t.Use}
	if p.Name == "" {
		p.Name = t.ID
	}
	known, _ := attack.Lookup(t.ID)
	for _, tactic := range known.Tactics {
		p.Phases = append(p.Phases, phase{"mitre-attack", strings.ReplaceAll(strings.ToLower(tactic), " ", "-")})
	}
	return p
}

// indicator is marked as its row. seen counts rows of the same content, so that no two share an id.
func (b *builder) indicator(row edition.Indicator, seen map[string]int) (indicator, error) {
	pattern, patternType, err := patternOf(row)
	if err != nil {
		return indicator{}, err
	}
	confidence, err := confidenceOf(row.Confidence)
	if err != nil {
		return indicator{}, err
	}
	from, err := b.validFrom(row.FirstSeen)
	if err != nil {
		return indicator{}, err
	}
	content := fmt.Sprintf("%q", []string{row.TLP.String(), row.Marking, row.Type, row.Value, row.FirstSeen, row.LastSeen, row.Confidence, row.Note})
	c := b.sdo("indicator", fmt.Sprintf("%s|%d", content, seen[content]))
	seen[content]++
	c.Confidence = confidence
	c.Labels = []string{row.Type}
	c.MarkingRefs = b.markings.refs(row.TLP, row.Marking)
	if row.Note != "" {
		c.Lang = b.e.Language
	}
	i := indicator{common: c, Name: nameOf(row), Description: describe(row), Pattern: pattern, PatternType: patternType, ValidFrom: from}
	// In the words of STIX 2.1 §10.7 "suspected malicious objects and/or activity". Nothing in a row says more, and no
	// row says when it ends (valid_until) or what it indicates (a relationship): neither is made up.
	i.Types = []string{"malicious-activity"}
	if patternType == "stix" {
		i.PatternVersion = "2.1"
	}
	return i, nil
}

func describe(row edition.Indicator) string {
	parts := []string{}
	if row.Note != "" {
		parts = append(parts, row.Note)
	}
	if row.LastSeen != "" {
		parts = append(parts, "Last seen "+row.LastSeen)
	}
	return strings.Join(parts, "\n")
}

var yaraRule = regexp.MustCompile(`(?m)^\s*(?:(?:private|global)\s+)*rule\s+(\w+)`)

// nameOf is the raw value; a YARA rule's own name.
func nameOf(row edition.Indicator) string {
	if m := yaraRule.FindStringSubmatch(row.Value); row.Type == "yara" && m != nil {
		return m[1]
	}
	return row.Value
}

// validFrom is when the indicator was first seen, else the bulletin's release. STIX wants a time;
// a date is its first moment, UTC.
func (b *builder) validFrom(firstSeen string) (string, error) {
	if firstSeen == "" {
		return b.at, nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, firstSeen); err == nil {
			return timestamp(t), nil
		}
	}
	return "", fmt.Errorf("first seen %q is not a date or time of RFC 3339", firstSeen)
}

// confidenceOf maps words by the scale "None / Low / Med / High" (STIX 2.1 appendix A).
func confidenceOf(s string) (*int, error) {
	words := map[string]int{"low": 15, "medium": 50, "high": 85}
	n, ok := words[strings.ToLower(s)]
	if s == "" {
		return nil, nil
	}
	if !ok {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 0 || n > 100 {
			return nil, fmt.Errorf("confidence %q must be high, medium, low or 0 to 100", s)
		}
	}
	return &n, nil
}
