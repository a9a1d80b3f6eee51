package workers

import (
	"context"
	"fmt"
	"slices"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// Rendering is the files that an edition is delivered as.
type Rendering struct {
	PDF, STIX, CSV, Text []byte
}

// Renderer makes the files of an edition: the same edition, the same bytes.
type Renderer interface {
	Render(e edition.Edition) (Rendering, error)
}

// Render makes and stores the files of one nation's edition.
type Render struct {
	Documents Documents
	Renderer  Renderer
	Fonts     []pipeline.Digest // with which Renderer draws beside the built-in ones
	Way       *RightOfWay
}

// Name is the durable consumer's name.
func (*Render) Name() string { return "render" }

// Consumes says that each edition is rendered.
func (*Render) Consumes() string { return "bulletin.*.*.marked.*" }

// FailClosed parks unknown errors at once: rendering is deterministic, so trying again fails again.
func (*Render) FailClosed() bool { return true }

// Work stores four files and publishes their digests.
func (r *Render) Work(ctx context.Context, in pipeline.Fact) (following []pipeline.Fact, err error) {
	var marked pipeline.MarkedBody
	if err := in.Decode(&marked); err != nil {
		return nil, err
	}
	defer r.Way.enter(marked.Precedence)(&err)
	e, err := loadEdition(ctx, r.Documents, marked.Edition)
	if err != nil {
		return nil, &pipeline.Retry{Err: err}
	}
	if e.Nation != in.Nation || e.ContentDigest() != marked.Content {
		return nil, &pipeline.Permanent{Reason: "the stored edition is not the one that was approved"}
	}
	// The word of a withdrawal goes out whatever there is to draw it with.
	if !e.Withdrawn() && !slices.Equal(e.Fonts, r.Fonts) {
		return nil, &pipeline.Permanent{Reason: "its fonts are not those that were approved: configure those again and retry, or hand in a revision"}
	}
	files, err := r.Renderer.Render(e)
	if err != nil {
		return nil, &pipeline.Permanent{Reason: "the edition does not render", Err: err}
	}
	body := pipeline.RenderedBody{Edition: marked.Edition, Precedence: marked.Precedence, Number: marked.Number, Version: marked.Version}
	stem := fmt.Sprintf("%s-%s", e.Number, e.Nation)
	for _, f := range []struct {
		into *pipeline.File
		ext  string
		data []byte
	}{{&body.PDF, "pdf", files.PDF}, {&body.STIX, "json", files.STIX}, {&body.CSV, "csv", files.CSV}, {&body.Text, "txt", files.Text}} {
		digest, err := r.Documents.Put(ctx, f.data)
		if err != nil {
			return nil, &pipeline.Retry{Err: fmt.Errorf("store %s.%s: %w", stem, f.ext, err)}
		}
		*f.into = pipeline.File{Name: stem + "." + f.ext, Digest: digest, Size: int64(len(f.data))}
	}
	out, err := pipeline.NewFact(pipeline.Rendered, in.Ref, r.Name(), body)
	out.Nation = in.Nation
	return []pipeline.Fact{out}, err
}
