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
	return &Key{Fingerprint: fingerprint(primary), encryption: packetBody(encryption)}
}

// packetBody returns the body of a key's packet as its fingerprint is made of it.
func packetBody(k *packet.PublicKey) string {
	var prefix, all bytes.Buffer // buffers take everything: there are no errors
	_ = k.SerializeSignaturePrefix(&prefix)
	_ = k.SerializeForHash(&all)
	return string(all.Bytes()[prefix.Len():])
}

// keyPacket returns sessionKey encrypted to the subkey, which is rebuilt for that: this costs a
// small part of the arithmetic.
func (k *Key) keyPacket(sessionKey []byte) ([]byte, error) {
	// A header with a length of four octets, RFC 9580 §4.2.1.4.
	whole := binary.BigEndian.AppendUint32([]byte{0xC0 | tagPublicSubkey, 0xFF}, uint32(len(k.encryption)))
	p, err := packet.Read(bytes.NewReader(append(whole, k.encryption...)))
	if err != nil {
		return nil, err
	}
	key, ok := p.(*packet.PublicKey)
	if !ok {
		return nil, errors.New("the kept key is not one")
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
	fpr := k.encryptionFingerprint()
	if len(fpr) == sha256.Size {
		return binary.BigEndian.Uint64(fpr)
	}
	return binary.BigEndian.Uint64(fpr[len(fpr)-8:])
}

// EncryptionFingerprint returns the fingerprint of the encryption subkey, upper-case
// hexadecimal.
func (k *Key) EncryptionFingerprint() string { return fmt.Sprintf("%X", k.encryptionFingerprint()) }

// encryptionFingerprint is made as RFC 9580 §5.5.4.2 and §5.5.4.3 say for versions 4 and 6.
func (k *Key) encryptionFingerprint() []byte {
	if strings.HasPrefix(k.encryption, "\x06") {
		framed := binary.BigEndian.AppendUint32([]byte{0x9B}, uint32(len(k.encryption)))
		sum := sha256.Sum256(append(framed, k.encryption...))
		return sum[:]
	}
	framed := binary.BigEndian.AppendUint16([]byte{0x99}, uint16(len(k.encryption)))
	sum := sha1.Sum(append(framed, k.encryption...))
	return sum[:]
}

func fingerprint(k *packet.PublicKey) string { return fmt.Sprintf("%X", k.Fingerprint) }

// The stored form of a Key: the form's version, the length of the fingerprint, the fingerprint, the
// subkey, and the first bytes of the SHA-256 of all before, since most bits of a public key can be
// flipped and leave another one.
const (
	storedVersion  = 1
	storedHead     = 2
	storedChecksum = 8
)

// MarshalBinary returns the key in its stored form, which takes under 100 bytes for Curve25519.
func (k *Key) MarshalBinary() ([]byte, error) {
	fpr, err := hex.DecodeString(k.Fingerprint)
	if err != nil || k.encryption == "" {
		return nil, errors.New("seal: a key that was not judged fit cannot be stored")
	}
	out := append([]byte{storedVersion, byte(len(fpr))}, fpr...)
	out = append(out, k.encryption...)
	return append(out, checksum(out)...), nil
}

// UnmarshalBinary reads what MarshalBinary wrote, and nothing else.
func (k *Key) UnmarshalBinary(stored []byte) error {
	end := len(stored) - storedChecksum
	if end < storedHead || stored[0] != storedVersion || !bytes.Equal(stored[end:], checksum(stored[:end])) {
		return errors.New("seal: a stored key is damaged, or of another version")
	}
	subkey := storedHead + int(stored[1])
	if subkey >= end {
		return errors.New("seal: a stored key is cut off")
	}
	k.Fingerprint = fmt.Sprintf("%X", stored[storedHead:subkey])
	k.encryption = string(stored[subkey:end])
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
