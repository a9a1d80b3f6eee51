package overview

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// The marks that are drawn from, with the nations that may have what they mark, if their bulletin is for them. This
// table is the test's own: it asks the engine nothing.
var marks = map[string]map[string][]pipeline.Nation{
	"usa": {
		"(U)":                                    pipeline.Nations(),
		"(U//NF)":                                {pipeline.USA},
		"(U//LES)":                               {pipeline.USA},
		"(U//FOUO)":                              {pipeline.USA},
		"(U//REL TO USA, GBR//LES)":              {pipeline.GBR, pipeline.USA},
		"(TLP:RED)(U//REL TO USA, AUS, NZL)":     {pipeline.AUS, pipeline.NZL, pipeline.USA},
		"(TLP:GREEN)(U//FOUO/REL TO USA, AUS)":   {pipeline.AUS, pipeline.USA},
		"(TLP:AMBER+STRICT)(U//REL TO USA, CAN)": {pipeline.CAN, pipeline.USA},
	},
	"tlp": {
		"":                                       pipeline.Nations(),
		"(TLP:CLEAR)":                            pipeline.Nations(),
		"(TLP:AMBER)":                            pipeline.Nations(),
		"(TLP:AMBER//REL TO AUS, NZL)":           {pipeline.AUS, pipeline.NZL},
		"(TLP:RED//REL TO CAN)":                  {pipeline.CAN},
		"(TLP:RED//REL TO GBR, USA)":             {pipeline.GBR, pipeline.USA},
		"(TLP:GREEN//REL TO AUS, CAN, GBR, USA)": {pipeline.AUS, pipeline.CAN, pipeline.GBR, pipeline.USA},
	},
	"cui": {
		"(U)":                             pipeline.Nations(),
		"(CUI)":                           {pipeline.USA},
		"(CUI//LEI)":                      {pipeline.USA},
		"(CUI//NF)":                       {pipeline.USA},
		"(CUI//REL TO USA, GBR)":          {pipeline.GBR, pipeline.USA},
		"(TLP:RED)(CUI//REL TO USA, CAN)": {pipeline.CAN, pipeline.USA},
	},
	"gbr": {
		"":                              pipeline.Nations(),
		"(OFFICIAL)":                    pipeline.Nations(),
		"(OFFICIAL-SENSITIVE)":          {pipeline.AUS, pipeline.GBR, pipeline.NZL},
		"(OFFICIAL - HMG USE ONLY)":     {pipeline.GBR},
		"(TLP:RED)(OFFICIAL-SENSITIVE)": {pipeline.AUS, pipeline.GBR, pipeline.NZL},
		"(TLP:GREEN)(OFFICIAL-SENSITIVE - LEGAL)": {pipeline.GBR},
	},
	"aus": {
		"(O)":                           pipeline.Nations(),
		"(O:S)":                         {pipeline.AUS},
		"(P)":                           {pipeline.AUS},
		"(P//AUSTEO)":                   {pipeline.AUS},
		"(P//REL AUS/NZL)":              {pipeline.AUS, pipeline.NZL},
		"(TLP:RED)(P//REL AUS/GBR/USA)": {pipeline.AUS, pipeline.GBR, pipeline.USA},
		"(TLP:GREEN)(O)":                pipeline.Nations(),
	},
	"can": {
		"(U)":                       pipeline.Nations(),
		"(PA)":                      {pipeline.CAN, pipeline.GBR, pipeline.USA},
		"(PB)":                      {pipeline.CAN},
		"(PB - CANADIAN EYES ONLY)": {pipeline.CAN},
		"(TLP:RED)(PA)":             {pipeline.CAN, pipeline.GBR, pipeline.USA},
		"(TLP:AMBER+STRICT)(U)":     pipeline.Nations(),
	},
	"nzl": {
		"(U)":                           pipeline.Nations(),
		"(IC)":                          {pipeline.NZL},
		"(R//NZEO)":                     {pipeline.NZL},
		"(R//REL TO NZL, AUS)":          {pipeline.AUS, pipeline.NZL},
		"(TLP:RED)(R//REL TO NZL, CAN)": {pipeline.CAN, pipeline.NZL},
	},
}

