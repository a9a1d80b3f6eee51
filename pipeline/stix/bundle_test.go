package stix

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

var update = flag.Bool("update", false, "write the goldens anew")

// object is any object of a bundle, as a reader finds it.
type object map[string]any

func (o object) text(key string) string { s, _ := o[key].(string); return s }

func (o object) list(key string) []string {
	var out []string
	all, _ := o[key].([]any)
	for _, v := range all {
		out = append(out, v.(string))
	}
	return out
}

func mustBundle(t *testing.T, e edition.Edition, pdf []byte) (objects []object, raw []byte) {
	t.Helper()
	raw, err := Bundle(e, pdf)
	if err != nil {
		t.Fatal(err)
	}
	if objects, err = read(raw); err != nil {
		t.Fatal(err)
	}
	return objects, raw
}

func decoded(e edition.Edition) ([]object, error) {
	raw, err := Bundle(e, nil)
	if err != nil {
		return nil, err
	}
	return read(raw)
}

func read(raw []byte) ([]object, error) {
	var b struct {
		Type, ID string
		Objects  []object
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return nil, err
	}
	if b.Type != "bundle" || !strings.HasPrefix(b.ID, "bundle--") {
		return nil, fmt.Errorf("bundle is %s %s", b.Type, b.ID)
	}
	return b.Objects, nil
}

func ofType(objects []object, typ string) []object {
	var out []object
	for _, o := range objects {
		if o.text("type") == typ {
			out = append(out, o)
		}
	}
	return out
}

// A file that someone wants to check with another validator.
func TestBundleGolden(t *testing.T) {
	_, got := mustBundle(t, sample(), []byte("%PDF-1.7"))
	path := filepath.Join("testdata", "sample.json")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-update writes it anew; validate it then): %s", path, got)
	}
}

// What the OASIS schemas require of the types that we write.
var required = map[string][]string{
	"marking-definition": {"name"},
	"identity":           {"name", "identity_class"},
	"report":             {"name", "published", "object_refs", "report_types", "labels", "external_references"},
	"attack-pattern":     {"name", "external_references"},
	"indicator":          {"name", "pattern", "pattern_type", "valid_from"},
}

var (
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9-]+[a-z0-9]--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	timeForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	phaseForm = regexp.MustCompile(`^[a-z-]+$`)
)

func TestBundleIsAsTheSchemasRequire(t *testing.T) {
	objects, _ := mustBundle(t, sample(), []byte("%PDF-1.7"))
	ids := map[string]bool{}
	for _, o := range objects {
		if ids[o.text("id")] {
			t.Errorf("%s stands twice", o.text("id"))
		}
		ids[o.text("id")] = true
	}
	for _, o := range objects {
		typ, id := o.text("type"), o.text("id")
		if !idForm.MatchString(id) || !strings.HasPrefix(id, typ+"--") || o.text("spec_version") != "2.1" {
			t.Errorf("id %q of a %s of version %q", id, typ, o.text("spec_version"))
		}
		keys := append([]string{"created"}, required[typ]...)
		times := []string{"created"}
		if typ != "marking-definition" {
			keys = append(keys, "modified", "created_by_ref", "object_marking_refs")
			times = append(times, "modified")
		}
		if typ == "identity" {
			keys = slices.DeleteFunc(keys, func(k string) bool { return k == "created_by_ref" })
		}
		for _, k := range keys {
			if v, ok := o[k]; !ok || v == "" {
				t.Errorf("%s has no %s", id, k)
			}
		}
		for _, k := range times {
			if !timeForm.MatchString(o.text(k)) {
				t.Errorf("%s: %s is %q", id, k, o.text(k))
			}
		}
		for _, ref := range append(o.list("object_marking_refs"), o.list("object_refs")...) {
			if !ids[ref] {
				t.Errorf("%s refers to %s, which the bundle does not have", id, ref)
			}
		}
		if p := o.text("pattern"); o.text("pattern_type") == "stix" && readPattern(p) == nil {
			t.Errorf("pattern %s", p)
		}
	}
}

