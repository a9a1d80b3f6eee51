package marking

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	in2009 = AsOf(usaScheme{}, time.Date(2009, 5, 1, 0, 0, 0, 0, time.UTC)).(usaScheme)
	in2016 = AsOf(usaScheme{}, time.Date(2016, 5, 1, 0, 0, 0, 0, time.UTC)).(usaScheme)
)

// Every numbered rule of the roll-up, and what Explain says of it.
func TestUSARollUpRules(t *testing.T) {
	const d2 = "roll-up rule " // behind what the manual calls it
	tests := []struct {
		scheme   usaScheme
		portions string
		banner   string
		audience string
		rule     string // Explain has a reason of this rule,
		said     string // that says this
	}{
		{usaScheme{}, "U + S//NF + C//NF", "SECRET//NOFORN", "USA", d2 + "1", "portion 2 is SECRET"},
		{usaScheme{}, "TS//SI//NF + TS//SI-G//OC/NF + S//TK//NF", "TOP SECRET//SI-G/TK//ORCON/NOFORN", "USA", d2 + "2", "SI-G/TK"},
		{usaScheme{}, "TS//SI-G ABCD//OC/NF + TS//SI-G EFGH-XYZ//OC/NF", "TOP SECRET//SI-G ABCD EFGH-XYZ//ORCON/NOFORN", "USA", d2 + "2", "SI-G ABCD EFGH-XYZ"},
		{usaScheme{}, "S//SAR-BP//NF + S//SAR-BP-123/CA//NF", "SECRET//SAR-BP-123/CA//NOFORN", "USA", d2 + "2", "BP-123/CA"},
		{usaScheme{}, "S//RD-SG 2 14//NF + S//FRD-SG 3//NF + S//RD-CNWDI//NF", "SECRET//RD-CNWDI-SIGMA 2 3 14//NOFORN", "USA", usaH6, "portion 2: RD supersedes FRD"},
		{usaScheme{}, "S//TFNI//NF + S//FRD//NF", "SECRET//FRD//NOFORN", "USA", usaH6, "portion 1: FRD supersedes TFNI"},
		{usaScheme{}, "S//RD//NF + //NS//ATOMAL//REL TO USA, NATO", "SECRET//RD/ATOMAL//FGI NATO//NOFORN", "USA", d2 + "2", "portion 2 has ATOMAL"},
		{usaScheme{}, "S//FGI CAN//NF + //DEU S//NF", "SECRET//FGI CAN DEU//NOFORN", "USA", d2 + "3", "sources of all portions"},
		{usaScheme{}, "S//FGI CAN//NF + //FGI S//NF", "SECRET//FGI//NOFORN", "USA", d2 + "3", "portion 2 conceals"},
		{usaScheme{}, "//DEU C//REL TO USA, DEU + //DEU S//REL TO USA, DEU", "//DEU SECRET//REL TO USA, DEU", "DEU USA", d2 + "4", "one foreign source"},
		{usaScheme{}, "//CTS//BOHEMIA//REL TO USA, NATO + //NS//REL TO USA, NATO", "//COSMIC TOP SECRET//BOHEMIA//REL TO USA, NATO", "USA", d2 + "4", "one foreign source"},
		{usaScheme{}, "//NS//REL TO USA, NATO + //NC", "SECRET//FGI NATO//NOFORN", "USA", d2 + "10", "portion 2"},
		{usaScheme{}, "//FGI S//REL TO USA, GBR + //FGI S//REL TO USA, GBR", "//FGI SECRET//REL TO USA, GBR", "GBR USA", d2 + "4", "one foreign source"},
		{usaScheme{}, "U + //DEU R//REL TO USA, DEU", "CONFIDENTIAL//FGI DEU//REL TO USA, DEU", "DEU USA", d2 + "4", "several origins"},
		{usaScheme{}, "U + //DEU U", "UNCLASSIFIED//NOFORN", "USA", d2 + "10", "portion 2 is foreign"},
		{usaScheme{}, "U + //DEU U//REL TO USA, DEU", "UNCLASSIFIED//REL TO USA, DEU", "DEU USA", d2 + "6", "portion 2"},
		{usaScheme{}, "//JOINT S GBR USA//REL TO USA, FVEY + //JOINT C GBR USA//REL TO USA, GBR", "//JOINT SECRET GBR USA//REL TO USA, GBR", "GBR USA", d2 + "4", "JOINT"},
		{usaScheme{}, "//JOINT S GBR USA//REL TO USA, GBR + S//REL TO USA, GBR", "SECRET//FGI GBR//REL TO USA, GBR", "GBR USA", d2 + "4", "several"},
		{usaScheme{}, "//JOINT S GBR USA//REL TO USA, GBR + //JOINT S CAN USA//REL TO USA, CAN", "SECRET//FGI CAN GBR//NOFORN", "USA", d2 + "6", "no country in common"},
		{usaScheme{}, "//JOINT S GBR USA + //JOINT S GBR USA//REL TO USA, GBR", "SECRET//FGI GBR//NOFORN", "USA", d2 + "10", "portion 1"},
		{usaScheme{}, "S//REL TO USA, GBR + S//NF", "SECRET//NOFORN", "USA", d2 + "5", "portion 2 is NOFORN"},
		{usaScheme{}, "S//REL TO USA, FVEY + C//REL TO USA, AUS, NZL", "SECRET//REL TO USA, AUS, NZL", "AUS NZL USA", d2 + "6", "portion 1"},
		{usaScheme{}, "S//REL TO USA, TEYE + C//REL TO USA, GBR, NZL", "SECRET//REL TO USA, GBR", "GBR USA", d2 + "6", "portion 1"},
		{usaScheme{}, "S//REL TO USA, FVEY + S//REL TO USA, NATO", "SECRET//NOFORN", "USA", d2 + "6", "in common"},
		{usaScheme{}, "S//REL TO USA, AUS + S//RELIDO", "SECRET//NOFORN", "USA", d2 + "7", "portion 2 is RELIDO"},
		{usaScheme{}, "S//RELIDO + S//REL TO USA, AUS, CAN/RELIDO", "SECRET//RELIDO", "USA", d2 + "7", "the banner is RELIDO"},
		{usaScheme{}, "S//REL TO USA, FVEY/RELIDO + S//REL TO USA, AUS/RELIDO", "SECRET//REL TO USA, AUS/RELIDO", "AUS USA", d2 + "7", "portion 1"},
		{usaScheme{}, "S//REL TO USA, GBR/RELIDO + S//REL TO USA, AUS/RELIDO", "SECRET//RELIDO", "USA", d2 + "7", "RELIDO"},
		{usaScheme{}, "S//REL TO USA, GBR/RELIDO + S//REL TO USA, GBR", "SECRET//REL TO USA, GBR", "GBR USA", d2 + "6", "portion 1"},
		{usaScheme{}, "S//REL TO USA, GBR + C", "SECRET//NOFORN", "USA", d2 + "8", "portion 2 is classified and without"},
		{usaScheme{}, "S//REL TO USA, GBR/RELIDO + C", "SECRET//NOFORN", "USA", d2 + "8", "portion 2"},
		{usaScheme{}, "U//REL TO USA, GBR + C", "CONFIDENTIAL//NOFORN", "USA", d2 + "8", "portion 2"},
		{usaScheme{}, "S//DISPLAY ONLY AFG, IRQ + S//DISPLAY ONLY IRQ", "SECRET//DISPLAY ONLY IRQ", "USA", d2 + "9", "portion 1"},
		{usaScheme{}, "S//DISPLAY ONLY AFG + S//DISPLAY ONLY IRQ", "SECRET//NOFORN", "USA", d2 + "9", "no country in common"},
		{usaScheme{}, "S//REL TO USA, IRQ/DISPLAY ONLY AFG + S//REL TO USA, IRQ/DISPLAY ONLY AFG", "SECRET//REL TO USA, IRQ/DISPLAY ONLY AFG", "IRQ USA", d2 + "6", "portion 1"},
		{usaScheme{}, "S//REL TO USA, AFG/DISPLAY ONLY IRQ + S//REL TO USA, GBR/DISPLAY ONLY PAK", "SECRET//NOFORN", "USA", d2 + "9", "in common"},
		{usaScheme{}, "S//REL TO USA, AFG/DISPLAY ONLY IRQ + S//REL TO USA, IRQ/DISPLAY ONLY AFG", "SECRET//DISPLAY ONLY AFG, IRQ", "USA", d2 + "9", "portion 1"},
		{usaScheme{}, "S//REL TO USA, FVEY + S//DISPLAY ONLY FVEY", "SECRET//DISPLAY ONLY AUS, CAN, GBR, NZL", "USA", d2 + "9", "portion 2"},
		{usaScheme{}, "S//DISPLAY ONLY IRQ + S", "SECRET//NOFORN", "USA", d2 + "8", "portion 2"},
		{usaScheme{}, "S + S//RELIDO", "SECRET//RELIDO", "originator", d2 + "7", "RELIDO"},
		{usaScheme{}, "S//SI + S//RELIDO", "SECRET//SI//RELIDO", "originator", d2 + "7", "RELIDO"}, // SCI alone is no caveat
		{usaScheme{}, "S//OC + S//RELIDO", "SECRET//ORCON/NOFORN", "USA", d2 + "10", "portion 1"},
		{usaScheme{}, "S//RD + S//RELIDO", "SECRET//RD//NOFORN", "USA", d2 + "10", "portion 1"},
		{usaScheme{}, "S//SAR-BP + S//RELIDO", "SECRET//SAR-BP//NOFORN", "USA", d2 + "10", "portion 1"},
		{usaScheme{}, "S//FGI DEU + S//RELIDO", "SECRET//FGI DEU//NOFORN", "USA", d2 + "10", "portion 1"},
		{in2009, "S + S//RELIDO", "SECRET//NOFORN", "USA", d2 + "10", "portion 1"},
		{in2009, "S + C", "SECRET", "USA", d2 + "11", "no portion"},
		{usaScheme{}, "S + C//SI", "SECRET//SI", "originator", d2 + "11", "no portion"},
		{usaScheme{}, "S//OC + C", "SECRET//ORCON", "USA", d2 + "11", "no portion"},
		{usaScheme{}, "U + S//REL TO USA, GBR", "SECRET//REL TO USA, GBR", "GBR USA", d2 + "6", "portion 2"},
		{usaScheme{}, "U//FISA + S//REL TO USA, GBR", "SECRET//NOFORN/FISA", "USA", d2 + "12", "portion 1 counts as RELIDO"},
		{usaScheme{}, "U//FISA + S//RELIDO", "SECRET//RELIDO/FISA", "originator", d2 + "7", "portion 2"},
		{usaScheme{}, "U//SSI + S//REL TO USA, GBR", "SECRET//NOFORN//SSI", "USA", d2 + "13", "portion 1"},
		{usaScheme{}, "U//LES + S//RELIDO", "SECRET//NOFORN//LES", "USA", d2 + "13", "portion 1"},
		{usaScheme{}, "U//SBU + U//REL TO USA, GBR", "UNCLASSIFIED//NOFORN//SBU", "USA", d2 + "13", "portion 1"},
		{usaScheme{}, "U//SBU-NF + C", "CONFIDENTIAL//NOFORN", "USA", d2 + "14", "portion 1"},
		{usaScheme{}, "U//LES-NF + U//RELIDO", "UNCLASSIFIED//NOFORN//LES", "USA", d2 + "14", "portion 1"},
		{usaScheme{}, "U//LES-NF + U//FOUO", "UNCLASSIFIED//LES NOFORN", "USA", d2 + "14", "plain"},
		{usaScheme{}, "U//FOUO + U//LES + S//NF + U//SBU + U//DS", "SECRET//NOFORN//LES", "USA", d2 + "15", "portion 1"},
		{usaScheme{}, "U//DCNI + S//REL TO USA, GBR", "SECRET//NOFORN", "USA", d2 + "15", "portion 1"},
		{usaScheme{}, "U//FOUO + U//SSI", "UNCLASSIFIED//SSI", "originator", d2 + "16", "portion 1"},
		{usaScheme{}, "U//PR + U//FOUO", "UNCLASSIFIED//PROPIN", "originator", d2 + "16", "portion 2"},
		{usaScheme{}, "S//OC-USGOV/NF + S//OC/NF", "SECRET//ORCON/NOFORN", "USA", d2 + "17", "portion 1: ORCON supersedes"},
		{usaScheme{}, "S//RS/NF + S//IMC/NF/PR + S//NF/DSEN/FISA", "SECRET//RSEN/IMCON/NOFORN/PROPIN/DEA SENSITIVE/FISA", "USA", d2 + "17", "portion 3 has FISA"},
		{usaScheme{}, "S//REL TO USA, AUS, CAN, GBR, JPN, NZL + S//REL TO USA, FVEY", "SECRET//REL TO USA, FVEY", "AUS CAN GBR NZL USA", d2 + "18", "FVEY"},
		{usaScheme{}, "S//NF//XD + S//NF//ND", "SECRET//NOFORN//NODIS", "USA", usaH9, "NODIS supersedes"},
		{usaScheme{}, "U//NF//XD + U//SBU", "UNCLASSIFIED//NOFORN//EXDIS", "USA", usaH9, "supersede SBU"},
		{in2016, "S//REL TO USA, CAN, JPN + S//USA/CAN/GBR EYES ONLY", "SECRET//REL TO USA, CAN", "CAN USA", d2 + "6", "portion 1"},
		{in2016, "S//USA/CAN/GBR EYES ONLY + S//USA/CAN EYES ONLY", "SECRET//USA/CAN EYES ONLY", "CAN USA", d2 + "6", "portion 1"},
		// The manual's notional examples: what is JOINT and REL is for its owners alone.
		{usaScheme{}, "//JOINT S//REL + //JOINT S CAN GBR USA//REL TO USA, FVEY", "//JOINT SECRET CAN GBR USA//REL TO USA, CAN, GBR", "CAN GBR USA", d2 + "4", "JOINT"},
		{usaScheme{}, "//JOINT S//REL + //JOINT S GBR USA//REL TO USA, FVEY + //JOINT S GBR USA//FGI NZL//REL TO USA, FVEY", "//JOINT SECRET GBR USA//FGI NZL//REL TO USA, GBR", "GBR USA", d2 + "6", "names the countries"},
		{usaScheme{}, "//JOINT S GBR USA//REL + S//REL TO USA, FVEY", "SECRET//FGI GBR//REL TO USA, GBR", "GBR USA", d2 + "6", "names the countries"},
		{usaScheme{}, "//JOINT S GBR USA//REL", "//JOINT SECRET GBR USA//REL TO USA, GBR", "GBR USA", d2 + "4", "JOINT"},
		{usaScheme{}, "//JOINT S//REL + //JOINT S GBR USA//REL TO USA, GBR", "//JOINT SECRET GBR USA//REL TO USA, GBR", "GBR USA", d2 + "4", "JOINT"},
	}
	covered := map[string]bool{}
	for _, tt := range tests {
		marks := portions(t, tt.scheme, tt.portions)
		m, err := tt.scheme.RollUp(marks)
		if err != nil {
			t.Errorf("%s: %v", tt.portions, err)
			continue
		}
		if m.Banner() != tt.banner || audienceOf(m.Audience()) != tt.audience {
			t.Errorf("%s: %s for %s, want %s for %s", tt.portions, m.Banner(), audienceOf(m.Audience()), tt.banner, tt.audience)
		}
		reasons := tt.scheme.Explain(marks)
		if !slices.ContainsFunc(reasons, func(r Reason) bool { return strings.HasSuffix(r.Rule, tt.rule) && strings.Contains(r.Said, tt.said) }) {
			t.Errorf("%s: no reason of %s says %q: %q", tt.portions, tt.rule, tt.said, reasons)
		}
		covered[tt.rule] = true
	}
	for n := 1; n <= 18; n++ {
		if !covered[fmt.Sprint(d2, n)] {
			t.Errorf("no case for rule %d", n)
		}
	}
}

