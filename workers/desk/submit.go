package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/review"
)

// Limits of one submission, in bytes.
const (
	MaxSubmission = 16 << 20 // all files together, draft.MaxAttachments among them
	PartSize      = 512 << 10
)

// Upload is one part of a file, sent ahead of a submission: documents larger than the payload limit
// go in parts, in order.
type Upload struct {
	Digest pipeline.Digest `json:"digest"` // of the whole file
	Offset int             `json:"offset"`
	Data   []byte          `json:"data"`
	Last   bool            `json:"last"`
}

// Submission hands in a draft whose files have been uploaded. With an ID it is the next revision of that
// bulletin; Correct says that it corrects what is released.
type Submission struct {
	ID      pipeline.ID     `json:"id,omitempty"`
	Correct bool            `json:"correct,omitempty"`
	Draft   string          `json:"draft"`
	Files   []pipeline.File `json:"files"`
}

// Submitted is the answer to a Submission.
type Submitted struct {
	Ref      pipeline.Ref `json:"ref"`
	Warnings []string     `json:"warnings,omitempty"`
}

// uploads holds what has been sent in parts and is not whole yet, and which files were sent whole, by person.
// It is lost with the process, and sent again.
type uploads struct {
	mu    sync.Mutex
	parts map[string]map[pipeline.Digest][]byte
	whole map[string]map[pipeline.Digest]bool
}

// arrived notes that a person's file is stored.
func (u *uploads) arrived(person string, digest pipeline.Digest) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.whole == nil {
		u.whole = map[string]map[pipeline.Digest]bool{}
	}
	if u.whole[person] == nil {
		u.whole[person] = map[pipeline.Digest]bool{}
	}
	u.whole[person][digest] = true
}

// has reports whether the person has sent the file. To name its digest is not enough: every reviewer sees the
// digests of files that their nation may not have, in the statement.
func (u *uploads) has(person string, digest pipeline.Digest) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.whole[person][digest]
}

// forget drops what was sent for a submission that is on record.
func (u *uploads) forget(person string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.whole, person)
}

// add appends a part and returns the file's bytes once whole.
func (u *uploads) add(person string, r Upload) (file []byte, whole bool, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.parts == nil {
		u.parts = map[string]map[pipeline.Digest][]byte{}
	}
	mine := u.parts[person]
	if mine == nil || r.Offset == 0 {
		mine = map[pipeline.Digest][]byte{} // one file at a time
		u.parts[person] = mine
	}
	have := mine[r.Digest]
	switch {
	case len(have) != r.Offset:
		delete(u.parts, person)
		return nil, false, refuse("submit again", "a part of a file was lost on the way")
	case len(have)+len(r.Data) > MaxSubmission:
		delete(u.parts, person)
		return nil, false, refuse("", "a file has more than %d MiB", MaxSubmission>>20)
	}
	mine[r.Digest] = append(have, r.Data...)
	if !r.Last {
		return nil, false, nil
	}
	file = mine[r.Digest]
	delete(u.parts, person)
	if pipeline.DigestOf(file) != r.Digest {
		return nil, false, refuse("submit again", "a file was damaged on the way")
	}
	return file, true, nil
}

func (d *Desk) upload(ctx context.Context, p review.Person, r Upload) (any, error) {
	if !p.Has(review.Author) {
		return nil, refuse("ask the desk's administrator for the role", "%s is not an author", p.Name)
	}
	file, whole, err := d.uploads.add(p.Name, r)
	if err != nil || !whole {
		return struct{}{}, err
	}
	if _, err := d.Store.Put(ctx, file); err != nil {
		return nil, err
	}
	d.uploads.arrived(p.Name, r.Digest)
	return struct{}{}, nil
}

// submit checks a draft as `check` does and puts it on record as a new bulletin or as the next revision.
func (d *Desk) submit(ctx context.Context, p review.Person, s Submission) (any, error) {
	if !p.Has(review.Author) {
		return nil, refuse("ask the desk's administrator for the role", "%s is not an author", p.Name)
	}
	if s.ID == "" {
		return d.submitOnce(ctx, p, s)
	}
	return d.again(ctx, s.ID, nil, func() (any, error) { return d.submitOnce(ctx, p, s) })
}

