package mail

import (
	"bytes"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/seal"
)

func letterOf(e edition.Edition) Letter {
	l := testLetter()
	l.Edition, l.List = e, ListName(e.Nation)
	return l
}

// sentAndOpened is a letter on the wire, and what its recipient decrypts.
func sentAndOpened(t *testing.T, l Letter) (outer, inner []byte) {
	t.Helper()
	sealed, signer := sealLetter(t, l)
	envelope, err := NewEnvelope(l.Header)
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t, "a@police.example.au")
	armored, err := sealed.For(p.key)
	if err != nil {
		t.Fatal(err)
	}
	outer = wire(t, envelope.Message(armored.Head, armored.Body, armored.Foot))
	from := bytes.Index(outer, []byte("-----BEGIN PGP MESSAGE-----"))
	to := bytes.Index(outer, []byte("-----END PGP MESSAGE-----")) + len("-----END PGP MESSAGE-----\r\n")
	inner, _, err = seal.Open(outer[from:to], p.secret, nil, signer.PublicKey(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return outer, inner
}

// EPMS-2024.1: mail to Australia has the field, once, among the protected fields alone; other nations' and TLP's
// have none.
func TestProtectiveMarkingIsInsideForAustraliaAlone(t *testing.T) {
	for name, c := range map[string]struct {
		e    edition.Edition
		want string
	}{
		"own": {markedFor(pipeline.AUS, "aus", "PROTECTED//REL AUS/NZL", ""),
			"VER=2024.1, NS=gov.au, SEC=PROTECTED, CAVEAT=RI:REL/AUS/NZL, ORIGIN=desk@bulletin.example"},
		"foreign": {markedFor(pipeline.AUS, "usa", "UNCLASSIFIED//REL TO USA, AUS//LES", "OFFICIAL: Sensitive"),
			`VER=2024.1, NS=gov.au, SEC=OFFICIAL:Sensitive, NOTE=UNCLASSIFIED//REL TO USA\, AUS//LES, ORIGIN=desk@bulletin.example`},
		"foreign and classified": {markedFor(pipeline.AUS, "usa", "SECRET//REL TO USA, AUS", "SECRET"),
			`VER=2024.1, NS=gov.au, SEC=SECRET, CAVEAT=FG:SECRET//REL TO USA\, AUS, ORIGIN=desk@bulletin.example`},
		"longer than a text": {markedFor(pipeline.AUS, "usa", "SECRET//REL TO USA, AUS"+strings.Repeat(", NOR", 30), "SECRET"),
			"VER=2024.1, NS=gov.au, SEC=SECRET, CAVEAT=FG:foreign marking as at the head of the message, ORIGIN=desk@bulletin.example"},
		"in French too": {markedFor(pipeline.AUS, "can", "PROTECTED B / PROTÉGÉ B", "OFFICIAL: Sensitive"),
			"VER=2024.1, NS=gov.au, SEC=OFFICIAL:Sensitive, NOTE=PROTECTED B / PROTEGE B, ORIGIN=desk@bulletin.example"},
		"tlp":                   {markedFor(pipeline.AUS, "tlp", "TLP:AMBER", ""), ""},
		"no equivalent":         {markedFor(pipeline.AUS, "usa", "UNCLASSIFIED", ""), ""},
		"another nation":        {markedFor(pipeline.NZL, "aus", "PROTECTED//REL AUS/NZL", "RESTRICTED"), ""},
		"another, from nowhere": {markedFor(pipeline.GBR, "aus", "OFFICIAL: Sensitive", ""), ""},
	} {
		t.Run(name, func(t *testing.T) {
			outer, inner := sentAndOpened(t, letterOf(c.e))
			if bytes.Contains(bytes.ToLower(outer), []byte("protective")) {
				t.Error("the field stands outside")
			}
			h, _ := readInner(t, inner)
			got := h["X-Protective-Marking"]
			if strings.Join(got, "|") != c.want || len(got) > 1 {
				t.Errorf("inside: %q, want %q", got, c.want)
			}
			for _, f := range h["Hp-Outer"] {
				if strings.Contains(strings.ToLower(f), "protective") {
					t.Errorf("HP-Outer: %s", f)
				}
			}
			if n := bytes.Count(bytes.ToLower(inner), []byte("x-protective-marking")); n != len(got) {
				t.Errorf("the name of the field stands %d times", n)
			}
		})
	}
}

// A mark that Australia does not have must not go out under any.
func TestNoMailWithAMarkThatIsNotAustralias(t *testing.T) {
	for _, mark := range []string{"CONFIDENTIAL", "PROTECTED//\r\nBcc: x@y.example", "protected", "PROTECTED "} {
		if _, err := Compose(letterOf(markedFor(pipeline.AUS, "usa", "SECRET//REL TO USA, AUS", mark))); err == nil || !strings.Contains(err.Error(), "protective marking for AUS") {
			t.Errorf("%q: got %v", mark, err)
		}
	}
}

// Whatever the originator's banner is, the field comes back as one field that the scheme reads, or there is no mail;
// no byte of it becomes a field of its own.
func TestProtectiveMarkingRoundTrip(t *testing.T) {
	parse := headerForm(t)
	rapid.Check(t, func(t *rapid.T) {
		banner := rapid.OneOf(rapid.StringMatching(`[A-Z/,: -]{1,200}`), rapid.StringMatching(`(a\r\nBcc: x|é|\\|,|\]|, |B ){0,40}`)).Draw(t, "banner")
		own := rapid.SampledFrom([]string{"OFFICIAL: Sensitive", "PROTECTED", "SECRET//REL AUS/GBR/USA"}).Draw(t, "own")
		e := markedFor(pipeline.AUS, "usa", banner, own)
		value, err := letterOf(e).protectiveMarking()
		if err != nil {
			return
		}
		var b strings.Builder
		writeProtective(&b, value)
		m, err := netmail.ReadMessage(strings.NewReader(b.String() + "\r\n"))
		if err != nil || len(m.Header) != 1 || m.Header.Get(protectiveField) != value {
			t.Fatalf("%q comes back as %v (%v)", value, m, err)
		}
		for _, raw := range []string{value, strings.TrimSuffix(b.String(), "\r\n")} { // folded too
			if _, err := parse(raw); err != nil {
				t.Fatalf("%q: %v", raw, err)
			}
		}
	})
}

func headerForm(t *testing.T) func(string) (marking.Mark, error) {
	t.Helper()
	scheme, err := marking.ByName("aus")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range scheme.Forms() {
		if f.Name == "header" {
			return f.Parse
		}
	}
	t.Fatal("scheme aus has no header form")
	return nil
}

// An officer in Australia reads the mail as ever.
func TestAustraliansReadWhatWasSent(t *testing.T) {
	l := letterOf(markedFor(pipeline.AUS, "usa", "SECRET//REL TO USA, AUS", "SECRET//REL AUS/USA"))
	sealed, signer := sealLetter(t, l)
	envelope, err := NewEnvelope(l.Header)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	relay := newTestRelay(t, RelayConfig{Addr: newTestSink(t, SinkConfig{Dir: dir}).Addr()})
	p := newPerson(t, "a@police.example.au")
	armored, err := sealed.For(p.key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := relay.Send(t.Context(), l.From.Address, p.address, envelope.Message(armored.Head, armored.Body, armored.Foot)); err != nil {
		t.Fatal(err)
	}
	eml, err := os.ReadFile(filepath.Join(dir, p.address, "1.eml"))
	if err != nil {
		t.Fatal(err)
	}
	checkSeen(t, newMailReader(t, signer.Fingerprint(), p.secret, []byte(signer.PublicKey())).open(t, eml), l, signer.Fingerprint())
}
