package marking

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// nationsOf returns which of some nations a mark by itself allows, or its audience in a word.
func audienceOf(a Audience) string {
	switch a.kind {
	case unlimited:
		return "unlimited"
	case listed:
		return strings.Join(a.countries, " ")
	}
	return "originator"
}

func TestUSAMark(t *testing.T) {
	tests := []struct {
		banner   string
		canon    string // empty: the same
		portion  string
		audience string
		domestic string
	}{
		{"UNCLASSIFIED", "", "(U)", "unlimited", ""},
		{"UNCLASSIFIED//FOUO", "", "(U//FOUO)", "originator", "FOUO"},
		{"UNCLASSIFIED//FOR OFFICIAL USE ONLY", "UNCLASSIFIED//FOUO", "(U//FOUO)", "originator", "FOUO"},
		{"UNCLASSIFIED//LAW ENFORCEMENT SENSITIVE", "UNCLASSIFIED//LES", "(U//LES)", "originator", "LES"},
		{"UNCLASSIFIED//LAW ENFORCEMENT SENSITIVE NOFORN", "UNCLASSIFIED//LES NOFORN", "(U//LES-NF)", "USA", "LES"},
		{"UNCLASSIFIED//SENSITIVE BUT UNCLASSIFIED/SSI", "UNCLASSIFIED//SBU/SSI", "(U//SBU/SSI)", "originator", "SBU SSI"},
		{"UNCLASSIFIED//SBU NOFORN/LES", "", "(U//SBU-NF/LES)", "USA", "SBU LES"},
		{"UNCLASSIFIED//DOE UCNI//FOUO/NOFORN", "", "(U//UCNI//FOUO/NF)", "USA", "DOE UCNI FOUO"},
		{"UNCLASSIFIED//NOFORN//LES/SSI", "", "(U//NF//LES/SSI)", "USA", "LES SSI"},
		{"UNCLASSIFIED//NOT RELEASABLE TO FOREIGN NATIONALS", "UNCLASSIFIED//NOFORN", "(U//NF)", "USA", ""},
		{"UNCLASSIFIED//REL TO USA, GBR//LES", "", "(U//REL TO USA, GBR//LES)", "GBR USA", "LES"},
		{"UNCLASSIFIED//FOUO/REL TO USA, ACGU", "UNCLASSIFIED//FOUO/REL TO USA, AUS, CAN, GBR",
			"(U//FOUO/REL TO USA, AUS, CAN, GBR)", "AUS CAN GBR USA", "FOUO"},
		{"UNCLASSIFIED//REL TO USA, FVEY", "", "(U//REL TO USA, FVEY)", "AUS CAN GBR NZL USA", ""},
		{"UNCLASSIFIED//AUTHORIZED FOR RELEASE TO USA, AUS, CAN, GBR, NZL", "UNCLASSIFIED//REL TO USA, FVEY",
			"(U//REL TO USA, FVEY)", "AUS CAN GBR NZL USA", ""},
		{"UNCLASSIFIED//REL TO USA, JPN, FVEY", "UNCLASSIFIED//REL TO USA, AUS, CAN, GBR, JPN, NZL",
			"(U//REL TO USA, AUS, CAN, GBR, JPN, NZL)", "AUS CAN GBR JPN NZL USA", ""},
		{"UNCLASSIFIED//REL TO USA, AUS, CAN, DEU, GBR", "", "(U//REL TO USA, AUS, CAN, DEU, GBR)", "AUS CAN DEU GBR USA", ""},
		{"UNCLASSIFIED//REL TO USA, FVEY, NATO", "UNCLASSIFIED//REL TO USA, AUS, CAN, GBR, NZL, NATO",
			"(U//REL TO USA, AUS, CAN, GBR, NZL, NATO)", "AUS CAN GBR NZL USA", ""},
		// Nobody says who is in NATO on the day, so nobody but the United States is.
		{"UNCLASSIFIED//REL TO USA, NATO", "", "(U//REL TO USA, NATO)", "USA", ""},
		{"UNCLASSIFIED//REL TO USA, TEYE", "UNCLASSIFIED//REL TO USA, AUS, GBR", "(U//REL TO USA, AUS, GBR)", "AUS GBR USA", ""},
	}
	for _, tt := range tests {
		m, err := usaScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Error(err)
			continue
		}
		if want := cmpOr(tt.canon, tt.banner); m.Banner() != want {
			t.Errorf("%s: banner %s, want %s", tt.banner, m.Banner(), want)
		}
		if m.Portion() != tt.portion {
			t.Errorf("%s: portion %s, want %s", tt.banner, m.Portion(), tt.portion)
		}
		if got := audienceOf(m.Audience()); got != tt.audience {
			t.Errorf("%s: audience %s, want %s", tt.banner, got, tt.audience)
		}
		if got := strings.Join(m.(*usaMark).DomesticControls(), " "); got != tt.domestic {
			t.Errorf("%s: domestic controls %s, want %s", tt.banner, got, tt.domestic)
		}
		p, err := usaScheme{}.ParsePortion(bare(tt.portion))
		if err != nil || p.Banner() != m.Banner() {
			t.Errorf("%s: parsed to %v, %v", tt.portion, p, err)
		}
	}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestUSASyntaxErrors(t *testing.T) {
	const portion, banner = true, false
	tests := []struct {
		portion    bool
		in         string
		offset     int
		msg        string
		suggestion string
	}{
		{portion, "", 0, "empty", ""},
		{portion, " ", 0, "not a level", ""},
		{portion, "u", 0, "not a level", "U"},
		{portion, "(U//LES)", 0, "not a level", "U//LES"},
		{portion, "UNCLASSIFIED//LES", 0, "starts with U", "U//LES"},
		{banner, "U//LES", 0, "starts with UNCLASSIFIED", "UNCLASSIFIED//LES"},
		{banner, "Unclassified//Les", 0, "not a level", "UNCLASSIFIED//LES"},
		{portion, "CUI", 0, "not a level", ""},
		{portion, "s//nf", 0, "not a level", "S//NF"},

		{banner, "UNCLASSIFIED//", 14, "control is missing", "UNCLASSIFIED"},
		{banner, "UNCLASSIFIED/", 12, "two slashes", "UNCLASSIFIED"},
		{portion, "U//LES//", 8, "control is missing", "U//LES"},
		{portion, "U//LES/", 7, "control is missing", "U//LES"},
		{portion, "U////LES", 3, "control is missing", "U//LES"},
		{portion, "U///LES", 3, "control is missing", "U//LES"},
		{portion, "U/LES", 1, "two slashes", "U//LES"},
		{portion, "U // LES", 0, "not a level", "U//LES"},
		{portion, "U//NF // LES", 3, "not a control", "U//NF//LES"},
		{portion, "U//les", 3, "not a control", "U//LES"},
		{portion, "U//NOFORN", 3, "not a control", "U//NF"},
		{banner, "UNCLASSIFIED//NF", 14, "not a control", "UNCLASSIFIED//NOFORN"},
		{banner, "UNCLASSIFIED//LES-NF", 14, "not a control", "UNCLASSIFIED//LES NOFORN"},
		{portion, "U\u2215\u2215LES", 1, "U+2215 looks like a slash", "U//LES"},
		{portion, "U//LES\u00a0", 6, "U+00A0", "U//LES"},
		{portion, "U//LES\n", 6, "U+000A", "U//LES"},
		{portion, "U//L\u0415S", 4, "U+0415", ""}, // Cyrillic
		{portion, "U//LES\xff", 6, "0xFF", ""},
		{portion, "U//WOMBAT", 3, "not a control", ""},
		{banner, "UNCLASSIFIED//FGI CAN", 14, "FGI stands with CONFIDENTIAL", ""},

		{portion, "U//LES//NF", 8, "too late", "U//NF//LES"},
		{portion, "U//LES//REL TO USA, FVEY", 8, "too late", "U//REL TO USA, FVEY//LES"}, // so in a CAPCO example
		{portion, "U//SSI/LES", 7, "LES stands before SSI", "U//LES/SSI"},
		{portion, "U//NF/LES", 6, "two slashes separate categories", "U//NF//LES"},
		{portion, "U//LES//SSI", 8, "one slash separates", "U//LES/SSI"},
		{portion, "U//LES/LES", 7, "twice", "U//LES"},
		{portion, "U//NF/REL TO USA, GBR", 6, "exclude each other", ""},
		{portion, "U//NF//LES-NF", 7, "NOFORN stands once", ""},
		{portion, "U//REL TO USA, GBR//LES-NF", 20, "exclude REL TO", ""},
		{portion, "U//SBU/SBU-NF", 7, "supersedes SBU", ""},
		{portion, "U//SBU-NF/LES-NF", 10, "NOFORN stands once", ""},
		{portion, "U//FOUO//LES", 9, "supersede FOUO", "U//LES"},

		{portion, "U//REL TO", 9, "needs a list", ""},
		{portion, "U//REL TO ", 10, "needs a list", ""},
		{portion, "U//REL TO USA", 10, "USA alone", ""},
		{portion, "U//REL TO GBR", 10, "starts with USA", "U//REL TO USA, GBR"},
		{portion, "U//REL TO FVEY", 10, "starts with USA", "U//REL TO USA, FVEY"},
		{portion, "U//REL TO CAN, USA", 10, "starts with USA", "U//REL TO USA, CAN"},
		{portion, "U//REL TO USA, GBR, AUS", 20, "AUS stands too late", "U//REL TO USA, AUS, GBR"},
		{portion, "U//REL TO USA, GBR, GBR", 20, "GBR stands too late", "U//REL TO USA, GBR"},
		{portion, "U//REL TO USA, USA", 15, "USA stands twice", ""},
		{portion, "U//REL TO USA, FVEY, JPN", 21, "JPN stands too late", "U//REL TO USA, AUS, CAN, GBR, JPN, NZL"},
		{portion, "U//REL TO USA,GBR", 13, "comma and one space", "U//REL TO USA, GBR"},
		{portion, "U//REL TO USA,  GBR", 15, "comma and one space", "U//REL TO USA, GBR"},
		{portion, "U//REL TO USA GBR", 13, "comma and one space", "U//REL TO USA, GBR"},
		{portion, "U//REL TO USA, GBR,", 18, "comma and one space", "U//REL TO USA, GBR"},
		{portion, "U//REL TO USA/AUS", 10, "USA alone", "U//REL TO USA, AUS"},
		{portion, "U//REL TO USA, NZM", 15, `"NZM" is neither`, ""},
		{portion, "U//REL TO USA, XYZW", 15, `"XYZW" is neither`, ""},
		{portion, "U//REL TO USA, gbr", 15, `"gbr" is neither`, "U//REL TO USA, GBR"},
		{portion, "U//REL USA, GBR", 3, "not a control", "U//REL TO USA, GBR"},
	}
	for _, tt := range tests {
		parse := usaScheme{}.ParseBanner
		if tt.portion {
			parse = usaScheme{}.ParsePortion
		}
		m, err := parse(tt.in)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Errorf("%q parsed to %v, %v", tt.in, m, err)
			continue
		}
		if e.Offset != tt.offset || !strings.Contains(e.Msg, tt.msg) || e.Suggestion != tt.suggestion {
			t.Errorf("%q: offset %d, %q, suggestion %q; want %d, %q, %q",
				tt.in, e.Offset, e.Msg, e.Suggestion, tt.offset, tt.msg, tt.suggestion)
		}
		if e.Scheme != "usa" || e.Input != tt.in || !strings.HasPrefix(e.Rule, "CAPCO-2016 ") {
			t.Errorf("%q: error lacks scheme, input or rule: %+v", tt.in, e)
		}
	}
}

