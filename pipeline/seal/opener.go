package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	pgperrors "github.com/ProtonMail/go-crypto/openpgp/errors"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Opener reads what is encrypted to the desk: to its present key, to the next, or to a former one. It is safe for use
// by several goroutines, and prints as its fingerprints alone.
type Opener struct {
	keys openpgp.EntityList
}

// LoadOpener reads an armored secret key, as LoadSigner does.
func LoadOpener(armoredSecret, passphrase []byte) (*Opener, error) {
	key, err := unlock(armoredSecret, passphrase)
	if err != nil {
		return nil, fmt.Errorf("the desk's key: %w", err)
	}
	return &Opener{openpgp.EntityList{key.GetEntity()}}, nil
}

// JoinOpeners returns one that opens with any of their keys.
func JoinOpeners(openers ...*Opener) *Opener {
	all := &Opener{}
	for _, o := range openers {
		all.keys = append(all.keys, o.keys...)
	}
	return all
}

// Format keeps key material out of logs, whatever the verb.
func (o *Opener) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "opener")
	for _, k := range o.keys {
		fmt.Fprintf(f, " %s", fingerprint(k.PrimaryKey))
	}
}

// Opened is what an encrypted message held.
type Opened struct {
	Content []byte
	Signed  *Signed // with the signature that was encrypted with the content (RFC 3156 §6.2), if there was one
}

var (
	errNotForDesk = errors.New("it is not encrypted to the desk's key")
	errOpened     = errors.New("its encrypted part is damaged")
)

// Open decrypts an armored message of at most limit bytes in clear, whole and with its integrity checked. The
// signature within is not verified. The errors hold nothing of the message.
func (o *Opener) Open(armored []byte, limit int64) (opened Opened, err error) {
	defer recovered("open", &err)
	block, err := armor.Decode(bytes.NewReader(armored))
	if err != nil || block.Type != "PGP MESSAGE" {
		return Opened{}, errOpened
	}
	config := &packet.Config{MaxDecompressedMessageSize: &limit}
	m, err := openpgp.ReadMessage(block.Body, o.keys, nil, config)
	switch {
	case errors.Is(err, pgperrors.ErrKeyIncorrect):
		return Opened{}, errNotForDesk
	case err != nil:
		return Opened{}, errOpened
	case m.DecryptedWith.Entity == nil:
		return Opened{}, errNotForDesk // signed only, or encrypted by a password
	}
	content, err := io.ReadAll(io.LimitReader(m.UnverifiedBody, limit+1))
	switch {
	case err != nil:
		return Opened{}, errOpened
	case int64(len(content)) > limit:
		return Opened{}, fmt.Errorf("what is encrypted is larger than %d MiB", limit>>20)
	}
	opened.Content = content
	signatures := m.UnverifiedSignatures
	if m.Signature != nil { // by the desk's own key: no recipient's, but a signature
		signatures = append(signatures, m.Signature)
	}
	switch {
	case len(signatures) > 1:
		return Opened{}, errSignatures
	case len(signatures) == 1 && signatures[0].IssuerKeyId == nil:
		return Opened{}, errNoSignature
	case len(signatures) == 1:
		opened.Signed = &Signed{Content: content, signature: signatures[0]}
	}
	return opened, nil
}
