package seal

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

// clockSkew is how far ahead of the desk's clock a signer's own may be.
const clockSkew = 5 * time.Minute

// SignDetached signs data as the bytes that it is, at the given time, and returns an armored
// detached signature. An approval is one, over its statement.
func SignDetached(secret, passphrase, data []byte, at time.Time) (armoredSig []byte, err error) {
	defer recovered("sign", &err)
	key, err := unlock(secret, passphrase)
	if err != nil {
		return nil, fmt.Errorf("sign: secret key: %w", err)
	}
	var sig bytes.Buffer
	if err := openpgp.DetachSign(&sig, key.GetEntity(), bytes.NewReader(data), signing(at)); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	armored, err := pgp.NewPGPSignature(sig.Bytes()).GetArmored()
	if err != nil {
		return nil, fmt.Errorf("sign: armor: %w", err)
	}
	return []byte(armored), nil
}

// VerifyDetached requires that sig, armored, is a signature over exactly data by the holder of
// publicKey, and that the certificate and the signature were good at the given time. It returns
// the certificate's fingerprint, upper-case hexadecimal. Certificates that Examine refuses as a whole
// are refused here too; they need no encryption subkey.
func VerifyDetached(publicKey, data, sig []byte, at time.Time) (fpr string, err error) {
	defer recovered("verify", &err)
	signers, err := signerCertificate(publicKey, at)
	if err != nil {
		return "", err
	}
	detached, err := pgp.NewPGPSignatureFromArmored(string(sig))
	if err != nil {
		return "", fmt.Errorf("verify: signature: %w", err)
	}
	sound := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512}
	config := &packet.Config{Time: func() time.Time { return at.Add(clockSkew) }}
	made, by, err := openpgp.VerifyDetachedSignatureAndHash(signers, bytes.NewReader(data),
		bytes.NewReader(detached.GetBinary()), sound, config)
	if err != nil {
		return "", fmt.Errorf("verify: %w", err)
	}
	if made.SigType != packet.SigTypeBinary { // a text signature also holds for other line ends
		return "", errors.New("verify: it is a signature over text: sign the file as it is")
	}
	return fingerprint(by.PrimaryKey), nil
}

// signerCertificate reads a certificate that must be usable at the given time.
func signerCertificate(publicKey []byte, at time.Time) (openpgp.EntityList, error) {
	c, err := readCertificate(publicKey)
	if err != nil {
		return nil, fmt.Errorf("verify: the signer's key %w", err)
	}
	if problems := c.problems(at); len(problems) > 0 {
		return nil, fmt.Errorf("verify: the signer's key %s", strings.Join(problems, "; "))
	}
	binary, err := dearmor(publicKey)
	if err != nil {
		return nil, fmt.Errorf("verify: the signer's key %w", err)
	}
	signers, err := openpgp.ReadKeyRing(bytes.NewReader(binary))
	if err != nil {
		return nil, fmt.Errorf("verify: the signer's key cannot be read: %w", err)
	}
	return signers, nil
}
