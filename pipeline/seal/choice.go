package seal

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// choice is an encryption subkey that can be used, and when it ends.
type choice struct {
	key     *packet.PublicKey
	expires time.Time // zero for never
}

// encryptionKey chooses the encryption subkey, of those that are valid at now, that most readers
// can decrypt with, and of these the newest; without one, the primary key if its owner allows that.
// Its error names what is wrong with each.
func (c *certificate) encryptionKey(now time.Time) (choice, error) {
	var best choice
	var problems []string
	for _, s := range c.subkeys {
		ch, problem := s.choice(now)
		switch {
		case problem != "":
			if !slices.Contains(problems, problem) {
				problems = append(problems, problem)
			}
		case ch.key != nil && (best.key == nil || preferred(ch.key, best.key)):
			best = ch
		}
	}
	if best.key != nil {
		return best, nil
	}
	if c.primaryEncrypts(now) {
		return choice{key: c.primary, expires: c.expires(now)}, nil
	}
	if len(problems) == 0 {
		return choice{}, errors.New("has no encryption subkey")
	}
	return choice{}, fmt.Errorf("has no usable encryption subkey: %s", strings.Join(problems, "; "))
}

// preferred reports whether a is to be sealed to rather than b. Those who have a subkey of RFC 9580
// beside one that older programs know too may read with either.
func preferred(a, b *packet.PublicKey) bool {
	if modern(a) != modern(b) {
		return modern(b)
	}
	return a.CreationTime.After(b.CreationTime)
}

// modern reports whether a key is of a kind that came with RFC 9580 (2024).
func modern(k *packet.PublicKey) bool {
	return k.PubKeyAlgo == packet.PubKeyAlgoX25519 || k.PubKeyAlgo == packet.PubKeyAlgoX448
}

func (c *certificate) primaryEncrypts(now time.Time) bool {
	if tryKey(c.primary) != nil {
		return false
	}
	return slices.ContainsFunc(c.properties(now), func(sig *packet.Signature) bool {
		return !lapsed(sig, now) && sig.FlagEncryptCommunications
	})
}

// choice judges a subkey: usable, or why not, or neither if it is not meant for encryption.
func (s *subkey) choice(now time.Time) (choice, string) {
	if s.refused != nil {
		return choice{}, "a subkey " + s.refused.Error()
	}
	if !s.key.PubKeyAlgo.CanEncrypt() {
		return choice{}, ""
	}
	sig := s.bindings.newest(now)
	if sig == nil {
		return choice{}, s.bindings.missing()
	}
	if !sig.FlagEncryptCommunications {
		return choice{}, otherUse(sig)
	}
	end := endOf(s.key, sig)
	r := revocation(s.revocations, now)
	switch {
	case r != nil:
		return choice{}, "revoked on " + day(r.CreationTime) + why(r)
	case s.unreadRevocation:
		return choice{}, "it carries a revocation that cannot be read, and counts as revoked"
	case s.key.CreationTime.After(now):
		return choice{}, "not yet valid: made on " + day(s.key.CreationTime)
	case !end.IsZero() && !now.Before(end):
		return choice{}, "expired on " + day(end)
	case lapsed(sig, now):
		return choice{}, "its binding has expired"
	}
	if err := tryKey(s.key); err != nil {
		return choice{}, err.Error()
	}
	return choice{key: s.key, expires: end}, ""
}

// otherUse says why a subkey whose binding does not allow to encrypt messages to it is not used; ""
// if it is not meant for encryption at all. Only the owner can say what a key is for, so without
// key flags (RFC 9580 §5.2.3.29) it is not guessed.
func otherUse(binding *packet.Signature) string {
	switch {
	case !binding.FlagsValid:
		return "it does not say what it is for (no key flags)"
	case binding.FlagEncryptStorage:
		return "it is for stored data alone, not for messages"
	}
	return ""
}

// tryKey seals a throwaway session key: the only proof that the material can be used.
func tryKey(key *packet.PublicKey) error {
	if err := writeKeyPacket(io.Discard, key, make([]byte, sessionKeySize)); err != nil {
		return fmt.Errorf("it cannot be encrypted to: %w", err)
	}
	return nil
}
