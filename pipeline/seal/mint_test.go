package seal

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha1"
	"encoding/binary"
	"math/bits"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// mint makes certificates packet by packet, so that a test can have in them what no program makes.
type mint struct {
	secret  ed25519.PrivateKey
	primary []byte // the body of its packet
	out     bytes.Buffer
}

// made is when minted keys were made, unless a test says otherwise.
var made = now.AddDate(-1, 0, 0)

func newMint(at time.Time) *mint {
	public, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	m := &mint{secret: secret, primary: keyBody(at, packet.PubKeyAlgoEdDSA, curvePoint("\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01", public))}
	return m.packet(tagPublicKey, m.primary)
}

// keyBody is the body of a key packet of version 4, RFC 9580 §5.5.2.
func keyBody(at time.Time, algo packet.PublicKeyAlgorithm, material []byte) []byte {
	body := binary.BigEndian.AppendUint32([]byte{4}, uint32(at.Unix()))
	return append(append(body, byte(algo)), material...)
}

func curvePoint(oid string, point []byte) []byte {
	return append(append([]byte(oid), 1, 7, 0x40), point...)
}

// onCurve25519 is the body of a fresh encryption subkey's packet.
func onCurve25519(at time.Time) []byte {
	secret, err := ecdh.X25519().GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	material := curvePoint(curve25519, secret.PublicKey().Bytes())
	return keyBody(at, packet.PubKeyAlgoECDH, append(material, 3, 1, 8, 7))
}

func (m *mint) packet(tag uint8, body []byte) *mint {
	p := packet.OpaquePacket{Tag: tag, Contents: body}
	if err := p.Serialize(&m.out); err != nil {
		panic(err)
	}
	return m
}

// A part of a signature that is signed, RFC 9580 §5.2.3.7.
type subpacket []byte

func sub(kind byte, content ...byte) subpacket {
	return append(subpacket{byte(len(content) + 1), kind}, content...)
}

func seconds(kind byte, s uint32) subpacket {
	return sub(kind, binary.BigEndian.AppendUint32(nil, s)...)
}

func created(at time.Time) subpacket              { return seconds(2, uint32(at.Unix())) }
func signatureEnds(after time.Duration) subpacket { return seconds(3, uint32(after/time.Second)) }
func keyEnds(after time.Duration) subpacket       { return seconds(9, uint32(after/time.Second)) }
func flags(f byte) subpacket                      { return sub(27, f) }
func because(reason byte) subpacket               { return sub(29, reason) }
func criticalNotation(name string) subpacket {
	return sub(20|0x80, append([]byte{0x80, 0, 0, 0, 0, byte(len(name)), 0, 1}, name+"x"...)...)
}

// The uses of a key, RFC 9580 §5.2.3.29.
const (
	signs    = 2
	messages = 4
	storage  = 8
)

// signed adds a signature of the primary key over itself and target, with subpackets that are signed.
func (m *mint) signed(kind packet.SignatureType, target []byte, hashed ...subpacket) *mint {
	return m.packet(tagSignature, m.signature(kind, 8, target, hashed, nil))
}

func (m *mint) signature(kind packet.SignatureType, hash byte, target []byte, hashed, unhashed []subpacket) []byte {
	body := []byte{4, byte(kind), byte(packet.PubKeyAlgoEdDSA), hash}
	area := bytes.Join(asBytes(hashed), nil)
	body = append(binary.BigEndian.AppendUint16(body, uint16(len(area))), area...)
	h := map[byte]crypto.Hash{2: crypto.SHA1, 8: crypto.SHA256}[hash].New()
	h.Write(framedKey(m.primary))
	h.Write(target)
	h.Write(body)
	h.Write(binary.BigEndian.AppendUint32([]byte{4, 0xFF}, uint32(len(body)))) // RFC 9580 §5.2.4
	digest := h.Sum(nil)
	sig := ed25519.Sign(m.secret, digest)
	fpr := sha1.Sum(framedKey(m.primary))
	loose := bytes.Join(asBytes(append(unhashed, sub(16, fpr[12:]...))), nil)
	body = append(binary.BigEndian.AppendUint16(body, uint16(len(loose))), loose...)
	body = append(body, digest[:2]...)
	return append(append(body, mpi(sig[:32])...), mpi(sig[32:])...)
}

func asBytes(subpackets []subpacket) (all [][]byte) {
	for _, s := range subpackets {
		all = append(all, s)
	}
	return all
}

// framedKey is a key as signatures and fingerprints cover it.
func framedKey(body []byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{0x99}, uint16(len(body))), body...)
}

func mpi(b []byte) []byte {
	b = bytes.TrimLeft(b, "\x00")
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b)*8-bits.LeadingZeros8(b[0]))), b...)
}

const uid = "Reader <reader@police.example>"

func framedUser(id string) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0xB4}, uint32(len(id))), id...)
}

// user adds a user id with a certification.
func (m *mint) user(id string, hashed ...subpacket) *mint {
	return m.packet(tagUserID, []byte(id)).signed(packet.SigTypePositiveCert, framedUser(id), hashed...)
}

// sub adds a subkey with a binding.
func (m *mint) sub(body []byte, hashed ...subpacket) *mint {
	return m.packet(tagPublicSubkey, body).signed(packet.SigTypeSubkeyBinding, framedKey(body), hashed...)
}

// usual adds what a usual certificate has: a user id and an encryption subkey.
func (m *mint) usual() *mint {
	return m.user(uid, created(made), flags(signs)).sub(onCurve25519(made), created(made), flags(messages))
}

func (m *mint) file() []byte { return bytes.Clone(m.out.Bytes()) }
