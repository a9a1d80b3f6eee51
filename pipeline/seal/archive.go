package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

// EncryptFile returns a writer that encrypts a file of any length, without a signature, to each of the
// certificates, for whoever keeps it: `gpg --decrypt` reads it too. Every certificate must be fit to be sealed
// to at the given time. Close ends the file; without it the file can't be decrypted.
func EncryptFile(w io.Writer, certificates [][]byte, at time.Time) (io.WriteCloser, error) {
	if len(certificates) == 0 {
		return nil, errors.New("encrypt: no certificate was given")
	}
	sessionKey := make([]byte, sessionKeySize)
	if _, err := rand.Read(sessionKey); err != nil {
		return nil, fmt.Errorf("encrypt: session key: %w", err)
	}
	for _, cert := range certificates {
		f := Examine(cert, "", at)
		if f.Key == nil {
			return nil, fmt.Errorf("encrypt: the key %s", strings.Join(f.Reasons, "; "))
		}
		keyPacket, err := f.Key.keyPacket(sessionKey)
		if err != nil {
			return nil, fmt.Errorf("encrypt for %s: %w", f.Key.Fingerprint, err)
		}
		if _, err := w.Write(keyPacket); err != nil {
			return nil, fmt.Errorf("encrypt: %w", err)
		}
	}
	data, err := packet.SerializeSymmetricallyEncrypted(keepOpen{w}, packet.CipherAES256, false, packet.CipherSuite{}, sessionKey, nil)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	text, err := packet.SerializeLiteral(data, true, "", 0)
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return text, nil
}

// DecryptFile returns a reader of what EncryptFile wrote. What it gives is not to be used until it has returned
// io.EOF: only then has it been seen that nothing was changed or cut off.
func DecryptFile(r io.Reader, secret, passphrase []byte) (plain io.Reader, err error) {
	defer recovered("decrypt", &err)
	key, err := unlock(secret, passphrase)
	if err != nil {
		return nil, fmt.Errorf("decrypt: secret key: %w", err)
	}
	ring, err := pgp.NewKeyRing(key)
	if err != nil {
		return nil, fmt.Errorf("decrypt: secret key: %w", err)
	}
	message, err := openpgp.ReadMessage(r, openpgp.EntityList{ring.GetKeys()[0].GetEntity()}, nil, &packet.Config{})
	if err != nil {
		return nil, fmt.Errorf("decrypt: it is not encrypted to this key, or damaged: %w", err)
	}
	if !message.IsEncrypted { // the library reads plain messages too, and nothing vouches for those
		return nil, errors.New("decrypt: it is not encrypted, or damaged")
	}
	return message.UnverifiedBody, nil
}