func TestUSARollUpNeedsAList(t *testing.T) {
	for joined, want := range map[string]string{
		"S//REL + S//NF":                  "portion 1 says REL (or EYES) without a list",
		"S//REL":                          "portion 1 says REL (or EYES) without a list",
		"//JOINT S//REL TO USA, GBR":      "without its owners",
		"//JOINT S//REL + //JOINT S//REL": "without its owners",
		// The manual's own page has USA, NZL at its head; USA, JPN, NZL would give it to Japan, too.
		"S//REL TO USA, JPN, NZL + S//REL":             "portion 2 says REL (or EYES) without a list",
		"S//REL + S//REL TO USA, IRQ/DISPLAY ONLY AFG": "portion 1 says REL (or EYES) without a list",
		// In a document of the United States a JOINT portion names its owners (H.3): who are they here?
		"//JOINT S//REL + S//REL TO USA, AFG":                         "without its owners",
		"//JOINT S//REL + //JOINT S GBR USA//REL TO USA, GBR + S//NF": "without its owners",
		"//JOINT S//REL TO USA, GBR + //GBR S//REL TO USA, GBR":       "without its owners",
		"S//REL/RELIDO + S//REL/RELIDO + S//SI":                       "portion 1 says REL (or EYES) without a list",
	} {
		m, err := usaScheme{}.RollUp(portions(t, usaScheme{}, joined))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %s", joined, m, err, want)
		}
		if reasons := (usaScheme{}).Explain(portions(t, usaScheme{}, joined)); strings.Contains(joined, " + ") && reasons != nil {
			t.Errorf("%s: explained though there is no banner: %v", joined, reasons)
		}
	}
}

