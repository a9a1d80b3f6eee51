package main

import (
	"maps"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// A leakMark is a mark as it stands in a draft, and the nations that may have what it marks if the draft is for them.
type leakMark struct {
	mark string
	to   []pipeline.Nation
}

// A leakScheme is what the drafts of one scheme are made of. These tables are the test's own: they ask the engine
// nothing.
type leakScheme struct {
	author pipeline.Nation
	all    string // the mark of what everybody may have
	// Whether headings must have a mark, or must have none; where neither, they may.
	headingsMust, headingsNever bool
	marks                       []leakMark // levels and controls for everybody or for the owner alone
	// What goes to some: by lists that the scheme writes, or by policy.
	lists, byPolicy []leakMark
	released        map[string][]string // the policy
}

const (
	aus, can, gbr, nzl, usa = pipeline.AUS, pipeline.CAN, pipeline.GBR, pipeline.NZL, pipeline.USA
)

func for_(mark string, to ...pipeline.Nation) leakMark { return leakMark{mark, to} }
func forAll(mark string) leakMark                      { return leakMark{mark, pipeline.Nations()} }

// relLists writes a mark for each list of nations: of the owner and at least one other, or of any if there is no owner.
func relLists(owner pipeline.Nation, before, separator string) []leakMark {
	others := slices.DeleteFunc(pipeline.Nations(), func(n pipeline.Nation) bool { return n == owner })
	var marks []leakMark
	for set := 1; set < 1<<len(others); set++ {
		var to []pipeline.Nation
		if owner != "" {
			to = append(to, owner) // the owner stands first
		}
		for i, n := range others {
			if set&(1<<i) != 0 {
				to = append(to, n)
			}
		}
		marks = append(marks, leakMark{"(" + before + pipeline.JoinNations(to, separator) + ")", to})
	}
	return marks
}

var leakSchemes = map[string]leakScheme{
	"tlp": {
		author: usa, all: "(TLP:AMBER)",
		marks: []leakMark{forAll(""), forAll("(TLP:CLEAR)"), forAll("(TLP:AMBER)"), forAll("(TLP:AMBER+STRICT)"), forAll("(TLP:RED)")},
		lists: slices.Concat(relLists("", "TLP:GREEN//REL TO ", ", "), relLists("", "TLP:RED//REL TO ", ", ")),
	},
	"usa": {
		author: usa, all: "(U)", headingsMust: true,
		released: map[string][]string{"SSI": {"GBR"}, "SBU": {}, "FOUO": {"GBR", "AUS"}, "RELIDO": {"CAN"}},
		marks: []leakMark{
			forAll("(U)"), for_("(U//NF)", usa), for_("(U//LES)", usa), for_("(U//FISA)", usa), for_("(U//SBU-NF)", usa), for_("(U//SBU)", usa),
			for_("(C//NF)", usa), for_("(S//OC/NF)", usa), for_("(TS//SI/TK//NF)", usa), for_("(S//FGI GBR//NF)", usa),
		},
		lists: slices.Concat(relLists(usa, "U//REL TO ", ", "), relLists(usa, "S//REL TO ", ", "), []leakMark{
			for_("(U//REL TO USA, GBR//LES)", gbr, usa), for_("(U//FOUO/REL TO USA, AUS)", aus, usa), forAll("(U//REL TO USA, FVEY)"),
			for_("(U//REL TO USA, ACGU)", aus, can, gbr, usa), for_("(S//FGI GBR//REL TO USA, GBR)", gbr, usa),
		}),
		byPolicy: []leakMark{
			for_("(U//SSI)", gbr, usa), for_("(U//FOUO)", aus, gbr, usa), for_("(S)", can, usa), for_("(S//RELIDO)", can, usa),
		},
	},
	"cui": {
		author: usa, all: "(U)",
		released: map[string][]string{"CUI": {"AUS", "GBR"}, "LEI": {"AUS", "NZL"}, "PRVCY": {}},
		marks: []leakMark{
			forAll("(U)"), for_("(CUI//PRVCY)", usa), for_("(CUI//NF)", usa), for_("(CUI//FED ONLY)", usa), for_("(CUI//LEI//NF)", usa),
		},
		lists:    slices.Concat(relLists(usa, "CUI//REL TO ", ", "), relLists(usa, "CUI//LEI//REL TO ", ", ")),
		byPolicy: []leakMark{for_("(CUI)", aus, gbr, usa), for_("(CUI//LEI)", aus, usa)},
	},
	"gbr": {
		author: gbr, all: "(OFFICIAL)",
		released: map[string][]string{"OFFICIAL-SENSITIVE": {"AUS", "NZL"}, "COMMERCIAL": {"AUS"}, "LEGAL": {}},
		marks: []leakMark{
			forAll(""), forAll("(OFFICIAL)"), for_("(OFFICIAL-SENSITIVE - LEGAL)", gbr), for_("(OFFICIAL - HMG USE ONLY)", gbr),
			for_("(OFFICIAL-SENSITIVE - RECIPIENTS ONLY)", gbr), for_("(OFFICIAL - NCA USE ONLY)", gbr), for_("(SECRET)", gbr), for_("(SECRET - UK EYES ONLY)", gbr),
		},
		lists: []leakMark{forAll("(SECRET - FIVE EYES ONLY)"), forAll("(TOP SECRET - FIVE EYES ONLY)")},
		byPolicy: []leakMark{
			for_("(OFFICIAL-SENSITIVE)", aus, gbr, nzl), for_("(OFFICIAL-SENSITIVE - COMMERCIAL)", aus, gbr), for_("(UK OFFICIAL-SENSITIVE)", aus, gbr, nzl),
		},
	},
	"aus": {
		author: aus, all: "(O)",
		released: map[string][]string{"OFFICIAL: Sensitive": {"NZL"}},
		marks: []leakMark{
			forAll("(UO)"), forAll("(O)"), for_("(P)", aus), for_("(S)", aus), for_("(P//AUSTEO)", aus), for_("(S//AGAO)", aus),
			for_("(P//CABINET)", aus), for_("(O:S//NATIONAL CABINET)", aus),
		},
		lists:    slices.Concat(relLists(aus, "P//REL ", "/"), relLists(aus, "TS//REL ", "/")),
		byPolicy: []leakMark{for_("(O:S)", aus, nzl)},
	},
	"can": {
		author: can, all: "(U)",
		released: map[string][]string{"PROTECTED A": {"GBR", "USA"}, "PROTECTED B": {"USA"}},
		marks: []leakMark{
			forAll("(U)"), for_("(PC)", can), for_("(C)", can), for_("(S)", can), for_("(PA - CANADIAN EYES ONLY)", can), for_("(S - CANADIAN EYES ONLY)", can),
		},
		byPolicy: []leakMark{for_("(PA)", can, gbr, usa), for_("(PB)", can, usa)},
	},
	"nzl": {
		author: nzl, all: "(U)", headingsNever: true,
		released: map[string][]string{"IN-CONFIDENCE": {"AUS"}},
		marks: []leakMark{
			forAll("(U)"), for_("(Sen)", nzl), for_("(R)", nzl), for_("(C)", nzl), for_("(R//NZEO)", nzl), for_("(S//NZEO)", nzl),
		},
		lists:    slices.Concat(relLists(nzl, "R//REL TO ", ", "), relLists(nzl, "C//REL TO ", ", ")),
		byPolicy: []leakMark{for_("(IC)", aus, nzl)},
	},
}

// leakPolicy is the default policy with what the schemes' tables say is released.
func leakPolicy() review.Policy {
	p := configs.DefaultPolicy()
	p.Released = map[string]map[string][]string{}
	for name, s := range leakSchemes {
		p.Released[name] = s.released
	}
	return p
}

// genScheme draws a scheme.
func genScheme(t *rapid.T) (string, leakScheme) {
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(leakSchemes))).Draw(t, "scheme")
	return name, leakSchemes[name]
}

// some is the marks of one draft that go to some: by lists, by policy, or by both.
func (s leakScheme) some(t *rapid.T) []leakMark {
	if s.author == gbr && rapid.Bool().Draw(t, "with lists") { // national caveats merge with nothing (GSCP-2024)
		return s.lists
	}
	if s.author == gbr {
		return s.byPolicy
	}
	return slices.Concat(s.lists, s.byPolicy)
}

// genMark draws a mark; under a national scheme one in four states a TLP too.
func genMark(t *rapid.T, marks, some []leakMark) leakMark {
	if rapid.Bool().Draw(t, "for some") {
		marks = some
	}
	m := rapid.SampledFrom(marks).Draw(t, "mark")
	if m.mark != "" && !strings.HasPrefix(m.mark, "(TLP:") && rapid.IntRange(0, 3).Draw(t, "with TLP") == 3 {
		m.mark = rapid.SampledFrom([]string{"(TLP:GREEN)", "(TLP:AMBER)", "(TLP:RED)"}).Draw(t, "tlp") + m.mark
	}
	return m
}
