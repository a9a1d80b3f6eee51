package advisory_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/advisory"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/stix"
)

const (
	own = `---
title: 'A "quoted" title: of ours'
kind: flash
precedence: flash
scheme: tlp
tlp: TLP:RED
releasable_to: [AUS, CAN, NZL]
glance:
  who: "Somebody: unknown"
  since: 1 March 2026
attack: [T1048, {id: T1020.001, use: "By night, 'slowly'"}, "(TLP:GREEN) TA0010"]
indicators: i.csv
references: ["Report of ours [1], https://files.example/a_b?c=d&e=f", "A book"]
---
Text with [1] and [2].
`
	ownRows = `type,value,first_seen,last_seen,confidence,note,mark
ipv4,192.0.2.1,2026-03-01,2026-03-02,high,"A note, with ""quotes""",
ipv6,2001:db8::1,2026-03-01T10:20:30Z,,medium,,
cidr,198.51.100.0/24,,,low,,
cidr,2001:db8::/32,,,37,,
domain,host.example,,,,,(TLP:GREEN)
url,https://host.example/a'b\c?d=e&f=g,,2026-03-02T01:02:03Z,0,,
email,a@host.example,,,,,(TLP:AMBER)
md5,001dd76872d80801692ff942308c64e6,,,,,
sha1,C96558312FBF5847351B0B6F724D7B3A31CCAF03,,,,,
sha256,ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c,,,,,
sha512,ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6cef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c,,,,,
ssdeep,3:abc/+:def,,,,,
filename,"O'Brien \ [1] = 'x' OR.exe",,,,,
registry-key,HKLM\Software\X,,,,,
filename,C:\Windows\x.exe,,,,,
domain,māori.example,,,,,
mutex,Global\{m},,,,,
user-agent,"Mozilla/5.0 (X; 'y')",,,,,
asn,AS64500,,,,,
yara,"rule r { strings: $a = ""x"" condition: $a }",,,,Finds it,
`
)

func parsed(t *testing.T, src draft.Source) *draft.Document {
	t.Helper()
	doc, problems := draft.Parse(src, draft.Options{})
	if problems.Err() != nil {
		t.Fatalf("%v\n%s", problems, src.Files[src.Name])
	}
	return doc
}

