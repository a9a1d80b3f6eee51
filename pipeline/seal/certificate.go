package seal

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// maxVerified is how many signatures of one certificate are verified at most, so that none can
// keep the desk busy: more than thirty years of yearly renewals of a dozen user ids. Third-party
// signatures are not verified, and do not count.
const maxVerified = 512

// maxParts is how many user ids and subkeys a certificate may have. Honest ones have a few dozen.
const maxParts = 1000

// certificate is a certificate's packets with the self-signatures that verify. Everything
// else in it, third-party signatures and photographs among it, is left out.
type certificate struct {
	primary     *packet.PublicKey
	revocations []*packet.Signature // of the primary key, by itself
	direct      selfSignatures      // direct-key signatures
	users       []*user
	subkeys     []*subkey

	foreignRevocation bool // someone else's key is said to have revoked it: cannot be checked
	unreadRevocation  bool // it carries a revocation that the library cannot read

	// While reading: what was seen, how many signatures were verified, and what the next may belong to.
	seen          map[place]bool
	verified      int
	currentUser   *user
	currentSubkey *subkey
}

// user is a user id (RFC 9580 §5.11) with its self-certifications.
type user struct {
	id          *packet.UserId
	self        selfSignatures
	revocations []*packet.Signature
}

// subkey is a subkey with its bindings. One whose material is refused has no key, and says why.
type subkey struct {
	body             []byte // of its packet
	key              *packet.PublicKey
	refused          error
	bindings         selfSignatures
	revocations      []*packet.Signature
	unreadRevocation bool
}

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

// readCertificate reads one certificate, from one file or from several copies of it, and verifies
// what it says about itself. Its errors are sentences for people that say why it cannot be used at all.
func readCertificate(copies ...[]byte) (*certificate, error) {
	if len(copies) == 0 {
		return nil, errors.New("has no file")
	}
	c := &certificate{seen: make(map[place]bool)}
	for _, file := range copies {
		packets, err := readPackets(file)
		if err != nil {
			return nil, err
		}
		if err := c.addCopy(packets); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// addCopy takes the packets of one file. What another copy has said already is not verified again.
func (c *certificate) addCopy(packets []*packet.OpaquePacket) error {
	primary, err := readMaterial(packets[0])
	switch {
	case err != nil:
		return err
	case !primary.PubKeyAlgo.CanSign():
		return errors.New("is broken: its primary key cannot sign")
	case c.primary == nil:
		c.primary = primary
	case fingerprint(primary) != fingerprint(c.primary):
		return fmt.Errorf("is not one key: its files hold different certificates, %s and %s", fingerprint(c.primary), fingerprint(primary))
	}
	c.currentUser, c.currentSubkey = nil, nil
	for _, p := range packets[1:] {
		if err := c.add(p); err != nil {
			return err
		}
	}
	return nil
}

// add takes the next packet. Signatures belong to the user id or subkey before them.
func (c *certificate) add(p *packet.OpaquePacket) error {
	switch p.Tag {
	case tagUserID:
		c.currentUser, c.currentSubkey = c.user(p), nil
	case tagPublicSubkey:
		c.currentUser, c.currentSubkey = nil, c.subkey(p)
	case tagSignature:
		return c.addSignature(p)
	default: // user attributes and what is not known here; their signatures are not ours
		c.currentUser, c.currentSubkey = nil, nil
	}
	if len(c.users)+len(c.subkeys) > maxParts {
		return fmt.Errorf("has more than %d user ids and subkeys", maxParts)
	}
	return nil
}

// user returns the user id of a packet, which another copy may have brought already; nil if it
// cannot be read.
func (c *certificate) user(p *packet.OpaquePacket) *user {
	for _, u := range c.users {
		if u.id.Id == string(p.Contents) {
			return u
		}
	}
	id, err := p.Parse()
	if err != nil {
		return nil
	}
	u := &user{id: id.(*packet.UserId)}
	c.users = append(c.users, u)
	return u
}

// subkey returns the subkey of a packet, which another copy may have brought already.
func (c *certificate) subkey(p *packet.OpaquePacket) *subkey {
	for _, s := range c.subkeys {
		if bytes.Equal(s.body, p.Contents) {
			return s
		}
	}
	key, err := readMaterial(p)
	s := &subkey{body: p.Contents, key: key, refused: err}
	c.subkeys = append(c.subkeys, s)
	return s
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
