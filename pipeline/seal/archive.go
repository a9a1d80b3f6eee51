package seal

import (
	"bytes"
	"crypto"
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
	var to openpgp.EntityList
	for _, cert := range certificates {
		if f := Examine(cert, "", at); f.Key == nil {
			return nil, fmt.Errorf("encrypt: the key %s", strings.Join(f.Reasons, "; "))
		}
		binary, err := dearmor(cert)
		if err != nil {
			return nil, fmt.Errorf("encrypt: the key %w", err)
		}
		entities, err := openpgp.ReadKeyRing(bytes.NewReader(binary))
		if err != nil {
			return nil, fmt.Errorf("encrypt: the key cannot be read: %w", err)
		}
		to = append(to, entities...)
	}
	out, err := openpgp.Encrypt(w, to, nil, &openpgp.FileHints{IsBinary: true}, &packet.Config{
		DefaultCipher: packet.CipherAES256, DefaultHash: crypto.SHA512, DefaultCompressionAlgo: packet.CompressionNone,
		Time: func() time.Time { return at },
	})
	if err != nil {
		return nil, fmt.Errorf("encrypt: %w", err)
	}
	return out, nil
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
	return message.UnverifiedBody, nil
}
