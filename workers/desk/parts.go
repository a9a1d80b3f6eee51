package desk

import (
	"context"
	"errors"

	"bulletin/pipeline"
)

// Part is a part of a document that may be too large for one answer. All parts of one document name the same digest.
type Part struct {
	Digest pipeline.Digest `json:"digest"` // of the whole document
	Size   int             `json:"size"`   // of the whole document, in bytes
	Data   []byte          `json:"data"`
}

// partFrom cuts the part that begins at the offset.
func partFrom(document []byte, offset int) Part {
	from := min(max(offset, 0), len(document))
	return Part{
		Digest: pipeline.DigestOf(document), Size: len(document),
		Data: document[from:min(from+PartSize, len(document))],
	}
}

// fetch asks for one part after another and returns the document whole. request makes the question for the part at
// an offset.
func (c *Client) fetch(ctx context.Context, verb string, request func(offset int) any) ([]byte, error) {
	var whole []byte
	var digest pipeline.Digest
	for {
		part, err := ask[Part](ctx, c, verb, request(len(whole)))
		if err != nil {
			return nil, err
		}
		if len(whole) > 0 && part.Digest != digest { // a revision or the release came between two parts
			return nil, pipeline.ErrMoved
		}
		digest = part.Digest
		whole = append(whole, part.Data...)
		if len(whole) < part.Size && len(part.Data) > 0 {
			continue
		}
		if pipeline.DigestOf(whole) != digest {
			return nil, errors.New("the document was damaged on the way")
		}
		return whole, nil
	}
}
