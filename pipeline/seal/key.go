package seal

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// sessionKeySize is that of AES-256, in bytes.
const sessionKeySize = 32

// Key is what sealing needs of a recipient's certificate, and no more: a whole parsed
// certificate takes several KB, and there may be a hundred thousand. It is safe for use by
// several goroutines.
type Key struct {
	Fingerprint string // of the whole certificate (its primary key), upper-case hexadecimal

	// The chosen encryption subkey, in the form that its fingerprint is made of: 0x99, two octets of
	// length, and the body of its packet (RFC 9580 §5.5.4.2), which happens to be a whole packet too.
	encryption string
}

func newKey(primary, encryption *packet.PublicKey) *Key {
	var b bytes.Buffer
	_ = encryption.SerializeForHash(&b) // a buffer takes everything
	return &Key{Fingerprint: fingerprint(primary), encryption: b.String()}
}

// keyPacket returns sessionKey encrypted to the subkey, which is rebuilt for that: this costs a
// small part of the arithmetic.
func (k *Key) keyPacket(sessionKey []byte) ([]byte, error) {
	p, err := packet.Read(strings.NewReader(k.encryption))
	if err != nil {
		return nil, err
	}
	key, ok := p.(*packet.PublicKey)
	if !ok {
		return nil, errors.New("not a public key")
	}
	var out bytes.Buffer
	out.Grow(len(k.encryption) + 128) // enough for every kind of key
	if err := writeKeyPacket(&out, key, sessionKey); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// EncryptionKeyID returns the 64-bit id of the encryption subkey, as a key packet names it.
// Such ids collide: keep and compare fingerprints.
func (k *Key) EncryptionKeyID() uint64 {
	sum := k.encryptionFingerprint()
	return binary.BigEndian.Uint64(sum[len(sum)-8:])
}

// EncryptionFingerprint returns the fingerprint of the encryption subkey, upper-case
// hexadecimal.
func (k *Key) EncryptionFingerprint() string { return fmt.Sprintf("%X", k.encryptionFingerprint()) }

func (k *Key) encryptionFingerprint() [sha1.Size]byte { return sha1.Sum([]byte(k.encryption)) }

func fingerprint(k *packet.PublicKey) string { return fmt.Sprintf("%X", k.Fingerprint) }

// The stored form of a Key: the form's version, the fingerprint, the subkey, and the first bytes of
// the SHA-256 of all before, since most bits of a public key can be flipped and leave another one.
const (
	storedVersion  = 1
	storedHead     = 1 + sha1.Size
	storedChecksum = 8
)

// MarshalBinary returns the key in its stored form, which takes under 100 bytes for Curve25519.
func (k *Key) MarshalBinary() ([]byte, error) {
	fpr, err := hex.DecodeString(k.Fingerprint)
	if err != nil || len(fpr) != sha1.Size || k.encryption == "" {
		return nil, errors.New("seal: a key that was not judged fit cannot be stored")
	}
	out := append([]byte{storedVersion}, fpr...)
	out = append(out, k.encryption...)
	return append(out, checksum(out)...), nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and nothing else.
func (k *Key) UnmarshalBinary(stored []byte) error {
	end := len(stored) - storedChecksum
	if end < storedHead || stored[0] != storedVersion || !bytes.Equal(stored[end:], checksum(stored[:end])) {
		return errors.New("seal: a stored key is damaged, or of another version: make the store anew")
	}
	k.Fingerprint = fmt.Sprintf("%X", stored[1:storedHead])
	k.encryption = string(stored[storedHead:end])
	return nil
}

func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:storedChecksum]
}

// writeKeyPacket writes sessionKey encrypted to key: a PKESK of version 3 (RFC 9580 §5.1.1), the
// one that goes with version 1 of the data packet and that GnuPG 2.2 reads.
func writeKeyPacket(w io.Writer, key *packet.PublicKey, sessionKey []byte) error {
	return packet.SerializeEncryptedKeyAEAD(w, key, packet.CipherAES256, false, sessionKey, nil)
}
