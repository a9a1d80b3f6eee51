package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/mail"
)

// The set of indicators is the same wherever a recipient finds it: read back from the PDF, the text, both bodies of the
// mail, the CSV and the STIX bundle, it is what the edition has, hard characters and all.
func TestSameIndicatorsEverywhere(t *testing.T) {
	r, err := newRenderer(nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		e := editionWith(t, rapid.SliceOfN(anyIndicator(), 1, 5).Draw(t, "rows"))
		files, err := r.Render(e)
		if err != nil {
			t.Fatal(err)
		}
		text, page := bodies(t, e)
		var raw, shown, squashed []string
		for _, i := range e.Indicators {
			raw = append(raw, i.Type+" "+i.Value)
			shown = append(shown, i.Type+" "+edition.Defang(i.Type, i.Value))
			squashed = append(squashed, squash(i.Type+edition.Defang(i.Type, i.Value)))
			addressed := slices.Contains([]string{"ipv4", "ipv6", "cidr", "domain", "url", "email"}, i.Type) // elsewhere a (.) is no dot
			if back := edition.Defang(i.Type, i.Value); addressed && draft.Refang(back) != i.Value {
				t.Fatalf("%s reads back as %s", back, draft.Refang(back))
			}
		}
		for _, c := range []struct {
			of        string
			got, want []string
		}{
			{"the CSV", inCSV(t, files.CSV), raw},
			{"STIX", inSTIX(t, files.STIX), raw},
			{"the text", inText(t, string(files.Text)), shown},
			{"the mail's text", inText(t, text), shown},
			{"the mail's HTML", inHTML(t, page), shown},
			{"the PDF", inPDF(t, files.PDF, len(raw)), squashed},
		} {
			if !slices.Equal(c.got, c.want) {
				t.Fatalf("%s has\n  %s\nthe edition\n  %s", c.of, strings.Join(c.got, "\n  "), strings.Join(c.want, "\n  "))
			}
		}
	})
}

// anyIndicator is a type and a value, as hard to write as the type lets it be.
func anyIndicator() *rapid.Generator[[2]string] {
	forms := map[string]string{
		"ipv4": `203\.0\.113\.[1-9]`, "ipv6": `2001:(db8|DB8):[1-9a-f]{1,3}::[1-9]`, "cidr": `(192\.0\.2\.0/24|2001:db8::/32)`,
		"domain": `[a-zA-Zāé_][a-z]{0,8}\.[a-z]{1,5}\.(example|org|рф)`, "email": `[a-z+]{1,5}(\.[a-z]{1,4})?@[a-z]{1,8}\.example`,
		"url": `(http|HTTPS|ftp)://([a-z]{1,4}@)?[a-z]{1,6}\.example(:8080)?/[a-zé';=&<>]{0,8}(\?u=http://a\.b)?`,
		"md5": `[0-9a-fA-F]{32}`, "sha1": `[0-9a-fA-F]{40}`, "sha256": `[0-9a-fA-F]{64}`, "sha512": `[0-9a-fA-F]{128}`,
		"ssdeep": `(3|6|96):[A-Za-z0-9/+]{6,20}:[A-Za-z0-9/+]{3,20}`, "filename": `(C:\\|/)?[a-zéж'=+@-][a-zж'=+@&<-]{0,9}\.exe`,
		"registry-key": `(HKLM|HKEY_USERS)\\[A-Za-z \\'.@*&<-]{0,12}x`, "mutex": `[A-Za-z={+@'|%-](\\[A-Za-z0-9{}'"=+@ ,;&<-]{0,12})?x`,
		"user-agent": `Mozilla/5\.0 \([A-Za-z0-9;:'"\\+/.<&]{1,12}\)( \+http://b\.example)?`, "asn": `AS[1-9][0-9]{0,8}`,
		"yara": `rule [A-Z][a-z_0-9]{0,8} \{\n  strings: \$a = "[a-z'\\,=<&]{0,8}"\n  condition: \$a\n\}`,
	}
	return rapid.Custom(func(t *rapid.T) [2]string {
		types := []string{"ipv4", "ipv6", "cidr", "domain", "url", "email", "md5", "sha1", "sha256", "sha512", "ssdeep", "filename", "registry-key", "mutex", "user-agent", "asn", "yara"}
		typ := rapid.SampledFrom(types).Draw(t, "type")
		return [2]string{typ, rapid.StringMatching(forms[typ]).Draw(t, "value")}
	})
}

