package seal

import (
	"bytes"
	"encoding/gob"
	"reflect"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// acceptedKeys are the keys of all certificates of testdata that are accepted.
func acceptedKeys(t testing.TB) map[string]*Key {
	t.Helper()
	keys := make(map[string]*Key)
	for name, cert := range keyFiles(t) {
		if f := Examine(cert, "", now); f.Key != nil {
			keys[name] = f.Key
		}
	}
	return keys
}

func TestKeyIsStored(t *testing.T) {
	for name, k := range acceptedKeys(t) {
		stored, err := k.MarshalBinary()
		if err != nil {
			t.Fatal(name, err)
		}
		var back Key
		if err := back.UnmarshalBinary(stored); err != nil || !reflect.DeepEqual(back, *k) {
			t.Errorf("%s: %+v came back as %+v, %v", name, *k, back, err)
		}
		if got, want := back.EncryptionFingerprint(), len(back.Fingerprint); len(got) != want {
			t.Errorf("%s: subkey %s of %s", name, got, back.Fingerprint)
		}
		if _, err := back.keyPacket(make([]byte, sessionKeySize)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if stored, _ := generated(t, "R", "r@police.example").key(t).MarshalBinary(); len(stored) > 100 {
		t.Errorf("a Curve25519 key takes %d bytes", len(stored))
	}
}

// The ids are those that the vendor library gives the subkey.
func TestKeyIDsAreTheLibrarys(t *testing.T) {
	for name, cert := range keyFiles(t) {
		c, err := readCertificate(cert)
		if err != nil || len(c.problems(now)) > 0 {
			continue
		}
		if chosen, err := c.encryptionKey(now); err == nil {
			k := newKey(c.primary, chosen.key)
			if k.EncryptionKeyID() != chosen.key.KeyId || k.EncryptionFingerprint() != fingerprint(chosen.key) {
				t.Errorf("%s: %016X, %s", name, k.EncryptionKeyID(), k.EncryptionFingerprint())
			}
		}
	}
}

// A stored key that was changed anywhere is an error, never another key.
func TestDamagedStoredKeyIsRefused(t *testing.T) {
	keys := acceptedKeys(t)
	for name, k := range keys {
		stored, err := k.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			at := rapid.IntRange(0, len(stored)-1).Draw(t, "at")
			flipped := bytes.Clone(stored)
			flipped[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
			for what, b := range map[string][]byte{"flipped": flipped, "cut": stored[:at], "with more behind it": append(bytes.Clone(stored), flipped[at])} {
				var back Key
				if err := back.UnmarshalBinary(b); err == nil || back != (Key{}) {
					t.Fatalf("%s at %d: taken as %v", what, at, back)
				}
			}
		}))
	}
	var k Key
	if err := k.UnmarshalBinary(nil); err == nil {
		t.Error("nothing is a key")
	}
	if _, err := k.MarshalBinary(); err == nil {
		t.Error("no key is stored")
	}
	if _, err := (&Sealed{}).For(&k); err == nil {
		t.Error("sealed for no key")
	}
}

// Lists are compiled with encoding/gob, whole judgements among them.
func TestJudgementIsStored(t *testing.T) {
	_, public, err := GenerateKey("R", "r@police.example", made, 400*wholeDay)
	if err != nil {
		t.Fatal(err)
	}
	for _, cert := range [][]byte{public, nil} {
		want := Judge([][]byte{cert}, "r@police.example", now)
		var b bytes.Buffer
		var got Judgement
		if err := gob.NewEncoder(&b).Encode(want); err != nil {
			t.Fatal(err)
		}
		if err := gob.NewDecoder(&b).Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.State != want.State || !reflect.DeepEqual(got.Key, want.Key) || !got.From.Equal(want.From) || !got.Until.Equal(want.Until) || !got.Expires.Equal(want.Expires) {
			t.Errorf("%v came back as %v", want, got)
		}
	}
}

func TestJudgementHoldsFromUntil(t *testing.T) {
	j := Judgement{From: now, Until: now.Add(time.Hour)}
	for at, want := range map[time.Duration]bool{-1: false, 0: true, time.Hour - 1: true, time.Hour: false} {
		if j.Holds(now.Add(at)) != want {
			t.Errorf("%v after its start: %v", at, !want)
		}
	}
	if ever := (Judgement{}); !ever.Holds(now) {
		t.Error("without From and Until it holds for ever")
	}
}

// BenchmarkKeyMemory tells what a kept key takes, beside what a parsed certificate would.
func BenchmarkKeyMemory(b *testing.B) {
	for _, p := range recipients(b) {
		stored, err := p.key(b).MarshalBinary()
		if err != nil {
			b.Fatal(err)
		}
		b.Run(p.name, func(b *testing.B) {
			keys := make([]*Key, b.N)
			before := heap()
			for i := range keys {
				keys[i] = new(Key)
				if err := keys[i].UnmarshalBinary(stored); err != nil {
					b.Fatal(err)
				}
			}
			b.StopTimer()
			b.ReportMetric(float64(heap()-before)/float64(b.N), "heap-B/key")
			b.ReportMetric(float64(len(stored)), "stored-B/key")
			runtime.KeepAlive(keys)
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
