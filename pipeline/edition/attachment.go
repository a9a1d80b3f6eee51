package edition

import (
	"fmt"

	"bulletin/pipeline"
)

// Attachment is a file that goes out beside the text, as it was handed in. The list of them is the manifest by
// which a reader can check what arrived.
type Attachment struct {
	Mark   string          `json:"mark,omitempty"` // as printed; empty if it has none
	Name   string          `json:"name"`
	About  string          `json:"about,omitempty"`
	Size   int64           `json:"size"`             // bytes
	Digest pipeline.Digest `json:"digest,omitempty"` // SHA-256; empty: the file was not beside the draft
}

// Count says how large the file is, for people: "1,204,331 bytes".
func (a Attachment) Count() string {
	if a.Digest == "" {
		return "missing: not beside the draft"
	}
	if a.Size == 1 {
		return "1 byte"
	}
	digits := fmt.Sprint(a.Size)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " bytes"
}

func (p *projection) attachments() []Attachment {
	var out []Attachment
	for _, a := range p.doc.Attachments {
		if p.keep(a.Label) {
			out = append(out, Attachment{Mark: a.Label.Print(), Name: a.Name, About: a.About, Size: a.Size, Digest: a.Digest})
		}
	}
	return out
}

// attached gives the bytes of the edition's attachments, and of no others.
func (p *projection) attached(e Edition) map[pipeline.Digest][]byte {
	if len(e.Attachments) == 0 {
		return nil
	}
	out := map[pipeline.Digest][]byte{}
	for _, a := range e.Attachments {
		if a.Digest != "" {
			out[a.Digest] = p.doc.Contents[a.Name]
		}
	}
	return out
}

// attachments writes the manifest.
func (p *page) attachments(e Edition) {
	if len(e.Attachments) == 0 {
		return
	}
	p.heading("Attached files", 2)
	p.fill("", "", "They come with this mail; compare the SHA-256 before you use them.")
	for _, a := range e.Attachments {
		p.blank()
		p.item("-  ", marked(a.Mark, a.Name+", "+a.Count()))
		if a.About != "" {
			p.fill("   ", "   ", a.About)
		}
		if a.Digest != "" {
			p.verbatim("   ", []string{"SHA-256 " + string(a.Digest)})
		}
	}
}
