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
	if !ok {
		return nil, refuse("look at it again: bulletin attachments lists them", "there is no such attachment")
	}
	return partFrom(file, r.Offset), nil
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
	file, err := c.fetch(ctx, "attachment", func(offset int) any { return Fetch{ID: id, Digest: a.Digest, Offset: offset} })
	if err == nil && pipeline.DigestOf(file) != a.Digest {
		err = errors.New("the desk sends something else than the attachment")
	}
	return file, err
}
