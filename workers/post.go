package workers

import (
	"context"
	"fmt"
	netmail "net/mail"
	"runtime"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/seal"
)

// Sealed is one edition's mail for one nation's list: sealed once, addressed many times.
type Sealed struct {
	Ref       pipeline.Ref
	Nation    pipeline.Nation
	MessageID string
	Digest    pipeline.Digest // of the shared packet

	until    time.Time // when the key that it is signed with ends; zero for never
	size     int       // bytes that it takes in memory
	packet   *seal.Sealed
	envelope *mail.Envelope
}

// Sender hands one message to a relay, or to an outbox.
type Sender interface {
	Send(ctx context.Context, from, to string, m mail.Message) (reply string, err error)
}

// Signer tells which key the desk signs with at a given time (*seal.Signers); none is a seal.ErrNoSigner.
type Signer interface {
	At(now time.Time) (*seal.Signer, error)
}

// noSignerRetry is how soon it is looked again whether the desk has a key to sign with: nothing is lost for want of one.
const noSignerRetry = 10 * time.Second

// signed seals what is composed with the key that signs now, and says until when that key serves.
func (p *Post) signed(inner []byte) (packet *seal.Sealed, until time.Time, err error) {
	now := p.Clock()
	signer, err := p.Signer.At(now)
	if err != nil {
		return nil, until, &pipeline.Retry{After: noSignerRetry, Err: err}
	}
	packet, err = signer.Seal(inner, now)
	return packet, signer.Ends(now), err
}

// Post composes, seals, checks and sends. It alone holds the signing key.
type Post struct {
	From       netmail.Address
	Domain     string // of Message-IDs
	MessageKey []byte // keys the Message-ID hash
	Signer     Signer
	Gate       *mail.Gate
	Sender     Sender
	Clock      pipeline.Clock
	Restored   *Restored // where the streams are those of a copy; nil otherwise
}

// messageID is that of an edition's mail. The server that a copy was taken of may have gone on to a revision of the same
// number as one that is made here since, and mail systems drop as a repeat what has the Message-ID of another mail: so what
// people decided after the copy has a key of its own. An embargo may have ended on what was decided before.
func (p *Post) messageID(ref pipeline.Ref, e edition.Edition) string {
	key := p.MessageKey
	if r := p.Restored; r != nil && e.Released.After(r.At) && !e.Released.Equal(e.Embargo) {
		key = fmt.Appendf(slices.Clip(key), " restored from a copy of %d", r.At.UnixNano())
	}
	return mail.MessageID(key, ref, e.Nation, p.Domain)
}

// Seal composes the inner message, signs and encrypts it once, and registers the ciphertext with the gate.
func (p *Post) Seal(ref pipeline.Ref, e edition.Edition, files Rendering) (*Sealed, error) {
	header := mail.Header{
		From: p.From, List: mail.ListName(e.Nation), Date: e.Released,
		MessageID: p.messageID(ref, e),
	}
	stem := fmt.Sprintf("%s-%s", e.Number, e.Nation)
	inner, err := mail.Compose(mail.Letter{
		Header: header, Edition: e,
		PDF:  mail.Attachment{Name: stem + ".pdf", Bytes: files.PDF},
		STIX: mail.Attachment{Name: stem + ".json", Bytes: files.STIX},
		CSV:  mail.Attachment{Name: stem + ".csv", Bytes: files.CSV},
	})
	if err != nil {
		return nil, fmt.Errorf("compose the mail of %s for %s: %w", ref, e.Nation, err)
	}
	envelope, err := mail.NewEnvelope(header)
	if err != nil {
		return nil, err
	}
	packet, until, err := p.signed(inner)
	if err != nil {
		return nil, fmt.Errorf("seal the mail of %s for %s: %w", ref, e.Nation, err)
	}
	if err := p.Gate.Register(packet, ref, e.Nation); err != nil {
		return nil, err
	}
	size := 0
	for _, body := range packet.Bodies() {
		size += len(body)
	}
	return &Sealed{
		Ref: ref, Nation: e.Nation, MessageID: header.MessageID, Digest: packet.Digest(),
		until: until, size: size, packet: packet, envelope: envelope,
	}, nil
}

// Forget takes back what Seal registered with the gate.
func (p *Post) Forget(s *Sealed) { p.Gate.Forget(s.Ref, s.Nation) }

// sealing holds as many turns as there are cores. To seal to a recipient is all computing: more at once are no faster,
// and would keep everything else from its turn on a core, the stages before a flash's first mail among it.
var sealing = make(chan struct{}, runtime.GOMAXPROCS(0))

// Send addresses the sealed mail to one recipient, and hands it over.
func (p *Post) Send(ctx context.Context, s *Sealed, to pipeline.Recipient, key *seal.Key) (string, error) {
	message, err := p.addressed(s, to, key)
	if err != nil {
		return "", err
	}
	return p.Sender.Send(ctx, p.From.Address, to.Address, message)
}

// addressed puts a key packet of the recipient before the packet that all share. It returns nothing that the gate has
// not passed.
func (p *Post) addressed(s *Sealed, to pipeline.Recipient, key *seal.Key) (mail.Message, error) {
	sealing <- struct{}{}
	defer func() { <-sealing }()
	armored, err := s.packet.For(key)
	if err != nil {
		return mail.Message{}, fmt.Errorf("seal to the key of the recipient: %w", err)
	}
	message := s.envelope.Message(armored.Head, armored.Body, armored.Foot)
	return message, p.Gate.Check(s.Ref, message, mail.Recipient{Nation: to.Nation, Address: to.Address, Key: key})
}
