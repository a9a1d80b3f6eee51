package seal

import (
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// selfSignatures are the verified signatures of one kind over one thing.
type selfSignatures struct {
	sound  []*packet.Signature // with a hash that is not broken
	broken bool                // there was one with MD5, SHA-1 or RIPEMD-160 too
}

// newest returns the signature that counts at now: the newest that is not from the future.
// An expired one still counts, and says that what it vouched for is over; an older one must
// not come back to life because of it.
func (s selfSignatures) newest(now time.Time) *packet.Signature {
	var newest *packet.Signature
	for _, sig := range s.sound {
		if sig.CreationTime.After(now) {
			continue
		}
		if newest == nil || sig.CreationTime.After(newest.CreationTime) {
			newest = sig
		}
	}
	return newest
}

// add takes a signature that verifies. One dated before its key was made cannot be right, and one
// with a critical notation says something that is not understood here, which RFC 9580 §5.2.3.24
// calls an error: they prove nothing.
func (s *selfSignatures) add(by *packet.PublicKey, sig *packet.Signature) {
	critical := slices.ContainsFunc(sig.Notations, func(n *packet.Notation) bool { return n.IsCritical })
	switch {
	case critical, sig.CreationTime.Before(by.CreationTime):
	case soundHash(sig.Hash):
		s.sound = append(s.sound, sig)
	default:
		s.broken = true
	}
}

// soundHash says whether a signature's hash still proves anything.
func soundHash(h crypto.Hash) bool {
	switch h {
	case crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512:
		return true
	}
	return false
}

// addSignature keeps a signature if it is the certificate's own and verifies. Revocations are
// verified whatever issuer they name: the issuer may stand in the part that is not signed.
func (c *certificate) addSignature(p *packet.OpaquePacket) error {
	parsed, err := p.Parse()
	sig, ok := parsed.(*packet.Signature)
	if err != nil || !ok {
		c.noteUnread(p.Contents)
		return nil
	}
	if sig.Version != c.primary.Version { // RFC 9580 §5.2.3: a key of version 6 signs in version 6 alone
		return nil
	}
	if !c.own(sig) && !isRevocation(sig.SigType) {
		return nil
	}
	if c.repeated(p) {
		return nil
	}
	if c.verified++; c.verified > maxVerified {
		return fmt.Errorf("carries more than %d signatures of its own", maxVerified)
	}
	switch sig.SigType {
	case packet.SigTypeKeyRevocation:
		if c.primary.VerifyRevocationSignature(sig) == nil {
			c.revocations = append(c.revocations, sig)
		} else if !c.own(sig) {
			c.foreignRevocation = true
		}
	case packet.SigTypeDirectSignature:
		if c.primary.VerifyDirectKeySignature(sig) == nil {
			c.direct.add(c.primary, sig)
		}
	default:
		c.addToUser(sig)
		c.addToSubkey(sig)
	}
	return nil
}

// place is a signature's body and what it stands behind.
type place struct {
	user   *user
	subkey *subkey
	body   string
}

// repeated reports whether the signature stood at the same place already, as it does in each copy.
func (c *certificate) repeated(p *packet.OpaquePacket) bool {
	at := place{c.currentUser, c.currentSubkey, string(p.Contents)}
	defer func() { c.seen[at] = true }()
	return c.seen[at]
}

func (c *certificate) addToUser(sig *packet.Signature) {
	u := c.currentUser
	if u == nil {
		return
	}
	switch sig.SigType {
	case packet.SigTypeGenericCert, packet.SigTypePersonaCert, packet.SigTypeCasualCert, packet.SigTypePositiveCert:
		if c.primary.VerifyUserIdSignature(u.id.Id, c.primary, sig) == nil {
			u.self.add(c.primary, sig)
		}
	case packet.SigTypeCertificationRevocation:
		if c.primary.VerifyUserIdSignature(u.id.Id, c.primary, sig) == nil {
			u.revocations = append(u.revocations, sig)
		}
	}
}

func (c *certificate) addToSubkey(sig *packet.Signature) {
	s := c.currentSubkey
	if s == nil || s.key == nil {
		return
	}
	switch sig.SigType {
	case packet.SigTypeSubkeyBinding:
		if c.primary.VerifyKeySignature(s.key, sig) == nil {
			s.bindings.add(c.primary, sig)
		}
	case packet.SigTypeSubkeyRevocation:
		if c.primary.VerifySubkeyRevocationSignature(sig, s.key) == nil {
			s.revocations = append(s.revocations, sig)
		}
	}
}

// own says whether sig claims to be by the primary key; one that names no issuer may be.
func (c *certificate) own(sig *packet.Signature) bool {
	return sig.IssuerKeyId == nil && len(sig.IssuerFingerprint) == 0 || sig.CheckKeyIdOrFingerprint(c.primary)
}

func isRevocation(t packet.SignatureType) bool {
	return t == packet.SigTypeKeyRevocation || t == packet.SigTypeSubkeyRevocation
}

// noteUnread looks at a signature that the library cannot read: RFC 9580 §5.2.3, version (1
// octet), type (1), public-key algorithm (1), hash (1). A revocation counts even so, since the
// owner's wish not to be written to is plain; MD5 explains why nothing vouches for the key.
func (c *certificate) noteUnread(body []byte) {
	if len(body) < 4 || body[0] != 4 && body[0] != 6 {
		return
	}
	brokenHash := body[3] <= 3 // MD5, SHA-1, RIPEMD-160
	switch t := packet.SignatureType(body[1]); {
	case t == packet.SigTypeKeyRevocation:
		c.unreadRevocation = true
	case t == packet.SigTypeSubkeyRevocation && c.currentSubkey != nil:
		c.currentSubkey.unreadRevocation = true
	case brokenHash && c.currentUser != nil:
		c.currentUser.self.broken = true
	case brokenHash && c.currentSubkey != nil:
		c.currentSubkey.bindings.broken = true
	}
}
