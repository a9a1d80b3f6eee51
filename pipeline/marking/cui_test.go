package marking

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawCUI draws any level, few or many categories, and any set of controls that do not conflict.
func drawCUI(t *rapid.T) Mark {
	p := cuiParser{form: cuiPortion}
	p.said.level = cuiLevel(rapid.IntRange(int(cuiUncontrolled), int(cuiTopSecret)).Draw(t, "level"))
	p.said.controlled = p.said.level == cuiControlled || p.said.level >= cuiConfidential && rapid.Bool().Draw(t, "commingled")
	if !p.said.controlled {
		said, _ := p.finish()
		return decideCUI(said, nil)
	}
	some := rapid.SliceOfDistinct(rapid.SampledFrom([]string{"CHRI", "INV", "LEI", "PRIVILEGE", "INTEL", "PRVCY", "XFER"}), rapid.ID[string])
	for _, name := range some.Draw(t, "categories") {
		c := cuiByName[name]
		kind := cuiCategories[c].kind
		if kind == cuiSpecified || kind != cuiBasic && rapid.Bool().Draw(t, "specified") {
			p.said.specified.put(c)
		} else {
			p.said.basic.put(c)
		}
	}
	for c := range cuiControls {
		if rapid.IntRange(0, 3).Draw(t, cuiControls[c].banner) > 0 {
			continue
		}
		p.said.controls |= 1 << c
		for _, x := range cuiConflicts {
			if p.said.controls.has(x.a) && p.said.controls.has(x.b) {
				p.said.controls &^= 1 << c
			}
		}
	}
	codes := rapid.SliceOfN(rapid.SampledFrom([]string{"AUS", "CAN", "GBR", "NZL", "DEU", "FVEY", "ACGU", "TEYE", "NATO"}), 1, 5)
	if p.said.controls.has(cuiRelTo) {
		p.release = suggestedList(codes.Draw(t, "released to"))
	}
	if p.said.controls.has(cuiDisplayOnly) {
		p.display = suggestedList(codes.Draw(t, "displayed to"))
	}
	said, err := p.finish()
	if err != nil { // an attorney's control without PRIVILEGE
		p.said.basic.put(cuiByName["PRIVILEGE"])
		said, _ = p.finish()
	}
	// Who may have it may see it: a display list that adds nobody is not printed.
	if said.controls.has(cuiDisplayOnly) && said.display.without(said.release).onlyUSA() {
		said.controls &^= 1 << cuiDisplayOnly
	}
	return decideCUI(said, nil)
}

