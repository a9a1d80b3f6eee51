package marking

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// Marks of every category: what they print, for whom they are, what keeps them at home.
func TestUSAClassifiedMark(t *testing.T) {
	tests := []struct {
		banner   string
		canon    string // empty: the same
		portion  string
		audience string
		domestic string
		level    string
	}{
		{"SECRET", "", "(S)", "originator", "RELIDO", "SECRET"},
		{"SECRET//SI", "", "(S//SI)", "originator", "SCI RELIDO", "SECRET"},
		{"SECRET//RELIDO", "", "(S//RELIDO)", "originator", "RELIDO", "SECRET"},
		{"SECRET//ORCON", "", "(S//OC)", "USA", "ORCON", "SECRET"},
		{"CONFIDENTIAL//NOFORN", "", "(C//NF)", "USA", "", "CONFIDENTIAL"},
		{"SECRET//DISPLAY ONLY AFG, IRQ", "", "(S//DISPLAY ONLY AFG, IRQ)", "USA", "", "SECRET"},
		{"SECRET//REL TO USA, IRQ/DISPLAY ONLY AFG, NATO", "", "(S//REL TO USA, IRQ/DISPLAY ONLY AFG, NATO)", "IRQ USA", "", "SECRET"},
		{"SECRET//DISPLAY ONLY FVEY", "SECRET//DISPLAY ONLY AUS, CAN, GBR, NZL", "(S//DISPLAY ONLY AUS, CAN, GBR, NZL)", "USA", "", "SECRET"},
		{"SECRET//REL TO USA, FVEY/RELIDO", "", "(S//REL TO USA, FVEY/RELIDO)", "AUS CAN GBR NZL USA", "", "SECRET"},
		{"UNCLASSIFIED//RELIDO", "", "(U//RELIDO)", "originator", "RELIDO", "UNCLASSIFIED"},
		{"UNCLASSIFIED//FOUO/RELIDO", "", "(U//FOUO/RELIDO)", "originator", "FOUO RELIDO", "UNCLASSIFIED//CONTROLLED"},
		{"UNCLASSIFIED//FISA", "", "(U//FISA)", "originator", "FISA", "UNCLASSIFIED//CONTROLLED"},
		{"TOP SECRET//TALENT KEYHOLE/COMINT-GAMMA//ORIGINATOR CONTROLLED/NOFORN", "TOP SECRET//SI-G/TK//ORCON/NOFORN", "(TS//SI-G/TK//OC/NF)", "USA", "SCI ORCON", "TOP SECRET"},
		{"TOP SECRET//TK-KANDIK-BLUEFISH ABC//NOFORN", "TOP SECRET//TK-BLFH ABC-KAND//NOFORN", "(TS//TK-BLFH ABC-KAND//NF)", "USA", "SCI", "TOP SECRET"},
		{"TOP SECRET//FGH-AAA 123-LLL SSS/MMM-XYZ/SI-G QURT-PPP/TK//ORCON/NOFORN", "", "(TS//FGH-AAA 123-LLL SSS/MMM-XYZ/SI-G QURT-PPP/TK//OC/NF)", "USA", "SCI ORCON", "TOP SECRET"},
		// The manual's own example (J) writes a compartment again before each of its sub-compartments.
		{"TOP SECRET//HCS-P JJJ-P DDDD//ORCON/NOFORN", "TOP SECRET//HCS-P DDDD JJJ//ORCON/NOFORN", "(TS//HCS-P DDDD JJJ//OC/NF)", "USA", "SCI ORCON", "TOP SECRET"},
		{"SECRET//KLONDIKE//NOFORN", "SECRET//KDK//NOFORN", "(S//KDK//NF)", "USA", "SCI", "SECRET"},
		{"SECRET//SAR-CD-YYY 456 689/XR-XRA RB/BP-J12 J54-K15//NOFORN", "SECRET//SAR-BP-J12 J54-K15/CD-YYY 456 689/XR-XRA RB//NOFORN",
			"(S//SAR-BP-J12 J54-K15/CD-YYY 456 689/XR-XRA RB//NF)", "USA", "SAP", "SECRET"},
		{"TOP SECRET//SPECIAL ACCESS REQUIRED-BUTTER POPCORN/SODA", "TOP SECRET//SAR-BUTTER POPCORN/SODA", "(TS//SAR-BUTTER POPCORN/SODA)", "USA", "SAP", "TOP SECRET"},
		{"SECRET//RESTRICTED DATA-CNWDI-SIGMA 14 20//NOFORN", "SECRET//RD-CNWDI-SIGMA 14 20//NOFORN", "(S//RD-CNWDI-SG 14 20//NF)", "USA", "RD", "SECRET"},
		{"SECRET//RD-CRITICAL NUCLEAR WEAPON DESIGN INFORMATION//NOFORN", "SECRET//RD-CNWDI//NOFORN", "(S//RD-CNWDI//NF)", "USA", "RD", "SECRET"},
		{"SECRET//TRANSCLASSIFIED FOREIGN NUCLEAR INFORMATION//REL TO USA, ACGU", "SECRET//TFNI//REL TO USA, AUS, CAN, GBR", "(S//TFNI//REL TO USA, AUS, CAN, GBR)", "AUS CAN GBR USA", "TFNI", "SECRET"},
		{"SECRET//FOREIGN GOVERNMENT INFORMATION//RELIDO", "SECRET//FGI//RELIDO", "(S//FGI//RELIDO)", "originator", "RELIDO", "SECRET"},
		{"SECRET//RD/ATOMAL//FGI NATO//NOFORN", "", "(S//RD/ATOMAL//FGI NATO//NF)", "USA", "RD ATOMAL", "SECRET"},
		{"TOP SECRET//SAR-BP/BOHEMIA//FGI NATO//NOFORN", "", "(TS//SAR-BP/BOHEMIA//FGI NATO//NF)", "USA", "SAP BOHEMIA", "TOP SECRET"},
		{"//DEU RESTRICTED", "", "(//DEU R)", "USA", "", "RESTRICTED"},
		{"//CAN DEU NATO TOP SECRET//REL TO USA, CAN", "", "(//CAN DEU NATO TS//REL TO USA, CAN)", "CAN USA", "", "TOP SECRET"},
		{"//FGI SECRET//NOFORN", "", "(//FGI S//NF)", "USA", "", "SECRET"},
		{"//NATO UNCLASSIFIED", "", "(//NU)", "USA", "", "UNCLASSIFIED"},
		{"//NATO RESTRICTED", "", "(//NR)", "USA", "", "RESTRICTED"},
		{"//COSMIC TOP SECRET//BALK//ATOMAL//ORCON/REL TO USA, NATO", "", "(//CTS//BALK//ATOMAL//OC/REL TO USA, NATO)", "USA", "BALK ATOMAL ORCON", "TOP SECRET"},
		{"//JOINT TOP SECRET CAN ISR USA//REL TO USA, CAN, ISR", "", "(//JOINT TS CAN ISR USA//REL TO USA, CAN, ISR)", "CAN ISR USA", "", "TOP SECRET"},
		{"//JOINT SECRET GBR USA//FGI NZL//REL TO USA, GBR", "", "(//JOINT S GBR USA//FGI NZL//REL TO USA, GBR)", "GBR USA", "", "SECRET"},
		{"//JOINT SECRET USA NATO//REL TO USA, NATO", "", "(//JOINT S USA NATO//REL TO USA, NATO)", "USA", "", "SECRET"},
		{"SECRET//NOFORN//EXCLUSIVE DISTRIBUTION/LES/SSI", "SECRET//NOFORN//EXDIS/LES/SSI", "(S//NF//XD/LES/SSI)", "USA", "EXDIS LES SSI", "SECRET"},
		{"SECRET//LES NOFORN", "SECRET//NOFORN//LES", "(S//NF//LES)", "USA", "LES", "SECRET"},
		{"UNCLASSIFIED//LIMITED DISTRIBUTION", "UNCLASSIFIED//LIMDIS", "(U//DS)", "originator", "LIMDIS", "UNCLASSIFIED//CONTROLLED"},
	}
	for _, tt := range tests {
		m, err := usaScheme{}.ParseBanner(tt.banner)
		if err != nil {
			t.Error(err)
			continue
		}
		if want := cmpOr(tt.canon, tt.banner); m.Banner() != want || m.Portion() != tt.portion {
			t.Errorf("%s: prints %s and %s, want %s and %s", tt.banner, m.Banner(), m.Portion(), want, tt.portion)
		}
		if got := audienceOf(m.Audience()); got != tt.audience {
			t.Errorf("%s: audience %s, want %s", tt.banner, got, tt.audience)
		}
		if got := strings.Join(m.DomesticControls(), " "); got != tt.domestic {
			t.Errorf("%s: domestic controls %s, want %s", tt.banner, got, tt.domestic)
		}
		if got := strings.Join(m.Levels(), " "); got != tt.level {
			t.Errorf("%s: level %s, want %s", tt.banner, got, tt.level)
		}
		if p, err := (usaScheme{}).ParsePortion(bare(tt.portion)); err != nil || value(p) != value(m) {
			t.Errorf("%s: parsed to %v, %v", tt.portion, p, err)
		}
	}
}

