package mail

import (
	"bytes"
	"errors"
	"io"
	"mime"
	netmail "net/mail"
	"strings"

	"bulletin/pipeline/seal"
)

// MaxAnswer is the largest reply that is read, in octets: people quote, and some attach what they got.
const MaxAnswer = 5 << 20

// An honest reply has a handful of parts, two or three deep.
const (
	maxParts = 64
	maxDepth = 6
)

// Answer is what of somebody's reply is signed. Its signature is not verified yet; everything outside of what it
// covers, the header of the mail included, is left behind.
type Answer struct {
	seal.Signed
	Subject string // of the signed part's own header (RFC 9788); empty if it has none
	Text    string // the first text that was signed
}

// Opener decrypts what is encrypted to the desk. (*seal.Opener)
type Opener interface {
	Open(armored []byte, limit int64) (seal.Opened, error)
}

// ReadAnswer finds the one signed thing in a reply: multipart/signed (RFC 3156 §5), encrypted to the desk with the
// signature within (§6.1, §6.2), or a clearsigned text, which may also stand there without any mail around it.
// What is attached as a message was not written by whoever replies, and is not looked into. Its errors say
// why a reply can't be believed, as sentences about it, and quote nothing of it. It takes whatever bytes are
// sent, in bounded time, and never panics.
func ReadAnswer(message []byte, o Opener) (Answer, error) {
	if len(message) > MaxAnswer {
		return Answer{}, errTooLarge
	}
	r := answerReader{opener: o}
	message = canonical(message)
	if trimmed := bytes.TrimLeft(message, "\r\n\t \ufeff"); seal.IsClearsigned(firstLine(trimmed)) {
		r.clearsigned(trimmed)
	} else if e, err := readEntity(withoutPostmark(message)); err != nil {
		return Answer{}, err
	} else if e.automatic() {
		return Answer{}, errAutomatic
	} else if err := r.walk(e, 0); err != nil {
		return Answer{}, err
	}
	switch {
	case r.failed != nil:
		return Answer{}, r.failed
	case len(r.found) == 0:
		return Answer{}, errUnsigned
	case len(r.found) > 1:
		return Answer{}, errSeveral
	}
	return r.found[0], nil
}

var (
	errTooLarge  = errors.New("it is larger than 5 MiB")
	errNotMail   = errors.New("it is not a mail that can be read")
	errAutomatic = errors.New("it is an automatic answer, not a person's")
	errUnsigned  = errors.New("it is not signed")
	errSeveral   = errors.New("it holds several signed parts: one is needed, by one person")
	errParts     = errors.New("its parts are too many, or nested too deep")
	errCutOff    = errors.New("its parts are cut off or damaged")
	errForm      = errors.New("its signed or encrypted part does not have the two parts of RFC 3156")
	errTwice     = errors.New("it is encrypted twice")
)

// answerReader walks through one reply and gathers what is signed.
type answerReader struct {
	opener    Opener
	parts     int
	decrypted bool
	found     []Answer
	failed    error // of something that claims to be signed
}

func (r *answerReader) walk(e entity, depth int) error {
	if r.parts++; r.parts > maxParts || depth > maxDepth {
		return errParts
	}
	switch {
	case e.mediaType == "multipart/signed":
		return r.signed(e)
	case e.mediaType == "multipart/encrypted":
		return r.encrypted(e, depth)
	case strings.HasPrefix(e.mediaType, "multipart/"):
		parts, err := e.split()
		if err != nil {
			return err
		}
		for _, p := range parts {
			part, err := readEntity(p)
			if err != nil {
				return err
			}
			if err := r.walk(part, depth+1); err != nil {
				return err
			}
		}
	case e.isText():
		if text, err := e.text(); err != nil {
			return err
		} else if seal.IsClearsigned(text) {
			r.clearsigned(text)
		}
	}
	return nil
}

// signed takes a multipart/signed: the signature is over the first part's bytes as they stand, header included.
func (r *answerReader) signed(e entity) error {
	content, second, err := e.two("application/pgp-signature")
	if err != nil {
		return err
	}
	signature, err := second.text()
	if err != nil {
		return err
	}
	s, err := seal.DetachedOver(content, signature)
	return r.take(s, err)
}

