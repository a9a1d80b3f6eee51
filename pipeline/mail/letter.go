// Package mail composes the message that gets encrypted, wraps the ciphertext, and hands it to a
// relay or an outbox; a gate before that lets nothing else pass. It also has a receiving sink, for
// tests and the demo.
package mail

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// Letter is one nation's edition as it is mailed, before it is sealed. It is the same for the
// nation's whole list.
type Letter struct {
	Header
	Edition edition.Edition
	PDF     Attachment
	STIX    Attachment
	CSV     Attachment
}

// Attachment is a file that goes with the letter, beside those that the author attached, which the edition holds.
// Its name is plain: letters, digits, dot, hyphen and underscore.
type Attachment struct {
	Name  string
	Bytes []byte
}

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// Subject is the real subject, which only the protected header holds: the TLP label (TLP 2.0, messages), the nation's
// own mark where its rules want it there, whether it corrects or withdraws a bulletin, the number, and the title behind
// its own mark (CAPCO-2016, e-mail: the subject's mark is of the subject's own text).
func Subject(e edition.Edition) string {
	var s []string
	if e.TLP != marking.NoTLP {
		s = append(s, "["+e.TLP.String()+"]")
	}
	if own := e.OwnMark(); own != "" && e.Nation == pipeline.NZL { // PSR-2022: in the subject and at the start of the body
		s = append(s, "["+own+"]")
	}
	for _, part := range []string{e.Notice(), e.Number, e.Title.Mark, e.Title.Text} {
		if part != "" {
			s = append(s, part)
		}
	}
	return strings.Join(s, " ")
}

// Compose returns the inner message, the cryptographic payload of RFC 9788: the real header block,
// then text and HTML that can be read without the PDF, then PDF, STIX and CSV,
// then what the author attached. Lines end in CRLF.
// The same letter gives the same bytes.
func Compose(l Letter) (inner []byte, err error) {
	if err := l.check(); err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	html, err := renderHTML(l.Edition)
	if err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	text := edition.Text(l.Edition)
	if err := bracketed(text, l.Edition.Banner); err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	files := append([]file{
		{l.PDF, "application/pdf"},
		{l.STIX, "application/stix+json; version=2.1"},
		{l.CSV, "text/csv; charset=utf-8"},
	}, attached(l.Edition)...)
	body, boundary, err := compose([]byte(text), html, files)
	if err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	header, err := l.payloadHeader(boundary)
	if err != nil {
		return nil, fmt.Errorf("compose mail: %w", err)
	}
	return append([]byte(header), body...), nil
}

// payloadHeader writes the protected header block (RFC 9788 §4.1): the real fields, a copy of each
// field that stands outside, and a Content-Type that says so. Readers older than the RFC look for
// protected-headers="v1" (notmuch, Thunderbird). A marking for Australia's systems is a field that does not
// stand outside, so no HP-Outer speaks of it.
func (l Letter) payloadHeader(boundary string) (string, error) {
	protective, err := l.protectiveMarking()
	if err != nil {
		return "", fmt.Errorf("protective marking for %s: %w", l.Edition.Nation, err)
	}
	var b strings.Builder
	l.protect(&b, Subject(l.Edition))
	if protective != "" {
		writeProtective(&b, protective)
	}
	b.WriteString("Content-Type: multipart/mixed; boundary=\"" + boundary + "\";\r\n" +
		" hp=\"cipher\"; protected-headers=\"v1\"\r\n\r\n")
	return b.String(), nil
}

// protect writes the fields with the real subject, and what of them stands outside.
func (h Header) protect(b *strings.Builder, subject string) {
	for _, f := range h.fields(encodeWords(subject)) {
		f.write(b)
	}
	b.WriteString("MIME-Version: 1.0\r\n")
	for _, f := range h.outer() {
		field{"HP-Outer", f.name + ": " + f.value}.write(b)
	}
}

func (l Letter) check() error {
	if err := l.Header.Check(); err != nil {
		return err
	}
	switch {
	case l.Edition.Number == "" || l.Edition.Released.IsZero():
		return errors.New("the edition has no number or no date: marking has not passed")
	case l.Edition.Banner == "":
		return errors.New("the edition has no banner")
	}
	for _, a := range []Attachment{l.PDF, l.STIX, l.CSV} {
		if !nameForm.MatchString(a.Name) {
			return fmt.Errorf("attachment's name %.60q: must be letters, digits, dot, hyphen and underscore", a.Name)
		}
		if len(a.Bytes) == 0 {
			return fmt.Errorf("attachment %s is empty", a.Name)
		}
	}
	return l.checkAttached()
}

// bracketed makes sure that the banner is the first and the last thing that people read
// (CAPCO-2016, e-mail), however it is wrapped: a text without it must not go out.
func bracketed(text, banner string) error {
	words := strings.Join(strings.Fields(text), " ")
	if !strings.HasPrefix(words, banner) || !strings.HasSuffix(words, banner) {
		return errors.New("the text does not begin and end with the banner")
	}
	return nil
}