// Every order and exclusion that classified marks can break, with the rule that an error cites and the mark that it
// suggests.
func TestUSAClassifiedSyntaxErrors(t *testing.T) {
	const portion, banner = true, false
	tests := []struct {
		portion    bool
		in         string
		offset     int
		rule, msg  string
		suggestion string
	}{
		{banner, "S//NF", 0, "H.1", "not a level", "SECRET//NOFORN"},
		{portion, "SECRET", 0, "H.1", "not a level", "S"},
		{banner, "TS//SI", 0, "H.1", "not a level", "TOP SECRET//SI"},
		{banner, "top secret // si / tk // noforn", 0, "H.1", "not a level", "TOP SECRET//SI/TK//NOFORN"},
		{banner, "RESTRICTED//NOFORN", 0, "H.1", "foreign one", ""},
		{banner, "//RESTRICTED", 2, "H.2", "no foreign", ""},
		{banner, "//", 2, "H.2", "no foreign", ""},
		{banner, "///DEU SECRET", 2, "H.2", "no foreign", ""},
		{banner, "//COSMIC SECRET", 2, "H.7", "neither a country", ""},
		{banner, "//NATO TOP SECRET", 2, "H.7", "starts with a country", ""},
		{portion, "//NATO S//BALK", 2, "H.7", "starts with a country", ""},
		{portion, "//NATO SECRET", 2, "H.2", "no foreign", "//NS"},
		{banner, "//DEU S", 2, "H.2", "no foreign", "//DEU SECRET"},
		{banner, "//DEU CAN SECRET", 6, "H.7", "too late", "//CAN DEU SECRET"},
		{banner, "//DEU USA SECRET", 6, "H.7", "USA does not stand", ""},
		{banner, "//DEM SECRET", 2, "H.7", "neither", ""},
		{banner, "//DEU, CAN SECRET", 5, "H.7", "one space", "//CAN DEU SECRET"},

		{banner, "SECRET//", 8, "A.6", "missing", "SECRET"},
		{banner, "SECRET////NOFORN", 8, "A.6", "missing", "SECRET//NOFORN"},
		{banner, "SECRET/NOFORN", 6, "A.6", "two slashes", "SECRET//NOFORN"},
		{banner, "SECRET\u2215\u2215NOFORN", 6, "A.6", "looks like a slash", "SECRET//NOFORN"},
		{banner, "SECRET//NOFORN//ORCON", 16, "A.6", "one slash separates", "SECRET//ORCON/NOFORN"},
		{banner, "SECRET//NOFORN/ORCON", 15, "A.6", "ORCON stands before", "SECRET//ORCON/NOFORN"},
		{banner, "SECRET//NOFORN//SI", 16, "A.6", "SI stands too late", "SECRET//SI//NOFORN"},
		{banner, "SECRET//FGI DEU//RD//NOFORN", 17, "A.6", "RD stands too late", "SECRET//RD//FGI DEU//NOFORN"},
		{banner, "SECRET//SI/NOFORN", 11, "A.6", "two slashes separate", "SECRET//SI//NOFORN"},
		{banner, "SECRET//NOFORN//LES//SSI", 21, "A.6", "one slash separates", "SECRET//NOFORN//LES/SSI"},
		{banner, "SECRET//SI//TK", 12, "A.6", "one slash separates", "SECRET//SI/TK"},

		{banner, "SECRET//MADE-UP-SCI", 8, "A.6", "not a control", ""},
		{banner, "SECRET//NF", 8, "A.6", "not a control", "SECRET//NOFORN"}, // no control system NF
		{banner, "SECRET//CAN", 8, "A.6", "not a control", ""},
		{banner, "SECRET//USA", 8, "A.6", "not a control", ""},
		{banner, "SECRET//SI/SI", 11, "H.4", "SI stands twice", ""},
		{banner, "SECRET//COMINT/SI", 15, "H.4", "SI stands twice", ""},
		{banner, "SECRET//SI-ABC-ABC", 15, "H.4", "ABC stands twice", ""},
		{banner, "TOP SECRET//HCS-P-P JJJ//ORCON/NOFORN", 18, "H.4", "P stands twice", ""},
		{banner, "TOP SECRET//HCS-P JJJ-P//ORCON/NOFORN", 22, "H.4", "P stands twice", ""},
		{banner, "TOP SECRET//HCS-P JJJ-P DDD JJJ//ORCON/NOFORN", 28, "H.4", "JJJ stands twice", ""},
		{banner, "SECRET//SI-ABC//NOFORN", 8, "H.4", "SI with a compartment stands with TOP SECRET only", ""},
		{banner, "TOP SECRET//SI-ECI ABC//NOFORN", 15, "H.4", "ECI", "TOP SECRET//SI-ABC//NOFORN"},
		{banner, "SECRET//NOFORN//FOUO", 16, "A.6", "belongs to the category before", "SECRET//NOFORN"},
		{banner, "SECRET//FOUO", 8, "H.8", "UNCLASSIFIED only", ""}, // SECRET may go further
		{banner, "TOPSECRET//NOFORN", 0, "H.1", "not a level", "TOP SECRET//NOFORN"},
		{banner, "SECRET//X1", 8, "A.6", "not a control", ""}, // an exemption from declassification (E.6)
		{banner, "SECRET//LMN-XYZ B A", 18, "H.4", "A stands too late", ""},
		{banner, "SECRET//LMN-XYZ 20 3", 19, "H.4", "3 stands too late", ""},
		{banner, "SECRET//SI-", 11, "H.4", "no compartment", "SECRET//SI"},
		{banner, "SECRET//LMN-TOOLONG", 12, "H.4", "no compartment", ""},
		{banner, "SECRET//LMN-XYZ  A", 16, "H.4", "no sub-compartment", ""},
		{banner, "UNCLASSIFIED//SI", 14, "H.4", "classified", ""},
		{banner, "UNCLASSIFIED//LMN", 14, "A.6", "not a control", ""},
		{banner, "SECRET//RSV", 8, "H.4", "needs a compartment", ""},
		{banner, "SECRET//HCS", 8, "H.4", "HCS needs NOFORN", ""},
		{banner, "SECRET//HCS-O//NOFORN", 8, "H.4", "HCS-O needs ORCON and NOFORN", ""},
		{banner, "SECRET//HCS-P ABC//ORCON/NOFORN", 8, "H.4", "TOP SECRET only", ""},
		{banner, "SECRET//KLONDIKE", 8, "H.4", "KDK needs NOFORN", ""},
		{portion, "S//KLONDIKE//OC", 3, "H.4", "KDK needs NF", ""},
		{banner, "CONFIDENTIAL//TK", 14, "H.4", "TK stands with SECRET, TOP SECRET only", ""},
		{banner, "SECRET//SI-G//ORCON", 8, "H.4", "TOP SECRET only", ""},
		{banner, "TOP SECRET//SI-G//NOFORN", 12, "H.4", "needs ORCON", ""},
		{banner, "SECRET//TK-BLFH//NOFORN", 8, "H.4", "TOP SECRET only", ""},

		{banner, "SECRET//SAR-", 12, "H.5", "name is missing", ""},
		{banner, "SECRET//SAR-BP/SAR-CA", 15, "H.5", "SAR- stands once", "SECRET//SAR-BP/CA"},
		{banner, "SECRET//SAR-BP/BP", 15, "H.5", "BP stands twice", ""},
		{banner, "SECRET//SAR-B_P", 12, "H.5", "capitals and digits", ""},
		{banner, "UNCLASSIFIED//SAR-BP", 14, "H.5", "are classified", ""},
		{banner, "TOP SECRET//BOHEMIA/BP//FGI NATO", 20, "H.7", "before those of NATO", ""},
		{portion, "S//WAIVED", 3, "A.6", "not a control", ""},

		{banner, "SECRET//RD/FRD", 11, "H.6", "RD supersedes", ""},
		{banner, "SECRET//FRD-CNWDI", 11, "H.6", "with RD only", ""},
		{banner, "CONFIDENTIAL//RD-CNWDI", 16, "H.6", "SECRET or TOP SECRET", ""},
		{banner, "SECRET//RD-N", 10, "H.6", "only -CNWDI", "SECRET//RD-CNWDI"},
		{banner, "CONFIDENTIAL//RD-N", 16, "H.6", "only -CNWDI", ""},
		{banner, "SECRET//RD-SG 14", 10, "H.6", "SIGMA", "SECRET//RD-SIGMA 14"},
		{banner, "SECRET//FRD-SIGMA 0", 18, "H.6", "1 to 99", ""},
		{banner, "SECRET//FRD-SIGMA 14 112", 21, "H.6", "1 to 99", ""},
		{banner, "SECRET//RD-SIGMA 14 2", 20, "H.6", "too late", ""},
		{banner, "SECRET//RD-SIGMA 14 14", 20, "H.6", "too late", ""},
		{banner, "SECRET//RD-SIGMA 014", 17, "H.6", "1 to 99", ""},
		{banner, "SECRET//RD-SIGMA 1-CNWDI", 17, "H.6", "1 to 99", ""},
		{banner, "UNCLASSIFIED//RD", 14, "H.6", "CONFIDENTIAL, SECRET, TOP SECRET only", ""},
		{banner, "SECRET//DOE UCNI", 8, "H.6", "UNCLASSIFIED only", ""},

		{banner, "SECRET//FGI USA", 12, "H.7", "USA does not stand", ""},
		{banner, "SECRET//FGI GCTF CAN", 17, "H.7", "too late", "SECRET//FGI CAN GCTF"},
		{banner, "SECRET//FGI DEU, GBR", 15, "H.7", "one space", "SECRET//FGI DEU GBR"},
		{banner, "UNCLASSIFIED//FGI CAN", 14, "H.7", "CONFIDENTIAL, SECRET, TOP SECRET only", ""},
		{banner, "//DEU SECRET//FGI CAN", 14, "H.7", "no FGI category", ""},
		{banner, "//NATO SECRET//FGI DEU", 15, "H.7", "no FGI category", ""},
		{banner, "//NATO SECRET//NOFORN", 15, "H.7", "excludes NOFORN", ""},
		{banner, "//NATO SECRET//BALK", 15, "H.7", "TOP SECRET only", ""},
		{banner, "//NATO RESTRICTED//ATOMAL", 19, "H.7", "only", ""},
		{banner, "SECRET//ATOMAL//NOFORN", 8, "H.7", "control of NATO", ""},
		{banner, "//DEU TOP SECRET//BOHEMIA", 18, "H.7", "control of NATO", ""},

		{banner, "//JOINT SECRET GBR USA", 22, "H.3", "needs REL TO", ""},
		{banner, "//JOINT SECRET GBR USA//NOFORN", 0, "H.3", "excludes NOFORN", ""},
		{portion, "//JOINT S GBR USA//LES-NF", 0, "H.3", "excludes NOFORN", ""},
		{banner, "//JOINT SECRET GBR USA//REL TO USA, CAN", 24, "H.3", "leaves out an owner", ""},
		{banner, "//JOINT SECRET USA GBR//REL TO USA, GBR", 19, "H.3", "too late", "//JOINT SECRET GBR USA//REL TO USA, GBR"},
		{banner, "//JOINT SECRET GBR CAN USA//REL TO USA, CAN, GBR", 19, "H.3", "too late", "//JOINT SECRET CAN GBR USA//REL TO USA, CAN, GBR"},
		{banner, "//JOINT SECRET CAN GBR//REL TO USA, CAN, GBR", 15, "H.3", "USA and at least", ""},
		{banner, "//JOINT SECRET USA//REL TO USA, GBR", 15, "H.3", "USA and at least", ""},
		{banner, "//JOINT SECRET//REL TO USA, GBR", 14, "H.3", "needs its owners", ""},
		{banner, "//JOINT RESTRICTED GBR USA//REL TO USA, GBR", 8, "H.3", "no RESTRICTED", ""},
		{portion, "//JOINT S", 9, "H.3", "needs REL TO", ""},
		{portion, "//JOINT TS GBR USA//HCS-P//REL TO USA, GBR", 20, "H.4", "needs NF", ""},

		{portion, "C//FOUO", 3, "H.8", "UNCLASSIFIED only", ""},
		{portion, "U//OC", 3, "H.8", "CONFIDENTIAL, SECRET, TOP SECRET only", ""},
		{portion, "//DEU R//OC", 9, "H.8", "only", ""},
		{portion, "C//IMC", 3, "H.8", "SECRET, TOP SECRET only", ""},
		{portion, "C//RS", 3, "H.8", "SECRET, TOP SECRET only", ""},
		{portion, "C//NF/RELIDO", 6, "H.8", "NOFORN and RELIDO", ""},
		{portion, "S//NF/DISPLAY ONLY AFG", 6, "H.8", "NOFORN and DISPLAY ONLY", ""},
		{portion, "S//NF/REL TO USA, GBR", 6, "H.8", "NOFORN and REL TO", ""},
		{portion, "S//RELIDO/DISPLAY ONLY AFG", 10, "H.8", "RELIDO and DISPLAY ONLY", ""},
		{portion, "S//OC/RELIDO", 6, "H.8", "RELIDO and ORCON", ""},
		{portion, "S//OC-USGOV/RELIDO", 12, "H.8", "RELIDO and ORCON", ""},
		{portion, "S//OC/OC-USGOV/NF", 6, "H.8", "supersedes ORCON-USGOV", ""},
		{portion, "S//DISPLAY ONLY NZL, AFG", 21, "H.8", "too late", "S//DISPLAY ONLY AFG, NZL"},
		{portion, "S//DISPLAY ONLY USA, AFG", 16, "H.8", "USA does not stand", ""},
		{portion, "S//DISPLAY ONLY", 15, "H.8", "needs a list", ""},
		{portion, "S//REL TO USA, IRQ/DISPLAY ONLY IRQ", 32, "H.8", "IRQ is on both", ""},
		{portion, "S//REL/DISPLAY ONLY IRQ", 3, "H.8", "needs its list", ""},
		{banner, "SECRET//REL", 8, "H.8", "not a control of a banner", ""},
		{banner, "SECRET//REL TO FVEY", 15, "H.8", "starts with USA", "SECRET//REL TO USA, FVEY"},
		{banner, "SECRET//REL TO CAN, USA, GBR", 15, "H.8", "starts with USA", "SECRET//REL TO USA, CAN, GBR"},
		{banner, "SECRET//REL TO USA/AUS", 15, "H.8", "USA alone", "SECRET//REL TO USA, AUS"},
		{banner, "SECRET//REL TO USA,AUS", 18, "H.8", "comma and one space", "SECRET//REL TO USA, AUS"},
		{banner, "SECRET//USA/CAN/GBR EYES ONLY", 8, "H.8", "retired on 1 October 2017", "SECRET//REL TO USA, CAN, GBR"},
		{portion, "S//REL TO USA, AUS/REL TO USA, GBR", 19, "A.6", "stands twice", ""}, // which list?
		{portion, "S//REL TO USA, AUS//GBR", 20, "A.6", "not a control", ""},
		{portion, "S//REL TO USA, AUS/GBR", 19, "A.6", "not a control", ""},
		{portion, "S//FGI/FGI DEU//NF", 7, "A.6", "stands twice", ""},
		{portion, "S//RD-SG 1/RD-SG 2//NF", 11, "A.6", "stands twice", ""},
		{portion, "S//EYES", 3, "H.8", "retired", ""},

		{portion, "S//XD", 3, "H.9", "XD needs NOFORN", ""},
		{portion, "S//REL TO USA, CAN//ND", 20, "H.9", "ND needs NOFORN", ""},
		{portion, "S//NF//XD/ND", 10, "H.9", "EXDIS and NODIS", ""},
		{banner, "SECRET//NOFORN//SBU", 16, "H.9", "UNCLASSIFIED only", ""},
		{banner, "SECRET//NOFORN//LES NOFORN", 16, "H.9", "NOFORN stands once", ""},
		{banner, "SECRET//RELIDO//LES NOFORN", 16, "H.9", "exclude RELIDO", ""},
		{banner, "SECRET//LES-NF", 8, "A.6", "not a control", "SECRET//LES NOFORN"},
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
		if e.Offset != tt.offset || !strings.Contains(e.Msg, tt.msg) || e.Suggestion != tt.suggestion || e.Rule != "CAPCO-2016 "+tt.rule {
			t.Errorf("%q: offset %d, %q (%s), suggestion %q; want %d, %q (%s), %q",
				tt.in, e.Offset, e.Msg, e.Rule, e.Suggestion, tt.offset, tt.msg, tt.rule, tt.suggestion)
		}
	}
}

