package stix

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

func TestCSV(t *testing.T) {
	e := edition.Edition{TLP: marking.Amber, Banner: "TLP:AMBER", Indicators: []edition.Indicator{
		{Type: "domain", Value: "a.example.net", FirstSeen: "2026-01-02", Confidence: "high", Note: `says "hello", twice`, TLP: marking.Green, Marking: "TLP:GREEN"},
		{Type: "filename", Value: "=cmd|' /C calc'!A0", Note: "@SUM(1)"},
	}}
	got, err := CSV(e)
	want := "type,value,first_seen,last_seen,confidence,note,tlp,marking\r\n" +
		"domain,a.example.net,2026-01-02,,high,\"says \"\"hello\"\", twice\",TLP:GREEN,TLP:GREEN\r\n" +
		"filename,'=cmd|' /C calc'!A0,,,,'@SUM(1),TLP:AMBER,TLP:AMBER\r\n"
	if err != nil || string(got) != want {
		t.Errorf("CSV = %q, %v; want %q", got, err, want)
	}
}

func TestCSVWithoutIndicatorsIsItsHeader(t *testing.T) {
	got, err := CSV(edition.Edition{})
	if err != nil || string(got) != "type,value,first_seen,last_seen,confidence,note,tlp,marking\r\n" {
		t.Errorf("CSV = %q, %v", got, err)
	}
}

// No cell begins with what a spreadsheet computes, and one apostrophe less is the value.
func TestNoCellIsAFormula(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ \x{3000}\x{a0}\x{feff}\x{200b}\t]{0,2}[=+@\t\r'|%＝＋－＠-].{0,10}`)).Draw(t, "cell")
		got := inert(cell)
		bare := []rune(strings.Trim(strings.TrimLeft(got, " "), "\u3000\u00a0\ufeff\u200b \t"))
		if len(bare) > 0 && strings.ContainsRune("=+-@|%＝＋－＠", bare[0]) || strings.HasPrefix(strings.TrimLeft(got, " "), "\t") {
			t.Fatalf("%q is a formula", got)
		}
		if back := strings.TrimPrefix(got, "'"); back != cell {
			t.Fatalf("%q reads back as %q", cell, back)
		}
	})
}

// The set of indicators is the same in the text, the CSV and the bundle.
func TestSameIndicatorsEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := sample()
		e.Indicators = rapid.SliceOf(rapid.SampledFrom(sampleRows())).Draw(t, "rows")
		var want, inText []string
		for _, i := range e.Indicators {
			want = append(want, i.Type+" "+nameOf(i))
		}

		raw, err := CSV(e)
		if err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(strings.NewReader(string(raw))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var inCSV []string
		for _, r := range records[1:] {
			row := edition.Indicator{Type: r[0], Value: strings.TrimPrefix(r[1], "'")}
			inCSV = append(inCSV, row.Type+" "+nameOf(row))
		}

		objects, err := decoded(e)
		if err != nil {
			t.Fatal(err)
		}
		var inSTIX []string
		for _, o := range ofType(objects, "indicator") {
			inSTIX = append(inSTIX, o.list("labels")[0]+" "+o.text("name"))
		}

		_, section, _ := strings.Cut(edition.Text(e), "\nIndicators\n==========\n")
		section, _, _ = strings.Cut(section, "\nMITRE ATT&CK (") // the next section
		for _, i := range e.Indicators {
			first, _, _ := strings.Cut(edition.Defang(i.Type, i.Value), "\n")
			before, after, found := strings.Cut(section, "\n   "+first+"\n")
			if !found || !strings.Contains(before, i.Type) {
				t.Fatalf("%s %s is not in the text (or out of order)", i.Type, i.Value)
			}
			inText, section = append(inText, i.Type+" "+nameOf(i)), "\n"+after
		}
		if strings.Contains(section, "\n-  ") {
			t.Fatalf("the text holds more: %s", section)
		}
		if !slices.Equal(inCSV, want) || !slices.Equal(inSTIX, want) || !slices.Equal(inText, want) {
			t.Fatalf("edition %q\ncsv %q\nstix %q\ntext %q", want, inCSV, inSTIX, inText)
		}
	})
}