// policies release what the table above says goes to others without a list. Nobody has both what policy released and
// what a list names: they roll up to what nobody abroad may have, and such a draft is refused.
var policies = map[string]map[string][]string{
	"gbr": {"OFFICIAL-SENSITIVE": {"AUS", "NZL"}},
	"can": {"PROTECTED A": {"GBR", "USA"}},
}

// owner is the nation whose scheme it is.
var owner = map[string]pipeline.Nation{
	"usa": pipeline.USA, "cui": pipeline.USA, "gbr": pipeline.GBR, "aus": pipeline.AUS, "can": pipeline.CAN, "nzl": pipeline.NZL,
}

// genScheme draws tlp, which carries what every nation wrote, as often as all others together.
func genScheme(t *rapid.T, what string) string {
	return rapid.SampledFrom([]string{"tlp", "usa", "tlp", "cui", "tlp", "gbr", "tlp", "aus", "tlp", "can", "nzl"}).Draw(t, what)
}

// genNation draws who may write in the scheme.
func genNation(t *rapid.T, scheme, what string) pipeline.Nation {
	if n := owner[scheme]; n != "" {
		return n
	}
	return rapid.SampledFrom(pipeline.Nations()).Draw(t, what)
}

// tlpOf is the TLP of each of those marks; none: the document's.
func tlpOf(mark string) marking.TLP {
	for t := marking.Red; t > marking.NoTLP; t-- {
		if strings.HasPrefix(mark, "("+t.String()) {
			return t
		}
	}
	return marking.NoTLP
}

// thing is a marked piece of a generated bulletin; its word stands nowhere else.
type thing struct {
	kind string // title, technique, para, item, heading, summary, detail
	mark string
	word string
}

// made is a generated bulletin.
type made struct {
	number, scheme string
	author         pipeline.Nation
	to             []pipeline.Nation
	things         []thing
}

func (m made) may(t thing, n pipeline.Nation) bool {
	return slices.Contains(m.to, n) && slices.Contains(marks[m.scheme][t.mark], n)
}

// has reports whether the nation gets an edition of it.
func (m made) has(n pipeline.Nation) bool {
	return slices.ContainsFunc(m.things, func(t thing) bool { return t.isContent() && m.may(t, n) })
}

func (t thing) isContent() bool { return t.kind == "para" || t.kind == "item" }

var oddities = []string{"a*b* [1]", "x_y_ \\ |", "\\<b> & c", "#tag ~~s~~", "`code (U//NF)`", "https://files.example/x?a=b,", "1. not a list"}

func genBulletin(t *rapid.T, i int, scheme string) made {
	m := made{number: fmt.Sprintf("SA26-3%02dA", i), scheme: scheme}
	m.author = genNation(t, m.scheme, "author")
	m.to = rapid.SliceOfNDistinct(rapid.SampledFrom(pipeline.Nations()), 1, 5, rapid.ID).Draw(t, "to")
	slices.Sort(m.to)
	all := slices.Sorted(maps.Keys(marks[m.scheme]))
	plain := map[string]string{"tlp": "", "gbr": "", "aus": "(O)"}[m.scheme]
	if !slices.Contains(all, plain) {
		plain = "(U)"
	}
	word := func(kind string, n int) string { return fmt.Sprintf("%s%dof%dx", kind, n, i) }
	m.things = []thing{{"title", rapid.SampledFrom([]string{plain, all[1], all[2]}).Draw(t, "title"), word("title", 0)}}
	for n := range rapid.IntRange(0, 3).Draw(t, "techniques") {
		m.things = append(m.things, thing{"technique", rapid.SampledFrom(all).Draw(t, "mark"), fmt.Sprintf("T1%03d", 100+n)})
	}
	kinds := []string{"para", "para", "item", "summary", "detail", "heading"}
	for n := range rapid.IntRange(1, 8).Draw(t, "pieces") {
		m.things = append(m.things, thing{rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.SampledFrom(all).Draw(t, "mark"), word("text", n)})
	}
	m.things = append(m.things, thing{"para", rapid.SampledFrom(all).Draw(t, "mark"), word("last", 0)})
	return m
}

