package seal

import (
	"testing"

	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

// benchmarked is the size of a bulletin with its PDF and companions, in bytes.
const benchmarked = 110_000

func BenchmarkFor(b *testing.B) {
	signer := signerOf(b, generated(b, "Desk", "desk@police.example"))
	sealed, err := signer.Seal(letter(benchmarked), now)
	if err != nil {
		b.Fatal(err)
	}
	for _, p := range recipients(b) {
		key := p.key(b)
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := sealed.For(key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAnew is what For saves: signing, encrypting and armoring for each recipient.
func BenchmarkAnew(b *testing.B) {
	desk := ring(b, generated(b, "Desk", "desk@police.example").secret)
	message := pgp.NewPlainMessage(letter(benchmarked))
	for _, p := range recipients(b) {
		reader := ring(b, p.public)
		b.Run(p.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				sealed, err := reader.EncryptWithCompression(message, desk)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := sealed.GetArmored(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSeal(b *testing.B) {
	signer := signerOf(b, generated(b, "Desk", "desk@police.example"))
	message := letter(benchmarked)
	for b.Loop() {
		if _, err := signer.Seal(message, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExamine(b *testing.B) {
	for _, p := range recipients(b) {
		b.Run(p.name, func(b *testing.B) {
			for b.Loop() {
				if f := Examine(p.public, "", now); f.Key == nil {
					b.Fatal(f.Reasons)
				}
			}
		})
	}
}

func ring(t testing.TB, key []byte) *pgp.KeyRing {
	t.Helper()
	k, err := pgp.NewKeyFromArmored(string(key))
	if err != nil {
		t.Fatal(err)
	}
	r, err := pgp.NewKeyRing(k)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
