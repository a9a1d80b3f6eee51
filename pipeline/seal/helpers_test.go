package seal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// now is when the tests take place.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// pair is a key with both halves.
type pair struct {
	name           string
	secret, public []byte
}

func file(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(append([]string{"testdata"}, path...)...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func published(t testing.TB, name string) pair {
	t.Helper()
	return pair{name, file(t, "secret", name+".sec.asc"), file(t, "keys", name+".asc")}
}

func generated(t testing.TB, name, address string) pair {
	t.Helper()
	secret, public, err := GenerateKey(name, address, now.AddDate(-1, 0, 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	return pair{name, secret, public}
}

// recipients are one of each kind of key that people have.
func recipients(t testing.TB) []pair {
	return []pair{
		generated(t, "Curve25519", "reader@police.example"),
		published(t, "good-02-bob-rsa3072"),
		onP256(t),
	}
}

// onP256 makes a key as some smart cards and Windows programs hold them.
func onP256(t testing.TB) pair {
	t.Helper()
	entity, err := openpgp.NewEntity("P-256", "", "p256@police.example", &packet.Config{
		Algorithm: packet.PubKeyAlgoECDSA,
		Curve:     packet.CurveNistP256,
		Time:      func() time.Time { return now.AddDate(-1, 0, 0) },
	})
	if err != nil {
		t.Fatal(err)
	}
	var secret, public bytes.Buffer
	if err := entity.SerializePrivateWithoutSigning(&secret, nil); err != nil {
		t.Fatal(err)
	}
	if err := entity.Serialize(&public); err != nil {
		t.Fatal(err)
	}
	return pair{"P-256", armoredAs(t, openpgp.PrivateKeyType, secret.Bytes()), armoredAs(t, openpgp.PublicKeyType, public.Bytes())}
}

func armoredAs(t testing.TB, kind string, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := armor.Encode(&out, kind, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (p pair) key(t testing.TB) *Key {
	t.Helper()
	f := Examine(p.public, "", now)
	if f.Key == nil {
		t.Fatalf("%s is unfit: %v", p.name, f.Reasons)
	}
	return f.Key
}

func signerOf(t testing.TB, p pair) *Signer {
	t.Helper()
	s, err := LoadSigner(p.secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (a Armored) bytes() []byte { return bytes.Join([][]byte{a.Head, a.Body, a.Foot}, nil) }

// letter is a message of n bytes that compresses badly, as one with a PDF in it does.
func letter(n int) []byte {
	out := []byte("Content-Type: text/plain\r\n\r\n")
	x := uint32(2463534242)
	for len(out) < n {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		out = append(out, byte(x), byte(x>>8))
	}
	return out
}