// editionWith is an edition of a draft with these indicators, each with a note that says where its row ends.
func editionWith(t *rapid.T, rows [][2]string) edition.Edition {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	w.Write([]string{"type", "value", "first_seen", "last_seen", "confidence", "note"})
	for n, r := range rows {
		w.Write([]string{r[0], r[1], "", "", "", endOf(n)})
	}
	w.Flush()
	const text = "---\ntitle: t\nkind: training\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [NZL]\nindicators: i.csv\n---\ntext\n"
	doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text), "i.csv": file.Bytes()}}, draft.Options{})
	if err := problems.Err(); err != nil {
		t.Fatalf("%v\n%s", err, file.Bytes())
	}
	e, err := edition.Project(doc, "NZL", nil)
	if err != nil {
		t.Fatal(err)
	}
	e.Number, e.Released = "SA26-326A", time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	return e
}

func endOf(row int) string { return fmt.Sprintf("ZQ%03dZQ", row) }

func squash(s string) string { return strings.Join(strings.Fields(s), "") }

func inCSV(t *rapid.T, raw []byte) []string {
	records, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range records[1:] {
		out = append(out, r[0]+" "+strings.TrimPrefix(r[1], "'"))
	}
	return out
}

func inSTIX(t *rapid.T, raw []byte) []string {
	var bundle struct {
		Objects []struct {
			Type, Name, Pattern string
			Labels              []string
		}
	}
	if err := json.Unmarshal(raw, &bundle); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, o := range bundle.Objects {
		switch {
		case o.Type != "indicator":
		case o.Labels[0] == "yara":
			out = append(out, "yara "+o.Pattern)
		default:
			out = append(out, o.Labels[0]+" "+o.Name)
		}
	}
	return out
}

// inText reads "-  type", then the value line by line, then the note.
func inText(t *rapid.T, text string) []string {
	_, section, found := strings.Cut(text, "\nIndicators\n==========\n")
	if !found {
		t.Fatalf("no indicators in\n%s", text)
	}
	section, _, _ = strings.Cut(section, "\n\nTLP:GREEN")
	var out []string
	for n, row := range strings.Split(section, "\n-  ")[1:] {
		typ, rest, _ := strings.Cut(row, "\n")
		value, _, ended := strings.Cut(rest, "\n   "+endOf(n))
		if !ended {
			t.Fatalf("row %d does not end in\n%s", n, section)
		}
		out = append(out, typ+" "+strings.TrimPrefix(strings.ReplaceAll(value, "\n   ", "\n"), "   "))
	}
	return out
}

func inHTML(t *rapid.T, page string) []string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for n := range root.Descendants() {
		if n.Data != "td" || !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "class" && a.Val == "value" }) {
			continue
		}
		typ := n.PrevSibling
		for typ.Data != "td" {
			typ = typ.PrevSibling
		}
		out = append(out, strings.TrimSpace(textOf(typ))+" "+textOf(n))
	}
	return out
}

func textOf(n *html.Node) string {
	var s strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			s.WriteString(d.Data)
		}
	}
	return s.String()
}

// inPDF reads rows in the order in which they are drawn, without the blanks that lines are broken at. Before the first
// stands what heads the table.
func inPDF(t *rapid.T, pdf []byte, rows int) []string {
	cmd := exec.Command("pdftotext", "-raw", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	raw, err := cmd.Output()
	if err != nil {
		t.Fatalf("pdftotext: %v", err)
	}
	_, text, _ := strings.Cut(squash(string(raw)), "guardsspreadsheets).")
	text = strings.TrimPrefix(text, "TypeValueNote")
	var out []string
	for n := range rows {
		row, rest, ended := strings.Cut(text, endOf(n))
		if !ended {
			t.Fatalf("row %d does not end in\n%s", n, raw)
		}
		out, text = append(out, row), rest
	}
	if strings.Contains(text, "ZQ") {
		t.Fatalf("further rows in\n%s", raw)
	}
	return out
}

// bodies are the text and the HTML of the mail, decoded.
func bodies(t *rapid.T, e edition.Edition) (text, page string) {
	header := mail.Header{
		From: netmail.Address{Name: "Desk", Address: "desk@police.example"}, List: mail.ListName("NZL"),
		MessageID: "<" + strings.Repeat("a", 32) + "@police.example>", Date: e.Released,
	}
	file := mail.Attachment{Name: "a.bin", Bytes: []byte("x")}
	letter, err := mail.Compose(mail.Letter{Header: header, Edition: e, PDF: file, STIX: file, CSV: file})
	if err != nil {
		t.Fatal(err)
	}
	m, err := netmail.ReadMessage(bytes.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	var read func(contentType, encoding string, body io.Reader)
	read = func(contentType, encoding string, body io.Reader) {
		kind, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(kind, "multipart/") {
			parts := multipart.NewReader(body, params["boundary"])
			for {
				p, err := parts.NextPart()
				if err == io.EOF {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				read(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
			}
		}
		if encoding == "base64" {
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		decoded, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case "text/plain":
			text = strings.ReplaceAll(string(decoded), "\r\n", "\n")
		case "text/html":
			page = string(decoded)
		}
	}
	read(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body)
	return text, page
}
