package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// part is a leaf of a parsed message, its content decoded.
type part struct {
	mediaType, name string
	content         []byte
}

// readInner parses a message with the standard library alone and checks its nesting.
func readInner(t rapid.TB, inner []byte) (netmail.Header, []part) {
	m, err := netmail.ReadMessage(bytes.NewReader(inner))
	if err != nil {
		t.Fatalf("header: %v", err)
	}
	var parts []part
	var walk func(contentType string, body io.Reader)
	walk = func(contentType string, body io.Reader) {
		_, params, err := mime.ParseMediaType(contentType)
		if err != nil {
			t.Fatalf("content type: %v", err)
		}
		r := multipart.NewReader(body, params["boundary"])
		for {
			p, err := r.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatalf("part: %v", err)
			}
			mediaType, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
			if strings.HasPrefix(mediaType, "multipart/") {
				walk(p.Header.Get("Content-Type"), p)
				continue
			}
			var in io.Reader = base64.NewDecoder(base64.StdEncoding, p)
			if p.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
				in = quotedprintable.NewReader(p)
			}
			content, err := io.ReadAll(in)
			if err != nil {
				t.Fatalf("content: %v", err)
			}
			parts = append(parts, part{mediaType, p.FileName(), content})
		}
	}
	walk(m.Header.Get("Content-Type"), m.Body)
	return m.Header, parts
}

func decodeSubject(t rapid.TB, h netmail.Header) string {
	s, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil {
		t.Fatalf("subject: %v", err)
	}
	return s
}

func TestComposeGivesSubjectTextHTMLAndFiles(t *testing.T) {
	l := testLetter()
	inner, err := Compose(l)
	if err != nil {
		t.Fatal(err)
	}
	h, parts := readInner(t, inner)
	if got, want := decodeSubject(t, h), "[TLP:AMBER] SA26-326A Peer-to-peer clients expose case files"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	if got := h.Get("To"); got != "NZL recipients:;" {
		t.Errorf("To: %q", got)
	}
	if got := h.Get("Message-ID"); got != l.MessageID {
		t.Errorf("Message-ID: %q, want %q", got, l.MessageID)
	}
	_, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
	if params["hp"] != "cipher" || params["protected-headers"] != "v1" {
		t.Errorf("payload's Content-Type lacks header protection: %v", params)
	}
	var types []string
	for _, p := range parts {
		types = append(types, p.mediaType)
	}
	if want := []string{"text/plain", "text/html", "application/pdf", "application/stix+json", "text/csv", "application/zip", "application/octet-stream"}; !slices.Equal(types, want) {
		t.Fatalf("parts %v, want %v", types, want)
	}
	if text := strings.ReplaceAll(string(parts[0].content), "\r\n", "\n"); text != edition.Text(l.Edition) {
		t.Errorf("text did not come back the same:\n%s", text)
	}
	if html := string(parts[1].content); !strings.Contains(html, "samples-2026.zip") || !strings.Contains(html, string(pipeline.DigestOf(testAttached[0].Bytes))) || strings.Contains(html, "<March>") {
		t.Errorf("the HTML does not hold the manifest:\n%s", html)
	}
	for i, a := range append([]Attachment{l.PDF, l.STIX, l.CSV}, testAttached...) {
		if p := parts[i+2]; p.name != a.Name || !bytes.Equal(p.content, a.Bytes) {
			t.Errorf("attachment %s came back as %q with %d bytes", a.Name, p.name, len(p.content))
		}
	}
}

// RFC 9788: each non-structural field outside is attested inside, and the envelope is just so.
func TestInnerMessageAttestsTheOuterHeader(t *testing.T) {
	inner, err := Compose(testLetter())
	if err != nil {
		t.Fatal(err)
	}
	h, _ := readInner(t, inner)
	outer, err := netmail.ReadMessage(bytes.NewReader(wire(t, testMessage(t, []byte("AAAA\r\n")))))
	if err != nil {
		t.Fatal(err)
	}
	attested := 0
	for _, f := range h["Hp-Outer"] {
		name, value, _ := strings.Cut(f, ": ")
		if got := outer.Header.Get(name); got != value {
			t.Errorf("HP-Outer says %s: %q, outside stands %q", name, value, got)
		}
		attested++
	}
	for name := range outer.Header {
		if !strings.HasPrefix(name, "Content-") && name != "Mime-Version" {
			attested--
		}
	}
	if attested != 0 {
		t.Errorf("HP-Outer and the outer header do not pair up: %v", h["Hp-Outer"])
	}
	if outer.Header.Get("Subject") != "[...]" {
		t.Errorf("outer subject %q", outer.Header.Get("Subject"))
	}
}