func TestCUIMark(t *testing.T) {
	tests := []struct {
		banner   string
		canon    string // empty: the same
		portion  string
		audience string
		domestic string
	}{
		{"UNCLASSIFIED", "", "(U)", "unlimited", ""},
		{"(U)", "UNCLASSIFIED", "(U)", "unlimited", ""},
		{"CUI", "", "(CUI)", "originator", "CUI"},
		{"CONTROLLED//SP-INV/LEI", "CUI//SP-INV/LEI", "(CUI//SP-INV/LEI)", "originator", "CUI INV LEI"},
		{"(CUI//SP-CHRI//NF)", "CUI//SP-CHRI//NOFORN", "(CUI//SP-CHRI//NF)", "USA", "CUI CHRI"},
		{"CUI//SP-CHRI/SP-LDNA/INV//FED ONLY", "", "(CUI//SP-CHRI/SP-LDNA/INV//FED ONLY)", "USA", "CUI CHRI INV LDNA"},
		{"CUI//FEDCON", "", "(CUI//FEDCON)", "USA", "CUI"},
		{"CUI//DL ONLY", "", "(CUI//DL ONLY)", "USA", "CUI"},
		{"CUI//NOCON", "", "(CUI//NOCON)", "originator", "CUI NOCON"},
		{"CUI//NOCON/NOFORN", "", "(CUI//NF/NOCON)", "USA", "CUI NOCON"},
		{"CUI//RELIDO", "", "(CUI//RELIDO)", "originator", "CUI RELIDO"},
		{"CUI//REL TO USA, GBR/RELIDO", "", "(CUI//REL TO USA, GBR/RELIDO)", "GBR USA", "CUI RELIDO"},
		{"CUI//NOCON/REL TO USA, AUS, CAN, GBR, NZL", "CUI//NOCON/REL TO USA, FVEY",
			"(CUI//NOCON/REL TO USA, FVEY)", "AUS CAN GBR NZL USA", "CUI NOCON"},
		{"CUI//FED ONLY/REL TO USA, GBR", "", "(CUI//FED ONLY/REL TO USA, GBR)", "USA", "CUI"},
		{"CUI//REL TO USA, NATO", "", "(CUI//REL TO USA, NATO)", "USA", "CUI"},
		{"CUI//DISPLAY ONLY IRQ", "CUI//DISPLAY ONLY USA, IRQ", "(CUI//DISPLAY ONLY USA, IRQ)", "USA", "CUI"},
		{"CUI//DISPLAY ONLY USA, CAN, NZL/REL TO USA, CAN", "CUI//DISPLAY ONLY USA, NZL/REL TO USA, CAN",
			"(CUI//DISPLAY ONLY USA, NZL/REL TO USA, CAN)", "CAN USA", "CUI"},
		{"CUI//PRIVILEGE//ATTORNEY-CLIENT/ATTORNEY-WP", "", "(CUI//PRIVILEGE//AC/AWP)", "USA", "CUI PRIVILEGE"},
		{"SECRET//CUI//SP-CHRI//REL TO USA, GBR", "", "(S//CUI//SP-CHRI//REL TO USA, GBR)", "GBR USA", "CLASSIFIED CUI CHRI"},
		{"TOP SECRET//CONTROLLED", "TOP SECRET//CUI", "(TS//CUI)", "originator", "CLASSIFIED CUI"},
		{"CONFIDENTIAL", "", "(C)", "originator", "CLASSIFIED"},
	}
	for _, tt := range tests {
		m, err := cuiScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Error(err)
			continue
		}
		if want := cmpOr(tt.canon, tt.banner); m.Banner() != want {
			t.Errorf("%s prints %s, want %s", tt.banner, m.Banner(), want)
		}
		if m.Portion() != tt.portion {
			t.Errorf("%s: portion %s, want %s", tt.banner, m.Portion(), tt.portion)
		}
		if got := audienceOf(m.Audience()); got != tt.audience {
			t.Errorf("%s: audience %s, want %s", tt.banner, got, tt.audience)
		}
		if got := strings.Join(m.DomesticControls(), " "); got != tt.domestic {
			t.Errorf("%s: controls %s, want %s", tt.banner, got, tt.domestic)
		}
	}
}