func TestCompleted(t *testing.T) {
	tests := []struct{ portion, banner, want, audience string }{
		{"S//REL", "SECRET//REL TO USA, GBR", "(S//REL TO USA, GBR)", "GBR USA"},
		{"S//REL/RELIDO", "SECRET//REL TO USA, GBR/RELIDO", "(S//REL TO USA, GBR/RELIDO)", "GBR USA"},
		{"//JOINT S//REL", "//JOINT SECRET GBR USA//REL TO USA, FVEY", "(//JOINT S GBR USA//REL TO USA, FVEY)", "AUS CAN GBR NZL USA"},
		// What the banner does not say nobody knows.
		{"S//REL", "SECRET//NOFORN", "(S//REL)", "originator"},
		{"S//REL", "SECRET", "(S//REL)", "originator"},
		{"//JOINT S//REL", "SECRET//FGI GBR//REL TO USA, GBR", "(//JOINT S//REL)", "originator"},
		{"S//REL TO USA, CAN", "SECRET//REL TO USA, FVEY", "(S//REL TO USA, CAN)", "CAN USA"},
		{"S", "SECRET//REL TO USA, FVEY", "(S)", "originator"},
	}
	for _, tt := range tests {
		banner, err := usaScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Fatal(err)
		}
		portion := portions(t, usaScheme{}, tt.portion)[0]
		got := Completed(portion, banner)
		if got.Portion() != tt.want || audienceOf(got.Audience()) != tt.audience {
			t.Errorf("%s in %s: %s for %s, want %s for %s", tt.portion, tt.banner, got.Portion(), audienceOf(got.Audience()), tt.want, tt.audience)
		}
		if portion.Portion() != "("+tt.portion+")" {
			t.Errorf("%s was changed to %s", tt.portion, portion.Portion())
		}
	}
	tlp := portions(t, tlpScheme{}, "TLP:RED")[0]
	if s := portions(t, usaScheme{}, "S//REL")[0]; Completed(s, tlp) != s || Completed(tlp, s) != tlp {
		t.Error("a mark was completed from another scheme's banner")
	}
}