func (d *Desk) submitOnce(ctx context.Context, p review.Person, s Submission) (any, error) {
	n := successor{ref: pipeline.Ref{ID: pipeline.NewID(), Revision: 1}}
	if s.ID != "" {
		var err error
		if n, err = d.nextRevision(ctx, p, s); err != nil {
			return nil, err
		}
	}
	inForce := d.Policy().On(d.Clock()) // one for the check and for the record
	warnings, files, err := d.checkDraft(ctx, p, s, n.former, inForce)
	if err != nil {
		return nil, err
	}
	people, policy, err := d.snapshot(ctx, inForce)
	if err != nil {
		return nil, err
	}
	body := pipeline.SubmittedBody{Author: p.Name, Nation: p.Nation, People: people, Policy: policy}
	if n.former != nil {
		body.Corrects = n.former.Ref.Revision
	}
	for _, f := range files {
		body.Files = append(body.Files, f.Digest)
	}
	names, err := json.Marshal(pipeline.Manifest{Draft: s.Draft, Files: files})
	if err != nil {
		return nil, err
	}
	if body.Names, err = d.Store.Put(ctx, names); err != nil {
		return nil, err
	}
	fact, err := pipeline.NewFact(pipeline.Submitted, n.ref, p.Name, body)
	if err != nil {
		return nil, err
	}
	fact.At = d.Clock().UTC()
	if _, err := d.Store.Decide(ctx, n.last, fact); err != nil {
		return nil, err
	}
	d.showNow(ctx, fact)
	d.uploads.forget(p.Name)
	return Submitted{Ref: n.ref, Warnings: warnings}, nil
}

// showNow takes a fact that was just stored onto the board, which follows the streams a moment behind: whoever was told
// that it is done finds it in the queue when they look next.
func (d *Desk) showNow(ctx context.Context, f pipeline.Fact) {
	if err := d.Board.Apply(ctx, f); err != nil { // it will be there in a moment all the same
		d.Log.Warn("the board lags behind", "subject", f.Subject(), "error", err)
	}
}

// checkDraft refuses what does not parse, is not marked, has no glyph or lacks a picture, and returns the
// warnings of what it accepts.
func (d *Desk) checkDraft(ctx context.Context, p review.Person, s Submission, former *review.Release, policy review.Policy) ([]string, []pipeline.File, error) {
	src, err := d.source(ctx, p, s)
	if err != nil {
		return nil, nil, err
	}
	doc, problems := draft.Parse(src, draft.Options{Author: p.Nation})
	if err := problems.Err(); err != nil || policy.Editorial && len(problems) > 0 {
		return nil, nil, refuse("mend the draft: bulletin check shows the same", "%s", problems)
	}
	editions, err := review.Editions(doc, policy)
	if err != nil {
		return nil, nil, refuse(review.Remedy(err), "%v", err)
	}
	if errs := policy.Refuses(editions); len(errs) > 0 {
		return nil, nil, refuse("bulletin check shows the same", "%v", errors.Join(errs...))
	}
	if err := checkCorrection(doc, editions, former); err != nil {
		return nil, nil, err
	}
	for _, e := range editions {
		if missing := e.MissingImages(); len(missing) > 0 {
			return nil, nil, refuse("put them into the draft's folder as PNG or JPEG; bulletin check shows where each is named",
				"pictures are missing, or no PNG or JPEG: %s", strings.Join(missing, ", "))
		}
		if err := d.Printable(e); err != nil {
			return nil, nil, refuse(printableHint(err), "%v", err)
		}
	}
	if missing := doc.MissingAttachments(); len(missing) > 0 {
		return nil, nil, refuse("put it beside the draft", "the attachment %s is missing", missing[0].Name)
	}
	var warnings []string
	for _, w := range problems {
		warnings = append(warnings, w.String())
	}
	if !doc.Embargo.IsZero() && !doc.Embargo.After(d.Clock()) {
		warnings = append(warnings, fmt.Sprintf("the embargo ended on %s: it holds nothing back", doc.Embargo.UTC().Format("2 January 2006 15:04 UTC")))
	}
	return warnings, doc.Files, nil
}

// printableHint is what the error itself advises: which font to add, where a character has none.
func printableHint(err error) string {
	var advice interface{ Hint() string }
	if errors.As(err, &advice) {
		return advice.Hint()
	}
	return "bulletin check shows the same"
}

// source gathers the files that this person has sent for a submission.
func (d *Desk) source(ctx context.Context, p review.Person, s Submission) (draft.Source, error) {
	src := draft.Source{Name: s.Draft, Files: map[string][]byte{}}
	size := 0
	for _, f := range s.Files {
		if !d.uploads.has(p.Name, f.Digest) {
			return src, refuse("submit again", "the file %s has not arrived", f.Name)
		}
		data, err := d.Store.Get(ctx, f.Digest)
		if err != nil {
			return src, err
		}
		if size += len(data); size > MaxSubmission {
			return src, refuse("", "the files have more than %d MiB together", MaxSubmission>>20)
		}
		src.Files[f.Name] = data
	}
	return src, nil
}
