package seal

import (
	"errors"
	"fmt"

	"bulletin/pipeline"
)

// Sealed is a message encrypted once, for any number of recipients. It holds the session key:
// whoever has it can read the message. It prints as its digest alone, and is safe for use by
// several goroutines.
type Sealed struct {
	sessionKey []byte
	data       []byte // the shared encrypted data packet
	digest     pipeline.Digest

	// A key packet's length is not known before, and base64 goes by threes. So the head takes
	// 0, 1 or 2 bytes of the data packet to make its own length divide by three, and the rest of
	// the packet is armored in all three ways beforehand, beginning on a line of its own.
	bodies [3][]byte
	tails  [3]crcTail
}

func newSealed(sessionKey, data []byte) *Sealed {
	s := &Sealed{sessionKey: sessionKey, data: data, digest: pipeline.DigestOf(data)}
	for lead := range s.bodies {
		rest := data[lead:]
		s.bodies[lead] = appendLines(make([]byte, 0, armoredSize(len(rest))), rest)
		s.tails[lead] = newCRCTail(rest)
	}
	return s
}

// Digest returns the digest of the shared encrypted data packet.
func (s *Sealed) Digest() pipeline.Digest { return s.digest }

// Bodies returns the three kept variants of the armored data packet: without its first 0, 1
// and 2 bytes. They are shared: never change them.
func (s *Sealed) Bodies() [3][]byte { return s.bodies }

// Format keeps the session key out of logs, whatever the verb.
func (s *Sealed) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "sealed %s", s.digest) }

// For returns the message for the holder of exactly k: one key packet, and the shared packet.
func (s *Sealed) For(k *Key) (Armored, error) {
	if k == nil || k.encryption == "" {
		return Armored{}, errors.New("seal: no key to seal to")
	}
	keyPacket, err := k.keyPacket(s.sessionKey)
	if err != nil {
		return Armored{}, fmt.Errorf("seal for %s: %w", k.Fingerprint, err)
	}
	return s.behind(keyPacket), nil
}

// behind armors the message that begins with the given packets.
func (s *Sealed) behind(packets []byte) Armored {
	lead := (3 - len(packets)%3) % 3
	prefix := append(packets, s.data[:lead]...)
	head := make([]byte, 0, len(messageBegin)+armoredSize(len(prefix)))
	head = append(head, messageBegin...)
	return Armored{
		Head: appendLines(head, prefix),
		Body: s.bodies[lead],
		Foot: appendFoot(make([]byte, 0, footSize), s.tails[lead].after(prefix)),
	}
}