// REL that stands for the banner's list names nobody: the mark does not say to whom, and until the banner has
// completed it a policy that releases its controls lets nobody abroad have it.
func TestRELWithoutItsListNamesNobody(t *testing.T) {
	everything := map[string][]string{"GBR": {"GBR"}}
	for _, name := range (usaScheme{}).Releasable() {
		everything[name] = []string{"GBR"}
	}
	terms := Terms{Originator: "USA", ReleasableTo: []string{"GBR", "USA"}, Released: everything}
	for _, mark := range []string{"S//REL", "U//REL", "U//REL//LES", "U//FOUO/REL", "S//REL/RELIDO", "//JOINT S//REL"} {
		m := portions(t, usaScheme{}, mark)[0]
		if names, says := m.Audience().Countries(); says {
			t.Errorf("%s names %v", mark, names)
		}
		if MayHave(m, "GBR", terms) || !MayHave(m, "USA", terms) {
			t.Errorf("%s: GBR may have it: %v, USA: %v", mark, MayHave(m, "GBR", terms), MayHave(m, "USA", terms))
		}
	}
}

func TestAsOf(t *testing.T) {
	day := func(y, m, d int) Scheme {
		return AsOf(usaScheme{}, time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC))
	}
	for _, tt := range []struct {
		scheme Scheme
		mark   string
		valid  bool
		for_   string
	}{
		{day(2010, 6, 27), "S", true, "USA"},
		{day(2010, 6, 28), "S", true, "originator"},
		{usaScheme{}, "S", true, "originator"},
		{day(2017, 9, 30), "S//USA/AUS/CAN EYES ONLY", true, "AUS CAN USA"},
		{day(2017, 9, 30), "S//EYES", true, "originator"},
		{day(2017, 10, 1), "S//USA/AUS/CAN EYES ONLY", false, ""},
		{usaScheme{}, "S//USA/AUS/CAN EYES ONLY", false, ""},
		{usaScheme{}, "S//EYES", false, ""},
		{day(2016, 1, 1), "S//USA/CAN/AUS EYES ONLY", false, ""},
		{day(2016, 1, 1), "S//USA/JPN EYES ONLY", false, ""},
		{day(2016, 1, 1), "S//USA EYES ONLY", false, ""},
		{day(2016, 1, 1), "U//USA/CAN EYES ONLY", false, ""},
		{day(2016, 1, 1), "S//USA/CAN EYES ONLY/REL TO USA, CAN", false, ""},
		{day(2016, 1, 1), "S//RELIDO/USA/CAN EYES ONLY", true, "CAN USA"},
	} {
		m, err := tt.scheme.ParsePortion(tt.mark)
		if (err == nil) != tt.valid || tt.valid && (audienceOf(m.Audience()) != tt.for_ || m.Portion() != "("+tt.mark+")") {
			t.Errorf("%s of %v: %v, %v; want %v for %s", tt.mark, tt.scheme, m, err, tt.valid, tt.for_)
		}
	}
	// A roll-up judges by its own day marks that were parsed without one.
	m, err := in2009.RollUp(portions(t, usaScheme{}, "S"))
	if err != nil || audienceOf(m.Audience()) != "USA" {
		t.Errorf("%v, %v", m, err)
	}
	if s := AsOf(tlpScheme{}, time.Now()); s != (tlpScheme{}) {
		t.Errorf("tlp became %v", s)
	}
}

