package edition

import (
	"bytes"
	"encoding/csv"
	"testing"

	"bulletin/pipeline/draft"
)

// accepted reports whether an indicator file may hold the value.
func accepted(typ, value string) bool {
	var rows bytes.Buffer
	w := csv.NewWriter(&rows)
	if w.WriteAll([][]string{{"type", "value", "first_seen", "last_seen", "confidence", "note"}, {typ, value, "", "", "", ""}}) != nil {
		return false
	}
	const text = "---\ntitle: t\nkind: training\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [NZL]\nindicators: i.csv\n---\ntext\n"
	doc, _ := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text), "i.csv": rows.Bytes()}}, draft.Options{})
	return doc != nil && len(doc.Indicators) == 1 && doc.Indicators[0].Value == value
}

// What people read is turned back into what machines get: Refang undoes Defang, for every value that a draft may have.
func FuzzRefangUndoesDefang(f *testing.F) {
	for _, v := range [][2]string{
		{"ipv4", "192.0.2.10"}, {"ipv6", "2001:db8::1"}, {"cidr", "198.51.100.0/24"}, {"domain", "Files.bücher.example"},
		{"email", "clerk.a+b@mail.example.org"}, {"url", "HTTPS://user:p.w@example.net:8443/x?u=http://a.b/"},
		{"url", "http://[2001:db8::1]:80/"}, {"url", "ftp://192.0.2.1/pub[1].txt"}, {"url", "http://a.example/?next=HTTPS%3A//b.example"},
		{"url", "http://a.example/[dot]"}, {"url", "http://a.example/hxxp://b"}, {"email", `"a(at)b"@example.org`}, {"domain", "hxxp.example"},
	} {
		f.Add(v[0], v[1])
	}
	f.Fuzz(func(t *testing.T, typ, value string) {
		harmless := Defang(typ, value)
		if Defang(typ, harmless) == "" && value != "" {
			t.Fatalf("%q came to nothing", value)
		}
		raw := draft.Refang(value)
		if again := draft.Refang(raw); len(again) > len(raw) {
			t.Fatalf("%q grows: %q", raw, again)
		}
		switch typ {
		case "ipv4", "ipv6", "cidr", "domain", "url", "email":
			if accepted(typ, value) && draft.Refang(harmless) != value {
				t.Errorf("%s %q is shown as %q, which reads as %q", typ, value, harmless, draft.Refang(harmless))
			}
		}
	})
}
