package pdf

import (
	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// abroad is an edition of two pages for a nation, in a scheme.
func abroad(n pipeline.Nation, scheme, banner, equivalent string) edition.Edition {
	e := full()
	e.Nation, e.Scheme, e.Banner, e.Equivalent = n, scheme, banner, equivalent
	e.TLP = marking.AmberStrict
	e.Images, e.Attack, e.Indicators, e.References = nil, nil, nil, nil
	e.Blocks = e.Blocks[:3]
	for range 4 {
		e.Blocks = append(e.Blocks, para("(U)", lorem))
	}
	return e
}

// national is an edition for each nation in its own scheme, in another's and in TLP alone.
func national() map[string]edition.Edition {
	const longest = "TOP SECRET//SI/TK//ORCON/REL TO USA, AUS, CAN, GBR, NZL"
	tlp := func(n pipeline.Nation) edition.Edition { return abroad(n, "tlp", "TLP:AMBER+STRICT", "") }
	return map[string]edition.Edition{
		"aus-own":     abroad(pipeline.AUS, "aus", "OFFICIAL: Sensitive", ""),
		"aus-foreign": abroad(pipeline.AUS, "usa", "SECRET//REL TO USA, AUS, NZL", "SECRET//REL AUS/NZL/USA"),
		"aus-tlp":     tlp(pipeline.AUS),
		"can-own":     abroad(pipeline.CAN, "can", "PROTECTED B / PROTÉGÉ B", ""),
		"can-foreign": abroad(pipeline.CAN, "gbr", "UK OFFICIAL-SENSITIVE", "PROTECTED B"),
		"can-tlp":     tlp(pipeline.CAN),
		"gbr-own":     abroad(pipeline.GBR, "gbr", "OFFICIAL-SENSITIVE - COMMERCIAL", ""),
		"gbr-foreign": abroad(pipeline.GBR, "aus", "OFFICIAL: Sensitive", "OFFICIAL-SENSITIVE"),
		"gbr-tlp":     tlp(pipeline.GBR),
		"nzl-own":     abroad(pipeline.NZL, "nzl", "CONFIDENTIAL//REL TO NZL, AUS, CAN, GBR, USA", ""),
		"nzl-foreign": abroad(pipeline.NZL, "usa", longest, "TOP SECRET"),
		"nzl-tlp":     tlp(pipeline.NZL),
		"usa-own":     abroad(pipeline.USA, "usa", "UNCLASSIFIED//REL TO USA, GBR//LES", ""),
		"usa-cui":     abroad(pipeline.USA, "cui", "CUI//LEI//REL TO USA, GBR", ""),
		"usa-foreign": abroad(pipeline.USA, "nzl", "STAFF SENSITIVE", "CUI"),
		"usa-tlp":     tlp(pipeline.USA),
	}
}
