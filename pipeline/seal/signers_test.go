package seal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
	"pgregory.net/rapid"
)

const (
	aDay    = 24 * time.Hour
	forever = -1
)

// fataler is what testing and rapid have in common.
type fataler interface {
	Helper()
	Fatal(args ...any)
}

// signerFrom makes a desk's key that begins and ends so long after now.
func signerFrom(t fataler, begins, ends time.Duration) *Signer {
	t.Helper()
	lifetime := time.Duration(0)
	if ends != forever {
		lifetime = ends - begins
	}
	secret, _, err := GenerateKey("Desk", "desk@police.example", now.Add(begins), lifetime)
	if err != nil {
		t.Fatal(err)
	}
	s, err := LoadSigner(secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhichKeySigns(t *testing.T) {
	endless := signerFrom(t, -400*aDay, forever)
	long, year := signerFrom(t, -400*aDay, 400*aDay), signerFrom(t, -aDay, 365*aDay)
	soon, sooner := signerFrom(t, -aDay, 29*aDay), signerFrom(t, -aDay, 3*aDay)
	ended, later := signerFrom(t, -3*aDay, -aDay), signerFrom(t, aDay, 400*aDay)
	for _, tt := range []struct {
		name          string
		present, next *Signer
		signs         *Signer
		endsIn        time.Duration // of signing at all
	}{
		{"one that does not end", endless, nil, endless, forever},
		{"one that ends", soon, nil, soon, 29 * aDay},
		{"far from its end", long, year, long, 400 * aDay},
		{"within the margin", soon, year, year, 365 * aDay},
		{"within the margin, the next does not end", soon, endless, endless, forever},
		{"the next ends sooner", soon, sooner, soon, 29 * aDay},
		{"it has ended", ended, year, year, 365 * aDay},
		{"the next has ended", soon, ended, soon, 29 * aDay},
		{"the next begins later", soon, later, soon, 29 * aDay},
		{"both have ended", ended, ended, nil, 0},
		{"ended, and the next begins later", ended, later, nil, 0},
		{"it does not end, so only the operator switches", endless, year, endless, forever},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := NewSigners(tt.present, tt.next)
			got, err := s.At(now)
			if tt.signs == nil {
				if !errors.Is(err, ErrNoSigner) || got != nil || !strings.Contains(err.Error(), "expired on") {
					t.Errorf("got %v, %v", got, err)
				}
			} else if err != nil || got != tt.signs {
				t.Errorf("signs %v (%v), want %v", got, err, tt.signs)
			}
			want := now.Add(tt.endsIn)
			if tt.endsIn == forever {
				want = time.Time{}
			}
			if end := s.Ends(now); !end.Equal(want) {
				t.Errorf("ends %s, want %s", end, want)
			}
		})
	}
}

// TestNothingIsSignedByAKeyNotInForce: whatever the two keys' times, what signs is in force and Seal agrees; none signs
// only where none is in force.
func TestNothingIsSignedByAKeyNotInForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := func(name string) (*Signer, bool) {
			begins := time.Duration(rapid.IntRange(-90, 40).Draw(t, name+" begins")) * aDay
			ends := begins + time.Duration(rapid.IntRange(1, 120).Draw(t, name+" lasts"))*aDay
			return signerFrom(t, begins, ends), begins <= 0 && ends > 0
		}
		present, presentGood := key("present")
		next, nextGood := key("next")
		got, err := NewSigners(present, next).At(now)
		if (err == nil) != (presentGood || nextGood) {
			t.Fatalf("signs %v (%v); in force: %v %v", got, err, presentGood, nextGood)
		}
		if err != nil {
			return
		}
		if end := got.Ends(now); got == present && !presentGood || got == next && !nextGood || !end.After(now) {
			t.Fatalf("%v signs, until %s", got, end)
		}
		if _, err := got.Seal([]byte("x"), now); err != nil {
			t.Fatal(err)
		}
	})
}

