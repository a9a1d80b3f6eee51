package seal

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func operatorKey(t *testing.T, at time.Time, lifetime time.Duration) (secret, public []byte) {
	t.Helper()
	secret, public, err := GenerateKey("Operator", "operator@bulletin.example", at, lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return secret, public
}

func encryptedFile(t *testing.T, text []byte, certificates ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := EncryptFile(&out, certificates, time.Now())
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func decryptedFile(data, secret []byte) ([]byte, error) {
	r, err := DecryptFile(bytes.NewReader(data), secret, nil)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestEncryptedFileComesBack(t *testing.T) {
	made := time.Now().Add(-time.Hour)
	secret, public := operatorKey(t, made, 0)
	second, secondPublic := operatorKey(t, made, 0)
	stranger, _ := operatorKey(t, made, 0)
	for _, size := range []int{0, 1, 100_000, 3_000_000} {
		text := bytes.Repeat([]byte("x"), size)
		file := encryptedFile(t, text, public, secondPublic)
		if size > 100 && bytes.Contains(file, text[:100]) {
			t.Error("the text lies in it")
		}
		for _, key := range [][]byte{secret, second} {
			if got, err := decryptedFile(file, key); err != nil || !bytes.Equal(got, text) {
				t.Errorf("%d octets: %d, %v", size, len(got), err)
			}
		}
		if _, err := decryptedFile(file, stranger); err == nil || !strings.Contains(err.Error(), "not encrypted to this key") {
			t.Errorf("a stranger's key: %v", err)
		}
	}
}

// TestAnyChangeOfAFileIsNoticed flips and cuts an encrypted file anywhere: its reader never comes to an end without
// an error.
func TestAnyChangeOfAFileIsNoticed(t *testing.T) {
	secret, public := operatorKey(t, time.Now().Add(-time.Hour), 0)
	text := bytes.Repeat([]byte("bulletin "), 2000)
	file := encryptedFile(t, text, public)
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(file)-1).Draw(t, "at")
		flipped := bytes.Clone(file)
		flipped[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "flip"))
		for what, changed := range map[string][]byte{"flipped": flipped, "cut": file[:at]} {
			if got, err := decryptedFile(changed, secret); err == nil && !bytes.Equal(got, text) {
				t.Fatalf("%s at %d of %d was not noticed", what, at, len(file))
			}
		}
	})
}

// TestPlainMessageIsNoArchive: one flipped bit of the first octet makes a message in clear of the file.
func TestPlainMessageIsNoArchive(t *testing.T) {
	secret, public := operatorKey(t, time.Now().Add(-time.Hour), 0)
	file := encryptedFile(t, []byte("bulletin"), public)
	file[0] = 0xAF // a literal packet that goes on to the end, RFC 9580 §4.2.2, §5.9
	if got, err := decryptedFile(file, secret); err == nil {
		t.Errorf("read %q", got)
	}
}

func TestEncryptFileRefusesUnfitKeys(t *testing.T) {
	now := time.Now()
	secret, _ := operatorKey(t, now.Add(-time.Hour), 0)
	_, expired := operatorKey(t, now.Add(-time.Hour), time.Minute)
	for name, c := range map[string]struct {
		certificates [][]byte
		want         string
	}{
		"none":      {nil, "no certificate was given"},
		"expired":   {[][]byte{expired}, "expired"},
		"a secret":  {[][]byte{secret}, "is a private key"},
		"something": {[][]byte{[]byte("hello")}, "is not an OpenPGP certificate"},
	} {
		if _, err := EncryptFile(io.Discard, c.certificates, now); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestExpires(t *testing.T) {
	now := time.Now().Truncate(time.Second)
	for _, lifetime := range []time.Duration{0, 24 * time.Hour} {
		_, public := operatorKey(t, now, lifetime)
		want := time.Time{}
		if lifetime > 0 {
			want = now.Add(lifetime)
		}
		if s := ExamineSigner(public, now.Add(time.Minute)); !s.Expires.Equal(want) {
			t.Errorf("%s: signs until %s", lifetime, s.Expires)
		}
		if f := Examine(public, "", now.Add(time.Minute)); !f.Expires.Equal(want) {
			t.Errorf("%s: fit until %s", lifetime, f.Expires)
		}
	}
}
