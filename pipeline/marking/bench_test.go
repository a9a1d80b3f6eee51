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