func TestUSARollUp(t *testing.T) {
	tests := []struct {
		portions string // joined by " + "
		banner   string
		audience string
	}{
		{"U", "UNCLASSIFIED", "unlimited"},
		{"U + U//REL TO USA, GBR", "UNCLASSIFIED//REL TO USA, GBR", "GBR USA"},
		{"U + U//REL TO USA, GBR//LES", "UNCLASSIFIED//REL TO USA, GBR//LES", "GBR USA"},
		{"U//REL TO USA, FVEY + U//REL TO USA, AUS, NZL", "UNCLASSIFIED//REL TO USA, AUS, NZL", "AUS NZL USA"},
		{"U//REL TO USA, FVEY + U//REL TO USA, ACGU", "UNCLASSIFIED//REL TO USA, AUS, CAN, GBR", "AUS CAN GBR USA"},
		{"U//REL TO USA, FVEY + U//REL TO USA, AUS, CAN, GBR, NZL", "UNCLASSIFIED//REL TO USA, FVEY", "AUS CAN GBR NZL USA"},
		{"U//REL TO USA, AUS + U//REL TO USA, GBR", "UNCLASSIFIED//NOFORN", "USA"},
		{"U//REL TO USA, GBR, NATO + U//REL TO USA, NATO", "UNCLASSIFIED//REL TO USA, NATO", "USA"},
		{"U//REL TO USA, GBR + U//REL TO USA, NATO", "UNCLASSIFIED//NOFORN", "USA"},
		{"U//REL TO USA, GBR + U//NF", "UNCLASSIFIED//NOFORN", "USA"},
		// Rule 16: what does not say so is not released.
		{"U//REL TO USA, GBR + U//LES", "UNCLASSIFIED//NOFORN//LES", "USA"},
		{"U//REL TO USA, GBR//LES + U//LES", "UNCLASSIFIED//NOFORN//LES", "USA"},
		{"U//REL TO USA, GBR + U//FOUO", "UNCLASSIFIED//FOUO/NOFORN", "USA"},
		{"U//REL TO USA, GBR + U//DCNI", "UNCLASSIFIED//DOD UCNI//NOFORN", "USA"},
		{"U//REL TO USA, GBR//LES + U//REL TO USA, GBR//SSI", "UNCLASSIFIED//REL TO USA, GBR//LES/SSI", "GBR USA"},
		{"U//LES + U//NF", "UNCLASSIFIED//NOFORN//LES", "USA"},
		{"U//LES-NF + U//REL TO USA, FVEY", "UNCLASSIFIED//NOFORN//LES", "USA"},
		{"U//SBU-NF + U//REL TO USA, FVEY", "UNCLASSIFIED//NOFORN//SBU", "USA"}, // CAPCO H.9, SBU-NF, page 4
		{"U//LES-NF + U//LES", "UNCLASSIFIED//LES NOFORN", "USA"},
		{"U//SBU-NF + U//LES", "UNCLASSIFIED//SBU NOFORN/LES", "USA"},
		{"U//SBU-NF + U//LES-NF", "UNCLASSIFIED//NOFORN//SBU/LES", "USA"},
		{"U//FOUO + U//SSI", "UNCLASSIFIED//SSI", "originator"},
		{"U//FOUO/REL TO USA, GBR + U//REL TO USA, GBR//SSI", "UNCLASSIFIED//REL TO USA, GBR//SSI", "GBR USA"},
		{"U//FOUO + U//UCNI", "UNCLASSIFIED//DOE UCNI//FOUO", "originator"},
	}
	for _, tt := range tests {
		m, err := usaScheme{}.RollUp(portions(t, usaScheme{}, tt.portions))
		if err != nil {
			t.Error(err)
			continue
		}
		if m.Banner() != tt.banner || audienceOf(m.Audience()) != tt.audience {
			t.Errorf("%s: %s for %s, want %s for %s", tt.portions, m.Banner(), audienceOf(m.Audience()), tt.banner, tt.audience)
		}
	}
}

