package seal

import (
	"bytes"
	"compress/flate"
	"crypto"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	pgp "github.com/ProtonMail/gopenpgp/v2/crypto"
)

// Signer is the desk's signing key, unlocked. It is safe for use by several goroutines, and
// prints as its fingerprint alone.
type Signer struct {
	entity      *openpgp.Entity
	fingerprint string
	public      string
}

// LoadSigner reads an armored secret key. The passphrase may be empty if the key has none. A key
// whose primary secret is kept elsewhere serves if it has a signing subkey.
func LoadSigner(armoredSecret, passphrase []byte) (*Signer, error) {
	key, err := unlock(armoredSecret, passphrase)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	public, err := key.GetArmoredPublicKeyWithCustomHeaders("", "")
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	entity := key.GetEntity()
	return &Signer{entity: entity, fingerprint: fingerprint(entity.PrimaryKey), public: public}, nil
}

// ErrLocked reports a secret key whose passphrase was not given, or is another.
var ErrLocked = errors.New("cannot be unlocked: the passphrase is missing or wrong")

// unlock reads an armored secret key and decrypts its secrets in memory.
func unlock(armoredSecret, passphrase []byte) (*pgp.Key, error) {
	key, err := pgp.NewKeyFromArmored(string(armoredSecret))
	if err != nil {
		return nil, fmt.Errorf("cannot be read as an armored OpenPGP key: %w", err)
	}
	if !key.IsPrivate() {
		return nil, errors.New("is a certificate: the secret key is needed")
	}
	if err := key.GetEntity().DecryptPrivateKeys(passphrase); err != nil {
		return nil, ErrLocked
	}
	return key, nil
}

// PublicKey returns the signer's certificate, armored, for those who read its mail.
func (s *Signer) PublicKey() string { return s.public }

// Fingerprint returns the signer's fingerprint, upper-case hexadecimal.
func (s *Signer) Fingerprint() string { return s.fingerprint }

// Format keeps key material out of logs, whatever the verb.
func (s *Signer) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "signer %s", s.fingerprint) }

// Seal signs message at the given time, compresses it and encrypts it once under a fresh
// session key: RFC 3156 §6.2, the signature within the encryption. message is a whole MIME
// entity with CRLF line ends; it is signed as the bytes that it is.
//
// A key that has ended, was revoked or begins later signs nothing: that is an ErrNoSigner.
func (s *Signer) Seal(message []byte, at time.Time) (*Sealed, error) {
	if _, err := s.At(at); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	session, err := pgp.GenerateSessionKeyAlgo("aes256")
	if err != nil {
		return nil, fmt.Errorf("seal: session key: %w", err)
	}
	inner, err := s.signed(message, at)
	if err != nil {
		return nil, fmt.Errorf("seal: sign: %w", err)
	}
	data, err := encrypted(inner, session.Key)
	if err != nil {
		return nil, fmt.Errorf("seal: encrypt: %w", err)
	}
	return newSealed(session.Key, data), nil
}

// signed returns the compressed, signed message (RFC 9580 §10.3).
func (s *Signer) signed(message []byte, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	compressed, err := packet.SerializeCompressed(keepOpen{&out}, packet.CompressionZLIB,
		&packet.CompressionConfig{Level: flate.DefaultCompression})
	if err != nil {
		return nil, err
	}
	literal, err := openpgp.Sign(compressed, s.entity, &openpgp.FileHints{IsBinary: true}, signing(at))
	if err != nil {
		return nil, err
	}
	if _, err := literal.Write(message); err != nil {
		return nil, err
	}
	if err := literal.Close(); err != nil {
		return nil, err
	}
	if err := compressed.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// encrypted returns inner as a data packet of version 1 (RFC 9580 §5.13.1), which GnuPG 2.2 reads.
// The library streams it in parts; it is put together here, so that equal content has one form.
func encrypted(inner, sessionKey []byte) ([]byte, error) {
	var parts bytes.Buffer
	w, err := packet.SerializeSymmetricallyEncrypted(&parts, packet.CipherAES256, false, packet.CipherSuite{}, sessionKey, nil)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(inner); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	p, err := packet.NewOpaqueReader(&parts).Next()
	if err != nil {
		return nil, err
	}
	var whole bytes.Buffer
	whole.Grow(len(p.Contents) + 6)
	if err := p.Serialize(&whole); err != nil {
		return nil, err
	}
	return whole.Bytes(), nil
}

// signing is how signatures are made here, at a given time: the vendor's own clock is global.
func signing(at time.Time) *packet.Config {
	return &packet.Config{DefaultHash: crypto.SHA512, Time: func() time.Time { return at }}
}

// keepOpen gives a writer the Close that the packet layer asks for.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }
