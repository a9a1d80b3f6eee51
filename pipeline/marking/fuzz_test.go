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
			checkAccepted(t, in)
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
			checkAccepted(t, in)
			again, err := s.ParseBanner(m.Banner())
			if err != nil || value(again) != value(m) {
				t.Errorf("%q prints %s, which parses to %v, %v", in, m.Banner(), again, err)
			}
		}
	})
}

// checkAccepted looks for what no mark may hold, and for what strict parsing refuses anywhere.
func checkAccepted(t *testing.T, in string) {
	for i := range len(in) {
		if in[i] < 0x20 || in[i] >= 0x7f {
			t.Errorf("%q was accepted, byte %d included", in, i)
		}
	}
	if in != strings.ToUpper(in) || in != strings.TrimSpace(in) || strings.Contains(in, "///") ||
		strings.HasSuffix(in, "/") || strings.Contains(in, "  ") {
		t.Errorf("%q was accepted", in)
	}
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