// encrypted takes a multipart/encrypted: the signature is of the whole that was encrypted, or in a part of it.
func (r *answerReader) encrypted(e entity, depth int) error {
	if r.decrypted {
		return errTwice
	}
	r.decrypted = true
	_, second, err := e.two("application/octet-stream")
	if err != nil {
		return err
	}
	armored, err := second.text()
	if err != nil {
		return err
	}
	opened, err := r.opener.Open(armored, MaxAnswer)
	if err != nil {
		return err
	}
	if opened.Signed != nil {
		return r.take(*opened.Signed, nil)
	}
	inner, err := readEntity(canonical(opened.Content))
	if err != nil {
		return err
	}
	return r.walk(inner, depth+1)
}

func (r *answerReader) clearsigned(text []byte) {
	s, err := seal.Clearsigned(text)
	if err != nil {
		r.failed = err
		return
	}
	r.found = append(r.found, Answer{Signed: s, Text: string(s.Content)})
}

// take keeps a signed entity with its own subject and first text.
func (r *answerReader) take(s seal.Signed, err error) error {
	if err != nil {
		return err
	}
	e, err := readEntity(canonical(s.Content))
	if err != nil {
		return err
	}
	a := Answer{Signed: s, Subject: e.subject()}
	if a.Text, err = r.firstText(e, 0); err != nil {
		return err
	}
	r.found = append(r.found, a)
	return nil
}

// firstText returns the first text of a signed entity that is neither attached nor within another message.
func (r *answerReader) firstText(e entity, depth int) (string, error) {
	if r.parts++; r.parts > maxParts || depth > maxDepth {
		return "", errParts
	}
	if e.isText() {
		text, err := e.text()
		return string(text), err
	}
	if !strings.HasPrefix(e.mediaType, "multipart/") {
		return "", nil
	}
	parts, err := e.split()
	if err != nil {
		return "", err
	}
	for _, p := range parts {
		part, err := readEntity(p)
		if err != nil {
			return "", err
		}
		if text, err := r.firstText(part, depth+1); err != nil || text != "" {
			return text, err
		}
	}
	return "", nil
}

// automatic reports whether a mail says of itself that no person wrote it (RFC 3834 §5, RFC 6522).
func (e entity) automatic() bool {
	auto := strings.ToLower(strings.TrimSpace(e.header.Get("Auto-Submitted")))
	return auto != "" && auto != "no" || e.mediaType == "multipart/report"
}

func (e entity) subject() string {
	subject, err := new(mime.WordDecoder).DecodeHeader(e.header.Get("Subject"))
	if err != nil {
		return e.header.Get("Subject")
	}
	return subject
}

// withoutPostmark drops the line "From …" that delivery into a program or a mailbox file puts first.
func withoutPostmark(message []byte) []byte {
	if !bytes.HasPrefix(message, []byte("From ")) {
		return message
	}
	_, rest, _ := bytes.Cut(message, []byte("\n"))
	return rest
}

func firstLine(b []byte) []byte {
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return line
}

// canonical writes lines as they are signed, ending in CRLF (RFC 3156 §5): on their way into a file they
// often lose the CR.
func canonical(b []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// entity is one MIME entity, its body still encoded.
type entity struct {
	header    netmail.Header
	mediaType string
	params    map[string]string
	body      []byte
}

func readEntity(b []byte) (entity, error) {
	// A part may have no header at all (RFC 2046 §5.1): it then begins with the empty line.
	m, err := netmail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return entity{}, errNotMail
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return entity{}, errNotMail
	}
	e := entity{header: m.Header, body: body, mediaType: "text/plain"}
	if t := m.Header.Get("Content-Type"); t != "" {
		if e.mediaType, e.params, err = mime.ParseMediaType(t); err != nil {
			e.mediaType = "application/octet-stream" // RFC 2045 §5.2: what can't be read is not looked into
		}
	}
	return e, nil
}
