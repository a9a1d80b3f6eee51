package marking

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// anyMark draws a portion mark of the scheme; all of them, and nothing else, can come out.
func anyMark(s Scheme) *rapid.Generator[Mark] {
	return rapid.Custom(func(t *rapid.T) Mark {
		switch s.Name() {
		case "tlp":
			return drawTLP(t)
		case "gbr":
			return drawGBR(t)
		case "can":
			return drawCAN(t)
		case "nzl":
			return drawNZL(t)
		case "cui":
			return drawCUI(t)
		case "aus":
			return drawAus(t)
		}
		return drawUSA(t)
	})
}

func drawTLP(t *rapid.T) Mark {
	m := &tlpMark{label: TLP(rapid.IntRange(int(Clear), int(Red)).Draw(t, "label"))}
	if rapid.Bool().Draw(t, "narrowed") {
		m.narrowed = true
		m.nations = rapid.SliceOfNDistinct(rapid.SampledFrom(fiveNations), 1, 5, rapid.ID[string]).Draw(t, "nations")
		slices.Sort(m.nations)
	}
	return m
}

// drawUSA draws any legal portion mark of usa but REL without a list, which is not a value until its
// banner is known.
func drawUSA(t *rapid.T) Mark {
	g := usaGuess{form: usaPortion, class: rapid.SampledFrom(usaClasses).Draw(t, "class")}
	m := mustParse(t, g.write())
	try := func(change func(g *usaGuess)) {
		h := g
		change(&h)
		if n, err := (usaScheme{}).ParsePortion(h.write()); err == nil {
			g, m = h, n
		}
	}
	try(func(g *usaGuess) { drawDisclosure(t, g) })
	for _, c := range []usaControl{orcon, fgi} { // what others need
		if rapid.IntRange(0, 3).Draw(t, usaControls[c].banner) == 0 {
			try(func(g *usaGuess) {
				g.said |= 1 << c
				if c == fgi {
					g.after[c] = rapid.SampledFrom([]string{"", "NATO", "CAN DEU"}).Draw(t, "FGI of")
				}
			})
		}
	}
	for c := range usaControlCount {
		if (disclosure&^implicitNF | 1<<orcon | 1<<fgi).has(c) || rapid.IntRange(0, 5).Draw(t, usaControls[c].banner) > 0 {
			continue
		}
		try(func(g *usaGuess) {
			g.said |= 1 << c
			if c == rd || c == frd {
				g.after[c] = rapid.SampledFrom([]string{"", "-SG 2 14", "-CNWDI", "-CNWDI-SG 99"}).Draw(t, "weapons")
			}
		})
	}
	for _, path := range []string{"SI", "SI-G", "SI-G ABCD EFGH-XYZ", "HCS", "HCS-O-P ABC", "TK", "TK-BLFH 12 ABC", "RSV-123", "LMN", "KDK"} {
		if rapid.IntRange(0, 5).Draw(t, path) == 0 {
			try(func(g *usaGuess) { g.sci = append(slices.Clone(g.sci), path) })
		}
	}
	for _, path := range []string{"BP", "BP-123", "BUTTER POPCORN", "CA-XYZ YYY-Z9"} {
		if rapid.IntRange(0, 5).Draw(t, path) == 0 {
			try(func(g *usaGuess) { g.sap = append(slices.Clone(g.sap), path) })
		}
	}
	return m
}

var usaClasses = []string{"U", "U", "U", "C", "S", "S", "TS", "TS", "//DEU R", "//DEU U", "//DEU S", "//CAN DEU S", "//FGI S", "//FGI U",
	"//NU", "//NR", "//NS", "//CTS", "//JOINT S GBR USA", "//JOINT U CAN GBR USA", "//JOINT S GBR USA"}

// drawDisclosure draws the marks of foreign disclosure; each combination that is legal somewhere.
func drawDisclosure(t *rapid.T, g *usaGuess) {
	said := rapid.SampledFrom([]usaSet{0, 0, 1 << noforn, 1 << relTo, 1 << relTo, 1<<relTo | 1<<relido, 1 << relido, 1 << relido,
		1 << displayOnly, 1<<relTo | 1<<displayOnly}).Draw(t, "disclosure")
	g.said |= said
	codes := []string{"AUS", "CAN", "GBR", "NZL", "DEU", "FVEY", "ACGU", "TEYE", "NATO"}
	if said.has(relTo) {
		g.rel = rapid.SliceOfN(rapid.SampledFrom(codes), 1, 5).Draw(t, "rel")
	}
	if said.has(displayOnly) {
		g.after[displayOnly] = strings.Join(sortedCodes(rapid.SliceOfN(rapid.SampledFrom(codes), 1, 4).Draw(t, "display")), " ")
	}
}