func TestComposeIsDeterministic(t *testing.T) {
	a, err := Compose(testLetter())
	if err != nil {
		t.Fatal(err)
	}
	b, err := Compose(testLetter())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the same letter gave different bytes")
	}
}

func TestComposedLinesSurviveTransport(t *testing.T) {
	l := testLetter()
	l.Edition.Contacts = []edition.Line{{Text: "From \u00a0 here"}}
	l.Edition.Blocks = append(l.Edition.Blocks, draft.Block{Kind: draft.Code, Code: &draft.CodeData{Lines: []string{
		"trailing \t ", "", "From the start " + strings.Repeat("x", 80), strings.Repeat("From ", 40)}}})
	inner, err := Compose(l)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitAfterSeq(string(inner), "\r\n") {
		text, ended := strings.CutSuffix(line, "\r\n")
		switch {
		case strings.HasPrefix(text, "From "):
			t.Errorf("line begins From: %q", text)
		case strings.TrimRight(text, " \t") != text:
			t.Errorf("trailing white space: %q", text)
		case strings.ContainsAny(text, "\r\n") || !ended && text != "":
			t.Errorf("line does not end in CRLF: %q", text)
		case len(text) > maxLine:
			t.Errorf("line of %d characters: %q", len(text), text)
		}
	}
	readInner(t, inner)
}

func TestProtectFrom(t *testing.T) {
	for in, want := range map[string]string{
		"From a\r\n":           "=46rom =\r\na\r\n",
		"From From b\r\n":      "=46rom =\r\n=46rom =\r\nb\r\n",
		"x From \r\nFrom":      "x From \r\nFrom",
		"From =\r\nFrom y\r\n": "=46rom =\r\n=\r\n=46rom =\r\ny\r\n",
	} {
		got := string(protectFrom([]byte(in)))
		if got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
		a, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(in)))
		b, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(got)))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%q means %q, but should %q (%v)", got, b, a, err)
		}
	}
}

