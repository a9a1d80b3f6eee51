package seal

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"pgregory.net/rapid"

	"bulletin/pipeline"
)

func TestSealAndOpen(t *testing.T) {
	desk := generated(t, "Desk", "desk@police.example")
	signer := signerOf(t, desk)
	all := recipients(t)
	for _, size := range []int{0, 1, 100, 5000, 150000} {
		message := letter(size)
		sealed, err := signer.Seal(message, now)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range all {
			a, err := sealed.For(to.key(t))
			if err != nil {
				t.Fatal(err)
			}
			got, by, err := Open(a.bytes(), to.secret, nil, signer.PublicKey(), now)
			if err != nil || !bytes.Equal(got, message) || by != signer.Fingerprint() {
				t.Errorf("%s, %d bytes: by %s, equal %v, %v", to.name, size, by, bytes.Equal(got, message), err)
			}
		}
	}
}

// What one recipient gets, another cannot open.
func TestOnlyTheRecipientOpens(t *testing.T) {
	signer := signerOf(t, generated(t, "Desk", "desk@police.example"))
	all := append(recipients(t), generated(t, "second Curve25519", "second@police.example"))
	sealed, err := signer.Seal(letter(300), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range all {
		a, err := sealed.For(to.key(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, reader := range all {
			message, _, err := Open(a.bytes(), reader.secret, nil, signer.PublicKey(), now)
			if (err == nil) != (reader.name == to.name) {
				t.Errorf("for %s, opened by %s: %v", to.name, reader.name, err)
			}
			if err != nil && message != nil {
				t.Errorf("for %s, opened by %s: an error and a message", to.name, reader.name)
			}
		}
	}
}

func TestArmorIsSharedAndWellFormed(t *testing.T) {
	signer := signerOf(t, generated(t, "Desk", "desk@police.example"))
	keys := recipients(t)
	rapid.Check(t, func(t2 *rapid.T) {
		sealed, err := signer.Seal(letter(rapid.IntRange(0, 3000).Draw(t2, "size")), now)
		if err != nil {
			t2.Fatal(err)
		}
		if sealed.Digest() != pipeline.DigestOf(sealed.data) {
			t2.Error("digest is not that of the data packet")
		}
		k := keys[rapid.IntRange(0, len(keys)-1).Draw(t2, "key")].key(t)
		a, err := sealed.For(k)
		if err != nil {
			t2.Fatal(err)
		}
		shared := false
		for _, b := range sealed.Bodies() {
			shared = shared || &b[0] == &a.Body[0]
		}
		if !shared {
			t2.Error("the body is a copy")
		}
		checkLines(t2, a.bytes())
		checkChecksum(t2, a.bytes())
		if ids, err := KeyPacketIDs(a.Head); err != nil || len(ids) != 1 || ids[0] != k.EncryptionKeyID() {
			t2.Errorf("key ids %x, %v; want %x alone", ids, err, k.EncryptionKeyID())
		}
	})
}

func checkLines(t *rapid.T, armored []byte) {
	text := string(armored)
	if strings.Count(text, "\n") != strings.Count(text, "\r\n") || !strings.HasSuffix(text, "\r\n") {
		t.Error("a line does not end in CRLF")
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 76 { // RFC 9580 §6
			t.Errorf("a line of %d characters", len(line))
		}
	}
}

func checkChecksum(t *rapid.T, armored []byte) {
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if _, err := data.ReadFrom(block.Body); err != nil {
		t.Fatal(err)
	}
	want := string(appendFoot(nil, bitwise(data.Bytes())))
	if !bytes.HasSuffix(armored, []byte("\r\n"+want)) {
		t.Errorf("does not end with the checksum %q", want)
	}
}

func TestTamperedDoesNotOpen(t *testing.T) {
	signer := signerOf(t, generated(t, "Desk", "desk@police.example"))
	reader := generated(t, "Reader", "reader@police.example")
	sealed, err := signer.Seal(letter(400), now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := sealed.For(reader.key(t))
	if err != nil {
		t.Fatal(err)
	}
	whole := unarmored(t, a.bytes())
	keyPacket := len(whole) - len(sealed.data)
	for at := range whole {
		for _, flip := range []byte{0x01, 0x80} {
			bad := bytes.Clone(whole)
			bad[at] ^= flip
			message, _, err := Open(rearmored(t, bad), reader.secret, nil, signer.PublicKey(), now)
			// A bit of the key packet may not matter: X25519 ignores one (RFC 7748 §5), and the library
			// the count of a number's bits. Then the message must be the one that was signed.
			if at < keyPacket && err == nil && bytes.Equal(message, letter(400)) {
				continue
			}
			if err == nil || message != nil {
				t.Errorf("byte %d of %d flipped by %#x: opened", at, len(whole), flip)
			}
		}
	}
	for _, n := range []int{0, 1, 20, len(whole) / 2, len(whole) - 1} {
		if _, _, err := Open(rearmored(t, whole[:n]), reader.secret, nil, signer.PublicKey(), now); err == nil {
			t.Errorf("cut off at %d: opened", n)
		}
	}
}

func rearmored(t *testing.T, data []byte) []byte {
	t.Helper()
	out := appendLines([]byte(messageBegin), data)
	return appendFoot(out, bitwise(data))
}

func TestKeyPacketIDsRefuses(t *testing.T) {
	signer := signerOf(t, generated(t, "Desk", "desk@police.example"))
	alice, bob := recipients(t)[0].key(t), recipients(t)[1].key(t)
	sealed, err := signer.Seal(letter(400), now)
	if err != nil {
		t.Fatal(err)
	}
	packets := func(keys ...*Key) []byte {
		var out []byte
		for _, k := range keys {
			keyPacket, err := k.keyPacket(sealed.sessionKey)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, keyPacket...)
		}
		return out
	}
	head := func(data []byte) []byte { return appendLines([]byte(messageBegin), data) }
	two, err := KeyPacketIDs(sealed.behind(packets(alice, bob)).Head)
	if err != nil || fmt.Sprint(two) != fmt.Sprint([]uint64{alice.EncryptionKeyID(), bob.EncryptionKeyID()}) {
		t.Errorf("two key packets: %x, %v", two, err)
	}
	good := sealed.behind(packets(alice)).Head
	plain := append(packets(alice), 0xCB, 10)                   // a literal packet, RFC 9580 §5.9
	symmetric := append([]byte{0xC3, 4}, "\x04\x09\x00\x08"...) // for a passphrase, §5.3
	bad := map[string][]byte{
		"empty":                   nil,
		"no key packet":           head(sealed.data[:0]),
		"data packet alone":       head(sealed.data[:300]),
		"a literal packet":        head(append(plain, make([]byte, 1)...)),
		"for a passphrase too":    head(append(packets(alice), symmetric...)),
		"a marker before":         head(append([]byte("\xca\x03PGP\xca\x03PGP\xca\x03PGP"), packets(alice)...)),
		"LF line ends":            bytes.ReplaceAll(good, []byte("\r\n"), []byte("\n")),
		"a header":                bytes.Replace(good, []byte("\r\n\r\n"), []byte("\r\nComment: for Alice\r\n\r\n"), 1),
		"text before":             append([]byte("Dear Alice,\r\n"), good...),
		"text after":              append(bytes.Clone(good), "Dear Alice,\r\n"...),
		"an empty line more":      append(bytes.Clone(good), "\r\n"...),
		"not base64":              append(bytes.Clone(good), "!!!!\r\n"...),
		"cut off":                 good[:len(good)-4],
		"the whole message in it": sealed.behind(packets(alice)).bytes(),
	}
	for name, h := range bad {
		if ids, err := KeyPacketIDs(h); err == nil {
			t.Errorf("%s: accepted, %x", name, ids)
		}
	}
}

func TestForNobody(t *testing.T) {
	signer := signerOf(t, generated(t, "Desk", "desk@police.example"))
	sealed, err := signer.Seal(letter(10), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []*Key{nil, {}} {
		if _, err := sealed.For(k); err == nil {
			t.Error("sealed for no key")
		}
	}
}

// Whatever a log prints, it prints neither the session key nor the signing key.
func TestSecretsDoNotPrint(t *testing.T) {
	signer := signerOf(t, generated(t, "Desk", "desk@police.example"))
	sealed, err := signer.Seal(letter(10), now)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, sealed); got != "sealed "+string(sealed.Digest()) {
			t.Errorf("%s prints %.80s", verb, got)
		}
		if got := fmt.Sprintf(verb, signer); got != "signer "+signer.Fingerprint() {
			t.Errorf("%s prints %.80s", verb, got)
		}
	}
}

func FuzzKeyPacketIDs(f *testing.F) {
	signer := signerOf(f, generated(f, "Desk", "desk@police.example"))
	sealed, err := signer.Seal(letter(100), now)
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range recipients(f) {
		a, err := sealed.For(p.key(f))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Head)
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		ids, err := KeyPacketIDs(head)
		if err == nil && len(ids) == 0 {
			t.Error("accepted without a key packet")
		}
	})
}
