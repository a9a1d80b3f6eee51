package marking

import "testing"

func BenchmarkParsePortion(b *testing.B) {
	for _, in := range []string{"U", "U//LES", "U//REL TO USA, AUS, GBR//LES", "S//REL TO USA, FVEY", "S//NF",
		"TS//SI-G ABCD EFGH/TK//SAR-BP//FGI CAN DEU//RS/OC/NF//LES", "//CAN DEU S//REL TO USA, CAN, DEU", "U//REL TO USA, AUS,GBR"} {
		b.Run(in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				usaScheme{}.ParsePortion(in)
			}
		})
	}
	b.Run("TLP:AMBER//REL TO CAN, NZL", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			tlpScheme{}.ParsePortion("TLP:AMBER//REL TO CAN, NZL")
		}
	})
}

func BenchmarkRollUp(b *testing.B) {
	for _, of := range []string{
		"U + U//REL TO USA, FVEY + U//REL TO USA, AUS, GBR//LES + U",
		"U + TS//SI-G ABCD/TK//RS/OC/NF + //CAN DEU S//REL TO USA, CAN, DEU + S//REL TO USA, FVEY",
	} {
		var marks []Mark
		for range 50 {
			marks = append(marks, portions(b, usaScheme{}, of)...)
		}
		b.Run(of, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (usaScheme{}).RollUp(marks); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMayHave(b *testing.B) {
	terms := Terms{Originator: "USA", ReleasableTo: fiveNations, Released: map[string][]string{"LES": {"GBR", "NZL"}}}
	for _, in := range []string{"U", "U//REL TO USA, FVEY", "U//LES", "S", "TS//SI//NF"} {
		m := portions(b, usaScheme{}, in)[0]
		b.Run(in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				MayHave(m, "NZL", terms)
			}
		})
	}
}

func BenchmarkAus(b *testing.B) {
	for _, in := range []struct{ form, mark string }{
		{"portion", "(O:S)"}, {"portion", "(P//REL AUS/NZL)"}, {"portion", "(S//CABINET//REL AUS/CAN/GBR/NZL/USA)"},
		{"banner", "SECRET//LOBSTER//AUSTEO"}, {"subject", "Re: x [SEC=SECRET, CAVEAT=SH:CABINET, CAVEAT=RI:AUSTEO]"},
		{"header", "VER=2024.1, NS=gov.au, SEC=OFFICIAL:Sensitive, ACCESS=Legal-Privilege, ORIGIN=neville.jones@entity.gov.au"},
	} {
		f := ausFormNamed(b, in.form)
		b.Run(in.form+" "+in.mark, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Parse(in.mark); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	marks := portions(b, ausScheme{}, "O + O:S + P//REL AUS/NZL + S//CABINET//REL AUS/CAN/GBR/NZL/USA")
	b.Run("roll up", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := (ausScheme{}).RollUp(marks); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("may have", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			MayHave(marks[3], "NZL", Terms{Originator: "AUS", ReleasableTo: fiveNations})
		}
	})
}

func BenchmarkCUI(b *testing.B) {
	s := cuiScheme{}
	for _, in := range []string{"U", "CUI", "CUI//SP-CHRI/INV//NF", "CUI//SP-CHRI/INV/LEI//REL TO USA, FVEY", "CUI//LES"} {
		b.Run("parse "+in, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.ParsePortion(in)
			}
		})
	}
	marks := portions(b, s, "U + CUI//INV + CUI//SP-CHRI//REL TO USA, FVEY + CUI//LEI//REL TO USA, GBR")
	b.Run("roll up 4", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.RollUp(marks)
		}
	})
	b.Run("may have", func(b *testing.B) {
		terms := Terms{Originator: "USA", ReleasableTo: fiveNations, Released: map[string][]string{"CUI": {"NZL"}, "INV": {"NZL"}}}
		b.ReportAllocs()
		for b.Loop() {
			MayHave(marks[1], "NZL", terms)
		}
	})
}
