// Package stix writes an edition for machines: a STIX 2.1 bundle, and its indicators as CSV. Both
// hold exactly the indicators of the edition, raw, each marked as its row is.
package stix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// space is the namespace of every id here that is not someone else's, so that the same content
// always has the same id (STIX 2.1 §2.9 lets a producer choose its own way for SDOs).
var space = uuid.MustParse("6b1f0f5e-2c1d-5a52-9d0b-3a8e6f4c7b21")

// standing is when the objects came to be that outlive a bulletin: the desks' identities and the
// statements of marking. Had they the time of each bulletin, one id would have many beginnings.
var standing = timestamp(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))

// Bundle returns the edition as a STIX 2.1 bundle in JSON: a report by the originator's desk that
// refers to an indicator for each row and an attack-pattern for each technique, with the markings
// that they carry. pdf is the edition's PDF, named in the report by its SHA-256; nil if there is
// none. The same edition and PDF give the same bytes. The error says which row no pattern can be
// written for.
//
// The word that a bulletin is withdrawn is the bundle of what it withdraws: the same objects, revoked at that time
// (STIX 2.1 §3.2, revoked), so that whoever imported them is rid of them.
func Bundle(e edition.Edition, pdf []byte) ([]byte, error) {
	about := aboutOf(e)
	var objects []any
	var err error
	if e.Withdrawn() {
		objects, err = revoked(e)
	} else {
		objects, err = build(e, pdf, "")
	}
	if err != nil {
		return nil, fmt.Errorf("write STIX: %w", err)
	}
	return encode(bundle{Type: "bundle", ID: id("bundle", about, string(pipeline.DigestOf(pdf))), Objects: objects})
}

// aboutOf is what the ids of an edition's objects are made from: number, nation and content.
func aboutOf(e edition.Edition) string {
	return fmt.Sprintf("%s|%s|%s", e.Number, e.Nation, e.ContentDigest())
}

// build makes an edition's objects, markings first; at is when they were revoked, and empty if they are not.
func build(e edition.Edition, pdf []byte, at string) ([]any, error) {
	b := builder{e: e, markings: newMarkings(e), at: timestamp(e.Released), about: aboutOf(e), revoked: at}
	desk := b.identity()
	b.desk = desk.ID
	report := b.report(pdf)
	report.ObjectRefs = []string{desk.ID}

	var found []any
	for _, t := range e.Attack {
		p := b.attackPattern(t)
		report.ObjectRefs = append(report.ObjectRefs, p.ID)
		found = append(found, p)
	}
	seen := map[string]int{}
	for n, row := range e.Indicators {
		i, err := b.indicator(row, seen)
		if err != nil {
			return nil, fmt.Errorf("indicator %d (%s): %w", n+1, row.Type, err)
		}
		report.ObjectRefs = append(report.ObjectRefs, i.ID)
		found = append(found, i)
	}
	return append(append(b.markings.objects, desk, report), found...), nil
}

// revoked gathers the objects of the editions that are withdrawn. What they share (markings, the desk) stands once. An
// edition that is marked for fewer people than the word is left out: the word goes to those as well who never got that
// one, and there is no telling of an object that it is revoked without the object.
func revoked(e edition.Edition) ([]any, error) {
	var out []any
	seen := map[string]bool{}
	for _, former := range e.Former {
		if !e.Covers(former) {
			continue
		}
		objects, err := build(former, nil, timestamp(e.Released))
		if err != nil {
			return nil, err
		}
		for _, o := range objects {
			if name := o.(interface{ id() string }).id(); !seen[name] {
				seen[name] = true
				out = append(out, o)
			}
		}
	}
	return out, nil
}

func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // patterns are read by people too
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("write STIX: %w", err)
	}
	return out.Bytes(), nil
}

// id returns an identifier of the type that is the same for the same name (UUIDv5).
func id(objectType string, name ...string) string {
	return objectType + "--" + uuid.NewSHA1(space, []byte(objectType+"|"+strings.Join(name, "|"))).String()
}

// timestamp prints milliseconds and Z (STIX 2.1 §2.16, §3.2).
func timestamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

type bundle struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Objects []any  `json:"objects,omitempty"` // STIX 2.1 §8: none rather than empty
}

// common is what every domain object has (STIX 2.1 §3.2).
type common struct {
	Type        string              `json:"type"`
	SpecVersion string              `json:"spec_version"`
	ID          string              `json:"id"`
	CreatedBy   string              `json:"created_by_ref,omitempty"`
	Created     string              `json:"created"`
	Modified    string              `json:"modified"`
	Revoked     bool                `json:"revoked,omitempty"`
	Lang        string              `json:"lang,omitempty"` // of what people wrote in it; empty: English
	Confidence  *int                `json:"confidence,omitempty"`
	Labels      []string            `json:"labels,omitempty"`
	External    []externalReference `json:"external_references,omitempty"`
	MarkingRefs []string            `json:"object_marking_refs"`
	Granular    []granularMarking   `json:"granular_markings,omitempty"`
}

func (c common) id() string { return c.ID }

type externalReference struct {
	Source      string            `json:"source_name"`
	Description string            `json:"description,omitempty"`
	URL         string            `json:"url,omitempty"`
	Hashes      map[string]string `json:"hashes,omitempty"`
	ExternalID  string            `json:"external_id,omitempty"`
}