// portions parses portion marks joined by " + ".
func portions(t testing.TB, s Scheme, joined string) []Mark {
	t.Helper()
	var out []Mark
	for p := range strings.SplitSeq(joined, " + ") {
		m, err := s.ParsePortion(p)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

// LES supersedes FOUO in print, but a policy that releases LES has not released the FOUO beside it.
func TestRollUpRemembersSupersededFOUO(t *testing.T) {
	m, err := usaScheme{}.RollUp(portions(t, usaScheme{}, "U//FOUO + U//LES"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Banner() != "UNCLASSIFIED//LES" {
		t.Errorf("banner is %s", m.Banner())
	}
	terms := Terms{Originator: "USA", ReleasableTo: []string{"GBR", "USA"}, Released: map[string][]string{"LES": {"GBR"}}}
	if MayHave(m, "GBR", terms) {
		t.Error("released by LES alone")
	}
	terms.Released["FOUO"] = []string{"GBR"}
	if !MayHave(m, "GBR", terms) {
		t.Error("not released though both controls are")
	}
}

func TestRollUpRefuses(t *testing.T) {
	for _, s := range Schemes() {
		if _, err := s.RollUp(nil); err == nil || !strings.Contains(err.Error(), "no portions") {
			t.Errorf("%s: no portions: %v", s.Name(), err)
		}
		if _, err := s.RollUp([]Mark{nil}); err == nil || !strings.Contains(err.Error(), "portion 1 has no mark") {
			t.Errorf("%s: nil: %v", s.Name(), err)
		}
	}
	mixed := append(portions(t, usaScheme{}, "U"), portions(t, tlpScheme{}, "TLP:RED")...)
	if _, err := (usaScheme{}).RollUp(mixed); err == nil || !strings.Contains(err.Error(), "portion 2 is marked in scheme tlp") {
		t.Errorf("mixed: %v", err)
	}
	if _, err := (tlpScheme{}).RollUp(mixed); err == nil || !strings.Contains(err.Error(), "portion 1 is marked in scheme usa") {
		t.Errorf("mixed: %v", err)
	}
}

func TestStatements(t *testing.T) {
	tests := []struct{ portion, title string }{
		{"U//LES", "LAW ENFORCEMENT SENSITIVE:"},
		{"U//REL TO USA, GBR//LES", "LAW ENFORCEMENT SENSITIVE:"},
		{"U//LES-NF", "LAW ENFORCEMENT SENSITIVE NOFORN:"},
		{"U//SSI", ""},
		{"U", ""},
	}
	for _, tt := range tests {
		got, _ := portions(t, usaScheme{}, tt.portion)[0].(*usaMark).Statements(Page{})
		if tt.title == "" {
			if len(got) != 0 {
				t.Errorf("%s: %q", tt.portion, got)
			}
			continue
		}
		if len(got) != 1 || !strings.HasPrefix(got[0], "(U) "+tt.title) {
			t.Errorf("%s: %q", tt.portion, got)
			continue
		}
		for _, duty := range []string{"originating agency", "legal proceedings", "website"} {
			if !strings.Contains(got[0], duty) {
				t.Errorf("%s: warning does not speak of %s", tt.portion, duty)
			}
		}
	}
}

// The tables are written by hand; what the parser and printer rely on is checked here.
func TestUSATable(t *testing.T) {
	seen := map[string]bool{}
	last := usaClass
	for i, row := range usaControls {
		if row.category < last {
			t.Errorf("%s: categories are out of order", row.banner)
		}
		last = row.category
		if row.portion == "" || row.banner == "" || row.title == "" || row.rule == "" {
			t.Errorf("row %d is incomplete: %+v", i, row)
		}
		for _, name := range []string{row.portion + "|p", row.banner + "|b"} {
			if seen[name] {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
	}
	if n := len(strings.Fields(alpha3)); n != 249 || !slices.IsSorted(strings.Fields(alpha3)) {
		t.Errorf("%d countries, or unsorted; ISO 3166-1 has 249", n)
	}
	for _, code := range strings.Fields(tetragraphs) {
		if !isTetragraph(code) {
			t.Errorf("%q is no tetragraph", code)
		}
	}
}
