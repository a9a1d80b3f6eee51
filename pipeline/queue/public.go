package queue

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nkeys"
)

// ValidPublicKey reports whether s is a public user nkey.
func ValidPublicKey(s string) bool { return nkeys.IsValidPublicUserKey(s) }

const (
	publicHead = "-----BEGIN BULLETIN PUBLIC-----\n"
	publicTail = "------END BULLETIN PUBLIC------\n\n"
	pgpHead    = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
	pgpTail    = "-----END PGP PUBLIC KEY BLOCK-----\n"
)

// Public is what a person hands to the desk: nothing in it is secret.
type Public struct {
	Person
	Certificate string // armored OpenPGP certificate; what is in it is for its reader to judge
}

// EncodePublic writes the text of <name>.public.
func EncodePublic(p Public) []byte {
	return []byte(publicHead + "name: " + p.Name + "\nnkey: " + p.PublicKey + "\n" + publicTail + strings.TrimSpace(p.Certificate) + "\n")
}

// ParsePublic reads exactly what EncodePublic writes, with line ends of Unix or of Windows, and refuses everything else:
// a file that can be read in two ways would be checked in one and used in the other. A secret that was put into it is named
// as one, and never quoted.
func ParsePublic(b []byte) (Public, error) {
	text := strings.ReplaceAll(string(b), "\r\n", "\n")
	switch {
	case strings.Contains(text, "PRIVATE KEY BLOCK"):
		return Public{}, errors.New("it holds a private key: whoever has seen this file can sign with it")
	case strings.Contains(text, "NKEY SEED"):
		return Public{}, errors.New("it holds credentials, which are secret: whoever has seen this file is that person at the desk")
	}
	rest, ok := strings.CutPrefix(text, publicHead)
	head, certificate, found := strings.Cut(rest, publicTail)
	name, key, both := strings.Cut(strings.TrimPrefix(head, "name: "), "\nnkey: ")
	if !ok || !found || !both {
		return Public{}, errors.New("not a public file as keygen writes it")
	}
	p := Public{Person{Name: name, PublicKey: strings.TrimSuffix(key, "\n")}, certificate}
	if err := p.check(); err != nil {
		return Public{}, fmt.Errorf("not a public file as keygen writes it: %w", err)
	}
	if !strings.HasPrefix(certificate, pgpHead) || strings.Index(certificate, pgpTail) != len(certificate)-len(pgpTail) {
		return Public{}, errors.New("not a public file as keygen writes it: after the head comes one OpenPGP certificate, and nothing else")
	}
	if string(EncodePublic(p)) != text {
		return Public{}, errors.New("not a public file as keygen writes it: something was added to it")
	}
	return p, nil
}
