package stix

import (
	"slices"
	"testing"

	"bulletin/pipeline"
)

// The equivalent is a further statement on every object that carries a marking, rows marked lower too; the
// originator's mark stays.
func TestEquivalentIsAFurtherStatement(t *testing.T) {
	e := sample()
	e.Nation, e.Equivalent = pipeline.AUS, "OFFICIAL: Sensitive"
	objects, _ := mustBundle(t, e, nil)
	names := map[string]string{}
	for _, m := range ofType(objects, "marking-definition") {
		names[m.text("id")] = m.text("name")
	}
	for _, kind := range []string{"report", "indicator", "attack-pattern"} {
		of := ofType(objects, kind)
		if len(of) == 0 {
			t.Errorf("no %s to look at", kind)
		}
		for _, o := range of {
			var marks []string
			for _, ref := range o.list("object_marking_refs") {
				marks = append(marks, names[ref])
			}
			if len(marks) != 3 || !slices.Contains(marks, "Handle in Australia as OFFICIAL: Sensitive") {
				t.Errorf("%s is marked %q", o.text("id"), marks)
			}
		}
	}
	e.Equivalent = ""
	objects, _ = mustBundle(t, e, nil)
	for _, m := range ofType(objects, "marking-definition") {
		if m.text("name") == "Handle in Australia as " {
			t.Error("a statement of no equivalent")
		}
	}
}
