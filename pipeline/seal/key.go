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

	encryption string // the chosen encryption subkey: the body of its packet, RFC 9580 §5.5.2
}

func newKey(primary, encryption *packet.PublicKey) *Key {
	return &Key{Fingerprint: fingerprint(primary), encryption: string(packetBody(encryption))}
}

// packetBody returns a key packet's body as its fingerprint is made of it. (Writing to a buffer
// does not fail.)
func packetBody(key *packet.PublicKey) []byte {
	var b bytes.Buffer
	_ = key.SerializeForHash(&b)
	return b.Bytes()[3:] // behind the octet 0x99 and the length, RFC 9580 §5.5.4.2
}

// keyPacket returns sessionKey encrypted to the subkey, which is rebuilt for that: this costs a
// small part of the arithmetic.
func (k *Key) keyPacket(sessionKey []byte) ([]byte, error) {
	key, err := readMaterial(&packet.OpaquePacket{Tag: tagPublicSubkey, Contents: []byte(k.encryption)})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := writeKeyPacket(&out, key, sessionKey); err != nil {
		return nil, fmt.Errorf("cannot be encrypted to: %w", err)
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

// encryptionFingerprint is made as RFC 9580 §5.5.4.2 says for version 4.
func (k *Key) encryptionFingerprint() [sha1.Size]byte {
	hashed := binary.BigEndian.AppendUint16([]byte{0x99}, uint16(len(k.encryption)))
	return sha1.Sum(append(hashed, k.encryption...))
}

func fingerprint(k *packet.PublicKey) string { return fmt.Sprintf("%X", k.Fingerprint) }

// The stored form of a Key: the version, the fingerprint, the body of the subkey's packet, and the
// first bytes of the SHA-256 of all before, since most bits of a public key can be flipped
// and leave another public key, to which no one can decrypt.
const (
	keyVersion  = 1
	keyHead     = 1 + sha1.Size
	keyChecksum = 8
)

// MarshalBinary returns the key in its stored form, 85 bytes for Curve25519.
func (k *Key) MarshalBinary() ([]byte, error) {
	fpr, err := hex.DecodeString(k.Fingerprint)
	if err != nil || len(fpr) != sha1.Size {
		return nil, fmt.Errorf("seal: %q is not the fingerprint of a version 4 key", k.Fingerprint)
	}
	out := make([]byte, 0, keyHead+len(k.encryption)+keyChecksum)
	out = append(out, keyVersion)
	out = append(out, fpr...)
	out = append(out, k.encryption...)
	return append(out, checksum(out)...), nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and nothing else.
func (k *Key) UnmarshalBinary(stored []byte) error {
	end := len(stored) - keyChecksum
	if end < keyHead || stored[0] != keyVersion || !bytes.Equal(stored[end:], checksum(stored[:end])) {
		return errors.New("seal: a stored key is damaged, or of another version")
	}
	body := stored[keyHead:end]
	if err := checkMaterial(body); err != nil {
		return fmt.Errorf("seal: a stored key %w", err)
	}
	k.Fingerprint = strings.ToUpper(hex.EncodeToString(stored[1:keyHead]))
	k.encryption = string(body)
	return nil
}

func checksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:keyChecksum]
}

// writeKeyPacket writes sessionKey encrypted to key: a PKESK of version 3 (RFC 9580 §5.1.1), the
// one that goes with version 1 of the data packet and that GnuPG 2.2 reads.
func writeKeyPacket(w io.Writer, key *packet.PublicKey, sessionKey []byte) error {
	return packet.SerializeEncryptedKeyAEAD(w, key, packet.CipherAES256, false, sessionKey, nil)
}
