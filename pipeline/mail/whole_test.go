package mail

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/seal"
)

// person is a mailbox and its key.
type person struct {
	address        string
	secret, public []byte
	key            *seal.Key
}

func newPerson(t testing.TB, address string) person {
	t.Helper()
	now := time.Now()
	secret, public, err := seal.GenerateKey("Officer", address, now.Add(-time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	fit := seal.Examine(public, address, now)
	if fit.Key == nil {
		t.Fatalf("a fresh key is unfit: %v", fit.Reasons)
	}
	return person{address, secret, public, fit.Key}
}

// sealLetter composes and seals a letter for real, and returns the signer too.
func sealLetter(t testing.TB, l Letter) (*seal.Sealed, *seal.Signer) {
	t.Helper()
	desk := newPerson(t, l.From.Address)
	signer, err := seal.LoadSigner(desk.secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := Compose(l)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := signer.Seal(inner, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return sealed, signer
}

// The whole way: composed, sealed, wrapped, past the gate, over SMTP, and opened by recipients
// with GnuPG and notmuch.
func TestRecipientsReadWhatWasSent(t *testing.T) {
	l := testLetter()
	l.Edition.Title.Text = "تنبيه: برنامج خبيث يستهدف الخوادم, Māori and 警察 servers that expose case files"
	sealed, signer := sealLetter(t, l)
	gate := NewGate(l.From, seal.KeyPacketIDs)
	if err := gate.Register(sealed, testRef, pipeline.NZL); err != nil {
		t.Fatal(err)
	}
	envelope, err := NewEnvelope(l.Header)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	relay := newTestRelay(t, RelayConfig{Addr: newTestSink(t, SinkConfig{Dir: dir}).Addr()})
	for _, p := range []person{newPerson(t, "a@police.example.nz"), newPerson(t, "b@police.example.nz")} {
		armored, err := sealed.For(p.key)
		if err != nil {
			t.Fatal(err)
		}
		m := envelope.Message(armored.Head, armored.Body, armored.Foot)
		if err := gate.Check(testRef, m, Recipient{pipeline.NZL, p.address, p.key}); err != nil {
			t.Fatal(err)
		}
		if _, err := relay.Send(t.Context(), l.From.Address, p.address, m); err != nil {
			t.Fatal(err)
		}
		eml, err := os.ReadFile(filepath.Join(dir, p.address, "1.eml"))
		if err != nil {
			t.Fatal(err)
		}
		checkSeen(t, newMailReader(t, signer.Fingerprint(), p.secret, []byte(signer.PublicKey())).open(t, eml), l, signer.Fingerprint())
	}
}

func checkSeen(t *testing.T, got seen, l Letter, signer string) {
	t.Helper()
	if got.decrypted != "full" || len(got.signatures) != 1 || got.signatures[0] != "good "+signer {
		t.Errorf("decrypted %q, signatures %q, want full and one good by %s", got.decrypted, got.signatures, signer)
	}
	if got.subject != Subject(l.Edition) || got.outerSubject != "[...]" {
		t.Errorf("subject %q, outside %q", got.subject, got.outerSubject)
	}
	if text := strings.ReplaceAll(got.text, "\r\n", "\n"); text != edition.Text(l.Edition) {
		t.Errorf("text:\n%s", text)
	}
	if !bytes.Equal(got.pdf, l.PDF.Bytes) {
		t.Errorf("PDF of %d bytes, want %d", len(got.pdf), len(l.PDF.Bytes))
	}
	for _, a := range l.Edition.Attachments { // what arrived is what the manifest says
		if d := pipeline.DigestOf(got.files[a.Name]); d != a.Digest {
			t.Errorf("attachment %s arrived with the digest %s, want %s", a.Name, d, a.Digest)
		}
	}
}

// With real ciphertext: nobody gets another's mail, and no second key is let in.
func TestGateWithRealCiphertext(t *testing.T) {
	l := testLetter()
	sealed, _ := sealLetter(t, l)
	british, _ := sealLetter(t, l)
	gate := NewGate(l.From, seal.KeyPacketIDs)
	for n, s := range map[pipeline.Nation]*seal.Sealed{pipeline.NZL: sealed, pipeline.GBR: british} {
		if err := gate.Register(s, testRef, n); err != nil {
			t.Fatal(err)
		}
	}
	envelope, err := NewEnvelope(l.Header)
	if err != nil {
		t.Fatal(err)
	}
	a, b := newPerson(t, "a@police.example.nz"), newPerson(t, "b@police.example.nz")
	wrap := func(s *seal.Sealed, k *seal.Key) Message {
		armored, err := s.For(k)
		if err != nil {
			t.Fatal(err)
		}
		return envelope.Message(armored.Head, armored.Body, armored.Foot)
	}
	to := Recipient{pipeline.NZL, a.address, a.key}
	if err := gate.Check(testRef, wrap(sealed, a.key), to); err != nil {
		t.Fatal(err)
	}
	refusedFor(t, gate.Check(testRef, wrap(british, a.key), to), "not sealed for")
	refusedFor(t, gate.Check(testRef, wrap(sealed, b.key), to), "pinned key")
	both := wrap(sealed, a.key)
	_, lines, _ := bytes.Cut(both.Head, []byte(armorBegin))
	both.Head = append(both.Head, lines...)
	if gate.Check(testRef, both, to) == nil {
		t.Error("two key packets passed")
	}
	for name, m := range map[string]Message{"composed": {Head: []byte("Subject: x\r\n\r\n"), Body: []byte(secret + "\r\n"), Foot: []byte("\r\n")}, "empty": {}} {
		if gate.Check(testRef, m, to) == nil {
			t.Errorf("%s: clear text passed", name)
		}
	}
}
