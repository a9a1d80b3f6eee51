package draft

import (
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline/marking"
)

// What is not marked counts as what the scheme says, and prints no mark.
func TestImpliedMarkIsNotPrinted(t *testing.T) {
	with := func(scheme, line, body string) string {
		return strings.Replace(head(scheme)+body, "kind: training", "kind: training\n"+line, 1)
	}
	for _, c := range []struct{ name, text, full, printed, banner string }{
		{"gbr", head("gbr") + "a\n", "(OFFICIAL)", "", "OFFICIAL"},
		{"gbr with TLP", head("gbr") + "(TLP:GREEN) a\n", "(TLP:GREEN)(OFFICIAL)", "(TLP:GREEN)", "OFFICIAL"},
		{"cui", with("cui", "marking: CUI//NOFORN", "a\n"), "(CUI//NF)", "", "CUI//NOFORN"},
		{"cui with TLP", with("cui", "marking: CUI", "(TLP:GREEN) a\n"), "(TLP:GREEN)(CUI)", "(TLP:GREEN)", "CUI"},
		{"usa, the banner's list", with("usa", "marking: SECRET//REL TO USA, AUS", "(S//REL) a\n"), "(S//REL TO USA, AUS)", "(S//REL TO USA, AUS)", "SECRET//REL TO USA, AUS"},
	} {
		doc, problems := parseText(c.text)
		if problems.Err() != nil {
			t.Errorf("%s: %v", c.name, problems)
			continue
		}
		p := doc.Portions[0]
		if p.Label.Full() != c.full || p.Label.Print() != c.printed || p.Block.Mark != c.printed || doc.Banner.Banner() != c.banner {
			t.Errorf("%s: counts as %s, prints %q and %q, banner %s", c.name, p.Label.Full(), p.Label.Print(), p.Block.Mark, doc.Banner.Banner())
		}
	}
}

// A French-speaking author's banner was refused: the portions, which have no language, rolled up to PROTECTED B.
func TestBannerIsInTheLanguageOfTheAuthor(t *testing.T) {
	for _, banner := range []string{"PROTÉGÉ B", "PROTECTED B / PROTÉGÉ B", "PROTECTED B"} {
		text := strings.Replace(head("can")+"(U) a\n\n(PB) b\n", "kind: training", "marking: "+banner, 1)
		doc, problems := parseText(text)
		if problems.Err() != nil {
			t.Errorf("%s: %v", banner, problems)
		} else if doc.Banner.Banner() != banner || doc.Portions[1].Label.Print() != "(PB)" {
			t.Errorf("%s: banner %s, portion %s", banner, doc.Banner.Banner(), doc.Portions[1].Label.Print())
		}
	}
	_, problems := parseText(strings.Replace(head("can")+"(U) a\n\n(PB) b\n", "kind: training", "marking: PROTÉGÉ A", 1))
	if problems.Err() == nil {
		t.Error("a banner below its portions passes")
	}
}

// The list of the banner goes with the portion: nobody else may have it, whatever an edition's banner says.
func TestListOfTheBannerIsThePortionsOwn(t *testing.T) {
	text := strings.Replace(head("usa")+"(S//REL) a\n\n(S//REL TO USA, AUS, GBR) b\n", "kind: training", "marking: SECRET//REL TO USA, AUS", 1)
	doc, problems := parseText(text)
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	terms := marking.Terms{Originator: "USA", ReleasableTo: []string{"AUS", "CAN", "GBR", "NZL", "USA"}}
	for nation, may := range map[string]bool{"AUS": true, "USA": true, "GBR": false, "CAN": false, "NZL": false} {
		if got := marking.MayHave(doc.Portions[0].Label.Mark, nation, terms); got != may {
			t.Errorf("%s may have it: %v", nation, got)
		}
	}
}

// A marked heading marks nothing below it. Where its author may have thought so, the text goes to everybody, and check
// says so.
func TestUnmarkedTextUnderANarrowHeadingIsWarnedOf(t *testing.T) {
	body := "# (OFFICIAL-SENSITIVE) a\n\nb\n\n## c\n\n- d\n\n(OFFICIAL) e\n\n# f\n\ng\n\n# (OFFICIAL) h\n\ni\n"
	text := "---\ntitle: t\nscheme: gbr\ntlp: TLP:AMBER\nreleasable_to: [AUS, GBR]\n---\n" + body
	_, problems := Parse(Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, Options{})
	var lines []int
	for _, p := range problems {
		if strings.Contains(p.Msg, "though its heading is marked (OFFICIAL-SENSITIVE)") {
			lines = append(lines, p.Pos.Line)
		}
	}
	if want := []int{9, 13}; !slices.Equal(lines, want) || problems.Err() != nil {
		t.Errorf("warned of lines %v, want %v: %v", lines, want, problems)
	}
}
