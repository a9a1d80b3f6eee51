package desk

import (
	"context"
	"slices"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// successor is the revision that comes next, and what it is of.
type successor struct {
	ref    pipeline.Ref
	last   uint64          // of the bulletin's facts, as they were read
	former *review.Release // the released version that it corrects; nil before the first release
}

// nextRevision says which revision comes next, if this person may make one: an author of the bulletin's own nation.
// Before the release that is a revision; after it, a correction, which is revised as long as it is in review.
func (d *Desk) nextRevision(ctx context.Context, p review.Person, s Submission) (successor, error) {
	standing, c, last, err := d.open(ctx, s.ID)
	if err != nil {
		return successor{}, err
	}
	if err := d.known(p, c); err != nil {
		return successor{}, err
	}
	if c.Submitted.Nation != p.Nation {
		return successor{}, refuse("comment on it, or return it", "only an author from %s may revise this bulletin", c.Submitted.Nation)
	}
	if standing.Decision == pipeline.Withdrawn {
		return successor{}, refuse("submit a new bulletin", "this bulletin is withdrawn")
	}
	n := successor{ref: pipeline.Ref{ID: s.ID, Revision: standing.Next}, last: last}
	version, released := standing.Version()
	if !released {
		return n, mayRevise(s, standing)
	}
	n.former = &version
	return n, mayCorrect(s, standing, version)
}

// mayRevise says why a bulletin that is not released can't be revised.
func mayRevise(s Submission, standing review.Standing) error {
	switch {
	case standing.Decision == pipeline.Approved:
		return refuse("wait until it is out, and correct it then; or withdraw it now", "this bulletin is approved and on its way: it can't be revised any more")
	case standing.Decision == pipeline.Rejected:
		return refuse("submit a new bulletin", "this bulletin was rejected")
	case s.Correct:
		return refuse("revise it: bulletin revise", "this bulletin is not released yet: there is nothing to correct")
	}
	return nil
}

// mayCorrect says why a released bulletin can't be corrected, or its correction not be revised.
func mayCorrect(s Submission, standing review.Standing, version review.Release) error {
	pending := standing.Submitted.Ref.Revision > version.Ref.Revision
	switch {
	case pending && standing.Decision == pipeline.Approved:
		return refuse("wait until it is out, and correct that", "a correction of this bulletin is approved and on its way")
	case !s.Correct && !pending:
		return refuse("correct it: bulletin correct", "this bulletin is released: it can't be revised any more")
	case !s.Correct && standing.Decision == pipeline.Rejected:
		return refuse("hand in another: bulletin correct", "the correction of this bulletin was rejected")
	}
	return nil
}

// checkCorrection holds a draft against what it corrects: it must say what changed, which goes into the version history,
// and leave nobody with the former version and nothing else.
func checkCorrection(doc *draft.Document, editions []edition.Edition, former *review.Release) error {
	switch {
	case former == nil && doc.Correction.Text != "":
		return refuse("take correction: out of the front matter; after the release it is for bulletin correct", "there is nothing to correct yet")
	case former == nil:
		return nil
	case doc.Correction.Text == "":
		return refuse(`write correction: "what changed" into the front matter, a line that may begin with a mark`, "the draft does not say what it corrects")
	}
	var without []pipeline.Nation
	for _, n := range former.Nations {
		if !slices.ContainsFunc(editions, func(e edition.Edition) bool { return e.Nation == n }) {
			without = append(without, n)
		}
	}
	if len(without) > 0 {
		return refuse("let them have something of it, or withdraw the bulletin: bulletin withdraw", "%s had an edition, and would get none of this: they would keep what is corrected", strings.ReplaceAll(pipeline.JoinNations(without, " "), " ", " and "))
	}
	return nil
}