// What contradicts itself in one mark is found from either side: every pair of the table is refused.
func TestUSAConflictsAreRefused(t *testing.T) {
	for _, x := range usaConflicts {
		for c := range usaControlCount {
			if !x.with.has(c) {
				continue
			}
			for _, level := range []string{"U", "S"} {
				g := usaGuess{form: usaPortion, class: level, said: 1<<x.control | 1<<c, rel: []string{"CAN"}}
				g.after[displayOnly] = "AFG"
				if in := g.write(); strings.Count(in, usaControls[c].portion) > 0 && g.said.has(c) && g.said.has(x.control) {
					if m, err := (usaScheme{}).ParsePortion(in); err == nil {
						t.Errorf("%s parsed to %s", in, m.Portion())
					}
				}
			}
		}
	}
}

// A line may be 64 KiB long: what stands twice is found among thousands as among two, and in no more time for each.
func TestUSALongMarks(t *testing.T) {
	var names []string
	for n := range 5000 {
		names = append(names, fmt.Sprintf("%d%c", n/26+100, 'A'+n%26))
	}
	for _, tt := range []struct{ before, between, after string }{
		{"TOP SECRET//", "/", "//NOFORN"},
		{"TOP SECRET//ABC-", "-", "//NOFORN"},
		{"TOP SECRET//ABC-DEF ", " ", "//NOFORN"},
		{"TOP SECRET//ABC-D ", "-D ", "//NOFORN"},
		{"TOP SECRET//SI//SAR-", "/", "//NOFORN"},
	} {
		names := names
		if tt.before == "TOP SECRET//" { // systems have up to three characters
			names = nil
			for n := range 2000 {
				names = append(names, fmt.Sprintf("%c%c%d", 'A'+n/260, 'A'+n/10%26, n%10))
			}
		}
		all := tt.before + strings.Join(names, tt.between)
		m, err := usaScheme{}.ParseBanner(all + tt.after)
		if err != nil {
			t.Errorf("%s…: %v", tt.before, err.(*SyntaxError).Msg)
			continue
		}
		if again, err := (usaScheme{}).ParseBanner(m.Banner()); err != nil || again.Banner() != m.Banner() {
			t.Errorf("%s…: the canonical form reads as another", tt.before)
		}
		_, err = usaScheme{}.ParseBanner(all + tt.between + names[40] + tt.after)
		if e, _ := err.(*SyntaxError); e == nil || !strings.HasPrefix(e.Msg, names[40]+" stands t") || e.Offset != len(all)+len(tt.between) {
			t.Errorf("%s…: %s again: %v", tt.before, names[40], err != nil)
		}
	}
}
