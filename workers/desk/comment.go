package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// MaxComment is how long a comment may be, in bytes.
const MaxComment = 16 << 10

// Remark is a comment on the newest revision or on one portion of it.
type Remark struct {
	pipeline.Ref
	Portion int    `json:"portion,omitempty"` // as the person's nation counts them, from 1; 0 is the whole
	Text    string `json:"text"`
}

// Comment is what somebody said of a revision. It is shown to the author's nation and to the
// commenter's, which both have what it is about.
type Comment struct {
	Revision int             `json:"revision"`
	Kind     string          `json:"kind"` // comment, returned, rejected
	Person   string          `json:"person"`
	Nation   pipeline.Nation `json:"nation"`
	At       time.Time       `json:"at"`
	Portion  int             `json:"portion,omitempty"` // as the reader's nation counts the portions of that revision
	About    string          `json:"about,omitempty"`   // the portion's first words, as the reader's nation has them
	Text     string          `json:"text"`
}

// checkComment refuses what is no comment.
func checkComment(text, what string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return refuse("say why with -m", "%s needs a comment", what)
	case len(text) > MaxComment:
		return refuse("shorten it", "a comment has at most %d KiB", MaxComment>>10)
	case !utf8.ValidString(text):
		return refuse("", "the comment is not UTF-8")
	}
	return nil
}

// comment records what a person says of the newest revision.
func (d *Desk) comment(ctx context.Context, p review.Person, r Remark) (any, error) {
	if strings.TrimSpace(r.Text) == "" {
		return nil, refuse("write it after -m", "the comment is empty")
	}
	if err := checkComment(r.Text, "this"); err != nil {
		return nil, err
	}
	return d.again(ctx, r.ID, decisions, func() (any, error) { return d.commentOnce(ctx, p, r) })
}

func (d *Desk) commentOnce(ctx context.Context, p review.Person, r Remark) (any, error) {
	standing, c, last, err := d.open(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if _, err := d.edition(p, c); err != nil {
		return nil, err
	}
	places := placesOf(c, p.Nation)
	switch {
	case !p.Has(review.Reviewer) && !p.Has(review.Author):
		return nil, refuse("", "%s is neither an author nor a reviewer", p.Name)
	case c.Ref != r.Ref:
		return nil, refuse("show it again", "revision %d is not the newest any more", r.Revision)
	case standing.Decision == pipeline.Approved || standing.Decision == pipeline.Rejected:
		return nil, refuse("", "this revision is %s already", standing.Decision)
	case r.Portion < 0 || r.Portion > len(places):
		return nil, refuse("show it: the number stands before each portion", "there is no portion %d: they count from 1 to %d", r.Portion, len(places))
	}
	text, err := d.Store.Put(ctx, []byte(r.Text))
	if err != nil {
		return nil, err
	}
	body := pipeline.CommentedBody{Person: p.Name, Nation: p.Nation, Text: text}
	if r.Portion > 0 {
		body.Portion = places[r.Portion-1]
	}
	fact, err := pipeline.NewFact(pipeline.Commented, c.Ref, p.Name, body)
	if err != nil {
		return nil, err
	}
	fact.Ordinal, fact.At = next(standing, pipeline.Commented), d.Clock().UTC()
	_, err = d.Store.Decide(ctx, last, fact)
	return struct{}{}, err
}

// said is a comment as it is on record.
type said struct {
	Comment
	place int // in the document
	text  pipeline.Digest
}

// spoken reads what a fact says; false if it is no comment.
func spoken(f pipeline.Fact) (s said, ok bool, err error) {
	s.Revision, s.At = f.Ref.Revision, f.At
	switch f.Name {
	case pipeline.Returned, pipeline.Rejected:
		var body pipeline.DecisionBody
		err = f.Decode(&body)
		s.Kind, s.Person, s.Nation, s.text = string(f.Name), body.Reviewer, body.Nation, body.Comment
	case pipeline.Commented:
		var body pipeline.CommentedBody
		err = f.Decode(&body)
		s.Kind, s.Person, s.Nation, s.text, s.place = "comment", body.Person, body.Nation, body.Text, body.Portion
	default:
		return s, false, nil
	}
	return s, true, err
}

// comments gives what was said of all revisions, as far as the person may be told: to the author's nation and
// the commenter's, and only of what their nation has of that revision. They are in the order in which they were made.
func (d *Desk) comments(ctx context.Context, p review.Person, s review.Standing, c *review.Case) ([]Comment, error) {
	out := []Comment{}
	cases := map[int]*review.Case{c.Ref.Revision: c}
	for _, f := range s.Facts {
		said, ok, err := spoken(f)
		if err != nil {
			return nil, err
		}
		if !ok || p.Nation != c.Submitted.Nation && p.Nation != said.Nation {
			continue
		}
		of := cases[said.Revision]
		if of == nil {
			if of, err = d.caseOf(ctx, s, said.Revision); err != nil {
				return nil, err
			}
			cases[said.Revision] = of
		}
		comment, err := d.commentFor(ctx, p, of, said)
		if errors.Is(err, errNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, comment)
	}
	return out, nil
}

// commentFor is a comment in the words of its reader, whose nation counts portions in its own way; errNone if it is about
// what they may not have.
func (d *Desk) commentFor(ctx context.Context, p review.Person, c *review.Case, s said) (Comment, error) {
	e, err := d.edition(p, c)
	if err != nil {
		return Comment{}, err
	}
	if s.place > 0 {
		if s.Portion = slices.Index(placesOf(c, p.Nation), s.place) + 1; s.Portion == 0 {
			return Comment{}, errNone
		}
		s.About = edition.Excerpt(e.Blocks[s.Portion-1])
	}
	text, err := d.Store.Get(ctx, s.text)
	if err != nil {
		return Comment{}, err
	}
	s.Text = string(text)
	return s.Comment, nil
}

// caseOf lays out a revision, the newest or an earlier one.
func (d *Desk) caseOf(ctx context.Context, s review.Standing, revision int) (*review.Case, error) {
	for _, f := range s.Facts {
		if f.Name == pipeline.Submitted && f.Ref.Revision == revision {
			return review.OpenCase(ctx, d.Store, f)
		}
	}
	return nil, errNone
}
