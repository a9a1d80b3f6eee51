package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime/quotedprintable"
	"strings"
)

// split cuts a multipart body at its boundary (RFC 2046 §5.1.1) and returns the parts as the bytes that they are,
// which mime/multipart does not: a signature is over them, header and all. The line break before a
// boundary belongs to the boundary. What stands before the first and after the last is left out.
func (e entity) split() ([][]byte, error) {
	boundary := e.params["boundary"]
	if boundary == "" || len(boundary) > 70 {
		return nil, errCutOff
	}
	var parts [][]byte
	start := -1 // of the part that is open
	for at := 0; at < len(e.body); {
		end := len(e.body)
		if i := bytes.IndexByte(e.body[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		rest, ok := bytes.CutPrefix(e.body[at:end], []byte("--"+boundary))
		rest = bytes.TrimRight(rest, " \t\r\n")
		if ok && (len(rest) == 0 || string(rest) == "--") {
			if start >= 0 {
				parts = append(parts, e.body[start:max(start, at-len("\r\n"))])
			}
			if len(parts) > maxParts {
				return nil, errParts
			}
			if len(rest) > 0 {
				return parts, nil
			}
			start = end
		}
		at = end
	}
	return nil, errCutOff
}

// two returns the two parts of a multipart/signed or /encrypted entity, the second of the given type (RFC 3156 §4, §5).
func (e entity) two(second string) (first []byte, rest entity, err error) {
	parts, err := e.split()
	if err != nil {
		return nil, entity{}, err
	}
	if len(parts) != 2 {
		return nil, entity{}, errForm
	}
	if rest, err = readEntity(parts[1]); err != nil || rest.mediaType != second {
		return nil, entity{}, errForm
	}
	return parts[0], rest, nil
}

// isText reports whether people read the entity as a text, not as something attached.
func (e entity) isText() bool {
	disposition := strings.ToLower(strings.TrimSpace(e.header.Get("Content-Disposition")))
	return strings.HasPrefix(e.mediaType, "text/") && !strings.HasPrefix(disposition, "attachment")
}

// text decodes the body (RFC 2045 §6).
func (e entity) text() ([]byte, error) {
	var r io.Reader = bytes.NewReader(e.body)
	switch strings.ToLower(strings.TrimSpace(e.header.Get("Content-Transfer-Encoding"))) {
	case "", "7bit", "8bit", "binary":
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	default:
		return nil, errCutOff
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, errCutOff
	}
	return text, nil
}
