package draft_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
	"bulletin/pipeline/edition"
)

// source is a draft of scheme usa with a body; a file of indicators is named, and there if it is given.
func source(scheme, body string, indicators ...string) draft.Source {
	front := "---\ntitle: t\nkind: training\nscheme: " + scheme + "\ntlp: TLP:AMBER\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\nindicators: i.csv\n---\n"
	src := draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(front + body)}}
	for _, i := range indicators {
		src.Files["i.csv"] = []byte(i)
	}
	return src
}

func propose(t testing.TB, src draft.Source) draft.Proposed {
	t.Helper()
	p, problems := draft.Propose(src, draft.Options{})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

// names are "type value" and, where it has one, the mark.
func names(p draft.Proposed) []string {
	var out []string
	for _, i := range p.Indicators {
		s := i.Type + " " + i.Value
		if mark := i.Label.Full(); mark != "" {
			s += " " + mark
		}
		if i.Note != "" {
			s += " [" + i.Note + "]"
		}
		out = append(out, s)
	}
	return out
}

const (
	md5    = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
	sha1   = md5 + "01234567"
	sha256 = md5 + md5
)

func TestPropose(t *testing.T) {
	for _, c := range []struct {
		name string
		body string
		want []string
	}{
		{"hashes by their length", "The file " + md5 + " (" + strings.ToUpper(sha1) + "), or `" + sha256 + sha256 + "`.", []string{"md5 " + md5, "sha1 " + strings.ToUpper(sha1), "sha512 " + sha256 + sha256}},
		{"no hashes", "Commit " + sha1 + ". GUID 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9, 0x" + md5 + ", " + md5 + "0, " + strings.Repeat("1", 32) + ".", nil},
		{"a certificate's hash", "# Samples\n\n| Thumbprint (SHA-1) | Value |\n|---|---|\n| x | y |\n| Serial number | " + md5 + " |\n\n- Fingerprint: " + sha1, nil},
		{"defanged in prose", "Traffic to hxxps://a.evil[.]example/x?y=1, http://b[.]test[.]com., c(dot)evil(dot)org:8080, 192[.]0[.]2[.]7/24 no, 203.0.113[.]9 and [2001[:]db8[:][:]1]; mail x[at]evil[.]org.",
			[]string{"url http://b.test.com", "domain c.evil.org [port 8080]", "ipv4 203.0.113.9", "ipv6 2001:db8::1", "email x@evil.org"}},
		{"other ways to defang", "hXXp://a.evil[.]com h**ps://b.evil[.]com hxp://c.evil[.]com hxxp[:]//d.evil[.]com http[://]e.evil[.]com f[dot]evil[dot]com g{.}evil{.}com",
			[]string{"url http://a.evil.com", "url https://b.evil.com", "url http://c.evil.com", "url http://d.evil.com", "url http://e.evil.com", "domain f.evil.com", "domain g.evil.com"}},
		{"live in prose", "See https://www.cisa.gov, <https://vendor.com/x>, [evil.com](https://vendor.com), vendor.com, 8.8.8.8 and help@vendor.com.", nil},
		{"versions, names and numbers", "# Indicators\n\nUpgrade to version 10.1.2.3 or node.js; see readme.md and CVE-2021-44228.\n\n- Version: 1.2.3.4\n- README.md\n- update.py", nil},
		{"a list of them", "# Indicators of compromise\n\n- evil.com\n- 203.0.113.9, 203.0.113.10 - C2\n- https://evil.com/x;y,z\n- x@evil.com\n- AS64500\n- 198.51.100.0/24\n- evil.com was seen by us\n- The site vendor.com helps\n- 192.168.1.1\n- report@agency.govt.nz",
			[]string{"domain evil.com", "ipv4 203.0.113.9", "ipv4 203.0.113.10", "url https://evil.com/x;y,z", "email x@evil.com", "asn AS64500", "cidr 198.51.100.0/24"}},
		{"where to report", "# Indicators\n\n## Contact\n\n- x@evil.com\n- soc[at]evil[.]com\n\n## References\n\n- hxxps://blog[.]vendor[.]com", nil},
		{"by columns", "| File | SHA-256 | Seen from | C2 domain | Registry key | Mutex | User-Agent |\n|---|---|---|---|---|---|---|\n" +
			"| a b.exe, c.dll | `" + sha256 + "` | vendor.com | evil.com | `HKLM\\Software\\X y` | Global\\m | Mozilla/5.0 (X; Y) |\n| N/A | unknown | | none | - | | |",
			[]string{"filename a b.exe", "filename c.dll", "sha256 " + sha256, "domain evil.com", `registry-key HKLM\Software\X y`, `mutex Global\m`, "user-agent Mozilla/5.0 (X; Y)"}},
		{"by rows", "## IOCs\n\n| Type | Indicator |\n|---|---|\n| IP | 203.0.113.9:443 |\n| Mutex | one two |\n| File name | x |\n| Email subject | a.com |\n| Version | 1.2.3.4 |", []string{"ipv4 203.0.113.9 [port 443]", "mutex one two", "filename x"}},
		{"by labels", "Filename: a b.exe  \nMD5: " + md5 + "  \nMutex: `m`  \nUser agent: curl/7.1  \nDomain: evil.com", []string{"filename a b.exe", "md5 " + md5, "mutex m", "user-agent curl/7.1", "domain evil.com"}},
		{"by title", "**File names**\n\n- x.exe\n- See below\n\nDomains (1)\n\nabcdefghijklmnop.onion\n\nFindings\n\nvendor.com", []string{"filename x.exe", "domain abcdefghijklmnop.onion"}},
		{"named in a sentence", "It makes the mutex `Global\\a` and calls `b` with the vendor's `c.exe`. It sends the user agent `Bot/1.0`.", []string{`mutex Global\a`, "user-agent Bot/1.0"}},
		{"paths on lines of their own", "### Filepaths\n\n\\A\\b\\c.zip\nC:\\d e\\f.dll\nC:\\g.exe\n", []string{`filename \A\b\c.zip`, `filename C:\d e\f.dll`, `filename C:\g.exe`}},
		{"ssdeep", "ssdeep 96:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C, not 97:AXGBicFlgVNh:AXGHsNhx", []string{"ssdeep 96:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C"}},
		{"yara", "```yara\nrule A : tag {\n  strings: $a = \"evil.com\"\n  condition: $a\n}\n```\n\n```\nrule of thumb\n```", []string{"yara rule A : tag {\n  strings: $a = \"evil.com\"\n  condition: $a\n}"}},
		{"a program", "# Indicators\n\n```kusto\nlet a = dynamic([\"vendor.com\"]);\nlet b = \"evil[.]com\"; // " + md5 + "\n```\n\n```\nevil.org\n```", []string{"domain evil.com", "md5 " + md5, "domain evil.org"}},
		{"a hash and its file", "Submitted files\n\n" + sha256 + " (a.exe)", []string{"sha256 " + sha256, "filename a.exe"}},
		{"brackets that stay escaped in code", "Look for:\n\n    a. \\[x.dll\\] with a file hash of \\[" + md5 + "\\], at \\[evil\\[.\\]com\\]", []string{"md5 " + md5, "domain evil.com"}},
		{"names on lines of code", "### Mutexes\n\n```\nGlobal\\AppCompatCacheObject-1387282152\nOne two\n\n```\n\n### File names\n\n```\nsysnetd\nnot a name\n```", []string{`mutex Global\AppCompatCacheObject-1387282152`, "mutex One two", "filename sysnetd"}},
		{"a heading", "# evil[.]com", nil},
		{"a note", "Text.[^1]\n\n[^1]: evil[.]com", []string{"domain evil.com"}},
		{"international", "büch[.]рф and 例え[.]jp【evil[.]com】", []string{"domain büch.рф", "domain 例え.jp", "domain evil.com"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := names(propose(t, source("tlp", c.body+"\n"))); !slices.Equal(got, c.want) {
				t.Errorf("proposed\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}

// An indicator is for those who may have every place that names it.
func TestProposalsAreMarkedAsTheirPlaces(t *testing.T) {
	for _, c := range []struct{ scheme, body, want string }{
		{"usa", "(U) a[.]com", "domain a.com"},
		{"usa", "(U//REL TO USA, GBR//LES) a[.]com", "domain a.com (U//REL TO USA, GBR//LES)"},
		{"usa", "(TLP:RED)(U) a[.]com", ""}, // above the document
		{"usa", "(TLP:GREEN)(U) a[.]com", "domain a.com (TLP:GREEN)(U)"},
		{"usa", "(U) a[.]com\n\n(U//NF) a[.]com", "domain a.com (U//NF)"},
		{"usa", "(U//REL TO USA, GBR, NZL) a[.]com\n\n(U//REL TO USA, CAN, NZL) a[.]com", "domain a.com (U//REL TO USA, NZL)"},
		{"usa", "| (U//REL TO USA, GBR) Domain |\n|---|\n| a[.]com |\n| (U//NF) b[.]com |", "domain a.com (U//REL TO USA, GBR), domain b.com (U//NF)"},
		{"usa", "(U) x[^1]\n\n[^1]: (U//NF) a[.]com", "domain a.com (U//NF)"},
		{"usa", "- (U//NF) x\n\n  a[.]com", "domain a.com (U//NF)"},
		{"tlp", "a[.]com", "domain a.com"},
		{"tlp", "(TLP:AMBER) a[.]com\n\n(TLP:GREEN) b[.]com\n\n(TLP:GREEN) a[.]com", "domain a.com, domain b.com (TLP:GREEN)"},
		{"tlp", "(TLP:AMBER//REL TO CAN, NZL) a[.]com", "domain a.com (TLP:AMBER//REL TO CAN, NZL)"},
		{"gbr", "a[.]com\n\n(OFFICIAL-SENSITIVE) b[.]com", "domain a.com, domain b.com (OFFICIAL-SENSITIVE)"},
		{"aus", "(O) a[.]com\n\n(P//REL AUS/NZL) b[.]com", "domain a.com (O), domain b.com (P//REL AUS/NZL)"},
		{"nzl", "# x[.]com\n\n(R//NZEO) a[.]com", "domain a.com (R//NZEO)"},
	} {
		p, problems := draft.Propose(source(c.scheme, c.body+"\n"), draft.Options{})
		if got := strings.Join(names(p), ", "); got != c.want {
			t.Errorf("%s %q: proposed %q, want %q (%v)", c.scheme, c.body, got, c.want, problems)
		}
	}
}

// Found is each place, in the order of the text.
func TestProposalsSayWhere(t *testing.T) {
	p := propose(t, source("tlp", "x é evil[.]com y\n\n| Domain |\n|---|\n| a |\n| evil[.]com |\n"))
	if got := fmt.Sprint(p.Indicators[0].Found); got != "[d.md:9:5 d.md:14:3]" || p.Indicators[0].Pos != p.Indicators[0].Found[0] {
		t.Errorf("found at %s", got)
	}
}

func TestRecords(t *testing.T) {
	const head = "type,value,first_seen,last_seen,confidence,note"
	for _, c := range []struct{ name, body, file, want string }{
		{"no file yet", "a[.]com", "", head + "\ndomain,a.com,,,,\n"},
		{"an empty file", "a[.]com", "\n", head + "\ndomain,a.com,,,,\n"},
		{"no file yet, and a mark", "(TLP:GREEN) a[.]com", "", head + ",mark\ndomain,a.com,,,,,(TLP:GREEN)\n"},
		{"a file that has one of them", "a[.]com b[.]com", head + "\ndomain,A.com,,,,\n", "domain,b.com,,,,\n"},
		{"a file with marks", "a[.]com", head + ",mark\ndomain,c.com,,,,,(TLP:GREEN)\n", "domain,a.com,,,,,\n"},
		{"a file without, and a mark", "(TLP:GREEN) a[.]com", head + "\ndomain,c.com,,,,\n", "domain,a.com,,,,,(TLP:GREEN)\n"},
		{"when it was seen", "| IP | First seen | Last seen |\n|---|---|---|\n| 203.0.113[.]9 | 2026-01-02 | 2026-02 |\n", "", head + "\nipv4,203.0.113.9,2026-01-02,,,\n"},
	} {
		src := source("tlp", c.body+"\n")
		if c.file != "" {
			src.Files["i.csv"] = []byte(c.file)
		}
		if got := pasted(propose(t, src)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// pasted is what a person pastes.
func pasted(p draft.Proposed) string {
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll(p.Records()); err != nil {
		panic(err)
	}
	return b.String()
}

// What is proposed can be pasted as it is: check accepts it, nothing is proposed again, and no nation gets a row with what
// it does not read in its text anyway.
func TestProposalsCanBePasted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]string{"tlp", "usa", "gbr", "aus", "can", "nzl"}).Draw(t, "scheme")
		marks := map[string][]string{
			"tlp": {"", "(TLP:GREEN) ", "(TLP:AMBER//REL TO CAN, NZL) "}, "usa": {"(U) ", "(U//NF) ", "(U//REL TO USA, GBR) ", "(TLP:GREEN)(U//REL TO USA, GBR, NZL//LES) "},
			"gbr": {"", "(OFFICIAL-SENSITIVE) ", "(SECRET - UK/US EYES ONLY) "}, "aus": {"(O) ", "(O:S) ", "(P//REL AUS/NZL) "},
			"can": {"(U) ", "(PB) ", "(PB//CEO) "}, "nzl": {"(U) ", "(R) ", "(C//REL TO NZL, AUS) "},
		}[scheme]
		var body strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "portions") {
			text := rapid.SampledFrom([]string{"x %s y", "- %s", "| IP or domain |\n|---|\n| %s |", "```%s\n%s\n```"}).Draw(t, "form")
			value := rapid.SampledFrom([]string{"a[.]com", "hxxp://b[.]com/(x),=1", md5, "=c[.]com", "HKLM\\X", "203.0.113[.]9:80"}).Draw(t, "value")
			mark := rapid.SampledFrom(marks).Draw(t, "mark")
			switch {
			case strings.HasPrefix(text, "```"):
				fmt.Fprintf(&body, text, mark, value)
			case strings.HasPrefix(text, "| "):
				fmt.Fprintf(&body, strings.Replace(text, "| ", "| "+mark, 1), rapid.SampledFrom(marks).Draw(t, "row")+value)
			case strings.HasPrefix(text, "- "):
				fmt.Fprintf(&body, "- "+mark+text[2:], value)
			default:
				fmt.Fprintf(&body, mark+text, value)
			}
			body.WriteString("\n\n<!-- -->\n\n")
		}
		src := source(scheme, body.String())
		p, problems := draft.Propose(src, draft.Options{})
		if problems.Err() != nil {
			t.Skip() // rows whose marks are not for their table
		}
		src.Files["i.csv"] = []byte(pasted(p))
		doc, problems := draft.Parse(src, draft.Options{})
		if problems.Err() != nil {
			t.Fatalf("%v\n%s\n%s", problems.Err(), body.String(), src.Files["i.csv"])
		}
		if again, _ := draft.Propose(src, draft.Options{}); len(again.Indicators) > 0 {
			t.Fatalf("proposed again: %q", names(again))
		}
		bare := doc.Indicators
		doc.Indicators = nil
		for _, i := range bare {
			for _, n := range doc.ReleasableTo {
				if !edition.May(i.Label, n, edition.Terms(doc, nil)) {
					continue
				}
				e, err := edition.Project(doc, n, nil)
				if err != nil || !strings.Contains(draft.Refang(edition.Text(e)), i.Value) {
					t.Fatalf("%s gets %s %s, which its text does not name (%v)\n%s", n, i.Value, i.Label.Full(), err, body.String())
				}
			}
		}
	})
}

// FuzzPropose: nothing panics, and whatever is proposed can be pasted.
func FuzzPropose(f *testing.F) {
	f.Add("tlp", "# Indicators\n\n- evil.com\n- hxxp[:]//[2001:db8::1]/x)]}\n\n| MD5 | File |\n|---|---|\n| "+md5+" | a.exe |\n")
	f.Add("usa", "(U) a[.]com 96:AXGBicFlgVNhBGcL6wCrFQEv:AXGHsNhxLsr2C\n\n```(U//NF) yara\nrule A { condition: true }\n```\n")
	f.Add("cui", "(CUI) a[.]com\n\n(CUI//NF) HKLM\\x\n")
	f.Add("gbr", "Mutex: `=x`  \nUser agent: Mozilla/5.0 (\u00a0x\n")
	for _, r := range drafttest.All(f) {
		f.Add("tlp", string(r.Text[:min(len(r.Text), 3000)]))
	}
	f.Fuzz(func(t *testing.T, scheme, body string) {
		src := source(scheme, body)
		p, problems := draft.Propose(src, draft.Options{})
		if problems.Err() != nil {
			return
		}
		if p.Indicators != nil && scheme != "cui" { // there one mark is as if all were marked
			src.Files["i.csv"] = []byte(pasted(p))
			again, problems := draft.Propose(src, draft.Options{})
			if err := problems.Err(); err != nil {
				t.Fatalf("%v\n%s", err, src.Files["i.csv"])
			}
			if len(again.Indicators) > 0 {
				t.Fatalf("proposed again: %q", names(again))
			}
		}
	})
}

// A note in a note goes where both may go.
func TestWhatANoteInANoteNamesHasBothMarks(t *testing.T) {
	p := propose(t, source("tlp", "# Indicators\n\n(TLP:AMBER) a[^1]\n\n[^1]: (TLP:AMBER//REL TO NZL, USA) b[^2]\n\n[^2]: Seen: evil[.]example.org and "+md5+"\n"))
	if len(p.Indicators) == 0 {
		t.Fatal("nothing is proposed")
	}
	for _, s := range names(p) {
		if !strings.Contains(s, "(TLP:AMBER//REL TO NZL, USA)") {
			t.Errorf("proposed: %s", s)
		}
	}
}
