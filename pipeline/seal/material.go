package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// RSA moduli, in bits. Below is too weak (NIST SP 800-57 part 1, 112 bits of security); above,
// a certificate could stop the desk with one signature to verify.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// Public-key algorithms, RFC 9580 §9.1, that the vendor library has no name for.
const (
	algoElGamalSign = 20 // reserved, formerly ElGamal encrypt or sign
	algoFirstPQ     = 30 // 30 to 36: draft-ietf-openpgp-pqc
	algoLastPQ      = 36
)

// readMaterial parses a public key or subkey packet, having looked at its raw bytes first:
// no arithmetic is done with key material that policy refuses. Its errors are sentences.
func readMaterial(p *packet.OpaquePacket) (*packet.PublicKey, error) {
	if err := checkMaterial(p.Contents); err != nil {
		return nil, err
	}
	parsed, err := p.Parse()
	if err != nil {
		if hasCurve(packet.PublicKeyAlgorithm(p.Contents[5])) {
			return nil, fmt.Errorf("is on an elliptic curve that is not supported, or damaged: %w", err)
		}
		return nil, fmt.Errorf("cannot be used: %w", err)
	}
	key, ok := parsed.(*packet.PublicKey)
	if !ok {
		return nil, errors.New("is not a public key")
	}
	return key, nil
}

// checkMaterial judges the body of a public key packet, RFC 9580 §5.5.2: version (1 octet),
// creation time (4), algorithm (1), in version 6 the material's length (4), material.
func checkMaterial(body []byte) error {
	if len(body) == 0 {
		return errors.New("is damaged: an empty key packet")
	}
	head := 6
	switch body[0] {
	case 4:
	case 6:
		head = 10
	default:
		return fmt.Errorf("is of version %d, which is not supported: versions 4 and 6 are", body[0])
	}
	if len(body) < head {
		return errors.New("is damaged: its key packet is cut off")
	}
	material := body[head:]
	switch algo := packet.PublicKeyAlgorithm(body[5]); {
	case algo == packet.PubKeyAlgoRSA, algo == packet.PubKeyAlgoRSAEncryptOnly, algo == packet.PubKeyAlgoRSASignOnly:
		return checkRSA(material)
	case algo == packet.PubKeyAlgoDSA:
		return errors.New("is too weak: DSA")
	case algo == packet.PubKeyAlgoElGamal, algo == algoElGamalSign:
		return errors.New("is too weak: ElGamal")
	case algo >= algoFirstPQ && algo <= algoLastPQ:
		return fmt.Errorf("is post-quantum (algorithm %d), which is not supported yet", algo)
	case algo == packet.PubKeyAlgoECDH:
		return checkECDH(material)
	case hasCurve(algo):
		return nil
	default:
		return fmt.Errorf("uses public-key algorithm %d, which is not supported", algo)
	}
}

// checkRSA judges a modulus and an exponent, both as MPIs (RFC 9580 §3.2), before anything
// is computed with them.
func checkRSA(material []byte) error {
	n, rest, ok := readMPI(material)
	if !ok {
		return errors.New("is damaged: its RSA modulus is cut off, or far too large")
	}
	if bits := n.BitLen(); bits < minRSABits {
		return fmt.Errorf("is too weak: RSA with %d bits, at least %d", bits, minRSABits)
	} else if bits > maxRSABits {
		return fmt.Errorf("is too large: RSA with %d bits, at most %d", bits, maxRSABits)
	}
	e, _, ok := readMPI(rest)
	if !ok {
		return errors.New("is damaged: its RSA exponent is cut off")
	}
	// With an exponent of 1 the ciphertext is the plaintext; even ones cannot be decrypted.
	if e.Cmp(big.NewInt(3)) < 0 || e.Bit(0) == 0 || n.Bit(0) == 0 {
		return errors.New("is broken: its RSA numbers cannot be those of a key")
	}
	return nil
}

// curve25519 is the curve's object identifier with its length before it, as in RFC 9580 §9.2.
const curve25519 = "\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01"

// checkECDH judges curve (length and object identifier), point (an MPI) and the parameters of the
// key derivation, RFC 9580 §5.5.5.6: length (1 octet), reserved (1), hash (1), cipher (1).
//
// A point on Curve25519 has the form of §11.2.2: 263 bits, of which 0x40 is the first octet. The
// vendor library takes any octet there, and wraps with AES whatever cipher is named, so that
// other readers could not decrypt. It checks the points on other curves itself.
func checkECDH(material []byte) error {
	if len(material) == 0 || len(material) < 1+int(material[0]) {
		return errCutOffCurve
	}
	curve, rest := material[:1+int(material[0])], material[1+int(material[0]):]
	_, kdf, ok := readMPI(rest)
	if !ok || len(kdf) < 4 {
		return errCutOffCurve
	}
	if string(curve) == curve25519 && !bytes.HasPrefix(rest, []byte{1, 7, 0x40}) {
		return errors.New("is damaged: its point on Curve25519 is not in the right form")
	}
	switch packet.CipherFunction(kdf[3]) {
	case packet.CipherAES128, packet.CipherAES192, packet.CipherAES256:
		return nil
	}
	return fmt.Errorf("is damaged: it asks to wrap keys with cipher %d, which is not AES", kdf[3])
}

var errCutOffCurve = errors.New("is damaged: its elliptic curve key is cut off")

// readMPI takes a multiprecision integer from the front of b.
func readMPI(b []byte) (n *big.Int, rest []byte, ok bool) {
	if len(b) < 2 {
		return nil, nil, false
	}
	size := (int(binary.BigEndian.Uint16(b)) + 7) / 8
	if len(b) < 2+size {
		return nil, nil, false
	}
	return new(big.Int).SetBytes(b[2 : 2+size]), b[2+size:], true
}

func hasCurve(algo packet.PublicKeyAlgorithm) bool {
	switch algo {
	case packet.PubKeyAlgoECDH, packet.PubKeyAlgoECDSA, packet.PubKeyAlgoEdDSA,
		packet.PubKeyAlgoX25519, packet.PubKeyAlgoX448, packet.PubKeyAlgoEd25519, packet.PubKeyAlgoEd448:
		return true
	}
	return false
}
