package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// Documents gives documents by their digest, having checked it.
type Documents interface {
	Get(ctx context.Context, d pipeline.Digest) ([]byte, error)
}

// Case is one revision, laid out for a decision: what was submitted, what each nation would get,
// and the statement that an approval of it signs.
type Case struct {
	Ref       pipeline.Ref
	Submitted pipeline.SubmittedBody
	Policy    Policy
	Doc       *draft.Document
	Editions  []edition.Edition // slots empty; in order of nation
	Statement string
}

// OpenCase lays out the revision that the Submitted fact hands in, from the stored bytes alone.
func OpenCase(ctx context.Context, docs Documents, submitted pipeline.Fact) (*Case, error) {
	c := &Case{Ref: submitted.Ref}
	if err := submitted.Decode(&c.Submitted); err != nil {
		return nil, err
	}
	policy, err := docs.Get(ctx, c.Submitted.Policy)
	if err != nil {
		return nil, fmt.Errorf("load the policy: %w", err)
	}
	if c.Policy, err = ParsePolicy(policy); err != nil {
		return nil, err
	}
	src, err := source(ctx, docs, c.Submitted)
	if err != nil {
		return nil, fmt.Errorf("load the files of %s: %w", c.Ref, err)
	}
	doc, problems := draft.Parse(src, draft.Options{Author: c.Submitted.Nation})
	if problems.Err() != nil { // not repeated: it may quote the draft, and errors reach the log
		return nil, fmt.Errorf("the stored draft of %s does not parse", c.Ref)
	}
	c.Doc = doc
	if c.Editions, err = Editions(doc, c.Policy); err != nil {
		return nil, err
	}
	if errs := c.Policy.Refuses(c.Editions); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	c.Statement = c.statement()
	return c, nil
}

// source reads the files that were handed in: exactly those whose digests are on record.
func source(ctx context.Context, docs Documents, submitted pipeline.SubmittedBody) (draft.Source, error) {
	data, err := docs.Get(ctx, submitted.Names)
	if err != nil {
		return draft.Source{}, err
	}
	var names pipeline.Manifest
	if err := json.Unmarshal(data, &names); err != nil {
		return draft.Source{}, fmt.Errorf("read their names: %w", err)
	}
	src := draft.Source{Name: names.Draft, Files: map[string][]byte{}}
	for i, f := range names.Files {
		if i >= len(submitted.Files) || f.Digest != submitted.Files[i] {
			return draft.Source{}, errors.New("their names are of other files")
		}
		if src.Files[f.Name], err = docs.Get(ctx, f.Digest); err != nil {
			return draft.Source{}, err
		}
	}
	if len(src.Files) != len(submitted.Files) {
		return draft.Source{}, errors.New("their names are of other files")
	}
	return src, nil
}

// Editions projects doc to every nation that may have something of it.
func Editions(doc *draft.Document, p Policy) ([]edition.Edition, error) {
	var out []edition.Edition
	for _, n := range doc.ReleasableTo {
		e, err := edition.Project(doc, n, p.Released[doc.Scheme.Name()])
		if errors.Is(err, edition.ErrNothing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(e.Contacts) == 0 { // asked of the edition: whether the draft named others is not this nation's to know
			for _, c := range p.Contacts[doc.Originator] {
				e.Contacts = append(e.Contacts, edition.Line{Text: c})
			}
		}
		e.Fonts = p.Fonts
		if e.Equivalent, err = p.equivalent(e); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		return nil, errors.New("no nation may have anything of this document: look at releasable_to and the portions' marks")
	}
	return out, nil
}

// Edition returns the nation's edition.
func (c *Case) Edition(n pipeline.Nation) (edition.Edition, bool) {
	for _, e := range c.Editions {
		if e.Nation == n {
			return e, true
		}
	}
	return edition.Edition{}, false
}

// statement is the canonical text that an approval signs (bulletin-approval-v1): one item a line,
// in this order, LF after each line. It holds digests and names no content.
func (c *Case) statement() string {
	var b strings.Builder
	fmt.Fprintf(&b, "bulletin-approval-v1\nid: %s\nrevision: %d\ndecision: approve\n", c.Ref.ID, c.Ref.Revision)
	for _, f := range c.Submitted.Files {
		fmt.Fprintf(&b, "file: %s\n", f)
	}
	for _, e := range c.Editions {
		fmt.Fprintf(&b, "edition: %s %s\n", e.Nation, e.ContentDigest())
	}
	fmt.Fprintf(&b, "policy: %s\n", c.Submitted.Policy)
	return b.String()
}
