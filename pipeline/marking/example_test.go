package marking_test

import (
	"errors"
	"fmt"

	"bulletin/pipeline/marking"
)

// A mark is parsed as it stands, or refused with the rule that it breaks.
func ExampleScheme_parse() {
	usa, _ := marking.ByName("usa")
	m, _ := usa.ParsePortion("U//REL TO USA, AUS, CAN, GBR, NZL//LES")
	fmt.Println(m.Banner())

	_, err := usa.ParsePortion("U//REL TO GBR, USA")
	var syntax *marking.SyntaxError
	if errors.As(err, &syntax) {
		fmt.Println(syntax.Rule, "at byte", syntax.Offset, "perhaps", syntax.Suggestion)
	}
	// Output:
	// UNCLASSIFIED//REL TO USA, FVEY//LES
	// CAPCO-2016 H.8 at byte 10 perhaps U//REL TO USA, GBR
}

// The banner of a document is what its portions roll up to.
func ExampleScheme_rollUp() {
	usa, _ := marking.ByName("usa")
	var portions []marking.Mark
	for _, in := range []string{"U", "U//REL TO USA, AUS, GBR", "U//REL TO USA, GBR, NZL//LES"} {
		m, err := usa.ParsePortion(in)
		if err != nil {
			fmt.Println(err)
			return
		}
		portions = append(portions, m)
	}
	banner, _ := usa.RollUp(portions)
	fmt.Println(banner.Banner())
	// Output: UNCLASSIFIED//REL TO USA, GBR//LES
}

// Who may have a portion: the mark, the document and the policy decide together.
func ExampleMayHave() {
	usa, _ := marking.ByName("usa")
	terms := marking.Terms{Originator: "USA", ReleasableTo: []string{"AUS", "GBR", "NZL", "USA"}}
	les, _ := usa.ParsePortion("U//LES")
	fmt.Println("before release:", marking.MayHave(les, "GBR", terms))

	terms.Released = map[string][]string{"LES": {"GBR", "CAN"}}
	fmt.Println("after release:", marking.MayHave(les, "GBR", terms))
	fmt.Println("released to, but gets no edition:", marking.MayHave(les, "CAN", terms))
	// Output:
	// before release: false
	// after release: true
	// released to, but gets no edition: false
}

// Explain names the rules that decided.
func ExampleScheme_explain() {
	cui, _ := marking.ByName("cui")
	var portions []marking.Mark
	for _, in := range []string{"U", "CUI//SP-CHRI", "CUI//INV//NF"} {
		m, _ := cui.ParsePortion(in)
		portions = append(portions, m)
	}
	for _, r := range cui.Explain(portions) {
		fmt.Printf("%s: %s\n", r.Rule, r.Said)
	}
	// Output:
	// 32 CFR 2002.20(b): the highest level of the portions is CUI
	// 32 CFR 2002.20(b)(2): the categories of the portions, specified before basic: SP-CHRI, INV
	// CAPCO-2016 D.2, roll-up rule 5: portion 3 is NOFORN: the banner is NOFORN
}