func TestCUIErrors(t *testing.T) {
	tests := []struct {
		form       cuiForm
		in         string
		offset     int
		msg        string
		suggestion string
	}{
		{cuiBanner, "", 0, "empty", ""},
		{cuiBanner, "cui", 0, "neither CUI nor a level", "CUI"},
		{cuiBanner, "U", 0, "neither CUI nor a level", "UNCLASSIFIED"},
		{cuiBanner, "CUI/LEI", 3, "two slashes follow CUI", "CUI//LEI"},
		{cuiBanner, "CUI//SP-LEI", 5, "LEI is basic only", "CUI//LEI"},
		{cuiBanner, "CUI//CHRI", 5, "CHRI is specified only", "CUI//SP-CHRI"},
		{cuiBanner, "CUI//LES", 5, "LES is no CUI category", ""},
		{cuiBanner, "CUI//FOUO", 5, "FOUO is no CUI category", ""},
		{cuiBanner, "CUI//QQQ", 5, "neither a category nor", ""},
		{cuiBanner, "CUI//", 5, "is missing here", "CUI"},
		{cuiBanner, "CUI//INV/", 9, "is missing here", "CUI//INV"},
		{cuiBanner, "CUI////NOFORN", 5, "is missing here", "CUI//NOFORN"},
		{cuiBanner, "CUI//INV/SP-CHRI", 9, "SP-CHRI stands too late", "CUI//SP-CHRI/INV"},
		{cuiBanner, "CUI//SP-LDNA/SP-CHRI", 13, "SP-CHRI stands too late", "CUI//SP-CHRI/SP-LDNA"},
		{cuiBanner, "CUI//SP-INV/INV", 12, "INV stands twice", "CUI//SP-INV"},
		{cuiBanner, "CUI//SP-CHRI//INV", 14, "one slash separates two categories", "CUI//SP-CHRI/INV"},
		{cuiBanner, "CUI//NOFORN//INV", 13, "INV stands too late", "CUI//INV//NOFORN"},
		{cuiBanner, "CUI//INV/NOFORN", 9, "two slashes stand before", "CUI//INV//NOFORN"},
		{cuiBanner, "CUI//NOFORN/INV", 12, "not a limited dissemination control", "CUI//INV//NOFORN"},
		{cuiBanner, "CUI//SP-CHRI//NOFORN/DL ONLY", 21, "DL ONLY stands too late", "CUI//SP-CHRI//DL ONLY/NOFORN"},
		{cuiBanner, "CUI//NOFORN/REL TO USA, GBR", 12, "exclude each other", ""},
		{cuiBanner, "CUI//DISPLAY ONLY USA, IRQ/NOFORN", 27, "exclude each other", ""},
		{cuiBanner, "CUI//FED ONLY/FEDCON", 14, "write one", ""},
		{cuiBanner, "CUI//NF", 5, "neither a category nor", "CUI//NOFORN"},
		{cuiPortion, "CUI//NOFORN", 5, "neither a category nor", "CUI//NF"},
		{cuiPortion, "CONTROLLED", 0, "neither CUI nor a level", "CUI"},
		{cuiPortion, "CUI//NOCON/NF", 11, "NF stands too late", "CUI//NF/NOCON"},
		{cuiBanner, "CUI//REL TO USA", 12, "USA alone is not allowed", ""},
		{cuiBanner, "CUI//REL TO", 11, "needs a list", ""},
		{cuiBanner, "CUI//REL TO GBR, USA", 12, "starts with USA", "CUI//REL TO USA, GBR"},
		{cuiBanner, "CUI//REL TO USA, GBR, AUS", 22, "AUS stands too late", "CUI//REL TO USA, AUS, GBR"},
		{cuiBanner, "CUI//REL TO USA, NZM", 17, "neither a country", ""},
		{cuiBanner, "CUI//REL TO USA,GBR", 15, "a comma and one space", "CUI//REL TO USA, GBR"},
		{cuiBanner, "CUI//ATTORNEY-CLIENT", 20, "PRIVILEGE", ""},
		{cuiBanner, "SECRET//NOFORN", 8, "after the classification stands CUI", ""},
		{cuiBanner, "UNCLASSIFIED//CUI", 12, "nothing follows", "CUI"},
		{cuiBanner, "CUI\u2215\u2215LEI", 3, "looks like a slash", "CUI//LEI"},
	}
	for _, tt := range tests {
		_, err := cuiParse(tt.form, tt.in)
		e, ok := err.(*SyntaxError)
		if !ok {
			t.Errorf("%q: %v", tt.in, err)
			continue
		}
		if e.Offset != tt.offset || !strings.Contains(e.Msg, tt.msg) || e.Suggestion != tt.suggestion {
			t.Errorf("%q: offset %d, %s, suggestion %q", tt.in, e.Offset, e.Msg, e.Suggestion)
		}
	}
}

