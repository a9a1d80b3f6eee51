package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// maxCertificate is the most that a key file may hold, in bytes. The largest honest
// certificates, with years of third-party signatures, are a few hundred KB.
const maxCertificate = 1 << 20

// maxLine is how long a line of an armored file may be, in bytes: the vendor library takes time by
// the square of it.
const maxLine = 128 << 10

// Packet tags, RFC 9580 §5.
const (
	tagKeyPacket    = 1
	tagSignature    = 2
	tagSecretKey    = 5
	tagPublicKey    = 6
	tagSecretSubkey = 7
	tagMarker       = 10
	tagTrust        = 12
	tagUserID       = 13
	tagPublicSubkey = 14
	tagSealedData   = 18
	tagPadding      = 21
)

var (
	beginPublic  = []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----")
	endPublic    = []byte("-----END PGP PUBLIC KEY BLOCK-----")
	beginPrivate = []byte("-----BEGIN PGP PRIVATE KEY BLOCK-----")
	utf8BOM      = []byte("\xef\xbb\xbf")
)

var (
	errPrivate = errors.New("is a private key, not a certificate: remove it, and tell its owner to make a new key")
	errSeveral = errors.New("holds several certificates: keep the recipient's alone")
)

// readPackets splits a key file, armored or binary, into the packets of one certificate,
// without looking into them. Its errors are sentences for people.
func readPackets(file []byte) ([]*packet.OpaquePacket, error) {
	if len(file) > maxCertificate {
		return nil, fmt.Errorf("is too large for a certificate: %d bytes, at most %d", len(file), maxCertificate)
	}
	binary, err := dearmor(file)
	if err != nil {
		return nil, err
	}
	packets, err := splitPackets(binary)
	if err != nil {
		return nil, err
	}
	return packets, oneCertificate(packets)
}

// dearmor returns the binary form of a key file. It looks for armor by its lines, since
// people keep notes around them, and a file with two armored blocks must not pass as one.
func dearmor(file []byte) ([]byte, error) {
	file = bytes.TrimPrefix(file, utf8BOM)
	if len(file) > 0 && file[0]&0x80 != 0 { // every binary packet starts so, RFC 9580 §4.2
		return file, nil
	}
	if bytes.Contains(file, beginPrivate) {
		return nil, errPrivate
	}
	switch n := bytes.Count(file, beginPublic); {
	case n == 0:
		return nil, errors.New("is not an OpenPGP certificate")
	case n > 1:
		return nil, errSeveral
	case !bytes.Contains(file, endPublic):
		return nil, errors.New("is cut off: its last line is missing")
	}
	for line := range bytes.Lines(file) {
		if len(line) > maxLine {
			return nil, fmt.Errorf("is damaged: it has a line of more than %d bytes", maxLine)
		}
	}
	block, err := armor.Decode(bytes.NewReader(file))
	if err != nil || block.Type != openpgp.PublicKeyType {
		return nil, errors.New("is not an OpenPGP certificate: its armor is damaged")
	}
	binary, err := io.ReadAll(block.Body)
	if err != nil {
		return nil, fmt.Errorf("is damaged: %w", err)
	}
	return binary, nil
}

// splitPackets splits binary OpenPGP into its packets, whatever they are. What is cut off, or
// has a wrong length in it, is refused.
func splitPackets(binary []byte) ([]*packet.OpaquePacket, error) {
	var packets []*packet.OpaquePacket
	r := packet.NewOpaqueReader(bytes.NewReader(binary))
	for {
		p, err := r.Next()
		if err == io.EOF {
			return packets, nil
		}
		if err != nil {
			return nil, fmt.Errorf("is damaged, or not OpenPGP: %w", err)
		}
		switch p.Tag {
		case tagMarker, tagTrust, tagPadding: // to be ignored wherever they stand, RFC 9580 §5.8, §5.10, §5.14
		default:
			packets = append(packets, p)
		}
	}
}

// oneCertificate requires that the packets start with a public key and hold no other.
func oneCertificate(packets []*packet.OpaquePacket) error {
	primaries := 0
	for _, p := range packets {
		switch p.Tag {
		case tagSecretKey, tagSecretSubkey:
			return errPrivate
		case tagPublicKey:
			primaries++
		}
	}
	if len(packets) == 0 || packets[0].Tag != tagPublicKey {
		return errors.New("is not an OpenPGP certificate: it does not start with a public key")
	}
	if primaries > 1 {
		return errSeveral
	}
	return nil
}
