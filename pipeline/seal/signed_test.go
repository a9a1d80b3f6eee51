package seal

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
)

// TestKeyIDs are those that the vendor finds with all its verifying, for each kind of key.
func TestKeyIDs(t *testing.T) {
	for _, p := range recipients(t) {
		entities, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(p.public))
		if err != nil {
			t.Fatal(err)
		}
		want := []uint64{entities[0].PrimaryKey.KeyId}
		for _, s := range entities[0].Subkeys {
			want = append(want, s.PublicKey.KeyId)
		}
		got, err := KeyIDs(p.public)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %X, %v, want %X", p.name, got, err, want)
		}
	}
	for _, bad := range []string{"", "no key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n-----END PGP PUBLIC KEY BLOCK-----"} {
		if ids, err := KeyIDs([]byte(bad)); err == nil {
			t.Errorf("%q has %X", bad, ids)
		}
	}
}

// TestSignedByGnuPG verifies what GnuPG signs in each way, and that one signature is one.
func TestSignedByGnuPG(t *testing.T) {
	g := newGnuPG(t)
	p, other := generated(t, "Reader", "reader@police.example"), generated(t, "Other", "other@police.example")
	g.must(t, p.secret, "--import")
	g.must(t, other.secret, "--import")
	text := []byte("We have SA26-329A.  \r\n- it is here\r\n")
	detached := g.must(t, text, "--armor", "--detach-sign", "-u", "reader@police.example")
	textmode := g.must(t, text, "--armor", "--detach-sign", "--textmode", "-u", "reader@police.example")
	clear := g.must(t, text, "--clearsign", "-u", "reader@police.example")
	for name, read := range map[string]func() (Signed, error){
		"detached": func() (Signed, error) { return DetachedOver(text, detached) },
		"textmode": func() (Signed, error) { return DetachedOver(text, textmode) },
		"clear":    func() (Signed, error) { return Clearsigned(clear) },
	} {
		s, err := read()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if ids, _ := KeyIDs(p.public); !slices.Contains(ids, s.KeyID()) {
			t.Errorf("%s: key id %X is not among %X", name, s.KeyID(), ids)
		}
		fpr, made, err := s.Verify(p.public, now)
		if err != nil || fpr != p.key(t).Fingerprint || !made.Equal(now) {
			t.Errorf("%s: %s, %v, %v", name, fpr, made, err)
		}
		if _, _, err := s.Verify(other.public, now); err == nil {
			t.Errorf("%s: verifies by another's key", name)
		}
		if _, _, err := s.Verify(p.public, now.Add(-time.Hour)); err == nil {
			t.Errorf("%s: verifies before it was made", name)
		}
		s.Content = append(slices.Clone(s.Content), '!')
		if _, _, err := s.Verify(p.public, now); err == nil {
			t.Errorf("%s: verifies over other content", name)
		}
	}
	both := []string{"-u", "reader@police.example", "-u", "other@police.example"}
	if _, err := DetachedOver(text, g.must(t, text, append([]string{"--armor", "--detach-sign"}, both...)...)); err != errSignatures {
		t.Errorf("two detached signatures: %v", err)
	}
	if _, err := Clearsigned(g.must(t, text, append([]string{"--clearsign"}, both...)...)); err != errSignatures {
		t.Errorf("two signatures of a clear text: %v", err)
	}
}

// TestOpener opens what GnuPG encrypts to the desk, with the signature within, and nothing else.
func TestOpener(t *testing.T) {
	g := newGnuPG(t)
	desk, p, other := generated(t, "Desk", "desk@police.example"), generated(t, "Reader", "reader@police.example"), generated(t, "Other", "other@police.example")
	for _, k := range [][]byte{desk.public, p.secret, other.secret} {
		g.must(t, k, "--import")
	}
	o, err := LoadOpener(desk.secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Repeat([]byte("We have SA26-329A.\n"), 1000)
	seal := func(to string, more ...string) []byte {
		return g.must(t, text, append([]string{"--armor", "--trust-model", "always", "--compress-algo", "zip", "--encrypt", "-r", to}, more...)...)
	}
	opened, err := o.Open(seal("desk@police.example", "--sign", "-u", "reader@police.example"), 1<<20)
	if err != nil || !bytes.Equal(opened.Content, text) || opened.Signed == nil {
		t.Fatalf("opened %d bytes, %v", len(opened.Content), err)
	}
	if fpr, _, err := opened.Signed.Verify(p.public, now); err != nil || fpr != p.key(t).Fingerprint {
		t.Errorf("signed by %s, %v", fpr, err)
	}
	if opened, err = o.Open(seal("desk@police.example"), 1<<20); err != nil || opened.Signed != nil {
		t.Errorf("unsigned: %+v, %v", opened.Signed, err)
	}
	whole := seal("desk@police.example")
	for name, c := range map[string]struct {
		message []byte
		limit   int64
		want    string
	}{
		"to another":     {seal("other@police.example"), 1 << 20, "not encrypted to the desk's key"},
		"signed only":    {g.must(t, text, "--armor", "--sign", "-u", "reader@police.example"), 1 << 20, "not encrypted to the desk's key"},
		"a password":     {g.must(t, text, "--armor", "--pinentry-mode", "loopback", "--passphrase", "x", "--symmetric"), 1 << 20, "not encrypted to the desk's key"},
		"too large":      {whole, 1000, ""},
		"cut off":        {whole[:len(whole)/2], 1 << 20, "damaged"},
		"two signatures": {seal("desk@police.example", "--sign", "-u", "reader@police.example", "-u", "other@police.example"), 1 << 20, "several signatures"},
		"no message":     {desk.public, 1 << 20, "damaged"},
	} {
		opened, err := o.Open(c.message, c.limit)
		if err == nil || !strings.Contains(err.Error(), c.want) || opened.Content != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkKeyIDs: an index of a hundred thousand certificates takes as many of these.
func BenchmarkKeyIDs(b *testing.B) {
	_, public, err := GenerateKey("Reader", "reader@police.example", now, 0)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := KeyIDs(public); err != nil {
			b.Fatal(err)
		}
	}
}
