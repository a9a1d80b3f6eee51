package workers

import (
	"context"
	"fmt"

	"bulletin/pipeline/mail"
	"bulletin/pipeline/seal"
)

// Notify composes a notice, signs and encrypts it for one person, and sends it through the gate that bulletins pass.
// It returns the Message-ID, which the fact's subject alone decides.
func (p *Post) Notify(ctx context.Context, matter mail.NoticeMatter, facts mail.NoticeFacts, subject, address string, key *seal.Key) (string, error) {
	header := mail.Header{
		From: p.From, Person: address, Date: p.Clock(), MessageID: mail.NoticeID(p.MessageKey, subject, p.Domain),
	}
	inner, err := mail.ComposeNotice(mail.Notice{Header: header, Matter: matter, Facts: facts})
	if err != nil {
		return "", err
	}
	envelope, err := mail.NewEnvelope(header)
	if err != nil {
		return "", err
	}
	packet, _, err := p.signed(inner)
	if err != nil {
		return "", fmt.Errorf("seal a notice: %w", err)
	}
	if err := p.Gate.RegisterNotice(packet, header.MessageID, address); err != nil {
		return "", err
	}
	defer p.Gate.ForgetNotice(header.MessageID, address)
	armored, err := packet.For(key)
	if err != nil {
		return "", fmt.Errorf("seal a notice: %w", err)
	}
	message := envelope.Message(armored.Head, armored.Body, armored.Foot)
	if err := p.Gate.CheckNotice(header.MessageID, message, mail.Recipient{Address: address, Key: key}); err != nil {
		return "", err
	}
	_, err = p.Sender.Send(ctx, p.From.Address, address, message)
	return header.MessageID, err
}