func TestCUIRollUp(t *testing.T) {
	tests := []struct{ portions, want string }{
		{"U + U", "UNCLASSIFIED"},
		{"U + CUI", "CUI"},
		{"CUI + CUI//INV + CUI//SP-CHRI", "CUI//SP-CHRI/INV"},
		{"CUI//INV + CUI//SP-INV", "CUI//SP-INV"},
		{"CUI//FED ONLY + CUI//FEDCON", "CUI//FED ONLY"},
		{"CUI//NOCON + CUI//FEDCON", "CUI//FED ONLY/NOCON"},
		{"CUI//DL ONLY + CUI//NF", "CUI//DL ONLY/NOFORN"},
		{"CUI//REL TO USA, FVEY + U + CUI//REL TO USA, AUS, GBR", "CUI//REL TO USA, AUS, GBR"},
		{"CUI//REL TO USA, AUS + CUI//REL TO USA, GBR", "CUI//NOFORN"},
		{"CUI//REL TO USA, AUS + CUI", "CUI//NOFORN"},
		{"CUI//REL TO USA, AUS + CUI//NF", "CUI//NOFORN"},
		{"CUI//REL TO USA, AUS, GBR + CUI//DISPLAY ONLY USA, GBR", "CUI//DISPLAY ONLY USA, GBR"},
		{"CUI//DISPLAY ONLY USA, IRQ + CUI//DISPLAY ONLY USA, GBR", "CUI//NOFORN"},
		{"CUI//RELIDO + CUI//RELIDO", "CUI//RELIDO"},
		{"CUI//RELIDO + CUI", "CUI//NOFORN"},
		{"CUI//REL TO USA, GBR/RELIDO + CUI//RELIDO", "CUI//NOFORN"},
		{"CUI//REL TO USA, GBR/RELIDO + CUI//REL TO USA, AUS, GBR/RELIDO", "CUI//REL TO USA, GBR/RELIDO"},
		{"S + CUI//SP-CHRI", "SECRET//CUI//SP-CHRI"},
		{"S + CUI//REL TO USA, GBR", "SECRET//CUI//NOFORN"},
		{"C//CUI//INV + TS", "TOP SECRET//CUI//INV"},
		{"S + U", "SECRET"},
	}
	for _, tt := range tests {
		marks := portions(t, cuiScheme{}, tt.portions)
		m, err := cuiScheme{}.RollUp(marks)
		if err != nil {
			t.Error(err)
			continue
		}
		if m.Banner() != tt.want {
			t.Errorf("%s: %s, want %s", tt.portions, m.Banner(), tt.want)
		}
		for _, r := range (cuiScheme{}).Explain(marks) {
			if r.Rule == "" || r.Said == "" {
				t.Errorf("%s: reason %+v", tt.portions, r)
			}
		}
	}
}

func TestCUIExplain(t *testing.T) {
	got := cuiScheme{}.Explain(portions(t, cuiScheme{}, "U + CUI//SP-CHRI + CUI//INV//NF"))
	want := []Reason{
		{"32 CFR 2002.20(b)", "the highest level of the portions is CUI"},
		{"32 CFR 2002.20(b)(2)", "the categories of the portions, specified before basic: SP-CHRI, INV"},
		{"CAPCO-2016 D.2, roll-up rule 5", "portion 3 is NOFORN: the banner is NOFORN"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestCUIStatements(t *testing.T) {
	page := Page{Agency: "Federal Bureau of Investigation", Contact: "cyber@example.gov", ClassifiedBy: "A. Person",
		DerivedFrom: "SCG-1", DeclassifyOn: "20511125"}
	indicator := []string{"Controlled by: Federal Bureau of Investigation", "CUI Category: SP-CHRI, INV",
		"Limited Dissemination Control: NOFORN", "POC: cyber@example.gov"}
	authority := []string{"Classified By: A. Person", "Derived From: SCG-1", "Declassify On: 20511125"}
	tests := []struct {
		banner           string
		page             Page
		want, wantAbsent []string
	}{
		{"UNCLASSIFIED", page, nil, nil},
		{"CUI//SP-CHRI/INV//NOFORN", page, indicator, nil},
		{"CUI", Page{}, nil, []string{"agency", "contact"}},
		{"SECRET//CUI//SP-CHRI/INV//NOFORN", page, slices.Concat(authority, indicator), nil},
		{"SECRET", Page{}, nil, []string{"classified_by", "reason or derived_from", "declassify_on"}},
	}
	for _, tt := range tests {
		m, err := cuiScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Fatal(err)
		}
		got, missing := m.Statements(tt.page)
		if !slices.Equal(got, tt.want) || !slices.Equal(missing, tt.wantAbsent) {
			t.Errorf("%s: %q, missing %q", tt.banner, got, missing)
		}
	}
}

// A suggestion lets nobody in whom the mark as it was written, read by its plain words, kept out.
func TestCUISuggestionsLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawCUI(t).(*cuiMark)
		written := strings.ToLower(strings.ReplaceAll(m.Banner(), "//", " / "))
		s := suggestCUI(cuiBanner, written)
		if s != m.Banner() {
			t.Fatalf("%q: suggestion %q, want %q", written, s, m.Banner())
		}
	})
}
