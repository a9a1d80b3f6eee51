package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// The lines around an armored message, RFC 9580 §6.2, ready for DATA.
const (
	messageBegin = "-----BEGIN PGP MESSAGE-----\r\n\r\n"
	messageEnd   = "-----END PGP MESSAGE-----\r\n"
)

// armorLine is how many characters stand on a line of armor, as GnuPG writes it.
const armorLine = 64

// Armored is one armored message in three parts, with CRLF line ends throughout, ready for DATA
// when written one after the other. Body is shared with other recipients: never change it.
type Armored struct {
	Head []byte // the BEGIN line, and this recipient's lines
	Body []byte // one of Sealed.Bodies
	Foot []byte // the CRC-24 line and the END line
}

// appendLines appends data in base64, in lines.
func appendLines(out, data []byte) []byte {
	const perLine = armorLine / 4 * 3
	for len(data) > 0 {
		n := min(perLine, len(data))
		out = base64.StdEncoding.AppendEncode(out, data[:n])
		out = append(out, '\r', '\n')
		data = data[n:]
	}
	return out
}

// armoredSize is how many bytes appendLines makes of n.
func armoredSize(n int) int {
	encoded := base64.StdEncoding.EncodedLen(n)
	return encoded + (encoded+armorLine-1)/armorLine*len("\r\n")
}

// footSize is how many bytes appendFoot appends.
const footSize = len("=AAAA\r\n") + len(messageEnd)

// appendFoot appends the CRC-24 line and the last line.
func appendFoot(out []byte, crc uint32) []byte {
	out = append(out, '=')
	out = base64.StdEncoding.AppendEncode(out, []byte{byte(crc >> 16), byte(crc >> 8), byte(crc)})
	return append(out, "\r\n"+messageEnd...)
}

// KeyPacketIDs parses the Head of an Armored and returns the key ids of the key packets in it,
// in order. It accepts exactly what Sealed.For makes, and refuses a head with anything else in
// it, so that the gate before SMTP can tell whom the final bytes are for.
func KeyPacketIDs(head []byte) ([]uint64, error) {
	data, err := decodeHead(head)
	if err != nil {
		return nil, err
	}
	var ids []uint64
	r := bytes.NewReader(data)
	for r.Len() > 2 { // up to two bytes of the data packet may follow, see Sealed.For
		start := len(data) - r.Len()
		p, err := packet.NewOpaqueReader(r).Next()
		if err != nil {
			return nil, fmt.Errorf("head of a sealed message: %w", err)
		}
		id, err := keyPacketID(p, data[start:len(data)-r.Len()])
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if r.Len() > 0 && data[len(data)-r.Len()] != sealedDataHeader {
		return nil, errors.New("head of a sealed message: something other than the data packet follows the key packets")
	}
	if len(ids) == 0 {
		return nil, errors.New("head of a sealed message: no key packet")
	}
	return ids, nil
}

// sealedDataHeader is the first byte of a data packet: its tag in the current format,
// RFC 9580 §4.2.
const sealedDataHeader = 0xC0 | tagSealedData

// keyPacketID reads a PKESK of version 3, RFC 9580 §5.1.1: version (1 octet), key id (8),
// algorithm (1), encrypted session key. wire is the packet as it stood in the message.
func keyPacketID(p *packet.OpaquePacket, wire []byte) (uint64, error) {
	var canonical bytes.Buffer
	if err := p.Serialize(&canonical); err != nil || !bytes.Equal(canonical.Bytes(), wire) {
		return 0, errors.New("head of a sealed message: a packet is not in its plain form")
	}
	if p.Tag != tagKeyPacket || len(p.Contents) < 10 || p.Contents[0] != 3 {
		return 0, fmt.Errorf("head of a sealed message: a packet with tag %d where only key packets of version 3 may stand", p.Tag)
	}
	return binary.BigEndian.Uint64(p.Contents[1:9]), nil
}

// decodeHead is the inverse of what Sealed.For does, and accepts nothing else.
func decodeHead(head []byte) ([]byte, error) {
	lines, ok := bytes.CutPrefix(head, []byte(messageBegin))
	if !ok {
		return nil, errors.New("head of a sealed message: does not begin as an armored message")
	}
	data, err := base64.StdEncoding.Strict().DecodeString(string(bytes.ReplaceAll(lines, []byte("\r\n"), nil)))
	if err != nil {
		return nil, fmt.Errorf("head of a sealed message: %w", err)
	}
	if len(data)%3 != 0 || !bytes.Equal(appendLines(nil, data), lines) {
		return nil, errors.New("head of a sealed message: its lines are not as they were written")
	}
	return data, nil
}