func TestUSAAuthorityBlock(t *testing.T) {
	full := Page{ClassifiedBy: "J. Doe", Reason: "1.4(c)", DeclassifyOn: "20510101", Agency: "FBI"}
	derived := Page{ClassifiedBy: "J. Doe", Reason: "1.4(c)", DerivedFrom: "Multiple Sources", DeclassifyOn: "20510101"}
	tests := []struct {
		banner     string
		page       Page
		statements []string // the last ones
		missing    string
	}{
		{"SECRET//NOFORN", full, []string{"Classified By: J. Doe", "Reason: 1.4(c)", "Declassify On: 20510101"}, ""},
		{"SECRET", derived, []string{"Classified By: J. Doe", "Derived From: Multiple Sources", "Declassify On: 20510101"}, ""},
		{"//JOINT SECRET GBR USA//REL TO USA, GBR", full, []string{"Classified By: J. Doe", "Reason: 1.4(c)", "Declassify On: 20510101"}, ""},
		{"TOP SECRET//SI", Page{}, nil, "classified_by, reason or derived_from, declassify_on"},
		{"SECRET//TFNI//NOFORN", derived, []string{"Declassify On: N/A to TFNI portions. See source list for NSI portions."}, ""},
		{"SECRET//FGI NATO//NOFORN", full, []string{"Declassify On: N/A to NATO portions. See source list for NSI portions."}, ""},
		{"SECRET//NOFORN//LES", full, []string{"Declassify On: 20510101"}, ""},
		{"UNCLASSIFIED//NOFORN", Page{}, nil, ""},
		{"//DEU SECRET", Page{}, nil, ""},
		{"//NATO SECRET", Page{}, nil, ""},
	}
	for _, tt := range tests {
		m, err := usaScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Fatal(err)
		}
		got, missing := m.Statements(tt.page)
		if strings.Join(missing, ", ") != tt.missing || len(got) < len(tt.statements) ||
			!slices.Equal(got[len(got)-len(tt.statements):], tt.statements) || tt.statements == nil && len(got) > 0 {
			t.Errorf("%s: %q, missing %q; want %q, %s", tt.banner, got, missing, tt.statements, tt.missing)
		}
	}
	m, _ := usaScheme{}.ParseBanner("SECRET//RD-CNWDI//NOFORN//LES")
	got, _ := m.Statements(full)
	for i, want := range []string{"(U) RESTRICTED DATA", "Critical Nuclear", "property of the FBI and"} {
		if !strings.Contains(got[i], want) {
			t.Errorf("statement %d is %q, want %s", i+1, got[i], want)
		}
	}
}