// REL without a list stands for the banner's: who may have the document may have the completed portion, and
// such portions change nothing but what they say beside REL.
func TestRollUpWithTheBannersList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		marks := rapid.SliceOfN(anyMark(usaScheme{}), 1, 4).Draw(t, "portions")
		bare := mustParse(t, rapid.SampledFrom([]string{"U//REL", "U//REL/RELIDO", "S//REL", "C//SI//REL//LES"}).Draw(t, "bare"))
		terms := anyTerms(usaScheme{}).Draw(t, "terms")
		whole, err := usaScheme{}.RollUp(append(marks, bare))
		if err != nil {
			return // no portion states a list
		}
		again, err := usaScheme{}.RollUp(append([]Mark{bare, bare}, marks...))
		if err != nil || value(again) != value(whole) {
			t.Fatalf("%s in another order: %s, %v", value(whole), value(again), err)
		}
		for _, p := range append(marks, bare) {
			p = Completed(p, whole)
			for _, nation := range []string{"AUS", "CAN", "GBR", "NZL", "DEU"} {
				if MayHave(whole, nation, terms) && !MayHave(p, nation, terms) {
					t.Fatalf("%s may have %s of %+v, but not its portion %s", nation, value(whole), terms, value(p))
				}
			}
		}
	})
}

// misspell does to a mark what keyboards and word processors do. What it means stays evident.
func misspell(t *rapid.T, in string) string {
	switch rapid.IntRange(0, 5).Draw(t, "misspelt") {
	case 0:
		return strings.ToLower(in)
	case 1:
		return strings.ReplaceAll(in, "/", "\u2215")
	case 2:
		return strings.ReplaceAll(in, "//", " // ")
	case 3:
		return strings.ReplaceAll(in, ", ", ",")
	case 4:
		return strings.Replace(in, "REL TO USA, ", "REL TO ", 1)
	}
	categories := strings.Split(strings.TrimPrefix(in, "//"), "//")
	rest := rapid.Permutation(categories[1:]).Draw(t, "order")
	return in[:len(in)-len(strings.TrimPrefix(in, "//"))] + strings.Join(append(categories[:1:1], rest...), "//")
}

// A suggestion says what was written, and never to more nations.
func TestUSASuggestionsSayTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawUSA(t)
		_, err := usaScheme{}.ParsePortion(misspell(t, bare(m.Portion())))
		if err == nil {
			return
		}
		suggestion := err.(*SyntaxError).Suggestion
		if suggestion == "" {
			return
		}
		if got := mustParse(t, suggestion); value(got) != value(m) {
			t.Fatalf("%s was suggested for %s: %v", suggestion, m.Portion(), err)
		}
	})
}

func mustParse(t *rapid.T, portion string) Mark {
	m, err := usaScheme{}.ParsePortion(portion)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func anyTerms(s Scheme) *rapid.Generator[Terms] {
	return rapid.Custom(func(t *rapid.T) Terms {
		nations := rapid.SliceOfDistinct(rapid.SampledFrom(append([]string{"DEU"}, fiveNations...)), rapid.ID[string])
		return Terms{
			Originator:   rapid.SampledFrom([]string{"", "USA", "GBR", s.Owner()}).Draw(t, "originator"),
			ReleasableTo: nations.Draw(t, "releasable to"),
			Released: rapid.MapOf(rapid.SampledFrom(append([]string{"NOFORN", "RELIDO", "SCI", "ORCON", "NZEO"}, s.Releasable()...)), nations).
				Draw(t, "released"),
		}
	})
}

func eachScheme(t *testing.T, property func(t *rapid.T, s Scheme)) {
	for _, s := range Schemes() {
		t.Run(s.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { property(t, s) })
		})
	}
}

