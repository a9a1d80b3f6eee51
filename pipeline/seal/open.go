package seal

import (
	"errors"
	"fmt"
	"time"

	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

// Open decrypts an armored message with the recipient's secret key and requires a signature by
// the signer (an armored certificate), good at the given time. It returns the message and the
// fingerprint of the signer's certificate, upper-case hexadecimal. On any error there is no
// message: what is not proven is not shown.
func Open(armored, secretKey, passphrase []byte, signer string, at time.Time) (message []byte, signedBy string, err error) {
	defer recovered("open", &err)
	key, err := unlock(secretKey, passphrase)
	if err != nil {
		return nil, "", fmt.Errorf("open: secret key: %w", err)
	}
	reader, err := pgp.NewKeyRing(key)
	if err != nil {
		return nil, "", fmt.Errorf("open: secret key: %w", err)
	}
	author, err := pgp.NewKeyFromArmored(signer)
	if err != nil {
		return nil, "", fmt.Errorf("open: signer's certificate: %w", err)
	}
	if author.IsPrivate() {
		return nil, "", errors.New("open: signer's certificate: is a private key")
	}
	authors, err := pgp.NewKeyRing(author)
	if err != nil {
		return nil, "", fmt.Errorf("open: signer's certificate: %w", err)
	}
	sealed, err := pgp.NewPGPMessageFromArmored(string(armored))
	if err != nil {
		return nil, "", fmt.Errorf("open: armor: %w", err)
	}
	if _, err := splitPackets(sealed.GetBinary()); err != nil { // the vendor reads on past a wrong length
		return nil, "", fmt.Errorf("open: the message %w", err)
	}
	plain, err := reader.Decrypt(sealed, authors, at.Unix())
	if err != nil {
		return nil, "", fmt.Errorf("open: %w", err)
	}
	return plain.GetBinary(), fingerprint(author.GetEntity().PrimaryKey), nil
}

// recovered turns a panic of the vendor library, on bytes that it did not expect, into an error.
func recovered(doing string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: the OpenPGP library failed: %v", doing, p)
	}
}