// Whatever title, sender and text are generated, the message parses and gives them back, and no
// byte of them becomes a header field.
func TestComposeRoundTripProperty(t *testing.T) {
	allowed := map[string]bool{"From": true, "To": true, "Subject": true, "Date": true, "Message-Id": true,
		"Mime-Version": true, "Hp-Outer": true, "Content-Type": true}
	rapid.Check(t, func(t *rapid.T) {
		l := testLetter()
		title := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ -~]{0,150}`), rapid.StringMatching(`(a\r\nBcc: x|é|=\?utf-8\?q\?x\?=| |\n){0,40}`)).Draw(t, "title")
		l.Edition.Title.Text = title
		l.From.Name = strings.Join(strings.Fields(rapid.StringMatching(`[ -~é]{0,30}`).Draw(t, "name")), " ")
		paragraph := rapid.OneOf(rapid.String(), rapid.StringMatching(`(From |--=_m|\.\n|= |é|x){0,60}`)).Draw(t, "text")
		l.Edition.Blocks = []draft.Block{{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Text, Text: paragraph}}}}
		inner, err := Compose(l)
		if err != nil {
			t.Fatal(err)
		}
		h, parts := readInner(t, inner)
		for name := range h {
			if !allowed[name] {
				t.Fatalf("header field %s came from the input", name)
			}
		}
		if from, err := netmail.ParseAddress(h.Get("From")); err != nil || *from != l.From {
			t.Fatalf("From: %v (%v), want %v", from, err, l.From)
		}
		if got, want := decodeSubject(t, h), oneLine(Subject(l.Edition)); got != want {
			t.Fatalf("subject %q, want %q", got, want)
		}
		if got, want := normal(string(parts[0].content)), normal(edition.Text(l.Edition)); got != want {
			t.Fatalf("text %q, want %q", got, want)
		}
		if len(parts) != 7 {
			t.Fatalf("%d parts", len(parts))
		}
	})
}

// oneLine is what a subject may do to a title: control characters become spaces.
func oneLine(s string) string {
	return regexp.MustCompile(`[\p{Cc}\x{2028}\x{2029}]`).ReplaceAllString(strings.ToValidUTF8(s, "\uFFFD"), " ")
}

// normal is a text with the line ends of mail: all three kinds of them become CRLF on the way.
func normal(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

func TestSenderWithABackslashInAnEncodedName(t *testing.T) {
	a := netmail.Address{Name: `é\`, Address: "desk@bulletin.example"}
	got, err := netmail.ParseAddress(mailbox(a))
	if err != nil || *got != a {
		t.Errorf("%q comes back as %v, %v", mailbox(a), got, err)
	}
}

func TestComposeRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*Letter)
		says   string
	}{
		"no number":        {func(l *Letter) { l.Edition.Number = "" }, "marking has not passed"},
		"no banner":        {func(l *Letter) { l.Edition.Banner = "" }, "no banner"},
		"no PDF":           {func(l *Letter) { l.PDF.Bytes = nil }, "is empty"},
		"name with quote":  {func(l *Letter) { l.CSV.Name = `a".csv` }, "attachment's name"},
		"name with CRLF":   {func(l *Letter) { l.CSV.Name = "a\r\nBcc: x" }, "attachment's name"},
		"sender with CRLF": {func(l *Letter) { l.From.Address = "a@b.example\r\nBcc: x@y.example" }, "line break"},
		"name of sender":   {func(l *Letter) { l.From.Name = "Desk\r\nBcc: x@y.example" }, "one line"},
		"list with people": {func(l *Letter) { l.List = "x:a@b.example" }, "name of the list"},
		"message-id":       {func(l *Letter) { l.MessageID = "<a@b>\r\nX: y" }, "message-id"},
		"no date":          {func(l *Letter) { l.Date = l.Date.AddDate(-2025, -10, -21).Add(-14 * 3600e9) }, "date"},
		"other bytes attached": {func(l *Letter) {
			l.Edition.Attached[l.Edition.Attachments[0].Digest] = []byte("other bytes")
		}, "not the one that the edition names"},
		"attachment of another size": {func(l *Letter) { l.Edition.Attachments[0].Size++ }, "not the one that the edition names"},
		"attachment not loaded":      {func(l *Letter) { l.Edition.Attached = nil }, "are not there"},
		"attachment of a taken name": {func(l *Letter) { l.Edition.Attachments[0].Name = "sa26-326a-nzl.PDF" }, "has the name of another file"},
		"attachment named oddly":     {func(l *Letter) { l.Edition.Attachments[0].Name = "a\u202efdp.exe" }, "the name of the author's attachment 1"},
		"no such nation":             {func(l *Letter) { l.Edition.Nation = "FRA" }, "unknown nation"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l := testLetter()
			tt.change(&l)
			if _, err := Compose(l); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
		})
	}
}

func TestBracketed(t *testing.T) {
	if err := bracketed("SECRET//A,\nB\n\ntext\n\nSECRET//A,\nB\n", "SECRET//A, B"); err != nil {
		t.Errorf("a wrapped banner: %v", err)
	}
	for _, text := range []string{"", "text\nB", "B\ntext", "text"} {
		if bracketed(text, "B") == nil {
			t.Errorf("%q passed without the banner at both ends", text)
		}
	}
}

// A subject reads back, also by those who join the base64 of adjacent words before they decode it, as GMime does.
func TestEncodedWordsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("aé警😀 ب=?_")), 1, 150, -1).Draw(t, "s")
		encoded := encodeWords(s)
		if back, err := new(mime.WordDecoder).DecodeHeader(encoded); err != nil || back != s {
			t.Fatalf("%q reads back as %q: %v", encoded, back, err)
		}
		words := strings.Fields(encoded)
		for i, w := range words {
			if len(w) > 75 && strings.HasPrefix(w, "=?") {
				t.Fatalf("a word of %d characters (RFC 2047 §2): %s", len(w), w)
			}
			if i < len(words)-1 && strings.HasSuffix(w, "=?=") {
				t.Fatalf("padding within %q", encoded)
			}
		}
	})
}
