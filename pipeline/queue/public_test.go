package queue

import (
	"strings"
	"testing"
)

const testCertificate = pgpHead + "\nxjMEZ\n=abcd\n" + pgpTail

func testPublic(t testing.TB) (text, key string) {
	t.Helper()
	_, key, err := NewUserKey()
	if err != nil {
		t.Fatal(err)
	}
	return string(EncodePublic(Public{Person{"moana", key}, testCertificate})), key
}

// flipped is a key with one letter another.
func flipped(key string) string {
	other := "A"
	if key[30] == 'A' {
		other = "B"
	}
	return key[:30] + other + key[31:]
}

func TestPublicIsReadAsItWasWritten(t *testing.T) {
	text, key := testPublic(t)
	for _, given := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
		p, err := ParsePublic([]byte(given))
		if err != nil || p != (Public{Person{"moana", key}, testCertificate}) {
			t.Errorf("got %+v, %v", p, err)
		}
	}
}

func TestPublicThatIsNone(t *testing.T) {
	text, key := testPublic(t)
	seed, _, err := NewUserKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"empty":                  {"", "not a public file"},
		"a PDF":                  {"%PDF-1.7", "not a public file"},
		"a certificate alone":    {testCertificate, "not a public file"},
		"no certificate":         {strings.TrimSuffix(text, testCertificate), "one OpenPGP certificate"},
		"two certificates":       {text + testCertificate, "nothing else"},
		"something after":        {text + "x\n", "nothing else"},
		"a blank line after":     {text + "\n", "nothing else"},
		"something before":       {"x\n" + text, "not a public file"},
		"something between":      {strings.Replace(text, publicTail, publicTail+"hello\n", 1), "one OpenPGP certificate"},
		"cut off":                {text[:len(text)-10], "one OpenPGP certificate"},
		"no last line end":       {strings.TrimSuffix(text, "\n"), "one OpenPGP certificate"},
		"another key in it":      {strings.Replace(text, "nkey: ", "role: admin\nnkey: ", 1), "not a person's name"},
		"a field at the end":     {strings.Replace(text, key, key+"\nrole: admin", 1), "not a public user nkey"},
		"a name with dots":       {strings.Replace(text, "moana", "moana.>", 1), "not a person's name"},
		"no name":                {strings.Replace(text, "moana", "", 1), "not a person's name"},
		"a bad nkey":             {strings.Replace(text, key, flipped(key), 1), "not a public user nkey"},
		"a seed for the nkey":    {strings.Replace(text, key, seed, 1), "not a public user nkey"},
		"a private key":          {strings.ReplaceAll(text, "PUBLIC KEY", "PRIVATE KEY"), "holds a private key"},
		"a private key after it": {text + "-----BEGIN PGP PRIVATE KEY BLOCK-----\n", "holds a private key"},
		"credentials":            {string(EncodeCreds("moana", seed)), "holds credentials"},
		"spaces":                 {strings.Replace(text, "name: ", "name:  ", 1), "not a person's name"},
	} {
		_, err := ParsePublic([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), seed) {
			t.Errorf("%s: the error quotes the seed", name)
		}
	}
}

// What is accepted is written again as it was read.
func FuzzParsePublic(f *testing.F) {
	text, _ := testPublic(f)
	f.Add([]byte(text))
	f.Add([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	f.Add([]byte(text + "\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParsePublic(b)
		if err == nil && string(EncodePublic(p)) != strings.ReplaceAll(string(b), "\r\n", "\n") {
			t.Errorf("read as %+v", p)
		}
	})
}