// TestEndedKeySealsNothing: also a key that had not ended when it was loaded, and one that is not in force yet.
func TestEndedKeySealsNothing(t *testing.T) {
	s := signerFrom(t, -aDay, 2*aDay)
	for _, at := range []time.Time{now.Add(-2 * aDay), now.Add(2 * aDay), now.Add(400 * aDay)} {
		if sealed, err := s.Seal([]byte("x"), at); !errors.Is(err, ErrNoSigner) || sealed != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
	if _, err := s.Seal([]byte("x"), now.Add(2*aDay-time.Second)); err != nil {
		t.Error(err)
	}
}

// TestSigningSubkeyEndsFirst: a key made elsewhere may sign with a subkey that ends before the key does.
func TestSigningSubkeyEndsFirst(t *testing.T) {
	config := &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519, Time: func() time.Time { return now.Add(-aDay) }}
	e, err := openpgp.NewEntity("Desk", "", "desk@police.example", config)
	if err != nil {
		t.Fatal(err)
	}
	config.KeyLifetimeSecs = uint32((11 * aDay).Seconds())
	if err := e.AddSigningSubkey(config); err != nil {
		t.Fatal(err)
	}
	key, err := pgp.NewKeyFromEntity(e)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := key.Armor()
	if err != nil {
		t.Fatal(err)
	}
	s, err := LoadSigner([]byte(secret), nil)
	if err != nil {
		t.Fatal(err)
	}
	if end := s.Ends(now); !end.Equal(now.Add(10 * aDay)) {
		t.Errorf("ends %s", end)
	}
	if got, err := NewSigners(s, signerFrom(t, -aDay, 300*aDay)).At(now); err != nil || got == s {
		t.Errorf("signs %v, %v", got, err)
	}
}

// TestReadersFollowTheSwitch: a reader who has imported both certificates at once sees a good signature before and
// after, by GnuPG.
func TestReadersFollowTheSwitch(t *testing.T) {
	present, next := signerFrom(t, -60*aDay, 40*aDay), signerFrom(t, -aDay, 700*aDay)
	published, err := JoinCertificates([]byte(present.PublicKey()), []byte(next.PublicKey()))
	if err != nil {
		t.Fatal(err)
	}
	reader := generated(t, "Reader", "r@police.example")
	g := newGnuPG(t)
	g.must(t, published, "--import")
	g.must(t, reader.secret, "--import")
	signers := NewSigners(present, next)
	for at, want := range map[time.Time]*Signer{now: present, now.Add(11 * aDay): next} {
		signer, err := signers.At(at)
		if err != nil || signer != want {
			t.Fatalf("%v signs: %v", signer, err)
		}
		sealed, err := signer.Seal(letter(100), at)
		if err != nil {
			t.Fatal(err)
		}
		a, err := sealed.For(reader.key(t))
		if err != nil {
			t.Fatal(err)
		}
		_, status, err := g.run(t, a.bytes(), "--faked-system-time", at.Format("20060102T150405")+"!", "--decrypt")
		if err != nil || !strings.Contains(status, "VALIDSIG "+want.Fingerprint()) || strings.Contains(status, "ERRSIG") || strings.Contains(status, "EXPKEYSIG") {
			t.Errorf("at %s GnuPG says\n%s", at, status)
		}
	}
}

// TestOpenersOpenWithAnyKey: a reply may be encrypted to the present key, the next, or a former one.
func TestOpenersOpenWithAnyKey(t *testing.T) {
	present, next, stranger := generated(t, "Desk", "desk@police.example"), generated(t, "Desk", "desk@police.example"), generated(t, "X", "x@police.example")
	var openers []*Opener
	for _, k := range []pair{present, next} {
		o, err := LoadOpener(k.secret, nil)
		if err != nil {
			t.Fatal(err)
		}
		openers = append(openers, o)
	}
	all := JoinOpeners(openers...)
	for _, k := range []pair{present, next} {
		opened, err := all.Open(encryptedBy(t, k, &stranger), 1<<20)
		if err != nil || !bytes.Equal(opened.Content, letter(100)) || opened.Signed == nil {
			t.Errorf("%v", err)
		}
	}
	if _, err := all.Open(encryptedBy(t, stranger, nil), 1<<20); !errors.Is(err, errNotForDesk) {
		t.Errorf("a stranger's: %v", err)
	}
	if _, err := openers[0].Open(encryptedBy(t, next, nil), 1<<20); !errors.Is(err, errNotForDesk) {
		t.Errorf("the next one's by the present one alone: %v", err)
	}
}

func TestPublicHalfNeedsNoPassphrase(t *testing.T) {
	desk := generated(t, "Desk", "desk@police.example")
	locked := lock(t, desk.secret, "correct horse")
	public, err := PublicHalf([]byte(locked))
	if err != nil || strings.Contains(string(public), "PRIVATE") {
		t.Fatalf("%v\n%s", err, public)
	}
	want, err1 := Fingerprint(desk.public)
	got, err2 := Fingerprint(public)
	if got != want || err1 != nil || err2 != nil {
		t.Errorf("%s %v, want %s %v", got, err2, want, err1)
	}
	if !IsLocked([]byte(locked)) || IsLocked(desk.secret) {
		t.Error("which of them is locked?")
	}
	if _, err := PublicHalf([]byte("hello")); err == nil {
		t.Error("no key has a public half")
	}
}
