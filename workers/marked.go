package workers

import (
	"context"
	"fmt"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// markAll stores editions whose slots are filled, and returns a Marked fact for each.
func markAll(ctx context.Context, docs Documents, ref pipeline.Ref, by string, editions []edition.Edition) ([]pipeline.Fact, error) {
	var out []pipeline.Fact
	for _, e := range editions {
		for _, image := range e.Images {
			if _, err := docs.Put(ctx, image); err != nil {
				return nil, &pipeline.Retry{Err: fmt.Errorf("store a picture: %w", err)}
			}
		}
		for _, file := range e.Attached {
			if _, err := docs.Put(ctx, file); err != nil {
				return nil, &pipeline.Retry{Err: fmt.Errorf("store an attachment: %w", err)}
			}
		}
		digest, err := docs.Put(ctx, e.JSON())
		if err != nil {
			return nil, &pipeline.Retry{Err: fmt.Errorf("store the edition: %w", err)}
		}
		fact, err := pipeline.NewFact(pipeline.Marked, ref, by, pipeline.MarkedBody{
			Edition: digest, Content: e.ContentDigest(), Precedence: e.Precedence, Number: e.Number, Version: e.Version(),
		})
		if err != nil {
			return nil, err
		}
		fact.Nation = e.Nation
		out = append(out, fact)
	}
	return out, nil
}

// markedOf finds and loads a nation's edition of a released revision. One that is not on record yet is waited for: it
// follows from the release.
func markedOf(ctx context.Context, docs Documents, facts []pipeline.Fact, ref pipeline.Ref, n pipeline.Nation) (pipeline.MarkedBody, edition.Edition, error) {
	for _, f := range facts {
		if f.Name != pipeline.Marked || f.Ref != ref || f.Nation != n {
			continue
		}
		var body pipeline.MarkedBody
		if err := f.Decode(&body); err != nil {
			return body, edition.Edition{}, err
		}
		e, err := loadEdition(ctx, docs, body.Edition)
		if err != nil {
			err = &pipeline.Retry{Err: err}
		}
		return body, e, err
	}
	return pipeline.MarkedBody{}, edition.Edition{}, &pipeline.Retry{Err: fmt.Errorf("%s is not marked for %s yet", ref, n)}
}

// editionsBefore loads every edition that a nation got in a version before ref, the newest first. A release whose
// marking is not on record yet is waited for: mark completes what is released.
func editionsBefore(ctx context.Context, docs Documents, facts []pipeline.Fact, s review.Standing, ref pipeline.Ref, n pipeline.Nation) (editions []edition.Edition, digests []pipeline.Digest, err error) {
	for _, release := range slices.Backward(s.Released) {
		if release.Withdrawal || release.Ref.Revision >= ref.Revision || !slices.Contains(release.Nations, n) {
			continue
		}
		body, e, err := markedOf(ctx, docs, facts, release.Ref, n)
		if err != nil {
			return nil, nil, err
		}
		editions, digests = append(editions, e), append(digests, body.Edition)
	}
	return editions, digests, nil
}
