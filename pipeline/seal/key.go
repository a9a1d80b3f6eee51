package seal

import (
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// sessionKeySize is that of AES-256, in bytes.
const sessionKeySize = 32

// Key is what sealing needs of a recipient's certificate, and no more: a whole parsed
// certificate takes several KB, and there may be a hundred thousand. It is safe for use by
// several goroutines.
type Key struct {
	Fingerprint string // of the whole certificate (its primary key), upper-case hexadecimal

	encryption *packet.PublicKey // the chosen encryption subkey
}

func newKey(primary, encryption *packet.PublicKey) *Key {
	return &Key{Fingerprint: fingerprint(primary), encryption: encryption}
}

// EncryptionKeyID returns the 64-bit id of the encryption subkey, as a key packet names it.
// Such ids collide: keep and compare fingerprints.
func (k *Key) EncryptionKeyID() uint64 { return k.encryption.KeyId }

// EncryptionFingerprint returns the fingerprint of the encryption subkey, upper-case
// hexadecimal.
func (k *Key) EncryptionFingerprint() string { return fingerprint(k.encryption) }

func fingerprint(k *packet.PublicKey) string { return fmt.Sprintf("%X", k.Fingerprint) }

// writeKeyPacket writes sessionKey encrypted to key: a PKESK of version 3 (RFC 9580 §5.1.1), the
// one that goes with version 1 of the data packet and that GnuPG 2.2 reads.
func writeKeyPacket(w io.Writer, key *packet.PublicKey, sessionKey []byte) error {
	return packet.SerializeEncryptedKeyAEAD(w, key, packet.CipherAES256, false, sessionKey, nil)
}