func TestReportNamesEverything(t *testing.T) {
	pdf := []byte("%PDF-1.7")
	objects, _ := mustBundle(t, sample(), pdf)
	reports := ofType(objects, "report")
	if len(reports) != 1 {
		t.Fatalf("%d reports, want 1", len(reports))
	}
	r := reports[0]
	if r.text("name") != "A title" || r.text("published") != "2026-11-22T14:00:00.000Z" || r.text("created") != r.text("published") {
		t.Errorf("report is %v", r)
	}
	refs := r.list("object_refs")
	for _, o := range objects {
		typ := o.text("type")
		if want := typ != "report" && typ != "marking-definition"; slices.Contains(refs, o.text("id")) != want {
			t.Errorf("report refers to %s: %v, want %v", o.text("id"), !want, want)
		}
	}
	product := r["external_references"].([]any)[0].(map[string]any)
	if product["external_id"] != "SA26-326A" || product["hashes"].(map[string]any)["SHA-256"] != string(pipeline.DigestOf(pdf)) {
		t.Errorf("the product is %v", product)
	}
}

func TestReportNamesAttachmentsByHash(t *testing.T) {
	e := sample()
	e.Attachments = []edition.Attachment{{Name: "samples.zip", About: "Three samples", Size: 1, Digest: pipeline.DigestOf([]byte("x"))}}
	_, raw := mustBundle(t, e, nil)
	for _, want := range []string{`"external_id": "samples.zip"`, `"description": "Three samples"`, `"SHA-256": "` + string(pipeline.DigestOf([]byte("x"))) + `"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("%s is not in\n%s", want, raw)
		}
	}
}

func TestAttackPatternIsFoundByItsID(t *testing.T) {
	objects, _ := mustBundle(t, sample(), nil)
	patterns := ofType(objects, "attack-pattern")
	if len(patterns) != 2 || patterns[0].text("name") != "Exfiltration Over Alternative Protocol" || patterns[1].text("name") != "T9999" {
		t.Fatalf("attack-patterns: %v", patterns)
	}
	ref := patterns[0]["external_references"].([]any)[0].(map[string]any)
	if ref["source_name"] != "mitre-attack" || ref["external_id"] != "T1048" || ref["url"] != "https://attack.mitre.org/techniques/T1048/" {
		t.Errorf("external reference: %v", ref)
	}
	phase := patterns[0]["kill_chain_phases"].([]any)[0].(map[string]any)
	if name := phase["phase_name"].(string); !phaseForm.MatchString(name) || name != "exfiltration" {
		t.Errorf("phase %q", name)
	}
}

// Every object of the bundle carries the edition's marking, an indicator its row's; none is weaker.
func TestEveryObjectIsMarked(t *testing.T) {
	objects, _ := mustBundle(t, sample(), nil)
	names := map[string]string{}
	for _, m := range ofType(objects, "marking-definition") {
		names[m.text("id")] = m.text("name")
	}
	e := sample()
	row := 0
	for _, o := range objects {
		want := e.TLP.String() + " " + e.Banner
		switch o.text("type") {
		case "marking-definition":
			continue
		case "indicator":
			want = e.Indicators[row].TLP.String() + " " + e.Indicators[row].Marking
			row++
		}
		var got []string
		for _, ref := range o.list("object_marking_refs") {
			got = append(got, names[ref])
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is marked %q, want %q", o.text("id"), got, want)
		}
	}
	if row != len(e.Indicators) {
		t.Errorf("%d indicators, want %d", row, len(e.Indicators))
	}
}

func TestTLPObjectsAreThoseOfOASIS(t *testing.T) {
	for label, want := range map[marking.TLP][2]string{
		marking.Clear:       {"94868c89-83c2-464b-929b-a1a8aa3c8487", "clear"},
		marking.Green:       {"bab4a63c-aed9-4cf5-a766-dfca5abac2bb", "green"},
		marking.Amber:       {"55d920b0-5e8b-4f79-9ee9-91f868d9b421", "amber"},
		marking.AmberStrict: {"939a9414-2ddd-4d32-a0cd-375ea402b003", "amber+strict"},
		marking.Red:         {"e828b379-4e03-4974-9ac4-e53a884c97c1", "red"},
		marking.NoTLP:       {"e828b379-4e03-4974-9ac4-e53a884c97c1", "red"},
	} {
		e := edition.Edition{Nation: pipeline.CAN, Kind: "notice", Scheme: "tlp", TLP: label, Banner: label.String()}
		objects, _ := mustBundle(t, e, nil)
		m := ofType(objects, "marking-definition")[0]
		ext, _ := json.Marshal(m["extensions"])
		wantExt := `{"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d":{"extension_type":"property-extension","tlp_2_0":"` + want[1] + `"}}`
		if m.text("id") != "marking-definition--"+want[0] || string(ext) != wantExt || m.text("created") != "2022-10-01T00:00:00.000Z" {
			t.Errorf("%v: %v", label, m)
		}
	}
}

func TestSameEditionSameBytes(t *testing.T) {
	_, a := mustBundle(t, sample(), []byte("pdf"))
	_, b := mustBundle(t, sample(), []byte("pdf"))
	if !bytes.Equal(a, b) {
		t.Error("two bundles of one edition differ")
	}
	other := sample()
	other.Nation = pipeline.CAN
	objects, _ := mustBundle(t, other, []byte("pdf"))
	if bytes.Contains(a, []byte(ofType(objects, "report")[0].text("id"))) {
		t.Error("the reports of two nations have one id")
	}
}

// Two rows that say the same are two objects.
func TestRowsThatSayTheSameHaveIDsOfTheirOwn(t *testing.T) {
	e := sample()
	e.Indicators = []edition.Indicator{e.Indicators[0], e.Indicators[0]}
	objects, _ := mustBundle(t, e, nil)
	two := ofType(objects, "indicator")
	if len(two) != 2 || two[0].text("id") == two[1].text("id") {
		t.Errorf("indicators: %v", two)
	}
}

func sample() edition.Edition {
	return edition.Edition{
		Number: "SA26-326A", Released: time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC),
		Nation: pipeline.NZL, Kind: "bulletin", Precedence: pipeline.Routine, Scheme: "usa",
		Banner: "UNCLASSIFIED//REL TO USA, AUS, NZL//LES", TLP: marking.Amber, Originator: pipeline.USA,
		ReleasableTo: pipeline.Nations(),
		Title:        edition.Line{Mark: "(U)", Text: "A title"},
		Glance:       []edition.GlanceLine{{Name: "Who", Line: edition.Line{Text: "nobody knows"}}},
		Attack:       []edition.Technique{{ID: "T1048", Use: "the client's protocol"}, {ID: "T9999"}},
		References:   []edition.Line{{Text: "A study, https://example.org/study"}},
		Indicators:   sampleRows(),
	}
}

// sampleRows is a row of each type, some marked more narrowly than others.
func sampleRows() []edition.Indicator {
	var out []edition.Indicator
	for n, v := range [][2]string{
		{"ipv4", "192.0.2.1"}, {"ipv6", "2001:db8::1"}, {"cidr", "198.51.100.0/24"}, {"cidr", "2001:db8::/32"},
		{"domain", "files.example.net"}, {"url", "http://example.net/it's?a=1&b=<2>"}, {"email", "clerk@example.org"},
		{"md5", strings.Repeat("0a", 16)}, {"sha1", strings.Repeat("0b", 20)}, {"sha256", strings.Repeat("0c", 32)},
		{"sha512", strings.Repeat("0d", 64)}, {"ssdeep", "3:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"},
		{"filename", `it's a \ name.exe`}, {"registry-key", `HKLM\Software\Example`}, {"mutex", "Global\\one"},
		{"user-agent", "Example/1.0 (p2p)"}, {"asn", "AS64496"}, {"yara", "rule Example {\n  condition: true\n}"},
	} {
		row := edition.Indicator{Type: v[0], Value: v[1], TLP: marking.Amber, Marking: "UNCLASSIFIED//LES", Confidence: "high", FirstSeen: "2026-05-01"}
		if n%3 == 0 {
			row.Mark, row.TLP, row.Marking = "(TLP:RED)(U//REL TO USA, NZL)", marking.Red, "UNCLASSIFIED//REL TO USA, NZL"
			row.FirstSeen, row.LastSeen, row.Confidence, row.Note = "2026-05-01T10:00:00Z", "2026-10-31", "40", "=not a formula"
		}
		out = append(out, row)
	}
	return out
}
