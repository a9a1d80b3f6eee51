package seal

import (
	"bytes"
	"crypto"
	"crypto/sha1" // the fingerprint of version 4 is defined by it, RFC 9580 §5.5.4.2
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/clearsign"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Signed is content with the one signature over it, which is not verified yet: until Verify says whose it is,
// nothing of it may be believed.
type Signed struct {
	Content []byte // exactly what was signed; of a clearsigned text its canonical form, lines ending in CRLF

	signature *packet.Signature
}

// The errors of what people send hold nothing of it.
var (
	errNoSignature = errors.New("its signature cannot be read")
	errSignatures  = errors.New("it carries several signatures: one is needed, by one person")
	errClearsigned = errors.New("its clearsigned text is cut off or damaged")
)

// DetachedOver joins content and a detached signature, armored, as RFC 3156 §5 has them in two parts.
func DetachedOver(content, armored []byte) (s Signed, err error) {
	defer recovered("signature", &err)
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil || block.Type != openpgp.SignatureType {
		return Signed{}, errNoSignature
	}
	return oneSignature(content, block.Body)
}

// Clearsigned reads the cleartext signature framework (RFC 9580 §7) in a text. What stands around it was not
// signed, and is left out; a second one is refused.
func Clearsigned(text []byte) (s Signed, err error) {
	defer recovered("clearsigned text", &err)
	block, rest := clearsign.Decode(text)
	if block == nil {
		return Signed{}, errClearsigned
	}
	if IsClearsigned(rest) {
		return Signed{}, errSignatures
	}
	if block.ArmoredSignature.Type != openpgp.SignatureType {
		return Signed{}, errNoSignature
	}
	return oneSignature(block.Bytes, block.ArmoredSignature.Body)
}

// IsClearsigned reports whether a text claims to hold a clearsigned one.
func IsClearsigned(text []byte) bool {
	const begin = "-----BEGIN PGP SIGNED MESSAGE-----"
	return bytes.HasPrefix(text, []byte(begin)) || bytes.Contains(text, []byte("\n"+begin))
}

func oneSignature(content []byte, packets io.Reader) (Signed, error) {
	r := packet.NewReader(packets)
	s := Signed{Content: content}
	for {
		p, err := r.Next()
		if err == io.EOF && s.signature != nil {
			return s, nil
		}
		if err != nil {
			return Signed{}, errNoSignature
		}
		sig, ok := p.(*packet.Signature)
		switch {
		case !ok || sig.IssuerKeyId == nil:
			return Signed{}, errNoSignature
		case s.signature != nil:
			return Signed{}, errSignatures
		}
		s.signature = sig
	}
}

// KeyID returns the id of the key that the signature says made it. Such ids collide: Verify decides.
func (s Signed) KeyID() uint64 { return *s.signature.IssuerKeyId }

// Verify requires that the signature is by the holder of the certificate, and that certificate and signature are
// good at the given time. It returns the certificate's fingerprint, upper-case hexadecimal, and when the
// signature says it was made. A signature over text is taken too: it holds for other line ends alone.
func (s Signed) Verify(certificate []byte, at time.Time) (fpr string, made time.Time, err error) {
	defer recovered("verify", &err)
	signers, err := signerCertificate(certificate, at)
	if err != nil {
		return "", time.Time{}, err
	}
	var binary bytes.Buffer
	if err := s.signature.Serialize(&binary); err != nil {
		return "", time.Time{}, fmt.Errorf("verify: %w", err)
	}
	sound := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_512}
	config := &packet.Config{Time: func() time.Time { return at.Add(clockSkew) }}
	sig, by, err := openpgp.VerifyDetachedSignatureAndHash(signers, bytes.NewReader(s.Content), &binary, sound, config)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("verify: %w", err)
	}
	return fingerprint(by.PrimaryKey), sig.CreationTime.UTC(), nil
}

// KeyIDs returns the ids of a certificate's primary key and subkeys, fit or not: what an index of many
// certificates is made of. Nothing is verified, since that takes a thousand times as long.
func KeyIDs(certificate []byte) (ids []uint64, err error) {
	defer recovered("key ids", &err)
	packets, err := readPackets(certificate)
	if err != nil {
		return nil, fmt.Errorf("key ids: the file %w", err)
	}
	for _, p := range packets {
		if (p.Tag != tagPublicKey && p.Tag != tagPublicSubkey) || len(p.Contents) == 0 || p.Contents[0] != 4 || len(p.Contents) > 0xffff {
			continue
		}
		h := sha1.New()
		h.Write([]byte{0x99, byte(len(p.Contents) >> 8), byte(len(p.Contents))})
		h.Write(p.Contents)
		ids = append(ids, binary.BigEndian.Uint64(h.Sum(nil)[12:])) // the low 64 bits, RFC 9580 §5.5.4.2
	}
	return ids, nil
}
