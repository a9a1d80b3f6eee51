package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
)

// What stands around the armor, for the gate to compare with.
const (
	versionPart = "Content-Type: application/pgp-encrypted\r\n" +
		"Content-Description: PGP/MIME version identification\r\n" +
		"\r\n" +
		"Version: 1\r\n" +
		"\r\n"
	dataPart = "Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n" +
		"Content-Description: OpenPGP encrypted message\r\n" +
		"Content-Disposition: inline; filename=\"encrypted.asc\"\r\n" +
		"\r\n"
	encryptedType = "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\""
)

// Envelope is the outside of the mails to one nation's list: everything but the ciphertext.
// It is safe for use by many goroutines.
type Envelope struct {
	head []byte // header block, first part, head of the second
	foot []byte // closing boundary
}

// NewEnvelope prepares the multipart/encrypted message (RFC 3156 §4) of one list. Its header block
// holds no address but the sender's, and of the subject nothing.
func NewEnvelope(h Header) (*Envelope, error) {
	if err := h.Check(); err != nil {
		return nil, fmt.Errorf("envelope: %w", err)
	}
	// "=_" is neither base64 nor armor, so the boundary cannot occur in the content (RFC 2045 §6.7).
	sum := sha256.Sum256([]byte("outer boundary\x00" + h.MessageID))
	boundary := "=_" + hex.EncodeToString(sum[:12])
	var b strings.Builder
	for _, f := range h.outer() {
		f.write(&b)
	}
	b.WriteString("MIME-Version: 1.0\r\n" + encryptedType + boundary + "\"\r\n\r\n")
	b.WriteString("--" + boundary + "\r\n" + versionPart)
	b.WriteString("--" + boundary + "\r\n" + dataPart)
	return &Envelope{head: []byte(b.String()), foot: []byte("\r\n--" + boundary + "--\r\n")}, nil
}

// Message puts one recipient's armored message into the envelope: head holds the armor's first
// line and the key packet, body the lines that the whole list shares, foot the rest of the armor.
// All three end in CRLF. The body is not copied.
func (e *Envelope) Message(head, body, foot []byte) Message {
	return Message{
		Head: append(bytes.Clone(e.head), head...),
		Body: body,
		Foot: append(bytes.Clone(foot), e.foot...),
	}
}

// Message is one mail as it goes over the wire, in three pieces of whole lines, so that Body,
// which may be megabytes, is held once for a whole list.
type Message struct {
	Head []byte // the recipient's own: header block, armor's head with the key packet
	Body []byte // shared, never written to
	Foot []byte // armor's checksum and last line, closing boundary
}

// Len returns the octets of DATA on the wire, without the final dot.
func (m Message) Len() int { return len(m.Head) + len(m.Body) + len(m.Foot) }

// WriteTo writes the mail without joining its pieces.
func (m Message) WriteTo(w io.Writer) (int64, error) {
	pieces := net.Buffers{m.Head, m.Body, m.Foot}
	return pieces.WriteTo(w)
}

// messageID returns what stands in the Message-ID field of a head that Message made.
func (m Message) messageID() (string, error) {
	_, rest, ok := bytes.Cut(m.Head, []byte("\r\nMessage-ID: "))
	id, _, end := bytes.Cut(rest, []byte("\r\n"))
	if !ok || !end || !messageIDForm.Match(id) {
		return "", fmt.Errorf("mail has no message-id of ours in its header")
	}
	return string(id), nil
}

// dotSafe reports whether b can go into DATA as it is: whole lines ending in CRLF, none beginning
// with a dot (RFC 5321 §4.5.2).
func dotSafe(b []byte) bool {
	return bytes.HasSuffix(b, []byte("\r\n")) && b[0] != '.' && !bytes.Contains(b, []byte("\n."))
}
