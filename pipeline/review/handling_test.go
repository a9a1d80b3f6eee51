package review

import (
	"errors"
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

const authority = "authority:\n  agency: National Cyber Unit\n  contact: duty@police.example\n  classified_by: J. Doe\n" +
	"  reason: 1.4(c)\n  declassify_on: '20511125'\n"

// drafted parses a draft of the scheme for all five nations, with an authority.
func drafted(t interface{ Fatal(...any) }, scheme, paragraphs string) *draft.Document {
	text := "---\ntitle: T\nscheme: " + scheme + "\ntlp: TLP:AMBER\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\n" + authority + "---\n" + paragraphs
	doc, problems := draft.Parse(draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}, draft.Options{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return doc
}

func editionFor(t *testing.T, doc *draft.Document, p Policy, n pipeline.Nation) edition.Edition {
	t.Helper()
	editions, err := Editions(doc, p)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(editions, func(e edition.Edition) bool { return e.Nation == n })
	if i < 0 {
		t.Fatalf("no edition for %s", n)
	}
	return editions[i]
}

func TestEditionsHaveTheirEquivalent(t *testing.T) {
	doc := drafted(t, "usa", "(U) For all.\n\n(U//REL TO USA, GBR//LES) For two.\n")
	for n, want := range map[pipeline.Nation]string{
		pipeline.AUS: "OFFICIAL", pipeline.CAN: "UNCLASSIFIED", pipeline.GBR: "OFFICIAL-SENSITIVE", pipeline.NZL: "UNCLASSIFIED", pipeline.USA: "",
	} {
		e := editionFor(t, doc, testPolicy(), n)
		if e.Equivalent != want || e.Scheme != "usa" || !strings.HasPrefix(e.Banner, "UNCLASSIFIED") {
			t.Errorf("%s: %s, handled as %q, want %q", n, e.Banner, e.Equivalent, want)
		}
		if text := edition.Text(e); strings.Contains(text, "Handle in") != (want != "") || !strings.Contains(text, e.HandledAs()) {
			t.Errorf("%s: the text says\n%s", n, text)
		}
		if has := slices.ContainsFunc(edition.Units(e), func(u edition.Unit) bool { return u.Part == "equivalent" }); has != (want != "") {
			t.Errorf("%s: a unit for the equivalent: %v", n, has)
		}
	}
	tlp := drafted(t, "tlp", "For all.\n")
	if e := editionFor(t, tlp, DefaultPolicy(), pipeline.GBR); e.Equivalent != "" {
		t.Errorf("TLP is handled as %q", e.Equivalent)
	}
}

// What was approved under a policy of before there were equivalents can be shown, corrected and withdrawn as it is; a
// policy of today that has none refuses.
func TestOldPolicyAndEmptyPolicy(t *testing.T) {
	old, err := ParsePolicy([]byte(`{"default":{"approvals":2,"nations":2},"quorum":{},"released":null,"contacts":null,"editorial":false}`))
	if err != nil {
		t.Fatal(err)
	}
	doc := drafted(t, "usa", "(U) For all.\n")
	if e := editionFor(t, doc, old, pipeline.AUS); e.Equivalent != "" {
		t.Errorf("handled as %q", e.Equivalent)
	}
	_, err = Editions(doc, old.On(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)))
	var none *marking.NoEquivalentError
	if !errors.As(err, &none) || err.Error() != "no equivalents are agreed for USA -> AUS on 2026-11-25" {
		t.Errorf("got %v", err)
	}
}

func TestRefuses(t *testing.T) {
	p := testPolicy()
	bare := drafted(t, "cui", "(CUI) Text.\n")
	bare.Authority = draft.Authority{}
	complete := drafted(t, "cui", "(CUI) Text.\n")
	for name, c := range map[string]struct {
		doc       *draft.Document
		notMailed map[string][]string
		want      []string
	}{
		"whole":               {complete, nil, nil},
		"without authority":   {bare, nil, []string{"the edition for USA: marking CUI needs authority: agency, contact"}},
		"never mailed":        {complete, map[string][]string{"cui": {"CUI"}}, []string{"the edition for USA is CUI, and the policy says that CUI is never sent by mail"}},
		"mailed all the same": {complete, map[string][]string{"usa": {"CUI"}}, nil},
	} {
		editions, err := Editions(c.doc, p)
		if err != nil {
			t.Fatal(err)
		}
		p.NotMailed = c.notMailed
		got := p.Refuses(editions)
		for _, want := range c.want {
			if !slices.ContainsFunc(got, func(err error) bool { return err.Error() == want }) {
				t.Errorf("%s: got %v, want %s", name, got, want)
			}
		}
		if len(c.want) == 0 && len(got) > 0 {
			t.Errorf("%s: got %v", name, got)
		}
	}
	// What is handled abroad under a level that is not mailed there is not mailed there.
	p.NotMailed = map[string][]string{"gbr": {"OFFICIAL-SENSITIVE"}}
	editions, err := Editions(drafted(t, "usa", "(U) For all.\n\n(U//REL TO USA, GBR//LES) For two.\n"), p)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Refuses(editions); len(got) != 1 || !strings.Contains(got[0].Error(), "the edition for GBR is OFFICIAL-SENSITIVE") {
		t.Errorf("got %v", got)
	}
}

// What a nation may not have shows neither in how it handles its edition nor in what stands on the first page, though
// all editions share one authority.
func TestHandlingNeverDependsOnWhatIsWithheld(t *testing.T) {
	marks := map[string][]pipeline.Nation{
		"U": pipeline.Nations(), "U//LES": {pipeline.USA}, "U//NF": {pipeline.USA}, "U//LES-NF": {pipeline.USA},
		"S//NF": {pipeline.USA}, "TS//NF": {pipeline.USA}, "C//REL TO USA, GBR": {pipeline.GBR, pipeline.USA},
		"U//REL TO USA, GBR//LES": {pipeline.GBR, pipeline.USA}, "S//REL TO USA, AUS": {pipeline.AUS, pipeline.USA},
	}
	policy := testPolicy()
	rapid.Check(t, func(t *rapid.T) {
		names := slices.Sorted(func(yield func(string) bool) {
			for m := range marks {
				if !yield(m) {
					return
				}
			}
		})
		all := append([]string{"U"}, rapid.SliceOfN(rapid.SampledFrom(names), 1, 8).Draw(t, "marks")...)
		n := rapid.SampledFrom(pipeline.Nations()).Draw(t, "nation")
		var whole, left strings.Builder
		for _, m := range all {
			paragraph := "(" + m + ") Text.\n\n"
			whole.WriteString(paragraph)
			if slices.Contains(marks[m], n) {
				left.WriteString(paragraph)
			}
		}
		a, errA := only(t, drafted(t, "usa", whole.String()), policy, n)
		b, errB := only(t, drafted(t, "usa", left.String()), policy, n)
		if errA != errB || a.Equivalent != b.Equivalent || !slices.Equal(a.Statements, b.Statements) || !slices.Equal(a.Lacks, b.Lacks) || string(a.JSON()) != string(b.JSON()) {
			t.Fatalf("%s of %q: %q\n%s\nwithout what is withheld: %q\n%s", n, all, errA, a.JSON(), errB, b.JSON())
		}
		classified := slices.ContainsFunc(all, func(m string) bool { return m[0] != 'U' && slices.Contains(marks[m], n) })
		if said := strings.Contains(string(a.JSON()), "J. Doe"); said != classified {
			t.Fatalf("%s of %q: says who classified it: %v\n%s", n, all, said, a.JSON())
		}
	})
}

// only projects a document to one nation, whatever becomes of the others.
func only(t *rapid.T, doc *draft.Document, p Policy, n pipeline.Nation) (edition.Edition, string) {
	e, err := edition.Project(doc, n, nil)
	if err == nil {
		e.Equivalent, err = p.equivalent(e)
	}
	if err != nil {
		return edition.Edition{}, err.Error()
	}
	return e, ""
}
