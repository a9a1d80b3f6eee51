package pipeline

import (
	"fmt"
	"slices"
	"strings"
)

// Nation is one of the five nations of the pipeline, as its ISO 3166-1 alpha-3 code.
type Nation string

// The five nations.
const (
	AUS Nation = "AUS"
	CAN Nation = "CAN"
	GBR Nation = "GBR"
	NZL Nation = "NZL"
	USA Nation = "USA"
)

var nations = []Nation{AUS, CAN, GBR, NZL, USA}

// Nations returns the five nations in alphabetical order.
func Nations() []Nation { return slices.Clone(nations) }

// ParseNation accepts exactly one of the five codes, in capitals.
func ParseNation(s string) (Nation, error) {
	if n := Nation(s); slices.Contains(nations, n) {
		return n, nil
	}
	if n := Nation(strings.ToUpper(s)); slices.Contains(nations, n) {
		return "", fmt.Errorf("unknown nation %q: write %s in capitals", s, n)
	}
	return "", fmt.Errorf("unknown nation %q: must be one of %s", s, JoinNations(nations, ", "))
}

// Name returns the nation's name as a reader knows it.
func (n Nation) Name() string {
	switch n {
	case AUS:
		return "Australia"
	case CAN:
		return "Canada"
	case GBR:
		return "United Kingdom"
	case NZL:
		return "New Zealand"
	case USA:
		return "United States"
	}
	return string(n)
}

// JoinNations writes the codes with sep between them.
func JoinNations(ns []Nation, sep string) string {
	s := make([]string, len(ns))
	for i, n := range ns {
		s[i] = string(n)
	}
	return strings.Join(s, sep)
}
