package main

import (
	"fmt"
	"os"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/pdf"
	"bulletin/pipeline/stix"
	"bulletin/workers"
)

// renderer makes all files of an edition.
type renderer struct {
	pdf   *pdf.Renderer
	fonts []pipeline.Digest // of the given files
}

// newRenderer prepares the built-in fonts and the given TrueType files.
func newRenderer(fontFiles []string) (renderer, error) {
	var opts pdf.Options
	var digests []pipeline.Digest
	for _, file := range fontFiles {
		data, err := os.ReadFile(file)
		if err != nil {
			return renderer{}, fmt.Errorf("font: %w", err)
		}
		opts.Fonts = append(opts.Fonts, data)
		digests = append(digests, pipeline.DigestOf(data))
	}
	r, err := pdf.New(opts)
	if err != nil {
		return renderer{}, hint(fmt.Errorf("fonts: %w", err), "give TrueType files (.ttf, or .ttc, of which the first font is taken)")
	}
	return renderer{pdf: r, fonts: digests}, nil
}

// Render makes the PDF, the STIX bundle, the indicator CSV and the plain text.
func (r renderer) Render(e edition.Edition) (out workers.Rendering, err error) {
	if out.PDF, err = r.pdf.Render(e); err != nil {
		return out, fmt.Errorf("draw the PDF for %s: %w", e.Nation, err)
	}
	if out.STIX, err = stix.Bundle(e, out.PDF); err != nil {
		return out, fmt.Errorf("make the STIX bundle for %s: %w", e.Nation, err)
	}
	if out.CSV, err = stix.CSV(e); err != nil {
		return out, fmt.Errorf("make the CSV for %s: %w", e.Nation, err)
	}
	out.Text = []byte(edition.Text(e))
	return out, nil
}

// printable refuses an edition that would not render once it is approved: a character that no font covers, a
// banner that does not fit, a date that STIX does not know.
func (r renderer) printable(e edition.Edition) error {
	_, err := r.Render(e)
	return err
}