// What this system publishes comes back as it went out: import(render(draft)) has the same indicators, techniques,
// references and "At a glance".
func TestOwnBundlesComeBack(t *testing.T) {
	doc := parsed(t, draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(own), "i.csv": []byte(ownRows)}})
	e, err := edition.Project(doc, pipeline.NZL, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Number, e.Released = "SA26-326A", time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	bundle, err := stix.Bundle(e, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := imported(t, bundle)
	if d.Format != advisory.STIX || d.Rows != len(e.Indicators) || proposed(d) != "TLP:RED" {
		t.Errorf("%s with %d rows of %d, %s", d.Format, d.Rows, len(e.Indicators), proposed(d))
	}
	back := parsed(t, filled(d))
	if back.Kind != "flash" || back.Precedence != pipeline.Routine || back.Title.Text != doc.Title.Text || len(back.Glance) != 2 || back.Glance[0].Text != doc.Glance[0].Text {
		t.Errorf("%+v", back)
	}
	for i, want := range doc.Indicators {
		got := back.Indicators[i]
		got.Pos, want.Pos = draft.Pos{}, draft.Pos{}
		if got.Label.Full() != want.Label.Full() {
			t.Errorf("%s is marked %q, was %q", want.Value, got.Label.Full(), want.Label.Full())
		}
		got.Label, want.Label = draft.Label{}, draft.Label{}
		if got != want {
			t.Errorf("comes back as\n%+v, was\n%+v", got, want)
		}
	}
	for i, want := range doc.Attack {
		if got := back.Attack[i]; got.ID != want.ID || got.Use != want.Use {
			t.Errorf("%+v, was %+v", got, want)
		}
	}
	for i, want := range doc.References {
		if back.References[i].Text != want.Text {
			t.Errorf("%q, was %q", back.References[i].Text, want.Text)
		}
	}
}

// A bundle that others wrote: MITRE's of Mandiant's report on APT1.
func TestAPT1(t *testing.T) {
	content, err := os.ReadFile("testdata/apt1.json")
	if err != nil {
		t.Fatal(err)
	}
	d := imported(t, content)
	doc := parsed(t, filled(d))
	if doc.Title.Text != "APT1: Exposing One of China's Cyber Espionage Units" || len(doc.Indicators) != 10 || proposed(d) != "" {
		t.Errorf("%s, %d indicators, TLP %q", doc.Title.Text, len(doc.Indicators), proposed(d))
	}
	if i := doc.Indicators[0]; i.Type != "cidr" || i.Value != "223.166.0.0/15" || !strings.Contains(i.Note, "indicates HUC Packet Transmit Tool") {
		t.Errorf("%+v", i)
	}
	for _, want := range []string{"## Actors", "- **APT1** (also Comment Crew, Comment Group, Shady Rat): APT1 is", "x509-certificate:issuer = 'CN=WEBMAIL' AND", "- Ugly Gorilla uses MANITSME", "## Techniques"} {
		if !strings.Contains(string(d.Text), want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// Every string of what others wrote is in the draft: nothing that a person wrote is lost.
func TestNothingOfABundleIsLost(t *testing.T) {
	for _, name := range []string{"apt1", "attack-flow-example", "indicators-for-C2-with-COA", "infrastructure", "malicious-email-indicator-with-attachment", "indicator-to-campaign-relationship", "indicator-for-c2-ip-address"} {
		content, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var in struct{ Objects []map[string]any }
		if err := json.Unmarshal(content, &in); err != nil {
			t.Fatal(err)
		}
		d := imported(t, content)
		have := strings.Join(strings.Fields(letters(string(d.Text)+string(d.Indicators))), " ")
		for _, o := range in.Objects {
			for _, key := range []string{"name", "description"} {
				s, _ := o[key].(string)
				if words := strings.Join(strings.Fields(letters(s)), " "); !strings.Contains(have, words) && o["type"] != "user-account" {
					t.Errorf("%s: %s of %s is lost: %q", name, key, o["id"], s)
				}
			}
		}
	}
}

func bundleOf(objects ...string) []byte {
	return []byte(`{"type":"bundle","id":"bundle--1","objects":[` + strings.Join(objects, ",") + `]}`)
}

func report(extra string) string {
	return `{"type":"report","spec_version":"2.1","id":"report--1","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","name":"A report","description":"Of something.","published":"2026-01-01T00:00:00Z"` + extra + `}`
}

func indicator(id, pattern, extra string) string {
	p, _ := json.Marshal(pattern)
	return `{"type":"indicator","spec_version":"2.1","id":"indicator--` + id + `","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","pattern_type":"stix","pattern":` + string(p) + `,"valid_from":"2026-01-01T00:00:00Z"` + extra + `}`
}

// Patterns that a row can hold become rows; the others stand in the text as they are.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern string
		rows    []string // type value
	}{
		{`[ipv4-addr:value = '192.0.2.1']`, []string{"ipv4,192.0.2.1"}},
		{`[ ipv4-addr:value='192.0.2.1' OR ipv4-addr:value = '192.0.2.2' ]`, []string{"ipv4,192.0.2.1", "ipv4,192.0.2.2"}},
		{`[domain-name:value = 'a.example'] OR [url:value = 'https://a.example/x']`, []string{"domain,a.example", "url,https://a.example/x"}},
		{`[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]`, []string{"ipv4,192.0.2.1", "ipv4,192.0.2.2"}},
		{`[ipv6-addr:value ISSUBSET '2001:db8::/32']`, []string{"cidr,2001:db8::/32"}},
		{`[file:hashes.MD5 = '001dd76872d80801692ff942308c64e6']`, []string{"md5,001dd76872d80801692ff942308c64e6"}},
		{`[file:hashes."SHA-256" = 'x']`, nil},
		{`[file:name = 'it\'s \\ [x].exe']`, []string{`filename,it's \ [x].exe`}},
		{`[autonomous-system:number = 64500]`, []string{"asn,AS64500"}},
		{`[network-traffic:dst_ref.value = '192.0.2.7']`, []string{"ipv4,192.0.2.7"}},
		{`[file:name = 'a' AND file:size = 5]`, nil},
		{`[ipv4-addr:value = '192.0.2.1'] AND [domain-name:value = 'a.example']`, nil},
		{`[ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS`, nil},
		{`[ipv4-addr:value != '192.0.2.1']`, nil},
		{`[ipv4-addr:value NOT = '192.0.2.1']`, nil},
		{`[file:name MATCHES '^a.+']`, nil},
		{`[ipv4-addr:value = '192.0.2.1'`, nil},
		{`[ipv4-addr:value = '192.0.2.1`, nil},
		{`[ipv4-addr:value = '10.0.0.1/8']`, nil},             // bits behind the length
		{`[domain-name:value = 'not a domain']`, nil},         // draft would refuse it
		{`[domain-name:value = 'evil[.]example']`, nil},       // defanged
		{`[x:y = '1' OR ipv4-addr:value = '192.0.2.1']`, nil}, // all of it or nothing
		{`garbage`, nil},
		{"```\n# [x](y)\n---\n", nil},
		{`[`, nil},
		{``, nil},
	} {
		d := imported(t, bundleOf(report(""), indicator("1", c.pattern, "")))
		var got []string
		for _, line := range strings.Split(strings.TrimSpace(string(d.Indicators)), "\n")[min(1, d.Rows):] {
			if line != "" {
				got = append(got, strings.TrimRight(line, ","))
			}
		}
		if strings.Join(got, ";") != strings.Join(c.rows, ";") {
			t.Errorf("%s: rows %q, want %q", c.pattern, got, c.rows)
		}
		if first, _, _ := strings.Cut(c.pattern, "\n"); c.rows == nil && !strings.Contains(string(d.Text), first) {
			t.Errorf("%s is lost:\n%s", c.pattern, d.Text)
		}
		if errs := errorsOf(filled(d)); errs != nil && c.pattern != "" {
			t.Errorf("%s: %v", c.pattern, errs)
		}
	}
}

const (
	white = `"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"` // TLP 1.0
	amber = `"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"` // TLP 1.0
	red2  = `"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"` // TLP 2.0
)

// Markings of objects: labels of both versions are known, what is stricter than the report stays with its row, and
// words are quoted.
func TestMarkingsOfObjects(t *testing.T) {
	const statement = `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--s","created":"2020-01-01T00:00:00Z","definition_type":"statement","definition":{"statement":"UNCLASSIFIED//LES"}}`
	const copyright = `{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--c","created":"2020-01-01T00:00:00Z","definition_type":"statement","definition":{"statement":"Copyright 2020, Somebody"}}`
	refs := func(ids ...string) string { return `,"object_marking_refs":[` + strings.Join(ids, ",") + `]` }
	ip := `[ipv4-addr:value = '192.0.2.1']`
	for _, c := range []struct {
		name    string
		objects []string
		tlp     string
		text    []string // in the draft
		rows    []string // in its indicators
	}{
		{"one label", []string{report(refs(amber)), indicator("1", ip, refs(amber))}, "TLP:AMBER", nil, []string{"ipv4,192.0.2.1,,,,\n"}},
		{"1.0", []string{report(refs(white)), indicator("1", ip, "")}, "TLP:CLEAR", nil, []string{"ipv4,192.0.2.1,,,,\n"}},
		{"stricter row", []string{report(refs(amber)), indicator("1", ip, refs(red2))}, "TLP:AMBER", nil, []string{"ipv4,192.0.2.1,,,,,(TLP:RED)\n"}},
		{"stricter part", []string{report(refs(amber)), indicator("1", ip, `,"granular_markings":[{"marking_ref":`+red2+`,"selectors":["pattern"]}]`)}, "TLP:AMBER", nil, []string{",(TLP:RED)\n"}},
		{"looser part", []string{report(refs(amber) + `,"granular_markings":[{"marking_ref":` + white + `,"selectors":["name"]}]`)}, "TLP:AMBER", nil, nil},
		{"stricter part of the report", []string{report(refs(amber) + `,"granular_markings":[{"marking_ref":` + red2 + `,"selectors":["name"]}]`)}, "", nil, nil},
		{"two labels", []string{report(refs(amber, red2))}, "", []string{"# The source states several: TLP:AMBER, TLP:RED"}, nil},
		{"none, and a row's", []string{report(""), indicator("1", ip, refs(red2))}, "", nil, []string{",(TLP:RED)\n"}},
		{"statement", []string{report(refs(amber, `"marking-definition--s"`)), statement}, "TLP:AMBER", []string{"# The source says of itself: UNCLASSIFIED//LES\n"}, nil},
		{"statement of a row", []string{report(refs(amber)), statement, indicator("1", ip, refs(amber, `"marking-definition--s"`))}, "TLP:AMBER", nil, []string{",(UNCLASSIFIED//LES)\n"}},
		{"copyright", []string{report(refs(amber)), copyright, indicator("1", ip, refs(`"marking-definition--c"`))}, "TLP:AMBER", []string{"# Its publisher states: Copyright 2020, Somebody\n"}, []string{"ipv4,192.0.2.1,,,,\n"}},
		{"unknown", []string{report(refs(amber, `"marking-definition--u"`))}, "TLP:AMBER", []string{"# It is marked by marking-definition--u, which the bundle does not hold"}, nil},
		{"stricter object", []string{report(refs(amber)), `{"type":"malware","spec_version":"2.1","id":"malware--1","name":"M"` + refs(red2) + `}`}, "TLP:AMBER", []string{"- (TLP:RED) **M**\n"}, nil},
		{"stricter technique", []string{report(refs(amber)), `{"type":"attack-pattern","spec_version":"2.1","id":"attack-pattern--1","name":"X","external_references":[{"source_name":"mitre-attack","external_id":"T1048"}]` + refs(red2) + `}`}, "TLP:AMBER", []string{`- "(TLP:RED) T1048"`}, nil},
		{"by text", []string{`{"type":"report","spec_version":"2.1","id":"report--1","name":"R","description":"This report is marked TLP:GREEN.","published":"2026-01-01T00:00:00Z"}`}, "TLP:GREEN", nil, nil},
		{"text against refs", []string{`{"type":"report","spec_version":"2.1","id":"report--1","name":"R","description":"This report is marked TLP:RED.","published":"2026-01-01T00:00:00Z"` + refs(white) + `}`}, "", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := imported(t, bundleOf(c.objects...))
			if proposed(d) != c.tlp {
				t.Errorf("proposes %q, want %q\n%s", proposed(d), c.tlp, d.Text)
			}
			for _, want := range c.text {
				if !strings.Contains(string(d.Text), want) {
					t.Errorf("%q is missing in\n%s", want, d.Text)
				}
			}
			for _, want := range c.rows {
				if !strings.Contains(string(d.Indicators), want) {
					t.Errorf("%q is missing in\n%s", want, d.Indicators)
				}
			}
		})
	}
}

// What cannot be read is refused with a reason and what to do.
func TestRefused(t *testing.T) {
	two := bundleOf(report(""), strings.Replace(report(""), "report--1", "report--2", 1))
	for _, c := range []struct{ name, content, msg, hint string }{
		{"empty", " \n", "it is empty", ""},
		{"pdf", "%PDF-1.7\n", "it is a PDF", "pdftotext"},
		{"office", "PK\x03\x04", "office document", ""},
		{"NUL", "a\x00b", "NUL", ""},
		{"csaf", `{"document":{"category":"csaf_base"}}`, "no bundle of STIX", ""},
		{"half", `{"type":"bundle","objects":[`, "line 1: it is not valid JSON", ""},
		{"2.0 bundle", `{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[]}`, "STIX 2.0", "stix2-elevator"},
		{"2.0 object", `{"type":"bundle","id":"bundle--1","objects":[{"type":"report","id":"report--1","name":"x"}]}`, "STIX 2.0", ""},
		{"one object", `{"type":"report","spec_version":"2.1","id":"report--1"}`, "single object", "bundle"},
		{"two reports", string(two), "2 reports", "report--2 A report"},
		{"no objects", `{"type":"bundle","id":"bundle--1"}`, "no text", ""},
		{"revoked", string(bundleOf(report(`,"revoked":true`))), "revoked", ""},
		{"object is text", `{"type":"bundle","id":"bundle--1","objects":["x"]}`, "object 1", ""},
		{"deep JSON", `{"type":"bundle","objects":` + strings.Repeat("[", 200000) + strings.Repeat("]", 200000) + `}`, "not valid JSON", ""},
		{"deep HTML", "<!doctype html>" + strings.Repeat("<div>", 200000) + "x", "cannot be read", ""},
		{"nothing but style", "<html><style>p {}</style><script>x</script></html>", "no text", ""},
		{"too many lines", strings.Repeat("x\n", 50_002), "lines", "parts"},
		{"too large", strings.Repeat("x", draft.MaxDraft+1), "at most", ""},
	} {
		_, err := advisory.Import([]byte(c.content), advisory.Options{Indicators: "i.csv"})
		var refused *advisory.Error
		if !errors.As(err, &refused) || !strings.Contains(refused.Msg, c.msg) || !strings.Contains(refused.Hint, c.hint) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	d, err := advisory.Import(two, advisory.Options{Report: "report--2"})
	if err != nil || !strings.Contains(string(d.Text), "Of something.") {
		t.Errorf("%v\n%s", err, d.Text)
	}
}

// Revoked objects stay away, and of two versions of one the newer counts.
func TestRevokedAndVersions(t *testing.T) {
	ip := `[ipv4-addr:value = '192.0.2.1']`
	old := indicator("1", `[ipv4-addr:value = '192.0.2.9']`, "")
	newer := strings.Replace(indicator("1", ip, ""), `"modified":"2026-01-01`, `"modified":"2026-02-01`, 1)
	for _, objects := range [][]string{{old, newer}, {newer, old}} {
		d := imported(t, bundleOf(append(objects, report(""), indicator("2", `[ipv4-addr:value = '192.0.2.2']`, `,"revoked":true`))...))
		if d.Rows != 1 || !strings.Contains(string(d.Indicators), "192.0.2.1,") || !strings.Contains(strings.Join(d.Notes, "\n"), "1 objects are revoked") {
			t.Errorf("%s\n%q", d.Indicators, d.Notes)
		}
	}
}
