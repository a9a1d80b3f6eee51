package edition_test

import (
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// A nation that has one portion by policy and another by a list gets both, under a banner that names it.
func TestPortionReleasedByPolicyBesideOneReleasedByAList(t *testing.T) {
	for _, test := range []struct{ scheme, title, policy, list, control, nation, banner, home string }{
		{"aus", "(O) t", "(O:S) a", "(P//REL AUS/NZL) b", "OFFICIAL: Sensitive", "NZL", "PROTECTED//REL AUS/NZL", "PROTECTED//AUSTEO"},
		{"usa", "(U) t", "(U//LES) a", "(U//REL TO USA, GBR) b", "LES", "GBR", "UNCLASSIFIED//REL TO USA, GBR//LES", "UNCLASSIFIED//NOFORN//LES"},
		{"nzl", "(U) t", "(IC) a", "(R//REL TO NZL, AUS) b", "IN-CONFIDENCE", "AUS", "RESTRICTED//REL TO NZL, AUS", "RESTRICTED//NZEO"},
		{"cui", "(U) t", "(CUI) a", "(CUI//REL TO USA, CAN) b", "CUI", "CAN", "CUI//REL TO USA, CAN", "CUI//NOFORN"},
		{"gbr", "t", "(OFFICIAL-SENSITIVE) a", "(SECRET - AUS/UK EYES ONLY) b", "OFFICIAL-SENSITIVE", "AUS", "UK SECRET - AUS/UK EYES ONLY", "SECRET - UK EYES ONLY"},
	} {
		text := "---\ntitle: '" + test.title + "'\nscheme: " + test.scheme + "\ntlp: TLP:AMBER\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\n---\n" + test.policy + "\n\n" + test.list + "\n"
		doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, draft.Options{})
		if problems.Err() != nil {
			t.Fatal(problems)
		}
		released := map[string][]string{test.control: {test.nation}}
		e, err := edition.Project(doc, pipeline.Nation(test.nation), released)
		if err != nil || e.Banner != test.banner || len(e.Blocks) != 2 {
			t.Errorf("%s: %s reads %q above %d blocks, %v", test.scheme, test.nation, e.Banner, len(e.Blocks), err)
		}
		e, err = edition.Project(doc, doc.Originator, released)
		if err != nil || e.Banner != test.home {
			t.Errorf("%s: %s reads %q, %v", test.scheme, doc.Originator, e.Banner, err)
		}
	}
}

// What can't be printed without a lie is refused: national caveats do not merge.
func TestBannerThatLeavesItsReaderOutIsRefused(t *testing.T) {
	text := "---\ntitle: t\nscheme: gbr\ntlp: TLP:AMBER\nreleasable_to: [AUS, CAN, GBR]\n---\n(OFFICIAL-SENSITIVE) a\n\n(SECRET - AUS/CAN/UK EYES ONLY) b\n"
	doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, draft.Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	_, err := edition.Project(doc, "AUS", map[string][]string{"OFFICIAL-SENSITIVE": {"AUS"}})
	if err == nil || !strings.Contains(err.Error(), "AUS: it may have each of its portions, but not what they roll up to, SECRET - UK EYES ONLY") {
		t.Errorf("%v", err)
	}
}
