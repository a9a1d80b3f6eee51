package edition

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// What a reviewer reads is what recipients read: the same lines, only parted.
func TestReadIsText(t *testing.T) {
	for _, e := range []Edition{textSample(), leastSample()} {
		r := Read(e, textWidth)
		lines := slices.Clone(r.Before)
		for _, b := range r.Blocks {
			lines = append(lines, b...)
		}
		lines = append(lines, r.After...)
		squeeze := func(in []string) string {
			return strings.Join(slices.DeleteFunc(slices.Clone(in), func(l string) bool { return l == "" }), "\n")
		}
		if got, want := squeeze(lines), squeeze(strings.Split(Text(e), "\n")); got != want {
			t.Errorf("read:\n%s\n\ntext:\n%s", got, want)
		}
		if len(r.Blocks) != len(e.Blocks) {
			t.Errorf("%d of %d blocks", len(r.Blocks), len(e.Blocks))
		}
	}
}

// Places names, for each block that a nation gets, the portion that it is, whatever is withheld.
func TestPlacesNameWhatIsKept(t *testing.T) {
	marks := []string{"(U)", "(U//NF)", "(U//REL TO USA, GBR)", "(U//REL TO USA, AUS, NZL)"}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		b.WriteString("---\ntitle: T\nkind: notice\nscheme: usa\ntlp: TLP:AMBER\nreleasable_to: [AUS, GBR, NZL, USA]\n---\n(U) First.\n\n")
		for i, kind := range rapid.SliceOfN(rapid.SampledFrom([]string{"", "## ", "- ", "> "}), 0, 9).Draw(t, "kinds") {
			b.WriteString(kind + rapid.SampledFrom(marks).Draw(t, "mark") + " Text " + strings.Repeat("x", i+1) + ".\n\n")
		}
		doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(b.String())}}, draft.Options{})
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		for _, n := range doc.ReleasableTo {
			e, err := Project(doc, n, nil)
			if err != nil {
				t.Fatal(err)
			}
			places := Places(doc, n, nil)
			if len(places) != len(e.Blocks) {
				t.Fatalf("%s: %d places for %d blocks", n, len(places), len(e.Blocks))
			}
			for i, place := range places {
				if got, want := plain(e.Blocks[i].Text), plain(doc.Portions[place-1].Block.Text); got != want {
					t.Errorf("%s: block %d is %q, place %d is %q", n, i+1, got, place, want)
				}
			}
		}
	})
}

// Whatever the reader sees changes a unit.
func TestUnitsTellEveryChange(t *testing.T) {
	for name, change := range map[string]func(*Edition){
		"title":      func(e *Edition) { e.Title.Text = "Other" },
		"its mark":   func(e *Edition) { e.Title.Mark = "(U//FOUO)" },
		"banner":     func(e *Edition) { e.Banner = "UNCLASSIFIED//FOUO" },
		"kind":       func(e *Edition) { e.Kind = "training" },
		"precedence": func(e *Edition) { e.Precedence = pipeline.Immediate },
		"nations":    func(e *Edition) { e.ReleasableTo = e.ReleasableTo[:1] },
		"action":     func(e *Edition) { e.Actions[0].Text = "Other" },
		"glance":     func(e *Edition) { e.Glance[0].Text = "Other" },
		"portion":    func(e *Edition) { e.Blocks[0].Text = []draft.Inline{{Kind: draft.Text, Text: "Other"}} },
		"mark":       func(e *Edition) { e.Blocks[0].Mark = "(U//OTHER)" },
		"fewer":      func(e *Edition) { e.Blocks = e.Blocks[1:] },
		"technique":  func(e *Edition) { e.Attack[0].Use = "Other" },
		"indicator":  func(e *Edition) { e.Indicators[0].Value = "other.example" },
		"its note":   func(e *Edition) { e.Indicators[0].Note = "Other" },
		"reference":  func(e *Edition) { e.References[0].Text = "Other" },
		"contact":    func(e *Edition) { e.Contacts[0].Text = "Other" },
		"statement":  func(e *Edition) { e.Statements = append(e.Statements, "Other") },
	} {
		e := textSample()
		change(&e)
		if slices.Equal(Units(e), Units(textSample())) {
			t.Errorf("%s: no unit tells of it", name)
		}
	}
}

func TestUnitsAreSafe(t *testing.T) {
	e := textSample()
	e.Title.Text = "A \x1b[2Jtitle \u202e.gpj"
	for _, u := range Units(e) {
		if strings.ContainsAny(u.Text, "\x1b\u202e") {
			t.Errorf("%q", u.Text)
		}
	}
}