func rollUp(t *rapid.T, s Scheme, portions ...Mark) Mark {
	m, err := s.RollUp(portions)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// value is all that a mark knows, what its banner leaves out included.
func value(m Mark) string {
	return fmt.Sprintf("%s %s %+v %v", m.Banner(), m.Portion(), m.Audience(), m.DomesticControls())
}

func TestPrintParse(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		m := anyMark(s).Draw(t, "mark")
		p, err := s.ParsePortion(bare(m.Portion()))
		if err != nil {
			t.Fatal(err)
		}
		if value(p) != value(m) {
			t.Fatalf("portion %s came back as %s", value(m), value(p))
		}
		b, err := s.ParseBanner(m.Banner())
		if err != nil {
			t.Fatal(err)
		}
		if b.Banner() != m.Banner() {
			t.Fatalf("banner %s came back as %s", m.Banner(), b.Banner())
		}
	})
}

func TestRollUpIsASemilattice(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		a, b, c := anyMark(s).Draw(t, "a"), anyMark(s).Draw(t, "b"), anyMark(s).Draw(t, "c")
		if x, y := rollUp(t, s, a, b), rollUp(t, s, b, a); value(x) != value(y) {
			t.Errorf("not commutative: %s, %s", value(x), value(y))
		}
		x := rollUp(t, s, rollUp(t, s, a, b), c)
		for _, y := range []Mark{rollUp(t, s, a, rollUp(t, s, b, c)), rollUp(t, s, a, b, c)} {
			if value(x) != value(y) {
				t.Errorf("not associative: %s, %s", value(x), value(y))
			}
		}
		if y := rollUp(t, s, x, x); value(x) != value(y) {
			t.Errorf("not idempotent: %s, %s", value(x), value(y))
		}
		if y := rollUp(t, s, x, a); value(x) != value(y) {
			t.Errorf("does not absorb its own portion: %s, %s", value(x), value(y))
		}
		if y := rollUp(t, s, a); value(y) != value(a) {
			t.Errorf("one portion %s rolls up to %s", value(a), value(y))
		}
	})
}

// The banner of a roll-up parses, and by itself allows nobody more than the roll-up does, save that
// it cannot print what TLP has no words for and what LES supersedes.
func TestRollUpPrintsAValidBanner(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		m := rollUp(t, s, rapid.SliceOfN(anyMark(s), 1, 6).Draw(t, "portions")...)
		b, err := s.ParseBanner(m.Banner())
		if err != nil {
			t.Fatal(err)
		}
		if p, err := s.ParsePortion(bare(m.Portion())); err != nil && s.Name() == "usa" || err == nil && !AtMost(m, p) && p.Audience().kind == unlimited {
			t.Fatalf("portion %s: %v", m.Portion(), err)
		}
		if again := b.Banner(); again != m.Banner() {
			t.Fatalf("%s prints %s when it is read again", m.Banner(), again)
		}
		if names, says := b.Audience().Countries(); s.Name() == "usa" && says {
			if of, _ := m.Audience().Countries(); fmt.Sprint(names) != fmt.Sprint(of) && fmt.Sprint(names) != "[USA]" {
				t.Fatalf("%s prints an audience of %v, and has %v", m.Banner(), b.Audience(), m.Audience())
			}
		}
	})
}

func TestRollUpNeverWidens(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		portions := rapid.SliceOfN(anyMark(s), 1, 6).Draw(t, "portions")
		terms := anyTerms(s).Draw(t, "terms")
		whole := rollUp(t, s, portions...)
		for _, p := range portions {
			if !AtMost(p, whole) {
				t.Fatalf("%s lowers the level of %s", whole.Banner(), p.Banner())
			}
			for _, nation := range append([]string{"DEU", "XXX", ""}, fiveNations...) {
				// NOFORN names the United States, whose documents usa marks are, as AUSTEO names Australia;
				// a document of another originator is beyond what the mark can say.
				if nation == s.Owner() && terms.Originator != nation {
					continue
				}
				if MayHave(whole, nation, terms) && !MayHave(p, nation, terms) {
					t.Fatalf("%s may have %s of %+v, but not its portion %s", nation, value(whole), terms, value(p))
				}
			}
		}
	})
}

// MayHave by the letter of the design, without its short cuts.
func TestMayHaveNeedsReleasability(t *testing.T) {
	eachScheme(t, func(t *rapid.T, s Scheme) {
		m, terms := anyMark(s).Draw(t, "mark"), anyTerms(s).Draw(t, "terms")
		for _, nation := range append([]string{"DEU", "XXX", ""}, fiveNations...) {
			if MayHave(m, nation, terms) && !slices.Contains(terms.ReleasableTo, nation) {
				t.Fatalf("%s may have %s, but gets no edition", nation, m.Portion())
			}
		}
	})
}
