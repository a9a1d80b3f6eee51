package templates

import (
	"bytes"
	"fmt"
	"slices"
	"text/template"

	"bulletin/pipeline"
)

// A skeleton is what the marks of a skeleton draft are filled with.
type skeleton struct {
	Scheme  string
	TLP     string // of the document
	Mark    string // before a portion for everybody, with the space behind it
	Heading string // before a heading, likewise; empty where the scheme leaves headings without
	Fewer   string // a mark for fewer nations
	For     string // who they are
}

// skeletons has the marks of each scheme.
var skeletons = []skeleton{
	{Scheme: "tlp", Fewer: "//REL TO AUS, NZL)", For: "AUS NZL"}, // the label of the kind stands before it
	{Scheme: "usa", Mark: "(U) ", Heading: "(U) ", Fewer: "(U//REL TO USA, AUS, NZL)", For: "AUS NZL USA"},
	{Scheme: "cui", Mark: "(U) ", Fewer: "(CUI)", For: "USA"},
	{Scheme: "gbr", Mark: "(OFFICIAL) ", Fewer: "(OFFICIAL-SENSITIVE)", For: "GBR"},
	{Scheme: "aus", Mark: "(O) ", Fewer: "(P//REL AUS/NZL)", For: "AUS NZL"},
	{Scheme: "can", Mark: "(U) ", Fewer: "(PA)", For: "CAN"},
	{Scheme: "nzl", Mark: "(U) ", Fewer: "(R//REL TO NZL, AUS)", For: "AUS NZL"},
}

// Skeleton returns a draft of the kind to fill in, marked in scheme tlp. It passes check as it is.
func Skeleton(k pipeline.Kind) ([]byte, error) { return SkeletonIn(k, "tlp") }

// SkeletonIn returns a draft of the kind to fill in, marked in the scheme. It passes check as it is.
func SkeletonIn(k pipeline.Kind, scheme string) ([]byte, error) {
	if _, err := pipeline.ParseKind(string(k)); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(skeletons, func(s skeleton) bool { return s.Scheme == scheme })
	if i < 0 {
		return nil, fmt.Errorf("there is no skeleton in scheme %q", scheme)
	}
	t, err := template.ParseFS(files, "skeletons/"+string(k)+".md")
	if err != nil {
		return nil, fmt.Errorf("skeleton of kind %s: %w", k, err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, skeletons[i].of(k)); err != nil {
		return nil, fmt.Errorf("skeleton of kind %s: %w", k, err)
	}
	return out.Bytes(), nil
}

// of is the skeleton for a kind: courses and exchanges may be told to a community, the others to those who need to know.
func (s skeleton) of(k pipeline.Kind) skeleton {
	s.TLP = "TLP:AMBER"
	if k == "training" || k == "exchange" {
		s.TLP = "TLP:GREEN"
	}
	if s.Scheme == "tlp" {
		s.Mark, s.Heading, s.Fewer = "("+s.TLP+") ", "("+s.TLP+") ", "("+s.TLP+s.Fewer
	}
	return s
}
