package queue

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

// Person may connect, publish on desk.<name>.> and hear _INBOX.<name>.>, and nothing else.
type Person struct {
	Name      string // [a-z0-9-]{1,32}
	PublicKey string // public user nkey, U…
}

var personForm = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// check refuses what would mean something else in a subject or in the server's configuration.
func (p Person) check() error {
	if !personForm.MatchString(p.Name) {
		return fmt.Errorf("%q is not a person's name: 1 to 32 of a-z, 0-9 and -", p.Name)
	}
	return checkUserKey(p.Name, p.PublicKey)
}

// NewUserKey returns a fresh user nkey: the seed, which is secret, and the public key.
func NewUserKey() (seed, public string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", fmt.Errorf("make a user key: %w", err)
	}
	s, err := pair.Seed()
	if err != nil {
		return "", "", fmt.Errorf("make a user key: %w", err)
	}
	if public, err = pair.PublicKey(); err != nil {
		return "", "", fmt.Errorf("make a user key: %w", err)
	}
	return string(s), public, nil
}

// EncodeCreds writes a person's credentials as the text of people/<name>.creds. It is secret.
func EncodeCreds(person, seed string) []byte {
	return []byte("-----BEGIN BULLETIN PERSON-----\n" + person + "\n------END BULLETIN PERSON------\n\n" +
		"Secret: whoever has this file is " + person + " at the desk.\n\n" +
		"-----BEGIN USER NKEY SEED-----\n" + seed + "\n------END USER NKEY SEED------\n")
}

// ParseCreds reads what EncodeCreds wrote. Its errors never quote the seed.
func ParseCreds(b []byte) (person string, seed []byte, err error) {
	lines := strings.Split(strings.ReplaceAll(string(b), "\r\n", "\n"), "\n")
	section := func(name string) string {
		for i, line := range lines[:max(len(lines)-2, 0)] {
			if line == "-----BEGIN "+name+"-----" && lines[i+2] == "------END "+name+"------" {
				return lines[i+1]
			}
		}
		return ""
	}
	person, seed = section("BULLETIN PERSON"), []byte(section("USER NKEY SEED"))
	if !personForm.MatchString(person) {
		return "", nil, errors.New("not a credentials file: it names no person")
	}
	if _, err := userKey(seed); err != nil {
		return "", nil, fmt.Errorf("not a credentials file: %w", err)
	}
	return person, seed, nil
}

// userKey reads a user's seed.
func userKey(seed []byte) (nkeys.KeyPair, error) {
	pair, err := nkeys.FromSeed(seed)
	if err != nil {
		return nil, errors.New("it holds no user nkey seed (SU…)")
	}
	if public, err := pair.PublicKey(); err != nil || !nkeys.IsValidPublicUserKey(public) {
		return nil, errors.New("its nkey is not a user's (SU…)")
	}
	return pair, nil
}

// withKey signs the server's nonce with the seed.
func withKey(seed []byte) (nats.Option, error) {
	pair, err := userKey(seed)
	if err != nil {
		return nil, err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, err
	}
	return nats.Nkey(public, pair.Sign), nil
}

// connectURL connects to a server, as the holder of the seed if there is one.
func connectURL(url string, seed []byte, options ...nats.Option) (*nats.Conn, error) {
	if len(seed) > 0 {
		key, err := withKey(seed)
		if err != nil {
			return nil, fmt.Errorf("credentials: %w", err)
		}
		options = append(options, key)
	}
	// A subscription that is read page by page is made for each read. It needs room for a page and its end, and by default
	// has as much as takes longer to clear than to read.
	options = append(options, nats.SyncQueueLen(2*page))
	return nats.Connect(url, append(options, nats.MaxReconnects(-1))...)
}
