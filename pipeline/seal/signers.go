package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

// SwitchBefore is how long before its end a signing key gives way to the next one. A reader who opens a mail within
// that time sees a good signature by a key that has not ended, and not one by an expired key.
const SwitchBefore = 30 * 24 * time.Hour

// ErrNoSigner reports that the desk has no key that may sign now. What waits to be signed can go out once there is one.
var ErrNoSigner = errors.New("no signing key is in force")

// Signers are the desk's signing keys: the present one, and the next if there is one already. One of them signs at a
// time: GnuPG 2.2 ends with an error, and notmuch shows one, at a mail with two signatures of which the reader knows one
// key, so that signing by both would trouble exactly those whom the overlap is for.
type Signers struct {
	present, next *Signer
}

// NewSigners takes the present key, and the next or nil.
func NewSigners(present, next *Signer) *Signers { return &Signers{present, next} }

// At returns the key that signs now: the present one until SwitchBefore its end, then the next, if that serves longer.
// It is never one that has ended, was revoked, or begins later; rather none, which is an ErrNoSigner.
func (s *Signers) At(now time.Time) (*Signer, error) {
	_, present := s.present.At(now)
	if s.next == nil {
		return s.present, present
	}
	_, next := s.next.At(now)
	switch {
	case next != nil && present != nil:
		return nil, present
	case next != nil:
		return s.present, nil
	case present != nil, !later(s.present.Ends(now), now.Add(SwitchBefore)) && later(s.next.Ends(now), s.present.Ends(now)):
		return s.next, nil
	}
	return s.present, nil
}

// Ends is when nothing can be signed any more, however it stands now; zero for never.
func (s *Signers) Ends(now time.Time) time.Time {
	var end time.Time // of what is in force
	for _, k := range []*Signer{s.present, s.next} {
		if k == nil {
			continue
		}
		if _, err := k.At(now); err != nil {
			continue
		}
		e := k.Ends(now)
		if e.IsZero() {
			return e
		}
		if e.After(end) {
			end = e
		}
	}
	if end.IsZero() {
		return now // nothing can be signed as it is
	}
	return end
}

// later compares two ends, of which zero is never.
func later(a, b time.Time) bool { return a.IsZero() && !b.IsZero() || !b.IsZero() && a.After(b) }

// At returns the key itself if it may sign now; the error is an ErrNoSigner and says why not.
func (s *Signer) At(now time.Time) (*Signer, error) {
	if state := ExamineSigner([]byte(s.public), now); state.State == Unfit {
		return nil, fmt.Errorf("%w: %s %s", ErrNoSigner, s.fingerprint, strings.Join(state.Reasons, "; "))
	}
	if key, ok := s.entity.SigningKey(now); !ok || key.PrivateKey == nil || key.PrivateKey.Dummy() {
		return nil, fmt.Errorf("%w: %s has no key that may sign, or its secret is kept elsewhere", ErrNoSigner, s.fingerprint)
	}
	return s, nil
}

// Ends is when the key can sign no more; zero for never. A signing subkey may end before the key does.
func (s *Signer) Ends(now time.Time) time.Time {
	end := ExamineSigner([]byte(s.public), now).Expires
	if signs, ok := s.entity.SigningKey(now); ok && signs.SelfSignature != nil {
		if e := endOf(signs.PublicKey, signs.SelfSignature); later(end, e) {
			return e
		}
	}
	return end
}

// PublicHalf returns the certificate of an armored secret key, which may be locked.
func PublicHalf(armoredSecret []byte) (certificate []byte, err error) {
	defer recovered("certificate", &err)
	key, err := pgp.NewKeyFromArmored(string(armoredSecret))
	if err != nil {
		return nil, fmt.Errorf("cannot be read as an armored OpenPGP key: %w", err)
	}
	text, err := key.GetArmoredPublicKeyWithCustomHeaders("", "")
	return []byte(text), err
}

// IsLocked reports whether an armored secret key needs a passphrase.
func IsLocked(armoredSecret []byte) bool {
	_, err := unlock(armoredSecret, nil)
	return errors.Is(err, ErrLocked)
}

// JoinCertificates puts certificates into one armored block, as `gpg --export` does: readers import all of it at once.
func JoinCertificates(certificates ...[]byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := armor.Encode(&out, openpgp.PublicKeyType, nil)
	if err != nil {
		return nil, err
	}
	for _, c := range certificates {
		binary, err := dearmor(c)
		if err != nil {
			return nil, fmt.Errorf("the certificate %w", err)
		}
		if _, err := w.Write(binary); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
