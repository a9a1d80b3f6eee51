package stix

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// names of the markings of an object, and of a part of it that a selector names.
func markedAs(objects []object, o object, selector string) (whole, part []string) {
	names := map[string]string{}
	for _, m := range ofType(objects, "marking-definition") {
		names[m.text("id")] = m.text("name")
	}
	for _, ref := range o.list("object_marking_refs") {
		whole = append(whole, names[ref])
	}
	all, _ := o["granular_markings"].([]any)
	for _, g := range all {
		g := object(g.(map[string]any))
		if slices.Contains(g.list("selectors"), selector) {
			part = append(part, names[g.text("marking_ref")])
		}
	}
	return whole, part
}

// Where a portion differs, the part of the report that it is says so; the report itself is marked as the whole edition.
func TestPartsAreMarkedAsTheyAre(t *testing.T) {
	e := sample()
	e.Glance = []edition.GlanceLine{{Name: "Who", Line: edition.Line{Mark: "(U//LES)", Text: "a"}}, {Name: "What", Line: edition.Line{Mark: "(U//LES)", Text: "b"}}}
	e.References = []edition.Line{{Text: "unmarked"}, {Mark: "(TLP:GREEN)(U)", Text: "marked"}}
	e.Attachments = []edition.Attachment{{Mark: "(U//REL TO USA, NZL)", Name: "a.zip"}}
	e.Attack = []edition.Technique{{Mark: "(U//LES)", ID: "T1048", Use: "how"}}
	objects, _ := mustBundle(t, e, nil)
	report, technique := ofType(objects, "report")[0], ofType(objects, "attack-pattern")[0]
	for _, c := range []struct {
		of       object
		selector string
		want     string
	}{
		{report, "name", "UNCLASSIFIED"},
		{report, "description", "UNCLASSIFIED//LES"},
		{report, "external_references.[0]", ""},
		{report, "external_references.[1]", ""},
		{report, "external_references.[2]", "TLP:GREEN UNCLASSIFIED"},
		{report, "external_references.[3]", "UNCLASSIFIED//REL TO USA, NZL"},
		{technique, "description", "UNCLASSIFIED//LES"},
		{technique, "name", ""},
	} {
		whole, part := markedAs(objects, c.of, c.selector)
		if strings.Join(part, " ") != c.want || strings.Join(whole, " ") != "TLP:AMBER "+e.Banner {
			t.Errorf("%s of %s is marked %q within %q, want %q", c.selector, c.of.text("type"), part, whole, c.want)
		}
	}

	e.Glance[1].Mark = "(U)" // two marks in one string
	objects, _ = mustBundle(t, e, nil)
	if _, part := markedAs(objects, ofType(objects, "report")[0], "description"); part != nil {
		t.Errorf("lines of two marks are %q together", part)
	}
}

// Under scheme tlp a label is all there is, unless it is narrowed.
func TestPartsUnderTLP(t *testing.T) {
	e := sample()
	e.Scheme, e.Banner = "tlp", "TLP:AMBER"
	e.Title.Mark = ""
	e.References = []edition.Line{{Mark: "(TLP:CLEAR)", Text: "a"}, {Mark: "(TLP:AMBER//REL TO CAN, NZL)", Text: "b"}, {Mark: "(TLP:AMBER)", Text: "c"}}
	objects, _ := mustBundle(t, e, nil)
	var got []string
	for n := range e.References {
		_, part := markedAs(objects, ofType(objects, "report")[0], fmt.Sprintf("external_references.[%d]", n+1))
		got = append(got, strings.Join(part, " "))
	}
	if want := []string{"TLP:CLEAR", "TLP:AMBER//REL TO CAN, NZL", ""}; !slices.Equal(got, want) {
		t.Errorf("references are marked %q, want %q", got, want)
	}
}

// No object is marked weaker than what it holds: all carry the edition's own marking, but an indicator, which carries its
// row's; and no part is marked as anything but the mark that it is printed with.
func TestNoObjectIsWeakerThanItsPortion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyEdition().Draw(t, "edition")
		objects, err := decoded(e)
		if err != nil {
			t.Fatal(err)
		}
		whole := e.TLP.String() + " " + e.Banner
		row := 0
		for _, o := range objects {
			if o.text("type") == "marking-definition" {
				continue
			}
			refs, _ := markedAs(objects, o, "")
			want := whole
			if o.text("type") == "indicator" {
				want = e.Indicators[row].TLP.String() + " " + e.Indicators[row].Marking
				row++
			}
			if strings.Join(refs, " ") != want {
				t.Fatalf("%s is marked %q, want %q", o.text("id"), refs, want)
			}
			if o.text("type") != "report" {
				continue
			}
			for n, r := range e.References {
				if _, part := markedAs(objects, o, fmt.Sprintf("external_references.[%d]", n+1)); r.Mark == "" && part != nil || r.Mark == "(no mark)" && part != nil {
					t.Fatalf("reference %d, printed with %q, is marked %q", n, r.Mark, part)
				}
			}
		}
	})
}

func TestLanguageOfWhatPeopleWrote(t *testing.T) {
	e := sample()
	e.Language = "fr-CA"
	objects, _ := mustBundle(t, e, nil)
	for _, o := range objects {
		written := o.text("type") == "report" || o.text("description") != "" && o.text("type") == "attack-pattern"
		if o.text("type") == "indicator" {
			written = strings.Contains(o.text("description"), "=not a formula")
		}
		if got := o.text("lang"); (got == "fr-CA") != written || !written && got != "" {
			t.Errorf("%s is in %q", o.text("id"), got)
		}
	}
}

// A mark of scheme tlp may narrow a portion to some nations, which no banner says: no object goes without a word of it.
func TestListsOfTLPAreStated(t *testing.T) {
	const list, other = "TLP:AMBER//REL TO CAN, NZL", "TLP:GREEN//REL TO NZL"
	e := sample()
	e.Scheme, e.Banner, e.Equivalent, e.Title.Mark = "tlp", "TLP:AMBER", "", ""
	e.Glance = []edition.GlanceLine{{Name: "Who", Line: edition.Line{Mark: "(" + list + ")", Text: "a"}}, {Name: "What", Line: edition.Line{Text: "b"}}}
	e.References = []edition.Line{{Mark: "(" + other + ")", Text: "marked"}}
	e.Attack = []edition.Technique{{Mark: "(" + list + ")", ID: "T1048"}}
	e.Attachments = nil
	e.Indicators = e.Indicators[:1]
	e.Indicators[0].Mark, e.Indicators[0].TLP, e.Indicators[0].Marking = "("+list+")", marking.Amber, list
	objects, _ := mustBundle(t, e, nil)
	for of, want := range map[string]string{
		"report": "TLP:AMBER " + list + " " + other, "attack-pattern": "TLP:AMBER " + list, "indicator": "TLP:AMBER " + list, "identity": "TLP:AMBER",
	} {
		if whole, _ := markedAs(objects, ofType(objects, of)[0], ""); strings.Join(whole, " ") != want {
			t.Errorf("%s is marked %q, want %q", of, whole, want)
		}
	}
}
