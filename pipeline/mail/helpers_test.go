package mail

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

var (
	testRef  = pipeline.Ref{ID: "babcdefghijkl", Revision: 1}
	testDate = time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	testFrom = netmail.Address{Name: "Bulletin desk", Address: "desk@bulletin.example"}
)

func testHeader() Header {
	return Header{
		From:      testFrom,
		List:      ListName(pipeline.NZL),
		MessageID: MessageID([]byte("key"), testRef, pipeline.NZL, "bulletin.example"),
		Date:      testDate,
	}
}

// testAttached is what the author attached.
var testAttached = []Attachment{
	{"samples-2026.zip", []byte("PK\x03\x04\x00\xff\r\nFrom here on\n--=_m")},
	{"page.html", []byte("<script>alert(1)</script>")},
}

func testEdition() edition.Edition {
	e := plainEdition()
	e.Attached = map[pipeline.Digest][]byte{}
	for _, a := range testAttached {
		d := pipeline.DigestOf(a.Bytes)
		e.Attached[d] = a.Bytes
		e.Attachments = append(e.Attachments, edition.Attachment{Mark: "(U)", Name: a.Name, About: "Seen in <March>", Size: int64(len(a.Bytes)), Digest: d})
	}
	return e
}

func plainEdition() edition.Edition {
	text := func(s string) []draft.Inline { return []draft.Inline{{Kind: draft.Text, Text: s}} }
	return edition.Edition{
		Number:       "SA26-326A",
		Released:     testDate,
		History:      []edition.Version{{Version: "1.0", At: testDate, Change: "release", Summary: "first release"}},
		Nation:       pipeline.NZL,
		Kind:         "bulletin",
		Precedence:   pipeline.Routine,
		Scheme:       "usa",
		Banner:       "UNCLASSIFIED//REL TO USA, GBR, NZL//LES",
		TLP:          marking.Amber,
		ReleasableTo: []pipeline.Nation{pipeline.GBR, pipeline.NZL, pipeline.USA},
		Originator:   pipeline.USA,
		Title:        edition.Line{Text: "Peer-to-peer clients expose case files"},
		Actions:      []edition.Line{{Mark: "(U)", Text: "Search your estate for <the client> names"}},
		Glance:       []edition.GlanceLine{{Name: "Who", Line: edition.Line{Text: "Unknown actors"}}},
		Blocks: []draft.Block{
			{Kind: draft.Heading, Level: 2, Mark: "(U)", Text: text("Summary")},
			{Kind: draft.Paragraph, Mark: "(U//LES)", Text: []draft.Inline{
				{Kind: draft.Text, Text: "Ngā pirihimana say "},
				{Kind: draft.Link, URL: "https://example.net/x", Children: text("read this")},
				{Kind: draft.Footnote, Number: 1, Mark: "(U)", Children: text("A note.")},
			}},
			{Kind: draft.Paragraph, Item: &draft.Item{Depth: 1, Ordered: true, List: 1, Number: 3}, Text: text("third")},
			{Kind: draft.Table, Table: &draft.TableData{
				Align: []string{"", "right"}, Head: [][]draft.Inline{text("A"), text("B")},
				Rows: []draft.Row{{Mark: "(U)", Cells: [][]draft.Inline{text("one"), text("two")}}},
			}},
			{Kind: draft.Code, Code: &draft.CodeData{Lines: []string{"rule x {", "  strings: $a = \"</pre><script>\"", "}"}}},
			{Kind: draft.Figure, Image: &draft.Image{Name: "a.png"}, Text: text("How it spreads")},
			{Kind: draft.Rule},
			{Kind: draft.Paragraph, Quote: 1, Text: text("From here on, quoted")},
		},
		Attack:     []edition.Technique{{ID: "T1048", Use: "copies files out"}},
		Indicators: []edition.Indicator{{Type: "url", Value: "http://evil.example.net/a.exe", Note: "first stage"}},
		References: []edition.Line{{Text: "A reference"}},
		Contacts:   []edition.Line{{Text: "desk@police.example.nz"}},
		Statements: []string{"LAW ENFORCEMENT SENSITIVE"},
	}
}

func testLetter() Letter {
	return Letter{
		Header:  testHeader(),
		Edition: testEdition(),
		PDF:     Attachment{Name: "SA26-326A-NZL.pdf", Bytes: []byte("%PDF-1.7\n" + strings.Repeat("body of it\n", 500) + "%%EOF\n")},
		STIX:    Attachment{Name: "SA26-326A-NZL.json", Bytes: []byte(`{"type":"bundle"}`)},
		CSV:     Attachment{Name: "SA26-326A-NZL.csv", Bytes: []byte("type,value\r\n")},
	}
}

// fakeSealed stands in for ciphertext: three variants of armored lines.
type fakeSealed [3][]byte

func (f fakeSealed) Bodies() [3][]byte { return f }

func sealedAs(content string) fakeSealed {
	var f fakeSealed
	for i := range f {
		f[i] = armorLines([]byte(strings.Repeat(content, 100) + string(rune('0'+i))))
	}
	return f
}

func armorLines(b []byte) []byte {
	var out bytes.Buffer
	for len(b) > 0 {
		n := min(48, len(b))
		out.WriteString(base64.StdEncoding.EncodeToString(b[:n]) + "\r\n")
		b = b[n:]
	}
	return out.Bytes()
}

type fakeKey uint64

func (k fakeKey) EncryptionKeyID() uint64 { return uint64(k) }

// armorHead is a fake armor's head with a key packet for each id.
func armorHead(ids ...uint64) []byte {
	var b []byte
	for _, id := range ids {
		b = binary.BigEndian.AppendUint64(b, id)
	}
	return append([]byte(armorBegin), armorLines(b)...)
}

var armorFoot = []byte("=abcd\r\n-----END PGP MESSAGE-----\r\n")

// fakeIDs reads what armorHead wrote.
func fakeIDs(head []byte) ([]uint64, error) {
	lines := strings.ReplaceAll(strings.TrimPrefix(string(head), armorBegin), "\r\n", "")
	b, err := base64.StdEncoding.DecodeString(lines)
	if err != nil || len(b)%8 != 0 {
		return nil, errors.New("no key packets")
	}
	var ids []uint64
	for ; len(b) > 0; b = b[8:] {
		ids = append(ids, binary.BigEndian.Uint64(b))
	}
	return ids, nil
}

func testMessage(t testing.TB, body []byte) Message {
	t.Helper()
	e, err := NewEnvelope(testHeader())
	if err != nil {
		t.Fatal(err)
	}
	return e.Message(armorHead(7), body, armorFoot)
}

func wire(t testing.TB, m Message) []byte {
	t.Helper()
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); err != nil || int(n) != m.Len() {
		t.Fatalf("wrote %d of %d octets: %v", n, m.Len(), err)
	}
	return b.Bytes()
}