// heading is what stands in a heading: in New Zealand's scheme nothing that is marked.
func (m made) heading(x thing, title string) string {
	if m.scheme == "nzl" {
		return title
	}
	return strings.TrimSpace(x.mark + " " + title + " " + x.word)
}

// document writes and parses the bulletin.
func (m made) document(t *rapid.T) *draft.Document {
	var front, body strings.Builder
	for j, x := range m.things {
		switch x.kind {
		case "title":
			fmt.Fprintf(&front, "title: %q\n", strings.TrimSpace(x.mark+" "+x.word))
		case "technique":
			if !strings.Contains(front.String(), "attack:") {
				front.WriteString("attack:\n")
			}
			fmt.Fprintf(&front, "  - %q\n", strings.TrimSpace(x.mark+" "+x.word))
		case "summary":
			fmt.Fprintf(&body, "## %s\n\n", m.heading(x, "Summary"))
		case "detail":
			fmt.Fprintf(&body, "## %s\n\n", m.heading(x, "Details"))
		case "heading":
			fmt.Fprintf(&body, "### %s\n\n", m.heading(x, "Part"))
		case "item":
			fmt.Fprintf(&body, "- %s Item %s\n\n", x.mark, x.word)
		default:
			fmt.Fprintf(&body, "%s Words %s %s\n\n", x.mark, x.word, oddities[j%len(oddities)])
		}
	}
	text := fmt.Sprintf("---\nscheme: %s\ntlp: TLP:RED\nreleasable_to: [%s]\n%s---\n\n%s", m.scheme, pipeline.JoinNations(m.to, ", "), front.String(), body.String())
	doc, problems := draft.Parse(draft.Source{Name: "b.md", Files: map[string][]byte{"b.md": []byte(text)}}, draft.Options{Author: m.author})
	if problems.Err() != nil {
		t.Fatalf("%v\n%s", problems.Err(), text)
	}
	return doc
}

// compile gives the draft, and each nation's edition of it.
func compile(t *rapid.T, editor pipeline.Nation, scheme string, all []made) (string, []Carried, map[pipeline.Nation]edition.Edition) {
	s, err := marking.ByName(scheme)
	if err != nil {
		t.Fatal(err)
	}
	var in []Bulletin
	for _, m := range all {
		in = append(in, Bulletin{Number: m.number, Released: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), Doc: m.document(t), Policy: policies[m.scheme]})
	}
	text, carried := Compile(Order{Nation: editor, Scheme: s, Policy: policies[scheme], From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}, in)
	doc, problems := draft.Parse(draft.Source{Name: "o.md", Files: map[string][]byte{"o.md": []byte(text)}}, draft.Options{Author: editor})
	if problems.Err() != nil {
		t.Fatalf("the overview does not pass check: %v\n%s", problems.Err(), text)
	}
	editions := map[pipeline.Nation]edition.Edition{}
	for _, n := range pipeline.Nations() {
		if editions[n], err = edition.Project(doc, n, policies[scheme]); err != nil {
			t.Fatal(err)
		}
	}
	return text, carried, editions
}

