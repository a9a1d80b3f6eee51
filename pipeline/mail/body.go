package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"

	"github.com/jordan-wright/email"
)

// file is an attachment and its media type.
type file struct {
	Attachment
	mediaType string
}

// compose returns a multipart/mixed body and its boundary. Package email composes it; of what it
// writes only the parts are kept, because it adds a header block in random order with the host's
// name in it, and random boundaries.
func compose(text, html []byte, files []file) (body []byte, boundary string, err error) {
	e := email.NewEmail()
	e.Text, e.HTML = text, html
	sum := sha256.New()
	sum.Write(text)
	sum.Write(html)
	for _, f := range files {
		if _, err := e.Attach(bytes.NewReader(f.Bytes), f.Name, f.mediaType); err != nil {
			return nil, "", fmt.Errorf("attach %s: %w", f.Name, err)
		}
		sum.Write(f.Bytes)
	}
	raw, err := e.Bytes()
	if err != nil {
		return nil, "", err
	}
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, "", fmt.Errorf("read what package email wrote: %w", err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, "", fmt.Errorf("read what package email wrote: %w", err)
	}
	out := bytes.NewBuffer(make([]byte, 0, len(raw)))
	id := hex.EncodeToString(sum.Sum(nil)[:12])
	if err := copyParts(out, m.Body, params["boundary"], "m", id); err != nil {
		return nil, "", fmt.Errorf("read what package email wrote: %w", err)
	}
	return out.Bytes(), boundaryOf("m", id), nil
}

// boundaryOf makes a boundary that no content can hold: "=_" occurs neither in base64 nor in
// quoted-printable (RFC 2045 §6.7), and all content here is one of them.
func boundaryOf(level, id string) string { return "=_" + level + id }

// copyParts copies the parts of a multipart body, one level down too, under boundaries of ours.
func copyParts(dst io.Writer, src io.Reader, from, level, id string) error {
	r := multipart.NewReader(src, from)
	w := multipart.NewWriter(dst) // writes a part's header fields in alphabetical order
	if err := w.SetBoundary(boundaryOf(level, id)); err != nil {
		return err
	}
	for {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return w.Close()
		}
		if err != nil {
			return err
		}
		mediaType, params, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		p.Header.Del("Content-Id") // a bare file name, which is no id (RFC 2045 §7)
		if mediaType == "multipart/alternative" {
			p.Header.Set("Content-Type", mediaType+`; boundary="`+boundaryOf("a", id)+`"`)
			err = copyAlternative(w, p, params["boundary"], id)
		} else {
			err = copyPart(w, p)
		}
		if err != nil {
			return err
		}
	}
}

func copyAlternative(w *multipart.Writer, p *multipart.Part, from, id string) error {
	dst, err := w.CreatePart(p.Header)
	if err != nil {
		return err
	}
	return copyParts(dst, p, from, "a", id)
}

func copyPart(w *multipart.Writer, p *multipart.Part) error {
	content, err := io.ReadAll(p)
	if err != nil {
		return err
	}
	switch p.Header.Get("Content-Transfer-Encoding") {
	case "quoted-printable":
		content = protectFrom(content)
	case "base64":
	default:
		return fmt.Errorf("unexpected transfer encoding %q", p.Header.Get("Content-Transfer-Encoding"))
	}
	dst, err := w.CreatePart(p.Header)
	if err != nil {
		return err
	}
	_, err = dst.Write(content)
	return err
}

// protectFrom writes the F of a quoted-printable line that begins "From " as =46: some software
// puts a > before such a line, and the signature breaks (RFC 3156 §3). The soft break keeps the
// line within 76 characters; the space before it is no trailing one.
func protectFrom(qp []byte) []byte {
	out := make([]byte, 0, len(qp))
	for line := range bytes.SplitAfterSeq(qp, []byte("\n")) {
		for bytes.HasPrefix(line, []byte("From ")) {
			out = append(out, "=46rom =\r\n"...)
			line = line[len("From "):]
		}
		out = append(out, line...)
	}
	return out
}
