package seal

import (
	"errors"
	"fmt"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Fingerprint returns the fingerprint of a certificate, armored or binary, fit or not, in
// upper-case hexadecimal: what a list pins. A file with a private key or several certificates has none.
func Fingerprint(certificate []byte) (fpr string, err error) {
	defer recovered("fingerprint", &err)
	packets, err := readPackets(certificate)
	if err != nil {
		return "", fmt.Errorf("fingerprint: the file %w", err)
	}
	parsed, err := packets[0].Parse()
	if err != nil {
		return "", fmt.Errorf("fingerprint: the key cannot be read: %w", err)
	}
	key, ok := parsed.(*packet.PublicKey)
	if !ok {
		return "", errors.New("fingerprint: the file does not start with a public key")
	}
	return fingerprint(key), nil
}