// Whatever bulletins are released, and whoever compiles: no nation's edition of the overview holds anything of a
// portion, a title, a technique or a number that the nation may not have, or that the editor's may not.
func TestOverviewNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		editor, scheme, all := gen(t)
		text, carried, editions := compile(t, editor, scheme, all)
		for n, e := range editions {
			whole := string(e.JSON())
			highest := least
			for _, m := range all {
				if strings.Contains(whole, m.number) && !(m.has(n) && m.has(editor)) {
					t.Fatalf("%s is told of %s:\n%s", n, m.number, text)
				}
				for _, x := range m.things {
					may := m.may(x, n) && m.has(n)
					if x.kind != "technique" && strings.Contains(whole, x.word) && !(may && m.may(x, editor)) {
						t.Fatalf("%s reads %s, marked %s in %s:\n%s", n, x.word, x.mark, m.number, text)
					}
					if tlp := tlpOf(x.mark); may && x.isContent() {
						if tlp == marking.NoTLP {
							tlp = marking.Red
						}
						highest = max(highest, tlp)
					} else if may {
						highest = max(highest, tlp)
					}
				}
			}
			if e.TLP > highest {
				t.Fatalf("the edition for %s is %s, and nothing that it may have is above %s:\n%s", n, e.TLP, highest, text)
			}
			checkCounts(t, n, e, all)
		}
		for _, c := range carried {
			if c.Portions+c.ByHand == 0 || !strings.Contains(text, c.Number) {
				t.Fatalf("%s is lost: %+v\n%s", c.Number, c, text)
			}
		}
	})
}

// checkCounts looks at every row of the trend tables: it counts exactly the bulletins that it names, and names them
// only to those who may have the technique.
func checkCounts(t *rapid.T, n pipeline.Nation, e edition.Edition, all []made) {
	for _, b := range e.Blocks {
		if b.Table == nil {
			continue
		}
		for _, row := range b.Table.Rows {
			what, last := draft.Plain(row.Cells[0]), len(row.Cells)-1
			numbers := strings.Split(draft.Plain(row.Cells[last]), ", ")
			if fmt.Sprint(len(numbers)) != draft.Plain(row.Cells[last-1]) {
				t.Fatalf("%s: a row counts %s: %v", n, draft.Plain(row.Cells[last-1]), numbers)
			}
			for _, m := range all {
				if !slices.Contains(numbers, m.number) || what == "bulletin" {
					continue
				}
				if !slices.ContainsFunc(m.things, func(x thing) bool { return x.word == what && m.may(x, n) }) {
					t.Fatalf("%s reads of %s that it names %s", n, m.number, what)
				}
			}
		}
	}
}

// What a nation reads does not change when what it may not have says something else.
func TestOverviewTellsNothingOfWhatIsWithheld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		editor, scheme, all := gen(t)
		n := rapid.SampledFrom(pipeline.Nations()).Draw(t, "reader")
		_, _, before := compile(t, editor, scheme, all)
		other := make([]made, len(all))
		for i, m := range all {
			other[i] = m
			other[i].things = slices.Clone(m.things)
			for j, x := range m.things {
				if !m.may(x, n) && x.kind != "summary" && x.kind != "technique" {
					other[i].things[j].word = "Other" + x.word
				}
				if !m.may(x, n) && x.kind == "technique" {
					other[i].things[j].word = strings.Replace(x.word, "T11", "T12", 1)
				}
			}
			if !m.has(n) {
				other[i].number = strings.Replace(m.number, "SA26", "SA25", 1)
			}
		}
		_, _, after := compile(t, editor, scheme, other)
		if string(before[n].JSON()) != string(after[n].JSON()) {
			t.Fatalf("%s reads\n%s\nand then\n%s", n, before[n].JSON(), after[n].JSON())
		}
	})
}

func gen(t *rapid.T) (editor pipeline.Nation, scheme string, all []made) {
	scheme = genScheme(t, "overview's scheme")
	editor = genNation(t, scheme, "editor")
	for i := range rapid.IntRange(1, 5).Draw(t, "bulletins") {
		of := scheme // half of them are of the overview's scheme, whose marks it can carry
		if rapid.Bool().Draw(t, "of another scheme") {
			of = genScheme(t, "scheme")
		}
		all = append(all, genBulletin(t, i, of))
	}
	return editor, scheme, all
}
