package desk

import (
	"context"
	"errors"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// Fetch asks for a part of an attached file, as the newest revision of the bulletin has it.
type Fetch struct {
	ID     pipeline.ID     `json:"id"`
	Digest pipeline.Digest `json:"digest"`
	Offset int             `json:"offset"`
}

// Part is a part of a file.
type Part struct {
	Data []byte `json:"data"`
	Last bool   `json:"last"`
}

// attachment gives a person what their nation's edition attaches: nobody approves what they could not open.
func (d *Desk) attachment(ctx context.Context, p review.Person, r Fetch) (any, error) {
	_, c, _, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	e, err := d.edition(p, c)
	if err != nil {
		return nil, err
	}
	file, ok := e.Attached[r.Digest]
	if !ok || r.Offset < 0 || r.Offset > len(file) {
		return nil, refuse("look at it again: bulletin attachments lists them", "there is no such attachment")
	}
	end := min(r.Offset+PartSize, len(file))
	return Part{Data: file[r.Offset:end], Last: end == len(file)}, nil
}

// Attachments lists what the newest revision of a bulletin attaches, for this person's nation.
func (c *Client) Attachments(ctx context.Context, id pipeline.ID) ([]edition.Attachment, error) {
	shown, err := c.Show(ctx, id)
	if err != nil {
		return nil, err
	}
	e, err := edition.Parse(shown.Edition)
	return e.Attachments, err
}

// Attachment fetches one of them whole, and checks that it is what the edition names.
func (c *Client) Attachment(ctx context.Context, id pipeline.ID, a edition.Attachment) ([]byte, error) {
	var file []byte
	for {
		part, err := ask[Part](ctx, c, "attachment", Fetch{ID: id, Digest: a.Digest, Offset: len(file)})
		if err != nil {
			return nil, err
		}
		if file = append(file, part.Data...); part.Last {
			break
		}
		if len(part.Data) == 0 || int64(len(file)) > a.Size {
			return nil, errors.New("the desk sends something else than the attachment")
		}
	}
	if pipeline.DigestOf(file) != a.Digest {
		return nil, errors.New("the attachment was damaged on the way")
	}
	return file, nil
}
