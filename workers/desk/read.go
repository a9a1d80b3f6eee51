package desk

import (
	"context"
	"encoding/json"
	"errors"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Earlier is a revision as the person's nation gets it, to be compared with the newest.
type Earlier struct {
	Ref     pipeline.Ref    `json:"ref"`
	Edition json.RawMessage `json:"edition"`
}

// earlier gives any revision of a bulletin whose newest one the person may read.
func (d *Desk) earlier(ctx context.Context, p review.Person, r Look) (any, error) {
	if err := ownNation(p, r.Nation); err != nil {
		return nil, err
	}
	standing, newest, _, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if _, err := d.edition(p, newest); err != nil {
		return nil, err
	}
	c, err := d.caseOf(ctx, standing, r.Revision)
	if errors.Is(err, errNone) {
		return nil, refuse("", "this bulletin has no revision %d", r.Revision)
	}
	if err != nil {
		return nil, err
	}
	e, err := d.edition(p, c)
	if errors.Is(err, errNone) {
		return nil, refuse("", "there is no edition of revision %d for you", r.Revision)
	}
	if err != nil {
		return nil, err
	}
	return Earlier{Ref: c.Ref, Edition: e.JSON()}, nil
}

// Drawing asks for a part of the PDF of the person's own edition, from an offset on.
type Drawing struct {
	Look
	Offset int `json:"offset"`
}

// pdf gives the person's own edition as a PDF: the one that was mailed, or before release one that is drawn for
// them. A large one goes in parts; to draw the same edition gives the same bytes.
func (d *Desk) pdf(ctx context.Context, p review.Person, r Drawing) (any, error) {
	if err := ownNation(p, r.Nation); err != nil {
		return nil, err
	}
	standing, c, _, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	data, err := d.draw(ctx, p, standing, c)
	if err != nil {
		return nil, err
	}
	return partFrom(data, r.Offset), nil
}

func (d *Desk) draw(ctx context.Context, p review.Person, s review.Standing, c *review.Case) ([]byte, error) {
	e, err := d.edition(p, c)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Facts {
		if f.Name != pipeline.Rendered || f.Ref != c.Ref || f.Nation != p.Nation {
			continue
		}
		var body pipeline.RenderedBody
		if err := f.Decode(&body); err != nil {
			return nil, err
		}
		return d.Store.Get(ctx, body.PDF.Digest)
	}
	return d.Draw(e)
}
