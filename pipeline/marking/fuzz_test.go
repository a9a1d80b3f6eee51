package marking

import (
	"errors"
	"strings"
	"testing"
)

// seed starts from marks of both forms, right and wrong, and from the vectors of every scheme.
func seed(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(v.input)
	}
	for _, s := range []string{
		"", "U", "UNCLASSIFIED", "U//LES", "U//FOUO/NF", "U//REL TO USA, GBR//LES", "U//LES-NF", "U//DCNI//NF//SBU/LES",
		"UNCLASSIFIED//LES NOFORN", "UNCLASSIFIED//REL TO USA, FVEY//SBU/LES/SSI", "UNCLASSIFIED//LAW ENFORCEMENT SENSITIVE",
		"UNCLASSIFIED//AUTHORIZED FOR RELEASE TO USA, JPN, GCTF, NATO", "S//NF", "//NATO SECRET", "U//REL", "U//REL TO USA/AUS",
		"TS//SI-G ABCD/TK-XYZ 1 2//SAR-BP-123/CA//RD-CNWDI-SG 14//FGI CAN NATO//RS/OC/NF/PR/DSEN/FISA//XD/LES/SSI",
		"//CTS//BALK//ATOMAL//OC/REL TO USA, NATO", "//JOINT SECRET GBR USA//REL TO USA, GBR/RELIDO", "//JOINT S//REL", "//CAN DEU R//NF",
		"S//REL TO USA, IRQ/DISPLAY ONLY AFG", "SECRET//USA/CAN/GBR EYES ONLY", "SECRET//RESTRICTED DATA-SIGMA 1 20//NOFORN",
		"U\u2215\u2215LES", "(U//LES)", "u // les", "U//REL TO USA,GBR", "U//////", "U//DISPLAY ONLY IRQ",
		"TLP:RED", "TLP: WHITE", "TLP:AMBER//REL TO CAN, NZL", "TLP:AMBER//REL TO NZL,CAN", "TLP:AMBER+STRICT//REL TO USA", "TLP:RED\x00",
		"STAFF IN-CONFIDENCE", "Sen", "SEN", "NZ POLICE USE ONLY SENSITIVE", "SECRET//WINTER//NZEO/ORCON", "S//ACCOUNTABLE MATERIAL//REL TO NZL, AUS", "R//REL TO NZL, FVEY",
		"PB", "S//CEO", "PB AND S", "TR\u00c8S SECRET - R\u00c9SERV\u00c9 AUX CANADIENS", "PROTECTED B / PROT\u00c9G\u00c9 B", "PROTEGE B",
		"UK SECRET - WINTER - UK/US EYES ONLY", "OFFICIAL - HOME OFFICE USE ONLY - NCA USE ONLY - EMBARGOED - LPP", "OFFICIAL-SENSITIVE [COMMERCIAL]",
	} {
		f.Add(s)
	}
}

func FuzzParsePortion(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in string) {
		for _, s := range append(Schemes(), in2016) {
			m, err := s.ParsePortion(in)
			if err != nil {
				checkSyntaxError(t, in, err, s.ParsePortion)
				continue
			}
			checkAccepted(t, s, in)
			again, err := s.ParsePortion(bare(m.Portion()))
			if err != nil || value(again) != value(m) {
				t.Errorf("%q prints %s, which parses to %v, %v", in, m.Portion(), again, err)
			}
		}
	})
}

func FuzzParseBanner(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, in string) {
		for _, s := range append(Schemes(), in2016) {
			m, err := s.ParseBanner(in)
			if err != nil {
				checkSyntaxError(t, in, err, s.ParseBanner)
				continue
			}
			checkAccepted(t, s, in)
			again, err := s.ParseBanner(m.Banner())
			if err != nil || value(again) != value(m) {
				t.Errorf("%q prints %s, which parses to %v, %v", in, m.Banner(), again, err)
			}
		}
	})
}

// checkAccepted looks for what no mark may hold, and for what strict parsing refuses anywhere.
func checkAccepted(t *testing.T, s Scheme, in string) {
	in = asPlainCapitals(s.Name(), in)
	for i := range len(in) {
		if in[i] < 0x20 || in[i] >= 0x7f {
			t.Errorf("%q was accepted, byte %d included", in, i)
		}
	}
	lower := in != strings.ToUpper(in) && s.Name() != "aus" // OFFICIAL: Sensitive, and the names that caveats hold
	if lower || in != strings.TrimSpace(in) || strings.Contains(in, "///") ||
		strings.HasSuffix(in, "/") || strings.Contains(in, "  ") {
		t.Errorf("%q was accepted", in)
	}
}

// asPlainCapitals takes out those letters that are no ASCII capitals and that one scheme alone has.
func asPlainCapitals(scheme, in string) string {
	switch scheme {
	case "nzl":
		return strings.Replace(in, "Sen", "SEN", 1)
	case "can":
		return strings.NewReplacer("\u00c9", "E", "\u00c8", "E").Replace(in)
	}
	return in
}

func checkSyntaxError(t *testing.T, in string, err error, parse func(string) (Mark, error)) {
	var e *SyntaxError
	if !errors.As(err, &e) {
		t.Fatalf("%q: %T is not a *SyntaxError", in, err)
	}
	if e.Input != in || e.Offset < 0 || e.Offset > len(in) || e.Rule == "" || e.Msg == "" || e.Scheme == "" {
		t.Errorf("%q: %+v", in, e)
	}
	if e.Suggestion != "" {
		if _, err := parse(e.Suggestion); err != nil {
			t.Errorf("%q: the suggestion does not parse: %v", in, err)
		}
	}
}
