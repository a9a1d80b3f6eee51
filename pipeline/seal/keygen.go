package seal

import (
	"crypto"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

// GenerateKey makes a key, Ed25519 to sign and Curve25519 to encrypt to, in the form that
// GnuPG 2.2 reads. It returns the secret key without a passphrase, and the certificate, both
// armored. at is when it says it was made, and may lie in the past; it ends lifetime later, or
// never if that is zero. name must hold no parentheses or angle brackets.
func GenerateKey(name, address string, at time.Time, lifetime time.Duration) (secret, public []byte, err error) {
	if lifetime < 0 || lifetime/time.Second > math.MaxUint32 || lifetime != 0 && lifetime < time.Second {
		return nil, nil, fmt.Errorf("generate key: a lifetime of %v cannot be expressed: from one second to 136 years, or 0 for no end", lifetime)
	}
	entity, err := openpgp.NewEntity(name, "", address, &packet.Config{
		Algorithm:              packet.PubKeyAlgoEdDSA, // the subkey then is ECDH on Curve25519
		Curve:                  packet.Curve25519,
		DefaultHash:            crypto.SHA512,
		DefaultCipher:          packet.CipherAES256,
		DefaultCompressionAlgo: packet.CompressionZLIB,
		KeyLifetimeSecs:        uint32(lifetime / time.Second),
		Time:                   func() time.Time { return at },
	})
	if err != nil {
		return nil, nil, fmt.Errorf("generate key for %s: %w", address, err)
	}
	key, err := pgp.NewKeyFromEntity(entity)
	if err != nil {
		return nil, nil, fmt.Errorf("generate key for %s: %w", address, err)
	}
	armoredSecret, err1 := key.ArmorWithCustomHeaders("", "")
	armoredPublic, err2 := key.GetArmoredPublicKeyWithCustomHeaders("", "")
	if err := errors.Join(err1, err2); err != nil {
		return nil, nil, fmt.Errorf("generate key for %s: %w", address, err)
	}
	return []byte(armoredSecret), []byte(armoredPublic), nil
}
