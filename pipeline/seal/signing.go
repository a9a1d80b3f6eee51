package seal

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Signing says whether the holder of a certificate can sign with it.
type Signing struct {
	State       string    // Fit; Warning where it ends within 30 days; Unfit
	Reasons     []string  // sentences for people, to follow the words "the key"; empty when fit
	Fingerprint string    // of the whole certificate, upper-case hexadecimal; empty if it can't be read
	Expires     time.Time // when the certificate ends; zero for never
}

// ExamineSigner judges a certificate, armored or binary, for verifying what its holder signs at now. Like Examine
// it takes whatever bytes there are, and never panics.
func ExamineSigner(cert []byte, now time.Time) (s Signing) {
	defer func() {
		if p := recover(); p != nil { // the vendor library on a certificate it did not expect
			s = Signing{State: Unfit, Reasons: []string{fmt.Sprintf("cannot be read: the OpenPGP library failed on it (%v)", p)}}
		}
	}()
	c, err := readCertificate(cert)
	if err != nil {
		return Signing{State: Unfit, Reasons: []string{err.Error()}}
	}
	s = Signing{State: Fit, Fingerprint: fingerprint(c.primary), Expires: c.expires(now)}
	s.Reasons = c.problems(now)
	if len(s.Reasons) == 0 && !c.signs(now) {
		s.Reasons = []string{"has no key that may sign"}
	}
	if _, err := signerCertificate(cert, now); err != nil && len(s.Reasons) == 0 {
		s.Reasons = []string{"is damaged: no signature can be verified with it"} // one bad subkey, and the library takes none
	}
	switch {
	case len(s.Reasons) > 0:
		s.State = Unfit
	case ending(s.Expires, now):
		s.State, s.Reasons = Warning, []string{expiresOn(s.Expires, now)}
	}
	return s
}

// signs reports whether the primary key or a subkey may sign at now. A certificate that does not say what its primary
// key is for leaves it free (RFC 9580 §5.2.3.29 says so of no flags at all).
func (c *certificate) signs(now time.Time) bool {
	may := func(sig *packet.Signature) bool { return !lapsed(sig, now) && (!sig.FlagsValid || sig.FlagSign) }
	return slices.ContainsFunc(c.properties(now), may) || slices.ContainsFunc(c.subkeys, func(s *subkey) bool { return s.signs(now) })
}

func (s *subkey) signs(now time.Time) bool {
	if s.refused != nil || !s.key.PubKeyAlgo.CanSign() || s.key.CreationTime.After(now) {
		return false
	}
	sig := s.bindings.newest(now)
	if sig == nil || lapsed(sig, now) || !sig.FlagsValid || !sig.FlagSign || s.unreadRevocation || revocation(s.revocations, now) != nil {
		return false
	}
	end := endOf(s.key, sig)
	return end.IsZero() || now.Before(end)
}

// Protect locks an armored secret key with a passphrase.
func Protect(secret, passphrase []byte) (armored []byte, err error) {
	defer recovered("protect", &err)
	if len(passphrase) == 0 {
		return nil, errors.New("protect: the passphrase is empty")
	}
	key, err := unlock(secret, nil)
	if err != nil {
		return nil, fmt.Errorf("protect: secret key: %w", err)
	}
	if err := key.GetEntity().EncryptPrivateKeys(passphrase, nil); err != nil {
		return nil, fmt.Errorf("protect: %w", err)
	}
	text, err := key.ArmorWithCustomHeaders("", "")
	if err != nil {
		return nil, fmt.Errorf("protect: %w", err)
	}
	return []byte(text), nil
}
