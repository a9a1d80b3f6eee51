package seal

import (
	"bytes"
	"errors"
	"fmt"

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
